"""Task 5: what a model's interval covers, in the world that the toys come from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

import jaxhep
from jaxhep import toys
from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit06._worlds import fitted, thrown, told, world_of
from jaxhep.check.verdict import Compared, Mistake

SIZE, MANY = 80, 1201
"""Toys of a case, and of one that is compared within errors."""

ONE_MODEL = (
    "One and the same model throws the toys and fits them, so that no difference between `model` and `world` is ever "
    "seen: `world` throws, `model` fits."
)


def reference(model, world, key, size):
    return told(*fitted(model, *thrown(world, key, size)))


def cases() -> list[Case]:
    """Models of one form and one size, so that few programs are compiled."""
    mine = world_of([8, 12, 15], [60, 40, 18], 1.08, [0.22, 0.05, -0.2])
    yours = world_of([9, 16, 24], [66, 37, 20], 1.05, [0.05, 0.1, 0.1])
    few = world_of([1.5, 2, 1.2], [1.2, 0.5, 0.6], 1.1, [0.1, -0.1, 0.1])
    fewer = world_of([1.0, 1.3, 0.9], [1.1, 0.4, 0.5], 1.05, [0.1, 0.1, -0.1])
    return [
        Case((mine, yours, jax.random.key(61), SIZE), "a world that expects more signal than the model"),
        Case((yours, mine, jax.random.key(62), SIZE), "a world that expects less signal than the model"),
        Case((few, fewer, jax.random.key(63), SIZE), "few events, where some fits end on the edge and have no sigma"),
        Case((mine, mine, jax.random.key(64), SIZE), "a world that is the model's own"),
    ]


@dataclass(eq=False, kw_only=True)
class Thrown(Asking):
    """A task whose answer may draw toys of its own from the key: numbers that are neither the reference's nor a known
    mistake's are compared once more, with many toys and within the errors of both."""

    unknown: bool = field(default=False, init=False)

    def judge(self, answer: Callable) -> None:
        self.unknown = False
        try:
            super().judge(answer)
        except Finding as found:
            if not self.unknown:
                raise
            self._compare_many(answer, found)

    def _pattern(self, seen: Compared) -> str:
        self.unknown = all(array.shape == () for one in seen.got for array in one)
        return super()._pattern(seen)

    def _unused(self, answer: Callable, cases: list[Case]) -> str:
        """Keys and sizes aren't numbers to be changed a little; they are asked about in ``_compare_many``."""
        return ""

    def _compare_many(self, answer: Callable, otherwise: Finding) -> None:
        """Return if the answer is right within the errors of many toys; else raise what it is nearest to."""
        many = _cases_of_many()
        mine = [self._read(answer(*case.args), case) for case in many]
        self._ask_key_and_size(answer, many[0], mine)
        if _agree(mine, _with_errors(reference)):
            return
        near: list[Mistake] = []
        for mistake in self.mistakes.values():
            try:
                if _agree(mine, _with_errors(mistake.variant)):
                    near.append(mistake)
            except Exception:  # a mistake that can't be made with these inputs
                continue
        one_model = {toys_of_the_model, fitted_with_the_world, fitted_alone_with_the_world}
        if len(near) > 1 and one_model.issuperset(mistake.variant for mistake in near):
            raise Finding(ONE_MODEL)
        raise Finding(near[0].sentence) if len(near) == 1 else otherwise

    def _ask_key_and_size(self, answer: Callable, case: Case, mine: list[Result]) -> None:
        model, world, _, size = case.args
        other = self._read(answer(model, world, jax.random.key(99), size), case)
        if all(np.array_equal(a, b) for a, b in zip(other, mine[0], strict=True)):
            raise Finding(
                "`key` has no say: with another key the same numbers come back. Draw from the key that comes in."
            )
        whole = [one[1] * MANY for one in mine]
        if not np.allclose(whole, np.round(whole), atol=1e-4) and all(0 <= one[1] <= 1 for one in mine):
            raise Finding(
                "The fraction isn't a whole number of toys divided by `size`: either another number of toys is made, "
                "or not all are in the denominator."
            )


@functools.cache
def _cases_of_many() -> list[Case]:
    return [Case((*case.args[:2], jax.random.key(70 + i), MANY), case.kind) for i, case in enumerate(cases())]


@functools.cache
def _with_errors(function: Callable) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each case of many toys, bias and coverage from two halves of them, and how far another's may be from that."""
    found = []
    for case in _cases_of_many():
        model, world, key, size = case.args
        halves = np.array([function(model, world, one, size) for one in jax.random.split(key)], float)
        mu_hat, _ = fitted(model, *thrown(world, key, size))
        errors = np.array([np.std(mu_hat), 0.5]) / np.sqrt(size)
        found.append((halves.reshape(2, -1).mean(0), 5 * np.sqrt(1.5) * errors))
    return found


def _agree(mine: list[Result], others: list[tuple[np.ndarray, np.ndarray]]) -> bool:
    return all(
        np.isfinite(value).all() and (np.abs(np.ravel(one) - value) <= margin).all()
        for one, (value, margin) in zip(mine, others, strict=True)
    )


