"""The look of the course's plots: Matplotlib's defaults, colours, how a process is painted, how a figure is shown.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color), each with a hatch or a line style of its own, so
that nothing depends on colour alone.
"""

import base64
import io
import sys
from collections.abc import Collection
from typing import NamedTuple

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

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


def process_styles(names: Collection[str]) -> dict[str, ProcessStyle]:
    """The styles of ``names`` in the order of the legend: of those in ``PROCESS_STYLE``, then of others, which take
    colours and hatches that are left; there are nine, and then they come again."""
    styles = {name: style for name, style in PROCESS_STYLE.items() if name in names}
    every = list(dict.fromkeys(style[1:] for style in PROCESS_STYLE.values()))
    looks = [look for look in every if look not in [style[1:] for style in styles.values()]] or every
    others = [name for name in names if name not in styles]
    return styles | {name: ProcessStyle(name, *looks[k % len(looks)]) for k, name in enumerate(others)}


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


def show(fig: Figure) -> None:
    """Display ``fig`` as a PNG, and close it. Raises TypeError for anything but a figure."""
    if not isinstance(fig, Figure):
        raise TypeError(f"wants a figure of Matplotlib, this is a {type(fig).__name__}")
    picture = io.BytesIO()
    fig.savefig(picture, format="png", metadata={"Software": None})
    plt.close(fig)
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display({"image/png": base64.b64encode(picture.getvalue()).decode()}, raw=True)
