"""Task 1: sigma(mu) from templates."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit06._gradients import differentiable
from jaxhep.check.unit06._probing import Probing
from jaxhep.sensitivity import sigma_mu as course

BINS, RESPONSES = 7, 9


def covariance(expected, responses, variance) -> np.ndarray:
    """G, the covariance matrix of the counts, (B, B)."""
    return np.diag(np.asarray(expected) + np.asarray(variance)) + np.asarray(responses).T @ np.asarray(responses)


def from_covariance(signal, G) -> np.ndarray:
    return 1 / np.sqrt(np.asarray(signal) @ np.linalg.solve(G, np.asarray(signal)))


def reference(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses, variance))


def cases() -> list[Case]:
    rng = generator(6, 1)

    def case(bins: int, systematics: int, kind: str) -> Case:
        signal = rng.uniform(5, 20, bins)
        expected = signal + rng.uniform(20, 150, bins)
        responses = rng.normal(2, 6, (systematics, bins))
        if bins == 4:  # a bin that expects less than one event, with a say in sigma
            signal[0], expected[0], responses[:, 0] = 0.6, 0.7, 0.02 * responses[:, 0]
        args = signal, expected, responses, expected * rng.uniform(0.2, 1.2, bins)
        return Case(tuple(map(jnp.asarray, args)), kind)

    return [
        case(BINS, RESPONSES, f"{RESPONSES} systematics and {BINS} bins"),
        case(4, 6, "six systematics and four bins, one of which expects 0.7 events"),
        case(12, 15, "15 systematics and 12 bins"),
    ]


def of_shapes(first: str, second: str) -> list[str]:
    """How JAX and NumPy write that these two shapes don't go together."""
    return [text for a, b in ((first, second), (second, first)) for text in (f"{a}, {b}", f"{a} and {b}", f"{a} {b}")]


BETWEEN_SYSTEMATICS = (
    f"R R^T, ({RESPONSES}, {RESPONSES}), is a matrix of systematics: G has a row and a column for each bin, so the sum "
    "runs over the systematics, R^T R."
)
errors = {
    words: BETWEEN_SYSTEMATICS
    for gap in (", ", ",")
    for words in of_shapes(f"({RESPONSES}{gap}{RESPONSES})", f"({BINS}{gap}{BINS})")
}

task = Probing(
    number=1,
    name="sigma_mu",
    reference=reference,
    course=course,
    cases=cases,
    meaning="The error of mu is a formula of the templates, so it has a gradient by each of their numbers.",
    errors=errors,
)


@task.symptom
def not_one_number(got: list[Result], expected: list[Result]) -> str | None:
    shape = got[0][0].shape
    if shape == (BINS,):
        return (
            "It returns one number for each bin: all bins together measure one mu. a^T G^-1 a sums over two "
            "indices, and is a number."
        )
    if shape == (BINS, BINS):
        return "It returns a matrix of bins: a^T G^-1 a sums over both of its indices, and is a number."
    return None


@task.last
def which_part_is_wrong(answer: Callable, cases: list[Case], got: list[Result], expected: list[Result]) -> str:
    """The parts of G are switched on one by one."""
    if np.isclose(got[0][0], expected[0][0], rtol=1e-8):
        return (
            "It is right where all bins expect many events, and wrong where one expects less than one: is something "
            "raised to a least value there, or cut off?"
        )
    signal, expectation, responses, variance = cases[0].args

    def says(*args: Array) -> float:
        try:
            return float(np.ravel(answer(*args))[0])
        except Exception:
            return np.nan

    def right(R: Array, V: Array) -> bool:
        args = signal, expectation, R, V
        return bool(np.isclose(says(*args), reference(*args), rtol=1e-8))

    columns = np.vstack([signal, responses[:2]])  # with two systematics alone mu can be measured without constraints
    free = np.linalg.inv(columns / np.asarray(expectation + variance) @ columns.T)[0, 0]
    if np.isclose(says(signal, expectation, responses[:2], variance), np.sqrt(free), rtol=1e-8):
        return (
            "The nuisance parameters float freely: their constraints, the 1 on the diagonal of their part of the "
            "Hessian, are missing."
        )
    if not right(0 * responses, 0 * variance):
        return (
            "It is wrong even for R = 0 and V = 0, where G holds the Poisson variances alone: how do the signal, E and "
            "the inverse come together?"
        )
    with_variance, with_responses = right(0 * responses, variance), right(responses, 0 * variance)
    if with_variance and with_responses:
        return "It is right with R or V alone, and wrong with both: G is the sum of all three parts."
    bad = [name for name, fine in (("R", with_responses), ("V", with_variance)) if not fine]
    return (
        "It is right for R = 0 and V = 0, so the signal and E are where they belong. Wrong is how "
        f"{' and '.join(bad)} enter{'s' if len(bad) == 1 else ''} G, or how G is inverted."
    )


