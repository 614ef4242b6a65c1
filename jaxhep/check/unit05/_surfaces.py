"""Functions nll2(params, data) to be minimised, each with a difficulty of its own."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import Array


def counting(params: Array, data: tuple[Array, Array]) -> Array:
    """Six bins, mu and two constrained parameters."""
    counts, measured = data
    signal, background = jnp.array([2.0, 3.0, 4.0, 5.0, 5.0, 4.0]), jnp.array([60.0, 40.0, 25.0, 14.0, 8.0, 4.0])
    tilt = jnp.array([[0.1, 0.05, 0.0, -0.05, -0.1, -0.2], [0.05, 0.05, 0.05, 0.1, 0.15, 0.2]])
    expected = params[0] * signal + background * jnp.exp(params[1:] @ tilt)
    safe = jnp.maximum(expected, 1e-6)
    log = jnp.where(expected > 1e-6, jnp.log(safe), math.log(1e-6) + expected * 1e6 - 1)
    return 2 * jnp.sum(expected - counts * log) + jnp.sum((params[1:] - measured) ** 2)


def parabola(params: Array, data: Array) -> Array:
    d = params - data
    return 3 * d[0] ** 2 + 2 * d[0] * d[1] + d[1] ** 2 + 7.0


def valley(params: Array, data: Array) -> Array:
    """A narrow one: the two parameters have a correlation of 0.99."""
    d = params - data
    return (d[0] ** 2 - 2 * 0.99 * d[0] * d[1] + d[1] ** 2) / (1 - 0.99**2)


def far(params: Array, data: Array) -> Array:
    """Newton's step from x leads to -x^3: outside of 1 it diverges."""
    return jnp.sum(jnp.sqrt(1 + (params - data) ** 2))


def bump(params: Array, data: Array) -> Array:
    """A Gaussian well: beyond its width the curvature is negative, and Newton's step leads uphill."""
    return jnp.sum(4 - 4 * jnp.exp(-((params - data) ** 2) / 2) + 0.02 * (params - data) ** 2)


def edge(params: Array, data: Array) -> Array:
    """A likelihood of two bins, NaN where one of them expects less than nothing: Newton's step may lead there."""
    expected = 4 + params - data
    return 2 * jnp.sum(expected - 4 * jnp.log(expected))


def slide(params: Array, data: Array) -> Array:
    """Its slope comes down to -0.005, and no further."""
    return jnp.sum(jnp.sqrt(1 + (params - data) ** 2) - 1.005 * params)


def saddle(params: Array, data: Array) -> Array:
    """Level at ``data``, where it falls to both sides along the first axis; minima at a distance of 1."""
    d = params - data
    return (d[0] ** 2 - 1) ** 2 + d[1] ** 2


def tilted_saddle(params: Array, data: Array) -> Array:
    """Level at ``data``, where the Hessian's diagonal is positive, and yet it falls where both parameters grow
    or shrink alike, to minima at a distance of 0.5 in both."""
    d = params - data
    return ((d[0] + d[1]) ** 2 - 1) ** 2 + 4 * (d[0] - d[1]) ** 2
