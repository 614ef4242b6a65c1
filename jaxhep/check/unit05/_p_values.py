"""Task 5: p-values."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.stats import norm

from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case, Finding, call, generator
from jaxhep.check.unit05._fractions import binomial, made_as

SIZES = 200, 300, 60, 90


def discovery(mu_hat, nll2_zero, nll2_best) -> np.ndarray:
    """q0 of each toy."""
    return np.where(np.asarray(mu_hat) > 0, np.maximum(np.asarray(nll2_zero) - np.asarray(nll2_best), 0), 0.0)


def reference(mu_hat, nll2_zero, nll2_best, observed):
    q0 = discovery(mu_hat, nll2_zero, nll2_best)
    return *binomial(q0 >= observed), norm.sf(np.sqrt(observed))


def course(mu_hat: Array, nll2_zero: Array, nll2_best: Array, observed: float) -> tuple[Array, Array, Array]:
    q0 = jnp.where(mu_hat > 0, jnp.maximum(nll2_zero - nll2_best, 0.0), 0.0)
    p = jnp.mean(q0 >= observed)
    return p, jnp.sqrt(p * (1 - p) / q0.size), norm.sf(jnp.sqrt(observed))


def cases() -> list[Case]:
    rng = generator(5, 5)

    def case(size: int, observed: float) -> Case:
        z = rng.normal(0, 1, size)
        best = rng.normal(50, 4, size)
        args = jnp.asarray(0.4 * z), jnp.asarray(best + z**2), jnp.asarray(best), observed
        return Case(args, f"an observed q0 of {observed:g}")

    cases = [case(size, observed) for size, observed in zip(SIZES, (1.3, 2.9, 0.0, 50.0), strict=True)]
    mu_hat, zero, best, observed = cases[0].args
    far_up = Case((mu_hat, zero + 1e7, best + 1e7, observed), "a -2 ln L of ten million, and q0 the small difference")
    return [*cases, far_up]


task = Asking(
    number=5,
    name="p_values",
    reference=reference,
    course=course,
    cases=cases,
    outputs=("p", "its error", "the asymptotic p"),
    rtol=2e-6,
    meaning="Toys give the p-value without any theorem, but n toys can't show one much below 1/n.",
)

task.symptom(
    made_as(
        (*SIZES, SIZES[0]),
        {
            "What you return first is k, a number of toys: divide by how many there are.": lambda k, n: k,
            "This is k/(n - 1): n toys were made, and n is the denominator.": lambda k, n: k / (n - 1),
            "This is (k+1)/n: asked is k/n.": lambda k, n: (k + 1) / n,
            "The number of toys is typed in, 4000: n is how many come in.": lambda k, n: k / 4000,
            "This is (k+1)/(n+1): a p-value that never is 0, and a good habit for a test. Asked is the estimate k/n "
            "with "
            "its error; the solution discusses both.": lambda k, n: (k + 1) / (n + 1),
        },
    )
)


@task.demand
def cut_at_0(answer: Callable) -> None:
    best = jnp.full(4, 50.0)
    p, *_ = call(answer, Case((jnp.full(4, 0.1), best - 1e-9, best, 0.0), "a q0 of -1e-9"))
    if p != 1:
        raise Finding("A q0 of -1e-9, which the fits' rounding can make, doesn't reach an observed 0: cut q0 at 0.")


# --- known mistakes


@task.mistake("Toys with a negative mu-hat are counted: a deficit isn't evidence for a signal, and q0 is 0 there.")
def deficits_counted(mu_hat, nll2_zero, nll2_best, observed):
    q0 = np.asarray(nll2_zero - nll2_best)
    return *binomial(q0 >= observed), norm.sf(np.sqrt(observed))


@task.mistake("Toys with a negative mu-hat are left out: their q0 is 0, and they stay in the denominator.")
def deficits_left_out(mu_hat, nll2_zero, nll2_best, observed):
    q0 = np.asarray(nll2_zero - nll2_best)[np.asarray(mu_hat) > 0]
    return *binomial(q0 >= observed), norm.sf(np.sqrt(observed))


@task.mistake(
    "A toy that is as extreme as the observation belongs to the p-value, too: >=, not >. At an observed q0 of 0 it "
    "makes all the difference. (So it does where a deficit's q0 is NaN instead of 0: that is never at least as large.)"
)
def larger_than(mu_hat, nll2_zero, nll2_best, observed):
    q0 = discovery(mu_hat, nll2_zero, nll2_best)
    return *binomial(q0 > observed), norm.sf(np.sqrt(observed))


@task.mistake("The sign of q0 is turned: -2 ln L at mu = 0 is the larger one.")
def sign_turned(mu_hat, nll2_zero, nll2_best, observed):
    q0 = np.where(np.asarray(mu_hat) > 0, np.asarray(nll2_best - nll2_zero), 0)
    return *binomial(q0 >= observed), norm.sf(np.sqrt(observed))


@task.mistake("The p-value is right; its error is that of a Poisson count, sqrt(k)/n, and too large where p is.")
def poisson_error(mu_hat, nll2_zero, nll2_best, observed):
    extreme = discovery(mu_hat, nll2_zero, nll2_best) >= observed
    return extreme.mean(), np.sqrt(extreme.sum()) / extreme.size, norm.sf(np.sqrt(observed))


@task.mistake("The p-value is right; its error misses the division by the number of toys.")
def error_of_one_toy(mu_hat, nll2_zero, nll2_best, observed):
    extreme = discovery(mu_hat, nll2_zero, nll2_best) >= observed
    return extreme.mean(), extreme.std(), norm.sf(np.sqrt(observed))


@task.mistake(
    "The p-value is right; its error is divided by n - 1, under the root: that is for a mean whose spread comes from "
    "the sample. The binomial error has n."
)
def spread_of_a_sample(mu_hat, nll2_zero, nll2_best, observed):
    extreme = discovery(mu_hat, nll2_zero, nll2_best) >= observed
    return extreme.mean(), extreme.std(ddof=1) / np.sqrt(extreme.size), norm.sf(np.sqrt(observed))


@task.mistake(
    "The asymptotic p-value is two-sided, that of a chi-squared distribution: half of the toys have q0 = 0, so it is "
    "half as large."
)
def two_sided(mu_hat, nll2_zero, nll2_best, observed):
    p, error, _ = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, error, 2 * norm.sf(np.sqrt(observed))


@task.mistake("The asymptotic p-value lacks the square root: Z is sqrt(q0).")
def q0_for_z(mu_hat, nll2_zero, nll2_best, observed):
    p, error, _ = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, error, norm.sf(observed)


@task.mistake("What you return third is the significance Z: asked is the p-value that belongs to it.")
def significance(mu_hat, nll2_zero, nll2_best, observed):
    p, error, _ = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, error, np.sqrt(observed)


@task.mistake("What you return third is the density of a Gaussian: the p-value is the area of its tail.")
def density(mu_hat, nll2_zero, nll2_best, observed):
    p, error, _ = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, error, norm.pdf(np.sqrt(observed))


@task.mistake("The toys' significance, sqrt(q0), is compared with the observed q0: compare like with like.")
def significance_against_q0(mu_hat, nll2_zero, nll2_best, observed):
    q0 = discovery(mu_hat, nll2_zero, nll2_best)
    return *binomial(np.sqrt(q0) >= observed), norm.sf(np.sqrt(observed))


@task.mistake("Only toys with mu-hat above 1 count: q0 tests mu = 0, and every positive mu-hat is an excess.")
def excess_above_1(mu_hat, nll2_zero, nll2_best, observed):
    q0 = np.where(np.asarray(mu_hat) > 1, np.asarray(nll2_zero - nll2_best), 0.0)
    return *binomial(q0 >= observed), norm.sf(np.sqrt(observed))


@task.mistake("The p-value is right; its error is divided by the number of toys with an excess: n is that of all toys.")
def error_of_the_excesses(mu_hat, nll2_zero, nll2_best, observed):
    p, _, asymptotic = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, np.sqrt(p * (1 - p) / (np.asarray(mu_hat) > 0).sum()), asymptotic


@task.mistake(
    "The difference is turned: -2 ln L at the minimum is the smaller one, and what is cut at 0 is all there is."
)
def difference_turned(mu_hat, nll2_zero, nll2_best, observed):
    return reference(mu_hat, nll2_best, nll2_zero, observed)


@task.mistake(
    "For a large q0 no digits are left of the asymptotic p-value: 1 - Phi is the difference of two numbers that are "
    "nearly equal. `norm.sf` computes the tail itself."
)
def difference_for_the_tail(mu_hat, nll2_zero, nll2_best, observed):
    p, error, _ = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, error, 1 - norm.cdf(jnp.sqrt(observed))


@task.mistake("The p-values are right; the error is that of the asymptotic p-value: it belongs to k/n of the toys.")
def error_of_the_asymptotic(mu_hat, nll2_zero, nll2_best, observed):
    p, _, asymptotic = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, np.sqrt(asymptotic * (1 - asymptotic) / len(mu_hat)), asymptotic


@task.mistake("Where no toy is as extreme, the error is 0, as sqrt(p (1 - p)/n) is: a limit on p is another question.")
def a_limit_for_none(mu_hat, nll2_zero, nll2_best, observed):
    p, error, asymptotic = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, error if p else 1 / len(mu_hat), asymptotic


@task.mistake(
    "The p-values are right; the error is that of the mean of q0: it belongs to a fraction, sqrt(p (1 - p)/n)."
)
def error_of_the_mean_q0(mu_hat, nll2_zero, nll2_best, observed):
    p, _, asymptotic = reference(mu_hat, nll2_zero, nll2_best, observed)
    return p, discovery(mu_hat, nll2_zero, nll2_best).std() / np.sqrt(len(mu_hat)), asymptotic
