"""Fits as pure JAX functions: one inside jit, thousands side by side, and on every device there is.

A damped Newton method that makes no matrix of parameters x parameters. With K + B constrained parameters and B bins, half the Hessian
of -2 ln L is, but for small terms,

    diag(D) + A diag(1/E) A^T,    A = dE/dtheta (K+B, B),    D = 1 + curvature of the interpolation,

diagonal plus low rank: Fisher's information, and what the interpolation adds to it where data and expectation differ. Woodbury's formula
solves that in the B bins or in the K systematics, whichever are fewer. So a step costs O(K min(B, K)) instead of O(K^3).

Inside, arrays end with an axis of T fits that are advanced together: the compiler turns it into vector instructions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.scipy.special import gammaln
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.typing import ArrayLike

from jaxhep.model import TINY, Model, expected, poisson_nll2

TOLERANCE = 1e-4
"""Estimated distance to the minimum, in standard deviations, below which a fit ends."""

STEPS = 100
"""Steps, those that were refused included, after which a fit gives up and says so."""

LANES = 24
"""How many fits ``fits`` advances together: enough for vector instructions, and few enough for the working set to stay in the caches."""


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


def nll2(model: Model, params: ArrayLike, counts: ArrayLike, measured: ArrayLike) -> Array:
    """-2 ln L as ``jaxhep.nll2``, with the auxiliary measurements (K+B,) of the constrained parameters at ``measured`` instead of 0."""
    pulls = jnp.asarray(params)[1 + len(model.free) :] - measured
    return poisson_nll2(counts, expected(model, params)) + jnp.sum(pulls**2 + jnp.log(2 * jnp.pi))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Expansion:
    """-2 ln L around the params of T fits, as far as a step needs it; its constant terms are left out.

    value : (T,). total : (B, T) expected events. excess : (B, T) derivative of -2 ln L by them, 2 (1 - n / E).
    by_norm : (1+F, B, T), by_theta : (K, B, T), by_mc : (B, T) or (0, T): derivatives of ``total``; MC parameter b acts on bin b only.
    bend : (K, T) what the curvature of the interpolation, ln f, adds to the second derivatives of -2 ln L.
    pulls : (K+B, T) constrained parameters minus measured values.
    """

    value: Array
    total: Array
    excess: Array
    by_norm: Array
    by_theta: Array
    by_mc: Array
    bend: Array
    pulls: Array


def coefficients(model: Model, together: int) -> Array:
    """The interpolation's polynomials for ``expand``: (K / together, 7, P, together, B, 1), ``together`` systematics a turn."""
    _, P, K, B = model.polynomial.shape
    return jnp.moveaxis(model.polynomial.reshape(7, P, K // together, together, B), 2, 0)[..., None]


def expand(model: Model, polynomials: Array, params: Array, counts: Array, measured: Array) -> Expansion:
    """The expansion around ``params`` (n, T) for ``counts`` (B, T) and ``measured`` (K+B, T); ``polynomials`` from ``coefficients``.

    f is its polynomial at theta, clipped to |theta| <= 1, times an exponential of what was clipped off. At the ends the two have the
    same slope and curvature of ln f, so the polynomial gives both everywhere.
    """
    first, second = 1 + len(model.free), 1 + len(model.free) + len(model.systematics)
    norms, theta, theta_mc = params[:first], params[first:second], params[second:]
    inside = jnp.clip(theta, -1.0, 1.0).reshape(polynomials.shape[0], polynomials.shape[3], 1, theta.shape[-1])
    outside = jnp.einsum("pkb,kt->pbt", model.log_up, jnp.maximum(theta - 1, 0.0))
    outside += jnp.einsum("pkb,kt->pbt", model.log_down, jnp.maximum(-theta - 1, 0.0))

    def multiply(product: Array, block: tuple[Array, Array]) -> tuple[Array, None]:
        (value, *rest), x = block
        for c in rest:
            value = value * x + c
        return jax.lax.optimization_barrier(product * value.prod(1)), None

    product, _ = jax.lax.scan(multiply, jnp.exp(outside), (polynomials, inside))
    factor = 1 + model.mc_error[:, None] * theta_mc if theta_mc.size else jnp.ones(())
    plain = model.nominal[:, :, None] * product * factor
    yields = (1 + jnp.einsum("np,nt->pt", model.scales, norms - 1))[:, None] * plain
    total = yields.sum(0)
    positive = jnp.maximum(total, TINY)
    excess = 2 * (1 - counts / positive)

    def differentiate(_: None, block: tuple[Array, Array]) -> tuple[None, tuple[Array, Array]]:
        coefficients, x = block
        slope = bend = 0.0
        for p, nu in enumerate(
            yields
        ):  # a loop in Python gives one kernel; XLA would compute everything anew for each sum
            value, *rest = coefficients[:, p]
            d1 = d2 = jnp.zeros(())
            for c in rest:
                value, d1, d2 = value * x + c, d1 * x + value, d2 * x + d1
            inverse = 1 / value
            slope += nu * (d1 * inverse)
            bend += nu * (2 * d2 * inverse - (d1 * inverse) ** 2)
        return None, jax.lax.optimization_barrier((slope, bend))

    _, (slopes, bends) = jax.lax.scan(differentiate, None, (polynomials, inside))
    by_theta, bends = (x.reshape(theta.shape[0], *total.shape) for x in (slopes, bends))
    pulls = params[first:] - measured
    value = 2 * (positive - counts * jnp.log(positive)).sum(0) + (pulls**2).sum(0)
    return Expansion(
        value=jnp.where((total > TINY).all(0), value, jnp.inf),
        total=positive,
        excess=excess,
        by_norm=jnp.einsum("np,pbt->nbt", model.scales, plain),
        by_theta=by_theta,
        by_mc=model.mc_error[:, None] * total / factor if theta_mc.size else theta_mc,
        bend=jnp.einsum("bt,kbt->kt", excess, bends),
        pulls=pulls,
    )


def gradient(at: Expansion) -> Array:
    """Derivatives (n,) of -2 ln L, of one fit: ``at`` without its last axis."""
    by_mc = at.excess * at.by_mc if at.by_mc.size else at.by_mc
    slopes = jnp.concatenate([at.by_norm @ at.excess, at.by_theta @ at.excess, by_mc])
    return slopes.at[len(at.by_norm) :].add(2 * at.pulls)


def newton_step(at: Expansion, loose: Array, floor: ArrayLike) -> tuple[Array, Array]:
    """The step (n,) of one fit, ``at`` without its last axis, and the slope of -2 ln L along it.

    loose : (1+F,), 1 for a mu or norm that is fitted and 0 for one that is held. floor : the least that ``bend`` may add to the
    curvature 2 of a constraint. Above -2 every step leads downhill.
    """
    first, (K, B) = loose.size, at.by_theta.shape
    right = -gradient(at)
    spring = 1 + jnp.maximum(at.bend, floor) / 2
    scaled = at.by_theta / spring[:, None]
    r_norm, r_theta, r_mc = loose * right[:first], right[first : first + K] / spring, right[first + K :]
    free = loose[:, None] * at.by_norm
    width = at.total + at.by_mc**2 if at.by_mc.size else at.total
    seen = r_theta @ at.by_theta + (r_mc * at.by_mc if at.by_mc.size else 0.0)
    columns = jnp.concatenate([seen[:, None], free.T], axis=1)
    if B <= K:
        solved = cho_solve(cho_factor(jnp.diag(width) + scaled.T @ at.by_theta), columns)
    else:
        light = at.by_theta / width
        back = light.T @ cho_solve(cho_factor(jnp.diag(spring) + light @ at.by_theta.T), light @ columns) if K else 0.0
        solved = columns / width[:, None] - back
    information = 2 * free @ solved[:, 1:] + jnp.diag(1 - loose)
    by_norm = cho_solve(cho_factor(information), r_norm - free @ solved[:, 0])
    shift = solved[:, 0] + 2 * solved[:, 1:] @ by_norm
    by_mc = r_mc - at.by_mc * shift if at.by_mc.size else r_mc
    step = jnp.concatenate([by_norm, (r_theta - scaled @ shift) / 2, by_mc / 2])
    return step, -right @ step


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """T fits on their way: accepted params (n, T), value (T,) and step (n, T) there, the slope (T,) along it, the part ``length`` (T,)
    of it that comes next, and how many steps (T,) there were."""

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


def begin(params: Array) -> State:
    """Fits that start at ``params`` (n, T): whatever is found there will be accepted."""
    of_each = params[0]
    return State(
        params,
        jnp.full_like(of_each, jnp.inf),
        jnp.zeros_like(params),
        jnp.full_like(of_each, -1e30),
        jnp.ones_like(of_each),
        jnp.zeros_like(of_each, int),
    )


def advance(model: Model, polynomials: Array, loose: Array, state: State, counts: Array, measured: Array) -> State:
    """Evaluate where the steps lead; accept what goes down, shorten the step where it doesn't."""
    params = state.params + state.length * state.step
    at = expand(model, polynomials, params, counts, measured)
    # Far away the interpolation may add curvature, but not take any away: steps stay downhill and short.
    floor = jnp.where(state.distance < 0.3, -1.0, 0.0)
    step, slope = jax.vmap(newton_step, (-1, None, 0), (-1, 0))(at, loose, floor)
    lower = at.value <= state.value + 1e-4 * state.length * state.slope + 1e-14 * jnp.abs(state.value)
    lower &= jnp.isfinite(slope)
    there = State(params, at.value, step, slope, jnp.minimum(4 * state.length, 1.0), state.steps + 1)
    here = State(state.params, state.value, state.step, state.slope, state.length / 4, state.steps + 1)
    return jax.tree.map(lambda new, old: jnp.where(lower, new, old), there, here)


def _start(
    model: Model, counts: Array, measured: Array | None, mu: ArrayLike | None, start: Array | None
) -> tuple[Array, ...]:
    """Start params (..., n), counts, measured, and which norms are loose; constrained parameters start where they were measured."""
    first = 1 + len(model.free)
    counts = jnp.asarray(counts, float)
    measured = (
        jnp.zeros((*counts.shape[:-1], model.initial.size - first))
        if measured is None
        else jnp.asarray(measured, float)
    )
    if start is None:
        norms = jnp.ones((*counts.shape[:-1], first))
        lowest = jnp.concatenate([jnp.full(len(model.systematics), -jnp.inf), -0.5 / model.mc_error])
        start = jnp.concatenate([norms, jnp.maximum(measured, lowest)], axis=-1)
    loose = jnp.ones(first)
    if mu is not None:
        start, loose = start.at[..., 0].set(mu), loose.at[0].set(0.0)
    return start, counts, measured, loose


def _found(state: State) -> Fit:
    """T fits as they are; ``nll2`` still lacks what depends on the data only."""
    return Fit(state.params.T, state.value, state.distance, state.distance < TOLERANCE, state.steps)


def _normalise(fit: Fit, counts: Array, measured: Array) -> Fit:
    return replace(fit, nll2=fit.nll2 + 2 * gammaln(counts + 1).sum(-1) + measured.shape[-1] * jnp.log(2 * jnp.pi))


def _fit(model: Model, start: Array, counts: Array, measured: Array, loose: Array) -> Fit:
    polynomials = coefficients(model, max(len(model.systematics), 1))
    move = lambda state: advance(model, polynomials, loose, state, counts[:, None], measured[:, None])  # noqa: E731
    state = jax.lax.while_loop(lambda state: ~state.ended[0], move, begin(start[:, None]))
    return _normalise(jax.tree.map(lambda leaf: leaf[0], _found(state)), counts, measured)


def fit(
    model: Model,
    counts: ArrayLike,
    measured: ArrayLike | None = None,
    mu: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Fit:
    """Minimise -2 ln L of ``counts`` (B,), at fixed ``mu`` if that is given.

    measured : (K+B,) auxiliary measurements of systematics and MC statistics, 0 by default. start : (n,), by default norms 1 and the
    constrained parameters as measured. Every bin's yield stays positive. Nothing is checked, so that the function can be jitted and
    mapped: a fit that fails, or whose minimum lies where a bin expects nothing, says so in ``converged``.
    """
    return _fit(model, *_start(model, counts, measured, mu, start))


def _fits(model: Model, start: Array, counts: Array, measured: Array, loose: Array, lanes: int = LANES) -> Fit:
    size, polynomials = len(counts), coefficients(model, 1)

    def move(carry: tuple) -> tuple:
        state, index, following, done = carry
        data = counts.at[index].get(mode="clip").T, measured.at[index].get(mode="clip").T
        state = advance(model, polynomials, loose, state, *data)
        ended = state.ended & (index < size)
        done = jax.tree.map(
            lambda all_, some: all_.at[jnp.where(ended, index, size)].set(some, mode="drop"), done, _found(state)
        )
        index = jnp.where(ended, following + jnp.cumsum(ended) - 1, index)
        fresh = begin(start.at[index].get(mode="clip").T)
        return (
            jax.tree.map(lambda new, old: jnp.where(ended, new, old), fresh, state),
            index,
            following + ended.sum(),
            done,
        )

    index = jnp.arange(lanes)
    state = begin(start.at[index].get(mode="clip").T)
    empty = Fit(
        jnp.zeros_like(start), *(jnp.zeros(size) for _ in range(2)), jnp.zeros(size, bool), jnp.zeros(size, int)
    )
    *_, done = jax.lax.while_loop(
        lambda carry: (carry[1] < size).any(), move, (state, index, jnp.asarray(lanes), empty)
    )
    return _normalise(done, counts, measured)


@partial(jax.jit, static_argnames="lanes")
def fits(
    model: Model,
    counts: ArrayLike,
    measured: ArrayLike | None = None,
    mu: ArrayLike | None = None,
    start: ArrayLike | None = None,
    lanes: int = LANES,
) -> Fit:
    """``fit`` of each of N pseudo-experiments: counts (N, B), measured (N, K+B), start (N, n).

    ``lanes`` of them are advanced together, and a lane whose fit has ended takes up the next: none waits for the slowest.
    """
    return _fits(model, *_start(model, counts, measured, mu, start), lanes)


def _second_derivatives(model: Model, params: ArrayLike, counts: ArrayLike) -> tuple[Array, ...]:
    """The exact Hessian of -2 ln L in pieces: a bin sees the systematics only through the logs of its P yields.

    slopes (K, B, P) of these logs; core (B, 1+F+P, 1+F+P), the Hessian of each bin in the norms and its logs; edge (B, 1+F+P) from
    there to the bin's MC parameter and own (B,), of that parameter alone, without MC statistics (0, 1+F+P) and (0,); bend (K,), what
    constraints and the curvature of the logs add to the diagonal.
    """
    norms, theta, theta_mc = model.split(params)
    x = jnp.clip(theta, -1.0, 1.0)[:, None]
    value, *rest = model.polynomial
    d1 = d2 = jnp.zeros_like(value)
    for c in rest:
        value, d1, d2 = value * x + c, d1 * x + value, d2 * x + d1
    outside = jnp.einsum("pkb,k->pb", model.log_up, jnp.maximum(theta - 1, 0.0))
    outside += jnp.einsum("pkb,k->pb", model.log_down, jnp.maximum(-theta - 1, 0.0))
    factor = 1 + model.mc_error * theta_mc if theta_mc.size else jnp.ones(())
    plain = model.nominal * value.prod(1) * jnp.exp(outside) * factor
    yields = (1 + (norms - 1) @ model.scales)[:, None] * plain
    total = jnp.maximum(yields.sum(0), TINY)
    excess, stiffness = 2 * (1 - counts / total), 2 * counts / total**2
    slopes = d1 / value
    bend = 2 + jnp.einsum("pb,pkb->k", excess * yields, 2 * d2 / value - slopes**2)
    by = jnp.concatenate([model.scales @ plain, yields]).T  # of E, by norms and logs
    mixed = jnp.einsum("np,pb->bnp", model.scales, plain)
    of_total = jnp.block([[jnp.zeros((*mixed.shape[:2], len(norms))), mixed], [mixed.mT, jax.vmap(jnp.diag)(yields.T)]])
    core = stiffness[:, None, None] * by[:, :, None] * by[:, None] + excess[:, None, None] * of_total
    slopes = jnp.moveaxis(slopes, 0, -1)
    if not theta_mc.size:
        return slopes, core, by[:0], theta_mc, bend
    by_mc = model.mc_error / factor  # of ln E
    edge = by * (by_mc * (stiffness * total + excess))[:, None]
    return slopes, core, edge, 2 + stiffness * (total * by_mc) ** 2, bend


def _reach(slopes: Array, norms: int) -> Array:
    """What ``norms`` norms and ``slopes`` (K, B, P) do to the norms and logs that each bin sees: (norms+K, B, norms+P)."""
    own = jnp.broadcast_to(jnp.eye(norms)[:, None], (norms, slopes.shape[1], norms))
    corners = jnp.pad(own, ((0, 0), (0, 0), (0, slopes.shape[2]))), jnp.pad(slopes, ((0, 0), (0, 0), (norms, 0)))
    return jnp.concatenate(corners)


def _corner(slopes: Array, core: Array, bend: Array) -> Array:
    """The Hessian (1+F+K, 1+F+K) of norms and systematics from ``_second_derivatives``."""
    reach = _reach(slopes, core.shape[1] - slopes.shape[2])
    size = len(reach)
    diagonal = jnp.pad(bend, (size - len(bend), 0))
    return jnp.einsum("ibz,bzy->iby", reach, core).reshape(size, -1) @ reach.reshape(size, -1).T + jnp.diag(diagonal)


def hessian(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """Exact second derivatives (n, n) of -2 ln L at ``params`` (n,); auxiliary measurements make no difference."""
    slopes, core, edge, own, bend = _second_derivatives(model, params, counts)
    across = jnp.einsum("ibz,bz->ib", _reach(slopes, 1 + len(model.free))[:, : len(own)], edge)
    return jnp.block([[_corner(slopes, core, bend), across], [across.T, jnp.diag(own)]])


def _inverse(slopes: Array, core: Array, bend: Array, columns: int) -> Array:
    """The first ``columns`` of the inverse of ``_corner``, NaN if that isn't positive definite.

    With fewer logs than half the systematics, in the directions that the logs see: the corner is ``bend`` in all others.
    """
    (K, B, P), norms = slopes.shape, core.shape[1] - slopes.shape[2]

    def in_all() -> Array:
        corner = _corner(slopes, core, bend)
        return cho_solve(cho_factor(corner), jnp.eye(len(corner), columns))

    def in_seen() -> Array:
        width = 1 / jnp.sqrt(bend)
        directions, seen = jnp.linalg.qr(slopes.reshape(K, B * P) * width[:, None])
        small = _corner(seen.reshape(B * P, B, P), core, jnp.ones(B * P))
        less = cho_solve(cho_factor(small), jnp.eye(len(small))) - jnp.diag(jnp.pad(jnp.ones(B * P), (norms, 0)))
        back = jnp.block(
            [[jnp.eye(norms), jnp.zeros((norms, B * P))], [jnp.zeros((K, norms)), width[:, None] * directions]]
        )
        return back @ (less @ back[:columns].T) + jnp.diag(jnp.pad(width**2, (norms, 0)))[:, :columns]

    if 2 * B * P > K:
        return in_all()
    return jax.lax.cond((bend > 0).all(), in_seen, in_all)


def covariance(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """Covariance matrix (n, n) of all parameters: twice the inverse of the exact Hessian of -2 ln L; NaN where that isn't a minimum."""
    slopes, core, edge, own, bend = _second_derivatives(model, params, counts)
    if not own.size:
        return 2 * _inverse(slopes, core, bend, len(params))
    core -= edge[:, :, None] * edge[:, None] / own[:, None, None]
    block = 2 * _inverse(slopes, core, bend, len(params) - len(own))
    to_mc = jnp.einsum("ibz,bz->ib", _reach(slopes, 1 + len(model.free)), edge / own[:, None])
    across = -block @ to_mc
    return jnp.block([[block, across], [across.T, jnp.diag(2 / own) - to_mc.T @ across]])


@jax.jit
def sigma_mu(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """The error of mu from ``covariance``, for params (n,) and counts (B,), or for many: (N, n) and (N, B)."""
    params, counts = jnp.asarray(params, float), jnp.asarray(counts, float)

    def one(data: tuple[Array, Array]) -> Array:
        slopes, core, edge, own, bend = _second_derivatives(model, *data)
        if own.size:
            core -= edge[:, :, None] * edge[:, None] / own[:, None, None]
        return jnp.sqrt(2 * _inverse(slopes, core, bend, 1)[0, 0])

    return one((params, counts)) if params.ndim == 1 else jax.lax.map(one, (params, counts))


def best_and_held(
    model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike = 1.0
) -> tuple[Fit, Fit]:
    """The fit of all parameters and, from there, the one with ``mu`` held; of counts (B,), or of each of (N, B)."""
    start, counts, measured, loose = _start(model, counts, measured, None, None)
    minimise = _fit if counts.ndim == 1 else _fits

    def stage(start: Array, held: Array) -> tuple[Array, Fit]:  # both by one program: half as much to compile
        start = jnp.where(held, start.at[..., 0].set(mu), start)
        found = minimise(model, start, counts, measured, loose.at[0].set(1.0 - held))
        return found.params, found

    _, found = jax.lax.scan(stage, start, jnp.array([False, True]))
    return jax.tree.map(lambda leaf: leaf[0], found), jax.tree.map(lambda leaf: leaf[1], found)


def t_mu(model: Model, counts: ArrayLike, measured: ArrayLike | None = None, mu: ArrayLike = 1.0) -> Array:
    """-2 ln [L(mu, conditional theta) / L(mu-hat, theta-hat)] (Cowan et al., EPJC 71 (2011) 1554, eq. 8); NaN if a fit didn't converge.

    counts : (B,), or (N, B) for N values.
    """
    best, held = best_and_held(model, counts, measured, mu)
    return jnp.where(best.converged & held.converged, jnp.maximum(held.nll2 - best.nll2, 0.0), jnp.nan)


def q0(model: Model, counts: ArrayLike, measured: ArrayLike | None = None) -> Array:
    """t_mu at mu = 0, but 0 where mu-hat is negative (eq. 12 there); NaN if a fit didn't converge. counts : (B,) or (N, B)."""
    best, held = best_and_held(model, counts, measured, 0.0)
    value = jnp.where(best.params[..., 0] > 0, jnp.maximum(held.nll2 - best.nll2, 0.0), 0.0)
    return jnp.where(best.converged & held.converged, value, jnp.nan)


def _generate(key: Array, model: Model, params: Array, numbers: Array) -> tuple[Array, Array]:
    """The pseudo-experiments with these ``numbers`` (N,)."""
    yields, centres = expected(model, params), params[1 + len(model.free) :]
    keys = jax.vmap(lambda i: jax.random.split(jax.random.fold_in(key, i)))(numbers)
    # Poisson's rejection takes turns until the last number is accepted: one toy after another takes half the time of all in lockstep.
    counts = jax.lax.map(lambda one: jax.random.poisson(one, yields).astype(float), keys[:, 0])
    return counts, centres + jax.vmap(lambda one: jax.random.normal(one, centres.shape))(keys[:, 1])


@partial(jax.jit, static_argnames="size")
def generate(key: Array, model: Model, params: ArrayLike, size: int) -> tuple[Array, Array]:
    """``size`` pseudo-experiments at ``params`` (n,): Poisson counts (size, B) and auxiliary measurements (size, K+B), drawn for each.

    The i-th depends on ``key`` and i only.
    """
    return _generate(key, model, jnp.asarray(params, float), jnp.arange(size))


WHOLE, DEALT = PartitionSpec(), PartitionSpec("toys")


@lru_cache(maxsize=32)
def _program(function: Callable, mesh: Mesh, arguments: tuple[PartitionSpec, ...]) -> Callable:
    """``function`` compiled for the devices of ``mesh``: each gets its arguments ``WHOLE``, or the toys ``DEALT`` to it."""
    return jax.jit(jax.shard_map(function, mesh=mesh, in_specs=arguments, out_specs=DEALT, check_vma=False))


def run(
    what: Callable[[Model, Array, Array], Any],
    key: Array,
    model: Model,
    params: ArrayLike,
    size: int,
    block: int = 1000,
    devices: list | None = None,
    progress: bool = False,
) -> Any:
    """Draw ``size`` pseudo-experiments at ``params`` and evaluate ``what(model, counts (N, B), measured (N, K+B))`` of them.

    Returns a pytree of NumPy arrays, the leading axis ``size``: all that ``what`` returns, whose leading axes must be N. Each device
    works on ``block`` of them at a time, so that memory is that of a block. By default ``devices`` are all there are, those of other
    processes included: these must call ``run``, too, and all get everything. Toys are numbered, the i-th is the one of ``generate``,
    and its result depends neither on blocks nor on devices. ``progress`` prints how many are done to stderr.
    """
    if size < 1 or block < 1:
        raise ValueError(f"size and block must be 1 or more; got {size} and {block}.")
    devices = jax.devices() if devices is None else devices
    mesh = Mesh(np.array(devices), ("toys",))
    block = min(block, -(-size // len(devices)))
    draw, evaluate = (
        _program(_generate, mesh, (WHOLE, WHOLE, WHOLE, DEALT)),
        _program(what, mesh, (WHOLE, DEALT, DEALT)),
    )
    dealt, turn = NamedSharding(mesh, DEALT), block * len(devices)
    params, parts = np.asarray(params, float), []
    for done in range(0, size, turn):
        numbers = np.arange(done, done + turn)
        drawn = draw(key, model, params, jax.make_array_from_callback(numbers.shape, dealt, numbers.__getitem__))
        part = evaluate(model, *drawn)
        if jax.process_count() > 1:
            from jax.experimental.multihost_utils import process_allgather

            part = process_allgather(part, tiled=True)
        parts.append(jax.tree.map(np.asarray, part))
        if progress:
            print(
                f"\r{min(done + turn, size)} of {size}",
                end="\n" if done + turn >= size else "",
                file=sys.stderr,
                flush=True,
            )
    return jax.tree.map(lambda *arrays: np.concatenate(arrays)[:size], *parts)
