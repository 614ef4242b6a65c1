"""Task 4: coverage."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case, Finding, call, generator
from jaxhep.check.unit05._fractions import binomial, made_as

SIZES = 200, 80, 50, 40


def covered(mu_hat, sigma, converged, truth) -> np.ndarray:
    """Which toys' intervals contain the truth."""
    return np.asarray(converged) & (abs(np.asarray(mu_hat) - truth) <= np.asarray(sigma))


def reference(mu_hat, sigma, converged, truth):
    return binomial(covered(mu_hat, sigma, converged, truth))


def course(mu_hat: Array, sigma: Array, converged: Array, truth: float) -> tuple[Array, Array]:
    fraction = jnp.mean(converged & (jnp.abs(mu_hat - truth) <= sigma))
    return fraction, jnp.sqrt(fraction * (1 - fraction) / mu_hat.size)


def cases() -> list[Case]:
    rng = generator(5, 4)

    def case(size: int, truth: float, failed: int, kind: str, broken: float | None = None) -> Case:
        sigma = rng.uniform(0.5, 1.5, size)
        mu = truth + sigma * rng.normal(0.4, 1.1, size)
        converged = np.ones(size, bool)
        converged[:failed] = False
        mu[:failed] = truth if broken is None else broken
        order = rng.permutation(size)
        return Case((jnp.asarray(mu[order]), jnp.asarray(sigma[order]), jnp.asarray(converged[order]), truth), kind)

    first, second, third, _ = SIZES
    return [
        case(first, 1.0, 0, f"{first} toys that all converged"),
        case(second, 0.3, 9, "toys of which some didn't converge"),
        case(third, 2.0, 5, "toys whose failed fits are NaN", np.nan),
        case(SIZES[3], 0.0, 6, "a truth of 0, toys whose failed fits are NaN", np.nan),
    ]


task = Asking(
    number=4,
    name="coverage",
    reference=reference,
    course=course,
    cases=cases,
    outputs=("the fraction", "the error"),
    rtol=2e-6,
    meaning="Coverage is a frequency, and has an error of its own; a fit that failed gave no interval, and is "
    "counted as such.",
)

task.symptom(
    made_as(
        SIZES,
        {
            "This is a number of toys: divide by how many there are.": lambda k, n: k,
            "This is (k + 1)/(N + 2), Laplace's rule: asked is the fraction itself, k/N.": lambda k, n: (
                (k + 1) / (n + 2)
            ),
            "The fraction is k/(N - 1): N toys were made, and N is the denominator.": lambda k, n: k / (n - 1),
        },
    )
)


@task.demand
def includes_the_ends(answer: Callable) -> None:
    mu_hat, sigma = jnp.array([0.5, 1.0, 1.5, 2.0]), jnp.full(4, 0.5)
    case = Case((mu_hat, sigma, jnp.ones(4, bool), 1.0), "truths at the ends of intervals")
    fraction, _ = call(answer, case)
    if np.ravel(fraction)[0] != 0.75:
        raise Finding(
            "Right, but for a truth that is exactly one sigma away: the ends belong to the interval, so it is <=, "
            "not <."
        )


# --- known mistakes


@task.mistake(
    "Fits that didn't converge are left out: they gave no interval, and count as not covered. The denominator is all "
    "toys."
)
def failed_fits_left_out(mu_hat, sigma, converged, truth):
    return binomial(covered(mu_hat, sigma, converged, truth)[np.asarray(converged)])


@task.mistake(
    "Fits that didn't converge are left out of the fraction, but not of its error: they count as not covered in both."
)
def failed_fits_left_out_of_the_fraction(mu_hat, sigma, converged, truth):
    fraction = covered(mu_hat, sigma, converged, truth)[np.asarray(converged)].mean()
    return fraction, np.sqrt(fraction * (1 - fraction) / len(mu_hat))


@task.mistake(
    "Fits that didn't converge are treated like all others: whatever numbers they left, they count as not covered."
)
def flags_forgotten(mu_hat, sigma, converged, truth):
    return binomial(abs(np.asarray(mu_hat) - truth) <= np.asarray(sigma))


