"""Task 3a: the Jacobian of many yields by few parameters, one forward pass per parameter."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep import programs
from jaxhep.check.compare import Result, same
from jaxhep.check.reading import Case, Finding, captured, generator
from jaxhep.check.unit01._costs import computed, problem
from jaxhep.check.verdict import Task


def reference(expected, params):
    return jax.jacfwd(expected)(params)


def cases() -> list[Case]:
    rng = generator(1, 3)

    def yields(bins: int, parameters: int) -> Callable:
        shape = rng.normal(0, 0.2, (parameters, bins))
        nominal = rng.uniform(5, 60, bins)
        return jax.jit(lambda params: nominal * jnp.exp(params @ shape) + jnp.sum(params**2) * shape[0])

    def kinked(params: Array) -> Array:
        return 30 + jnp.arange(1, 7) * jnp.sum(jnp.abs(params) * jnp.array([3.0, 5.0]))

    many = yields(12, 3), yields(12, 3)
    return [
        Case((many[0], jnp.array([0.3, -0.4, 1.1])), "twelve bins and three parameters"),
        Case((many[0], jnp.array([0.9, 0.2, -0.6])), "the same function at other parameters"),
        Case((many[1], jnp.array([0.3, -0.4, 1.1])), "another function of twelve bins"),
        Case((yields(7, 2), jnp.array([1.2, 0.5])), "seven bins and two parameters"),
        Case((yields(5, 1), jnp.array([0.7])), "a single parameter"),
        Case((yields(9, 4), jnp.array([0.0, 0.2, 0.0, -1.0])), "four parameters, some of them 0"),
        Case((kinked, jnp.array([0.4, -0.8])), "a function with absolute values"),
    ]


class _NeverCalled(Exception):
    """The given function hasn't been used."""


class OfGivenFunction(Task):
    """A task whose answer must use the function that it is given."""

    def judge(self, answer: Callable) -> None:
        @functools.wraps(answer)
        def adapted(expected, params):
            watched = programs.counted(expected)
            try:
                value = answer(watched, params)
            except (TypeError, ValueError) as error:
                if not _uses_first(answer):
                    raise _NeverCalled("the given function is never called") from error
                raise
            if isinstance(value, Array | np.ndarray | list | tuple) and not watched.calls and not captured(answer):
                raise _NeverCalled("the given function is never called")
            return value

        super().judge(adapted)


def _uses_first(answer: Callable) -> bool:
    """Whether a function's code mentions its first argument; believed where there is no code to look at."""
    code = getattr(inspect.unwrap(answer), "__code__", None)
    if code is None or not code.co_argcount or captured(answer):
        return True
    names = [step.argval for step in dis.get_instructions(code)]
    first = code.co_varnames[0]
    return any(first in name if isinstance(name, tuple) else first == name for name in names)


task = OfGivenFunction(
    number="3a",
    name="yield_jacobian",
    reference=reference,
    cases=cases,
    rtol=1e-11,
    meaning=(
        "One forward pass gives a column, the effect of one parameter on all bins: with few parameters that is all it "
        "takes."
    ),
    returns="an array with one row per bin and one column per parameter",
    errors={
        "the given function is never called": (
            "The function `expected` that comes in as an argument is never called: the check hands over other "
            "functions than the notebook's, so differentiate the one you are given."
        ),
        "only defined for scalar-output functions": (
            "jax.grad wants a function with one result; `expected` has one per bin. What gives the derivatives of many "
            "results along one direction?"
        ),
        "different primal and tangent shapes": (
            "A tangent is longer or shorter than `params`: the number of parameters is typed in, or is that of the "
            "notebook. It is `len(params)`."
        ),
        "primal and tangent arguments to jax.jvp": (
            "The tangent doesn't fit to its parameter vector: it has the same shape and dtype as `params`. Mind the "
            "tuples: jax.jvp(f, (params,), (direction,))."
        ),
    },
)


@task.symptom
def width_typed_in(got: list[Result], expected: list[Result]) -> str | None:
    shapes = [(g[0].shape, e[0].shape) for g, e in zip(got, expected, strict=True)]
    widths = {g[1] for g, e in shapes if len(g) == 2 and g[0] == e[0]}
    if len(widths) == 1 and all(len(g) == 2 and g[0] == e[0] for g, e in shapes) and any(g != e for g, e in shapes):
        return (
            f"The number of columns is {widths.pop()}, however many parameters there are: it is typed in. Take it from "
            "`params`."
        )
    return None


@task.symptom
def coarse_difference(got: list[Result], expected: list[Result]) -> str | None:
    """Nearly right, but worse than single precision and fine differences."""
    near, nearer = [[same(g, e, rtol, 0.0) for g, e in zip(got, expected, strict=True)] for rtol in (3e-2, 2e-5)]
    if all(near) and not all(nearer):
        return (
            "Right to a few per cent at best, as the difference of yields at two points is: its step is coarse. A "
            "forward pass has no step; jax.jvp and jax.jacfwd are exact."
        )
    return None


