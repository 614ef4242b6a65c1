"""Derivatives of -2 ln L, written out: a step of T fits needs less than the Hessian, a covariance all of it.

With excess_b = 2 (1 - n_b / E_b), the derivative of the Poisson term by E_b, and i, j for any parameters::

    d(-2 ln L)/di     = sum_b excess_b dE_b/di + 2 pull_i
    d2(-2 ln L)/di dj = sum_b 2 n_b / E_b^2 dE_b/di dE_b/dj + sum_b excess_b d2E_b/di dj + 2 [i = j is constrained]

The first sum of the second line, with E_b for n_b, is Fisher's information.

A bin without events may have its most likely yield at 0, where the likelihood ends. So that a minimum on this edge is a
limit of minima inside, such a bin is given a weight tau_b, which shrinks from step to step, of events: interior-point
methods call -2 tau_b ln E_b a barrier (Nocedal, Wright, Numerical Optimization, chapter 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxhep.interpolation import for_each_bin, horner, log_outside, log_slopes
from jaxhep.model import Model


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Expansion:
    """-2 ln L around the params of T fits, as far as a step needs it; its constant terms are left out.

    value : (T,), infinite where the likelihood is 0. counts, total : (B, T) events observed and expected; both 1 in a
    bin that expects nothing whatever the free parameters are.
    by_norm : (1+F, B, T), by_theta : (K, B, T), by_mc : (B, T) or (0, T): derivatives of E; MC parameter b acts on bin
    b only. bend : (K, B, T), sum_p nu_pb (ln f_pkb)''.
    pulls : (K+B, T) constrained parameters minus measured values.
    """

    value: Array
    counts: Array
    total: Array
    by_norm: Array
    by_theta: Array
    by_mc: Array
    bend: Array
    pulls: Array


def blocks(model: Model, together: int) -> Array:
    """The interpolation's polynomials for ``expand``: (K / together, 7, P, together B, 1), ``together`` systematics a
    turn."""
    _, P, K, B = model.polynomial.shape
    return jnp.moveaxis(model.polynomial.reshape(7, P, K // together, together * B), 2, 0)[..., None]


def never_filled(model: Model, norms: Array, free: Array) -> Array:
    """Bins (B, ...) that expect nothing: all their processes are scaled by norms (1+F, ...) held at 0."""
    scale = 1 + jnp.einsum("np,n...->p...", model.scales, norms - 1)
    filled = (scale != 0) | (free @ model.scales > 0).reshape(-1, *[1] * (norms.ndim - 1))
    return jnp.einsum("pb,p...->b...", model.nominal, filled.astype(float)) == 0


def expand(model: Model, polynomials: Array, free: Array, params: Array, counts: Array, measured: Array) -> Expansion:
    """The expansion around ``params`` (n, T) for ``counts`` (B, T) and ``measured`` (K+B, T); ``free`` (n,) is 0 for
    what is held, 1 for the rest; ``polynomials`` from ``blocks``."""
    norms, theta, theta_mc = model.split(params)
    B, together = len(counts), polynomials.shape[3] // len(counts)
    settle = jax.lax.optimization_barrier  # or XLA would compute it anew in each kernel that reads it
    clipped = jnp.clip(theta, -1.0, 1.0).reshape(len(polynomials), together, theta.shape[-1])

    def multiply(product: Array, block: tuple[Array, Array]) -> tuple[Array, None]:
        value, _, _ = horner(block[0], for_each_bin(block[1], B))
        value = settle(value) if together > 1 else value
        return settle(product * value.reshape(len(value), together, B, -1).prod(1)), None

    factors, _ = jax.lax.scan(
        multiply, jnp.exp(log_outside(model.log_up, model.log_down, theta)), (polynomials, clipped)
    )
    mc_factor = 1 + model.mc_error[:, None] * theta_mc if theta_mc.size else jnp.ones(())
    unscaled = model.nominal[:, :, None] * factors * mc_factor  # nu but for mu and norms
    yields = (1 + jnp.einsum("np,nt->pt", model.scales, norms - 1))[:, None] * unscaled
    unscaled, yields = settle((unscaled, yields))
    repeated = settle(jnp.tile(yields, (1, together, 1)))
    total = yields.sum(0)

    def differentiate(_: None, block: tuple[Array, Array]) -> tuple[None, tuple[Array, Array]]:
        by_theta: Array | float = 0.0
        bend: Array | float = 0.0
        slopes, curvatures = log_slopes(block[0], for_each_bin(block[1], B))
        # a loop in Python gives one kernel; XLA would compute everything anew for each sum
        for nu, slope, curvature in zip(repeated, slopes, curvatures, strict=True):
            by_theta += nu * slope
            bend += nu * curvature
        return None, settle((by_theta, bend))

    _, (by_theta, bend) = jax.lax.scan(differentiate, None, (polynomials, clipped))
    by_theta, bend = (x.reshape(theta.shape[0], *total.shape) for x in (by_theta, bend))
    by_mc = model.mc_error[:, None] * total / mc_factor if theta_mc.size else theta_mc
    pulls = params[len(norms) :] - measured
    never = never_filled(model, norms, free[: len(norms)])
    possible = jnp.where(never, counts == 0, (total > 0) & (mc_factor > 0)).all(0)
    total, counts = (jnp.where(never, 1.0, x) for x in (jnp.where(total > 0, total, 1.0), counts))
    value = 2 * (jnp.where(never, 0.0, total) - counts * jnp.log(total)).sum(0) + (pulls**2).sum(0)
    return Expansion(
        value=jnp.where(possible, value, jnp.inf),
        counts=counts,
        total=total,
        by_norm=jnp.einsum("np,pbt->nbt", model.scales, unscaled),
        by_theta=by_theta,
        by_mc=by_mc,
        bend=bend,
        pulls=pulls,
    )


class SecondDerivatives(NamedTuple):
    """The exact Hessian of -2 ln L in pieces: a bin sees the systematics only through the logs of its P yields.

    With the variables that bin b sees, z_b = (norms, ln nu_1b, ..., ln nu_Pb), 1+F+P of them:

    total : (B,) events expected. log_slopes : (K, B, P) d ln nu_pb / d theta_k.
    by_bin : (B, 1+F+P, 1+F+P), the Hessian of each bin's Poisson term in z_b.
    to_mc : (B, 1+F+P), from z_b to the bin's MC parameter, and mc : (B,), of that parameter alone; (0, 1+F+P) and (0,)
    without MC statistics. diagonal : (K,), what constraints and the curvature of ln f add.
    """

    total: Array
    log_slopes: Array
    by_bin: Array
    to_mc: Array
    mc: Array
    diagonal: Array


def second_derivatives(model: Model, params: ArrayLike, counts: ArrayLike) -> SecondDerivatives:
    """The pieces of the exact Hessian of -2 ln L at ``params`` (n,) for ``counts`` (B,)."""
    counts = jnp.asarray(counts)
    norms, theta, theta_mc = model.split(params)
    (_, P, K, B), settle = model.polynomial.shape, jax.lax.optimization_barrier
    polynomial, x = model.polynomial.reshape(7, P, K * B), for_each_bin(jnp.clip(theta, -1.0, 1.0), B)
    inside = settle(horner(polynomial, x)[0]).reshape(P, K, B).prod(1)
    factors = inside * jnp.exp(log_outside(model.log_up, model.log_down, theta))
    slopes, curvatures = (s.reshape(P, K, B) for s in settle(log_slopes(polynomial, x)))
    before_mc = model.nominal * factors
    scaled = (1 + (norms - 1) @ model.scales)[:, None] * before_mc
    mc_factor = 1 + model.mc_error * theta_mc if theta_mc.size else jnp.ones(())
    total = scaled.sum(0) * mc_factor
    positive = jnp.where(total > 0, total, 1.0)
    excess, curvature = 2 * (1 - counts / positive), 2 * counts / positive**2

    by_z_before_mc = jnp.concatenate([model.scales @ before_mc, scaled]).T
    by_z = by_z_before_mc * jnp.reshape(mc_factor, (-1, 1))  # dE_b / dz_b
    mixed = jnp.einsum("np,pb->bnp", model.scales, before_mc * mc_factor)
    corner = jnp.zeros((*mixed.shape[:2], len(norms)))
    second = jnp.block([[corner, mixed], [mixed.mT, jax.vmap(jnp.diag)((scaled * mc_factor).T)]])  # d2E_b / dz_b2
    by_bin = curvature[:, None, None] * by_z[:, :, None] * by_z[:, None] + excess[:, None, None] * second
    diagonal = 2 + jnp.einsum("pb,pkb->k", excess * scaled * mc_factor, curvatures)
    slopes = jnp.moveaxis(slopes, 0, -1)
    if not theta_mc.size:
        return SecondDerivatives(total, slopes, by_bin, by_z[:0], theta_mc, diagonal)
    by_mc = model.mc_error * scaled.sum(0)  # dE_b / dtheta_b
    to_mc = (curvature * by_mc)[:, None] * by_z + (excess * model.mc_error)[:, None] * by_z_before_mc
    return SecondDerivatives(total, slopes, by_bin, to_mc, 2 + curvature * by_mc**2, diagonal)
