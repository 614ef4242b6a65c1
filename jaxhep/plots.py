"""The look of the course's plots, and the plots that several units share.

Every plot draws on axes that the caller made with Matplotlib, so a notebook stays free to add to it; :func:`show` then displays the figure
with its alternative text. Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color), each with a hatch or a line style of its
own, so that nothing depends on colour alone.
"""

import base64
import io
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from jax.extend.core import ClosedJaxpr, Jaxpr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from numpy.typing import ArrayLike

from jaxhep import graph

if TYPE_CHECKING:
    import pandas as pd

    from jaxhep.fit import FitResult

INK, GREY = "#1b1f24", "#5c6670"
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE, YELLOW = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#e69f00",
    "#56b4e9",
    "#cc79a7",
    "#f0e442",
)
FILLS = ("#bfe0f5", "#fbd9b5", "#bfe6d5", "#eccbdf", "#f8efae", "#d3d0ee", "#e3d3c0", "#cdd6dd")  # under text
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))

BOX, PITCH = 1.6, 2.7  # of the graph of a jaxpr, in em: height of a box, least distance of two rows
EQUATIONS = 40


class ProcessStyle(NamedTuple):
    """How a process is named in a legend and painted in a histogram."""

    label: str
    colour: str
    hatch: str


PROCESS_STYLE: dict[str, ProcessStyle] = {
    "ggF": ProcessStyle(r"ggF $H\to WW^*$", VERMILLION, ""),
    "VBF": ProcessStyle(r"VBF $H\to WW^*$", ORANGE, "xx"),
    "WW": ProcessStyle(r"$WW$", SKY, ""),
    "ttbar": ProcessStyle(r"$t\bar{t}$", YELLOW, "//"),
    "Wt": ProcessStyle(r"$Wt$", "#fff7b0", ".."),
    "Ztautau": ProcessStyle(r"$Z\to\tau\tau$", GREEN, "\\\\"),
    "diboson": ProcessStyle(r"$WZ$, $ZZ$", PURPLE, "--"),
    "Wjets": ProcessStyle(r"$W$+jets (fakes)", "#b8c0c8", "++"),
    "signal": ProcessStyle("signal", VERMILLION, ""),
    "background": ProcessStyle("background", SKY, "//"),
}
"""The styles by process name, in the order of the legend, and those of their sums ``signal`` and ``background``."""


