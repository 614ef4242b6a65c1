"""A small discriminant: what it sees of an event, the network, and its training, all pure functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax import Array

from jaxhep import inputs

Network = list[tuple[Array, Array]]
"""Weights (inputs, outputs) and biases (outputs,) of each layer."""

SIZES = (17, 32, 32, 1)
"""Inputs, two hidden layers, output."""


def features(events: pd.DataFrame) -> np.ndarray:
    """What the network sees, (N, 17): momenta, angles and masses of leptons, missing momentum and leading jet, each of
    mean 0 and width 1."""
    e = {
        name: column.to_numpy(float)
        for name, column in inputs.frame(events).items()
        if "__" not in str(name) and name != "process"
    }
    x = e["lep0_pt"] * np.cos(e["lep0_phi"]) + e["lep1_pt"] * np.cos(e["lep1_phi"])
    y = e["lep0_pt"] * np.sin(e["lep0_phi"]) + e["lep1_pt"] * np.sin(e["lep1_phi"])
    phi_ll, jet = np.arctan2(y, x), e["njet"] > 0

    def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.arccos(np.cos(a - b))

    def transverse_mass(lepton: str) -> np.ndarray:
        angle = e[f"{lepton}_phi"] - e["met_phi"]
        return np.sqrt(2 * e[f"{lepton}_pt"] * e["met"] * (1 - np.cos(angle)))

    seen = [
        *(np.log(e[name]) for name in ("lep0_pt", "lep1_pt", "mll", "ptll", "mt", "met")),
        *(e["lep0_eta"], e["lep1_eta"], e["dphill"], apart(phi_ll, e["met_phi"])),
        *(transverse_mass("lep0"), transverse_mass("lep1"), np.abs(e["lep0_pdgid"]) == 11),
        *(jet, np.log(np.where(jet, e["jet0_pt"], 25.0)), np.where(jet, np.abs(e["jet0_eta"]), 0.0)),
        np.where(jet, apart(phi_ll, np.where(jet, e["jet0_phi"], 0.0)), 0.0),
    ]
    table = np.stack([np.asarray(column, float) for column in seen], axis=1)
    return (table - table.mean(0)) / table.std(0)


def initial(key: Array, sizes: tuple[int, ...] = SIZES) -> Network:
    """Random weights of variance 1 / inputs, biases 0."""
    pairs = zip(jax.random.split(key, len(sizes) - 1), sizes[:-1], sizes[1:], strict=True)
    return [(jax.random.normal(k, (n, m)) / jnp.sqrt(n), jnp.zeros(m)) for k, n, m in pairs]


def score(network: Network, features: Array) -> Array:
    """The discriminant (N,), between 0 and 1."""
    *hidden, (weights, biases) = network
    for w, b in hidden:
        features = jnp.tanh(features @ w + b)
    return jax.nn.sigmoid(features @ weights + biases)[:, 0]


def cross_entropy(network: Network, features: Array, label: Array, weight: Array) -> Array:
    """The loss of a classifier, averaged with ``weight`` (N,)."""
    p = jnp.clip(score(network, features), 1e-7, 1 - 1e-7)
    return -jnp.average(jnp.where(label == 1, jnp.log(p), jnp.log(1 - p)), weights=weight)


def adam(loss: Callable[..., Array], params: Any, rate: float, *batches: Any) -> tuple[Any, Array]:
    """Params after a step of Adam (Kingma and Ba, arXiv:1412.6980) for each leading index of ``batches``, and the loss
    before each step.

    loss : a function of params and one entry of each of the batches.
    """

    def step(state: Any, batch: Any) -> tuple[Any, Array]:
        params, m, v, t = state
        value, slope = jax.value_and_grad(loss)(params, *batch)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, slope)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, v, slope)
        scale = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return (params, m, v, t + 1), value

    zeros = jax.tree.map(jnp.zeros_like, params)
    start: Any = (params, zeros, zeros, jnp.array(1.0))
    (params, *_), values = jax.lax.scan(step, start, batches)
    return params, values


@partial(jax.jit, static_argnames=("epochs", "batch"))
def train(
    key: Array, features: Array, label: Array, weight: Array, epochs: int = 20, batch: int = 512, rate: float = 2e-3
) -> Network:
    """A classifier trained with the cross-entropy; signal and background enter with the same total weight."""
    of_signal = label == 1
    balanced = weight / jnp.where(of_signal, (weight * of_signal).sum(), (weight * ~of_signal).sum())
    first, *later = jax.random.split(key, 1 + epochs)
    steps = len(label) // batch
    order = jax.lax.map(lambda k: jax.random.permutation(k, len(label))[: steps * batch], jnp.stack(later))
    rows = order.reshape(-1, batch)

    def loss(network: Network, rows: Array) -> Array:
        return cross_entropy(network, features[rows], label[rows], balanced[rows])

    return adam(loss, initial(first), rate, rows)[0]
