"""The models that every program fits, of any size, and their data: the same numbers for all of them.

``invent`` draws a model from a seed, ``course`` is the shipped H -> WW model. ``export`` writes one to a folder that a
program reads in an environment of its own, without jaxhep.
"""

import json
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

import jaxhep
from jaxhep import toys

PROCESSES = ("signal", "WW", "top", "other")
EVENTS = (900.0, 9000.0, 7000.0, 3000.0)
TILT = (2.0, -1.0, -2.0, -3.0)  # slope of the log of each process's score distribution
TOYS = 1000
SCAN = 50


class Data(NamedTuple):
    """counts : (B,) to be fitted; toy_counts (TOYS, B), toy_measured (TOYS, K+B) : pseudo-experiments; mus :
    (SCAN,)."""

    counts: np.ndarray
    toy_counts: np.ndarray
    toy_measured: np.ndarray
    mus: np.ndarray


def invent(systematics: int, bins: int, seed: int = 5) -> jaxhep.Model:
    """A model of four processes with ``systematics`` of 1 to 10 %, each a norm and a slope of its own in every process
    it touches.

    The expected events are 20 000 however many the bins, simulated with ten times as many.
    """
    rng = np.random.default_rng([seed, systematics, bins])
    edges = np.linspace(0, 1, bins + 1)
    score = (edges[1:] + edges[:-1]) / 2
    shape = np.exp(np.multiply.outer(TILT, score))
    nominal = np.array(EVENTS)[:, None] * shape / shape.sum(1, keepdims=True)
    size = 10 ** rng.uniform(-2, -1, systematics)
    norm, slope = rng.uniform(-1, 1, (2, len(PROCESSES), systematics, 1))
    logs = size[:, None] * (norm + slope * (2 * score - 1)) / 2
    asymmetry = rng.uniform(0.7, 1.3, (systematics, 1))
    templates = jaxhep.Templates(
        nominal=nominal,
        up=np.exp(logs),
        down=np.exp(-asymmetry * logs),
        mc_error=1 / np.sqrt(10 * nominal.sum(0)),
        processes=PROCESSES,
        signal=PROCESSES[:1],
        systematics=tuple(f"syst_{k:03d}" for k in range(systematics)),
        edges=edges,
    )
    return jaxhep.make_model(templates)


def course() -> jaxhep.Model:
    """The shipped H -> WW model: 8 processes, 10 bins, all systematics."""
    events = jaxhep.load_events()
    return jaxhep.make_model(jaxhep.build_templates(events, jaxhep.equal_signal_edges(events)))


def draw(model: jaxhep.Model, seed: int = 5) -> Data:
    """Counts drawn at mu = 1 and random theta, toys, and mu within two of the standard deviations that Asimov data
    promise."""
    key, for_params, for_counts = jax.random.split(jax.random.key(seed), 3)
    theta = jax.random.normal(for_params, (model.initial.size - 1,)) / 2
    counts = jax.random.poisson(for_counts, jaxhep.expected(model, np.concatenate([[1.0], theta]))).astype(float)
    sigma = float(np.sqrt(jax.jit(toys.covariance)(model, model.initial, jaxhep.asimov(model))[0, 0]))
    toy_counts, toy_measured = toys.generate(key, model, model.initial, TOYS)
    mus = 1 + sigma * np.linspace(-2, 2, SCAN)
    return Data(*map(np.asarray, (counts, toy_counts, toy_measured, mus)))


def export(model: jaxhep.Model, data: Data, folder: Path) -> None:
    """Write ``model.npz`` (the templates and the data) and ``workspace.json`` (the same for pyhf) to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / "model.npz",
        nominal=np.asarray(model.nominal),
        up=np.exp(model.log_up),
        down=np.exp(model.log_down),
        mc_error=np.asarray(model.mc_error),
        signal=np.asarray(model.scales[0]),
        names=np.array(model.parameters),
        **data._asdict(),
    )
    (folder / "workspace.json").write_text(json.dumps(jaxhep.to_pyhf(model, data.counts)))
