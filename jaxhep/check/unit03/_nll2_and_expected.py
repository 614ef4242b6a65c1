"""Task 1b: a list that collects tracers."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result, up_to_a_constant
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding, generator
from jaxhep.check.unit03._purity import Pure


def reference(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


def cases() -> list[Case]:
    rng = generator(3, 2)
    signal, background, counts = rng.uniform(5, 15, 6), rng.gamma(20, 4, 6), rng.poisson(80, 6).astype(float)
    few = np.array([3.0, 4.5, 0.2]), np.array([12.0, 6.0, 0.3]), np.array([17.0, 8.4, 1.0])
    return [
        Case((1.0, signal, background, counts), "mu = 1"),
        Case((0.0, signal, background, counts), "mu = 0"),
        Case((2.5, signal, background, counts), "mu = 2.5"),
        Case((1.3, *few), "three bins, one of them with half an event"),
        Case(
            (jnp.asarray(0.4), *(jnp.asarray(x) for x in few)),
            "three bins, one of them with half an event, as JAX arrays",
        ),
    ]


task = Pure(
    number="1b",
    name="nll2_and_expected",
    reference=reference,
    cases=cases,
    outputs=("-2 ln L", "the expected events"),
    align=up_to_a_constant(3, 2),
    meaning="What a function finds out goes out through `return`; has_aux=True lets grad carry it along.",
)


@task.symptom
def counts_that_arent_whole(got: list[Result], expected: list[Result]) -> str | None:
    lost = [not np.isfinite(g[0]).all() for g in got]
    if any(lost) and lost == [bool((np.asarray(case.args[3]) % 1).any()) for case in cases()]:
        return (
            "Counts that aren't whole make it infinite, as the probability of 8.4 events is 0 (jax.scipy.stats.poisson "
            "says so). An Asimov data set has such counts: write the formula."
        )
    return None


@task.demand
def has_a_gradient_with_auxiliary_output(answer: Callable) -> None:
    case = cases()[0]
    (_, expected), slope = transformed("grad", jax.value_and_grad(answer, has_aux=True), answer, case)
    right = jax.grad(reference, has_aux=True)(*case.args)
    if not (np.allclose(slope, right[0]) and np.allclose(expected, right[1])):
        raise Finding(
            "Under jax.value_and_grad with has_aux=True the numbers are others: is a part of it cut off from the "
            "derivative?"
        )


# --- known mistakes


@task.mistake("The factor 2 is missing: this is -ln L.")
def no_factor_2(mu, signal, background, counts):
    expected = mu * signal + background
    return jnp.sum(expected - counts * jnp.log(expected)), expected


@task.mistake("The factor 2 stands before the expected events alone: it belongs to the logarithms as well.")
def factor_2_without_the_logarithms(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected) - jnp.sum(counts * jnp.log(expected)), expected


@task.mistake("The expected events don't contain mu: they are mu * signal + background.")
def mu_forgotten(mu, signal, background, counts):
    expected = signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


@task.mistake("-2 ln L is right; what you return second is the expected signal alone: the background belongs to it.")
def signal_alone_returned(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), mu * signal


@task.mistake("The two results have changed places: first -2 ln L, then the expected events.")
def changed_places(mu, signal, background, counts):
    expected = mu * signal + background
    return expected, 2 * jnp.sum(expected - counts * jnp.log(expected))


@task.mistake("-2 ln L isn't summed: one number per bin is left, and grad wants a single one.")
def not_summed(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * (expected - counts * jnp.log(expected)), expected


@task.mistake("The expected events themselves are left out: the Poisson probability has a factor exp(-E) for each bin.")
def sum_of_the_expected_left_out(mu, signal, background, counts):
    expected = mu * signal + background
    return -2 * jnp.sum(counts * jnp.log(expected)), expected


@task.mistake("mu multiplies the background, too: it scales the signal alone.")
def everything_scaled(mu, signal, background, counts):
    expected = mu * (signal + background)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


@task.mistake("Counts and expected events have changed places in the logarithm: it is n ln E.")
def logarithm_of_the_counts(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - expected * jnp.log(counts)), expected


@task.mistake("This is +ln L: a fit minimises -2 ln L.")
def ln_L(mu, signal, background, counts):
    expected = mu * signal + background
    return jnp.sum(counts * jnp.log(expected) - expected), expected


@task.mistake("Bins that expect less than one event are raised to 1: they have a yield, and a slope, of their own.")
def raised_to_1(mu, signal, background, counts):
    expected = jnp.maximum(mu * signal + background, 1.0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected
