"""A model from plain arrays: yields and their variations, without events."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jaxhep.inputs import require_known
from jaxhep.model import Model, make_model
from jaxhep.templates import Templates


def from_arrays(
    nominal: Mapping[str, ArrayLike],
    signal: str | Sequence[str],
    systematics: Mapping[str, Mapping[str, Any]] | None = None,
    mc_error: ArrayLike | None = None,
    free: str | Sequence[str] = (),
) -> Model:
    """A model of ``nominal`` yields, {process: (B,) expected events}; mu scales the processes named by ``signal``.

    systematics : {name: {process: variation}}; a process that isn't mentioned isn't affected. A variation, at theta =
    +1 and -1, is one of

    - a number r: the yield is multiplied by r and 1/r, HistFactory's normsys; 1.05 for 5 percent;
    - (up, down), two numbers: the yield is multiplied by them;
    - (up, down), two arrays (B,): the varied yields, in events;
    - (up, None), a number or an array: one-sided, mirrored to down = nominal^2 / up (1 / up for a factor).

    mc_error : (B,) relative statistical error of the total simulated yield, or None for a simulation without any.
    free : backgrounds whose norm floats without constraint.

    Between and beyond, all follow interpolation code 4 as factors, bin by bin (``jaxhep.interpolation``; Cranmer et
    al., CERN-OPEN-2012-016, section 4.1). HistFactory's histosys, which adds a difference, agrees at theta = 0 and +-1.

    Raises ValueError for unknown or clashing names, arrays of different lengths, values that aren't finite, negative
    yields, bins in which no process is expected, variations that aren't positive where the nominal yield is, or aren't
    0 where that is 0, and as ``make_model`` does. Warns of variations beyond a factor 2, which are often a relative
    error, 0.05, where the factor, 1.05, was meant, or ratios in place of yields.
    """
    yields = _checked_yields(nominal)
    signal, free = _names(signal), _names(free)
    require_known(signal, yields, "process")
    if not sum(yields[p].sum() for p in signal) > 0:
        raise ValueError(
            f"The signal {signal} has no expected events: mu would scale nothing. Name the signal process."
        )
    systematics = {} if systematics is None else systematics
    bins = len(next(iter(yields.values())))
    errors = None if mc_error is None else _checked_mc_error(mc_error, bins)
    _refuse_clashes(systematics, free, 0 if errors is None else bins)
    ratios = np.ones((2, len(yields), len(systematics), bins))
    for k, (name, variations) in enumerate(systematics.items()):
        _refuse_unknown_processes(name, variations, yields)
        for process, variation in variations.items():
            p = list(yields).index(process)
            ratios[:, p, k] = _ratios(variation, yields[process], f"systematic '{name}' for process '{process}'")
    templates = Templates(
        nominal=np.array(list(yields.values())),
        up=ratios[0],
        down=ratios[1],
        mc_error=np.zeros(bins) if errors is None else errors,
        processes=tuple(yields),
        signal=signal,
        systematics=tuple(systematics),
        edges=np.arange(bins + 1.0),
    )
    return make_model(templates, mc_stat=errors is not None, free=free)


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _numbers(values: Any, what: str) -> np.ndarray:
    """``values`` as floats, one per bin; ``what`` begins the sentence that refuses them."""
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be numbers, one per bin; got {values!r}.") from None
    if array.ndim != 1 or not array.size:
        raise ValueError(
            f"{what} must be one number per bin, an array of shape (B,); got shape {array.shape}. A single bin is "
            "[5.0], several channels are concatenated."
        )
    return array


def _refuse(bad: np.ndarray, values: np.ndarray, what: str, way_out: str) -> None:
    if bad.any():
        b = int(np.argmax(bad))
        raise ValueError(f"{what} in bin {b} is {values[b]:g}; {way_out}")


def _checked_yields(nominal: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    if not isinstance(nominal, Mapping) or not nominal:
        raise ValueError(f"nominal must be a mapping, {{process: yields}}, of one process or more; got {nominal!r}.")
    yields: dict[str, np.ndarray] = {}
    for process, values in nominal.items():
        if not isinstance(process, str) or not process:
            raise ValueError(f"A process needs a name; got {process!r}.")
        array = _numbers(values, f"The yields of process '{process}'")
        first = next(iter(yields), process)
        if len(array) != len(yields.get(first, array)):
            raise ValueError(
                f"Process '{process}' has {len(array)} bins, process '{first}' has {len(yields[first])}: all need the "
                "same; write 0 where a process isn't expected."
            )
        bad = ~(np.isfinite(array) & (array >= 0))
        _refuse(bad, array, f"The yield of process '{process}'", "it must be finite and not negative: merge bins.")
        yields[process] = array
    total = np.sum(list(yields.values()), axis=0)
    _refuse(total <= 0, total, "The yield of all processes", "merge it with a neighbour, or leave it out.")
    return yields


def _checked_mc_error(mc_error: ArrayLike, bins: int) -> np.ndarray:
    array = _numbers(mc_error, "mc_error")
    if len(array) != bins:
        raise ValueError(f"mc_error has {len(array)} numbers, the processes have {bins} bins: one per bin.")
    _refuse(
        ~((array > 0) & (array <= 1)),
        array,
        "mc_error",
        "it is relative, sqrt(sum w^2) / sum w over all processes, above 0 and at most 1: divide an absolute error by "
        "the yield, merge bins with too few simulated events, or leave mc_error out.",
    )
    return array


def _refuse_clashes(systematics: Mapping[str, Any], free: Sequence[str], mc_bins: int) -> None:
    if not isinstance(systematics, Mapping):
        raise ValueError(f"systematics must be a mapping, {{name: {{process: variation}}}}; got {systematics!r}.")
    taken = {"mu", *(f"norm_{p}" for p in free), *(f"mcstat_{b}" for b in range(mc_bins))}
    for name in systematics:
        if not isinstance(name, str) or not name:
            raise ValueError(f"A systematic needs a name; got {name!r}.")
        if name in taken:
            raise ValueError(
                f"A systematic can't be called '{name}': a parameter of the model is. Choose another name."
            )


def _refuse_unknown_processes(name: str, variations: Any, processes: Mapping[str, Any]) -> None:
    if not isinstance(variations, Mapping):
        raise ValueError(
            f"Systematic '{name}' is {variations!r}: say which processes it varies, as in "
            f"{{'{next(iter(processes))}': {variations!r}}}."
        )
    if not variations:
        raise ValueError(f"Systematic '{name}' varies no process: name some, or leave it out.")
    try:
        require_known(variations, processes, "process")
    except ValueError as error:
        raise ValueError(f"Systematic '{name}': {error}") from None


def _ratios(variation: Any, nominal: np.ndarray, what: str) -> np.ndarray:
    """Up and down as ratios to ``nominal``, (2, B), of one ``variation`` as ``from_arrays`` takes it."""
    up, down = _pair(variation, what)
    ratios = [_ratio(up, nominal, f"The up variation of {what}")]
    ratios.append(1 / ratios[0] if down is None else _ratio(down, nominal, f"The down variation of {what}"))
    for side, ratio in zip(("up", "down"), ratios, strict=True):
        total = np.average(ratio, weights=nominal if nominal.any() else None)
        if not 0.5 <= total <= 2:
            warnings.warn(
                f"The {side} variation of {what} multiplies its yield by {total:.3g}. If that isn't meant: a factor is "
                "1.05 for 5 percent, and arrays are yields, not ratios.",
                stacklevel=3,
            )
    return np.stack(ratios)


def _pair(variation: Any, what: str) -> tuple[Any, Any]:
    """Up and down of a ``variation``; down is None if it mirrors up."""
    if np.isscalar(variation):
        return variation, None
    if not isinstance(variation, tuple) or len(variation) != 2 or variation[0] is None:
        raise ValueError(
            f"The variation of {what} is {variation!r}; it must be a factor, or a pair in round brackets: (up, down), "
            "or (up, None) if it is one-sided."
        )
    up, down = variation
    if down is not None and np.isscalar(up) != np.isscalar(down):
        raise ValueError(f"The variation of {what} is {variation!r}: give two factors or two arrays of yields.")
    return up, down


def _ratio(side: Any, nominal: np.ndarray, what: str) -> np.ndarray:
    """One side of a variation as ratio to ``nominal``, (B,)."""
    if np.isscalar(side):
        factor = float(side) if isinstance(side, Real) else np.nan
        if not 0 < factor < np.inf:
            raise ValueError(f"{what} is {side!r}; a factor must be positive and finite: 1.05 for 5 percent.")
        return np.full(len(nominal), factor)
    array = _numbers(side, what)
    if len(array) != len(nominal):
        raise ValueError(f"{what} has {len(array)} bins, the nominal yield has {len(nominal)}: both need the same.")
    bad = (nominal == 0) & ~(array == 0)
    _refuse(bad, array, what, "its nominal yield there is 0, and no factor leads away from it: merge bins.")
    bad = (nominal > 0) & ~(np.isfinite(array) & (array > 0))
    _refuse(bad, array, what, "it must be a positive and finite yield: merge bins, or smooth the variation.")
    return np.divide(array, nominal, out=np.ones(len(array)), where=nominal > 0)