@task.demand
def has_a_gradient(answer: Callable) -> None:
    by = dict(enumerate(("signal", "expected", "responses", "variance")))
    differentiable(answer, course, cases()[0], by, np.ones(()), errors)


# --- known mistakes


@task.mistake(
    "The variance of the simulated yield is left out: too few simulated events make sigma larger, and an optimiser "
    "that doesn't know would go where they are few."
)
def simulation_forgotten(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses, 0 * variance))


@task.mistake("The variance of the simulated yield is squared: it is a variance already, a sum of squared weights.")
def variance_squared(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses, variance**2))


@task.mistake("The root of the variance is added: G adds up variances, and V is one.")
def root_of_the_variance(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses, np.sqrt(variance)))


@task.mistake(
    "The variance of the simulated yield is multiplied by the yield's square, as if it were relative: it is in events "
    "squared."
)
def variance_taken_as_relative(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses, variance * expected**2))


@task.mistake(
    "The simulated yield's errors are added as one shift of all bins together: the bins are simulated by different "
    "events, so V goes onto the diagonal."
)
def variance_correlated(signal, expected, responses, variance):
    G = covariance(expected, responses, 0 * variance)
    return from_covariance(signal, G + np.outer(np.sqrt(variance), np.sqrt(variance)))


@task.mistake("The systematics are left out: G lacks R^T R.")
def systematics_forgotten(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, 0 * responses, variance))


@task.mistake(
    "The responses are summed over the systematics before they are squared: different systematics are independent, so "
    "their squares add up, R^T R."
)
def systematics_added_linearly(signal, expected, responses, variance):
    total = np.sum(responses, axis=0)
    return from_covariance(signal, covariance(expected, total[None], variance))


@task.mistake(
    "Only the diagonal of G is there: a systematic shifts all bins together, so R^T R has elements between different "
    "bins, and they matter."
)
def diagonal_alone(signal, expected, responses, variance):
    squares = np.sum(np.asarray(responses) ** 2, axis=0)
    return from_covariance(signal, np.diag(np.asarray(expected + variance) + squares))


@task.mistake("G holds the Poisson variances alone: the systematics and the variance of the simulation are missing.")
def poisson_alone(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, 0 * responses, 0 * variance))


@task.mistake("The fluctuation of the counts is left out: their Poisson variance E belongs onto the diagonal of G.")
def poisson_forgotten(signal, expected, responses, variance):
    return from_covariance(signal, covariance(0 * expected, responses, variance))


@task.mistake("The diagonal of G has the root of E: the variance of a Poisson count is E itself.")
def root_of_the_expected(signal, expected, responses, variance):
    return from_covariance(signal, covariance(np.sqrt(expected), responses, variance))


@task.mistake("The diagonal of G has E squared: the variance of a Poisson count is E itself.")
def expected_squared(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected**2, responses, variance))


@task.mistake("The signal is added to `expected`, which holds all expected events, the signal among them.")
def signal_counted_twice(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected + signal, responses, variance))


@task.mistake(
    "The signal is taken away from `expected`: its events fluctuate like all others, and the counts around mu = 1 "
    "contain them."
)
def background_alone(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected - signal, responses, variance))


@task.mistake("The responses are halved: they are changes per unit of theta already.")
def responses_halved(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses / 2, variance))


@task.mistake("The responses are doubled, or R^T R is four times as large as it should be: theta is 1 sigma wide.")
def responses_doubled(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, 2 * responses, variance))


@task.mistake(
    "R^T R enters with a factor 1/2: each systematic has a Gaussian constraint of width 1, without any factor."
)
def half_of_the_systematics(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses / np.sqrt(2), variance))


@task.mistake("R^T R enters twice: each systematic has a Gaussian constraint of width 1, without any factor.")
def systematics_twice(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses * np.sqrt(2), variance))


@task.mistake("The responses are multiplied by E, as if they were relative: they are in events already.")
def responses_taken_as_relative(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses * expected, variance))


@task.mistake("The responses are divided by E: G is in events squared, so they stay in events.")
def responses_made_relative(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses / expected, variance))


