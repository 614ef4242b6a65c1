"""Test statistics of the profile likelihood (Cowan, Cranmer, Gross, Vitells, EPJC 71 (2011) 1554), and fits that they
compare."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.model import Model
from jaxhep.newton import Fit, minimise_many, minimise_one, prepare


def likelihood_ratio(held: ArrayLike, best: ArrayLike) -> Array:
    """t_mu = -2 ln [L(mu, conditional theta) / L(mu-hat, theta-hat)], eq. 8, from -2 ln L at the two minima; rounding
    can't make it negative."""
    held, best = inputs.alike(held=held, best=best)
    return jnp.maximum(jnp.asarray(held) - best, 0.0)


def discovery(mu: ArrayLike, held: ArrayLike, best: ArrayLike) -> Array:
    """q_0, eq. 12: t_0, but 0 where the best ``mu`` is negative, for a deficit is no evidence of a signal."""
    mu, held, best = inputs.alike(mu=mu, held=held, best=best)
    return jnp.where(jnp.asarray(mu) > 0, likelihood_ratio(held, best), 0.0)


def significance(q0: ArrayLike) -> Array:
    """Z = sqrt(q_0), eq. 53: standard deviations between the data and mu = 0, where the asymptotic formula holds."""
    (q0,) = inputs.alike(q0=q0)
    inputs.not_negative(q0, "q0")
    return jnp.sqrt(q0)


def best_and_held(
    model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike = 1.0
) -> tuple[Fit, Fit]:
    """The fit of all parameters and, from there, the one with ``mu`` held; of counts (B,), or of each of (N, B).

    ``mu`` may be one for all, or (N,). Raises what ``jaxhep.toys.fit`` raises.
    """
    counts, measured, mu, _ = inputs.fit(model, counts, measured, inputs.array(mu, "mu"), None, many=None)
    start, counts, measured, free = prepare(model, counts, measured, None, None)
    minimise = minimise_one if counts.ndim == 1 else minimise_many

    def stage(start: Array, hold: Array) -> tuple[Array, Fit]:  # both by one program: half as much to compile
        start = jnp.where(hold, start.at[..., 0].set(mu), start)
        found = minimise(model, start, counts, measured, free.at[0].set(1.0 - hold))
        return found.params, found

    _, found = jax.lax.scan(stage, start, jnp.array([False, True]))
    return jax.tree.map(lambda leaf: leaf[0], found), jax.tree.map(lambda leaf: leaf[1], found)


def t_mu(model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike = 1.0) -> Array:
    """t_mu of counts (B,), or of each of (N, B); NaN if a fit didn't converge."""
    best, held = best_and_held(model, counts, measured, mu)
    return jnp.where(best.converged & held.converged, likelihood_ratio(held.nll2, best.nll2), jnp.nan)


def q0(model: Model, counts: ArrayLike, measured: ArrayLike | None = None) -> Array:
    """q_0 of counts (B,), or of each of (N, B); NaN if a fit didn't converge."""
    best, held = best_and_held(model, counts, measured, 0.0)
    value = discovery(best.params[..., 0], held.nll2, best.nll2)
    return jnp.where(best.converged & held.converged, value, jnp.nan)
