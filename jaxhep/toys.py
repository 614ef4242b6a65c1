"""Fits as pure JAX functions, to be compiled and mapped over thousands of pseudo-experiments.

A truncated Newton method that makes no matrix of parameters x parameters. Each step solves H step = -gradient by conjugate gradients:
a product with the exact Hessian H is one pass over the templates, and a binned likelihood offers an excellent preconditioner. For data
equal to their expectation (Fisher's information) the constrained parameters can be eliminated by hand. What remains is a regression of
the B counts on mu and the free norms, with the covariance matrix of statistics and systematics together,

    G = diag(E) + A^T A,    A = dE/dtheta (K+B, B),

so the cost grows linearly with the number of systematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.typing import ArrayLike

from jaxhep.model import TINY, Model, expected, log_factors, nll2_hessian, poisson_nll2

TOLERANCE = 1e-5
"""Estimated distance to the minimum, in standard deviations, below which a fit ends."""

STEPS = 100
"""Steps, those that were refused included, after which a fit gives up and says so."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Fit:
    """A minimum of -2 ln L; each leaf has one leading axis more if fits were mapped.

    params : (n,), ordered as ``model.parameters``. nll2 : -2 ln L there, normalised as ``jaxhep.nll2``.
    distance : how far away the true minimum still is, in standard deviations (the square root of the EDM).
    converged : whether that is less than ``TOLERANCE``. steps : number of steps.
    """

    params: Array
    nll2: Array
    distance: Array
    converged: Array
    steps: Array


def nll2(model: Model, params: ArrayLike, counts: ArrayLike, measured: ArrayLike) -> Array:
    """-2 ln L as ``jaxhep.nll2``, with the auxiliary measurements (K+B,) of the constrained parameters at ``measured`` instead of 0."""
    pulls = jnp.asarray(params)[1 + len(model.free) :] - measured
    return poisson_nll2(counts, expected(model, params)) + jnp.sum(pulls**2 + jnp.log(2 * jnp.pi))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Expansion:
    """The likelihood around some params: what its gradient, Hessian products and steps are made of.

    plain : (P, B) yields without mu and norms. yields : (P, B). total : (B,). slopes, curvatures : (P, K, B) derivatives of ln f.
    mc : (B,) relative derivative of a yield by its MC-statistics parameter; (0,) without those. excess : (B,) derivative of -2 ln L by
    the total yield, 2 (1 - n / E). stiffness : (B,) derivative of ``excess``. pulls : (K+B,) constrained parameters minus measured values.
    """

    plain: Array
    yields: Array
    total: Array
    slopes: Array
    curvatures: Array
    mc: Array
    excess: Array
    stiffness: Array
    pulls: Array


def expand(model: Model, params: Array, counts: Array, measured: Array) -> Expansion:
    """The expansion around ``params`` (n,)."""
    norms, theta, theta_mc = model.split(params)
    ones = jnp.ones_like(theta)
    first = lambda t: jax.jvp(lambda u: log_factors(model, u), (t,), (ones,))  # noqa: E731
    (logs, slopes), (_, curvatures) = jax.jvp(first, (theta,), (ones,))
    factor = 1 + model.mc_error * theta_mc if theta_mc.size else jnp.ones(())
    plain = model.nominal * jnp.exp(logs.sum(1)) * factor
    yields = (1 + (norms - 1) @ model.scales)[:, None] * plain
    total = jnp.maximum(yields.sum(0), TINY)
    return Expansion(
        plain=plain,
        yields=yields,
        total=total,
        slopes=slopes,
        curvatures=curvatures,
        mc=model.mc_error / factor,
        excess=2 * (1 - counts / total),
        stiffness=2 * counts / total**2,
        pulls=params[norms.size :] - measured,
    )


def gradient(model: Model, at: Expansion) -> Array:
    """Derivatives (n,) of -2 ln L."""
    by_norm = model.scales @ at.plain @ at.excess
    by_theta = jnp.einsum("pb,pkb->k", at.excess * at.yields, at.slopes)
    by_mc = at.excess * at.total * at.mc if at.mc.size else at.mc
    return jnp.concatenate([by_norm, by_theta, by_mc]).at[by_norm.size :].add(2 * at.pulls)


