"""Task 10: the profile of -2 ln L in mu."""

from __future__ import annotations

import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result
from jaxhep.check.reading import Case
from jaxhep.check.unit04._newton import WRONG_FIXED, toy, value
from jaxhep.check.unit04._newton import fit as reference_fit


def reference(fit, mus, counts, model):
    return np.array([fit(counts, model, {0: mu})[2] for mu in mus]) - fit(counts, model)[2]


def cases() -> list[Case]:
    first, second, model = toy()
    return [
        Case((reference_fit, np.array([0.0, 0.9, 1.4, 2.5]), first, model), "a scan of four points around mu-hat"),
        Case(
            (reference_fit, np.array([1.8, -0.35, 0.837]), second, model),
            "three points, not in order and one negative, and other counts",
        ),
        Case((reference_fit, np.array([2, 1, 2]), second, model), "points that are whole numbers, one of them twice"),
    ]


task = Asking(
    number=10,
    name="profile_scan",
    reference=reference,
    cases=cases,
    rtol=0.004,
    atol=0.006,
    errors=WRONG_FIXED,
    meaning="At each mu the nuisance parameters are fitted again, so the curve is wider than with statistics alone.",
)


@task.symptom
def shifted(got: list[Result], expected: list[Result]) -> str | None:
    pairs = [(g[0], e[0]) for g, e in zip(got, expected, strict=True)]
    if all(g.shape == e.shape and np.ptp(g - e) < 0.02 for g, e in pairs):
        return (
            "The curve has the right shape, but is shifted by one number: both -2 ln L must have the same constant; "
            "take both from `fit`."
        )
    return None


# --- known mistakes


@task.mistake(
    "The nuisance parameters stay at their best fit while mu moves: that is a slice, not a profile. Fit them again at "
    "each mu."
)
def slice_for_profile(fit, mus, counts, model):
    values, _, minimum = fit(counts, model)
    return np.array([value(np.r_[mu, values[1:]], counts, model) - minimum for mu in mus])


@task.mistake("The nuisance parameters are held at 0: that is the scan without systematics.")
def held_at_0(fit, mus, counts, model):
    values, _, minimum = fit(counts, model)
    return np.array([value(np.r_[mu, 0 * values[1:]], counts, model) - minimum for mu in mus])


@task.mistake("The minimum isn't subtracted: t_mu compares with the best fit, so it is 0 there.")
def minimum_not_subtracted(fit, mus, counts, model):
    return np.array([fit(counts, model, {0: mu})[2] for mu in mus])


@task.mistake("The lowest point of the scan is subtracted instead of the global minimum: mu-hat is rarely on the grid.")
def lowest_point_subtracted(fit, mus, counts, model):
    t = np.array([fit(counts, model, {0: mu})[2] for mu in mus])
    return t - t.min()


@task.mistake("What is subtracted is the fit with mu fixed to 1: the best fit has its own mu.")
def compared_with_mu_1(fit, mus, counts, model):
    return np.array([fit(counts, model, {0: mu})[2] for mu in mus]) - fit(counts, model, {0: 1.0})[2]


@task.mistake("A factor 2 too much: the fit returns -2 ln L already.")
def twice(fit, mus, counts, model):
    return 2 * (np.array([fit(counts, model, {0: mu})[2] for mu in mus]) - fit(counts, model)[2])


@task.mistake("The curve is cut to 0 on one side of mu-hat: that is a one-sided statistic (q_mu); t_mu has two sides.")
def one_sided(fit, mus, counts, model):
    values, _, minimum = fit(counts, model)
    return np.array([0.0 if mu < values[0] else fit(counts, model, {0: mu})[2] - minimum for mu in mus])


@task.mistake("This is the parabola with the curvature at the minimum: nothing was fitted away from it.")
def parabola(fit, mus, counts, model):
    values, covariance, _ = fit(counts, model)
    return (mus - values[0]) ** 2 / covariance[0, 0]


@task.mistake("Another parameter than mu is held: mu has index 0.")
def another_parameter_held(fit, mus, counts, model):
    return np.array([fit(counts, model, {1: mu})[2] - fit(counts, model)[2] for mu in mus])


@task.mistake("The points come in order of mu: t_mu is asked in the order of `mus`.")
def points_sorted(fit, mus, counts, model):
    return reference(fit, np.sort(mus), counts, model)


@task.mistake("t_mu has the sign of mu-hat - mu here: it is never negative.")
def signed(fit, mus, counts, model):
    return np.sign(fit(counts, model)[0][0] - mus) * reference(fit, mus, counts, model)


@task.mistake("Only the Poisson terms are compared: what a pull costs belongs to -2 ln L.")
def without_constraints(fit, mus, counts, model):
    def poisson(fixed=None):
        values, _, minimum = fit(counts, model, fixed)
        return minimum - np.sum(values[1:] ** 2)

    return np.array([poisson({0: mu}) for mu in mus]) - poisson()


@task.mistake(
    "Cut to whole numbers where `mus` are whole: an array made like `mus`, as by zeros_like, takes over its type. "
    "Ask for float."
)
def type_of_mus(fit, mus, counts, model):
    return reference(fit, mus, counts, model).astype(np.asarray(mus).dtype)


@task.mistake("Index and value have changed places: `fixed` is {index: value}, and mu has index 0.")
def index_and_value_changed_places(fit, mus, counts, model):
    return np.array([fit(counts, model, {mu: 0})[2] for mu in mus]) - fit(counts, model)[2]


@task.mistake("A mu that stands in `mus` twice comes back once: the results are collected under their mu. Use a list.")
def collected_by_mu(fit, mus, counts, model):
    found = {mu: fit(counts, model, {0: mu})[2] for mu in mus.tolist()}
    return np.array(list(found.values())) - fit(counts, model)[2]
