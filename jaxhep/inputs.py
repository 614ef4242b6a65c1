"""What public functions are given, checked where they begin: an error names the value and the way out.

Types and shapes are known even while JAX traces a function, so they are checked always and cost a program nothing.
Values are checked where there are any: not inside jit, vmap or grad. What is returned has a shape and a type; lists,
tuples, pandas Series and DataFrames have become arrays.
"""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax import Array

if TYPE_CHECKING:
    from jaxhep.model import Model

KINDS = {"b": "booleans", "c": "complex numbers", "U": "text", "S": "text", "M": "dates", "m": "durations"}
"""What NumPy's letters for types mean, as far as they are no real numbers."""

Numbers = Any
"""An array of NumPy or JAX, a tracer, or a Python number: something that has a shape and is real."""


def array(values: object, what: str) -> Numbers:
    """``values`` as an array of floats of any shape; Python's numbers stay as they are.

    Of float64 even if they were single precision or small integers, of which JAX would compute ln Gamma in float32.
    """
    if isinstance(values, int | float) and not isinstance(values, bool) and abs(values) < 2**63:
        return values
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise TypeError(f"{what} must be real numbers, but some are masked: fill them, or leave those bins out.")
    found = values if isinstance(values, jax.Array) else _converted(values, what)
    if not isinstance(found, np.ndarray | jax.core.Tracer) and found.is_deleted():
        raise ValueError(f"{what} were deleted, or donated to a jitted function: keep a copy of what is needed again.")
    kind = getattr(found.dtype, "kind", "O")
    if kind in "iuf" or jnp.issubdtype(found.dtype, np.floating):
        return found if found.dtype == np.float64 else found.astype(float)
    raise TypeError(
        f"{what} must be real numbers, not {KINDS.get(kind, 'objects')}; got {reprlib.repr(values)}. Convert them to "
        "float yourself if numbers are meant."
    )


def _converted(values: object, what: str) -> Numbers:
    try:
        columns = values.dtypes if isinstance(values, pd.DataFrame) else [getattr(values, "dtype", None)]
        if isinstance(values, pd.Series | pd.DataFrame) and all(map(is_real, columns)):
            return values.to_numpy(float, na_value=np.nan)
        return np.asarray(values)
    except jax.errors.TracerArrayConversionError:  # a list with tracers in it
        return _stacked(values, what)
    except (TypeError, ValueError):  # rows of different length
        raise ValueError(f"{what} must be an array of numbers, its rows of one length; got {values!r:.80}.") from None


def _stacked(values: Any, what: str) -> Array:
    try:
        return jnp.asarray(values)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be an array of numbers, its rows of one length.") from None


def is_real(dtype: Any) -> bool:
    return pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_float_dtype(dtype)


def known(values: Numbers) -> np.ndarray | None:
    """The values as a NumPy array; None while JAX traces, or if other processes hold some of them."""
    if isinstance(values, jax.core.Tracer) or (isinstance(values, jax.Array) and not values.is_fully_addressable):
        return None
    return np.asarray(values)


def refuse(bad: np.ndarray, values: np.ndarray, name: Callable[..., str], must: str) -> None:
    """Raise ValueError at the first ``bad`` value; ``name`` makes of its indices what it is."""
    if bad.any():
        index = np.unravel_index(int(bad.argmax()), bad.shape)
        raise ValueError(f"{name(*map(int, index))} is {values[index]}; {must}.")


def finite(values: Numbers, name: Callable[..., str]) -> None:
    """Refuse NaN and infinity among the ``values``, where they are known."""
    concrete = known(values)
    if concrete is not None:
        refuse(~np.isfinite(concrete), concrete, name, "it must be finite")


def vector(values: object, what: str) -> np.ndarray:
    """``values`` as (M,) finite floats, M at least 1."""
    found = np.asarray(array(values, what), float)
    if found.ndim != 1 or not found.size:
        raise ValueError(f"{what} must be a list of numbers, one or more; got shape {found.shape}.")
    finite(found, lambda i: f"Entry {i} of {what}")
    return found


def number(value: object, what: str) -> Numbers:
    """One finite number, Python's or without axes; maybe a tracer."""
    found = array(value, what)
    if np.ndim(found):
        raise ValueError(f"{what} must be one number; got shape {np.shape(found)}.")
    finite(found, lambda: what)
    return found


def positive(value: object, what: str) -> float:
    """One number above 0."""
    found = float(number(value, what))
    if found <= 0:
        raise ValueError(f"{what} must be positive; got {found:g}.")
    return found


