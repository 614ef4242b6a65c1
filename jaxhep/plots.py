"""The plots that several units share.

Every plot draws on axes that the caller made with Matplotlib, so a notebook stays free to add to it; ``show`` then
displays the figure. The build gives it the description that stands beside the cell in the source.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from numpy.typing import ArrayLike

from jaxhep import inputs
from jaxhep.diagram import jaxpr
from jaxhep.style import (
    BLUE,
    FILLS,
    GREEN,
    GREY,
    INK,
    LINES,
    ORANGE,
    PROCESS_STYLE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    ProcessStyle,
    process_styles,
    show,
    use_style,
)

if TYPE_CHECKING:
    import pandas as pd

    from jaxhep.migrad import FitResult

__all__ = [
    "BLUE",
    "FILLS",
    "GREEN",
    "GREY",
    "INK",
    "LINES",
    "ORANGE",
    "PROCESS_STYLE",
    "PURPLE",
    "SKY",
    "VERMILLION",
    "YELLOW",
    "ProcessStyle",
    "correlation",
    "jaxpr",
    "pulls",
    "ranking",
    "scan",
    "shapes",
    "show",
    "stack",
    "use_style",
]


def stack(
    ax: Axes,
    edges: ArrayLike,
    yields: Mapping[str, ArrayLike],
    counts: ArrayLike | None = None,
    error: ArrayLike | None = None,
    overlay: tuple[Sequence[str], float] | None = None,
    ratio: Axes | None = None,
    counts_label: str = "data",
) -> None:
    """Draw a stacked histogram of expected yields, the processes of ``PROCESS_STYLE`` from top to bottom, then others.

    Args:
        edges: bin edges, (B+1,).
        yields: expected events per bin by process, each (B,).
        counts: observed (or Asimov) events per bin, (B,), drawn as points with errors of sqrt(counts).
        error: absolute uncertainty of the total, (B,), drawn as a hatched band.
        overlay: names of processes and a factor: their sum times the factor is drawn as a line over the stack.
        ratio: axes below, for counts over expected.

    Raises:
        ValueError: an array whose length isn't the number of bins, values that can't be drawn.
        TypeError: what isn't axes, numbers or a dictionary.
    """
    _require_axes(ax)
    edges, heights = _heights(edges, yields)
    bins = len(edges) - 1
    total, handles = _stairs(ax, edges, heights)
    if ratio is not None:
        _require_axes(ratio)
        inputs.refuse(
            ~(total > 0), total, "the sum of yields in bin {}".format, "counts over expected needs more than 0"
        )
    if error is not None:
        error = _bins(error, bins, "error", least=0)
        handles.append(_band(ax, edges, total - error, total + error))
    if overlay is not None:
        names, factor = _overlay(overlay, heights)
        line = factor * sum(heights[name] for name in names)
        label = f"({' + '.join(names)}) \N{MULTIPLICATION SIGN} {factor:g}"
        handles.append(ax.stairs(line, edges, baseline=None, color=INK, linewidth=3, linestyle="--", label=label))
    if counts is not None:
        counts = _bins(counts, bins, "counts", least=0)
        handles.insert(0, _points(ax, edges, counts, np.sqrt(counts), counts_label))
    if ratio is not None:
        _ratio(ratio, edges, total, counts, error, counts_label)
    ax.set(ylabel="events / bin", xlim=(edges[0], edges[-1]))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0, labelspacing=0.3)


def shapes(ax: Axes, edges: ArrayLike, yields: Mapping[str, ArrayLike]) -> None:
    """Draw the distribution of each process as a line of unit area, to compare shapes.

    Args:
        edges: bin edges, (B+1,).
        yields: events per bin by process, each (B,); a name from ``PROCESS_STYLE`` takes its legend text from there.
    """
    _require_axes(ax)
    edges, heights = _heights(edges, yields)
    empty = [name for name, values in heights.items() if not values.sum() > 0]
    if empty:
        raise ValueError(f"yields[{empty[0]!r}] sum to {heights[empty[0]].sum():g}: they have no distribution")
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    for i, (name, values) in enumerate(heights.items()):
        density = values / (values.sum() * np.diff(edges))
        label = PROCESS_STYLE[name].label if name in PROCESS_STYLE else name
        look = {"color": colours[i % len(colours)], "linestyle": LINES[i % len(LINES)], "linewidth": 2.6}
        ax.stairs(density, edges, baseline=None, label=label, **look)
    ax.set(ylabel="probability density", xlim=(edges[0], edges[-1]))
    ax.set_ylim(bottom=0)
    ax.legend()


def scan(ax: Axes, mus: ArrayLike, curves: Mapping[str, ArrayLike]) -> None:
    r"""Draw curves of the test statistic :math:`t_\mu` with the heights of 1 and 2 standard deviations (Wilks).

    Args:
        mus: signal strengths, (M,).
        curves: t_mu by legend text, each (M,).
    """
    _require_axes(ax)
    mus, highest = inputs.vector(mus, "mus"), 0.0
    for label, values in inputs.mapping(curves, "curves").items():
        values = _numbers(values, mus.size, f"curves[{label!r}]", f"there are {mus.size} mus")
        if np.isnan(values).all():
            raise ValueError(f"curves[{label!r}] is NaN everywhere: no fit converged, so there is nothing to draw")
        ax.plot(mus, values, label=label)
        highest = max(highest, float(np.nanmax(values)))
    for level, text in ((1, r"1$\sigma$"), (4, r"2$\sigma$")):
        ax.axhline(level, color=GREY, linewidth=1.2, linestyle=":")
        ax.text(1.005, level, text, transform=ax.get_yaxis_transform(), va="center", color=GREY)
    ax.set(
        xlabel=r"signal strength $\mu$", ylabel=r"$t_\mu$", xlim=(mus[0], mus[-1]), ylim=(0, min(1.05 * highest, 9.5))
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)


def pulls(ax: Axes, result: "FitResult", names: Sequence[str] | None = None) -> None:
    r"""Draw best-fit values and errors of nuisance parameters, against bands of 1 and 2 of their constraint.

    Args:
        names: which parameters; by default all that have a constraint (all but ``mu`` and free normalisations
        ``norm_...``).
            The names are written on the axis when there are at most 30.

    Raises:
        ValueError: a name that isn't a parameter of the fit.
    """
    _require_axes(ax)
    _require_result(result, "values", "errors")
    if names is None:
        names = [name for name in result.names if name != "mu" and not name.startswith("norm_")]
    names = inputs.names(names, "names")
    if not names:
        raise ValueError("there are no nuisance parameters to draw: this fit has none, or names is empty")
    index = _positions(result.names, names)
    values, errors = np.asarray(result.values)[index], np.asarray(result.errors)[index]
    at = np.arange(len(index))
    ax.axhspan(-2, 2, color="#fbf3c4", linewidth=0)
    ax.axhspan(-1, 1, color="#cfe8dc", linewidth=0)
    ax.axhline(0, color=GREY, linewidth=1.2, linestyle="-")
    ax.errorbar(at, values, errors, fmt="o", color=INK, markersize=6 if len(at) <= 30 else 4, elinewidth=1.8)
    reach = max(2.4, 1.1 * float(np.max(np.abs(values) + errors)))
    ax.set(xlim=(-0.7, len(at) - 0.3), ylim=(-reach, reach), ylabel=r"pull $\hat\theta$")
    if len(at) <= 30:
        ax.set_xticks(at, names, rotation=60, ha="right", rotation_mode="anchor", fontsize=13)
    else:
        ax.set_xticks([])
        ax.set_xlabel(f"{len(at)} nuisance parameters, in the order of the model")


def ranking(fig: Figure, impacts: "pd.DataFrame", top: int = 15) -> Axes:
    r"""Draw the ranking plot of an analysis note: impacts on :math:`\hat\mu` as bars, pulls and constraints as points.

    Args:
        fig: an empty figure; about 0.45 inch of height per parameter reads well.
        impacts: the table of ``jaxhep.impacts``: columns name, pull, constraint, impact_up, impact_down; largest impact
        first. top: how many parameters.

    Returns:
        The axes of the impacts; those of the pulls share their height.
    """
    if not isinstance(fig, FigureBase):
        raise TypeError(f"wants a figure of Matplotlib, this is a {type(fig).__name__}")
    columns = ("name", "pull", "constraint", "impact_up", "impact_down")
    lacking = [c for c in columns if c not in getattr(impacts, "columns", ())]
    if lacking or not len(impacts):
        lack = f"lacks {', '.join(lacking)}" if lacking else "is empty"
        raise ValueError(f"impacts {lack}: it has to be the table that jaxhep.impacts returns")
    rows = impacts.head(inputs.at_least_one(top, "top"))
    at = np.arange(len(rows))
    ax = fig.subplots()
    bars: dict[str, Any] = {"height": 0.72, "edgecolor": INK, "linewidth": 0.8, "zorder": 1}
    ax.barh(at, rows["impact_up"], color=SKY, label=r"$\hat\theta + \Delta\theta$", **bars)
    ax.barh(at, rows["impact_down"], color="white", hatch="///", label=r"$\hat\theta - \Delta\theta$", **bars)
    reach = 1.15 * float(rows[["impact_up", "impact_down"]].abs().to_numpy().max())
    ax.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6), xlabel=r"impact $\Delta\hat\mu$")
    ax.set_yticks(at, rows["name"], fontsize=15)
    ax.tick_params(axis="y", length=0)

    pull = ax.twiny()
    pull.spines["top"].set_visible(True)
    for x in (-1, 0, 1):
        pull.axvline(x, color=GREY, linewidth=1.2, linestyle=":" if x else "-", zorder=2)
    pull.errorbar(
        rows["pull"],
        at,
        xerr=rows["constraint"],
        fmt="o",
        color=INK,
        mec="white",
        elinewidth=2.4,
        label=r"pull $\hat\theta$",
    )
    widest = max(2.0, 1.1 * float((rows["pull"].abs() + rows["constraint"]).max()))
    pull.set_xlim(-widest, widest)
    pull.set_xlabel(r"pull $\hat\theta$, with its constraint", labelpad=12)
    handles = [*ax.get_legend_handles_labels()[0], *pull.get_legend_handles_labels()[0]]
    fig.legend(handles=handles, loc="outside lower center", ncols=3)
    return ax


def correlation(ax: Axes, result: "FitResult", top: int = 10) -> None:
    r"""Draw the correlation matrix of mu and the ``top`` parameters that are most correlated with it, in percent.

    Parameters that were held fixed (error 0) have no correlation and are left out.
    """
    _require_axes(ax)
    _require_result(result, "covariance")
    top = inputs.at_least_one(top, "top")
    error = np.sqrt(np.diag(result.covariance))
    free = np.flatnonzero(error)
    matrix = np.asarray(result.covariance)[np.ix_(free, free)] / np.outer(error[free], error[free])
    names = [result.names[i] for i in free]
    [mu] = _positions(names, ["mu"])
    index = np.argsort(-np.abs(matrix[mu]), kind="stable")[: top + 1]
    block = matrix[np.ix_(index, index)]
    names = [names[i] for i in index]
    ax.imshow(block, cmap="PuOr", vmin=-1, vmax=1)
    for i, j in np.ndindex(*block.shape):
        colour = "white" if abs(block[i, j]) > 0.6 else INK
        ax.text(j, i, str(round(100 * block[i, j])), ha="center", va="center", color=colour, fontsize=14)
    ax.set_xticks(range(len(names)), names, rotation=50, ha="right", rotation_mode="anchor", fontsize=14)
    ax.set_yticks(range(len(names)), names, fontsize=14)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _stairs(ax: Axes, edges: np.ndarray, heights: Mapping[str, np.ndarray]) -> tuple[np.ndarray, list]:
    """Stack the processes, the last of the legend lowest; their total, and the legend's handles."""
    total, handles = np.zeros(len(edges) - 1), []
    for name, style in reversed(process_styles(heights).items()):
        look: dict[str, Any] = {"facecolor": style.colour, "edgecolor": INK, "hatch": style.hatch, "linewidth": 0.8}
        top = total + heights[name]
        handles.append(ax.stairs(top, edges, baseline=total, fill=True, label=style.label, **look))
        total = top
    return total, handles[::-1]


