"""Upper limits on mu by CLs (Read, J. Phys. G 28 (2002) 2693) with q-tilde_mu of Cowan, Cranmer, Gross, Vitells, EPJC
71 (2011) 1554: from its asymptotic distribution or from toys, as pyhf defines both.

Background-only data, Asimov or toys, have the nuisance parameters at their best fit to the data with mu held at 0.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr

from jaxhep import inputs, statistics
from jaxhep.likelihood import _expected, nll2
from jaxhep.minimum import APART, fit, fits
from jaxhep.model import Model
from jaxhep.newton import Fit
from jaxhep.statistics import BAND, Physical
from jaxhep.toys import generate

TIE = 1e-6
"""Difference of two q-tilde below which they are equal: more than fits leave open, less than matters."""

JUMP = 1e-3
"""How far from 0 may be at a limit what is 0 there: the logarithm of CLs / (1 - level), or for an expected limit the
difference of two roots of q-tilde. Where it is farther it isn't continuous."""

REPLICAS = 50
"""Bootstrap replicas for statistical errors, which are known to 10 percent then."""

_physical = jax.jit(statistics.physical)
_q_mu_tilde = jax.jit(statistics.q_mu_tilde)
_nll2 = jax.jit(nll2)


@jax.jit
def _held(model: Model, counts: Array, measured: Array, mu: ArrayLike, start: Array) -> Fit:
    """Fit(s) with ``mu`` held, of counts (B,) or of each of (N, B)."""
    return (fit if counts.ndim == 1 else fits)(model, counts, measured, mu, start)


@dataclass(frozen=True)
class Hypotest:
    """The test of a signal strength ``mu``.

    q : q-tilde_mu of the data. clsb, clb, cls : CL_s+b, CL_b and their ratio. expected : (5,), CL_s of background-only
    data at -2, -1, 0, 1, 2 standard deviations. cls_error : statistical error of cls, and expected_error : (5,), from
    the finite number of toys; 0 without toys.
    """

    mu: float
    q: float
    clsb: float
    clb: float
    cls: float
    expected: np.ndarray
    cls_error: float
    expected_error: np.ndarray


@dataclass(frozen=True)
class UpperLimit:
    """``observed`` upper limit on mu, and ``expected`` (5,) of background-only data at -2, -1, 0, 1, 2 standard
    deviations, at confidence ``level``. NaN where there is none, with a warning that says why.

    observed_error, expected_error : (5,), statistical errors from the finite number of toys; 0 without toys.
    points : the tests between which limits from toys are interpolated, in order of mu; () without toys.
    """

    observed: float
    expected: np.ndarray
    level: float
    observed_error: float
    expected_error: np.ndarray
    points: tuple[Hypotest, ...]


class NotSure(RuntimeError):
    """A fit that CLs rests on didn't converge or isn't the lowest, or there is no limit; says which, and becomes a
    warning."""


def hypotest(model: Model, counts: ArrayLike, mu: float, toys: int = 0, key: Array | None = None) -> Hypotest:
    """CLs of signal strength ``mu``, in ``counts`` (B,) and expected: asymptotic, or from ``toys`` toys of mu and as
    many of the background alone, drawn with ``key``.

    Values are NaN, with a warning, where a fit didn't converge or the best one isn't the lowest. Raises ValueError for
    negative mu, toys without a key, bad counts, and events in a bin where nothing but the signal is expected: mu = 0
    can't explain them.
    """
    mu, key = float(inputs.number(mu, "mu")), _checked_key(toys, key)
    if mu < 0:
        raise ValueError(f"mu is {mu}; an upper limit tests finite signal strengths of 0 or more.")
    try:
        data = _Data(model, counts)
        return data.test(mu) if key is None else _Toys(data, toys, key).test(mu)
    except NotSure as problem:
        warnings.warn(f"{problem} CLs is NaN.", stacklevel=2)
        nan = np.full(5, np.nan)
        return Hypotest(mu, np.nan, np.nan, np.nan, np.nan, nan, np.nan, nan)


