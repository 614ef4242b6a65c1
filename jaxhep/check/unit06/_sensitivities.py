"""Task 6: how the fitted mu follows the data, by the implicit function theorem."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result, same
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, generator


@partial(jax.jit, static_argnums=0)
def derivatives(nll2, params, counts, measured) -> tuple[Array, Array, Array]:
    """The Hessian H (n, n) by params, and the mixed derivatives by params and counts (n, B), measured (n, M)."""
    by_params = jax.grad(nll2)
    mixed = jax.jacfwd(by_params, argnums=(1, 2))(params, counts, measured)
    return jax.hessian(nll2)(params, counts, measured), *mixed


def all_params(nll2, params, counts, measured) -> tuple[Array, Array]:
    """The sensitivities of all parameters."""
    H, by_counts, by_measured = derivatives(nll2, params, counts, measured)
    return -jnp.linalg.solve(H, by_counts), -jnp.linalg.solve(H, by_measured)


def reference(nll2, params, counts, measured):
    by_counts, by_measured = all_params(nll2, params, counts, measured)
    return by_counts[0], by_measured[0]


@jax.jit
def counting(params: Array, counts: Array, measured: Array) -> Array:
    """Six bins, mu and two parameters that auxiliary measurements constrain to a standard deviation of 1."""
    signal, background = jnp.array([2.0, 3.0, 5.0, 7.0, 8.0, 8.0]), jnp.array([60.0, 40.0, 25.0, 14.0, 8.0, 4.0])
    tilt = jnp.array([[0.1, 0.05, 0.0, -0.05, -0.1, -0.2], [0.05, 0.05, 0.05, 0.1, 0.15, 0.2]])
    E = params[0] * signal + background * jnp.exp(params[1:] @ tilt)
    return 2 * jnp.sum(E - counts * jnp.log(E)) + jnp.sum((params[1:] - measured) ** 2)


@jax.jit
def free_norm(params: Array, counts: Array, measured: Array) -> Array:
    """Four bins, mu, a free norm, and a luminosity that is measured to 5 percent."""
    signal, background = jnp.array([1.0, 4.0, 9.0, 12.0]), jnp.array([80.0, 50.0, 20.0, 6.0])
    mu, norm, luminosity = params
    E = luminosity * (mu * signal + norm * background)
    return 2 * jnp.sum(E - counts * jnp.log(E)) + ((luminosity - measured[0]) / 0.05) ** 2


@jax.jit
def neyman(params: Array, counts: Array, measured: Array) -> Array:
    """Eight bins with Neyman's chi-square, which isn't linear in the counts; six constraints of several widths, which
    aren't linear in what is measured."""
    bins, place = jnp.arange(8.0), jnp.arange(6.0)
    tilt = 0.15 * jnp.cos(jnp.outer(place + 1, bins + 0.5) * jnp.pi / 8)
    E = params[0] * (2 + 2 * bins) + 90 * jnp.exp(params[1:] @ tilt - bins / 5)
    pulls = (params[1:] - measured - measured**2 / 10) / jnp.array([1.0, 0.5, 0.2, 0.1, 1.0, 0.3])
    return jnp.sum((E - counts) ** 2 / counts) + jnp.sum(pulls**2)


def cases() -> list[Case]:
    rng = generator(6, 6)
    eight, six = [92, 80, 68, 60, 55, 50, 45, 40], [0.9, -0.6, 0.4, 0.2, -1.1, 0.5]

    def case(nll2: Callable, start: list[float], counts: list[int], measured: list[float], kind: str) -> Case:
        data = jnp.asarray(rng.poisson(counts), float), jnp.asarray(measured)
        return Case((nll2, _minimum(nll2, jnp.asarray(start), *data), *data), kind)

    return [
        case(counting, [1.0, 0.0, 0.0], [63, 44, 31, 22, 17, 13], [0.4, -0.7], "six bins and two constraints"),
        case(free_norm, [1.0, 1.0, 1.0], [82, 55, 30, 19], [1.03], "four bins with a free norm"),
        case(neyman, [1.0] + 6 * [0.0], eight, six, "a chi-square of eight bins, with six constraints"),
    ]


@partial(jax.jit, static_argnums=0)
def _minimum(nll2: Callable, params: Array, counts: Array, measured: Array) -> Array:
    def newton(_: int, params: Array) -> Array:
        H, g = jax.hessian(nll2)(params, counts, measured), jax.grad(nll2)(params, counts, measured)
        return params - jnp.linalg.solve(H, g)

    return jax.lax.fori_loop(0, 20, newton, params)


