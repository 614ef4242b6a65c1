"""Task 5a: second derivatives in the two modes asked for."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.check.compare import Result, same
from jaxhep.check.reading import Case, Finding, generator
from jaxhep.check.unit01._costs import MODES
from jaxhep.check.verdict import Task

COMBINATIONS = [f"{outer} over {inner}" for outer in MODES for inner in MODES]


def reference(nll2, params, outer, inner):
    return MODES[outer](MODES[inner](nll2))(params)


def cases() -> list[Case]:
    rng = generator(1, 5)

    def likelihood(bins: int, parameters: int) -> Callable:
        shape = rng.normal(0, 0.3, (parameters, bins))
        nominal, counts = rng.uniform(5, 60, bins), rng.poisson(30.0, bins)

        @jax.jit
        def nll2(params):
            yields = nominal * jnp.exp(params @ shape)
            return 2 * jnp.sum(yields - counts * jnp.log(yields)) + jnp.sum(params**2)

        return nll2

    def point(parameters: int) -> Array:
        return jnp.asarray(rng.normal(0, 0.5, parameters))

    few, more = (likelihood(6, 3), point(3)), (likelihood(4, 5), point(5))
    return [
        *(Case((*few, *name.split(" over ")), f"six bins and three parameters, {name}") for name in COMBINATIONS),
        Case((*more, "forward", "reverse"), "four bins and five parameters, forward over reverse"),
        Case((few[0], point(3), "forward", "reverse"), "the same function at other parameters"),
        Case((likelihood(6, 3), few[1], "reverse", "reverse"), "another function of three parameters"),
    ]


task = Task(
    number="5a",
    name="hessian",
    reference=reference,
    cases=cases,
    rtol=1e-11,
    meaning="All four give the same matrix; what they cost is another matter.",
    errors={
        "only defined for scalar-output functions": (
            "jax.grad wants a function with one result, and a gradient has several: use jax.jacrev or jax.jacfwd for "
            "the outer derivative."
        ),
        "callable": (
            "Something that isn't a function is called or differentiated: jacfwd and jacrev take a function and "
            "return one. Nest them first, put in `params` at the end."
        ),
    },
)


@task.symptom
def sums_of_rows(got: list[Result], expected: list[Result]) -> str | None:
    """Some combinations are right, the others are added up."""
    pairs = [(g[0], e[0]) for g, e in zip(got, expected, strict=True)]
    summed = [g.shape == e.shape[:1] and np.allclose(g, e.sum(0)) for g, e in pairs]
    if any(summed) and all(one or g.shape == e.shape for one, (g, e) in zip(summed, pairs, strict=True)):
        return (
            "For some combinations these are sums of the rows: the gradient is added up to one number before the outer "
            "derivative. jax.grad needs one number, jax.jacrev takes a whole gradient."
        )
    return None


@task.symptom
def difference_of_gradients(got: list[Result], expected: list[Result]) -> str | None:
    if all(same(g, e, 2e-5, 0.0) for g, e in zip(got, expected, strict=True)):
        return (
            "Right to a few digits only, as the difference of two gradients is (or single precision). The outer "
            "derivative is to be taken by JAX as well, in the mode that is asked for."
        )
    return None


@task.demand
def in_the_modes_asked_for(answer: Callable) -> None:
    """Refuse an answer that uses another combination than asked; one that no probe recognises is believed."""
    found = used_for(answer)
    wrong = {asked: names[0] for asked, names in found.items() if names and asked not in names}
    if not wrong:
        return
    right = "The numbers are right, as they are for every combination, but "
    if len(wrong) == len(COMBINATIONS) - 1 and len(set(wrong.values())) == 1:
        raise Finding(
            f"{right}it is {next(iter(wrong.values()))}, whatever is asked: `outer` and `inner` don't reach the "
            "transformations."
        )
    modes = {tuple(asked.split(" over ")): tuple(used.split(" over ")) for asked, used in wrong.items()}
    if len(modes) > 1 and all(used == asked[::-1] for asked, used in modes.items()):
        raise Finding(
            f"{right}`outer` and `inner` have changed places. The inner mode is applied to the function first, the "
            "outer one to its derivative."
        )
    flip = {"forward": "reverse", "reverse": "forward"}
    if len(modes) == len(COMBINATIONS) and all(
        used == tuple(flip[one] for one in asked) for asked, used in modes.items()
    ):
        raise Finding(f"{right}jacfwd and jacrev are mixed up: fwd is the forward, rev the reverse mode.")
    ignored = [
        mode for i, mode in ((1, "inner"), (0, "outer")) if all(used[i] != asked[i] for asked, used in modes.items())
    ]
    said = "; ".join(f"asked for {asked} it does {used}" for asked, used in wrong.items())
    said += ". The other three are as asked." if len(wrong) == 1 else "."
    if len(wrong) > 1 and len(ignored) == 1:
        said += f" The {ignored[0]} mode isn't the one that was asked for."
    raise Finding(right + said)


def used_for(answer: Callable) -> dict[str, list[str]]:
    """By combination asked for, those whose probe the answer differentiates."""
    x = jnp.array([0.5, 1.5])

    def passes(probe: Callable, asked: str) -> bool:
        try:
            return np.allclose(answer(probe, x, *asked.split(" over ")), np.diag(6 * np.asarray(x)), rtol=1e-6)
        except Exception:
            return False

    functions = probes()
    return {asked: [name for name, probe in functions.items() if passes(probe, asked)] for asked in COMBINATIONS}


def probes() -> dict[str, Callable]:
    """For each combination a sum of cubes that this combination alone can differentiate twice.

    A loop of unknown length has no reverse mode, a ``custom_vjp`` no forward mode; each is placed where the other mode
    must never go.
    """

    def forward_only(x: Array) -> Array:
        start = 0, jnp.ones_like(x)
        return jax.lax.while_loop(lambda c: c[0] < 1 + (x[0] > -1e9), lambda c: (c[0] + 1, c[1] * x), start)[1]

    @jax.custom_vjp
    def reverse_only(x: Array) -> Array:
        return x**2

    reverse_only.defvjp(lambda x: (x**2, x), lambda x, ct: (2 * x * ct,))

    @jax.custom_vjp
    def reverse_only_slope(x: Array, v: Array) -> Array:
        return 3 * jnp.sum(x**2 * v)

    reverse_only_slope.defvjp(
        lambda x, v: (3 * jnp.sum(x**2 * v), (x, v)), lambda xv, ct: (6 * ct * xv[0] * xv[1], 3 * ct * xv[0] ** 2)
    )

    def inner_reverse(square: Callable) -> Callable:
        cubes = jax.custom_vjp(lambda x: jnp.sum(x**3))
        cubes.defvjp(lambda x: (jnp.sum(x**3), x), lambda x, ct: (3 * ct * square(x),))
        return jax.jit(cubes)

    inner_forward = jax.custom_jvp(lambda x: jnp.sum(x**3))
    inner_forward.defjvp(lambda primals, tangents: (inner_forward(*primals), reverse_only_slope(*primals, *tangents)))
    return {
        "forward over forward": jax.jit(lambda x: jnp.sum(forward_only(x) * x)),
        "forward over reverse": inner_reverse(forward_only),
        "reverse over forward": jax.jit(inner_forward),
        "reverse over reverse": inner_reverse(reverse_only),
    }


# --- known mistakes


@task.mistake("This is the gradient: it has to be differentiated once more.")
def gradient(nll2, params, outer, inner):
    return {"forward": jax.jacfwd, "reverse": jax.jacrev}[inner](nll2)(params)


@task.mistake("This is the outer product of the gradient with itself, which is no second derivative.")
def gradient_squared(nll2, params, outer, inner):
    g = jax.grad(nll2)(params)
    return g[:, None] * g


@task.mistake("Only the diagonal is there: mixed derivatives say how parameters are correlated.")
def diagonal_alone(nll2, params, outer, inner):
    return jnp.diag(jax.hessian(nll2)(params))


@task.mistake("Off the diagonal everything is 0: mixed derivatives are lost.")
def diagonal_matrix(nll2, params, outer, inner):
    return jnp.diag(jnp.diag(jax.hessian(nll2)(params)))


@task.mistake("This is the covariance matrix, twice the inverse of what is asked.")
def covariance(nll2, params, outer, inner):
    return 2 * jnp.linalg.inv(jax.hessian(nll2)(params))


@task.mistake("This is the inverse: asked are the second derivatives themselves.")
def inverse(nll2, params, outer, inner):
    return jnp.linalg.inv(jax.hessian(nll2)(params))


@task.mistake(
    "Everything is 0: the outer derivative meets a slope that is made of numbers already. Nest the functions first, "
    "put in `params` at the end."
)
def slope_evaluated_first(nll2, params, outer, inner):
    slope = MODES[inner](nll2)(params)
    return MODES[outer](lambda _: slope)(params)


@task.mistake("This is half of it, the Hessian of -ln L: the function that is given already has the factor 2.")
def halved(nll2, params, outer, inner):
    return reference(nll2, params, outer, inner) / 2


@task.mistake("The second derivatives are added up over one parameter: one direction per parameter is needed.")
def one_direction(nll2, params, outer, inner):
    params = jnp.asarray(params)
    return jax.jvp(jax.grad(nll2), (params,), (jnp.ones_like(params),))[1]


@task.mistake("The derivatives are taken at another point than `params`: at zeros.")
def at_zeros(nll2, params, outer, inner):
    return reference(nll2, jnp.zeros(len(params)), outer, inner)
