"""Task 13a: q-tilde_mu, the test statistic of upper limits."""

from __future__ import annotations

import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case
from jaxhep.check.unit04._expected import reference as expected
from jaxhep.check.unit04._newton import WRONG_FIXED, start, toy, value
from jaxhep.check.unit04._newton import fit as reference_fit


def ratio(fit, mu, counts, model, denominator=None) -> float:
    """-2 ln L with mu held, less that of another fit; the free one, if no mu is given."""
    fixed = None if denominator is None else {0: denominator}
    return fit(counts, model, {0: mu})[2] - fit(counts, model, fixed)[2]


def reference(fit, mu, counts, model):
    mu_hat = fit(counts, model)[0][0]
    if mu_hat > mu:
        return 0.0
    return ratio(fit, mu, counts, model, 0.0 if mu_hat < 0 else None)


def cases() -> list[Case]:
    first, second, model = toy()
    deficit = np.asarray(expected(start(model, {0: -0.5}), model)) * np.array([1.02, 0.98, 1.01, 0.97])
    little = np.asarray(expected(start(model, {0: -0.15}), model))

    def case(mu: float, counts: np.ndarray, kind: str) -> Case:
        return Case((reference_fit, mu, counts, model), kind)

    return [
        case(2.6, first, "mu above mu-hat"),
        case(1.9, second, "mu above mu-hat, other counts"),
        case(0.4, first, "mu below mu-hat"),
        case(0.8, deficit, "a negative mu-hat"),
        case(0.3, deficit, "a negative mu-hat, and a smaller mu"),
        case(0.8, little, "a mu-hat a little below 0"),
    ]


task = Asking(
    number="13a",
    name="q_tilde",
    reference=reference,
    cases=cases,
    rtol=0.004,
    atol=0.006,
    errors=WRONG_FIXED,
    meaning="Only too little signal speaks against mu, and no fit below mu = 0 is taken as an explanation.",
)


# --- known mistakes


@task.mistake("This is t_mu, with two sides: where mu-hat is above mu, an excess is no evidence against mu, so 0.")
def two_sided(fit, mu, counts, model):
    return ratio(fit, mu, counts, model)


@task.mistake(
    "An excess gives 0, as it should; but the free fit is compared with where its mu-hat is negative: that is q_mu. "
    "q-tilde compares with mu = 0 there."
)
def q_mu(fit, mu, counts, model):
    return 0.0 if fit(counts, model)[0][0] > mu else ratio(fit, mu, counts, model)


@task.mistake("A negative mu-hat is treated right, but where mu-hat is above mu the statistic has to be 0.")
def excess_counted(fit, mu, counts, model):
    return ratio(fit, mu, counts, model, 0.0 if fit(counts, model)[0][0] < 0 else None)


@task.mistake("It is 0 on the wrong side: where mu-hat is below mu, the data speak against mu.")
def other_side(fit, mu, counts, model):
    return ratio(fit, mu, counts, model) if fit(counts, model)[0][0] > mu else 0.0


@task.mistake("A negative mu-hat gives 0 here: just such a deficit speaks against mu; compare with mu = 0 there.")
def deficit_cut(fit, mu, counts, model):
    return ratio(fit, mu, counts, model) if 0 <= fit(counts, model)[0][0] <= mu else 0.0


@task.mistake("It always compares with mu = 0: for a positive mu-hat the free fit is the better one.")
def always_against_0(fit, mu, counts, model):
    return 0.0 if fit(counts, model)[0][0] > mu else ratio(fit, mu, counts, model, 0.0)


@task.mistake("This is q_0, of a discovery: mu = 0 is held where `mu` should be.")
def discovery(fit, mu, counts, model):
    return ratio(fit, 0.0, counts, model) if fit(counts, model)[0][0] > 0 else 0.0


@task.mistake("The sign is turned: the fit with mu held is the one that lies higher.")
def sign_turned(fit, mu, counts, model):
    return -reference(fit, mu, counts, model)


