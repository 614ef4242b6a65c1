"""Task 2: a loop over nuisance parameters."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.compare import Result, same, up_to_a_constant
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding, generator
from jaxhep.check.verdict import Task


def factors(theta, up, down):
    """What each parameter does to each bin, (K, B)."""
    theta = theta[:, None]
    return jnp.where(theta >= 0, up**theta, down**-theta)


def poisson(expected, counts):
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


def reference(theta, nominal, up, down, counts):
    return poisson(nominal * jnp.prod(factors(theta, up, down), axis=0), counts) + jnp.sum(theta**2)


def nuisances(parameters: int, bins: int, seed: int) -> tuple:
    """Ratios like those of real systematics, counts near the expectation, parameters away from 0."""
    rng = generator(3, seed)
    up, down = np.exp(rng.normal(0, 0.08, (2, parameters, bins)))
    nominal = rng.gamma(10, 10, bins)
    theta = rng.uniform(0.2, 1.5, parameters) * rng.choice([-1.0, 1.0], parameters)
    return tuple(jnp.asarray(x) for x in (theta, nominal, up, down, rng.poisson(nominal).astype(float)))


def cases() -> list[Case]:
    theta, *rest = nuisances(5, 4, 20)
    square, *other = nuisances(3, 3, 21)
    *ratios, counts = other
    more = [*ratios, counts + jnp.array([4.0, 9.0, 25.0])]
    again, *others = nuisances(5, 4, 24)
    return [
        Case((jnp.zeros(5), *rest), "all parameters at 0"),
        Case((theta, *rest), "parameters of both signs"),
        Case((abs(theta), *rest), "positive parameters"),
        Case((-abs(theta), *rest), "negative parameters"),
        Case((theta, 1.3 * rest[0], *rest[1:]), "another nominal template, the same counts"),
        Case((jnp.zeros(3), *other), "as many bins as parameters, all at 0"),
        Case((square, *other), "as many bins as parameters"),
        Case((jnp.zeros(3), *more), "more counts, all parameters at 0"),
        Case((square, *more), "more counts, as many bins as parameters"),
        Case((jnp.zeros(5), *others), "other templates of the same shape, all parameters at 0"),
        Case((again, *others), "other templates of the same shape"),
    ]


task = Task(
    number=2,
    name="nll2",
    reference=reference,
    cases=cases,
    align=up_to_a_constant(5, 2),
    meaning="One program for any number of nuisance parameters, short to trace and to compile, with the same numbers "
    "and the same gradient.",
    errors={
        "carry": "The carry of the loop changes its form: what the body returns as carry must have the structure, "
        "shapes and types of the start value. Start the product with an array of one number per bin.",
        "must be a pair": "The body of lax.scan returns two things: the carry, and an output of this turn, which may "
        "be None.",
    },
)


@task.symptom
def counts_have_no_effect(got: list[Result], expected: list[Result]) -> str | None:
    if same(got[6], got[8], 1e-9, 1e-12) and np.any(got[6][0] != 0):
        return "Other counts change nothing: what was observed has to come in, and `nominal` isn't that."
    return None


@task.demand
def is_a_short_program(answer: Callable) -> None:
    """The jaxpr has the same length for few and for many parameters."""

    def length(parameters: int) -> int:
        case = Case(nuisances(parameters, 3, 22), f"{parameters} parameters")
        jaxpr = transformed("make_jaxpr", jax.make_jaxpr(lambda *args: answer(*args)), answer, case)
        return programs.primitives(jaxpr).total()

    few, some = length(4), length(16)
    if some <= few:
        return
    many = length(64)
    in_proportion = many - some >= 3 * (some - few)
    raise Finding(
        f"The number is right, but the jaxpr still grows with the number of parameters: {few} primitives for 4, "
        f"{some} for 16, {many} for 64, "
        + (
            "so many more for each. A Python loop, or a comprehension, is unrolled while tracing."
            if in_proportion
            else "so many more each time that they become four times as many, as when factors are multiplied in pairs, "
            "then pairs of pairs. One operation can take the product of all."
        )
    )


@task.demand
def has_a_gradient(answer: Callable) -> None:
    case = Case(nuisances(5, 4, 23), "five parameters")
    slope = transformed("jit of grad", jax.jit(jax.grad(lambda *args: answer(*args))), answer, case)
    right = np.asarray(jax.grad(reference)(*case.args))
    if not np.isfinite(slope).all():
        raise Finding("The gradient with respect to theta holds NaN or infinity.")
    if not np.allclose(slope, right, rtol=1e-6):
        raise Finding(
            "The value is right, but its gradient with respect to theta isn't: is a part of it cut off from the "
            "derivative?"
        )


@task.demand
def has_a_slope_at_zero(answer: Callable) -> None:
    """There it may be that of `up`, that of `down`, or between them."""
    theta, *data = nuisances(5, 4, 23)
    case = Case((0 * theta, *data), "all parameters at 0")
    at_zero = transformed("grad", jax.grad(lambda *args: answer(*args)), answer, case)
    sides = [np.asarray(jax.grad(reference)(jnp.full_like(theta, side), *data)) for side in (-1e-9, 1e-9)]
    if not np.isfinite(at_zero).all():
        root = "sqrt" in programs.primitives(jax.make_jaxpr(lambda *args: answer(*args))(*case.args))
        raise Finding(
            "The value is right, but its gradient at theta = 0, where every fit starts, holds NaN or infinity"
            + (
                ": there is a square root in it (as in every norm), its derivative at 0 is infinite, and infinity "
                "times 0 is NaN, also if the root is squared afterwards."
                if root
                else "."
            )
        )
    if not ((np.min(sides, axis=0) - 1e-4 <= at_zero) & (at_zero <= np.max(sides, axis=0) + 1e-4)).all():
        kink = (
            " Each operation with a kink takes a side by itself there, `abs` the right one, `theta > 0` the left one: "
            "choose between whole powers."
        )
        raise Finding(
            "The value is right, but not its slope at theta = 0, where every fit starts: it is neither that of `up` "
            "nor that of `down`." + kink * bool(np.allclose(at_zero, jax.grad(sides_apart)(*case.args)))
        )


def sides_apart(theta, nominal, up, down, counts):
    """The base and the size of its power chosen one by one: right everywhere but in its slope at 0."""
    t = theta[:, None]
    return poisson(nominal * jnp.prod(jnp.where(t > 0, up, down) ** abs(t), axis=0), counts) + jnp.sum(theta**2)


# --- known mistakes


@task.mistake("The constraint is missing: without the sum of theta squared nothing holds the nuisance parameters.")
def no_constraint(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


@task.mistake("The constraint is half of what it should be: in -2 ln L a standard Gaussian gives theta squared.")
def half_a_constraint(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + theta @ theta / 2


@task.mistake(
    "The constraint counts twice: in -2 ln L a standard Gaussian gives theta squared, without another factor 2."
)
def constraint_inside_the_factor_2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * (jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2))


@task.mistake("The constraint is the square of the sum of all theta: each is held by itself, by its own square.")
def constraint_of_the_sum(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta) ** 2


@task.mistake("The constraint isn't summed over all parameters: only the last one is held.")
def last_parameter_constrained(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + theta[-1] ** 2


@task.mistake("The constraint is counted once for every bin: each parameter has one.")
def constraint_in_every_bin(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return jnp.sum(2 * (expected - counts * jnp.log(expected)) + jnp.sum(theta**2))


@task.mistake("The factor 2 of the Poisson terms is missing, while the constraint has its own.")
def no_factor_2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake(
    "A negative theta needs its sign turned in the exponent: `down` is reached at theta = -1, and 1/down isn't."
)
def sign_of_a_negative_theta(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up, down) ** t, axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("`up` serves both signs of theta, and `down` never comes in.")
def up_alone(theta, nominal, up, down, counts):
    expected = nominal * jnp.exp(theta @ jnp.log(up))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("`up` and `down` have changed places.")
def up_and_down_exchanged(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, down, up) ** abs(t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("The branches of jnp.where have changed places: `up` belongs to positive theta.")
def branches_exchanged(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t < 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("The interpolation is linear in theta; asked is the power, as in the loop.")
def linear(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, 1 + t * (up - 1), 1 - t * (down - 1)), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("The factors are added up: independent effects multiply.")
def sum_of_factors(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.sum(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("The effects are added up, 1 + sum of (factor - 1): the factors multiply.")
def sum_of_effects(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * (1 + jnp.sum(jnp.where(t >= 0, up**t, down**-t) - 1, axis=0))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake(
    "Only the last parameter moves the expectation: each turn of the loop has to go on from the product so far, the "
    "carry."
)
def carry_dropped(theta, nominal, up, down, counts):
    return poisson(nominal * factors(theta, up, down)[-1], counts) + jnp.sum(theta**2)


@task.mistake("Only the first parameter moves the expectation.")
def first_parameter_alone(theta, nominal, up, down, counts):
    return poisson(nominal * factors(theta, up, down)[0], counts) + jnp.sum(theta**2)


@task.mistake(
    "All factors of all bins are multiplied into one number: the product runs over the parameters, axis 0, and keeps "
    "the bins."
)
def product_of_everything(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("The Poisson terms aren't summed: one number per bin is left.")
def not_summed(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * (expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


@task.mistake("One side serves for all parameters, chosen by their sum, say: each chooses by its own sign.")
def one_side_for_all(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(theta.sum() >= 0, up**t, down**-t), axis=0)
    return poisson(expected, counts) + jnp.sum(theta**2)


@task.mistake("`nominal` is left out: the factors change the nominal yields, they aren't yields.")
def nominal_left_out(theta, nominal, up, down, counts):
    return poisson(jnp.prod(factors(theta, up, down), axis=0), counts) + jnp.sum(theta**2)


@task.mistake(
    "What is left out, or taken away, depends on `nominal`: with another template -2 ln L isn't comparable any more. "
    "The constant may depend on the counts alone."
)
def constant_of_the_template(theta, nominal, up, down, counts):
    return reference(theta, nominal, up, down, counts) + 2 * jnp.sum(counts * jnp.log(nominal))


@task.mistake("The constraints stand inside the sum over the bins: they are counted once for each bin, and twice.")
def constraint_within_the_factor_2(theta, nominal, up, down, counts):
    expected = nominal * jnp.prod(factors(theta, up, down), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected) + jnp.sum(theta**2))


@task.mistake("The first parameter has no effect on the yields: the loop begins with the second one.")
def begins_with_the_second(theta, nominal, up, down, counts):
    expected = nominal * jnp.prod(factors(theta, up, down)[1:], axis=0)
    return poisson(expected, counts) + jnp.sum(theta**2)


@task.mistake("One condition decides for all parameters (`all` or `any`): each takes `up` or `down` by its own sign.")
def one_condition_for_all(theta, nominal, up, down, counts):
    side = up ** theta[:, None] if jnp.all(theta >= 0) else down ** -theta[:, None]
    return poisson(nominal * jnp.prod(side, axis=0), counts) + jnp.sum(theta**2)
