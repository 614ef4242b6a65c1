"""Task 14: how far a fit is from the truth."""

from __future__ import annotations

import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case, generator


def true_values(truth, names) -> np.ndarray:
    return np.array([truth["mu"], *(truth["theta"][name] for name in names)])


def reference(values, covariance, truth, names):
    errors = np.sqrt(np.diag(covariance))[: 1 + len(names)]
    return (np.asarray(values)[: 1 + len(names)] - true_values(truth, names)) / errors


def cases() -> list[Case]:
    rng = generator(4, 14)

    def case(systematics: int, bins: int, kind: str) -> Case:
        n = 1 + systematics + bins
        names = [f"theta_{k}" for k in rng.permutation(systematics)]
        root = rng.normal(0, 0.3, (n, n))
        covariance = root @ root.T + np.diag(rng.uniform(0.05, 0.6, n))
        shuffled = {name: float(rng.normal()) for name in rng.permutation(names)}
        truth = {"mu": float(rng.uniform(0.3, 1.7)), "theta": shuffled, "seed": 5}
        return Case((rng.normal(0, 1, n), covariance, truth, names), kind)

    return [
        case(5, 3, "five systematics and three bins"),
        case(2, 4, "two systematics and four bins"),
        case(1, 1, "a single systematic"),
    ]


task = Asking(
    number=14,
    name="distances",
    reference=reference,
    cases=cases,
    meaning="If values and errors mean what they say, most of these numbers lie between -2 and 2.",
)


# --- known mistakes


@task.mistake("The truth is the order of its own dictionary: look each value up by its name in `names`.")
def order_of_the_truth(values, covariance, truth, names):
    size = 1 + len(names)
    right = np.array([truth["mu"], *truth["theta"].values()])
    return (values[:size] - right) / np.sqrt(np.diag(covariance)[:size])


@task.mistake("The distances are divided by the variances: a square root is missing.")
def variances(values, covariance, truth, names):
    size = 1 + len(names)
    return (values[:size] - true_values(truth, names)) / np.diag(covariance)[:size]


@task.mistake("The distances aren't divided by the errors: asked are standard deviations.")
def not_divided(values, covariance, truth, names):
    return values[: 1 + len(names)] - true_values(truth, names)


@task.mistake("All are divided by the error of mu: each parameter has an error of its own.")
def error_of_mu(values, covariance, truth, names):
    return not_divided(values, covariance, truth, names) / np.sqrt(covariance[0, 0])


@task.mistake("The errors ignore the correlations: they are those with all other parameters held. Take the covariance.")
def others_held(values, covariance, truth, names):
    errors = 1 / np.sqrt(np.diag(np.linalg.inv(covariance)))
    return not_divided(values, covariance, truth, names) / errors[: 1 + len(names)]


@task.mistake("The sign is turned: fitted minus true, so that too large a value is positive.")
def sign_turned(values, covariance, truth, names):
    return -reference(values, covariance, truth, names)


@task.mistake("The signs are lost: it matters on which side of the truth a value lies.")
def absolute(values, covariance, truth, names):
    return abs(reference(values, covariance, truth, names))


@task.mistake("mu is left out: its distance comes first.")
def mu_left_out(values, covariance, truth, names):
    return reference(values, covariance, truth, names)[1:]


@task.mistake(
    "The parameters of MC statistics are there, too, as if 0 were their truth: the sealed file doesn't hold them."
)
def all_parameters(values, covariance, truth, names):
    right = np.zeros(len(values))
    right[: 1 + len(names)] = true_values(truth, names)
    return (values - right) / np.sqrt(np.diag(covariance))


@task.mistake("The truth of the systematics is taken to be 0: the sealed file holds what it was.")
def truth_of_0(values, covariance, truth, names):
    return reference(values, covariance, {"mu": truth["mu"], "theta": dict.fromkeys(names, 0.0)}, names)


@task.mistake("The systematics are read one place too early: values[0] is mu, and the first of them is values[1].")
def one_place_early(values, covariance, truth, names):
    place = np.array([0, *range(len(names))])
    return (values[place] - true_values(truth, names)) / np.sqrt(np.diag(covariance)[place])


@task.mistake("The names are sorted: their order in `names` is that of the parameters.")
def names_sorted(values, covariance, truth, names):
    size = 1 + len(names)
    return (values[:size] - true_values(truth, sorted(names))) / np.sqrt(np.diag(covariance)[:size])


@task.mistake("The systematics are divided by 1, their error before the fit: divide by the one that the fit returns.")
def errors_before_the_fit(values, covariance, truth, names):
    return not_divided(values, covariance, truth, names) / np.r_[np.sqrt(covariance[0, 0]), np.ones(len(names))]


@task.mistake(
    "The systematics are divided by sqrt(1 - error^2), by which fits scatter around 0: here a fit is compared with the "
    "truth, and its own error is the unit."
)
def unit_of_a_pull(values, covariance, truth, names):
    variances = np.diag(covariance)[: 1 + len(names)]
    return not_divided(values, covariance, truth, names) / np.sqrt(np.r_[variances[0], abs(1 - variances[1:])])


@task.mistake("The last entries of `values` are taken: behind the systematics stand the parameters of MC statistics.")
def last_entries(values, covariance, truth, names):
    chosen = [0, *range(len(values) - len(names), len(values))]
    return reference(values[chosen], covariance[np.ix_(chosen, chosen)], truth, names)


@task.mistake(
    "The parameters are mixed with each other: a root of the covariance matrix makes independent combinations. Asked "
    "is each parameter, divided by its own error."
)
def whitened(values, covariance, truth, names):
    size = 1 + len(names)
    return np.linalg.solve(np.linalg.cholesky(covariance[:size, :size]), not_divided(values, covariance, truth, names))


@task.mistake("mu is compared with 1, the Standard Model: the truth of these data has a mu of its own.")
def truth_of_the_standard_model(values, covariance, truth, names):
    return reference(values, covariance, truth | {"mu": 1.0}, names)
