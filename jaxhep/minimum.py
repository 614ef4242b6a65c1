"""Fits inside jit: the lowest minimum of -2 ln L that descents from one or several starts find, one or many at once.

What is promised: a minimum that is found is one, inside or on the edge (``Fit``), and where the systematics are small
compared with what the data allow, -2 ln L has no other. Where they aren't (``is_wild``), several starts are tried and
the lowest minimum is taken; that it is the lowest of all can't be promised.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammaln
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.model import Model
from jaxhep.newton import LANES, Fit, choose, descend, descend_many, no_fit

STARTS_OF_ONE, STARTS_OF_MANY = 32, 8
"""From how many starts a wild model is fitted, to one data set or to each of many; and how often a data set is tried
whose descent fails."""

APART = 1e-3
"""Difference of -2 ln L above which two minima are different ones."""

BENT, LARGE = 0.05, 1.0
"""Above which bend or size of the systematics -2 ln L may have several minima. No descent from the default start
missed the lowest minimum of 300 random models below BENT, or of 300 with log-linear systematics below LARGE."""


def is_wild(model: Model) -> Array:
    """Whether -2 ln L may have several minima: systematics far from log-linear, or enormous.

    By how much |ln up + ln down| bends a bin's yield, and by how much one standard deviation changes it, whichever side
    is more; both relative to the yield, in quadrature over the systematics, in the worst bin.
    """

    def worst(of_processes: Array) -> Array:
        of_bins = jnp.einsum("pb,pkb->kb", model.nominal, of_processes) / model.nominal.sum(0)
        return jnp.sqrt((of_bins**2).sum(0).max())

    size = worst(jnp.expm1(jnp.maximum(jnp.abs(model.log_up), jnp.abs(model.log_down))))
    return (worst(jnp.abs(model.log_up + model.log_down)) > BENT) | (size > LARGE)


def prepare(
    model: Model, counts: ArrayLike, measured: ArrayLike | None, mu: ArrayLike | None, start: ArrayLike | None
) -> tuple[Array, Array, Array, Array]:
    """Start params (..., n), counts, measured, and which parameters are free; constrained parameters start where they
    were measured."""
    counts = jnp.asarray(counts, float)
    size = model.initial.size
    if measured is None:
        measured = jnp.zeros((*counts.shape[:-1], size - 1 - len(model.free)))
    measured = jnp.asarray(measured, float)
    start, free = _first_start(model, measured) if start is None else jnp.asarray(start, float), jnp.ones(size)
    if mu is not None:
        start, free = start.at[..., 0].set(mu), free.at[0].set(0.0)
    return start, counts, measured, free


def _first_start(model: Model, measured: Array) -> Array:
    lowest = jnp.concatenate([jnp.full(len(model.systematics), -jnp.inf), -0.5 / model.mc_error])
    return jnp.concatenate([jnp.ones((*measured.shape[:-1], 1 + len(model.free))), jnp.maximum(measured, lowest)], -1)


def minimise(
    model: Model,
    start: Array,
    counts: Array,
    measured: Array,
    free: Array,
    lanes: int = LANES,
    chosen: ArrayLike = True,
) -> Fit:
    """``fit`` or ``fits`` of what ``prepare`` returns; of those data sets that are ``chosen``.

    The lowest of what a descent from ``start`` finds and, where that fails or the model is wild, descents from other
    starts: systematics a standard deviation or so away from where they were measured. A minimum doesn't count as found
    if a descent that hasn't ended is lower.
    """
    norms, K = 1 + len(model.free), len(model.systematics)
    most = STARTS_OF_MANY if counts.ndim > 1 else STARTS_OF_ONE
    starts = jnp.where(is_wild(model), most, 1)
    away = jnp.asarray(np.random.default_rng(0).normal(size=(most, K)))

    def other(turn: Array) -> Array:
        return jnp.where(free > 0, _first_start(model, measured).at[..., norms : norms + K].add(away[turn]), start)

    def try_again(carry: tuple[Array, Array, Fit]) -> tuple[Array, Array, Fit]:
        turn, chosen, best = carry
        begin = jnp.where(turn == 0, start, other(turn))
        if counts.ndim == 1:
            new = descend(model, begin, counts, measured, free)
        else:
            new = descend_many(model, begin, counts, measured, free, chosen, lanes)
        margin = APART * (new.found.astype(float) - best.found)
        better = chosen & ((turn == 0) | (new.nll2 < best.nll2 + margin))
        best = choose(better, new, best)
        return turn + 1, chosen & (~best.found | (turn + 1 < starts)), best

    carry = jnp.asarray(0), jnp.broadcast_to(chosen, counts.shape[:-1]), no_fit(start)
    *_, best = jax.lax.while_loop(lambda carry: carry[1].any() & (carry[0] < most), try_again, carry)
    constant = 2 * gammaln(counts + 1).sum(-1) + measured.shape[-1] * jnp.log(2 * jnp.pi)
    return replace(best, nll2=best.nll2 + constant)


def fit(
    model: Model,
    counts: ArrayLike,
    measured: ArrayLike | None = None,
    mu: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Fit:
    """Minimise -2 ln L of ``counts`` (B,), at fixed ``mu`` if that is given.

    measured : (K+B,) auxiliary measurements of systematics and MC statistics, 0 by default. start : (n,), by default
    norms 1 and the constrained parameters as measured. A fit that ends on the edge, where a bin without events expects
    none, or that finds no minimum, says so: the function can be jitted and mapped.

    Raises ValueError or TypeError for arguments of wrong shape or type and, outside jit and vmap, for NaN, infinity or
    negative counts.
    """
    return _fit(model, *inputs.fit(model, counts, measured, mu, start))


@jax.jit
def _fit(
    model: Model, counts: ArrayLike, measured: ArrayLike | None, mu: ArrayLike | None, start: ArrayLike | None
) -> Fit:
    return minimise(model, *prepare(model, counts, measured, mu, start))


def fits(
    model: Model,
    counts: ArrayLike,
    measured: ArrayLike | None = None,
    mu: ArrayLike | None = None,
    start: ArrayLike | None = None,
    lanes: int = LANES,
) -> Fit:
    """``fit`` of each of N pseudo-experiments: counts (N, B), measured (N, K+B), start (N, n).

    ``lanes`` of them are advanced together, and a lane whose fit has ended takes up the next: none waits for the
    slowest. ``mu`` may be one for all, or (N,). Raises what ``fit`` raises.
    """
    data = inputs.fit(model, counts, measured, mu, start, many=True)
    return _fits(model, *data, lanes=inputs.at_least_one(lanes, "lanes"))


@partial(jax.jit, static_argnames="lanes")
def _fits(
    model: Model,
    counts: ArrayLike,
    measured: ArrayLike | None,
    mu: ArrayLike | None,
    start: ArrayLike | None,
    lanes: int,
) -> Fit:
    return minimise(model, *prepare(model, counts, measured, mu, start), lanes)
