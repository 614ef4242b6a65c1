"""Lecture 06's tables of what benchmarks/training.py found, from training.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean, stdev

LOSSES = {
    "with all systematics": ("plain", "sigma"),
    "with none": ("plain", "counts"),
    "with all, gg → WW six times as large": ("enlarged", "sigma"),
}
CASES = {"own": "its own templates", "other": "other events", "third": "other events, templates too"}
NETWORKS = {"entropy": "cross-entropy", "sigma": "σ(μ)"}


def tables(path: Path) -> str:
    """Change of sigma(mu) by the loss, and what intervals are worth: means over seeds and splits."""
    results = json.loads(path.read_text(encoding="utf-8"))
    seeds, splits = (len({row[what] for row in results}) for what in ("seed", "split"))
    said = f"Means and spreads over {seeds} seeds and {splits} splits:"
    return "\n".join([said, "", *_changes(results), "", *_intervals(results), ""])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _with_spread(values: list[float], digits: str) -> str:
    """Mean and standard deviation, on one line wherever they stand."""
    return f"{fmean(values):{digits}} ± {stdev(values):{digits}}".replace(" ", "\N{NO-BREAK SPACE}").replace("-", "−")


def _changes(results: list[dict]) -> Iterable[str]:
    yield _row(["σ(μ) as the loss; its change in %", "training half", "other half", "two-fold"])
    yield "|:---|---:|---:|---:|"
    for name, (case, loss) in LOSSES.items():
        cells = []
        for number in ("training", "other", "two-fold"):
            changes = [100 * (row[case][loss][number] / row[case]["entropy"][number] - 1) for row in results]
            cells.append(_with_spread(changes, ".1f"))
        yield _row([name, *cells])


def _intervals(results: list[dict]) -> Iterable[str]:
    yield _row(["toys from", "network trained on", "claimed σ", "bias", "rms", "covered, in %"])
    yield "|:---|:---|---:|---:|---:|---:|"
    for case, source in CASES.items():
        for loss, network in NETWORKS.items():
            of = {key: [row["coverage"][f"{loss}, {case}"][key] for row in results] for key in ("error", "bias", "rms")}
            covered = [100 * row["coverage"][f"{loss}, {case}"]["covered"] for row in results]
            numbers = [f"{fmean(of['error']):.3f}", _with_spread(of["bias"], ".2f"), f"{fmean(of['rms']):.3f}"]
            yield _row([source, network, *numbers, _with_spread(covered, ".0f")])
