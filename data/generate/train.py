"""The discriminant: a small JAX network, trained in two folds so that no event is scored by a network that saw it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

import detector as det
from detector import Arrays

Parameters = list[tuple[Array, Array]]
"""Weights (inputs, outputs) and biases (outputs,) of each layer."""

INPUTS = (
    *("log lep0_pt", "log lep1_pt", "lep0_eta", "lep1_eta", "log mll", "dphill", "log ptll", "log mt", "log met"),
    *("dphi(ll, met)", "mt of lep0", "mt of lep1", "electron leads"),
    *("njet", "log jet0_pt", "|jet0_eta|", "dphi(ll, jet0)"),
)
HIDDEN = (64, 32)
EPOCHS, BATCH, RATE = 40, 512, 1e-3


def transverse_mass(f: Arrays, lepton: str) -> np.ndarray:
    """Of one lepton, "lep0" or "lep1", and the missing momentum."""
    return np.sqrt(2 * f[lepton + "_pt"] * f["met"] * (1 - np.cos(f[lepton + "_phi"] - f["met_phi"])))


def inputs(f: Arrays) -> np.ndarray:
    """Network inputs (n, len(INPUTS)) from the reconstructed quantities of detector.reconstruct."""
    llx = f["lep0_pt"] * np.cos(f["lep0_phi"]) + f["lep1_pt"] * np.cos(f["lep1_phi"])
    lly = f["lep0_pt"] * np.sin(f["lep0_phi"]) + f["lep1_pt"] * np.sin(f["lep1_phi"])
    phi_ll = np.arctan2(lly, llx)
    has_jet = np.isfinite(f["jet0_pt"])
    jet_pt, jet_phi = np.where(has_jet, f["jet0_pt"], 1), np.where(has_jet, f["jet0_phi"], 0)
    columns = (
        np.log(f["lep0_pt"]),
        np.log(f["lep1_pt"]),
        f["lep0_eta"],
        f["lep1_eta"],
        np.log(f["mll"]),
        f["dphill"],
        np.log(f["ptll"]),
        np.log(f["mt"]),
        np.log(f["met"]),
        np.abs(det.wrap(phi_ll - f["met_phi"])),
        transverse_mass(f, "lep0") / 50,
        transverse_mass(f, "lep1") / 50,
        np.abs(f["lep0_pdgid"]) == 11,
        np.minimum(f["njet"], 1),
        np.where(has_jet, np.log(jet_pt), np.log(25.0)),
        np.where(has_jet, np.abs(f["jet0_eta"]), 0.0),
        np.where(has_jet, np.abs(det.wrap(phi_ll - jet_phi)), 0.0),
    )
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def initial(key: Array, n_in: int) -> Parameters:
    sizes = (n_in, *HIDDEN, 1)
    keys = jax.random.split(key, len(sizes) - 1)
    layers = zip(keys, sizes[:-1], sizes[1:], strict=True)
    return [(jax.random.normal(k, (a, b)) * jnp.sqrt(1.0 / a), jnp.zeros(b)) for k, a, b in layers]


def logit(params: Parameters, x: Array) -> Array:
    """Output (n,) of the network before the sigmoid, for scaled inputs (n, len(INPUTS))."""
    for w, b in params[:-1]:
        x = jnp.tanh(x @ w + b)
    w, b = params[-1]
    return (x @ w + b)[:, 0]


def probability(params: Parameters, x: Array) -> Array:
    return jax.nn.sigmoid(logit(params, x))


def loss(params: Parameters, x: Array, y: Array, w: Array) -> Array:
    """Cross entropy of labels y (n,), averaged with weights w (n,)."""
    z = logit(params, x)
    return jnp.sum(w * (jnp.logaddexp(0.0, z) - y * z)) / jnp.sum(w)


@jax.jit
def step(
    params: Parameters, m: Parameters, v: Parameters, t: float, x: Array, y: Array, w: Array
) -> tuple[Parameters, Parameters, Parameters]:
    """Adam step number t, with the running means m of the gradient and v of its square."""
    g = jax.grad(loss)(params, x, y, w)
    m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
    v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
    rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    params = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + 1e-8), params, m, v)
    return params, m, v


def train(x: np.ndarray, y: np.ndarray, w: np.ndarray, seed: int) -> Parameters:
    """A network trained on scaled inputs x (n, len(INPUTS)), labels y (n,) and weights w (n,)."""
    params = initial(jax.random.key(seed), x.shape[1])
    m = v = jax.tree.map(jnp.zeros_like, params)
    rng, t = np.random.default_rng(seed), 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for i in range(0, len(order) - BATCH + 1, BATCH):
            t += 1
            b = order[i : i + BATCH]
            params, m, v = step(params, m, v, float(t), x[b], y[b], w[b])
    return params


def train_two_fold(
    x: np.ndarray, label: np.ndarray, weight: np.ndarray, seed: int = 0
) -> tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], np.ndarray]:
    """Return ``score(x, fold) -> (n,)`` and the fold (n,) of each event.

    Fold k is scored by the network trained on fold 1 - k. Signal and background enter with equal total weight.
    """
    fold = np.arange(len(x)) % 2
    mean, std = x.mean(axis=0), x.std(axis=0) + 1e-6
    w = np.where(label == 1, weight / weight[label == 1].sum(), weight / weight[label == 0].sum())
    w = (w / w.mean()).astype(np.float32)

    def scaled(a: np.ndarray) -> np.ndarray:
        return ((a - mean) / std).astype(np.float32)

    networks = []
    for k in (0, 1):
        rows = np.flatnonzero(fold != k)
        params = train(scaled(x[rows]), label[rows].astype(np.float32), w[rows], seed + k)
        networks.append(jax.jit(partial(probability, params)))

    def score(a: np.ndarray, fold: np.ndarray) -> np.ndarray:
        a = scaled(a)
        return np.where(fold == 0, np.asarray(networks[0](a)), np.asarray(networks[1](a)))

    return score, fold