def upper_limit(
    model: Model, counts: ArrayLike, level: float = 0.95, toys: int = 0, key: Array | None = None
) -> UpperLimit:
    """The mu at which CLs is 1 - ``level``: every larger signal is excluded at this confidence level.

    Asymptotic, or from ``toys`` toys a point of a scan in mu and as many of the background alone, drawn with ``key``;
    the expected limit at -2 standard deviations asks for toys with a probability of 0.1 percent, so for 10000 of them.
    Raises and warns as ``hypotest`` does, and for a ``level`` not between 0 and 1.
    """
    if not 0 < inputs.number(level, "level") < 1:
        raise ValueError(f"level is {level}; a confidence level is between 0 and 1: 0.95 for 95 percent.")
    key = _checked_key(toys, key)
    try:
        data = _Data(model, counts)
        limits = [_limit(data, level, i) for i in range(-1, 5)]
        if key is not None:
            return _scan(_Toys(data, toys, key), level, np.array(limits))
    except NotSure as problem:
        warnings.warn(f"{problem} The upper limits are NaN.", stacklevel=2)
        limits = [np.nan] * 6
    return UpperLimit(limits[0], np.array(limits[1:]), level, 0.0, np.zeros(5), ())


def _checked_key(toys: int, key: Array | None) -> Array | None:
    """The key to draw ``toys`` toys with, None if there are none."""
    if inputs.integer(toys, "toys") < 0:
        raise ValueError(f"toys is {toys}; it is how many to draw, 0 for the asymptotic formulas.")
    if toys and key is None:
        raise ValueError(f"{toys} toys need a key to be drawn with: key=jax.random.key(1).")
    return inputs.key(key) if toys else None


class _Data:
    """Observed counts and their background-only Asimov data, each with its best fit for mu >= 0."""

    def __init__(self, model: Model, counts: ArrayLike) -> None:
        self.model, self.counts = model, np.asarray(inputs.counts(model, counts), float)
        start = np.asarray(model.initial)
        signal, background = _expected(model, start), np.asarray(_expected(model, np.r_[0.0, start[1:]]))
        bad = (background == 0) & (self.counts > 0)
        if bad.any():
            b = int(np.argmax(bad))
            raise ValueError(
                f"Bin {b} has {self.counts[b]:g} observed events, but nothing except the signal is expected there: mu "
                "= 0 is impossible, and CLs needs its probability. Add the missing background, or merge the bin."
            )
        self.best = _sure_best(model, self.counts)
        self.background = np.asarray(self.best.at_zero.params)
        self.asimov = _expected(model, self.background)
        self.centres = self.background[1 + len(model.free) :]
        # Asimov data are explained by what they were made with: no fit is better
        least = _nll2(model, self.background, self.asimov, self.centres)
        self.best_asimov = replace(self.best, mu=jnp.zeros(()), nll2=least, params=self.best.at_zero.params)
        # 1 / sigma(mu)^2 from the Poisson errors alone: where to look for a limit first
        self.scale = float(1 / np.sqrt(np.sum((signal - background) ** 2 / np.maximum(background, 1))))

    def held(self, mu: float) -> Fit:
        return _held(self.model, self.counts, np.zeros_like(self.centres), mu, self.best.params)

    def q(self, mu: float) -> float:
        """q-tilde_mu of the observed counts."""
        held = self.held(mu)
        if held.found and held.nll2 < self.best.nll2 - APART:
            raise NotSure(
                f"-2 ln L is lower by {self.best.nll2 - held.nll2:.2g} with mu held at {mu:.4g} than at the best fit "
                "with mu >= 0: there are several minima, and that one isn't the lowest."
            )
        return _sure(_q_mu_tilde(mu, self.best, held), mu, "data")

    def q_asimov(self, mu: float) -> float:
        held = _held(self.model, self.asimov, self.centres, mu, self.background)
        return _sure(_q_mu_tilde(mu, self.best_asimov, held), mu, "background-only Asimov data")

    def test(self, mu: float) -> Hypotest:
        q, q_asimov = self.q(mu), self.q_asimov(mu)
        clsb, clb, cls = statistics.asymptotic_cls(q, q_asimov)
        return Hypotest(mu, q, clsb, clb, cls, statistics.expected_cls(q_asimov), 0.0, np.zeros(5))


def _sure_best(model: Model, counts: np.ndarray) -> Physical:
    """``statistics.physical`` of one data set."""
    best = _physical(model, counts)
    if not best.at_zero.found:
        raise NotSure("No minimum was found for the data with mu held at 0.")
    if not best.sure:
        raise NotSure("No minimum was found for the data with all parameters free.")
    return best