task = Asking(
    number=6,
    name="sensitivities",
    reference=reference,
    cases=cases,
    outputs=("the derivative by the counts", "the derivative by the measured"),
    rtol=1e-5,
    atol=1e-12,
    meaning="A minimum knows how it moves: one linear system instead of a fit for every piece of data.",
    errors={
        "only defined for scalar-output functions": "jax.grad wants a function with one result, and the gradient of "
        "nll2 has n: jax.jacobian differentiates all of them. Or combine them to one number before.",
        "while_loop or lax.fori_loop": "Reverse mode can't go through the loop of a fit, which doesn't know its number "
        "of steps beforehand. None is needed: differentiate the gradient of nll2 at the minimum.",
    },
)


@task.symptom
def no_derivative(got: list[Result], expected: list[Result]) -> str | None:
    if all(not np.any(array) for one in got for array in one):
        return (
            "All derivatives are 0: params are taken for constants. They depend on the data by the condition that the "
            "gradient of nll2 is 0 there, and only this condition tells how."
        )
    return None


@task.symptom
def part_of_the_covariance(got: list[Result], expected: list[Result]) -> str | None:
    others = [case.args[1].size - 1 for case in task.cases()]
    sizes = [one[1].shape == (number,) for one, number in zip(got, others, strict=True)]
    if all(sizes) and all(same(g[:1], e[:1], task.rtol, 0.0) for g, e in zip(got, expected, strict=True)):
        return (
            "Right by the counts. By the measured there is one number for each parameter but one, as in a row of the "
            "covariance: not every parameter need have a constraint, and asked is the derivative for any nll2."
        )
    return None


@task.demand
def works_inside_jit(answer: Callable) -> None:
    def traced(nll2: Callable, *point: Array) -> None:
        jax.eval_shape(partial(answer, nll2), *point)

    transformed("jit", traced, answer, task.cases()[0], task.errors)


# --- known mistakes


def _both(function: Callable, *arrays: Array) -> tuple:
    return tuple(function(array) for array in arrays)


@task.mistake(
    "The sign is turned: where the gradient of nll2 would grow with the data, the minimum moves so that it stays 0."
)
def sign_turned(nll2, params, counts, measured):
    return _both(jnp.negative, *reference(nll2, params, counts, measured))


@task.mistake("Right by the counts; the derivative by the measured has the other sign.")
def sign_of_measured(nll2, params, counts, measured):
    by_counts, by_measured = reference(nll2, params, counts, measured)
    return by_counts, -by_measured


@task.mistake("Right by the measured; the derivative by the counts has the other sign.")
def sign_of_counts(nll2, params, counts, measured):
    by_counts, by_measured = reference(nll2, params, counts, measured)
    return -by_counts, by_measured


@task.mistake(
    "It is twice too large: a covariance is twice the inverse Hessian of -2 ln L, but here both second derivatives are "
    "of the same nll2, and the factor cancels."
)
def twice(nll2, params, counts, measured):
    return _both(lambda x: 2 * x, *reference(nll2, params, counts, measured))


@task.mistake("It is half of what it should be: take Hessian and mixed derivatives of the same function, nll2.")
def half(nll2, params, counts, measured):
    return _both(lambda x: x / 2, *reference(nll2, params, counts, measured))


@task.mistake("It is twice too large and has the other sign: both second derivatives are of nll2, and a minus is due.")
def minus_twice(nll2, params, counts, measured):
    return _both(lambda x: -2 * x, *reference(nll2, params, counts, measured))


@task.mistake(
    "The mixed derivative is divided by the second derivative by mu alone: that holds all other parameters where they "
    "are, but they move with the data. Solve with the whole Hessian."
)
def others_held(nll2, params, counts, measured):
    H, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: -x[0] / H[0, 0], *mixed)


@task.mistake("The parameters are held, and the minus is missing as well: solve with the whole Hessian, not H[0, 0].")
def others_held_sign(nll2, params, counts, measured):
    H, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: x[0] / H[0, 0], *mixed)


@task.mistake(
    "Only the element (mu, mu) of the inverse Hessian is used: the row of mu, times the mixed derivatives of all "
    "parameters, is needed."
)
def inverse_element(nll2, params, counts, measured):
    H, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: -jnp.linalg.inv(H)[0, 0] * x[0], *mixed)


