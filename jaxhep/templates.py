"""From events to templates: the nominal histogram of every process, and the up/down ratios of every systematic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from jaxhep import inputs
from jaxhep.events import DataError, check_events


@dataclass(frozen=True)
class Templates:
    """Histograms of the score: everything the likelihood needs to know about the events.

    nominal : (P, B) expected events at mu = 1 and all theta = 0.
    up, down : (P, K, B) yields at theta = +1 and -1 as ratios to nominal.
    mc_error : (B,) relative statistical uncertainty of the total simulated yield.
    processes, systematics : names along the axes P and K; ``signal``: the processes that mu scales.
    edges : (B+1,) bin edges in the score.
    """

    nominal: np.ndarray
    up: np.ndarray
    down: np.ndarray
    mc_error: np.ndarray
    processes: tuple[str, ...]
    signal: tuple[str, ...]
    systematics: tuple[str, ...]
    edges: np.ndarray


def histogram(score: ArrayLike, weight: ArrayLike, edges: ArrayLike) -> np.ndarray:
    """Sum of weights per bin, (B,): bins are [low, high), the last one includes its upper edge.

    ``score`` (N,); ``weight`` (N,) or (N, M), then the result is (B, M). Events outside the edges are dropped.
    Raises ValueError if the edges aren't finite and increasing, or scores and weights aren't finite or as many as each
    other.
    """
    edges = inputs.edges(edges)
    score, weight = _checked_column(score, "scores", (1,)), _checked_column(weight, "weights", (1, 2))
    if len(score) != len(weight):
        raise ValueError(f"There are {len(score)} scores, but {len(weight)} weights: one for each event.")
    bins = np.searchsorted(edges, score, side="right") - 1
    bins[score == edges[-1]] -= 1
    return np.array([weight[bins == b].sum(axis=0) for b in range(len(edges) - 1)])


def _checked_column(values: ArrayLike, what: str, axes: tuple[int, ...]) -> np.ndarray:
    found = np.asarray(inputs.array(values, f"The {what}"), float)
    if found.ndim not in axes:
        raise ValueError(f"The {what} must be one per event, (N,){' or (N, M)' * (2 in axes)}; got {found.shape}.")
    inputs.finite(found, lambda event, *_: f"One of the {what}, of event {event},")
    return found


def equal_signal_edges(events: pd.DataFrame, bins: int = 10) -> np.ndarray:
    """Edges (bins+1,) from 0 to 1 that give every bin the same expected signal (processes with label 1).

    Raises ValueError if ``bins`` < 1, DataError if the events have no signal or too few for so many bins, TypeError if
    they aren't a DataFrame or ``bins`` isn't an integer.
    """
    bins, events = inputs.at_least_one(bins, "bins"), inputs.frame(events)
    check_events(events[[c for c in ("label", "weight", "score") if c in events]], ("label", "weight", "score"))
    signal = events[events["label"] == 1].sort_values("score")
    if signal["weight"].sum() <= 0:
        raise DataError("The events have no signal (label 1 with a positive weight), so no edges of equal signal.")
    fraction = signal["weight"].to_numpy(float).cumsum()
    fraction /= fraction[-1]
    if bins > len(signal):
        raise DataError(f"{len(signal)} signal events don't give {bins} bins of equal signal: ask for fewer bins.")
    inner = np.interp(np.arange(1, bins) / bins, fraction, signal["score"])
    edges = np.concatenate([[0.0], inner, [1.0]])
    if not (np.diff(edges) > 0).all():
        raise DataError(f"{len(signal)} signal events don't give {bins} bins of equal signal: ask for fewer bins.")
    return edges


def build_templates(
    events: pd.DataFrame, edges: ArrayLike, systematics: Sequence[str] | None = None, smooth: bool = True
) -> Templates:
    """Histogram the score of every process, nominal and under every systematic (default: all in the events).

    Weight systematics use the event's own ``w_up__NAME`` ratio. Kinematic ones also move the event to
    ``score_up__NAME``; the few events that change bin make their templates noisy, so these are smoothed
    (``smooth_ratios``) unless ``smooth=False``. Where a process has no nominal yield the ratio is 1.
    ``mc_error`` is sqrt(sum w^2) / sum w over all processes, for one parameter per bin: Conway, arXiv:1103.0354, the
    light form of Barlow and Beeston, Comput. Phys. Commun. 77 (1993) 219, who have one per process and bin.

    Raises ValueError for wrong edges or unknown names, DataError for bad columns or a bin without expected events,
    TypeError for what isn't a DataFrame, numbers, names or True and False.
    """
    events, edges, smooth = inputs.frame(events), inputs.edges(edges), inputs.flag(smooth, "smooth")
    available = [str(c).removeprefix("w_up__") for c in events.columns.unique() if str(c).startswith("w_up__")]
    systematics = tuple(available) if systematics is None else inputs.names(systematics, "systematics")
    inputs.require_known(systematics, available, "systematic")
    kinematic = np.array([f"score_up__{name}" in events for name in systematics], bool)
    needed = ["process", "label", "weight", "score"]
    for name, moves in zip(systematics, kinematic, strict=True):
        needed += [f"{kind}_{side}__{name}" for kind in ("w", "score")[: 1 + moves] for side in ("up", "down")]
    check_events(events[[c for c in needed if c in events]], needed)

    processes = tuple(str(p) for p in events["process"].unique())
    nominal, up, down, squares, signal = [], [], [], [], []
    for process in processes:
        chosen = events[events["process"] == process]
        labels = set(chosen["label"].tolist())
        if labels not in ({0}, {1}):
            raise DataError(f"Process '{process}' has the labels {sorted(labels)}: all its events need 1, or all 0.")
        if labels == {1}:
            signal.append(process)
        weight = chosen["weight"].to_numpy(float)
        yields, variance = histogram(chosen["score"], np.stack([weight, weight**2], axis=1), edges).T
        ratios = [_ratios(chosen, edges, systematics, side, yields) for side in ("up", "down")]
        if smooth:
            shapes = smooth_ratios(ratios[0][kinematic], ratios[1][kinematic], yields)
            ratios[0][kinematic], ratios[1][kinematic] = shapes
        nominal.append(yields)
        squares.append(variance)
        up.append(ratios[0])
        down.append(ratios[1])
    total = np.sum(nominal, axis=0)
    if (total <= 0).any():
        b = int(np.argmax(total <= 0))
        raise DataError(
            f"Bin {b}, score from {edges[b]:.4g} to {edges[b + 1]:.4g}, has no expected events of any process: "
            "merge it with a neighbour or move its edges."
        )
    return Templates(
        nominal=np.array(nominal),
        up=np.array(up),
        down=np.array(down),
        mc_error=np.sqrt(np.sum(squares, axis=0)) / total,
        processes=processes,
        signal=tuple(signal),
        systematics=systematics,
        edges=edges,
    )


def _ratios(
    events: pd.DataFrame, edges: np.ndarray, systematics: Sequence[str], side: str, nominal: np.ndarray
) -> np.ndarray:
    """Yields of one process under every systematic, as ratios (K, B) to ``nominal`` (B,); 1 where that is 0."""
    weights = events["weight"].to_numpy(float)[:, None] * events[
        [f"w_{side}__{name}" for name in systematics]
    ].to_numpy(float)
    yields = histogram(events["score"], weights, edges).T
    for k, name in enumerate(systematics):
        if f"score_{side}__{name}" in events:
            yields[k] = histogram(events[f"score_{side}__{name}"], weights[:, k], edges)
    return np.divide(yields, nominal, out=np.ones_like(yields), where=nominal > 0)


def smooth_ratios(up: np.ndarray, down: np.ndarray, nominal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace noisy up/down ratios (..., B) of one process by smooth, symmetric ones of the same total yields.

    The shape (up - down) / 2 is fitted with a parabola in the bin number, each bin weighted with its ``nominal``
    yield (B,): the noise of a ratio, from events that hop between bins, is largest where few events are expected.
    The result is 1 +- that parabola, scaled so that each side keeps its total yield: the acceptance change is exact.
    """
    up, down, nominal = inputs.alike(up=up, down=down, nominal=nominal)
    weight = np.sqrt(nominal)
    parabola = np.polynomial.legendre.legvander(np.linspace(-1.0, 1.0, nominal.size), min(2, nominal.size - 1))
    coefficients = (up - down) / 2 * weight @ np.linalg.pinv(parabola * weight[:, None]).T
    fitted = coefficients @ parabola.T
    smooth = []
    for raw, side in ((up, 1 + fitted), (down, 1 - fitted)):
        total, kept = (side * nominal).sum(-1, keepdims=True), (raw * nominal).sum(-1, keepdims=True)
        smooth.append(side * np.divide(kept, total, out=np.ones_like(total), where=total > 0))
    return smooth[0], smooth[1]
