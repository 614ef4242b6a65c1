"""What is made of many conditional fits of one data set: profile scan, ranking, significance."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from jaxhep import inputs, statistics
from jaxhep.migrad import FitResult, Minimum, _value, by_newton, fit, search, surely_one_minimum
from jaxhep.minimum import APART
from jaxhep.model import Model


def conditional(model: Model, counts: np.ndarray, best: FitResult, fixed: Mapping[str, float]) -> Minimum:
    """The minimum with one parameter held, searched from where the regression on it expects it; if the likelihood is 0
    there, from the best fit, then from the initial values.

    No covariance is asked for here, so that Newton's method, much faster than MIGRAD, comes first.
    """
    ((name, value),) = fixed.items()
    k = model.parameters.index(name)
    starts = [best.values.copy(), model.initial]
    if best.valid:
        starts.insert(0, best.given(name, value))
    for start in starts:
        start[k] = value
    if len(model.parameters) == 1:  # nothing to minimise
        nll2 = float(_value(model, starts[0], counts))
        return Minimum(starts[0], nll2, "inside", 0.0, None, nll2)
    if name == "mu" and statistics.impossible(model, counts, value):
        return Minimum(starts[0], np.inf, "inside", 0.0, None, np.inf)
    if surely_one_minimum(model, counts):
        found = by_newton(model, counts, starts[0], fixed)
        if found.outcome == "inside":
            return found
    return search(model, counts, starts, fixed)


def profile_scan(model: Model, counts: ArrayLike, mus: ArrayLike) -> np.ndarray:
    """t_mu at each of ``mus``, (len(mus),), as ``jaxhep.statistics.likelihood_ratio`` defines it.

    Each conditional fit starts where the fit expects it: at the best fit, moved along the regression of all parameters
    on mu. Infinite where the likelihood is 0 whatever the other parameters are; NaN, with a warning, where no minimum
    was found; with another warning where a lower one than the one found is likely.
    """
    counts, mus = np.asarray(inputs.counts(model, counts), float), inputs.vector(mus, "mus")
    best = fit(model, counts)
    points = [conditional(model, counts, best, {"mu": float(mu)}) for mu in mus]
    held = np.array([np.nan if point.outcome == "not found" else point.nll2 for point in points])
    _warn_of((f"mu = {mu:g}", point) for mu, point in zip(mus, points, strict=True))
    if (held < best.nll2 - APART).any():
        warnings.warn(
            f"The scan finds -2 ln L lower by {best.nll2 - np.nanmin(held):.2g} than the best fit: that wasn't the "
            "lowest minimum. t_mu is taken from the lowest of the scan.",
            stacklevel=2,
        )
    return np.asarray(statistics.likelihood_ratio(held, min(best.nll2, np.nanmin(held, initial=np.inf))))


def _warn_of(points: Iterable[tuple[str, Minimum | None]]) -> None:
    """Warn of points, each a parameter's name and value, where no minimum was found, or perhaps not the lowest."""

    def of(chosen: list[str]) -> str:
        return f"{', '.join(chosen[:5])}{', ...' * (len(chosen) > 5)}"

    points = list(points)
    unknown = [name for name, point in points if point is None]
    failed = [name for name, point in points if point is not None and point.outcome == "not found"]
    doubtful = [name for name, point in points if point is not None and point.doubtful]
    if unknown:
        warnings.warn(f"The fit has no error of {of(unknown)} to move it by: NaN.", stacklevel=3)
    if failed:
        warnings.warn(
            f"No minimum was found with {of(failed)}: NaN. The expected yields may have been negative wherever a fit "
            "began, or a descent didn't end.",
            stacklevel=3,
        )
    if doubtful:
        warnings.warn(
            f"There may be a lower minimum than the one found with {of(doubtful)}: systematics as large as these make "
            "several, or yields that are negative where fits begin.",
            stacklevel=3,
        )


def impacts(model: Model, counts: ArrayLike, result: FitResult | None = None) -> pd.DataFrame:
    """Pull, constraint and impact on mu of every parameter but mu, most important first.

    Columns: ``name``; ``pull``: its best-fit value minus its initial value, ``constraint``: its post-fit error, both in
    units of its pre-fit error (of 1 for a free norm, which has none); ``impact_up`` and ``impact_down``: the shift of
    mu-hat when it is fixed at best fit +- post-fit error and all others are fitted again; NaN, with a warning, where
    that isn't possible. ``result`` is the unconditional fit of ``counts``, made here if not given.
    """
    counts = np.asarray(inputs.counts(model, counts), float)
    if result is None:
        result = fit(model, counts)
    inputs.result(model, result, lambda values: float(_value(model, values, counts)))
    rows, points = [], []
    for k, name in enumerate(model.parameters[1:], start=1):
        shifts = []
        for sign in (1, -1):
            value = float(result.values[k] + sign * result.errors[k])
            point = conditional(model, counts, result, {name: value}) if np.isfinite(value) else None
            points.append((name if point is None else f"{name} = {value:.3g}", point))
            shifts.append(np.nan if point is None or point.outcome == "not found" else point.values[0] - result.mu)
        rows.append((name, result.values[k] - model.initial[k], result.errors[k], *shifts))
    _warn_of(points)
    table = pd.DataFrame(rows, columns=["name", "pull", "constraint", "impact_up", "impact_down"])
    largest = table[["impact_up", "impact_down"]].abs().max(axis=1)
    return table.loc[largest.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def discovery_significance(model: Model, counts: ArrayLike) -> float:
    """Z = sqrt(q_0), standard deviations between the data and mu = 0; 0 if mu-hat is negative, infinite if the
    likelihood of mu = 0 is 0, NaN, with a warning, if no minimum was found or the best fit isn't the lowest.
    See ``jaxhep.statistics``."""
    counts = np.asarray(inputs.counts(model, counts), float)
    best = fit(model, counts)
    if best.outcome == "not found":
        return float("nan")
    if best.mu <= 0:
        return 0.0
    held = conditional(model, counts, best, {"mu": 0.0})
    _warn_of([("mu = 0", held)])
    if held.outcome == "not found":
        return float("nan")
    if held.nll2 < best.nll2 - APART:
        warnings.warn(
            f"-2 ln L is lower by {best.nll2 - held.nll2:.2g} with mu held at 0 than at the best fit: that isn't the "
            "lowest minimum, and the significance is NaN.",
            stacklevel=2,
        )
        return float("nan")
    return float(statistics.significance(statistics.discovery(best.mu, held.nll2, best.nll2)))
