"""Networks trained on sigma(mu), lecture 06's cells for many seeds: ``python benchmarks/training.py [SEEDS]``.

For each seed and each of two splits of the events into halves, networks are trained on either half: by the
cross-entropy ("entropy"), from there on log sigma(mu) with all weight systematics ("sigma"), and with none ("counts").
training.json gets, for each of these, sigma(mu) on the half it was trained on, on the other half (means of both
networks), and two-fold, on all events, each scored by the network of the other half; and the two-fold impact of the
largest systematics. "enlarged" is the same with gg -> WW known six times worse. Coverage, for one network a seed and
split: toys from the templates it is fitted with, from other events, and with templates and toys from two samples that
the training didn't see. ``python benchmarks/training.py 0`` only draws the figures, from
training.json.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

import jaxhep
from jaxhep import network, sensitivity, toys

HERE = Path(__file__).parent
RESULTS = HERE / "training.json"
BINS = jnp.linspace(0, 1, 11)
BANDWIDTH, RATE, STEPS, LONGER = 0.01, 2e-3, 40, 100
ENLARGED = {"WW_GG": 6.0}
LOSSES = ("entropy", "sigma", "counts")
NUMBERS = ("training", "other", "two-fold")
CASES = {
    "own": "from its own templates",
    "other": "from other events",
    "third": "templates and toys from unseen events",
}


def place(net: network.Network, quantiles: Array, features: Array) -> Array:
    return sensitivity.position(network.score(net, features), quantiles)


@jax.jit
def on_sigma(net: network.Network, quantiles: Array, features: Array, columns: Array, steps: Array) -> network.Network:
    """The network after one step of Adam on log sigma(mu) for each of ``steps``."""

    def loss(net: network.Network, _: Array) -> Array:
        share = sensitivity.soft_memberships(place(net, quantiles, features), BINS, BANDWIDTH)
        return jnp.log(sensitivity.sigma(share, columns))

    return network.adam(loss, net, RATE, steps)[0]


@jax.jit
def _sigma(share: Array, columns: Array) -> Array:
    return sensitivity.sigma(share, columns)


@jax.jit
def impacts(share: Array, columns: Array) -> Array:
    """The part (K,) of each systematic in sigma(mu), in quadrature."""
    t = columns.T @ share
    square, by_R = jax.value_and_grad(lambda R: sensitivity.sigma_mu(t[0], t[1], R, t[-1]) ** 2)(t[2:-1])
    return jnp.sqrt(jnp.maximum((by_R * t[2:-1]).sum(1) / 2, 0.0))


class Study:
    """The events, and what is asked of them."""

    def __init__(self) -> None:
        self.events = jaxhep.load_events()
        self.names = sensitivity.weight_systematics(self.events)
        self.features = jnp.asarray(network.features(self.events))
        self.label, self.weight = (jnp.asarray(self.events[name], float) for name in ("label", "weight"))
        self.columns = np.asarray(sensitivity.columns(self.events))

    def part(self, rows: np.ndarray, enlarged: dict[str, float]) -> Array:
        """Columns of these events, as the whole simulation; the responses of some systematics enlarged."""
        columns = self.columns[rows] / rows.mean()
        columns[:, -1] /= rows.mean()
        for name, factor in enlarged.items():
            columns[:, 2 + self.names.index(name)] *= factor
        return jnp.asarray(columns)

    def trained(self, seed: int, first: np.ndarray, enlarged: dict[str, float]) -> tuple[dict, dict]:
        """Networks by loss and half (True: the first), and the signal quantiles by half."""
        nets: dict = {loss: {} for loss in LOSSES}
        quantiles = {}
        for side in (True, False):
            rows = first == side
            features, columns = self.features[rows], self.part(rows, enlarged)
            key = jax.random.key(2 * seed + side)
            start = network.train(key, features, self.label[rows], self.weight[rows])
            quantiles[side] = jnp.asarray(sensitivity.signal_quantiles(network.score(start, features), columns[:, 0]))
            counts = columns.at[:, 2:].set(0.0)
            nets["entropy"][side] = start
            nets["sigma"][side] = on_sigma(start, quantiles[side], features, columns, jnp.arange(STEPS))
            nets["counts"][side] = on_sigma(start, quantiles[side], features, counts, jnp.arange(STEPS))
        return nets, quantiles

    def compared(self, seed: int, first: np.ndarray, enlarged: dict[str, float]) -> dict:
        nets, quantiles = self.trained(seed, first, enlarged)
        everything, found = self.part(np.ones(len(first), bool), enlarged), {}
        for loss in LOSSES:
            used, other, two_fold = [], [], np.zeros((len(first), len(BINS) - 1))
            for side in (True, False):
                at = place(nets[loss][side], quantiles[side], self.features)
                share = np.asarray(sensitivity.hard_memberships(at, BINS))
                for rows, values in ((first == side, used), (first != side, other)):
                    values.append(float(_sigma(share[rows], self.part(rows, enlarged))))
                two_fold[first != side] = share[first != side]
            parts = dict(zip(self.names, np.asarray(impacts(two_fold, everything)).tolist(), strict=True))
            largest = sorted(parts, key=parts.__getitem__, reverse=True)[:6]
            found[loss] = {
                "training": float(np.mean(used)),
                "other": float(np.mean(other)),
                "two-fold": float(_sigma(two_fold, everything)),
                "impacts": {name: round(parts[name], 5) for name in {*largest, *ENLARGED, "FAKE_NORM"}},
            }
        return found

    def covered(self, seed: int, first: np.ndarray, size: int = 1000) -> dict:
        """Claimed error, bias, spread and coverage of toys, for the cross-entropy and for ``LONGER`` steps on sigma."""
        features, columns = self.features[first], self.part(first, {})
        start = network.train(jax.random.key(2 * seed + 1), features, self.label[first], self.weight[first])
        quantiles = jnp.asarray(sensitivity.signal_quantiles(network.score(start, features), columns[:, 0]))
        moved = on_sigma(start, quantiles, features, columns, jnp.arange(LONGER))
        quarter = ~first & (np.random.default_rng(100 + seed).permutation(len(first)) % 2 == 0)
        samples = {"own": (first, first), "other": (first, ~first), "third": (quarter, ~first & ~quarter)}
        found: dict = {}
        for name, net in (("entropy", start), ("sigma", moved)):
            score = np.asarray(place(net, quantiles, self.features))
            for case, (templates, world) in samples.items():
                model, truth = (self.model(score, rows) for rows in (templates, world))
                counts, measured = toys.generate(jax.random.key(seed), truth, truth.initial, size)
                best = toys.fits(model, counts, measured)
                mu, error = best.params[:, 0], toys.sigma_mu(model, best.params, counts)
                found[f"{name}, {case}"] = {
                    "error": float(error.mean()),
                    "bias": float(mu.mean() - 1),
                    "rms": float(mu.std()),
                    "covered": float((best.found & (abs(mu - 1) < error)).mean()),
                }
        return found

    def model(self, score: np.ndarray, rows: np.ndarray) -> jaxhep.Model:
        sample = self.events[rows].assign(score=score[rows], weight=self.events["weight"][rows] / rows.mean())
        return jaxhep.make_model(jaxhep.build_templates(sample, BINS, systematics=self.names))


def run(seeds: int) -> list[dict]:
    study, rows = Study(), []
    for seed in range(seeds):
        for split in range(2):
            first = np.random.default_rng(split).permutation(len(study.events)) % 2 == 0
            rows.append(
                {
                    "seed": seed,
                    "split": split,
                    "plain": study.compared(seed, first, {}),
                    "enlarged": study.compared(seed, first, ENLARGED),
                    "coverage": study.covered(seed, first),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


# --- figures


def table(results: list[dict], kind: str, loss: str, number: str) -> np.ndarray:
    """Change of sigma(mu) in per cent against the cross-entropy, one entry a seed and split."""
    return np.array([100 * (row[kind][loss][number] / row[kind]["entropy"][number] - 1) for row in results])


def described(results: list[dict]) -> dict[str, str]:
    """What one sees in each figure, with its numbers."""

    def span(values: np.ndarray) -> str:
        return f"{values.mean():+.1f} % ({values.min():+.1f} to {values.max():+.1f})"

    runs = f"{len(results)} trainings"
    gains = {
        name: "; ".join(f"{number} {span(table(results, kind, loss, number))}" for number in NUMBERS)
        for name, kind, loss in (
            ("all systematics in the loss", "plain", "sigma"),
            ("none in it", "plain", "counts"),
            ("gg to WW six times as large", "enlarged", "sigma"),
        )
    }
    covered = {
        case: " and ".join(
            f"{100 * np.mean([r['coverage'][f'{loss}, {case}']['covered'] for r in results]):.0f} %"
            for loss in ("entropy", "sigma")
        )
        for case in CASES
    }
    return {
        "training": f"Change of sigma(mu) against cross-entropy in {runs}, mean and range. "
        + " ".join(f"With {name}: {text}." for name, text in gains.items()),
        "coverage": f"Coverage of toys in {runs}, mean, for cross-entropy and trained on sigma(mu): "
        + "; ".join(f"{CASES[case]} {text}" for case, text in covered.items())
        + ". The nominal 68 % is a dashed line.",
    }


def digest() -> str:
    """Of the results and of this file: what the figures are drawn from."""
    return hashlib.sha256(Path(__file__).read_bytes() + RESULTS.read_bytes()).hexdigest()[:12]


def stale() -> list[str]:
    """The figures that weren't drawn from these results by this code."""
    files = {name: HERE / f"{name}.svg" for name in ("training", "coverage")}
    return [name for name, file in files.items() if not file.is_file() or digest() not in file.read_text("utf-8")]


