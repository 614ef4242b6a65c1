"""Descents to a minimum of -2 ln L by a damped Newton method, as pure JAX functions: one, or many side by side.

No matrix of parameters x parameters is made. With the curvature 2 W of the Poisson terms by the expected events, the
derivatives N = dE/dnorms (1+F, B) and A = dE/dtheta (K+B, B) of these, and D = 1 + what the curvature of the
interpolation adds, half the Hessian of -2 ln L is, but for small terms,

    N W N^T   N W A^T
    A W N^T   A W A^T + diag(D)

Far from the minimum W is Fisher's, diag(1/E): for a yield that is free to move, its step leads straight to n. Close to
it W is what it is, diag(n/E^2). Woodbury's formula and a Schur complement solve the system in the B bins or in the K
systematics, whichever are fewer, so that a step costs O(K min(B, K)) instead of O(K^3).

A bin without events gets a weight tau of events, which shrinks from step to step (``jaxhep.expansion``): the descent
ends inside, or, where -2 ln L falls until the bin expects nothing, on that edge.

Inside, arrays end with an axis of T fits that are advanced together: the compiler turns it into vector instructions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve

from jaxhep.expansion import Expansion, blocks, expand
from jaxhep.model import Model

TOLERANCE = 1e-4
"""Estimated distance to the minimum, in standard deviations, below which a fit ends."""

STEPS = 1000
"""Steps, those that were refused included, after which a descent gives up and says so. Five is usual; where systematics
are large the small terms of the Hessian aren't, and a descent may need hundreds."""

LANES = 24
"""How many descents advance together: enough for vector instructions, and few enough for the working set to stay in the
caches."""

FIRST_WEIGHT, LAST_WEIGHT = 0.1, 1e-9
"""Events in an empty bin at the start of a descent and at its end, in units of the bin's nominal yield or, if that is
more than one event, of one event."""

EDGE = 1e-4
"""The yield of an empty bin, in the same units, below which a minimum lies on the edge: where -2 ln L would still fall
by more than 2e-5 per event."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Fit:
    """A minimum of -2 ln L; each leaf has one leading axis more for many fits.

    params : (n,), ordered as ``model.parameters``. nll2 : -2 ln L there, normalised as ``jaxhep.nll2``.
    distance : how far away the true minimum still is, in standard deviations (the square root of the EDM).
    converged : whether that is less than ``TOLERANCE``, and all yields are positive: a minimum inside.
    edge : whether it is a minimum on the edge, where a bin without events expects none: value and params are right, but
        no slope is 0 there, and the curvature says nothing about errors. Neither of the two: no minimum was found.
    steps : number of steps.
    """

    params: Array
    nll2: Array
    distance: Array
    converged: Array
    edge: Array
    steps: Array

    @property
    def found(self) -> Array:
        """Whether it is a minimum, inside or on the edge."""
        return self.converged | self.edge


def no_fit(params: Array) -> Fit:
    """Fits that haven't begun, for params (n,) or (N, n)."""
    none, no = jnp.full(params.shape[:-1], jnp.inf), jnp.zeros(params.shape[:-1], bool)
    return Fit(jnp.zeros_like(params), none, none, no, no, jnp.zeros(params.shape[:-1], int))


def choose(these: Array, new: Fit, old: Fit) -> Fit:
    """``new`` for ``these``, a Boolean or (N,) of them, else ``old``."""
    return jax.tree.map(lambda a, b: jnp.where(jnp.expand_dims(these, range(these.ndim, a.ndim)), a, b), new, old)