task = Thrown(
    number=5,
    name="coverage_in",
    reference=reference,
    cases=cases,
    outputs=("the bias", "the coverage"),
    atol=2e-4,
    meaning="An interval is tested in a world: that of the toys. In its own world a model covers what it claims.",
    errors={
        "must be a model": "A function of jaxhep.toys doesn't get its model first: `toys.generate(key, world, params, "
        "size)`, `toys.fits(model, counts, measured)`, `toys.sigma_mu(model, params, counts)`.",
    },
)


@task.symptom
def one_per_toy(got: list[Result], expected: list[Result]) -> str | None:
    sizes = [case.args[3] for case in task.cases()]
    for i, (one, what) in enumerate((("the bias", "mean"), ("the coverage", "fraction"))):
        if all(g[i].shape == (size,) for g, size in zip(got, sizes, strict=True)):
            return f"It returns {one} as one number per toy: asked is the {what} over all toys."
    return None


@task.symptom
def fraction_nan(got: list[Result], expected: list[Result]) -> str | None:
    if np.isnan(got[2][1]) and np.isfinite(got[0][1]):
        return "The coverage is NaN where some toys have no sigma: a toy without sigma isn't covered, and counts as 0."
    return None


@task.symptom
def nominal(got: list[Result], expected: list[Result]) -> str | None:
    if all(one[1].shape == () and abs(one[1] - 0.6827) < 0.003 for one in got) and len({float(g[1]) for g in got}) == 1:
        return (
            "The coverage is the same in every case, what a Gaussian is expected to have: count the intervals that "
            "hold 1 among these toys."
        )
    return None


@task.demand
def makes_new_toys(answer: Callable) -> None:
    model, world, key, _ = cases()[0].args
    some, twice = (float(answer(model, world, key, size)[0]) for size in (600, 1200))
    if np.isclose(some, twice, rtol=1e-9):
        raise Finding("The same toys come again and again: each block of toys needs a key of its own.")


# --- known mistakes


@task.mistake(
    "The toys come from `model`, the one that fits them: they have to come from `world`, or no difference between the "
    "two is ever seen."
)
def toys_of_the_model(model, world, key, size):
    return told(*fitted(model, *thrown(model, key, size)))


@task.mistake("The fits are made with `world`: the toys come from it, but who fits them has only `model`.")
def fitted_with_the_world(model, world, key, size):
    return told(*fitted(world, *thrown(world, key, size)))


@task.mistake(
    "The fits are made with `world`, and only sigma comes from `model`: who fits the toys has only `model`, for both."
)
def fitted_alone_with_the_world(model, world, key, size):
    counts, measured = thrown(world, key, size)
    params = toys.fits(world, counts, measured).params
    return told(params[:, 0], toys.sigma_mu(model, params, counts))


@task.mistake("All toys are one and the same: throw `size` of them, each with numbers of its own.")
def one_toy(model, world, key, size):
    one = [jnp.broadcast_to(array, (size, array.shape[1])) for array in thrown(world, key, 1)]
    return told(*fitted(model, *one))


@task.mistake("`model` and `world` have changed places: `world` throws the toys, `model` fits them.")
def changed_places(model, world, key, size):
    return told(*fitted(world, *thrown(model, key, size)))


@task.mistake(
    "The auxiliary measurements of the toys aren't passed to the fits, which take 0 for all: they are thrown, too, and "
    "each toy has its own."
)
def measured_forgotten(model, world, key, size):
    counts, _ = thrown(world, key, size)
    return told(*fitted(model, counts, None))


@task.mistake("All fits get the auxiliary measurements of the first toy: each toy has its own.")
def measured_of_the_first(model, world, key, size):
    counts, measured = thrown(world, key, size)
    return told(*fitted(model, counts, jnp.broadcast_to(measured[0], measured.shape)))


@task.mistake("The toys are thrown at mu = 0: at `world.initial` mu is 1.")
def thrown_at_mu_0(model, world, key, size):
    counts, measured = toys.generate(key, world, jnp.asarray(world.initial).at[0].set(0.0), size)
    return told(*fitted(model, counts, measured))


@task.mistake("The first number is the mean of mu-hat itself: asked is mu-hat - 1, the bias.")
def mean_of_mu_hat(model, world, key, size):
    bias, covered = reference(model, world, key, size)
    return bias + 1, covered


@task.mistake("The bias has the other sign: mu-hat minus the truth, not the truth minus mu-hat.")
def sign_of_the_bias(model, world, key, size):
    bias, covered = reference(model, world, key, size)
    return -bias, covered


