"""What tasks 9 to 11 share: a reference fit that remembers its results, and small models to fit."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.reading import generator
from jaxhep.check.unit04._arrays import Arrays, random_model
from jaxhep.check.unit04._expected import reference as expected
from jaxhep.check.unit04._nll2 import course as nll2

value = jax.jit(nll2)
gradient = jax.jit(jax.grad(nll2))
hessian = jax.jit(jax.hessian(nll2))

WRONG_FIXED = dict.fromkeys(
    ("invalid literal for int()", "has no attribute 'items'"),
    "The third argument of `fit` is a dictionary {index: value}, of numbers: mu has index 0, so `{0: mu}` holds it.",
)
"""Exceptions of ``fit`` below."""

_known: dict[tuple, tuple[np.ndarray, np.ndarray, float]] = {}


def fit(counts, model, fixed=None):
    """Newton's method on the free parameters, damped where a step doesn't go down."""
    fixed = {int(i): float(value) for i, value in (fixed or {}).items()}
    counts = np.asarray(counts, float)
    key = (counts.tobytes(), *(np.asarray(array).tobytes() for array in model.values()), *sorted(fixed.items()))
    if key not in _known:
        _known[key] = _minimised(counts, model, fixed)
    values, covariance, minimum = _known[key]
    return values.copy(), covariance.copy(), minimum


def _minimised(counts: np.ndarray, model: Arrays, fixed: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray, float]:
    values = start(model, fixed)
    free = np.array([i for i in range(values.size) if i not in fixed], int)
    block = np.ix_(free, free)
    lowest, step = float(value(values, counts, model)), np.full(free.size, np.inf)
    for _ in range(200):
        slope = np.asarray(gradient(values, counts, model))[free]
        curvature = np.asarray(hessian(values, counts, model))[block]
        if (np.abs(step) < 1e-9).all():
            break
        for damping in (0.0, 1.0, 10.0, 1e2, 1e3, 1e4, 1e6):
            step = np.linalg.solve(curvature + damping * np.eye(free.size), slope)
            trial = values.copy()
            trial[free] -= step
            if (reached := float(value(trial, counts, model))) <= lowest + 1e-9:
                break
        values, lowest = trial, reached
    covariance = np.zeros((values.size, values.size))
    covariance[block] = 2 * np.linalg.inv(curvature)
    return values, covariance, lowest


def start(model: Arrays, fixed: Mapping[int, float] | None = None) -> np.ndarray:
    """Parameters before the fit: mu = 1, all others 0, and what is held at its value."""
    params = np.concatenate([[1.0], np.zeros(model["up"].shape[1] + model["mc_error"].size)])
    for index, held in (fixed or {}).items():
        params[index] = held
    return params


@functools.cache
def toy() -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Two sets of fluctuating counts, and a model of three processes, three systematics and four bins."""
    rng = generator(4, 9)
    model = random_model(rng, [0, 1, 0], 3, 4)
    model["nominal"] = model["nominal"] * jnp.array([[0.3, 0.6, 1.0, 1.5]]) ** jnp.array([[-1.0], [1.0], [0.0]])
    counts = np.asarray(expected(start(model), model))
    return counts * np.array([1.12, 0.95, 1.06, 1.1]), counts * np.array([0.97, 1.08, 1.0, 0.93]), model


@functools.cache
def large_toy() -> tuple[np.ndarray, Arrays]:
    """Counts, and a model of two processes, fourteen systematics and nine bins."""
    rng = generator(4, 10)
    model = random_model(rng, [0, 1], 14, 9)
    model["nominal"] = model["nominal"] * jnp.array([[0.3], [1.0]]) ** jnp.linspace(1, -0.5, 9)
    return np.asarray(expected(start(model), model)) * rng.uniform(0.9, 1.15, 9), model