def newton_step(at: Expansion, free: Array, excess: Array, curvature: Array, D: Array) -> tuple[Array, Array, Array]:
    """The step s (n,) of one descent, ``at`` without its last axis, the slope g.s of -2 ln L along it, and the share of
    it, up to 1, after which some yield would reach 0.

    free : (n,), 1 for parameters that are fitted and 0 for those that are held. excess, curvature : (B,), first and
    half of the second derivative 2 W of the Poisson terms by the yields. D : (K,), positive.

    With H/2 as above the equation H s = -g is solved for the norms first. Eliminating the MC parameters, which act on
    one bin each, turns 1/W into V = 1/W + (dE/dtheta_mc)^2; eliminating the systematics makes of it S = V + A^T D^-1 A,
    for W = 1/E the covariance of the counts.
    """
    norms, (K, B) = len(at.by_norm), at.by_theta.shape
    free_norm, free_theta, free_mc = free[:norms], free[norms : norms + K], free[norms + K :]
    N, A, m = free_norm[:, None] * at.by_norm, free_theta[:, None] * at.by_theta, at.by_mc
    m = free_mc * m if m.size else m
    g_norm, g_theta = N @ excess, A @ excess + 2 * free_theta * at.pulls[:K]
    g_mc = m * excess + 2 * free_mc * at.pulls[K:] if m.size else m
    V = 1 / curvature + m**2 if m.size else 1 / curvature
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
    information = 2 * N @ solved[:, 1:] + jnp.diag(1 - free_norm)
    s_norm = cho_solve(cho_factor(information), N @ solved[:, 0] - g_norm)
    # The rest follows from D s_theta = -g_theta / 2 - A W dE with the shift dE of all yields, W dE = shift / 2; D is 1
    # for the MC parameters.
    shift = 2 * solved[:, 1:] @ s_norm - solved[:, 0]
    s_theta = -(g_theta / D + (A / D[:, None]) @ shift) / 2
    s_mc = -(g_mc + m * shift) / 2 if m.size else g_mc
    lost = -shift / (2 * curvature * at.total)  # of each yield, as a fraction of it
    if m.size:
        lost = jnp.maximum(lost, -s_mc * at.by_mc / at.total)
    slope = g_norm @ s_norm + g_theta @ s_theta + (g_mc @ s_mc if m.size else 0.0)
    return jnp.concatenate([s_norm, s_theta, s_mc]), slope, jnp.minimum(0.995 / jnp.maximum(lost, 1e-30).max(), 1.0)


class State(NamedTuple):
    """T descents on their way.

    params : (n, T), accepted. step : (n, T), Newton's step from there. value : (T,), -2 ln L there, and barrier : (T,),
    what a weight 1 of events in the empty bins would add. weight : (T,), which the next step was computed with.
    slope : (T,), of -2 ln L along the step. length : (T,), the part of the step that comes next. lowest : (T,), the
    smallest yield of the empty bins, in the units of ``EDGE``. steps : (T,), how many there were.
    """

    params: Array
    step: Array
    value: Array
    barrier: Array
    weight: Array
    slope: Array
    length: Array
    lowest: Array
    steps: Array

    @property
    def rows(self) -> Array:
        """All of it as one array (2n+7, T): the compiler makes a kernel of every array that a loop carries."""
        return jnp.concatenate([self.params, self.step, jnp.stack(self[2:])])

    @classmethod
    def of_rows(cls, rows: Array) -> State:
        n = (len(rows) - 7) // 2
        return cls(rows[:n], rows[n : 2 * n], *rows[2 * n :])

    @property
    def distance(self) -> Array:
        """The square root of the EDM from the slope along a full Newton step, which is -2 EDM."""
        return jnp.sqrt(jnp.maximum(-self.slope / 2, 0.0))

    @property
    def arrived(self) -> Array:
        return (self.distance < TOLERANCE) & (self.weight <= LAST_WEIGHT)

    @property
    def ended(self) -> Array:
        return self.arrived | (self.length < 1e-12) | (self.steps >= STEPS)

    @property
    def found(self) -> Array:
        """What there is to write down, (n+5, T): see ``fit_of``."""
        inside = self.lowest > EDGE
        outcomes = self.arrived & inside, self.arrived & ~inside
        return jnp.concatenate([self.params, jnp.stack([self.value, self.distance, *outcomes, self.steps])])


def fit_of(found: Array) -> Fit:
    """The fits of ``State.found`` (..., n+5); ``nll2`` still lacks what depends on the data only."""
    params, value, distance, inside, edge, steps = found[..., :-5], *jnp.moveaxis(found[..., -5:], -1, 0)
    return Fit(params, value, distance, inside > 0, edge > 0, steps.astype(int))


def begin(params: Array, counts: Array) -> State:
    """Descents that start at ``params`` (n, T): whatever is found there will be accepted, if only it is possible."""
    each = jnp.zeros_like(params[0])
    return State(
        params=params,
        step=jnp.zeros_like(params),
        value=each + jnp.inf,
        barrier=each,
        weight=jnp.where((counts == 0).any(0), FIRST_WEIGHT, LAST_WEIGHT),
        slope=each - 1e30,
        length=each + 1,
        lowest=each,
        steps=each,
    )