@task.mistake("Only the element (mu, mu) of the inverse Hessian is used, and the minus is missing.")
def inverse_element_sign(nll2, params, counts, measured):
    return _both(jnp.negative, *inverse_element(nll2, params, counts, measured))


@task.mistake(
    "Only the element (mu, mu) of the covariance is used, which has a factor 2 besides: take the whole row of mu."
)
def covariance_element(nll2, params, counts, measured):
    return _both(lambda x: 2 * x, *inverse_element(nll2, params, counts, measured))


@task.mistake("These are the mixed second derivatives by mu and the data: the inverse Hessian is still to be applied.")
def hessian_missing(nll2, params, counts, measured):
    _, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: x[0], *mixed)


@task.mistake("These are the negative mixed second derivatives: the inverse Hessian is still to be applied.")
def hessian_missing_minus(nll2, params, counts, measured):
    _, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: -x[0], *mixed)


@task.mistake(
    "This is the derivative of nll2 itself by the data: it says how the value at the minimum changes, not how the "
    "minimum moves. Differentiate the gradient by params."
)
def of_the_value(nll2, params, counts, measured):
    return jax.grad(nll2, argnums=(1, 2))(params, counts, measured)


@task.mistake(
    "The negative derivative of nll2 itself by the data is no movement of the minimum: differentiate the gradient."
)
def of_the_value_minus(nll2, params, counts, measured):
    return _both(jnp.negative, *of_the_value(nll2, params, counts, measured))


@task.mistake("The mixed derivatives are multiplied by the Hessian: its inverse belongs there.")
def multiplied(nll2, params, counts, measured):
    H, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: -(H @ x)[0], *mixed)


@task.mistake("1/H divides element by element: the inverse of a matrix is another thing, jnp.linalg.solve applies it.")
def elementwise_inverse(nll2, params, counts, measured):
    H, *mixed = derivatives(nll2, params, counts, measured)
    return _both(lambda x: -((1 / H) @ x)[0], *mixed)


@task.mistake("This is the row of another parameter, the last one: mu is the first.")
def last_parameter(nll2, params, counts, measured):
    return _both(lambda x: x[-1], *all_params(nll2, params, counts, measured))


@task.mistake("All parameters come back, a row for each: asked is the row of mu, the first.")
def all_rows(nll2, params, counts, measured):
    return all_params(nll2, params, counts, measured)


@task.mistake("All parameters come back, a column for each: asked is that of mu, the first.")
def all_columns(nll2, params, counts, measured):
    return _both(jnp.transpose, *all_params(nll2, params, counts, measured))


@task.mistake("All parameters come back, and with the other sign: asked is the row of mu, the first.")
def all_rows_sign(nll2, params, counts, measured):
    return _both(jnp.negative, *all_params(nll2, params, counts, measured))


@task.mistake("The shifts of all parameters are added up: asked is that of mu alone, the first row.")
def sum_of_rows(nll2, params, counts, measured):
    return _both(lambda x: x.sum(0), *all_params(nll2, params, counts, measured))


@task.mistake(
    "What comes back is the first column, how each parameter follows the first piece of data: mu's row is asked."
)
def first_column(nll2, params, counts, measured):
    return _both(lambda x: x[:, 0], *all_params(nll2, params, counts, measured))


@task.mistake(
    "Right by the counts. By the measured this is the row of the covariance: it is the same where the constraints are "
    "(theta - a)^2, of width 1 and without correlation; asked is the derivative for any nll2."
)
def covariance_for_measured(nll2, params, counts, measured):
    by_counts, _ = reference(nll2, params, counts, measured)
    covariance = 2 * jnp.linalg.inv(derivatives(nll2, params, counts, measured)[0])
    return by_counts, covariance[0, -measured.size :]


@task.mistake(
    "By the measured this is the inverse Hessian's row: apply it to the mixed derivatives by the measured, too."
)
def inverse_for_measured(nll2, params, counts, measured):
    by_counts, _ = reference(nll2, params, counts, measured)
    return by_counts, jnp.linalg.inv(derivatives(nll2, params, counts, measured)[0])[0, -measured.size :]


@task.mistake("The two results have changed places: first by the counts, then by the measured.")
def changed_places(nll2, params, counts, measured):
    return reference(nll2, params, counts, measured)[::-1]


@task.mistake("Both are absolute values: the sign tells whether mu rises or falls.")
def absolute(nll2, params, counts, measured):
    return _both(jnp.abs, *reference(nll2, params, counts, measured))