@task.mistake("This is half of q-tilde: what `fit` returns is -2 ln L already.")
def half(fit, mu, counts, model):
    return reference(fit, mu, counts, model) / 2


@task.mistake("This is twice q-tilde: what `fit` returns holds the factor 2 already.")
def twice(fit, mu, counts, model):
    return 2 * reference(fit, mu, counts, model)


@task.mistake("This is the square root, a number of standard deviations: asked is q-tilde itself.")
def square_root(fit, mu, counts, model):
    return np.sqrt(max(reference(fit, mu, counts, model), 0.0))


@task.mistake("Nothing is subtracted: q-tilde compares two fits.")
def not_subtracted(fit, mu, counts, model):
    return 0.0 if fit(counts, model)[0][0] > mu else fit(counts, model, {0: mu})[2]


@task.mistake("This is the parabola of mu-hat and its error: nothing was fitted with mu held.")
def parabola(fit, mu, counts, model):
    values, covariance, _ = fit(counts, model)
    return 0.0 if values[0] > mu else (mu - max(values[0], 0.0)) ** 2 / covariance[0, 0]


@task.mistake("The nuisance parameters stay at their best fit while mu moves: fit them again with mu held.")
def slice_for_profile(fit, mu, counts, model):
    best = fit(counts, model)[0]
    if best[0] > mu:
        return 0.0
    at_mu, compared = (value(np.r_[m, best[1:]], counts, model) for m in (mu, max(best[0], 0.0)))
    return at_mu - compared


@task.mistake(
    "This is t_mu with the sign of mu - mu-hat: an excess gives 0, and a negative mu-hat is compared with mu = 0."
)
def signed(fit, mu, counts, model):
    return np.sign(mu - fit(counts, model)[0][0]) * ratio(fit, mu, counts, model)


@task.mistake("mu = 0 is held where `mu` should be: that asks for a discovery. The data are to speak against `mu`.")
def zero_tested(fit, mu, counts, model):
    mu_hat = fit(counts, model)[0][0]
    return 0.0 if mu_hat > mu else ratio(fit, 0.0, counts, model, mu if mu_hat < 0 else None)


@task.mistake(
    "The comparison of mu-hat with mu is turned: 0 belongs where mu-hat is above mu, an excess, and not where the data "
    "hold too little signal. A negative mu-hat is treated right."
)
def comparison_turned(fit, mu, counts, model):
    mu_hat = fit(counts, model)[0][0]
    return 0.0 if 0 <= mu_hat < mu else ratio(fit, mu, counts, model, 0.0 if mu_hat < 0 else None)


@task.mistake("mu-hat is compared with 1: it is an excess where mu-hat is above the `mu` that is tested.")
def compared_with_1(fit, mu, counts, model):
    mu_hat = fit(counts, model)[0][0]
    return 0.0 if mu_hat > 1 else ratio(fit, mu, counts, model, 0.0 if mu_hat < 0 else None)


@task.mistake("These are the formulas for large samples, of mu-hat and its error: nothing was fitted with mu held.")
def formulas(fit, mu, counts, model):
    values, covariance, _ = fit(counts, model)
    if values[0] > mu:
        return 0.0
    below = min(values[0], 0.0)
    return ((mu - values[0]) ** 2 - below**2) / covariance[0, 0]


@task.mistake("The sign of mu-hat is lost: a deficit larger than mu isn't an excess, and doesn't give 0.")
def absolute_value(fit, mu, counts, model):
    mu_hat = fit(counts, model)[0][0]
    return 0.0 if abs(mu_hat) > mu else ratio(fit, mu, counts, model, 0.0 if mu_hat < 0 else None)


@task.mistake("A mu-hat a little below 0 is let pass: the other fit is that at mu = 0 for every negative mu-hat.")
def negative_by_more_than_its_error(fit, mu, counts, model):
    values, covariance, _ = fit(counts, model)
    if values[0] > mu:
        return 0.0
    return ratio(fit, mu, counts, model, 0.0 if values[0] < -np.sqrt(covariance[0, 0]) else None)
