"""Fits with Minuit, driven by exact, compiled derivatives from JAX, and their result."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax
import numpy as np
import pandas as pd
from iminuit import Minuit
from numpy.typing import ArrayLike

from jaxhep import inputs
from jaxhep.covariance import _hessian
from jaxhep.likelihood import _expected, nll2
from jaxhep.minimum import APART, is_wild, minimise
from jaxhep.model import Model
from jaxhep.newton import EDGE

Outcome = Literal["inside", "edge", "not found"]

_value = jax.jit(nll2)
_gradient = jax.jit(jax.grad(nll2, argnums=1))
_is_wild = jax.jit(is_wild)
_descents = jax.jit(minimise)

IMPOSSIBLE = 1e12
"""What Minuit is told instead of an infinite -2 ln L: it steps back without a division of infinities."""


@dataclass(frozen=True)
class FitResult:
    """The minimum of -2 ln L. Parameters that were held fixed have error 0.

    names : the model's parameters; values, errors : (n,); covariance : (n, n), 2 / Hessian of -2 ln L.
    nll2 : -2 ln L at the minimum.
    gradient_norm : sqrt(g^T C g) / 2 with gradient g and covariance C: how far away the true minimum still is,
        in standard deviations (the square root of Minuit's estimated distance to the minimum, EDM).
    outcome : "inside", a minimum where all yields are positive and the Hessian is positive definite; "edge", a minimum
        where a bin without events expects none: values and nll2 are right, but no slope is 0 there, so errors,
        covariance and gradient_norm are NaN; "not found".
    ncalls : calls of function, gradient and Hessian together.
    """

    names: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    covariance: np.ndarray
    nll2: float
    gradient_norm: float
    outcome: Outcome
    ncalls: int

    @property
    def valid(self) -> bool:
        """Whether it is a minimum inside, with errors to be trusted as far as -2 ln L is a parabola."""
        return self.outcome == "inside"

    @property
    def mu(self) -> float:
        return float(self.values[0])

    @property
    def sigma_mu(self) -> float:
        return float(self.errors[0])

    @property
    def correlation(self) -> np.ndarray:
        """Correlation matrix (n, n); rows of fixed parameters are 0."""
        scale = np.divide(1.0, self.errors, out=np.zeros_like(self.errors), where=self.errors > 0)
        return self.covariance * np.outer(scale, scale)

    def given(self, name: str, value: float) -> np.ndarray:
        """All parameters, (n,), where a linear regression on parameter ``name`` expects them if it had this value."""
        inputs.require_known([name], self.names, "parameter")
        value, k = inputs.number(value, f"The value of '{name}'"), self.names.index(name)
        if not self.errors[k] > 0:
            raise ValueError(
                f"Parameter '{name}' has no error in this fit, which held it (fit(..., fixed)) or ended on the edge."
            )
        return self.values + self.covariance[:, k] / self.covariance[k, k] * (value - self.values[k])

    def to_frame(self) -> pd.DataFrame:
        """One row per parameter: value, error."""
        return pd.DataFrame({"value": self.values, "error": self.errors}, index=pd.Index(self.names, name="parameter"))


class ImpossibleStart(ValueError):
    """The likelihood is 0 where the fit should start."""


def _checked_start(model: Model, start: ArrayLike | None, fixed: Mapping[str, float], counts: np.ndarray) -> np.ndarray:
    start = model.initial if start is None else np.array(inputs.array(start, "start"), float)
    if start.shape != model.initial.shape or not np.isfinite(start).all():
        raise ValueError(
            f"start must be {model.initial.size} finite numbers, one per parameter; got shape {start.shape}."
        )
    for name, value in fixed.items():
        start[model.parameters.index(name)] = value
    yields = np.asarray(_expected(model, start))
    bad = ~((yields >= 0) & (yields < inputs.LARGEST)) | ((yields == 0) & (counts > 0))
    if bad.any():
        b = int(np.argmax(bad))
        raise ImpossibleStart(
            f"The expected yield in bin {b} is {yields[b]:.4g} at the start of the fit, where {counts[b]:g} were "
            "observed: merge bins, or start from other values."
        )
    return start


def minuit(
    model: Model,
    counts: ArrayLike,
    start: ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    tol: float = 1e-7,
    hessian: bool = True,
) -> Minuit:
    """Minuit for -2 ln L (errordef 1) with compiled, exact gradient and, unless ``hessian=False``, exact Hessian; not
    yet run.

    ``counts`` (B,), ``start`` (n,), default ``model.initial``. MIGRAD stops at an estimated distance to the minimum
    EDM < 0.002 tol. Strategy 0 doesn't spend calls on checking derivatives that are exact. Parameters in ``fixed`` keep
    their value and are no parameters of the returned object: iminuit up to 2.33 takes the wrong rows of a Hessian when
    some of its parameters are fixed (root-project/root issue 20954), which spoils HESSE's errors. MINOS fixes
    parameters, too: run it with ``hessian=False``.

    Raises ValueError for counts of the wrong length, negative or NaN, for a wrong ``start`` or ``fixed``, or if the
    expected yield is zero at the start.
    """
    counts = np.asarray(inputs.counts(model, counts), float)
    fixed, tol, hessian = inputs.fixed(model, fixed), inputs.positive(tol, "tol"), inputs.flag(hessian, "hessian")
    start = _checked_start(model, start, fixed, counts)
    loose = np.array([name not in fixed for name in model.parameters])
    if not loose.any():
        raise ValueError("Every parameter is fixed: nothing is left to fit.")
    data = jax.device_put(counts)

    def everything(x: np.ndarray) -> np.ndarray:
        params = start.copy()
        params[loose] = x
        return params

    def positive_hessian(x: np.ndarray) -> np.ndarray:
        params = everything(x)
        exact = np.asarray(_hessian(model, params, data))[np.ix_(loose, loose)]
        try:
            np.linalg.cholesky(exact)
        except np.linalg.LinAlgError:
            # negative curvature, far from the minimum: MIGRAD would step uphill, so give it Fisher's information
            # instead, which is the Hessian for data equal to the expected yields
            return np.asarray(_hessian(model, params, _expected(model, params)))[np.ix_(loose, loose)]
        return exact

    fitter = Minuit(
        lambda x: float(np.nan_to_num(_value(model, everything(x), data), nan=np.nan, posinf=IMPOSSIBLE)),
        start[loose],
        grad=lambda x: np.asarray(_gradient(model, everything(x), data))[loose],
        hessian=positive_hessian if hessian else None,
        name=np.array(model.parameters)[loose].tolist(),
    )
    fitter.errordef = Minuit.LEAST_SQUARES
    fitter.strategy = 0
    fitter.tol = tol
    return fitter


class Minimum(NamedTuple):
    """The lowest minimum found: the parameters (n,), -2 ln L, the estimated distance to the minimum; Minuit, if
    it found that; -2 ln L of the highest minimum that one of the methods ended in; and whether the systematics allow
    several minima while the likelihood was 0 wherever the search was to start."""

    values: np.ndarray
    nll2: float
    outcome: Outcome
    edm: float
    fitter: Minuit | None
    others: float
    blind: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether there may well be a lower minimum."""
        return self.outcome != "not found" and (self.blind or self.others > self.nll2 + APART)


def surely_one_minimum(model: Model, counts: np.ndarray) -> bool:
    """Whether no bin is empty, and no systematic so large that there may be several minima."""
    return bool(counts.all() and not _is_wild(model))


def search(model: Model, counts: np.ndarray, starts: Iterable[np.ndarray], fixed: Mapping[str, float]) -> Minimum:
    """The minimum that MIGRAD finds from the first of ``starts`` at which the likelihood isn't 0.

    Newton's method (``jaxhep.minimum``) searches, too, where MIGRAD may be wrong or at a loss: it failed, a bin is
    empty, or systematics are so large that there may be several minima. MIGRAD then starts again from there, if
    that is lower. Nothing is called found that lies above a search which hasn't ended.
    """
    found = None
    for start in starts:
        try:
            fitter = minuit(model, counts, start, fixed).migrad()
        except ImpossibleStart:
            continue
        found = _by_migrad(model, fitter, fixed)
        break
    if found and found.outcome == "inside" and surely_one_minimum(model, counts):
        return found
    other = by_newton(model, counts, start, fixed)
    lower = np.isfinite(other.nll2) and not (
        found and found.outcome == "inside" and found.nll2 < other.nll2 + APART / 10
    )
    if lower and other.outcome != "edge":
        again = _by_migrad(model, minuit(model, counts, other.values, fixed).migrad(), fixed)
        if again.outcome == "inside":
            other = again
    both = [one for one in (other, found) if one is not None]
    lowest = min(both, key=lambda one: (one.outcome == "not found", one.nll2))
    unended = min(both, key=lambda one: one.nll2)
    if unended.outcome == "not found" and unended.nll2 < lowest.nll2 - APART:
        lowest = unended
    others = max(one.nll2 for one in both if one.outcome != "not found") if lowest.outcome != "not found" else np.nan
    return lowest._replace(others=others, blind=found is None and bool(_is_wild(model)))


def _by_migrad(model: Model, fitter: Minuit, fixed: Mapping[str, float]) -> Minimum:
    values = model.initial
    values[[model.parameters.index(name) for name in fixed]] = list(fixed.values())
    values[[model.parameters.index(name) for name in fitter.parameters]] = fitter.values
    outcome: Outcome = "inside" if fitter.valid and fitter.fval < IMPOSSIBLE / 2 else "not found"
    return Minimum(values, float(fitter.fval), outcome, fitter.fmin.edm, fitter, fitter.fval)


def by_newton(model: Model, counts: np.ndarray, start: np.ndarray, fixed: Mapping[str, float]) -> Minimum:
    """The minimum that ``jaxhep.minimum`` finds from ``start``."""
    free = np.array([float(name not in fixed) for name in model.parameters])
    found = jax.tree.map(
        np.asarray, _descents(model, start, counts, np.zeros(model.initial.size - 1 - len(model.free)), free)
    )
    outcome: Outcome = "inside" if found.converged else "edge" if found.edge else "not found"
    return Minimum(found.params, float(found.nll2), outcome, float(found.distance**2), None, float(found.nll2))


def fit(
    model: Model, counts: ArrayLike, start: ArrayLike | None = None, fixed: Mapping[str, float] | None = None
) -> FitResult:
    """Minimise -2 ln L (MIGRAD), then take the covariance matrix from the exact Hessian (HESSE).

    ``fixed`` holds parameters at given values: ``{"mu": 0.0}`` is the conditional fit of the background-only
    hypothesis. Where a bin is empty or systematics are large, Newton's method searches from other starts as well, and
    the lower minimum is returned; that there is no lower one is promised only for systematics that are small
    (``jaxhep.minimum``). A result that isn't ``valid`` warns, with the reason. Raises ValueError as ``minuit`` does.
    """
    counts, fixed = np.asarray(inputs.counts(model, counts), float), inputs.fixed(model, fixed)
    found = search(model, counts, [_checked_start(model, start, fixed, counts)], fixed)
    loose = np.array([name not in fixed for name in model.parameters])
    fitter = found.fitter or minuit(model, counts, found.values, fixed)
    outcome, covariance = found.outcome, np.zeros((loose.size, loose.size))
    if outcome == "edge":
        covariance[np.ix_(loose, loose)] = np.nan
    else:
        fitter.hesse()
        covariance[np.ix_(loose, loose)] = fitter.covariance
        outcome = outcome if fitter.accurate and fitter.valid else "not found"
    gradient = np.asarray(_gradient(model, found.values, counts))
    for reason in _reasons(model, counts, found, outcome, fixed):
        warnings.warn(reason, stacklevel=2)
    return FitResult(
        names=model.parameters,
        values=found.values,
        errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        nll2=found.nll2,
        gradient_norm=float(np.sqrt(gradient @ covariance @ gradient) / 2),
        outcome=outcome,
        ncalls=fitter.nfcn + fitter.ngrad + fitter.nhessian,
    )


def _reasons(
    model: Model, counts: np.ndarray, found: Minimum, outcome: Outcome, fixed: Mapping[str, float]
) -> Iterable[str]:
    """Why a fit's result is to be taken with care."""
    where = f" with fixed {dict(fixed)}" if fixed else ""
    if outcome == "edge":
        yields, unit = np.asarray(_expected(model, found.values)), np.minimum(model.nominal.sum(0), 1.0)
        empty = np.flatnonzero((counts == 0) & (yields < EDGE * unit))
        yield (
            f"The minimum{where} lies on the edge, where no event is expected in bin(s) {', '.join(map(str, empty))}, "
            "which observed none: its values are right, but the curvature gives no errors. Take an interval or a limit "
            "from t_mu."
        )
    elif found.outcome == "not found":
        yield (
            f"MIGRAD didn't converge{where}: its estimated distance to the minimum is {found.edm:.1e}. "
            "Start closer to the minimum, or look for parameters that the data can't tell apart."
        )
    elif outcome == "not found":
        yield "The Hessian isn't positive definite: the data can't tell some parameters apart; don't trust the errors."
    if found.others > found.nll2 + APART:
        yield (
            f"-2 ln L has several minima{where}: another one lies {found.others - found.nll2:.2g} higher. The lowest "
            "that was found is returned; with systematics as large as these there may be a lower one."
        )
