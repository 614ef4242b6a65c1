"""Task 3: many fits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.check.compare import Result
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding, generator
from jaxhep.check.unit05._minimise import reference as minimise
from jaxhep.check.unit05._surfaces import counting
from jaxhep.check.verdict import Task


@partial(jax.jit, static_argnums=0)
def fitted(nll2: Callable, start: Array, data: object) -> tuple[Array, Array, Array, Array, Array]:
    """Of every toy: the parameters, -2 ln L, the converged flag, the Hessian at the minimum and that at the start."""

    def one(toy: object) -> tuple[Array, Array, Array, Array, Array]:
        params, value, converged = minimise(nll2, start, toy)
        hessian = jax.hessian(nll2)
        return params, value, converged, hessian(params, toy), hessian(jnp.asarray(start, float), toy)

    return jax.vmap(one)(data)


def reference(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, 0], jnp.sqrt(2 * jnp.linalg.inv(hessian)[:, 0, 0]), converged


def cases() -> list[Case]:
    rng = generator(5, 3)
    start = jnp.array([1.0, 0.0, 0.0])

    def toys(size: int) -> tuple[Array, Array]:
        counts, measured = rng.poisson([62, 43, 29, 19, 13, 8], (size, 6)), rng.normal(0, 1, (size, 2))
        return jnp.asarray(counts.astype(float)), jnp.asarray(measured)

    counts, measured = toys(5)
    falling = jnp.array([[2.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]])  # there -2 ln L falls for ever, slowly
    counts = counts.at[1].set(jnp.nan).at[3:].set(falling)
    return [
        Case((counting, start, toys(5)), "five toys"),
        Case((counting, start, (counts, measured)), "five toys of which one holds NaN and two have no minimum"),
    ]


def where_converged(results: list[Result]) -> list[Result]:
    """What a fit says that didn't converge doesn't matter."""
    aligned = []
    for mu, sigma, converged in results:
        if mu.shape == sigma.shape == converged.shape:
            mu, sigma = np.where(converged > 0, mu, 0.0), np.where(converged > 0, sigma, 0.0)
        aligned.append([mu, sigma, converged])
    return aligned


task = Task(
    number=3,
    name="fit_toys",
    reference=reference,
    cases=cases,
    outputs=("mu", "sigma", "the converged flags"),
    align=where_converged,
    rtol=2e-4,
    meaning="One fit, mapped: the data have one axis more, and nothing else changes.",
    errors={
        "inconsistent sizes": "vmap maps over an argument that has no axis of toys, such as the start: map over the "
        "data alone, with in_axes or a lambda.",
        "vmap was requested to map": "vmap maps over something without that axis: map over the first axis of the "
        "data alone, with in_axes or a lambda.",
        "vmap in_axes": "in_axes has to have one entry for each argument: None where all toys share it, 0 for the "
        "data.",
        "not a valid JAX type": "A function goes through vmap as if it were data: close over `nll2` with a lambda.",
    },
)


@task.symptom
def unconverged_left_out(got: list[Result], expected: list[Result]) -> str | None:
    right = [int((e[2] > 0).sum()) for e in expected]
    if right[1] < expected[1][0].size and all(g[0].shape == (n,) for g, n in zip(got, right, strict=True)):
        return "Only the toys that converged come back: return all of them, and their flags."
    return None


@task.symptom
def same_for_all(got: list[Result], expected: list[Result]) -> str | None:
    if got[0][0].shape == expected[0][0].shape and np.ptp(got[0][0]) == 0:
        return "mu is the same for all toys, whatever their data: does each fit get the data of its own toy?"
    return None


@task.symptom
def flags_of_others(got: list[Result], expected: list[Result]) -> str | None:
    flags, right = (np.concatenate([one[2].ravel() for one in results]) for results in (got, expected))
    if flags.shape != right.shape or np.array_equal(flags > 0, right > 0):
        return None
    if not np.allclose(got[0][0], expected[0][0], rtol=1e-3):  # the fits themselves are others
        return None
    if (flags > 0).all():
        return "converged is always True: hand on the flag of each fit."
    if (flags > right).any():
        return (
            "converged is True for a fit that hasn't arrived: finite numbers, mu or sigma, don't show a minimum. "
            "Hand on the flag of each fit."
        )
    return "converged is False for a fit that has arrived: hand on the flag of each fit."


@task.symptom
def one_sigma_for_all(got: list[Result], expected: list[Result]) -> str | None:
    if got[0][1].size > 1 and np.ptp(got[0][1]) == 0:
        return (
            "sigma is one number for all toys, such as the spread of the fitted values: asked is what each toy says "
            "of itself, from its Hessian."
        )
    return None


@task.demand
def is_mapped(answer: Callable) -> None:
    """The number of Python calls of nll2 stays the same for more toys."""
    few, many = (_traces(answer, size) for size in (4, 12))
    if many > 1.5 * few:
        raise Finding(
            "Right, but the fits run one by one in a Python loop: three times the toys trace -2 ln L three times as "
            "often. Use vmap."
        )


def _traces(answer: Callable, size: int) -> int:
    """How often nll2 is called while fits of this many toys are traced."""
    traces = 0

    def nll2(params: Array, data: tuple[Array, Array]) -> Array:
        nonlocal traces
        traces += 1
        return counting(params, data)

    def shapes(nll2: Callable, start: Array, data: object) -> object:
        return jax.eval_shape(lambda data: answer(nll2, start, data), data)

    data = jnp.full((size, 6), 20.0), jnp.zeros((size, 2))
    transformed("jit", shapes, answer, Case((nll2, jnp.array([1.0, 0.0, 0.0]), data), f"{size} toys"))
    return traces


# --- known mistakes


@task.mistake(
    "sigma is too small by the square root of 2: for -2 ln L the covariance matrix is twice the inverse Hessian."
)
def no_factor_2(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, 0], jnp.sqrt(jnp.linalg.inv(hessian)[:, 0, 0]), converged


@task.mistake(
    "sigma is half of what it should be: the 2 belongs into the numerator, because -2 ln L curves twice as much as "
    "-ln L."
)
def factor_2_in_the_denominator(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, 0], jnp.sqrt(jnp.linalg.inv(hessian)[:, 0, 0] / 2), converged


@task.mistake(
    "sigma ignores the nuisance parameters: it comes from the curvature in mu alone. Invert the whole matrix first, "
    "then take the element."
)
def curvature_in_mu_alone(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, 0], jnp.sqrt(2 / hessian[:, 0, 0]), converged


@task.mistake("What you return as sigma is the variance: the square root is missing.")
def variance_for_sigma(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, 0], 2 * jnp.linalg.inv(hessian)[:, 0, 0], converged


@task.mistake(
    "sigma comes from the Hessian at the start, and is that of another point: take it at the minimum of each toy."
)
def hessian_at_the_start(nll2, start, data):
    params, _, converged, _, at_start = fitted(nll2, start, data)
    return params[:, 0], jnp.sqrt(2 * jnp.linalg.inv(at_start)[:, 0, 0]), converged


@task.mistake("sigma is that of the last parameter: mu comes first.")
def sigma_of_the_last_parameter(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, 0], jnp.sqrt(2 * jnp.linalg.inv(hessian)[:, -1, -1]), converged


@task.mistake("All parameters come back where mu alone is asked: one number for each toy.")
def all_parameters(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params, jnp.sqrt(2 * jnp.linalg.inv(hessian)[:, 0, 0]), converged


@task.mistake("The first thing that you return is -2 ln L: asked is mu.")
def nll2_for_mu(nll2, start, data):
    _, value, converged, hessian, _ = fitted(nll2, start, data)
    return value, jnp.sqrt(2 * jnp.linalg.inv(hessian)[:, 0, 0]), converged


@task.mistake("The first thing that you return is the last parameter: mu comes first.")
def last_parameter_for_mu(nll2, start, data):
    params, _, converged, hessian, _ = fitted(nll2, start, data)
    return params[:, -1], jnp.sqrt(2 * jnp.linalg.inv(hessian)[:, 0, 0]), converged


@task.mistake("The counts alone are mapped: all toys are fitted with the auxiliary measurements of the first one.")
def measurements_of_the_first(nll2, start, data):
    counts, measured = data
    return reference(nll2, start, (counts, jnp.broadcast_to(measured[0], measured.shape)))


@task.mistake(
    "mu alone is fitted: the nuisance parameters stay at the start, and have to be fitted in each toy as well."
)
def mu_alone(nll2, start, data):
    def one(toy):
        def of_mu(mu, toy):
            return nll2(jnp.concatenate([mu, start[1:]]), toy)

        mu, _, converged = minimise(of_mu, start[:1], toy)
        return mu[0], jnp.sqrt(2 / jax.hessian(of_mu)(mu, toy)[0, 0]), converged

    return jax.vmap(one)(data)
