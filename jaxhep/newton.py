"""Fits as pure JAX functions, one inside jit or thousands side by side, by a damped Newton method.

No matrix of parameters x parameters is made. With W = diag(1/E), the derivatives N = dE/dnorms (1+F, B) and A =
dE/dtheta (K+B, B) of the expected events, and D = 1 + what the curvature of the interpolation adds, half the Hessian of
-2 ln L is, but for small terms,

    N W N^T   N W A^T
    A W N^T   A W A^T + diag(D)

Fisher's information and a diagonal. Woodbury's formula and a Schur complement solve that in the B bins or in the K
systematics, whichever are fewer, so that a step costs O(K min(B, K)) instead of O(K^3).

Inside, arrays end with an axis of T fits that are advanced together: the compiler turns it into vector instructions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.scipy.special import gammaln
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.expansion import Expansion, blocks, expand, gradient
from jaxhep.model import Model

TOLERANCE = 1e-4
"""Estimated distance to the minimum, in standard deviations, below which a fit ends."""

STEPS = 100
"""Steps, those that were refused included, after which a fit gives up and says so."""

LANES = 24
"""How many fits ``fits`` advances together: enough for vector instructions, and few enough for the working set to stay
in the caches."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Fit:
    """A minimum of -2 ln L; each leaf has one leading axis more for many fits.

    params : (n,), ordered as ``model.parameters``. nll2 : -2 ln L there, normalised as ``jaxhep.nll2``.
    distance : how far away the true minimum still is, in standard deviations (the square root of the EDM).
    converged : whether that is less than ``TOLERANCE``. steps : number of steps.
    """

    params: Array
    nll2: Array
    distance: Array
    converged: Array
    steps: Array


def newton_step(at: Expansion, free: Array, least: ArrayLike) -> tuple[Array, Array]:
    """The step s (n,) of one fit, ``at`` without its last axis, and the slope g.s of -2 ln L along it.

    free : (1+F,), 1 for mu or a norm that is fitted and 0 for one that is held. least : the least that the
    interpolation may add to the curvature 2 of a constraint. Above -2 every step leads downhill.

    With H/2 as above the equation H s = -g is solved for the norms first. Eliminating the MC parameters, which act on
    one bin each, turns E into V = E + (dE/dtheta_mc)^2; eliminating the systematics makes of it S = V + A^T D^-1 A, the
    covariance of the counts.
    """
    norms, (K, B) = free.size, at.by_theta.shape
    g = gradient(at)
    g_norm, g_theta, g_mc = free * g[:norms], g[norms : norms + K], g[norms + K :]
    N, A, m = free[:, None] * at.by_norm, at.by_theta, at.by_mc
    D = 1 + jnp.maximum(at.curvature, least) / 2
    V = at.total + m**2 if m.size else at.total
    # The steps of the constrained parameters alone, -D^-1 g / 2, would shift the yields by -moved / 2.
    moved = (g_theta / D) @ A + (g_mc * m if m.size else 0.0)
    columns = jnp.concatenate([moved[:, None], N.T], axis=1)
    if B <= K:
        solved = cho_solve(cho_factor(jnp.diag(V) + (A / D[:, None]).T @ A), columns)  # S^-1 (moved, N^T)
    else:  # Woodbury: S^-1 = V^-1 - V^-1 A^T (D + A V^-1 A^T)^-1 A V^-1
        by_V = A / V
        inner = (
            cho_solve(cho_factor(jnp.diag(D) + by_V @ A.T), by_V @ columns) if K else jnp.zeros((0, columns.shape[1]))
        )
        solved = columns / V[:, None] - by_V.T @ inner
    # The Schur complement of the norms, 2 N S^-1 N^T, with 1 where a norm is held: its step is 0.
    information = 2 * N @ solved[:, 1:] + jnp.diag(1 - free)
    s_norm = cho_solve(cho_factor(information), N @ solved[:, 0] - g_norm)
    # The rest follows from D s_theta = -g_theta / 2 - A W dE with the shift dE of all yields, W dE = shift / 2; D is 1
    # for the MC parameters.
    shift = 2 * solved[:, 1:] @ s_norm - solved[:, 0]
    s_theta = -(g_theta / D + (A / D[:, None]) @ shift) / 2
    s_mc = -(g_mc + m * shift) / 2 if m.size else g_mc
    step = jnp.concatenate([s_norm, s_theta, s_mc])
    return step, g @ step


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """T fits on their way.

    params : (n, T), accepted. value : (T,), -2 ln L there. step : (n, T), Newton's step from there. slope : (T,), of
    -2 ln L along it. length : (T,), the part of the step that comes next. steps : (T,), how many there were.
    """

    params: Array
    value: Array
    step: Array
    slope: Array
    length: Array
    steps: Array

    @property
    def distance(self) -> Array:
        """The square root of the EDM from the slope along a full Newton step, which is -2 EDM."""
        return jnp.sqrt(jnp.maximum(-self.slope / 2, 0.0))

    @property
    def ended(self) -> Array:
        return (self.distance < TOLERANCE) | (self.length < 1e-12) | (self.steps >= STEPS)

    def found(self) -> Fit:
        """The fits as they are; ``nll2`` still lacks what depends on the data only."""
        return Fit(self.params.T, self.value, self.distance, self.distance < TOLERANCE, self.steps)


