"""How a yield follows a systematic: HistFactory's interpolation code 4 (Cranmer et al., CERN-OPEN-2012-016, section
4.1).

Between theta = -1 and 1 a factor is a polynomial of degree six, f = 1 + a_1 theta + ... + a_6 theta^6; outside it is
up^theta or down^-theta. The two meet in value, slope and curvature, so that

    f(theta) = polynomial(clip(theta, -1, 1)) * exp(ln(up) max(theta - 1, 0) + ln(down) max(-theta - 1, 0))

and slope and curvature of ln f are those of the clipped polynomial everywhere.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike


def coefficients(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The polynomial's coefficients (7, ...), highest power first, for ratios ``up`` and ``down`` to nominal.

    It meets up^theta at theta = 1 and down^-theta at -1 in value, slope and curvature: six conditions for a_1 ... a_6.
    """
    powers = np.arange(6, 0, -1)
    sign = (-1.0) ** powers
    slope, curvature = powers, powers * (powers - 1)
    conditions = np.array([np.ones(6), sign, slope, -slope * sign, curvature, curvature * sign])
    log_up, log_down = np.log(up), np.log(down)
    targets = np.array([up - 1, down - 1, up * log_up, -down * log_down, up * log_up**2, down * log_down**2])
    solved = np.tensordot(np.linalg.inv(conditions), targets, axes=1)
    return np.concatenate([solved, np.ones((1, *up.shape))])


def horner(polynomial: ArrayLike, x: ArrayLike) -> tuple[Array, Array, Array]:
    """Value, slope and half the curvature at ``x`` of polynomials whose coefficients, highest first, run along the
    first axis."""
    value, *rest = jnp.asarray(polynomial)
    slope = half_curvature = jnp.zeros(())
    for coefficient in rest:
        value, slope, half_curvature = value * x + coefficient, slope * x + value, half_curvature * x + slope
    return value, slope, half_curvature


def log_slopes(polynomial: ArrayLike, x: ArrayLike) -> tuple[Array, Array]:
    """Slope and curvature at ``x`` of ln f: f'/f and f''/f - (f'/f)^2."""
    value, slope, half_curvature = horner(polynomial, x)
    inverse = 1 / value
    return slope * inverse, 2 * half_curvature * inverse - (slope * inverse) ** 2


def for_each_bin(x: Array, bins: int) -> Array:
    """``x`` (K, ...) repeated for each bin, (K B, ...), and kept: kernels then run along one long axis instead of
    many short ones."""
    return jax.lax.optimization_barrier(jnp.repeat(x, bins, axis=0))


def log_outside(log_up: Array, log_down: Array, theta: Array) -> Array:
    """The sum over systematics of ln f's part beyond |theta| = 1: (P, B, ...) for slopes (P, K, B) and theta (K,
    ...)."""
    above, below = jnp.maximum(theta - 1, 0.0), jnp.maximum(-theta - 1, 0.0)
    return jnp.einsum("pkb,k...->pb...", log_up, above) + jnp.einsum("pkb,k...->pb...", log_down, below)