def _sure(q: Array, mu: float, data: str) -> float:
    if np.isnan(q):
        raise NotSure(f"The fit of the {data} with mu held at {mu:.4g} found no minimum.")
    return float(q)


def _limit(data: _Data, level: float, i: int) -> float:
    """The asymptotic limit: expected at ``BAND[i]``, or observed for i = -1. NaN, with a warning, if there is none."""
    width = statistics.expected_width(level)[i]

    def observed(mu: float) -> tuple[float, float]:
        test = data.test(mu)
        return np.log(max(test.cls, 1e-300) / (1 - level)), np.sqrt(test.q)

    def expected_at(mu: float) -> tuple[float, float]:
        root = np.sqrt(data.q_asimov(mu))
        return width - root, root

    try:
        return _crossing(observed if i < 0 else expected_at, data.scale)
    except NotSure as problem:
        name = "observed upper limit" if i < 0 else f"upper limit expected at {BAND[i]:+g} sigma"
        warnings.warn(f"{problem} The asymptotic {name} is NaN.", stacklevel=3)
        return np.nan


def _crossing(falling: Callable[[float], tuple[float, float]], high: float) -> float:
    """Where the first of what ``falling`` returns, positive at mu = 0, becomes 0; ``high`` > 0 is where to look first.
    The second is sqrt(q): if twice as large a mu hardly changes that, there is no limit."""
    while falling(high)[0] <= 0:
        high /= 2
    for _ in range(60):
        low, high = high, 2 * high
        (_, before), (value, after) = falling(low), falling(high)
        if before > 0.1 and after < 1.05 * before:
            break
        if value <= 0:
            crossing = float(brentq(lambda mu: falling(mu)[0], low, high, xtol=1e-6 * low))
            if abs(falling(crossing)[0]) > JUMP:
                raise NotSure(f"At mu = {crossing:.4g} CLs jumps: fits to the two sides of it end in different minima.")
            return crossing
    raise NotSure(f"Data can't tell mu = {high:.3g} from {low:.3g}: the uncertainties can hide any signal.")


class _Toys:
    """Toys of the background alone, with their best fits, and as many of each mu that is tested."""

    def __init__(self, data: _Data, size: int, key: Array) -> None:
        self.data, self.size = data, size
        of_background, self.key = jax.random.split(key)
        self.background = generate(of_background, data.model, data.background, size)
        self.best = _physical(data.model, *self.background)

    def sample(self, mu: float) -> tuple[float, np.ndarray, np.ndarray]:
        """q-tilde_mu of the data, of toys of mu, and of toys of the background."""
        drawn = generate(self.key, self.data.model, self.data.held(mu).params, self.size)
        best = _physical(self.data.model, *drawn)
        return self.data.q(mu), self._q(mu, drawn, best), self._q(mu, self.background, self.best)

    def _q(self, mu: float, drawn: tuple[Array, Array], best: Physical) -> np.ndarray:
        q = np.asarray(_q_mu_tilde(mu, best, _held(self.data.model, *drawn, mu, best.params)))
        failed = int(np.isnan(q).sum())
        if failed > 0.01 * self.size:
            raise NotSure(f"The fits of {failed} of {self.size} toys at mu = {mu:.4g} didn't converge.")
        if failed:
            warnings.warn(
                f"{failed} of {self.size} toys at mu = {mu:.4g}, whose fits failed, are left out.", stacklevel=4
            )
        return q[~np.isnan(q)]

    def test(self, mu: float) -> Hypotest:
        sample = self.sample(mu)
        values = _values(*sample)
        if not values[1]:
            warnings.warn(
                f"None of {self.size} toys of the background is as far from mu = {mu:.4g} as the data: CLs is NaN; "
                "more toys are needed.",
                stacklevel=3,
            )
        return _hypotest(mu, sample, _replicas([sample])[:, 0])