@task.demand
def few_passes(answer: Callable) -> None:
    for parameters, instead in ((3, "a pass per bin"), (20, "all passes anew for each column, or a pass per bin")):
        cost_is_a_pass_for_each(answer, parameters, instead)


def cost_is_a_pass_for_each(answer: Callable, parameters: int, instead: str) -> None:
    expected, _, params = problem(bins=400, parameters=parameters)
    try:
        closed = jax.make_jaxpr(lambda params: answer(expected, params))(params)
    except Exception as error:
        raise Finding(
            f"The numbers are right, but JAX can't trace the function ({type(error).__name__}), so its operations "
            "can't be counted: keep to jnp, and to arrays."
        ) from None
    once, all_in_all = computed(jax.make_jaxpr(expected)(params)), computed(closed)
    if all_in_all > 12 * params.size * once:
        raise Finding(
            f"The numbers are right, but for 400 bins and {parameters} parameters your program computes as many "
            f"numbers as {all_in_all / once:.0f} evaluations of `expected`: it takes {instead}, where a pass per "
            "parameter is enough."
        )


# --- known mistakes


@task.mistake("The axes have changed places: row b belongs to bin b, column k to parameter k.")
def transposed(expected, params):
    params = jnp.asarray(params)
    return jax.vmap(lambda direction: jax.jvp(expected, (params,), (direction,))[1])(jnp.eye(len(params)))


@task.mistake("The bins are added up: this is the gradient of the total yield, one number per parameter.")
def gradient_of_total(expected, params):
    return jax.grad(lambda params: expected(params).sum())(params)


@task.mistake(
    "The parameters are added up: a single pass along (1, 1, ..., 1) moves all of them at once. One direction per "
    "parameter."
)
def one_direction(expected, params):
    params = jnp.asarray(params)
    return jax.jvp(expected, (params,), (jnp.ones_like(params),))[1]


@task.mistake("The parameters are added up, in a matrix of one column: one direction per parameter is needed.")
def one_direction_as_column(expected, params):
    params = jnp.asarray(params)
    return jax.jvp(expected, (params,), (jnp.ones_like(params),))[1][:, None]


@task.mistake(
    "Each column is the sum of all columns: one pass along (1, 1, ..., 1) mixes the parameters. One direction per "
    "parameter."
)
def one_direction_in_each_column(expected, params):
    params = jnp.asarray(params)
    _, change = jax.jvp(expected, (params,), (jnp.ones_like(params),))
    return jnp.outer(change, jnp.ones_like(params))


@task.mistake("Only the first parameter is moved: one direction per parameter is needed.")
def first_parameter_alone(expected, params):
    params = jnp.asarray(params)
    return jax.jvp(expected, (params,), (jnp.zeros_like(params).at[0].set(1.0),))[1]


@task.mistake(
    "Each column is multiplied by its parameter: the tangents are unit vectors, they have nothing to do with the "
    "values."
)
def parameters_as_directions(expected, params):
    params = jnp.asarray(params)
    return jnp.stack([jax.jvp(expected, (params,), (v,))[1] for v in jnp.diag(params)], axis=1)


@task.mistake("These are relative changes, divided by the yields: asked are the derivatives of the yields themselves.")
def relative(expected, params):
    return jax.jacfwd(lambda params: jnp.log(expected(params)))(params)


@task.mistake("Values and derivatives are added: jax.jvp returns both, the value first, and only the second is asked.")
def both_results_of_jvp(expected, params):
    params = jnp.asarray(params)
    return jnp.stack([sum(jax.jvp(expected, (params,), (v,))) for v in jnp.eye(len(params))], axis=1)


@task.mistake("Yields are returned instead of their derivatives: jax.jvp returns both, the value first.")
def values_of_jvp(expected, params):
    params = jnp.asarray(params)
    return jnp.stack([jax.jvp(expected, (params,), (v,))[0] for v in jnp.eye(len(params))], axis=1)


@task.mistake(
    "The numbers stand in the wrong places: a reshape of the columns that were collected as rows keeps their order in "
    "memory. Rows and columns are exchanged by `.T`, or by `axis=1` where they are stacked."
)
def reshaped(expected, params):
    return transposed(expected, params).reshape(-1, len(params))


@task.mistake("These are the derivatives at 0: differentiate at `params`, where they are asked.")
def at_zero(expected, params):
    return jax.jacfwd(expected)(jnp.zeros_like(jnp.asarray(params)))


@task.mistake(
    "A step in the imaginary direction gives the slope of functions that know complex numbers only; an absolute value, "
    "for one, doesn't let it through. A forward pass, jax.jvp or jax.jacfwd, asks for nothing."
)
def complex_step(expected, params):
    steps = 1e-30j * jnp.eye(len(params))
    return jnp.stack([jnp.imag(expected(params + step)) / 1e-30 for step in steps], axis=1)


@task.mistake(
    "This is the difference of yields at unit vectors and at 0, the derivative of a linear function only: jax.jvp "
    "takes the slope at `params`."
)
def differences_from_zero(expected, params):
    zero = jnp.zeros(len(params))
    return jnp.stack([expected(one) - expected(zero) for one in jnp.eye(len(params))], axis=1)
