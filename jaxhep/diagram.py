"""A jaxpr drawn as a graph: boxes, arrows, and how large they may be. ``graph`` finds their places."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from jaxhep import graph
from jaxhep.style import FILLS, GREY, INK

BOX, PITCH = 1.6, 2.7  # in em: height of a box, least distance of two rows
EQUATIONS = 40


def jaxpr(ax: Axes, closed_jaxpr: ClosedJaxpr | Jaxpr) -> None:
    """Draw a jaxpr as a graph: inputs on top, one box per equation, arrows along the data, outputs at the bottom.

    A box reads like its line in the printed jaxpr, without the types. Primitives that occur more than once share a
    colour. A dashed frame marks an equation that no output needs. Mere wrappers such as ``jit`` are opened, as in
    ``jaxhep.programs.primitives``; a loop or a branch is one box. The type is as large as the axes allow, up to the
    default size: 0.4 inch of height per row reads well.

    Args:
        closed_jaxpr: as returned by ``jax.make_jaxpr(function)(*args)``, of up to 40 equations.

    Raises:
        TypeError: anything but a jaxpr.
        ValueError: too many equations, or axes too small for them.
    """
    if not isinstance(closed_jaxpr, ClosedJaxpr | Jaxpr):
        what = type(closed_jaxpr).__name__
        raise TypeError(f"plots.jaxpr wants a jaxpr, this is a {what}; make one with jax.make_jaxpr(function)(*args)")
    if not isinstance(ax, Axes):
        raise TypeError(f"plots.jaxpr wants axes of Matplotlib, this is a {type(ax).__name__}")
    nodes = graph.nodes(closed_jaxpr)
    counts = Counter(node.name for node in nodes if node.kind == "equation")
    if counts.total() > EQUATIONS:
        raise ValueError(
            f"this jaxpr has {counts.total()} equations, more than {EQUATIONS} aren't legible: draw a part of the "
            "function"
        )
    lengths = [(_text_width(node.before), _text_width(node.name, "bold"), _text_width(node.after)) for node in nodes]
    items, xs, links = graph.layout(nodes, [sum(parts) + 1.2 for parts in lengths])
    ax.set_axis_off()
    size, pitch = _fit_axes(ax, items, xs)
    places = [(x, -pitch * item.row) for x, item in zip(xs, items, strict=True)]
    _links(ax, items, places, links, 0.11 * size)
    repeated = [name for name, count in counts.items() if count > 1]
    fills = {name: FILLS[i % len(FILLS)] for i, name in enumerate(repeated)}
    for i, (node, needed) in enumerate(zip(nodes, graph.needed(nodes), strict=True)):
        look: dict[str, Any] = {"facecolor": INK if node.kind == "output" else GREY, "rounding": BOX / 2}
        if node.kind == "equation":
            dashes = "-" if needed else (0, (4, 3))
            look = {"facecolor": fills.get(node.name, "white"), "linestyle": dashes, "rounding": 0.3}
        _box(ax, node, places[i], items[i].width, lengths[i], size, look)


def _fit_axes(ax: Axes, items: Sequence[graph.Item], xs: np.ndarray) -> tuple[float, float]:
    """Set the limits so that 1 is an em; the size of the type in points, and the distance of two rows in em."""
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
    middle = (left + right) / 2, -pitch * last / 2
    ax.set(
        aspect="equal",
        xlim=middle[0] + np.array([-0.5, 0.5]) * wide / size,
        ylim=middle[1] + np.array([-0.5, 0.5]) * high / size,
    )
    return size, pitch


def _box(
    ax: Axes,
    node: graph.Node,
    place: tuple[float, float],
    width: float,
    lengths: tuple[float, float, float],
    size: float,
    look: dict[str, Any],
) -> None:
    """A box with the node's name in bold, and what stands before and after it."""
    x, y = place
    corners = f"round,pad=0,rounding_size={look.pop('rounding')}"
    patch = FancyBboxPatch(
        (x - width / 2, y - BOX / 2), width, BOX, corners, edgecolor=INK, linewidth=0.1 * size, **look
    )
    ax.add_patch(patch)
    font: dict[str, Any] = {"size": size, "color": INK if node.kind == "equation" else "white"}
    where = x + (lengths[0] - lengths[2]) / 2, y - 0.26
    name = ax.text(*where, node.name, ha="center", va="baseline", weight="bold", **font)
    for text, side, align in ((node.before, 0, "right"), (node.after, 1, "left")):
        ax.annotate(text, (side, 0), xycoords=name, ha=align, va="bottom", **font)


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
    """Draw the arrows: bent between two rows, upright where a value passes by a row and its boxes."""
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