def hessian_product(model: Model, at: Expansion, direction: Array) -> Array:
    """The exact Hessian of -2 ln L times ``direction`` (n,)."""
    d_norm, d_theta, d_mc = model.split(direction)
    tilt = jnp.einsum("pkb,k->pb", at.slopes, d_theta) + (at.mc * d_mc if at.mc.size else 0.0)
    d_yields = (d_norm @ model.scales)[:, None] * at.plain + at.yields * tilt
    d_total = d_yields.sum(0)
    d_excess = at.stiffness * d_total
    by_norm = model.scales @ (at.plain @ d_excess + (at.plain * tilt) @ at.excess)
    by_theta = jnp.einsum("pb,pkb->k", d_excess * at.yields + at.excess * d_yields, at.slopes)
    by_theta += jnp.einsum("pb,pkb->k", at.excess * at.yields, at.curvatures) * d_theta
    by_mc = at.mc * (d_excess * at.total + at.excess * (d_total - at.total * at.mc * d_mc)) if at.mc.size else at.mc
    return jnp.concatenate([by_norm, by_theta, by_mc]).at[by_norm.size :].add(2 * direction[by_norm.size :])


def fisher_solver(model: Model, at: Expansion, loose: Array):
    """A function that solves (Fisher's information of -2 ln L) x = right-hand side (n,).

    loose : (1+F,), 1 for a mu or norm that is fitted and 0 for one that is held.
    """
    free = loose[:, None] * (model.scales @ at.plain)
    bound = jnp.einsum("pb,pkb->kb", at.yields, at.slopes)
    if at.mc.size:
        bound = jnp.concatenate([bound, jnp.diag(at.total * at.mc)])
    covariance = cho_factor(jnp.diag(at.total) + bound.T @ bound)
    weighted = cho_solve(covariance, free.T)
    information = cho_factor(2 * free @ weighted + jnp.diag(1 - loose))

    def solve(right: Array) -> Array:
        shared = cho_solve(covariance, right[loose.size :] @ bound)
        on_free = cho_solve(information, loose * (right[: loose.size] - free @ shared))
        return jnp.concatenate([on_free, right[loose.size :] / 2 - bound @ (shared / 2 + weighted @ on_free)])

    return solve


def newton_step(model: Model, at: Expansion, loose: Array) -> tuple[Array, Array]:
    """The step (n,) to the minimum of the quadratic expansion, and the slope of -2 ln L along it.

    Steihaug's truncation: where the curvature is negative the conjugate gradients end, so that the step always leads downhill.
    """
    mask = jnp.ones(loose.size + at.pulls.size).at[: loose.size].set(loose)
    downhill = -mask * gradient(model, at)
    solve = fisher_solver(model, at, loose)
    first = solve(downhill)

    def unfinished(carry: tuple) -> Array:
        *_, left, turns = carry
        return (left > 1e-4 * (downhill @ first)) & (turns < 50)

    def advance(carry: tuple) -> tuple:
        step, rest, direction, left, turns = carry
        product = mask * hessian_product(model, at, direction)
        curvature = direction @ product
        length = left / curvature
        positive = curvature > 0
        next_rest = rest - length * product
        solved = solve(next_rest)
        next_left = jnp.where(positive, next_rest @ solved, 0.0)
        step = jnp.where(positive, step + length * direction, jnp.where(turns > 0, step, direction))
        return step, next_rest, solved + next_left / left * direction, next_left, turns + 1

    start = jnp.zeros_like(first), downhill, first, downhill @ first, jnp.zeros((), int)
    step, *_ = jax.lax.while_loop(unfinished, advance, start)
    return step, -downhill @ step