def advance(model: Model, polynomials: Array, free: Array, state: State, counts: Array, measured: Array) -> State:
    """Evaluate where the steps lead; accept what goes down (Armijo's condition), shorten the step where it doesn't."""
    params = state.params + state.length * state.step
    at = expand(model, polynomials, free, params, counts, measured)
    empty = at.counts == 0
    unit = jnp.minimum(model.nominal.sum(0), 1.0)[:, None]  # of the weights
    barrier = -2 * jnp.where(empty, unit * jnp.log(at.total), 0.0).sum(0)
    before, after = state.value + state.weight * state.barrier, at.value + state.weight * barrier
    lower = after <= before + 1e-4 * state.length * state.slope + 1e-14 * jnp.abs(before)
    lower &= jnp.isfinite(at.value)

    # Where the last weight's minimum is close the next weight begins; the curvature is still the last one's, which
    # predicts where that minimum goes: E shrinks as the weight does.
    close = state.distance < 0.3
    shrunk = jnp.maximum(jnp.minimum(0.2 * state.weight, state.weight**1.5), LAST_WEIGHT)
    weight = jnp.where(state.distance < 1, shrunk, state.weight)
    excess = 2 * (1 - (at.counts + jnp.where(empty, weight * unit, 0.0)) / at.total)
    curvature = jnp.where(empty, state.weight * unit, jnp.where(close, at.counts, at.total)) / at.total**2
    # Far away the interpolation may add curvature, but not take any away: steps stay downhill and short.
    bend = jnp.einsum("bt,kbt->kt", excess, at.bend)
    D = 1 + jnp.maximum(bend, jnp.where(close, -1.0, 0.0)) / 2
    step, slope, reach = jax.vmap(newton_step, (-1, None, -1, -1, -1), (-1, 0, 0))(at, free, excess, curvature, D)
    lower &= jnp.isfinite(slope)
    there = State(
        params=params,
        step=step,
        value=at.value,
        barrier=barrier,
        weight=weight,
        slope=slope,
        length=jnp.minimum(4 * state.length, reach),
        lowest=jnp.where(empty, at.total / unit, jnp.inf).min(0),
        steps=state.steps + 1,
    )
    here = state._replace(length=state.length / 4, steps=state.steps + 1)
    return State.of_rows(jnp.where(lower, there.rows, here.rows))


def descend(model: Model, start: Array, counts: Array, measured: Array, free: Array) -> Fit:
    """One descent from ``start`` (n,)."""
    polynomials = blocks(model, max(len(model.systematics), 1))
    data = counts[:, None], measured[:, None]

    def move(rows: Array) -> Array:
        return advance(model, polynomials, free, State.of_rows(rows), *data).rows

    rows = jax.lax.while_loop(lambda rows: ~State.of_rows(rows).ended[0], move, begin(start[:, None], data[0]).rows)
    return fit_of(State.of_rows(rows).found[:, 0])


def descend_many(
    model: Model, start: Array, counts: Array, measured: Array, free: Array, chosen: Array, lanes: int
) -> Fit:
    """Descents from ``start`` (N, n), of those data sets that are ``chosen`` (N,): a lane whose descent has ended
    writes it down and takes up the next."""
    size, (n, B), polynomials = len(counts), (start.shape[1], counts.shape[1]), blocks(model, 1)
    order, last = jnp.argsort(~chosen), chosen.sum()  # the chosen ones first
    everything = jnp.concatenate([start, counts, measured], axis=1)

    def data(turn: Array) -> tuple[Array, Array]:
        """Which data sets have their turn, and these, (n+B+len(measured), T): start, counts, measured."""
        which = order.at[turn].get(mode="clip")
        return which, everything[which].T

    def start_of(observed: Array) -> Array:
        return begin(observed[:n], observed[n : n + B]).rows

    def move(carry: tuple) -> tuple:
        rows, turn, which, observed, following, done = carry
        state = advance(model, polynomials, free, State.of_rows(rows), observed[n : n + B], observed[n + B :])
        ended = state.ended & (turn < last)
        done = done.at[jnp.where(ended, which, size)].set(state.found.T, mode="drop")
        turn = jnp.where(ended, following + jnp.cumsum(ended) - 1, turn)
        which, observed = data(turn)
        rows = jnp.where(ended, start_of(observed), state.rows)
        return rows, turn, which, observed, following + ended.sum(), done

    turn = jnp.arange(lanes)
    which, observed = data(turn)
    none = jnp.zeros((size, n + 5))  # what isn't chosen isn't found
    carry = start_of(observed), turn, which, observed, jnp.asarray(lanes), none
    *_, done = jax.lax.while_loop(lambda carry: (carry[1] < last).any(), move, carry)
    return fit_of(done)
