"""Fits with Minuit, driven by exact, compiled derivatives from JAX: minimum, scan, ranking, significance of one data
set."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import jax
import numpy as np
import pandas as pd
from iminuit import Minuit
from numpy.typing import ArrayLike

from jaxhep import inputs, statistics
from jaxhep.covariance import hessian as exact_hessian
from jaxhep.likelihood import expected, nll2
from jaxhep.model import Model

_value = jax.jit(nll2)
_gradient = jax.jit(jax.grad(nll2, argnums=1))
_hessian = jax.jit(exact_hessian)
_expected = jax.jit(expected)


@dataclass(frozen=True)
class FitResult:
    """The minimum of -2 ln L. Parameters that were held fixed have error 0.

    names : the model's parameters; values, errors : (n,); covariance : (n, n), 2 / Hessian of -2 ln L.
    nll2 : -2 ln L at the minimum.
    gradient_norm : sqrt(g^T C g) / 2 with gradient g and covariance C: how far away the true minimum still is,
        in standard deviations (the square root of Minuit's estimated distance to the minimum, EDM).
    valid : MIGRAD converged and the Hessian at the minimum is positive definite.
    ncalls : calls of function, gradient and Hessian together.
    """

    names: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    covariance: np.ndarray
    nll2: float
    gradient_norm: float
    valid: bool
    ncalls: int

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
            raise ValueError(f"Parameter '{name}' has no error in this fit, which held it: see fit(..., fixed).")
        return self.values + self.covariance[:, k] / self.covariance[k, k] * (value - self.values[k])

    def to_frame(self) -> pd.DataFrame:
        """One row per parameter: value, error."""
        return pd.DataFrame({"value": self.values, "error": self.errors}, index=pd.Index(self.names, name="parameter"))


def _checked_start(model: Model, start: ArrayLike | None, fixed: Mapping[str, float], counts: np.ndarray) -> np.ndarray:
    start = model.initial if start is None else np.array(inputs.array(start, "start"), float)
    if start.shape != model.initial.shape or not np.isfinite(start).all():
        raise ValueError(
            f"start must be {model.initial.size} finite numbers, one per parameter; got shape {start.shape}."
        )
    for name, value in fixed.items():
        start[model.parameters.index(name)] = value
    yields = np.asarray(_expected(model, start))
    bad = ~((yields > 0) & (yields < inputs.LARGEST))
    if bad.any():
        b = int(np.argmax(bad))
        raise ValueError(
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
        lambda x: float(_value(model, everything(x), data)),
        start[loose],
        grad=lambda x: np.asarray(_gradient(model, everything(x), data))[loose],
        hessian=positive_hessian if hessian else None,
        name=np.array(model.parameters)[loose].tolist(),
    )
    fitter.errordef = Minuit.LEAST_SQUARES
    fitter.strategy = 0
    fitter.tol = tol
    return fitter


def fit(
    model: Model, counts: ArrayLike, start: ArrayLike | None = None, fixed: Mapping[str, float] | None = None
) -> FitResult:
    """Minimise -2 ln L (MIGRAD), then take the covariance matrix from the exact Hessian (HESSE).

    ``fixed`` holds parameters at given values: ``{"mu": 0.0}`` is the conditional fit of the background-only
    hypothesis. Raises ValueError as ``minuit`` does.
    """
    counts, fixed = np.asarray(inputs.counts(model, counts), float), inputs.fixed(model, fixed)
    fitter = _migrad(model, counts, start, fixed).hesse()
    if not fitter.accurate:
        warnings.warn(
            "The Hessian isn't positive definite: the data can't tell some parameters apart; don't trust the errors.",
            stacklevel=2,
        )
    loose = [model.parameters.index(name) for name in fitter.parameters]
    values, covariance = model.initial, np.zeros((len(model.parameters), len(model.parameters)))
    values[[model.parameters.index(name) for name in fixed or {}]] = list((fixed or {}).values())
    values[loose] = fitter.values
    covariance[np.ix_(loose, loose)] = fitter.covariance
    gradient = np.asarray(_gradient(model, values, np.asarray(counts, float)))
    return FitResult(
        names=model.parameters,
        values=values,
        errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        nll2=float(fitter.fval),
        gradient_norm=float(np.sqrt(gradient @ covariance @ gradient) / 2),
        valid=bool(fitter.valid and fitter.accurate),
        ncalls=fitter.nfcn + fitter.ngrad + fitter.nhessian,
    )


def _migrad(model: Model, counts: ArrayLike, start: ArrayLike | None, fixed: Mapping[str, float]) -> Minuit:
    fitter = minuit(model, counts, start, fixed).migrad()
    if not fitter.valid:
        where = f" with fixed {dict(fixed)}" if fixed else ""
        warnings.warn(
            f"MIGRAD didn't converge{where}: its estimated distance to the minimum is {fitter.fmin.edm:.1e}. "
            "Start closer to the minimum, or look for parameters that the data can't tell apart.",
            stacklevel=3,
        )
    return fitter


def profile_scan(model: Model, counts: ArrayLike, mus: ArrayLike) -> np.ndarray:
    """t_mu at each of ``mus``, (len(mus),), as ``jaxhep.statistics.likelihood_ratio`` defines it.

    Each conditional fit starts where the fit expects it:
    at the best fit, moved along the regression of all parameters on mu.
    """
    mus = inputs.vector(mus, "mus")
    best = fit(model, counts)
    held = np.array([_conditional_nll2(model, counts, best, mu) for mu in mus])
    return np.asarray(statistics.likelihood_ratio(held, best.nll2))


def _conditional_nll2(model: Model, counts: ArrayLike, best: FitResult, mu: float) -> float:
    start = best.given("mu", mu)
    if len(model.parameters) == 1:  # mu alone: nothing to minimise
        return float(_value(model, start, counts))
    return _migrad(model, counts, start, {"mu": mu}).fval


def impacts(model: Model, counts: ArrayLike, result: FitResult | None = None) -> pd.DataFrame:
    """Pull, constraint and impact on mu of every parameter but mu, most important first.

    Columns: ``name``; ``pull``: its best-fit value minus its initial value, ``constraint``: its post-fit error, both in
    units of its pre-fit error (of 1 for a free norm, which has none); ``impact_up`` and ``impact_down``: the shift of
    mu-hat when it is fixed at best fit +- post-fit error and all others are fitted again. ``result`` is the
    unconditional fit of ``counts``, made here if not given.
    """
    counts = np.asarray(inputs.counts(model, counts), float)
    if result is None:
        result = fit(model, counts)
    inputs.result(model, result, lambda values: float(_value(model, values, counts)))
    rows = []
    for k, name in enumerate(model.parameters[1:], start=1):
        shifted = [result.values[k] + sign * result.errors[k] for sign in (1, -1)]
        up, down = (_migrad(model, counts, result.given(name, v), {name: v}).values["mu"] - result.mu for v in shifted)
        rows.append((name, result.values[k] - model.initial[k], result.errors[k], up, down))
    table = pd.DataFrame(rows, columns=["name", "pull", "constraint", "impact_up", "impact_down"])
    largest = table[["impact_up", "impact_down"]].abs().max(axis=1)
    return table.loc[largest.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def discovery_significance(model: Model, counts: ArrayLike) -> float:
    """Z = sqrt(q_0), standard deviations between the data and mu = 0; 0 if mu-hat is negative. See
    ``jaxhep.statistics``."""
    best = fit(model, counts)
    if best.mu <= 0:
        return 0.0
    q0 = statistics.discovery(best.mu, _conditional_nll2(model, counts, best, 0.0), best.nll2)
    return float(statistics.significance(q0))