def fit(model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike | None = None) -> Fit:
    """Minimise -2 ln L of ``counts`` (B,), at fixed ``mu`` if that is given.

    measured : (K+B,) auxiliary measurements of systematics and MC statistics, 0 by default. Every bin's yield stays positive. Nothing is
    checked, so that the function can be jitted and mapped: a fit that fails, or whose minimum lies where a bin expects nothing, says so in
    ``converged``.
    """
    params, size = jnp.asarray(model.initial), 1 + len(model.free)
    counts = jnp.asarray(counts, float)
    measured = jnp.zeros(params.size - size) if measured is None else jnp.asarray(measured, float)
    loose = jnp.ones(size)
    if mu is not None:
        params, loose = params.at[0].set(mu), loose.at[0].set(0.0)

    def arrive(params: Array) -> tuple[Array, Array, Array, Array]:
        at = expand(model, params, counts, measured)
        possible = (at.yields.sum(0) > TINY).all()
        return params, jnp.where(possible, nll2(model, params, counts, measured), jnp.inf), *newton_step(model, at, loose)

    def unfinished(carry: tuple) -> Array:
        (*_, slope), length, steps = carry
        return (distance(slope) >= TOLERANCE) & (length > 1e-12) & (steps < STEPS)

    def advance(carry: tuple) -> tuple:
        here, length, steps = carry
        params, value, step, slope = here
        there = arrive(params + length * step)
        lower = there[1] <= value + 1e-4 * length * slope + 1e-14 * jnp.abs(value)
        lower &= jnp.isfinite(there[3])
        kept = jax.tree.map(lambda new, old: jnp.where(lower, new, old), there, here)
        return kept, jnp.where(lower, jnp.minimum(2 * length, 1.0), length / 4), steps + 1

    (params, value, _, slope), _, steps = jax.lax.while_loop(unfinished, advance, (arrive(params), jnp.ones(()), jnp.zeros((), int)))
    return Fit(params, value, distance(slope), distance(slope) < TOLERANCE, steps)


def distance(slope: Array) -> Array:
    """The square root of the EDM from the slope along a full Newton step, which is -2 EDM."""
    return jnp.sqrt(jnp.maximum(-slope / 2, 0.0))


def covariance(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """Covariance matrix (n, n) of all parameters: twice the inverse of the exact Hessian of -2 ln L."""
    return 2 * jnp.linalg.inv(nll2_hessian(model, params, counts))


def t_mu(model: Model, counts: ArrayLike, mu: ArrayLike, measured: ArrayLike | None = None) -> Array:
    """-2 ln [L(mu, conditional theta) / L(mu-hat, theta-hat)] (Cowan et al., EPJC 71 (2011) 1554, eq. 8); NaN if a fit didn't converge."""
    best, conditional = fit(model, counts, measured), fit(model, counts, measured, mu)
    return jnp.where(best.converged & conditional.converged, jnp.maximum(conditional.nll2 - best.nll2, 0.0), jnp.nan)


def q0(model: Model, counts: ArrayLike, measured: ArrayLike | None = None) -> Array:
    """t_mu at mu = 0, but 0 where mu-hat is negative (eq. 12 there); NaN if a fit didn't converge."""
    best, conditional = fit(model, counts, measured), fit(model, counts, measured, 0.0)
    value = jnp.where(best.params[0] > 0, jnp.maximum(conditional.nll2 - best.nll2, 0.0), 0.0)
    return jnp.where(best.converged & conditional.converged, value, jnp.nan)


@partial(jax.jit, static_argnames="size")
def generate(key: Array, model: Model, params: ArrayLike, size: int) -> tuple[Array, Array]:
    """``size`` pseudo-experiments at ``params`` (n,): Poisson counts (size, B) and auxiliary measurements (size, K+B), drawn for each.

    The i-th depends on ``key`` and i only.
    """
    params = jnp.asarray(params, float)
    yields, centres = expected(model, params), params[1 + len(model.free) :]

    def draw(i: Array) -> tuple[Array, Array]:
        for_counts, for_measured = jax.random.split(jax.random.fold_in(key, i))
        return jax.random.poisson(for_counts, yields).astype(float), centres + jax.random.normal(for_measured, centres.shape)

    return jax.vmap(draw)(jnp.arange(size))


@partial(jax.jit, static_argnames="batch")
def fits(model: Model, counts: ArrayLike, measured: ArrayLike, mu: ArrayLike | None = None, batch: int = 64) -> Fit:
    """``fit`` of each of N pseudo-experiments, counts (N, B) and measured (N, K+B), ``batch`` at a time: memory is that of one batch."""
    return jax.lax.map(lambda data: fit(model, *data, mu), (counts, measured), batch_size=batch)
