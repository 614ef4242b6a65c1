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

from jaxhep import inputs
from jaxhep.expansion import never_filled
from jaxhep.minimum import APART, minimise, prepare
from jaxhep.model import Model
from jaxhep.newton import LANES, Fit, choose, no_fit

BAND = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
"""Standard deviations of an expected band."""


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

    Where the second is lower than the first, this wasn't the lowest minimum: it is fitted again from there. ``mu`` may
    be one for all, or (N,). Raises what ``jaxhep.toys.fit`` raises.
    """
    counts, measured, mu, _ = inputs.fit(model, counts, measured, inputs.array(mu, "mu"), None, many=None)
    return _best_and_held(model, counts, measured, mu)


@jax.jit
def _best_and_held(model: Model, counts: ArrayLike, measured: ArrayLike | None, mu: ArrayLike) -> tuple[Fit, Fit]:
    start, counts, measured, free = prepare(model, counts, measured, None, None)

    def stage(carry: tuple[Fit, Fit], turn: Array) -> tuple[tuple[Fit, Fit], None]:
        best, held = carry  # all by one program: a third as much to compile
        hold, again = turn == 1, held.found & ~(best.nll2 <= held.nll2 + 1e-9)
        begin = jnp.where(turn == 0, start, jnp.where(hold, best.params.at[..., 0].set(mu), held.params))
        chosen = (turn < 2) | again
        found = minimise(model, begin, counts, measured, free.at[0].set(1.0 - hold), LANES, chosen)
        lower = found.found | (found.nll2 < best.nll2 - APART)  # also one that hasn't ended: no minimum is found then
        improved = chosen & ~hold & ((turn == 0) | lower)
        return (choose(improved, found, best), choose(hold & chosen, found, held)), None

    return jax.lax.scan(stage, (no_fit(start), no_fit(start)), jnp.arange(3))[0]


def impossible(model: Model, counts: ArrayLike, mu: ArrayLike) -> Array:
    """Whether L is 0 at this ``mu`` whatever the other parameters are: a bin with events expects none. For counts (B,)
    and one mu, or for (N, B) and one or (N,)."""
    mu = jnp.asarray(mu, float)
    norms = jnp.ones((1 + len(model.free), *mu.shape)).at[0].set(mu)
    never = never_filled(model, norms, jnp.ones(len(norms)).at[0].set(0.0))
    return (never.T & (jnp.asarray(counts) > 0)).any(-1)


def _ratio_of_fits(model: Model, counts: ArrayLike, mu: ArrayLike, best: Fit, held: Fit) -> Array:
    """t_mu from the two fits, infinite where L is 0 at this ``mu``, NaN if a minimum wasn't found."""
    value = jnp.where(held.found, likelihood_ratio(held.nll2, best.nll2), jnp.nan)
    return jnp.where(best.found, jnp.where(impossible(model, counts, mu), jnp.inf, value), jnp.nan)


def t_mu(model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike = 1.0) -> Array:
    """t_mu of counts (B,), or of each of (N, B); infinite where L is 0 at this ``mu``, NaN if no minimum was found."""
    return _ratio_of_fits(model, counts, mu, *best_and_held(model, counts, measured, mu))


def q0(model: Model, counts: ArrayLike, measured: ArrayLike | None = None) -> Array:
    """q_0 of counts (B,), or of each of (N, B); 0 where the best mu is negative, on the edge, too; infinite where L is
    0 without signal; NaN if no minimum was found."""
    best, held = best_and_held(model, counts, measured, 0.0)
    deficit = best.found & (best.params[..., 0] <= 0)
    return jnp.where(deficit, 0.0, _ratio_of_fits(model, counts, 0.0, best, held))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Physical:
    """The best fit with mu >= 0, the denominator of eq. 10; each leaf has one leading axis more for many.

    mu : max(mu-hat, 0). nll2 : -2 ln L there. params : (n,) there. at_zero : (n,), where mu is held at 0.
    sure : whether the minima that it rests on were found.
    """

    mu: Array
    nll2: Array
    params: Array
    at_zero: Fit
    sure: Array


def physical(model: Model, counts: ArrayLike, measured: ArrayLike | None = None) -> Physical:
    """The best fit with mu >= 0 to counts (B,), or to each of (N, B): for mu-hat < 0, the one with mu held at 0."""
    best, zero = best_and_held(model, counts, measured, 0.0)
    positive = best.found & (best.params[..., 0] > 0)
    lowest = choose(positive, best, zero)
    return Physical(
        mu=jnp.where(positive, best.params[..., 0], 0.0),
        nll2=lowest.nll2,
        params=lowest.params,
        at_zero=zero,
        sure=best.found & lowest.found,
    )


def q_mu_tilde(mu: ArrayLike, best: Physical, held: Fit) -> Array:
    """q-tilde_mu, eq. 16, for upper limits: from mu >= 0 that fits best, and 0 where that is above ``mu``, for an
    excess is no evidence against a smaller signal.

    best : of ``physical``; held : the fit with ``mu`` held, of the same data. NaN if one of them isn't sure.
    """
    zero = (best.mu > mu) | (jnp.asarray(mu) == 0)
    known = best.sure & (zero | held.found)
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