@task.mistake(
    "A vector is added to a matrix, and NumPy's rule adds it to every row: E and V belong onto the diagonal alone, "
    "jnp.diag."
)
def no_diagonal(signal, expected, responses, variance):
    R = np.asarray(responses)
    return from_covariance(signal, np.asarray(expected + variance) + R.T @ R)


@task.mistake("E is on the diagonal, but V is added to every row of the matrix: it needs jnp.diag, too.")
def no_diagonal_for_the_variance(signal, expected, responses, variance):
    return from_covariance(signal, covariance(expected, responses, 0 * variance) + np.asarray(variance))


@task.mistake("V is on the diagonal, but E is added to every row of the matrix: it needs jnp.diag, too.")
def no_diagonal_for_the_expected(signal, expected, responses, variance):
    return from_covariance(signal, covariance(0 * expected, responses, variance) + np.asarray(expected))


@task.mistake("This is a^T G^-1 a itself, which grows with the precision: sigma is its power -1/2.")
def information(signal, expected, responses, variance):
    return reference(signal, expected, responses, variance) ** -2


@task.mistake("This is sigma squared, the variance of mu: the root is missing.")
def sigma_squared(signal, expected, responses, variance):
    return reference(signal, expected, responses, variance) ** 2


@task.mistake("This is 1/sigma, so to say a significance: the reciprocal is missing.")
def one_over_sigma(signal, expected, responses, variance):
    return 1 / reference(signal, expected, responses, variance)


@task.mistake("G isn't inverted: in a^T G a the noisy bins would count most.")
def not_inverted(signal, expected, responses, variance):
    a = np.asarray(signal)
    return 1 / np.sqrt(a @ covariance(expected, responses, variance) @ a)


@task.mistake("This is (a^T G a)^(1/2), the spread of a sum of counts: G has to be inverted, and the result as well.")
def spread_of_a_sum(signal, expected, responses, variance):
    a = np.asarray(signal)
    return np.sqrt(a @ covariance(expected, responses, variance) @ a)


@task.mistake("1/G takes the reciprocal of every element: asked is the inverse matrix.")
def reciprocal_elements(signal, expected, responses, variance):
    a = np.asarray(signal)
    return 1 / np.sqrt(a @ (1 / covariance(expected, responses, variance)) @ a)


@task.mistake(
    "An element of G^-1 stands for the whole: G is a matrix of bins, not of parameters, and mu comes in through the "
    "signal, a^T G^-1 a."
)
def element_of_the_inverse(signal, expected, responses, variance):
    return np.sqrt(np.linalg.inv(covariance(expected, responses, variance))[0, 0])


@task.mistake(
    "One over an element of G^-1 stands for the whole: G is a matrix of bins, not of parameters, and mu comes in "
    "through the signal, a^T G^-1 a."
)
def one_over_an_element_of_the_inverse(signal, expected, responses, variance):
    return 1 / np.sqrt(np.linalg.inv(covariance(expected, responses, variance))[0, 0])


@task.mistake("The elements of G^-1 are summed without the signal on both sides: mu adds a_b events to bin b, not one.")
def signal_forgotten(signal, expected, responses, variance):
    return 1 / np.sqrt(np.linalg.inv(covariance(expected, responses, variance)).sum())


@task.mistake("The signal stands on one side of G^-1 only: a^T G^-1 a has it on both.")
def signal_on_one_side(signal, expected, responses, variance):
    return 1 / np.sqrt(np.linalg.solve(covariance(expected, responses, variance), np.asarray(signal)).sum())


@task.mistake("All bins are added up to a single one first: the shape, which tells signal from background, is lost.")
def one_bin(signal, expected, responses, variance):
    return np.sqrt(covariance(expected, responses, variance).sum()) / np.sum(signal)


@task.mistake("`expected` stands where the signal belongs: mu scales the signal alone.")
def everything_scaled(signal, expected, responses, variance):
    return reference(expected, expected, responses, variance)


@task.mistake(
    "The rows of R are taken for a sample, of which jnp.cov subtracts the mean and divides by K - 1: each is the shift "
    "of one systematic, and R^T R a plain sum."
)
def covariance_of_a_sample(signal, expected, responses, variance):
    scatter = np.atleast_2d(np.cov(responses, rowvar=False))
    return from_covariance(signal, np.diag(expected + variance) + scatter)


@task.mistake(
    "The statistical error and the shifts of that estimate are added in quadrature: the fit weights the bins by the "
    "whole of G, so G is inverted with the systematics in it."
)
def systematics_apart(signal, expected, responses, variance):
    weights = signal / (expected + variance)
    shifts = responses @ weights / (weights @ signal)
    return np.sqrt(1 / (weights @ signal) + shifts @ shifts)