def draw(results: list[dict]) -> None:
    """Write training.svg and coverage.svg."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from jaxhep import plots

    plots.use_style()
    plt.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "path"})
    jitter = np.linspace(-0.1, 0.1, len(results))

    fig, axes = plt.subplots(1, 2, figsize=(13, 5.2), sharey=True)
    for ax, kind, title in zip(axes, ("plain", "enlarged"), ("as it is", "gg → WW six times as large"), strict=True):
        for loss, shift, colour, marker in (("sigma", -0.17, plots.BLUE, "o"), ("counts", 0.17, plots.ORANGE, "^")):
            for x, number in enumerate(NUMBERS):
                label = {"sigma": "systematics in the loss", "counts": "none in the loss"}[loss] if x == 0 else None
                ax.plot(x + shift + jitter, table(results, kind, loss, number), marker, color=colour, label=label)
        ax.axhline(0, color=plots.GREY, linewidth=1)
        ax.set_xticks(range(3), ["training half", "other half", "two-fold"])
        ax.set_title(title)
    axes[0].set_ylabel("σ(μ) against cross-entropy, per cent")
    axes[1].legend(loc="lower right")
    _write(fig, "training", described(results)["training"])

    fig, ax = plt.subplots(figsize=(9.5, 5.2))
    for loss, shift, colour, marker in (("entropy", -0.15, plots.ORANGE, "^"), ("sigma", 0.15, plots.BLUE, "o")):
        for x, case in enumerate(CASES):
            label = {"entropy": "cross-entropy", "sigma": "trained on σ(μ)"}[loss] if x == 0 else None
            values = [100 * row["coverage"][f"{loss}, {case}"]["covered"] for row in results]
            ax.plot(x + shift + jitter, values, marker, color=colour, label=label)
    ax.axhline(68.3, color=plots.INK, linestyle="--", linewidth=1.5)
    ax.set_xticks(range(3), ["toys from its\nown templates", "toys from\nother events", "templates, toys\nboth unseen"])
    ax.set(ylabel="covered, per cent", ylim=(0, 100))
    ax.legend(loc="lower right")
    _write(fig, "coverage", described(results)["coverage"])


def _write(fig: Any, name: str, description: str) -> None:
    drawn = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Description": f"{description} (drawn from {digest()})"}
    fig.savefig(drawn, format="svg", metadata=metadata)
    # the build's renderer knows no points
    text = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', drawn.getvalue(), count=2)
    (HERE / f"{name}.svg").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if seeds:
        RESULTS.write_text(json.dumps(run(seeds), indent=1) + "\n", encoding="utf-8")
    draw(json.loads(RESULTS.read_text(encoding="utf-8")))