@task.mistake("They are squared: these are contributions to a variance; asked are the shifts.")
def squared(nll2, params, counts, measured):
    return _both(jnp.square, *reference(nll2, params, counts, measured))


@task.mistake(
    "These are shifts for one datum more than there is, finite steps of a whole event: a derivative is asked, and the "
    "likelihood isn't linear."
)
def whole_events(nll2, params, counts, measured):
    def mu_hat(counts, measured):
        return _minimum(nll2, params, counts, measured)[0]

    best = mu_hat(counts, measured)
    return (
        jnp.stack([mu_hat(counts + one, measured) - best for one in jnp.eye(counts.size)]),
        jnp.stack([mu_hat(counts, measured + one) - best for one in jnp.eye(measured.size)]),
    )


@task.mistake(
    "The slope of nll2 is compared before and after a whole event, and a whole unit of what is measured: that is its "
    "derivative only where nll2 is linear in the data."
)
def slope_by_whole_steps(nll2, params, counts, measured):
    H, *_ = derivatives(nll2, params, counts, measured)
    slope = jax.grad(nll2)
    by_counts = [slope(params, counts + one, measured) for one in jnp.eye(counts.size)]
    by_measured = [slope(params, counts, measured + one) for one in jnp.eye(measured.size)]
    before = slope(params, counts, measured)
    return _both(lambda x: -jnp.linalg.solve(H, (jnp.stack(x) - before).T)[0], by_counts, by_measured)


@task.mistake("The mixed derivatives are taken at measured = 0: they belong to what was measured.")
def mixed_at_measured_0(nll2, params, counts, measured):
    H, *_ = derivatives(nll2, params, counts, measured)
    _, *mixed = derivatives(nll2, params, counts, jnp.zeros_like(measured))
    return _both(lambda x: -jnp.linalg.solve(H, x)[0], *mixed)


@task.mistake(
    "The gradient is differentiated by the arguments 0 and 1, params and counts: counts and measured are 1 and 2."
)
def by_arguments_0_and_1(nll2, params, counts, measured):
    by_counts, _ = reference(nll2, params, counts, measured)
    return -jnp.eye(params.size)[0], by_counts


@task.mistake(
    "Only mu and as many parameters as are measured may move: a free one, without a constraint, moves with the data, "
    "too. Solve with the whole Hessian."
)
def free_ones_held(nll2, params, counts, measured):
    H, *mixed = derivatives(nll2, params, counts, measured)
    moving = 1 + len(measured)
    return tuple(-jnp.linalg.solve(H[:moving, :moving], one[:moving])[0] for one in mixed)


def _with_hessian(H: Array, mixed: list[Array]) -> tuple:
    return _both(lambda x: -jnp.linalg.solve(H, x)[0], *mixed)


@task.mistake(
    "H is put together from the slopes by the counts, Fisher's information of Poisson counts, and a 2 for each "
    "constraint: asked is any nll2, of which only jax.hessian knows the curvature."
)
def fisher_and_unit_constraints(nll2, params, counts, measured):
    _, *mixed = derivatives(nll2, params, counts, measured)
    constraints = jnp.diag(2.0 * (jnp.arange(params.size) > 0))
    return _with_hessian((mixed[0] * counts) @ mixed[0].T / 2 + constraints, mixed)


@task.mistake(
    "H is made of the mixed derivatives, M diag(n) M^T and the like: that is the curvature of a Poisson likelihood at "
    "its expectation; asked is any nll2, so take jax.hessian."
)
def gauss_newton(nll2, params, counts, measured):
    _, *mixed = derivatives(nll2, params, counts, measured)
    return _with_hessian((mixed[0] * counts) @ mixed[0].T / 2 + mixed[1] @ mixed[1].T / 2, mixed)


@task.mistake(
    "This is a Newton step for one event, or one unit, more, with the curvature that these changed data have: a "
    "derivative is asked, at the data that were seen."
)
def newton_step_of_whole_events(nll2, params, counts, measured):
    def step(counts, measured):
        H, *_ = derivatives(nll2, params, counts, measured)
        return -jnp.linalg.solve(H, jax.grad(nll2)(params, counts, measured))[0]

    return (
        jnp.stack([step(counts + one, measured) for one in jnp.eye(counts.size)]),
        jnp.stack([step(counts, measured + one) for one in jnp.eye(measured.size)]),
    )