def _values(q: float, of_signal: np.ndarray, of_background: np.ndarray) -> np.ndarray:
    """CL_s+b, CL_b, CL_s, and CL_s expected at ``BAND``, (8,): quantiles of CL_s over the toys of the background."""
    of_signal, of_background = np.sort(of_signal), np.sort(of_background)
    at_least = np.append(of_background, q) - TIE
    clsb, clb = (1 - np.searchsorted(toys, at_least) / toys.size for toys in (of_signal, of_background))
    cls = np.divide(clsb, clb, out=np.full(clb.size, np.nan), where=clb > 0)
    return np.array([clsb[-1], clb[-1], cls[-1], *np.quantile(cls[:-1], ndtr(BAND))])


def _replicas(samples: list[tuple[float, np.ndarray, np.ndarray]]) -> np.ndarray:
    """``_values`` of bootstrap replicas of each sample, (REPLICAS, S, 8): the same toys are drawn again in each."""

    def again(toys: np.ndarray, seed: list[int]) -> np.ndarray:
        return toys[np.random.default_rng(seed).integers(toys.size, size=toys.size)]

    return np.array([[_values(q, again(s, [r, 0]), again(b, [r, 1])) for q, s, b in samples] for r in range(REPLICAS)])


def _hypotest(mu: float, sample: tuple[float, np.ndarray, np.ndarray], replicas: np.ndarray) -> Hypotest:
    clsb, clb, cls, *band = _values(*sample).tolist()
    one_toy = 1 / len(sample[1]) / max(clb, 1 / len(sample[2]))  # if no toy is beyond, CLs isn't known to be 0
    errors = _spread(replicas[:, 2:])
    return Hypotest(mu, sample[0], clsb, clb, cls, np.array(band), float(max(errors[0], one_toy)), errors[1:])


def _spread(replicas: np.ndarray) -> np.ndarray:
    """The standard deviation over the first axis, of those that aren't NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all NaN
        return np.nanstd(replicas, axis=0)


def _scan(toys: _Toys, level: float, asymptotic: np.ndarray) -> UpperLimit:
    """Limits from toys, interpolated between points around the ``asymptotic`` ones (6,), then once more at the limits
    found."""
    samples: dict[float, tuple[float, np.ndarray, np.ndarray]] = {}

    def limits(mus: np.ndarray) -> np.ndarray:
        for mu in mus.tolist():
            if np.isfinite(mu) and mu not in samples:
                samples[mu] = toys.sample(mu)
        return _interpolate(np.array(sorted(samples)), np.array([_values(*samples[m]) for m in sorted(samples)]), level)

    if np.isnan(asymptotic).all():
        raise NotSure("Without asymptotic limits there is no range to scan with toys.")
    low, high = 0.7 * np.nanmin(asymptotic), 1.5 * np.nanmax(asymptotic)
    found = limits(np.geomspace(low, high, 10))
    for _ in range(8):  # wider, until the scan contains all limits
        if np.isfinite(found).all():
            break
        low, high = low / 1.4, 1.4 * high
        found = limits(np.array([low, high]))
    found = limits(found)
    if np.isnan(found).any():
        warnings.warn(
            f"CLs doesn't cross 1 - level between mu = {low:.3g} and {high:.3g} for limits that are NaN: more toys "
            "are needed, or uncertainties can hide any signal.",
            stacklevel=3,
        )
    mus = sorted(samples)
    replicas = _replicas([samples[mu] for mu in mus])
    errors = _spread(np.array([_interpolate(np.array(mus), values, level) for values in replicas]))
    points = tuple(_hypotest(mu, samples[mu], replicas[:, i]) for i, mu in enumerate(mus))
    return UpperLimit(float(found[0]), found[1:], level, float(errors[0]), errors[1:], points)


def _interpolate(mus: np.ndarray, values: np.ndarray, level: float) -> np.ndarray:
    """The largest of ``mus`` (S,) at which CLs, in ``values`` (S, 8), isn't below 1 - level, and from there to where
    ln CLs crosses on its way to the next: (6,), observed and expected; NaN if the scan doesn't contain it."""
    limits = np.full(6, np.nan)
    for i, cls in enumerate(values[:, 2:].T):
        above = np.flatnonzero(cls >= 1 - level)
        if above.size and above[-1] + 1 < mus.size:
            j = above[-1]
            before, after = np.log(np.maximum(cls[j : j + 2], 1e-6) / (1 - level))
            limits[i] = mus[j] + (mus[j + 1] - mus[j]) * before / (before - after)
    return limits