def begin(params: Array) -> State:
    """Fits that start at ``params`` (n, T): whatever is found there will be accepted."""
    of_each = params[0]
    return State(
        params=params,
        value=jnp.full_like(of_each, jnp.inf),
        step=jnp.zeros_like(params),
        slope=jnp.full_like(of_each, -1e30),
        length=jnp.ones_like(of_each),
        steps=jnp.zeros_like(of_each, int),
    )


def advance(model: Model, polynomials: Array, free: Array, state: State, counts: Array, measured: Array) -> State:
    """Evaluate where the steps lead; accept what goes down (Armijo's condition), shorten the step where it doesn't."""
    params = state.params + state.length * state.step
    at = expand(model, polynomials, params, counts, measured)
    # Far away the interpolation may add curvature, but not take any away: steps stay downhill and short.
    least = jnp.where(state.distance < 0.3, -1.0, 0.0)
    step, slope = jax.vmap(newton_step, (-1, None, 0), (-1, 0))(at, free, least)
    lower = at.value <= state.value + 1e-4 * state.length * state.slope + 1e-14 * jnp.abs(state.value)
    lower &= jnp.isfinite(slope)
    there = State(params, at.value, step, slope, jnp.minimum(4 * state.length, 1.0), state.steps + 1)
    here = replace(state, length=state.length / 4, steps=state.steps + 1)
    return jax.tree.map(lambda new, old: jnp.where(lower, new, old), there, here)


def prepare(
    model: Model, counts: ArrayLike, measured: ArrayLike | None, mu: ArrayLike | None, start: ArrayLike | None
) -> tuple[Array, Array, Array, Array]:
    """Start params (..., n), counts, measured, and which norms are free; constrained parameters start where they were
    measured."""
    first = 1 + len(model.free)
    counts = jnp.asarray(counts, float)
    if measured is None:
        measured = jnp.zeros((*counts.shape[:-1], model.initial.size - first))
    measured = jnp.asarray(measured, float)
    if start is None:
        norms = jnp.ones((*counts.shape[:-1], first))
        lowest = jnp.concatenate([jnp.full(len(model.systematics), -jnp.inf), -0.5 / model.mc_error])
        start = jnp.concatenate([norms, jnp.maximum(measured, lowest)], axis=-1)
    start, free = jnp.asarray(start, float), jnp.ones(first)
    if mu is not None:
        start, free = start.at[..., 0].set(mu), free.at[0].set(0.0)
    return start, counts, measured, free


def _normalised(fit: Fit, counts: Array, measured: Array) -> Fit:
    return replace(fit, nll2=fit.nll2 + 2 * gammaln(counts + 1).sum(-1) + measured.shape[-1] * jnp.log(2 * jnp.pi))


def minimise_one(model: Model, start: Array, counts: Array, measured: Array, free: Array) -> Fit:
    """``fit`` of what ``prepare`` returns."""
    polynomials = blocks(model, max(len(model.systematics), 1))

    def move(state: State) -> State:
        return advance(model, polynomials, free, state, counts[:, None], measured[:, None])

    state = jax.lax.while_loop(lambda state: ~state.ended[0], move, begin(start[:, None]))
    return _normalised(jax.tree.map(lambda leaf: leaf[0], state.found()), counts, measured)


def minimise_many(model: Model, start: Array, counts: Array, measured: Array, free: Array, lanes: int = LANES) -> Fit:
    """``fits`` of what ``prepare`` returns: a lane whose fit has ended writes it down and takes up the next."""
    size, polynomials = len(counts), blocks(model, 1)

    def move(carry: tuple) -> tuple:
        state, index, following, done = carry
        data = counts.at[index].get(mode="clip").T, measured.at[index].get(mode="clip").T
        state = advance(model, polynomials, free, state, *data)
        ended = state.ended & (index < size)
        place = jnp.where(ended, index, size)
        done = jax.tree.map(lambda all_, some: all_.at[place].set(some, mode="drop"), done, state.found())
        index = jnp.where(ended, following + jnp.cumsum(ended) - 1, index)
        fresh = begin(start.at[index].get(mode="clip").T)
        state = jax.tree.map(lambda new, old: jnp.where(ended, new, old), fresh, state)
        return state, index, following + ended.sum(), done

    index = jnp.arange(lanes)
    state = begin(start.at[index].get(mode="clip").T)
    empty = Fit(jnp.zeros_like(start), jnp.zeros(size), jnp.zeros(size), jnp.zeros(size, bool), jnp.zeros(size, int))
    *_, done = jax.lax.while_loop(
        lambda carry: (carry[1] < size).any(), move, (state, index, jnp.asarray(lanes), empty)
    )
    return _normalised(done, counts, measured)


def fit(
    model: Model,
    counts: ArrayLike,
    measured: ArrayLike | None = None,
    mu: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Fit:
    """Minimise -2 ln L of ``counts`` (B,), at fixed ``mu`` if that is given.

    measured : (K+B,) auxiliary measurements of systematics and MC statistics, 0 by default. start : (n,), by default
    norms 1 and the constrained parameters as measured. Every bin's yield stays positive. A fit that fails, or whose
    minimum lies where a bin expects nothing, says so in ``converged``: the function can be jitted and mapped.

    Raises ValueError or TypeError for arguments of wrong shape or type and, outside jit and vmap, for NaN, infinity or
    negative counts.
    """
    return minimise_one(model, *prepare(model, *inputs.fit(model, counts, measured, mu, start)))


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
    return minimise_many(model, *prepare(model, counts, measured, mu, start), lanes)
