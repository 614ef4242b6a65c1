"""Task 11: how far mu-hat moves when a parameter moves by its error."""

from __future__ import annotations

import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case
from jaxhep.check.unit04._newton import WRONG_FIXED, toy
from jaxhep.check.unit04._newton import fit as reference_fit


def reference(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array(
        [[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in which]
    )


def cases() -> list[Case]:
    first, second, model = toy()
    return [
        Case((reference_fit, first, model, [1, 3, 5]), "two systematics and one MC-statistics parameter"),
        Case((reference_fit, second, model, [2]), "a single systematic and other counts"),
    ]


task = Asking(
    number=11,
    name="impacts",
    reference=reference,
    cases=cases,
    rtol=0.005,
    atol=0.0015,
    errors=WRONG_FIXED,
    meaning="This is how far mu-hat moves when one source moves by its post-fit error and all others answer.",
)


# --- known mistakes


@task.mistake("These are the values of mu-hat, not its shifts: subtract the mu-hat of the free fit.")
def values_for_shifts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] for s in (1, -1)] for k in which])


@task.mistake("The shifts are counted from mu = 1: count them from the mu-hat of the free fit.")
def counted_from_1(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - 1 for s in (1, -1)] for k in which])


@task.mistake(
    "The parameter is moved by 1, its pre-fit error: the data have constrained it since. Asked is its post-fit error."
)
def moved_by_1(fit, counts, model, which):
    v, _, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s})[0][0] - v[0] for s in (1, -1)] for k in which])


@task.mistake(
    "The parameter is moved to +1 and -1, the pre-fit impact: asked is best fit plus and minus post-fit error."
)
def moved_to_1(fit, counts, model, which):
    v, _, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: s})[0][0] - v[0] for s in (1.0, -1.0)] for k in which])


@task.mistake("The parameter is moved away from 0 instead of from its best fit.")
def moved_away_from_0(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in which])


@task.mistake("The step is the variance of the parameter: a square root is missing.")
def variance_for_error(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * C[k, k]})[0][0] - v[0] for s in (1, -1)] for k in which])


@task.mistake("The step is the error of mu: take the one of the parameter that you move.")
def error_of_mu_for_step(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array(
        [[fit(counts, model, {k: v[k] + s * np.sqrt(C[0, 0])})[0][0] - v[0] for s in (1, -1)] for k in which]
    )


@task.mistake("Up and down have changed places: the first column is for best fit plus error.")
def up_and_down_changed_places(fit, counts, model, which):
    return reference(fit, counts, model, which)[:, ::-1]


@task.mistake(
    "The other nuisance parameters are held at their best fit: an impact lets all others answer to the shift."
)
def others_held(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    others = {i: v[i] for i in range(1, v.size)}

    def mu_hat(k, theta):
        return fit(counts, model, {**others, k: theta})[0][0]

    return np.array([[mu_hat(k, v[k] + s * np.sqrt(C[k, k])) - v[0] for s in (1, -1)] for k in which])


@task.mistake(
    "Both columns are equal and opposite, as the linear estimate from the covariance has them, or the mean of up and "
    "down. Asked are two new fits, each by itself."
)
def linear_estimate(fit, counts, model, which):
    _, C, _ = fit(counts, model)
    return np.array([[s * C[0, k] / np.sqrt(C[k, k]) for s in (1, -1)] for k in which])


@task.mistake(
    "This is the quadrature difference of the error of mu: a contribution to the uncertainty, not a shift of mu-hat."
)
def quadrature_difference(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    rest = [C[0, 0] - fit(counts, model, {k: v[k]})[1][0, 0] for k in which]
    return np.array([[np.sqrt(r), -np.sqrt(r)] for r in rest])


@task.mistake("The index is one too large: `which` counts within `params`, where mu is 0.")
def index_too_large(fit, counts, model, which):
    return reference(fit, counts, model, [k + 1 for k in which])


@task.mistake("The parameters are counted from 0 on, whatever `which` holds: loop over `which` itself.")
def counted_from_0(fit, counts, model, which):
    return reference(fit, counts, model, range(len(which)))


@task.mistake("The first parameters behind mu are taken, whatever `which` holds: loop over `which` itself.")
def first_ones_taken(fit, counts, model, which):
    return reference(fit, counts, model, range(1, 1 + len(which)))


@task.mistake("The index is one too small: `which` counts within `params`, where mu is 0.")
def index_too_small(fit, counts, model, which):
    return reference(fit, counts, model, [k - 1 for k in which])


@task.mistake("A parameter stays held while the next ones are moved: each fit holds one alone.")
def held_on(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    held, rows = {}, []
    for k in which:
        rows.append([])
        for s in (1, -1):
            held[k] = v[k] + s * np.sqrt(C[k, k])
            rows[-1].append(fit(counts, model, held)[0][0] - v[0])
    return np.array(rows)


@task.mistake(
    "The step is the error with all other parameters held, from the inverse of the covariance: take the one on the "
    "diagonal of the covariance."
)
def error_with_the_others_held(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    error = 1 / np.sqrt(np.diag(np.linalg.inv(C)))
    return np.array([[fit(counts, model, {k: v[k] + s * error[k]})[0][0] - v[0] for s in (1, -1)] for k in which])


@task.mistake("This is the change of the error of mu: asked is by how much mu-hat itself moves.")
def change_of_the_error(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    fits = [[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])}) for s in (1, -1)] for k in which]
    return np.array([[np.sqrt(one[1][0, 0] / C[0, 0]) - 1 for one in row] for row in fits]) * np.sqrt(C[0, 0])


@task.mistake(
    "The second step starts where the first one ended: `values[k] += ...` changes the best fit itself, and the way "
    "back leads to it again."
)
def back_to_the_best_fit(fit, counts, model, which):
    rows = reference(fit, counts, model, which)
    rows[:, 1] = 0.0
    return rows


@task.mistake(
    "Shifts stand in the wrong rows: ups and downs were collected one behind the other, and `reshape` keeps that "
    "order. Transpose, or stack them as columns."
)
def reshaped(fit, counts, model, which):
    return reference(fit, counts, model, which).T.reshape(len(which), 2)


@task.mistake(
    "The two shifts are sorted by size: the first column belongs to best fit plus error, also where that lowers mu-hat."
)
def sorted_by_size(fit, counts, model, which):
    return np.sort(reference(fit, counts, model, which), axis=1)[:, ::-1]