def _ratio(
    ax: Axes,
    edges: np.ndarray,
    total: np.ndarray,
    counts: np.ndarray | None,
    error: np.ndarray | None,
    label: str,
) -> None:
    """Counts over expected, and the band of its uncertainty."""
    if error is not None:
        _band(ax, edges, 1 - error / total, 1 + error / total)
    if counts is not None:
        _points(ax, edges, counts / total, np.sqrt(counts) / total, label)
    ax.axhline(1, color=GREY, linewidth=1.5, linestyle="-")
    ax.set(ylabel=f"{label} /\nexpected", xlim=(edges[0], edges[-1]))


def _require_axes(ax: Any) -> None:
    if not isinstance(ax, Axes):
        raise TypeError(f"wants axes of Matplotlib, as fig.subplots() makes, this is a {type(ax).__name__}")


def _require_result(result: Any, *needed: str) -> None:
    if not all(hasattr(result, name) for name in ("names", *needed)):
        raise TypeError(f"wants the FitResult of jaxhep.fit, this is a {type(result).__name__}")


def _heights(edges: ArrayLike, yields: Mapping[str, ArrayLike]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Edges (B+1,), and each process's yields (B,)."""
    found = inputs.edges(edges)
    if not inputs.mapping(yields, "yields"):
        raise ValueError("yields is empty: there is nothing to draw")
    return found, {name: _bins(values, found.size - 1, f"yields[{name!r}]") for name, values in yields.items()}


def _overlay(overlay: Any, heights: Mapping[str, np.ndarray]) -> tuple[tuple[str, ...], float]:
    if not isinstance(overlay, tuple | list) or len(overlay) != 2:
        raise TypeError(f"overlay must be names and a factor, such as (('ggF',), 5); got {overlay!r}")
    names, factor = inputs.names(overlay[0], "overlay's names"), inputs.number(overlay[1], "overlay's factor")
    inputs.require_known(names, heights, "process in yields")
    return names, float(factor)


def _bins(values: ArrayLike, bins: int, what: str, least: float = -np.inf) -> np.ndarray:
    found = _numbers(values, bins, what, f"the edges make {bins} bins")
    inputs.finite(found, lambda b: f"{what} in bin {b}")
    inputs.refuse(found < least, found, lambda b: f"{what} in bin {b}", "it can't be negative")
    return found


def _numbers(values: ArrayLike, size: int, what: str, why: str) -> np.ndarray:
    array = np.asarray(inputs.array(values, what), float)
    if array.shape != (size,):
        raise ValueError(f"{what} has shape {array.shape}, but {why}: it must be ({size},)")
    return array


def _positions(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    where = {name: i for i, name in enumerate(names)}
    missing = [name for name in wanted if name not in where]
    if missing:
        raise ValueError(f"{missing[0]!r} is no parameter of this fit: see result.names")
    return [where[name] for name in wanted]


def _band(ax: Axes, edges: np.ndarray, low: np.ndarray, high: np.ndarray):
    style: dict[str, Any] = {"fill": True, "facecolor": "none", "edgecolor": GREY, "hatch": "////", "linewidth": 0}
    return ax.stairs(high, edges, baseline=low, label="uncertainty", **style)


def _points(ax: Axes, edges: np.ndarray, values: np.ndarray, errors: np.ndarray, label: str):
    centres = (edges[1:] + edges[:-1]) / 2
    return ax.errorbar(centres, values, errors, fmt="o", color=INK, elinewidth=2, label=label, zorder=5)