def use_style() -> None:
    """Set Matplotlib's defaults for this course: large type, few lines, colours with line styles."""
    plt.rcParams.update(
        {
            "figure.figsize": (10, 5.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.12,
            "figure.constrained_layout.h_pad": 0.12,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "font.family": "DejaVu Sans",
            "font.size": 17,
            "mathtext.fontset": "dejavusans",
            "axes.titlesize": 18,
            "axes.labelsize": 18,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "text.color": INK,
            "axes.linewidth": 1.2,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=[BLUE, VERMILLION, GREEN, PURPLE, ORANGE, INK]) + cycler(linestyle=LINES),
            "grid.color": "#d5dae0",
            "grid.linewidth": 0.9,
            "lines.linewidth": 2.6,
            "lines.markersize": 8,
            "hatch.linewidth": 0.9,
            "legend.frameon": False,
            "legend.fontsize": 15,
            "legend.handlelength": 2.2,
            "xtick.labelsize": 16,
            "ytick.labelsize": 16,
            "xtick.major.pad": 7,
            "ytick.major.pad": 7,
            "xtick.direction": "in",
            "ytick.direction": "in",
            "xtick.major.size": 6,
            "ytick.major.size": 6,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )


def show(fig: Figure, alt: str) -> None:
    """Display ``fig`` as a PNG with ``alt`` as its alternative text, and close it.

    Outside IPython the alternative text is printed instead.

    Raises:
        ValueError: ``alt`` is empty; a figure must also speak to those who can't see it.
    """
    alt = alt.strip()
    if not alt:
        raise ValueError(
            "alt is empty: say in a sentence what one sees in the figure, e.g. alt='Signal peaks at high score.'"
        )
    picture = io.BytesIO()
    fig.savefig(picture, format="png", metadata={"Software": None})
    plt.close(fig)
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(alt)
        return
    png = base64.b64encode(picture.getvalue()).decode()
    ipython.display.display({"image/png": png, "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)


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
    """Draw a stacked histogram of expected yields, the processes of ``PROCESS_STYLE`` from top to bottom.

    Args:
        edges: bin edges, (B+1,).
        yields: expected events per bin by process, each (B,); every name must be in ``PROCESS_STYLE``.
        counts: observed (or Asimov) events per bin, (B,), drawn as points with errors of sqrt(counts).
        error: absolute uncertainty of the total, (B,), drawn as a hatched band.
        overlay: names of processes and a factor: their sum times the factor is drawn as a line over the stack.
        ratio: axes below, for counts over expected.

    Raises:
        ValueError: an unknown process, or an array whose length isn't the number of bins.
    """
    edges = np.asarray(edges, float)
    bins = len(edges) - 1
    heights = {name: _bins(values, bins, f"yields[{name!r}]") for name, values in yields.items()}
    unknown = [name for name in heights if name not in PROCESS_STYLE]
    if unknown:
        raise ValueError(f"no style for process {unknown[0]!r}: known are {', '.join(PROCESS_STYLE)}")

    total = np.zeros(bins)
    handles = []
    for name in reversed([name for name in PROCESS_STYLE if name in heights]):
        style = PROCESS_STYLE[name]
        top = total + heights[name]
        handles.append(
            ax.stairs(
                top,
                edges,
                baseline=total,
                fill=True,
                facecolor=style.colour,
                edgecolor=INK,
                hatch=style.hatch,
                linewidth=0.8,
                label=style.label,
            )
        )
        total = top
    handles.reverse()

    if error is not None:
        error = _bins(error, bins, "error")
        handles.append(_band(ax, edges, total - error, total + error))
    if overlay is not None:
        names, factor = overlay
        line = factor * sum(heights[name] for name in names)
        label = f"({' + '.join(names)}) \N{MULTIPLICATION SIGN} {factor:g}"
        handles.append(ax.stairs(line, edges, baseline=None, color=INK, linewidth=3, linestyle="--", label=label))
    if counts is not None:
        counts = _bins(counts, bins, "counts")
        handles.insert(0, _points(ax, edges, counts, np.sqrt(counts), counts_label))
    if ratio is not None:
        if error is not None:
            _band(ratio, edges, 1 - error / total, 1 + error / total)
        if counts is not None:
            _points(ratio, edges, counts / total, np.sqrt(counts) / total, counts_label)
        ratio.axhline(1, color=GREY, linewidth=1.5, linestyle="-")
        ratio.set(ylabel=f"{counts_label} /\nexpected", xlim=(edges[0], edges[-1]))
    ax.set(ylabel="events / bin", xlim=(edges[0], edges[-1]))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0, labelspacing=0.3)


def shapes(ax: Axes, edges: ArrayLike, yields: Mapping[str, ArrayLike]) -> None:
    """Draw the distribution of each process as a line of unit area, to compare shapes.

    Args:
        edges: bin edges, (B+1,).
        yields: events per bin by process, each (B,); a name from ``PROCESS_STYLE`` takes its legend text from there.
    """
    edges = np.asarray(edges, float)
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    for i, (name, values) in enumerate(yields.items()):
        values = _bins(values, len(edges) - 1, f"yields[{name!r}]")
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
    mus = np.asarray(mus, float)
    highest = 0.0
    for label, values in curves.items():
        values = np.asarray(values, float)
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
        names: which parameters; by default all that have a constraint (all but ``mu`` and free normalisations ``norm_...``).
            The names are written on the axis when there are at most 30.

    Raises:
        ValueError: a name that isn't a parameter of the fit.
    """
    if names is None:
        names = [name for name in result.names if name != "mu" and not name.startswith("norm_")]
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
        impacts: the table of ``jaxhep.impacts``: columns name, pull, constraint, impact_up, impact_down; largest impact first.
        top: how many parameters.

    Returns:
        The axes of the impacts; those of the pulls share their height.
    """
    rows = impacts.head(top)
    at = np.arange(len(rows))
    ax = fig.subplots()
    bars = {"height": 0.72, "edgecolor": INK, "linewidth": 0.8, "zorder": 1}
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


def jaxpr(ax: Axes, closed_jaxpr: ClosedJaxpr | Jaxpr) -> None:
    """Draw a jaxpr as a graph: inputs on top, one box per equation, arrows along the data, outputs at the bottom.

    A box reads like its line in the printed jaxpr, without the types. Primitives that occur more than once share a colour. A dashed
    frame marks an equation that no output needs. Mere wrappers such as ``jit`` are opened, as in ``jaxhep.programs.primitives``; a loop
    or a branch is one box. The type is as large as the axes allow, up to the default size: 0.4 inch of height per row reads well.

    Args:
        closed_jaxpr: as returned by ``jax.make_jaxpr(function)(*args)``, of up to 40 equations.

    Raises:
        TypeError: anything but a jaxpr.
        ValueError: too many equations, or axes too small for them.
    """
    if not isinstance(closed_jaxpr, ClosedJaxpr | Jaxpr):
        what = type(closed_jaxpr).__name__
        raise TypeError(f"plots.jaxpr wants a jaxpr, this is a {what}; make one with jax.make_jaxpr(function)(*args)")
    nodes = graph.nodes(closed_jaxpr)
    counts = Counter(node.name for node in nodes if node.kind == "equation")
    if counts.total() > EQUATIONS:
        raise ValueError(
            f"this jaxpr has {counts.total()} equations, more than {EQUATIONS} aren't legible: draw a part of the function"
        )
    lengths = [(_text_width(node.before), _text_width(node.name, "bold"), _text_width(node.after)) for node in nodes]
    items, xs, links = graph.layout(nodes, [sum(parts) + 1.2 for parts in lengths])

    ax.set_axis_off()
    figure = ax.figure.figure
    figure.draw_without_rendering()  # settles the size of the axes
    wide, high = (72 / figure.dpi * length for length in (ax.get_window_extent().width, ax.get_window_extent().height))
    halves = np.array([item.width / 2 for item in items])
    left, right, last = (xs - halves).min(), (xs + halves).max(), max(item.row for item in items)
    least = right - left + 0.4, last * PITCH + BOX + 0.4
    size = min(plt.rcParams["font.size"], wide / least[0], high / least[1])
    if size < 9:
        raise ValueError(
            f"these axes are too small for a legible graph: enlarge the figure by a factor of {9.5 / size:.1f}"
        )
    pitch = min((high / size - BOX - 0.4) / max(last, 1), 1.8 * PITCH)
    places = [(x, -pitch * item.row) for x, item in zip(xs, items, strict=True)]
    middle = (left + right) / 2, -pitch * last / 2
    ax.set(
        aspect="equal",
        xlim=middle[0] + np.array([-0.5, 0.5]) * wide / size,
        ylim=middle[1] + np.array([-0.5, 0.5]) * high / size,
    )

    _links(ax, items, places, links, 0.11 * size)
    repeated = [name for name, count in counts.items() if count > 1]
    fills = {name: FILLS[i % len(FILLS)] for i, name in enumerate(repeated)}
    for i, (node, needed) in enumerate(zip(nodes, graph.needed(nodes), strict=True)):
        (x, y), width = places[i], items[i].width
        if node.kind == "equation":
            look = {
                "facecolor": fills.get(node.name, "white"),
                "linestyle": "-" if needed else (0, (4, 3)),
                "rounding": 0.3,
            }
        else:
            look = {"facecolor": INK if node.kind == "output" else GREY, "rounding": BOX / 2}
        corners = f"round,pad=0,rounding_size={look.pop('rounding')}"
        ax.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - BOX / 2), width, BOX, corners, edgecolor=INK, linewidth=0.1 * size, **look
            )
        )
        font = {"size": size, "color": INK if node.kind == "equation" else "white"}
        name = ax.text(
            x + (lengths[i][0] - lengths[i][2]) / 2,
            y - 0.26,
            node.name,
            ha="center",
            va="baseline",
            weight="bold",
            **font,
        )
        for text, side, align in ((node.before, 0, "right"), (node.after, 1, "left")):
            ax.annotate(text, (side, 0), xycoords=name, ha=align, va="bottom", **font)