@task.mistake("The first number is the median of mu-hat - 1: asked is its mean.")
def median(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.median(mu_hat) - 1, told(mu_hat, sigma)[1]


@task.mistake("The bias is in units of sigma, the mean pull: asked is the mean of mu-hat - 1.")
def mean_pull(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.nanmean((mu_hat - 1) / sigma), told(mu_hat, sigma)[1]


@task.mistake("The two results have changed places: first the bias, then the coverage.")
def results_changed_places(model, world, key, size):
    return reference(model, world, key, size)[::-1]


@task.mistake(
    "One sigma serves for all toys, that of the Asimov data: an interval is made from its own toy, at its minimum."
)
def sigma_of_asimov(model, world, key, size):
    mu_hat, _ = fitted(model, *thrown(world, key, size))
    return told(mu_hat, toys.sigma_mu(model, model.initial, jaxhep.asimov(model)))


@task.mistake("One sigma serves for all toys, that of the world's Asimov data: each toy has a sigma of its own.")
def sigma_of_the_worlds_asimov(model, world, key, size):
    mu_hat, _ = fitted(model, *thrown(world, key, size))
    return told(mu_hat, toys.sigma_mu(world, world.initial, jaxhep.asimov(world)))


@task.mistake("One sigma serves for all toys, the spread of mu-hat: an interval is made from its own toy.")
def spread_for_sigma(model, world, key, size):
    mu_hat, _ = fitted(model, *thrown(world, key, size))
    return told(mu_hat, jnp.std(mu_hat))


@task.mistake("One sigma serves for all toys, the mean of theirs: each toy has a sigma of its own.")
def mean_sigma(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return told(mu_hat, jnp.nanmean(sigma))


@task.mistake("sigma comes from `world`: whoever makes the interval has only `model`.")
def sigma_of_the_world(model, world, key, size):
    counts, measured = thrown(world, key, size)
    params = toys.fits(model, counts, measured).params
    return told(params[:, 0], toys.sigma_mu(world, params, counts))


@task.mistake("sigma is that of the starting values, model.initial: it belongs to the minimum of each toy.")
def sigma_at_the_start(model, world, key, size):
    counts, measured = thrown(world, key, size)
    params = toys.fits(model, counts, measured).params
    start = jnp.broadcast_to(jnp.asarray(model.initial), params.shape)
    return told(params[:, 0], toys.sigma_mu(model, start, counts))


@task.mistake(
    "Toys without sigma are left out of the fraction: they gave no interval that holds 1, and stay in the denominator."
)
def without_sigma_left_out(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat) - 1, jnp.mean((jnp.abs(mu_hat - 1) <= sigma)[jnp.isfinite(sigma)])


@task.mistake("Toys without sigma are left out of the bias: mu-hat - 1 is averaged over all toys.")
def without_sigma_left_out_of_the_bias(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat[jnp.isfinite(sigma)]) - 1, told(mu_hat, sigma)[1]


@task.mistake("Toys without sigma are left out of both numbers: both are over all toys.")
def without_sigma_left_out_of_both(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return told(mu_hat[jnp.isfinite(sigma)], sigma[jnp.isfinite(sigma)])


@task.mistake("Toys without sigma count as covered: without an interval they don't hold 1.")
def without_sigma_covered(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat) - 1, jnp.mean(~(jnp.abs(mu_hat - 1) > sigma))


@task.mistake("This is the fraction of intervals that miss 1.")
def fraction_that_misses(model, world, key, size):
    bias, covered = reference(model, world, key, size)
    return bias, 1 - covered


@task.mistake("Only one end of the interval is compared, mu-hat - 1 <= sigma: it can miss on the other side as well.")
def one_side(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat) - 1, jnp.mean(mu_hat - 1 <= sigma)


@task.mistake("Only one end of the interval is compared, 1 - mu-hat <= sigma: it can miss on the other side as well.")
def other_side(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat) - 1, jnp.mean(1 - mu_hat <= sigma)


@task.mistake("The interval reaches two sigma to each side: asked is one.")
def two_sigma(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return told(mu_hat, 2 * sigma)


@task.mistake("sigma is squared, a variance: mu-hat - 1 is compared with sigma itself.")
def variance_for_sigma(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return told(mu_hat, sigma**2)


@task.mistake(
    "sigma lacks the factor 2: the covariance is twice the inverse Hessian of -2 ln L. `toys.sigma_mu` has it."
)
def sigma_without_the_2(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return told(mu_hat, sigma / jnp.sqrt(2))


@task.mistake(
    "The mean of mu-hat stands where the truth, 1, belongs: that is just how a bias stays out of the coverage."
)
def mean_for_the_truth(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat) - 1, jnp.mean(jnp.abs(mu_hat - jnp.mean(mu_hat)) <= sigma)


@task.mistake("The intervals are asked for 0, where they should be asked for the truth, 1.")
def truth_of_0(model, world, key, size):
    mu_hat, sigma = fitted(model, *thrown(world, key, size))
    return jnp.mean(mu_hat) - 1, jnp.mean(jnp.abs(mu_hat) <= sigma)


@task.mistake("The coverage is in per cent: asked is a fraction.")
def per_cent(model, world, key, size):
    bias, covered = reference(model, world, key, size)
    return bias, 100 * covered


@task.mistake("The second number is a number of toys: divide by `size`.")
def number_of_toys(model, world, key, size):
    bias, covered = reference(model, world, key, size)
    return bias, size * covered


@task.mistake("Both numbers are sums over the toys: divide by `size`.")
def sums(model, world, key, size):
    bias, covered = reference(model, world, key, size)
    return size * bias, size * covered
