"""The exact Hessian of -2 ln L at a minimum, and the covariance matrix of its parameters.

The MC parameters act on one bin each, so the Hessian is an arrow: a block of norms and systematics, a diagonal of MC
parameters, and what connects them. Their Schur complement takes the MC parameters into the block; what is left to
invert has no more rows than norms and systematics, or than the bins have yields, if these are fewer.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.expansion import SecondDerivatives, second_derivatives
from jaxhep.model import Model
from jaxhep.newton import EDGE


def hessian(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """Exact second derivatives (n, n) of -2 ln L at ``params`` (n,); auxiliary measurements make no difference."""
    return _hessian(model, *inputs.minimum(model, params, counts))


@jax.jit
def _hessian(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    at = second_derivatives(model, params, counts)
    block = block_hessian(at.log_slopes, at.by_bin, at.diagonal)
    to_mc = jnp.einsum("ibz,bz->ib", jacobian(at.log_slopes, 1 + len(model.free))[:, : at.mc.size], at.to_mc)
    return jnp.block([[block, to_mc], [to_mc.T, jnp.diag(at.mc)]])


def covariance(model: Model, params: Array, counts: ArrayLike) -> Array:
    """Covariance matrix (n, n) of all parameters: twice the inverse of the exact Hessian of -2 ln L; NaN where that
    isn't a minimum, or is one on the edge."""
    return _covariance(model, *inputs.minimum(model, params, counts))


@jax.jit
def _covariance(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    at, size = inside(model, params, counts), len(model.parameters)
    if not at.mc.size:
        return 2 * inverse(at.log_slopes, at.by_bin, at.diagonal, size)
    block = 2 * inverse(at.log_slopes, _without_mc(at), at.diagonal, size - at.mc.size)
    to_mc = jnp.einsum("ibz,bz->ib", jacobian(at.log_slopes, 1 + len(model.free)), at.to_mc / at.mc[:, None])
    across = -block @ to_mc
    return jnp.block([[block, across], [across.T, jnp.diag(2 / at.mc) - to_mc.T @ across]])


def sigma_mu(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """The error of mu from ``covariance``, for params (n,) and counts (B,), or for many: (N, n) and (N, B)."""
    return _sigma_mu(model, *inputs.minimum(model, params, counts, many=None))


@jax.jit
def _sigma_mu(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    params, counts = jnp.asarray(params, float), jnp.asarray(counts, float)

    def one(data: tuple[Array, Array]) -> Array:
        at = inside(model, *data)
        return jnp.sqrt(2 * inverse(at.log_slopes, _without_mc(at), at.diagonal, 1)[0, 0])

    return one((params, counts)) if params.ndim == 1 else jax.lax.map(one, (params, counts))


def inside(model: Model, params: ArrayLike, counts: ArrayLike) -> SecondDerivatives:
    """``second_derivatives``, but NaN on the edge, where curvature says nothing about errors."""
    at = second_derivatives(model, params, counts)
    on_edge = (jnp.asarray(counts) == 0) & (at.total < EDGE * jnp.minimum(model.nominal.sum(0), 1.0))
    return at._replace(by_bin=jnp.where(on_edge.any(), jnp.nan, at.by_bin))


def _without_mc(at: SecondDerivatives) -> Array:
    """The Hessian of each bin after its MC parameter is eliminated, a Schur complement: (B, 1+F+P, 1+F+P)."""
    return at.by_bin - at.to_mc[:, :, None] * at.to_mc[:, None] / at.mc[:, None, None] if at.mc.size else at.by_bin


def jacobian(log_slopes: Array, norms: int) -> Array:
    """dz_b/di of each bin's variables z_b = (norms, ln nu_pb) by norms and systematics: (norms+K, B, norms+P)."""
    of_norms = jnp.broadcast_to(jnp.eye(norms)[:, None], (norms, log_slopes.shape[1], norms))
    return jnp.concatenate(
        [
            jnp.pad(of_norms, ((0, 0), (0, 0), (0, log_slopes.shape[2]))),
            jnp.pad(log_slopes, ((0, 0), (0, 0), (norms, 0))),
        ]
    )


def block_hessian(log_slopes: Array, by_bin: Array, diagonal: Array) -> Array:
    """J^T H_z J + diagonal, the Hessian (1+F+K, 1+F+K) of norms and systematics from the pieces of
    ``second_derivatives``."""
    J = jacobian(log_slopes, by_bin.shape[1] - log_slopes.shape[2])
    size = len(J)
    on_diagonal = jnp.pad(diagonal, (size - len(diagonal), 0))
    return jnp.einsum("ibz,bzy->iby", J, by_bin).reshape(size, -1) @ J.reshape(size, -1).T + jnp.diag(on_diagonal)


def inverse(log_slopes: Array, by_bin: Array, diagonal: Array, columns: int) -> Array:
    """The first ``columns`` of the inverse of ``block_hessian``, NaN if that isn't positive definite.

    With fewer yields than half the systematics it is inverted in the directions that the yields see: in all others it
    is ``diagonal``.
    """
    K, B, P = log_slopes.shape
    norms = by_bin.shape[1] - P

    def whole() -> Array:
        block = block_hessian(log_slopes, by_bin, diagonal)
        return cho_solve(cho_factor(block), jnp.eye(len(block), columns))

    def in_seen_directions() -> Array:
        # With theta = d^-1/2 Q u and d^-1/2 slopes = Q R the block is R's plus 1 along Q, and 1 across it.
        width = 1 / jnp.sqrt(diagonal)
        Q, R = jnp.linalg.qr(log_slopes.reshape(K, B * P) * width[:, None])
        small = block_hessian(R.reshape(B * P, B, P), by_bin, jnp.ones(B * P))
        less = cho_solve(cho_factor(small), jnp.eye(len(small))) - jnp.diag(jnp.pad(jnp.ones(B * P), (norms, 0)))
        back = jax.scipy.linalg.block_diag(jnp.eye(norms), width[:, None] * Q)
        return back @ (less @ back[:columns].T) + jnp.diag(jnp.pad(width**2, (norms, 0)))[:, :columns]

    if 2 * B * P > K:
        return whole()
    return jax.lax.cond((diagonal > 0).all(), in_seen_directions, whole)
