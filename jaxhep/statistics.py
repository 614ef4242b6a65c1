"""Test statistics of the profile likelihood (Cowan, Cranmer, Gross, Vitells, EPJC 71 (2011) 1554), and fits that they
compare."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from scipy.special import log_ndtr, ndtr, ndtri

from jaxhep.likelihood import expected, nll2
from jaxhep.model import Model
from jaxhep.newton import Fit, minimise_many, minimise_one, prepare

BAND = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
"""Standard deviations of an expected band."""


def likelihood_ratio(held: ArrayLike, best: ArrayLike) -> Array:
    """t_mu = -2 ln [L(mu, conditional theta) / L(mu-hat, theta-hat)], eq. 8, from -2 ln L at the two minima; rounding
    can't make it negative."""
    return jnp.maximum(jnp.asarray(held) - best, 0.0)


def discovery(mu: ArrayLike, held: ArrayLike, best: ArrayLike) -> Array:
    """q_0, eq. 12: t_0, but 0 where the best ``mu`` is negative, for a deficit is no evidence of a signal."""
    return jnp.where(jnp.asarray(mu) > 0, likelihood_ratio(held, best), 0.0)


def significance(q0: ArrayLike) -> Array:
    """Z = sqrt(q_0), eq. 53: standard deviations between the data and mu = 0, where the asymptotic formula holds."""
    return jnp.sqrt(q0)


def best_and_held(
    model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike = 1.0
) -> tuple[Fit, Fit]:
    """The fit of all parameters and, from there, the one with ``mu`` held; of counts (B,), or of each of (N, B)."""
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


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Physical:
    """The best fit with mu >= 0, the denominator of eq. 10; each leaf has one leading axis more for many.

    mu : max(mu-hat, 0). nll2 : -2 ln L there. params : (n,) there. at_zero : (n,), where mu is held at 0.
    sure : whether the fits that it rests on converged, and agree.
    """

    mu: Array
    nll2: Array
    params: Array
    at_zero: Fit
    sure: Array


def physical(model: Model, counts: ArrayLike, measured: ArrayLike | None = None) -> Physical:
    """The best fit with mu >= 0 to counts (B,), or to each of (N, B).

    For mu-hat < 0 it is the one with mu held at 0, and nothing but the sign of mu-hat is needed: that is known, too,
    where the fit of all parameters runs into yields of 0, if -2 ln L rises from mu = 0.
    """
    counts = jnp.asarray(counts, float)
    if measured is None:
        measured = jnp.zeros((*counts.shape[:-1], model.initial.size - 1 - len(model.free)))
    best, zero = best_and_held(model, counts, measured, 0.0)
    of_zero, slope = (jax.vmap(at_mu_zero, (None, 0, 0, 0)) if counts.ndim > 1 else at_mu_zero)(
        model, zero.params, counts, jnp.asarray(measured, float)
    )
    inside = best.converged & (best.params[..., 0] > 0)
    rises = best.converged | (slope >= 0)
    agree = inside & ~zero.converged | ~best.converged | not_below(of_zero, best.nll2)
    return Physical(
        mu=jnp.where(inside, best.params[..., 0], 0.0),
        nll2=jnp.where(inside, best.nll2, of_zero),
        params=jnp.where(inside[..., None], best.params, zero.params),
        at_zero=zero,
        sure=jnp.where(inside, best.converged, zero.converged & rises) & agree,
    )


def at_mu_zero(model: Model, params: Array, counts: Array, measured: Array) -> tuple[Array, Array]:
    """-2 ln L at ``params`` (n,) with mu = 0, and its derivative by mu, sum_b 2 (1 - n_b / E_b) dE_b/dmu.

    Poisson(0 | 0) is 1: a bin where nothing but the signal is expected may be empty.
    """
    yields = expected(model, params)
    by_mu = expected(model, params.at[0].set(1.0)) - yields
    ratio = jnp.where(counts > 0, counts / yields, 0.0)
    return nll2(model, params, counts, measured), 2 * jnp.sum((1 - ratio) * by_mu)


def not_below(value: ArrayLike, minimum: ArrayLike) -> Array:
    """Whether -2 ln L isn't lower than at what should be its minimum, but for the tolerance of the fits."""
    return jnp.asarray(value) >= jnp.asarray(minimum) - 1e-6 - 1e-12 * jnp.abs(jnp.asarray(minimum))


def q_mu_tilde(mu: ArrayLike, best: Physical, held: Fit) -> Array:
    """q-tilde_mu, eq. 16, for upper limits: from mu >= 0 that fits best, and 0 where that is above ``mu``, for an
    excess is no evidence against a smaller signal.

    best : of ``physical``; held : the fit with ``mu`` held, of the same data. NaN if one of them isn't sure.
    """
    zero = (best.mu > mu) | (jnp.asarray(mu) == 0)
    known = best.sure & (zero | held.converged & jnp.isfinite(held.nll2) & not_below(held.nll2, best.nll2))
    return jnp.where(known, jnp.where(zero, 0.0, likelihood_ratio(held.nll2, best.nll2)), jnp.nan)


def asymptotic_cls(q: float, q_asimov: float) -> tuple[float, float, float]:
    """CL_s+b and CL_b, the probabilities of q-tilde_mu beyond ``q`` if mu or 0 is true (eq. 65 with mu / sigma =
    sqrt(q_asimov)), and CL_s, their ratio (Read, J. Phys. G 28 (2002) 2693)."""
    root, width = np.sqrt(q), np.sqrt(q_asimov)
    # in standard deviations of mu-hat; the second line is where mu-hat < 0
    distance = root - width if root <= width else (q - q_asimov) / (2 * width)
    log_sb, log_b = log_ndtr(-distance - width), log_ndtr(-distance)
    return float(np.exp(log_sb)), float(np.exp(log_b)), float(np.exp(log_sb - log_b))


def expected_cls(q_asimov: float) -> np.ndarray:
    """CL_s of data in which mu-hat is at ``BAND`` standard deviations around mu = 0, (5,), where q-tilde_mu of the
    background-only Asimov data is ``q_asimov`` (eq. 87 to 89)."""
    return np.exp(log_ndtr(BAND - np.sqrt(q_asimov)) - log_ndtr(BAND))


def expected_width(level: float) -> np.ndarray:
    """sqrt(q_asimov), (5,), at which ``expected_cls`` is 1 - ``level``."""
    return BAND - ndtri((1 - level) * ndtr(BAND))