@task.mistake("Fits that didn't converge are counted as covered.")
def failed_fits_covered(mu_hat, sigma, converged, truth):
    return binomial(covered(mu_hat, sigma, converged, truth) | ~np.asarray(converged))


@task.mistake("This is the fraction of intervals that miss the truth.")
def fraction_that_misses(mu_hat, sigma, converged, truth):
    return binomial(~covered(mu_hat, sigma, converged, truth))


@task.mistake("Only the upper end of the interval is compared with the truth: an interval can miss on either side.")
def one_side(mu_hat, sigma, converged, truth):
    return binomial(np.asarray(converged & (mu_hat - truth <= sigma)))


@task.mistake(
    "The absolute value is missing, so that an interval counts as covering whenever it lies above the truth's "
    "neighbourhood."
)
def other_side(mu_hat, sigma, converged, truth):
    return binomial(np.asarray(converged & (truth - mu_hat <= sigma)))


@task.mistake(
    "The fraction is right; the error is the binomial standard deviation of one toy: divide by the number of toys, "
    "under the root."
)
def error_of_one_toy(mu_hat, sigma, converged, truth):
    inside = covered(mu_hat, sigma, converged, truth)
    return inside.mean(), inside.std()


@task.mistake(
    "The fraction is right; the error is that of a Poisson count. Of N toys at most N can be covered: the binomial "
    "error is smaller."
)
def poisson_error(mu_hat, sigma, converged, truth):
    inside = covered(mu_hat, sigma, converged, truth)
    return inside.mean(), np.sqrt(inside.sum()) / inside.size


@task.mistake("The fraction is right; the error is 1/sqrt(N), without the p(1 - p).")
def one_over_root_n(mu_hat, sigma, converged, truth):
    inside = covered(mu_hat, sigma, converged, truth)
    return inside.mean(), 1 / np.sqrt(inside.size)


@task.mistake(
    "The fraction is right; its error is divided by N - 1, under the root: that is for a mean whose spread comes "
    "from the sample. The binomial error has N."
)
def spread_of_a_sample(mu_hat, sigma, converged, truth):
    inside = covered(mu_hat, sigma, converged, truth)
    return inside.mean(), inside.std(ddof=1) / np.sqrt(inside.size)


@task.mistake("One sigma serves for all toys, their mean: each interval has a width of its own.")
def mean_sigma(mu_hat, sigma, converged, truth):
    return binomial(covered(mu_hat, np.mean(sigma), converged, truth))


@task.mistake("One sigma serves for all toys, the spread of the fitted values: each interval has a width of its own.")
def spread_for_sigma(mu_hat, sigma, converged, truth):
    return binomial(covered(mu_hat, np.std(mu_hat), converged, truth))


@task.mistake("The truth is taken to be 1 whatever comes in.")
def truth_of_1(mu_hat, sigma, converged, truth):
    return reference(mu_hat, sigma, converged, 1.0)


@task.mistake(
    "The mean of the estimates stands where the truth belongs: an interval that is shifted together with them wouldn't "
    "be noticed."
)
def mean_for_the_truth(mu_hat, sigma, converged, truth):
    return reference(mu_hat, sigma, converged, np.asarray(mu_hat)[np.asarray(converged)].mean())


@task.mistake("The distance is squared, but not the sigma that it is compared with.")
def distance_squared(mu_hat, sigma, converged, truth):
    return binomial(np.asarray(converged) & ((np.asarray(mu_hat) - truth) ** 2 <= np.asarray(sigma)))


@task.mistake("sigma is taken as relative to the truth: it is in the unit of mu.")
def relative_sigma(mu_hat, sigma, converged, truth):
    return binomial(covered(mu_hat, np.asarray(sigma) * truth, converged, truth))


@task.mistake(
    "The fraction is right; its error is divided by the number of converged toys: N is the number of all toys."
)
def error_of_the_converged(mu_hat, sigma, converged, truth):
    fraction = covered(mu_hat, sigma, converged, truth).mean()
    return fraction, np.sqrt(fraction * (1 - fraction) / np.asarray(converged).sum())
