"""Task 2: -2 ln L of Poisson counts, up to a constant."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from scipy.special import gammaln

import jaxhep.likelihood
from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result, up_to_a_constant
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit04._derivatives import demand_derivatives


def reference(expected, counts):
    expected, counts = np.asarray(expected), np.asarray(counts)
    return 2 * np.sum(expected - counts * np.log(expected) + gammaln(counts + 1))


def course(expected, counts):
    return jaxhep.likelihood.poisson_nll2(counts, expected)


def cases() -> list[Case]:
    rng = generator(4, 2)

    def group(counts: np.ndarray, kind: str) -> list[Case]:
        spread = [np.ones(counts.size), *rng.uniform(0.7, 1.4, (2, counts.size))]
        return [Case(((counts + 0.7) * s, counts), kind) for s in spread]

    tiny = [(*case.args, "an expected yield far below one event") for case in group(np.array([0.0, 1.0, 0.0]), "")]
    return [
        *group(rng.poisson(40, 4).astype(float), "a few dozen events per bin"),
        *group(np.array([3.0, 0.0, 1.0]), "a bin with zero observed events"),
        *group(rng.uniform(1, 30, 6), "counts that aren't integers, as in an Asimov data set"),
        *group(rng.poisson(9000, 12).astype(float), "thousands of events per bin"),
        *group(np.array([7.0]), "a single bin"),
        *[Case((1e-4 * e, n), kind) for e, n, kind in tiny],
    ]


task = Asking(
    number=2,
    name="poisson_nll2",
    reference=reference,
    course=course,
    cases=cases,
    align=up_to_a_constant(3),
    meaning="Differences of -2 ln L are what a fit sees, so any term without the expected yields may stay or go.",
)


@task.symptom
def guarded_logarithm(got: list[Result], expected: list[Result]) -> str | None:
    off = [
        np.abs(g[0] - e[0]).max() if g[0].shape == e[0].shape else np.inf for g, e in zip(got, expected, strict=True)
    ]
    if max(off[:-3]) < 1e-3 and max(off[-3:]) > 100 * max(off[:-3]):
        return (
            "It is nearly right, but not where the expectation is far below one event: is a small number added to the "
            "yield inside the logarithm, or is the yield clipped? The expectation is positive, so its logarithm needs "
            "no guard."
        )
    return None


@task.symptom
def not_finite_for_some(got: list[Result], expected: list[Result]) -> str | None:
    broken = {case.kind for case, g in zip(cases(), got, strict=True) if not np.isfinite(g[0]).all()}
    if broken == {"counts that aren't integers, as in an Asimov data set"}:
        return (
            "Counts that aren't whole make it infinite, as the probability of 2.5 events is 0 (jax.scipy.stats.poisson "
            "says so). An Asimov data set has such counts: write the formula, with gammaln."
        )
    if broken == {"thousands of events per bin"}:
        return (
            "For thousands of events it is infinite or NaN: powers, factorials and products of probabilities leave the "
            "range of a float. Take the logarithm first, on paper, with gammaln or without the factorial."
        )
    return None


@task.demand
def has_derivatives(answer: Callable) -> None:
    demand_derivatives(answer, course, cases(), number=True)


# --- known mistakes


@task.mistake(
    "This is -ln L: the factor 2 is missing, so every interval would come out sqrt(2) too wide at errordef 1."
)
def factor_2_missing(expected, counts):
    return jnp.sum(expected - counts * jnp.log(expected))


@task.mistake("The sign is turned: this is +2 ln L, largest where the fit should find its minimum.")
def sign_turned(expected, counts):
    return 2 * jnp.sum(counts * jnp.log(expected) - expected)


@task.mistake("The term that punishes too large an expectation is missing: without it, more is always better.")
def expectation_dropped(expected, counts):
    return -2 * jnp.sum(counts * jnp.log(expected))


@task.mistake("Only the expectation is left, the data have no say: where is the logarithm, times the counts?")
def data_dropped(expected, counts):
    return 2 * jnp.sum(expected)


@task.mistake("Expected and observed have changed places: the logarithm belongs to what the model predicts.")
def changed_places(expected, counts):
    return 2 * jnp.sum(counts - expected * jnp.log(counts))


@task.mistake(
    "This is Pearson's chi-squared, a Gaussian approximation with variance E: good for many events, not the Poisson "
    "likelihood."
)
def pearson(expected, counts):
    return jnp.sum((counts - expected) ** 2 / expected)


@task.mistake(
    "This is Neyman's chi-squared, with variance n: bins that fluctuate down get too much weight, empty ones "
    "infinitely much."
)
def neyman(expected, counts):
    return jnp.sum((counts - expected) ** 2 / counts)


@task.mistake("This averages over the bins: a product of probabilities becomes a sum of logarithms.")
def mean_over_bins(expected, counts):
    return 2 * jnp.mean(expected - counts * jnp.log(expected))


@task.mistake(
    "The bins aren't combined: one number per bin is left. Independent bins multiply, their logarithms add up."
)
def not_summed(expected, counts):
    return 2 * (expected - counts * jnp.log(expected))


@task.mistake("Counts are rounded to integers on the way; an Asimov data set has fractions of events.")
def rounded_counts(expected, counts):
    counts = counts.astype(int)
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


@task.mistake("This is a Gaussian of variance E with its normalisation, not the Poisson likelihood.")
def gaussian(expected, counts):
    return jnp.sum((counts - expected) ** 2 / expected + jnp.log(expected))


@task.mistake("Bins without events are left out: they say that E is small, and add 2 E.")
def empty_bins_left_out(expected, counts):
    return 2 * jnp.sum(jnp.where(counts > 0, expected - counts * jnp.log(expected), 0.0))


@task.mistake("Only the sums over all bins are compared: the shape over the bins has no say.")
def sums_alone(expected, counts):
    return 2 * (jnp.sum(expected) - jnp.sum(counts) * jnp.log(jnp.sum(expected)))


@task.mistake("The sum over the bins is taken before the product: n_b belongs to ln E_b of the same bin.")
def summed_too_soon(expected, counts):
    return 2 * (jnp.sum(expected) - jnp.sum(counts) * jnp.sum(jnp.log(expected)))


@task.mistake("The Gamma term holds the expectation: n! is that of the counts, a constant.")
def gamma_of_the_expectation(expected, counts):
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + 2 * np.sum(gammaln(np.asarray(expected) + 1))


@task.mistake("The counts are rounded: those of an Asimov data set aren't whole numbers.")
def counts_rounded(expected, counts):
    counts = jnp.round(counts)
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


@task.mistake("Only the shape is compared: the expected total has no say, so the term with E alone is missing.")
def shape_alone(expected, counts):
    return -2 * jnp.sum(counts * jnp.log(expected / jnp.sum(expected)))
