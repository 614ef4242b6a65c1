"""The error of mu that an analysis expects, as a differentiable function of how its events are binned.

With a row of ``columns`` for every event and its share of every bin, the ``memberships``, each template is a sum over
events, and all of them are one product of matrices. Around the Asimov data of mu = 1 and theta = 0, and for responses
that are linear in theta, the Hessian of -2 ln L gives (Cowan et al., EPJC 71 (2011) 1554, sec. 3.2)::

    sigma(mu)^-2 = a^T G^-1 a        G = diag(E) + R^T R + diag(V)

a_b : signal, E_b : all expected events, R_kb = dE_b / dtheta_k, V_b : variance of the simulated yield, one
parameter a bin (Conway, arXiv:1103.0354). G is the covariance of the counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax import Array
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.events import check_events


def weight_systematics(events: pd.DataFrame) -> tuple[str, ...]:
    """The systematics of the events that change weights and leave every event where it is."""
    names = [str(c).removeprefix("w_up__") for c in inputs.frame(events) if str(c).startswith("w_up__")]
    return tuple(name for name in names if f"score_up__{name}" not in events)


def columns(events: pd.DataFrame, systematics: Sequence[str] | None = None, fraction: float = 1.0) -> np.ndarray:
    """What each event adds to the templates of its bin, (N, 3+K): signal, all, response to each systematic, variance.

    An event of weight w has the response w (up - down) / 2 and the variance w^2. systematics : by default
    ``weight_systematics``; one that moves events between bins is refused with a ValueError, since its response isn't a
    sum over a bin's events. fraction : which part of the simulation these events are; their weights are divided by it.
    """
    events, fraction = inputs.frame(events), inputs.positive(fraction, "fraction")
    known = weight_systematics(events)
    systematics = known if systematics is None else inputs.names(systematics, "systematics")
    inputs.require_known(systematics, known, "weight systematic")
    needed = ["label", "weight", *(f"w_{side}__{name}" for name in systematics for side in ("up", "down"))]
    check_events(events[[c for c in needed if c in events]], needed)
    weight, label = events["weight"].to_numpy(float) / fraction, events["label"].to_numpy(float)
    up, down = (events[[f"w_{side}__{name}" for name in systematics]].to_numpy(float) for side in ("up", "down"))
    return np.column_stack([weight * label, weight, weight[:, None] * (up - down) / 2, weight**2])


def soft_memberships(score: ArrayLike, edges: ArrayLike, width: ArrayLike) -> Array:
    """The share (N, B) of every bin in the events with ``score`` (N,); each row sums to 1.

    Instead of a step at an inner edge e an event passes a sigmoid((score - e) / width); the outer edges stay open, so
    that no event gets lost. For ``width`` -> 0 these are the bins of ``jaxhep.histogram``. All three in the same units.
    """
    score, edges = jnp.asarray(score), jnp.asarray(edges)
    if score.ndim != 1 or edges.ndim != 1 or len(edges) < 2:
        raise ValueError(f"Needed are scores (N,) and edges (B+1,); got the shapes {score.shape} and {edges.shape}.")
    beyond = jax.nn.sigmoid((score[:, None] - edges[1:-1]) / width)  # (N, B-1)
    ones, zeros = jnp.ones((len(score), 1)), jnp.zeros((len(score), 1))
    return jnp.hstack([ones, beyond]) - jnp.hstack([beyond, zeros])


def signal_quantiles(score: ArrayLike, signal: ArrayLike, points: int = 101) -> np.ndarray:
    """Scores (points,) below which lie equal steps of the signal, from ``score`` (N,) and weights ``signal`` (N,)."""
    score, signal = np.asarray(score), np.asarray(signal)
    order = np.argsort(score)
    below = np.cumsum(signal[order])
    return np.interp(np.linspace(0, 1, points), below / below[-1], score[order])


def position(score: ArrayLike, quantiles: ArrayLike) -> Array:
    """The fraction of the signal below each score, from its ``signal_quantiles``: bins of equal width in it, between 0
    and 1, have equal signal."""
    quantiles = jnp.asarray(quantiles)
    return jnp.interp(jnp.asarray(score), quantiles, np.linspace(0.0, 1.0, len(quantiles)))


def hard_memberships(score: ArrayLike, edges: ArrayLike) -> Array:
    """1 in the bin of each event, 0 elsewhere, (N, B); the first and the last bin are open."""
    return _hard_memberships(jnp.asarray(score), jnp.asarray(edges))


@jax.jit
def _hard_memberships(score: Array, edges: Array) -> Array:
    return jax.nn.one_hot(jnp.searchsorted(edges[1:-1], score, side="right"), len(edges) - 1)


def soft_histogram(score: ArrayLike, weight: ArrayLike, edges: ArrayLike, width: ArrayLike) -> Array:
    """Sum of weights per bin as ``jaxhep.histogram``, (B,) or (B, M), but differentiable by scores and edges."""
    return soft_memberships(score, edges, width).T @ jnp.asarray(weight)


def sigma_mu(signal: ArrayLike, expected: ArrayLike, responses: ArrayLike, variance: ArrayLike) -> Array:
    """sigma(mu) from the signal (B,), all expected events (B,), their responses (K, B) and their variance (B,)."""
    signal, responses = jnp.asarray(signal), jnp.asarray(responses)
    G = jnp.diag(jnp.asarray(expected) + jnp.asarray(variance)) + responses.T @ responses
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


def sigma(memberships: ArrayLike, columns: ArrayLike) -> Array:
    """sigma(mu) from the events' ``memberships`` (N, B) and ``columns`` (N, 3+K)."""
    memberships, columns = jnp.asarray(memberships), jnp.asarray(columns)
    if memberships.ndim != 2 or columns.ndim != 2 or len(memberships) != len(columns):
        raise ValueError(
            f"Needed are memberships (N, B) and columns (N, 3+K) of the same N events; got {memberships.shape} and "
            f"{columns.shape}."
        )
    templates = columns.T @ memberships
    return sigma_mu(templates[0], templates[1], templates[2:-1], templates[-1])