def alike(**arrays: object) -> tuple[Numbers, ...]:
    """Arrays, by their names, whose shapes fit together by NumPy's rules."""
    found = {name: array(values, name) for name, values in arrays.items()}
    try:
        np.broadcast_shapes(*map(np.shape, found.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(values)}" for name, values in found.items())
        raise ValueError(f"These shapes don't fit together: {shapes}.") from None
    return tuple(found.values())


def not_negative(values: Numbers, what: str) -> None:
    """Refuse negative numbers, where they are known; NaN, of a fit that failed, passes."""
    concrete = known(values)
    if concrete is not None:
        refuse(concrete < 0, concrete, lambda *i: f"{what}{list(i) or ''}", "it can't be negative")


def integer(value: Any, what: str) -> int:
    """A whole number of Python or NumPy; 3.0 is none, True is none."""
    try:
        if isinstance(value, bool | np.bool_ | jax.core.Tracer):
            raise TypeError
        return operator.index(value)
    except TypeError:
        static = " while tracing: make it static" if isinstance(value, jax.core.Tracer) else ""
        raise TypeError(f"{what} must be an integer; got {reprlib.repr(value)}{static}.") from None


def at_least_one(value: Any, what: str) -> int:
    if integer(value, what) < 1:
        raise ValueError(f"{what} must be 1 or more; got {value}.")
    if value >= 2**31:
        raise ValueError(f"{what} must be below 2^31; got {value}.")
    return operator.index(value)


def flag(value: object, what: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{what} must be True or False; got {reprlib.repr(value)}.")
    return bool(value)


def names(values: object, what: str) -> tuple[str, ...]:
    """Names as a tuple: a string alone, which Python would take for a list of letters, isn't one."""
    if isinstance(values, str):
        raise TypeError(f"{what} must be a list of names, also for a single one: write ['{values}'].")
    if not isinstance(values, Iterable) or isinstance(values, bytes | set | frozenset):
        unordered = ", which has no order" * isinstance(values, set | frozenset)
        raise TypeError(f"{what} must be a list of names; got {reprlib.repr(values)}{unordered}.")
    listed = tuple(values)
    for name in listed:
        if not isinstance(name, str):
            raise TypeError(f"{what} must be names, text; {reprlib.repr(name)} is of type {type(name).__name__}.")
        if not name:
            raise ValueError(f"{what} must be names; one of them is empty.")
    return tuple(map(str, listed))


def require_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise ValueError at the first of ``names`` that isn't in ``known``, with the closest spelling, or that comes
    twice."""
    known, names = list(known), list(names)
    for name in names:
        if name not in known:
            close = get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = (
                f"Did you mean '{close[0]}'?"
                if close
                else f"Known: {', '.join(known[:8])}{', ...' * (len(known) > 8)}."
            )
            raise ValueError(f"There is no {what} '{name}'. {hint}")
        if names.count(name) > 1:
            raise ValueError(f"The {what} '{name}' is listed {names.count(name)} times.")


def function(value: Any, what: str) -> Callable:
    if not callable(value):
        raise TypeError(f"{what} must be a function; got {reprlib.repr(value)}.")
    return value


def mapping(values: object, what: str) -> Mapping:
    if not isinstance(values, Mapping):
        raise TypeError(f"{what} must be a dictionary by name; got {reprlib.repr(values)}.")
    return values


def edges(values: object) -> np.ndarray:
    """Bin edges as (B+1,) floats that increase."""
    found = np.asarray(array(values, "The bin edges"), float)
    if found.ndim != 1 or found.size < 2:
        raise ValueError(f"Bin edges need at least two numbers in one dimension; got shape {found.shape}.")
    bad = np.flatnonzero(~(np.diff(found) > 0) | ~np.isfinite(found[1:]) | ~np.isfinite(found[:-1]))
    if bad.size:
        i = int(bad[0])
        raise ValueError(
            f"Bin edges must be finite and increase; edges {i} and {i + 1} are {found[i]} and {found[i + 1]}."
        )
    return found


def frame(value: object) -> pd.DataFrame:
    if not isinstance(value, pd.DataFrame):
        raise TypeError(f"The events must be a pandas DataFrame, one event a row; got a {type(value).__name__}.")
    return value


def of_shape(values: object, shape: tuple[int, ...], what: str, axes: str) -> Numbers:
    """``values`` of exactly this ``shape``, which ``axes`` explains."""
    found = array(values, what)
    if np.shape(found) != shape:
        raise ValueError(f"{what} must have the shape {shape}, {axes}; got {np.shape(found)}.")
    return found


def require_model(model: Any) -> None:
    """Refuse anything but a model whose arrays fit together."""
    if not hasattr(model, "polynomial"):
        raise TypeError(
            f"model must be a jaxhep.Model; got a {type(model).__name__}. Make one with jaxhep.make_model(templates)."
        )
    K, norms, shape = len(model.systematics), 1 + len(model.free), np.shape(model.nominal)
    P, B = shape if len(shape) == 2 else (len(model.processes), -1)
    wanted = {"nominal": (P, B), "scales": (norms, P), "polynomial": (7, P, K, B)}
    wanted |= {"log_up": (P, K, B), "log_down": (P, K, B), "mc_error": (B,)}
    for name, right in wanted.items():
        leaf = getattr(model, name)
        found = np.shape(leaf)
        if getattr(getattr(leaf, "dtype", None), "kind", "O") not in "iuf":
            raise TypeError(f"model.{name} must be an array of real numbers; got {reprlib.repr(leaf)}.")
        if found != right and not (name == "mc_error" and found == (0,)):
            raise ValueError(
                f"model.{name} has shape {found}, but P, K, B = {P}, {K}, {B} need {right}: a model that was changed "
                "by hand has to stay consistent."
            )


def size_of(model: Model) -> int:
    """The number n of parameters."""
    return 1 + len(model.free) + len(model.systematics) + np.shape(model.mc_error)[-1]


def require_params(model: Model, shape: tuple[int, ...], what: str = "params") -> None:
    """Refuse ``params`` whose first axis doesn't have the model's parameters."""
    n, mc = size_of(model), np.shape(model.mc_error)[-1]
    if not shape or shape[0] != n:
        raise ValueError(
            f"{what} has shape {shape}, but the model has {n} parameters: {1 + len(model.free)} of mu and norms, "
            f"{len(model.systematics)} systematics, {mc} of MC statistics, in the order of model.parameters."
        )


def params(model: Model, values: object, what: str = "params") -> Numbers:
    """Parameters (n,), their values unchecked: for functions that are evaluated often."""
    require_model(model)
    found = array(values, what)
    shape = np.shape(found)
    require_params(model, shape, what)
    if len(shape) > 1:
        raise ValueError(f"{what} has shape {shape}, but one set of parameters is wanted, ({shape[0]},): use jax.vmap.")
    return found


def counts(model: Model, values: object, many: bool | None = False, checked: bool = True) -> Numbers:
    """Counts (B,), or ``many``: (N, B), or either if that is None. Their values unless not to be ``checked``."""
    require_model(model)
    found = array(values, "The counts")
    shape, bins = np.shape(found), np.shape(model.nominal)[-1]
    many = len(shape) > 1 if many is None else many
    if shape[-1:] != (bins,) or len(shape) != 1 + many:
        which, one = ("counts", "one row per toy, (N, B)") if many else ("observed counts", "one number per bin")
        raise ValueError(f"The model has {bins} bins, but the {which} have shape {shape}: {one}.")
    if not shape[0]:
        raise ValueError(f"The counts have shape {shape}: there are no toys to fit.")
    concrete = known(found) if checked else None
    if concrete is not None:
        name = "The count of toy {} in bin {}".format if many else "The observed count in bin {}".format
        refuse(~(np.isfinite(concrete) & (concrete >= 0)), concrete, name, "counts must be finite and not negative")
        refuse(concrete > LARGEST, concrete, name, f"counts must be below {LARGEST:g}")
    return found


def _each(values: object, rows: tuple[int, ...], named: tuple[str, ...], what: str, of: str) -> Numbers:
    """Finite ``values``, one for each of ``named`` parameters, and so for each of N toys if ``rows`` is (N,)."""
    wanted = (*rows, len(named))
    found = of_shape(values, wanted, what, f"one number per {of}{', one row per toy' if rows else ''}")
    finite(found, lambda *index: f"The entry of {what} for '{named[index[-1]]}'" + f" of toy {index[0]}" * len(rows))
    return found


def fit(
    model: Model,
    data: Any,
    measured: Any,
    mu: Any,
    start: Any,
    many: bool | None = False,
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Counts, measured, mu, start of a fit, or of one for each of N toys."""
    data = counts(model, data, many)
    rows, first = np.shape(data)[:-1], 1 + len(model.free)
    if measured is not None:
        of = "systematic and MC parameter"
        measured = _each(measured, rows, model.parameters[first:], "measured", of)
    if mu is not None:
        mu = array(mu, "mu")
        if np.shape(mu) not in ((), rows):
            raise ValueError(f"mu must be one number{' or one per toy' * len(rows)}; got shape {np.shape(mu)}.")
        finite(mu, lambda *toy: "".join(("mu", *map(" of toy {}".format, toy))))
    if start is not None:
        start = _each(start, rows, model.parameters, "start", "parameter")
    return data, measured, mu, start


def minimum(model: Model, values: Any, data: Any, many: bool | None = False) -> tuple[Numbers, Numbers]:
    """Params (n,) and counts (B,) where derivatives are wanted; (N, n) and (N, B) if ``many``, either if None."""
    data = counts(model, data, many)
    if np.ndim(data) == 1:
        values = params(model, values)
    return _each(values, np.shape(data)[:-1], model.parameters, "params", "parameter"), data


def likelihood(model: Model, values: Any, data: Any, measured: Any) -> tuple[Numbers, Numbers, Numbers]:
    """Params (n,), counts (B,) and measured (K+B,) or a number: shapes and types, no values."""
    found = params(model, values)
    data = counts(model, data, checked=False)
    measured = array(measured, "measured")
    constrained = np.shape(found)[0] - 1 - len(model.free)
    if np.shape(measured) not in ((), (constrained,)):
        raise ValueError(
            f"measured must have the shape ({constrained},), one number per systematic and MC parameter; got "
            f"{np.shape(measured)}."
        )
    return found, data, measured


LARGEST = 9e18
"""Events in a bin, counted or expected, that are too many: ``jax.random.poisson`` returns the largest integer there."""


def yields(expected: Numbers, what: str, largest: float = np.inf) -> None:
    """Refuse expected events (B,) that are negative or not finite, where they are known."""
    concrete = known(expected)
    if concrete is not None:
        below = f", and below {largest:g}" if np.isfinite(largest) else ""
        must = f"expected events {what} must be finite and not negative{below}: choose other parameters"
        bad = ~(np.isfinite(concrete) & (concrete >= 0) & (concrete < largest))
        refuse(bad, concrete, "The expected yield in bin {}".format, must)


def key(value: Any) -> Array:
    """One key of JAX's random numbers, new style or raw."""
    raw = isinstance(value, np.ndarray | jax.Array) and value.dtype == np.uint32
    if not raw and not (isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key)):
        raise TypeError(f"key must be a key of JAX; got {reprlib.repr(value)}. Make one with jax.random.key(seed).")
    one = np.shape(jax.random.key_data(jax.random.key(0))) if raw else ()
    if np.shape(value) != one:
        raise ValueError(f"key must be one key; got shape {np.shape(value)}: use one, or jax.vmap over all.")
    return value


def result(model: Model, value: Any, value_there: Callable[[np.ndarray], float]) -> None:
    """Refuse what isn't the unconditional fit of this ``model`` and these data, whose -2 ln L is ``value_there``."""
    if not hasattr(value, "covariance") or not hasattr(value, "names"):
        raise TypeError(f"result must be a FitResult of jaxhep.fit; got a {type(value).__name__}.")
    if tuple(value.names) != model.parameters:
        raise ValueError("result is the fit of another model: its parameters differ from model.parameters.")
    held = [name for name, error in zip(value.names, value.errors, strict=True) if error == 0]
    if held:
        raise ValueError(f"result must be a fit of all parameters; '{held[0]}' was held.")
    if not np.isclose(value_there(value.values), value.nll2, rtol=1e-9, atol=1e-6):
        raise ValueError(
            f"result isn't the fit of these counts: it says -2 ln L = {value.nll2:.6g}, they give "
            f"{value_there(value.values):.6g}."
        )


def fixed(model: Model, values: object | None) -> dict[str, float]:
    """Parameters to hold, by name."""
    held = mapping({} if values is None else values, "fixed")
    require_known(held, model.parameters, "parameter")
    for name, value in held.items():
        if np.shape(array(value, f"fixed['{name}']")):
            raise ValueError(f"Parameter '{name}' can't be fixed at {reprlib.repr(value)}: it takes one number.")
        if not np.isfinite(value):
            raise ValueError(f"Parameter '{name}' can't be fixed at {value}.")
    return {name: float(value) for name, value in held.items()}