def _bins(values: ArrayLike, bins: int, what: str) -> np.ndarray:
    array = np.asarray(values, float)
    if array.shape != (bins,):
        raise ValueError(f"{what} has shape {array.shape}, but the edges make {bins} bins: it must be ({bins},)")
    return array


def _positions(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    where = {name: i for i, name in enumerate(names)}
    missing = [name for name in wanted if name not in where]
    if missing:
        raise ValueError(f"{missing[0]!r} is no parameter of this fit: see result.names")
    return [where[name] for name in wanted]


def _band(ax: Axes, edges: np.ndarray, low: np.ndarray, high: np.ndarray):
    style = {"fill": True, "facecolor": "none", "edgecolor": GREY, "hatch": "////", "linewidth": 0}
    return ax.stairs(high, edges, baseline=low, label="uncertainty", **style)


def _points(ax: Axes, edges: np.ndarray, values: np.ndarray, errors: np.ndarray, label: str):
    centres = (edges[1:] + edges[:-1]) / 2
    return ax.errorbar(centres, values, errors, fmt="o", color=INK, elinewidth=2, label=label, zorder=5)


def _text_width(text: str, weight: str = "normal") -> float:
    """The width in em."""
    font = FontProperties(family=plt.rcParams["font.family"], weight=weight, size=10)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] / 10


def _links(
    ax: Axes,
    items: Sequence[graph.Item],
    places: Sequence[tuple[float, float]],
    links: Sequence[graph.Link],
    width: float,
) -> None:
    """Draw the arrows: bent between two rows, upright where a value passes by a row, so that no line runs through a box."""
    head = 0.45
    ends: dict[int, list[graph.Link]] = {}
    for link in sorted(links, key=lambda link: (places[link.start][0], link.value)):
        ends.setdefault(link.end, []).append(link)
    for end, entering in ends.items():
        x, y = places[end]
        passing = items[end].node is None
        for i, link in enumerate(entering):
            (x0, y0), x1 = places[link.start], x + 0.9 * (i - (len(entering) - 1) / 2)
            y0, y1 = y0 - BOX / 2, y + BOX / 2 + (0 if passing else 0.7 * head)
            path = [(x0, y0), (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2), (x1, y1)]
            codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
            if passing:
                path, codes = [*path, (x, y - BOX / 2)], [*codes, Path.LINETO]
            else:
                tip = y + BOX / 2
                shape = [
                    (x1, tip),
                    (x1 - 0.5 * head, tip + head),
                    (x1, tip + 0.7 * head),
                    (x1 + 0.5 * head, tip + head),
                ]
                ax.add_patch(Polygon(shape, color=GREY, linewidth=0))
            ax.add_patch(
                PathPatch(Path(path, codes), facecolor="none", edgecolor=GREY, linewidth=width, capstyle="round")
            )
