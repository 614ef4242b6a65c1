"""Draw the vector figures of the course: ``python figures/draw.py`` writes figures/*.svg, byte for byte the same each
time."""

import math
from collections.abc import Callable
from pathlib import Path

from svg import BLUE, GREEN, GREY, INK, LIGHT, PURPLE, VERMILLION, WHITE, Canvas, Point, points, typeset

# --- Feynman diagrams -------------------------------------------------------------------------------------------------


def along(start: Point, end: Point) -> tuple[float, Callable[[float, float], Point]]:
    """The distance of two points, and the map from (along, across) to the plane."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    cos, sin = (x1 - x0) / length, (y1 - y0) / length
    return length, lambda u, v: (x0 + u * cos - v * sin, y0 + u * sin + v * cos)


def fermion(canvas: Canvas, start: Point, end: Point, colour: str = INK) -> None:
    """A line whose arrow shows the flow of fermion number from start to end."""
    length, place = along(start, end)
    canvas.line(start, end, colour, 3.5)
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    canvas.arrowhead(place(length / 2 + 10, 0), angle, colour, 20)


def boson(canvas: Canvas, start: Point, end: Point, colour: str) -> None:
    """A wavy line."""
    length, place = along(start, end)
    halves = 2 * round(length / 26)
    steps = 12 * halves
    canvas.path(
        points([place(length * i / steps, 9 * math.sin(math.pi * halves * i / steps)) for i in range(steps + 1)]),
        colour,
        3.5,
    )


def gluon(canvas: Canvas, start: Point, end: Point, colour: str) -> None:
    """A curly line: a prolate cycloid with whole loops on one side."""
    length, place = along(start, end)
    radius = 11.0
    loops = round(length / 20)
    last = (2 * loops - 1) * math.pi
    steps = 16 * loops
    path = []
    for i in range(steps + 1):
        phase = last * i / steps
        u = radius * (1 - math.cos(phase)) + (length - 2 * radius) * phase / last
        path.append(place(u, -radius * math.sin(phase)))
    canvas.path(points(path), colour, 3)


def decay(canvas: Canvas, upper: Point, lower: Point) -> None:
    """W+ -> e+ nu_e at ``upper`` and W- -> mu- anti-nu_mu at ``lower``; an antiparticle's arrow runs against its
    motion."""
    (x, y), (_, z) = upper, lower
    positron, neutrino, antineutrino, muon = (x + 120, y - 62), (x + 120, y + 48), (x + 120, z - 48), (x + 120, z + 62)
    fermion(canvas, positron, upper)
    fermion(canvas, upper, neutrino, GREY)
    fermion(canvas, antineutrino, lower, GREY)
    fermion(canvas, lower, muon)
    for (at, height), label, colour in (
        (positron, "$e^+$", INK),
        (neutrino, "$ν_e$", GREY),
        (antineutrino, r"$\bar ν_μ$", GREY),
        (muon, "$μ^−$", INK),
    ):
        canvas.text(at + 10, height + 11, label, 33, colour=colour)
    for vertex in (upper, lower):
        canvas.dot(vertex, 6)


def hww_feynman() -> Canvas:
    canvas = Canvas(
        "hww_feynman",
        1280,
        560,
        "Feynman diagrams of the signal and of its largest background",
        "Left, the signal: two gluons couple through a triangle of top quarks to a Higgs boson, drawn dashed, which "
        "decays to W plus and an off-shell W minus; W plus goes to a positron and an electron neutrino, W minus to a "
        "muon and a muon antineutrino. Right, the main background: an up quark and an up antiquark exchange a down "
        "quark and radiate the two W bosons, which decay to the same four leptons.",
    )
    canvas.box(20, 20, 610, 520, WHITE, LIGHT, 3, 14)
    canvas.box(650, 20, 610, 520, WHITE, LIGHT, 3, 14)
    canvas.text(325, 68, r"Signal: $gg → H → WW^*$", 30, "middle", VERMILLION, "bold")
    canvas.text(955, 68, r"Main background: $q\bar q → WW$", 30, "middle", BLUE, "bold")

    top, bottom, right = (170.0, 190.0), (170.0, 370.0), (270.0, 280.0)
    gluon(canvas, (76, 190), top, GREEN)
    gluon(canvas, bottom, (76, 370), GREEN)
    for start, end in ((top, right), (right, bottom), (bottom, top)):
        fermion(canvas, start, end)
    canvas.path(points([right, (365, 280)]), VERMILLION, 4, dash="13 10")
    upper, lower = (445.0, 195.0), (445.0, 365.0)
    boson(canvas, (365, 280), upper, BLUE)
    boson(canvas, (365, 280), lower, BLUE)
    for vertex in (top, bottom, right, (365.0, 280.0)):
        canvas.dot(vertex, 6)
    canvas.text(62, 200, "$g$", 33, "end", GREEN)
    canvas.text(62, 380, "$g$", 33, "end", GREEN)
    canvas.text(201, 290, "$t$", 33, "middle")
    canvas.text(318, 262, "$H$", 33, "middle", VERMILLION)
    canvas.text(394, 212, "$W^+$", 33, "end", BLUE)
    canvas.text(390, 368, "$W^{−*}$", 33, "end", BLUE)
    decay(canvas, upper, lower)
    canvas.text(325, 505, "Spin-0 parent: charged leptons tend to fly together", 24, "middle", GREY)

    first, second = (880.0, 190.0), (880.0, 370.0)
    fermion(canvas, (730, 190), first)
    fermion(canvas, first, second)
    fermion(canvas, second, (730, 370))
    upper, lower = (1060.0, 190.0), (1060.0, 370.0)
    boson(canvas, first, upper, BLUE)
    boson(canvas, second, lower, BLUE)
    for vertex in (first, second):
        canvas.dot(vertex, 6)
    canvas.text(716, 200, "$u$", 33, "end")
    canvas.text(716, 380, r"$\bar u$", 33, "end")
    canvas.text(862, 290, "$d$", 33, "end")
    canvas.text(970, 165, "$W^+$", 33, "middle", BLUE)
    canvas.text(970, 418, "$W^−$", 33, "middle", BLUE)
    decay(canvas, upper, lower)
    canvas.text(955, 505, "No spin-0 parent: wider angles between them", 24, "middle", GREY)
    return canvas


# --- The simulation chain and its systematic uncertainties ------------------------------------------------------------

CHIP = 42


def chip(canvas: Canvas, centre: Point, group: str, kind: str, width: float = 196) -> None:
    """The name of a group of nuisance parameters, on a shape that tells its kind."""
    x, y = centre[0] - width / 2, centre[1] - CHIP / 2
    if kind == "theory":
        canvas.box(x, y, width, CHIP, "#fdeadd", VERMILLION, 3, CHIP / 2)
    elif kind == "experiment":
        canvas.box(x, y, width, CHIP, "#dcecf7", BLUE, 3)
    else:
        canvas.box(x, y, width, CHIP, WHITE, GREEN, 3, 8, "9 7")
    canvas.text(centre[0], centre[1] + 8, group, 24, "middle")


def step(canvas: Canvas, centre: Point, lines: list[str]) -> None:
    """A stage of the chain."""
    canvas.box(centre[0] - 126, centre[1] - 45, 252, 90, INK, INK, 0, 10)
    for i, line in enumerate(lines):
        canvas.text(centre[0], centre[1] + 9 + 30 * (i - (len(lines) - 1) / 2), line, 25, "middle", WHITE, "bold")


def brace(canvas: Canvas, left: float, right: float, y: float, height: float) -> None:
    """A bracket over or (height < 0) under stages, that opens towards them."""
    canvas.path(points([(left, y + height), (left, y), (right, y), (right, y + height)]), GREY, 2.5)


def hww_simulation_chain() -> Canvas:
    canvas = Canvas(
        "hww_simulation_chain",
        1280,
        720,
        "The simulation chain, and where each group of nuisance parameters arises",
        "Eight stages joined by arrows. Matrix element and parton densities, then parton shower and hadronisation: "
        "here arise the theory groups signal_theory, WW_theory, top_theory, other_theory and pdf, on rounded shapes. "
        "Detector response: pileup, jet_energy, lepton_energy, met. Reconstruction and identification: electron, "
        "muon, btag. Event selection: fakes, which are estimated from data. Then the discriminant; the histogram: "
        "lumi from the normalisation and the statistical uncertainty of the simulation, dashed; last the likelihood, "
        "which also takes the observed counts. Experimental groups are on rectangles.",
    )
    columns = [150.0, 477.0, 804.0, 1130.0]
    upper, lower = 292.0, 462.0
    for x, next_x in zip(columns, columns[1:], strict=False):
        for y in (upper, lower):
            canvas.arrow([(x + 130, y), (next_x - 130, y)], GREY, 4, 18)
    middle = (upper + lower) / 2
    canvas.arrow(
        [(columns[3], upper + 49), (columns[3], middle), (columns[0], middle), (columns[0], lower - 49)], GREY, 4, 18
    )
    top_row = (["Matrix element,", "PDF"], ["Parton shower,", "hadronisation"], ["Detector", "response"])
    for x, lines in zip(columns, (*top_row, ["Reconstruction,", "identification"]), strict=True):
        step(canvas, (x, upper), lines)
    for x, lines in zip(
        columns, (["Event selection"], ["Discriminant"], ["Histogram,", "normalisation"], ["Likelihood"]), strict=True
    ):
        step(canvas, (x, lower), lines)

    brace(canvas, columns[0] - 126, columns[1] + 126, 223, 14)
    generator = (columns[0] + columns[1]) / 2
    for dx, y, group in (
        (-107, 189, "signal_theory"),
        (107, 189, "WW_theory"),
        (-107, 137, "top_theory"),
        (107, 137, "other_theory"),
        (0, 85, "pdf"),
    ):
        chip(canvas, (generator + dx, y), group, "theory")
    for x, groups in (
        (columns[2], ("lepton_energy", "jet_energy", "met", "pileup")),
        (columns[3], ("btag", "muon", "electron")),
    ):
        brace(canvas, x - 126, x + 126, 223, 14)
        for i, group in enumerate(groups):
            chip(canvas, (x, 189 - 52 * i), group, "experiment")

    for x in (columns[0], columns[2]):
        brace(canvas, x - 126, x + 126, 531, -14)
    chip(canvas, (columns[0], 565), "fakes", "experiment")
    canvas.text(columns[0], 617, "usually from data", 24, "middle", GREY)
    chip(canvas, (columns[2], 565), "lumi", "experiment")
    chip(canvas, (columns[2], 617), "MC statistics", "statistics")
    canvas.arrow([(columns[3], 553), (columns[3], lower + 49)], GREY, 4, 18)
    canvas.text(columns[3], 584, "observed counts", 24, "middle")

    canvas.text(columns[0] - 126, 695, "Source:", 24, face="bold")
    chip(canvas, (225, 687), "theory", "theory", 130)
    chip(canvas, (400, 687), "experiment", "experiment", 180)
    chip(canvas, (635, 687), "finite simulation", "statistics", 250)
    return canvas


# --- The likelihood ---------------------------------------------------------------------------------------------------


def templates(canvas: Canvas, corner: Point, heights: list[float], colour: str) -> None:
    """A little histogram on its base line, with a dashed variation above and a dotted one below."""
    x, y = corner
    width = 34.0

    def steps(scale: float, tilt: float) -> list[Point]:
        path: list[Point] = []
        for i, height in enumerate(heights):
            level = y - height * (scale + tilt * i)
            path += [(x + width * i, level), (x + width * (i + 1), level)]
        return path

    nominal = steps(1.0, 0.0)
    canvas.polygon([(x, y), *nominal, (x + width * len(heights), y)], LIGHT)
    canvas.path(points(nominal), colour, 4)
    canvas.path(points(steps(1.12, 0.03)), colour, 2.5, dash="8 6")
    canvas.path(points(steps(0.88, -0.03)), colour, 2.5, dash="1 6")
    canvas.line((x - 8, y), (x + width * len(heights) + 8, y), INK, 2.5)


def hww_likelihood() -> Canvas:
    canvas = Canvas(
        "hww_likelihood",
        1280,
        600,
        "Anatomy of the likelihood",
        "The likelihood of mu and theta is the product over bins i of a Poisson probability to observe n_i events "
        "where mu times S_i(theta) plus B_i(theta) are expected, times the product over nuisance parameters k of a "
        "normalised unit Gaussian in theta_k. Lines lead from n_i to the observed counts, from mu to the signal "
        "strength, from S and B to small histograms with their up and down variations, and from the Gaussian to a "
        "bell curve with its one-sigma band.",
    )
    y, size = 300.0, 46.0
    for left, right, fill, heading in (
        (250, 842, "#eef4f9", "Poisson: the data"),
        (862, 1260, "#f7eff4", "Gaussian: the constraints"),
    ):
        canvas.box(left, 20, right - left, 560, fill, fill, 0, 16)
        canvas.text((left + right) / 2, 68, heading, 29, "middle", face="bold")

    def write(x: float, text: str, colour: str = INK, scale: float = 1.0) -> tuple[float, float]:
        """Continue the formula; give the middle of what was written and its end."""
        end = canvas.text(x, y, text, size * scale, colour=colour)
        return (x + end) / 2, end

    def product(x: float, index: str) -> float:
        canvas.text(x + 36, y + 12, "$∏$", 62, "middle")
        canvas.text(x + 36, y + 54, index, 26, "middle")
        return x + 80

    _, x = write(22, "$L(μ, θ)$")
    write(x, "$=$")
    x = product(266, "bins $i$")
    _, x = write(x, "Pois", scale=0.8)
    _, x = write(x + 2, "$($")
    counts, x = write(x + 2, "$n_i$", GREEN)
    _, x = write(x, "$|$")
    mu, x = write(x, "$μ$", PURPLE)
    signal, x = write(x + 6, "$S_i(θ)$", VERMILLION)
    _, x = write(x + 8, "$+$")
    background, x = write(x + 8, "$B_i(θ)$", BLUE)
    write(x + 2, "$)$")

    for at, middle, label, remark, colour in (
        (counts, 388, "observed counts", "data or toys", GREEN),
        (mu, 665, "signal strength", "to be measured", PURPLE),
    ):
        canvas.text(middle, 135, label, 27, "middle", colour, "bold")
        canvas.text(middle, 170, remark, 25, "middle")
        canvas.path(points([(middle, 184), (middle, 212), (at, 212), (at, 250)]), colour, 3)
    for at, middle, heights, label, colour in (
        (signal, 400, [12, 24, 38, 54, 68], "signal", VERMILLION),
        (background, 690, [84, 62, 44, 30, 20], "background", BLUE),
    ):
        canvas.path(points([(at, 330), (at, 368), (middle, 368), (middle, 400)]), colour, 3)
        templates(canvas, (middle - 85, 510), heights, colour)
        canvas.text(middle, 554, label, 27, "middle", colour, "bold")

    for height, sign, dash in ((436, "+1", "8 6"), (476, "−1", "1 6")):
        canvas.line((512, height - 8), (548, height - 8), INK, 2.5, dash)
        canvas.text(556, height, f"${sign}$", 25)

    x = product(886, "params $k$") + 20
    canvas.text(x + 52, y - 28, "$1$", 36, "middle")
    canvas.line((x, y - 16), (x + 104, y - 16), INK, 3)
    canvas.text(x + 66, y + 28, "$2π$", 36, "middle")
    canvas.path(
        points([(x + 4, y + 14), (x + 12, y + 8), (x + 24, y + 29), (x + 37, y - 6), (x + 102, y - 6)]), INK, 2.5
    )
    write(x + 116, "$e^{−θ_k^2/2}$")
    canvas.text(1061, 135, "each nuisance parameter", 26, "middle", face="bold")
    canvas.text(1061, 170, "0: nominal, ±1: up, down", 25, "middle")

    base, middle, height, sigma = 510.0, 1061.0, 108.0, 46.0
    bell = [(middle + sigma * t / 10, base - height * math.exp(-t * t / 200)) for t in range(-30, 31)]
    canvas.polygon([(middle - sigma, base), *bell[20:41], (middle + sigma, base)], "#e3c9d8")
    canvas.path(points(bell), INK, 4)
    canvas.line((middle - 170, base), (middle + 170, base), INK, 2.5)
    for tick in (-1, 0, 1):
        canvas.line((middle + sigma * tick, base), (middle + sigma * tick, base + 9), INK, 2.5)
        canvas.text(middle + sigma * tick, base + 42, f"${tick:+d}$".replace("-", "−").replace("+0", "0"), 25, "middle")
    canvas.text(middle + 158, base + 42, "$θ_k$", 29, "middle")
    return canvas


# --- From Python to the hardware --------------------------------------------------------------------------------------


def listing(canvas: Canvas, x: float, y: float, lines: tuple[str, ...]) -> None:
    """Lines of code, the first on the base line y."""
    for i, line in enumerate(lines):
        code = line.lstrip()
        canvas.text(x + typeset("x", 24, "mono").width * (len(line) - len(code)), y + 34 * i, code, 24, face="mono")


def tag(
    canvas: Canvas, x: float, y: float, width: float, text: str, colour: str, fill: str = WHITE, dash: str = ""
) -> None:
    """A word in a frame, by its top left corner."""
    canvas.box(x, y, width, 46, fill, colour, 3, 8, dash)
    canvas.text(x + width / 2, y + 31, text, 24, "middle")


def jax_pipeline() -> Canvas:
    canvas = Canvas(
        "jax_pipeline",
        1280,
        640,
        "From a Python function to the hardware",
        "Four stages from left to right. A Python function, mu minus five times the logarithm of mu, is traced into "
        "a jaxpr with the equations log, mul and sub. Above the jaxpr, the transformations grad, jvp, vjp and vmap "
        "take a jaxpr and give a jaxpr, so they compose. The jaxpr is lowered to StableHLO, which XLA compiles for "
        "CPU, GPU or TPU, one device or many. A bracket under the first step says make_jaxpr; a longer one under all "
        "steps says jit: all steps at the first call, later calls from the cache.",
    )
    top, height = 248.0, 178.0
    middle = top + height / 2
    python, jaxpr, hlo, chips = (24.0, 274.0), (410.0, 236.0), (758.0, 206.0), (1098.0, 158.0)  # left edge, width
    for (x, width), title, caption, colour, lines in (
        (python, "Python function", "what you write", INK, ("def nll(mu):", "  u = 5 * log(mu)", "  return mu - u")),
        (jaxpr, "jaxpr", "what JAX sees", BLUE, ("b = log a", "c = mul 5.0 b", "d = sub a c")),
        (hlo, "StableHLO", "what XLA sees", GREEN, ("log", "multiply", "subtract")),
    ):
        canvas.box(x, top, width, height, WHITE, colour, 4, 14)
        canvas.text(x + width / 2, top + 44, title, 27, "middle", colour, "bold")
        listing(canvas, x + 22, top + 88, lines)
        canvas.text(x + width / 2, top + height + 40, caption, 24, "middle", GREY)
    for i, name in enumerate(("CPU", "GPU", "TPU")):
        canvas.box(chips[0], top + 62 * i, chips[1], 54, INK, INK, 0, 10)
        canvas.text(chips[0] + chips[1] / 2, top + 36 + 62 * i, name, 25, "middle", WHITE, "bold")
    canvas.text(chips[0] + chips[1] / 2, top + height + 40, "what runs,", 24, "middle", GREY)
    canvas.text(chips[0] + chips[1] / 2, top + height + 70, "on one or many", 24, "middle", GREY)
    for (x, width), (end, _), word in ((python, jaxpr, "trace"), (jaxpr, hlo, "lower"), (hlo, chips, "compile")):
        canvas.arrow([(x + width + 6, middle), (end - 6, middle)], GREY, 4, 18)
        canvas.text((x + width + end) / 2, middle - 18, word, 24, "middle")
    canvas.text((hlo[0] + hlo[1] + chips[0]) / 2, middle + 38, "XLA", 24, "middle")

    centre = jaxpr[0] + jaxpr[1] / 2
    canvas.box(centre - 290, 24, 580, 130, "#eef4f9", "#eef4f9", 0, 16)
    canvas.text(centre, 64, "transformations: jaxpr in, jaxpr out", 26, "middle", BLUE, "bold")
    x = centre - 264
    for name, width in (("grad", 120), ("jvp", 120), ("vjp", 120), ("vmap", 120)):
        tag(canvas, x, 86, width, name, BLUE)
        x += width + 16
    canvas.arrow([(centre - 50, top - 6), (centre - 50, 160)], BLUE, 4, 18)
    canvas.arrow([(centre + 50, 160), (centre + 50, top - 6)], BLUE, 4, 18)
    canvas.text(centre + 78, 211, "they compose", 24, colour=BLUE)

    for right, y, word, remark in (
        (jaxpr[0] + jaxpr[1], 500, "make_jaxpr", "shows what was recorded"),
        (chips[0] + chips[1], 578, "jit", "all steps at the first call, later calls from the cache"),
    ):
        brace(canvas, python[0], right, y, -14)
        end = canvas.text(python[0], y + 36, word, 25, face="bold")
        canvas.text(end + 16, y + 36, remark, 24, colour=GREY)
    return canvas


# --- Forward and reverse mode -----------------------------------------------------------------------------------------

GRAPH = {  # place in the panel; value, tangent, adjoint
    "x1": (-101, 124, "", r"$\dot x_1 = 1$", r"$\bar x_1 = \bar a / x_2$"),
    "x2": (149, 124, "", r"$\dot x_2 = 0$", r"$\bar x_2 = \bar b b − \bar a a / x_2$"),
    "a": (
        -85,
        252,
        "$a = x_1 / x_2$",
        r"$\dot a = (\dot x_1 − a \dot x_2) / x_2$",
        r"$\bar a = \bar p + \bar q + \bar c \cos a$",
    ),
    "b": (165, 252, "$b = e^{x_2}$", r"$\dot b = b \dot x_2$", r"$\bar b = −(\bar p + \bar q)$"),
    "c": (-203, 366, r"$c = \sin a$", r"$\dot c = \dot a \cos a$", r"$\bar c = \bar q$"),
    "q": (-85, 480, "$q = c + a − b$", r"$\dot q = \dot c + \dot a − \dot b$", r"$\bar q = \bar y p$"),
    "p": (165, 480, "$p = a − b$", r"$\dot p = \dot a − \dot b$", r"$\bar p = \bar y q$"),
    "y": (40, 604, "$y = p q$", r"$\dot y = \dot p q + p \dot q$", r"$\bar y = 1$"),
}
READS = {"a": ("x1", "x2"), "b": ("x2",), "c": ("a",), "q": ("c", "a", "b"), "p": ("a", "b"), "y": ("q", "p")}
READERS = {"x1": ("a",), "x2": ("a", "b"), "a": ("c", "q", "p"), "b": ("q", "p"), "c": ("q",), "q": ("y",), "p": ("y",)}


def port(centre: float, neighbours: tuple[str, ...], neighbour: str) -> float:
    """Where an arrow meets a box, if neighbours are given from left to right."""
    return centre + 32 * (neighbours.index(neighbour) - (len(neighbours) - 1) / 2)


def autodiff_modes() -> Canvas:
    canvas = Canvas(
        "autodiff_modes",
        1280,
        720,
        "Forward and reverse mode on the same graph",
        "The graph of (x1 / x2 - exp x2) times (sin(x1 / x2) + x1 / x2 - exp x2), twice: a = x1 / x2, b = exp x2, c "
        "= sin a, q = c + a - b, p = a - b, y = p q. Left, forward mode: the arrows lead from the inputs down to y, "
        "and each box has its tangent, marked by a dot: its derivative with respect to x1, as the seed is 1 at x1 "
        "and 0 at x2; one pass per input. Right, reverse mode: the arrows lead from y up to the inputs, and each box "
        "has its adjoint, marked by a bar: the derivative of y with respect to it; y: 1, p: y-bar q, q: y-bar p, c: "
        "q-bar, b: minus (p-bar plus q-bar), a: p-bar plus q-bar plus c-bar cos a, x1: a-bar / x2, x2: b-bar b minus "
        "a-bar a / x2; one pass per output.",
    )
    for left, colour, fill, heading, remark in (
        (20, VERMILLION, "#fdf3ec", r"Forward mode: tangents $\dot v = ∂v / ∂x_1$", "one pass per input: 2 here"),
        (650, BLUE, "#eef4f9", r"Reverse mode: adjoints $\bar v = ∂y / ∂v$", "one pass per output: 1 here"),
    ):
        forward = colour == VERMILLION
        middle = left + 305
        canvas.box(left, 16, 610, 688, fill, fill, 0, 16)
        canvas.text(middle, 60, heading, 29, "middle", colour, "bold")
        canvas.text(middle, 685, remark, 26, "middle", colour, "bold")
        half = {name: 39 if value else 24 for name, (_, _, value, *_) in GRAPH.items()}
        for reader, sources in READS.items():
            for source in sources:
                (x0, y0, *_), (x1, y1, *_) = GRAPH[source], GRAPH[reader]
                upper = (middle + port(x0, READERS[source], reader), y0 + half[source] + 4)
                lower = (middle + port(x1, sources, source), y1 - half[reader] - 4)
                canvas.arrow([upper, lower] if forward else [lower, upper], colour, 3, 15)
        for name, (x, y, value, tangent, adjoint) in GRAPH.items():
            derivative = tangent if forward else adjoint
            width = max(typeset(line, 24).width for line in (value, derivative)) + 30
            canvas.box(middle + x - width / 2, y - half[name], width, 2 * half[name], WHITE, colour, 3, 10)
            if value:
                canvas.text(middle + x, y - 9, value, 24, "middle")
            canvas.text(middle + x, y + (26 if value else 9), derivative, 24, "middle", colour)
    return canvas


# --- What jit does with a call ----------------------------------------------------------------------------------------


def jit_workflow() -> Canvas:
    canvas = Canvas(
        "jit_workflow",
        1280,
        590,
        "From the call of a jitted function to its result",
        "A flow chart. A call f(x) meets the question: are the shapes, dtypes, weak types, tree structure and static "
        "values known? If yes, the cached executable runs and gives the result, asynchronously: Python goes on while "
        "it is computed. If no, a longer way leads there: the Python function runs with tracers in place of the "
        "values, which records a jaxpr; that is lowered to StableHLO and compiled by XLA to an executable, fused and "
        "without duplicates, which is stored in the cache under this signature; then it runs.",
    )
    upper, lower = 124.0, 430.0
    left, right, run, result = 250.0, 672.0, 905.0, 1166.0
    question = (left + right) / 2
    canvas.box(left, upper - 84, right - left, 168, "#eef4f9", BLUE, 4, 16)
    canvas.text(question, upper - 38, "Known signature?", 28, "middle", BLUE, "bold")
    for i, line in enumerate(("shapes, dtypes, weak types,", "tree structure, static values")):
        canvas.text(question, upper + 9 + 38 * i, line, 25, "middle")
    for x, width, lines, colour in (
        (105, 162, ("call f(x)",), INK),
        (run, 224, ("run the cached", "executable"), GREEN),
        (result, 180, ("result",), INK),
    ):
        canvas.box(x - width / 2, upper - 45, width, 90, colour, colour, 0, 10)
        for i, line in enumerate(lines):
            canvas.text(x, upper + 9 + 30 * (i - (len(lines) - 1) / 2), line, 25, "middle", WHITE, "bold")
    canvas.arrow([(192, upper), (left - 8, upper)], GREY, 4, 18)
    canvas.arrow([(right + 8, upper), (run - 118, upper)], GREEN, 5, 20)
    canvas.text((right + run - 112) / 2, upper - 18, "yes", 26, "middle", GREEN, "bold")
    canvas.arrow([(run + 118, upper), (result - 96, upper)], GREEN, 5, 20)
    for i, line in enumerate(("asynchronous:", "Python goes on")):
        canvas.text(result, upper + 81 + 32 * i, line, 24, "middle", GREY)

    steps = (
        (("tracers",), ("in place of", "the values"), "record"),
        (("jaxpr",), ("typed", "equations"), "lower"),
        (("StableHLO",), ("XLA's", "input"), "compile"),
        (("XLA", "executable"), ("fused, no", "duplicates"), "store"),
        (("cache",), ("under this", "signature"), ""),
    )
    width = 158.0
    columns = [24 + width / 2 + (1232 - width) / 4 * i for i in range(len(steps))]
    middle = (upper + 84 + lower - 45) / 2
    canvas.arrow(
        [(question, upper + 90), (question, middle), (columns[0], middle), (columns[0], lower - 51)], VERMILLION, 5, 20
    )
    canvas.text(question + 18, upper + 126, "no: run the Python function", 26, "start", VERMILLION, "bold")
    for x, next_x, (lines, remarks, verb) in zip(columns, [*columns[1:], 0.0], steps, strict=True):
        canvas.box(x - width / 2, lower - 45, width, 90, VERMILLION, VERMILLION, 0, 10)
        for i, line in enumerate(lines):
            canvas.text(x, lower + 9 + 30 * (i - (len(lines) - 1) / 2), line, 25, "middle", WHITE, "bold")
        for i, remark in enumerate(remarks):
            canvas.text(x, lower + 82 + 32 * i, remark, 24, "middle", GREY)
        if verb:
            canvas.arrow([(x + width / 2 + 6, lower), (next_x - width / 2 - 6, lower)], VERMILLION, 5, 20)
            canvas.text((x + next_x) / 2, lower - 18, verb, 24, "middle")
    canvas.arrow(
        [(columns[-1], lower - 51), (columns[-1], middle), (run, middle), (run, upper + 51)], VERMILLION, 5, 20
    )
    return canvas


# --- Pure functions ---------------------------------------------------------------------------------------------------


def cross(canvas: Canvas, centre: Point) -> None:
    """No way through here."""
    x, y = centre
    for colour, width in ((WHITE, 13), (VERMILLION, 6)):
        canvas.line((x - 15, y - 15), (x + 15, y + 15), colour, width)
        canvas.line((x - 15, y + 15), (x + 15, y - 15), colour, width)


def pure_function() -> Canvas:
    canvas = Canvas(
        "pure_function",
        1280,
        640,
        "A pure function: what goes in and out",
        "In the middle a pure function: same inputs, same results, and nothing else happens. From the left all data "
        "go in through its parameters: mu and theta, counts, a random key. To the right all results go out through "
        "its return values: a value, a new state, a new key. Above it the hidden inputs: a global variable, a random "
        "state, a file or the clock. Below it the hidden outputs: print, list.append, a global counter. Their arrows "
        "are dashed and crossed out; under jit they work only while tracing.",
    )
    left, right, top, bottom = 400.0, 880.0, 228.0, 412.0
    middle = (top + bottom) / 2
    canvas.box(left, top, right - left, bottom - top, INK, INK, 0, 16)
    canvas.text(640, top + 60, "pure function", 31, "middle", WHITE, "bold")
    canvas.text(640, top + 112, "same inputs, same results,", 26, "middle", WHITE)
    canvas.text(640, top + 148, "and nothing else happens", 26, "middle", WHITE)
    for x, colour, fill, heading, names, start, end in (
        (24.0, BLUE, "#dcecf7", ("all data in:", "parameters"), ("mu, theta", "counts", "random key"), 268.0, left - 6),
        (
            1022.0,
            GREEN,
            "#dff1ea",
            ("all results out:", "return values"),
            ("value", "new state", "new key"),
            right + 6,
            1016.0,
        ),
    ):
        for i, line in enumerate(heading):
            canvas.text(x + 117, top - 52 + 32 * i, line, 26, "middle", colour, "bold")
        for i, name in enumerate(names):
            y = middle + 66 * (i - 1)
            tag(canvas, x, y - 23, 234, name, colour, fill)
            canvas.arrow([(start, y), (end, y)], colour, 4, 18)
    for y, heading, names, start, end in (
        (48.0, "hidden inputs", ("global variable", "random state", "file, clock"), 100.0, top - 6),
        (546.0, "hidden outputs", ("print", "list.append", "global counter"), bottom + 6, 540.0),
    ):
        canvas.text(24, y + 32, heading, 26, colour=VERMILLION, face="bold")
        for i, name in enumerate(names):
            x = 640 + 212 * (i - 1)
            tag(canvas, x - 99, y, 198, name, VERMILLION, dash="9 7")
            canvas.line((x, start), (x, end - 14), VERMILLION, 4, "9 9")
            canvas.arrowhead((x, end), math.pi / 2, VERMILLION, 18)
            cross(canvas, (x, (start + end) / 2 - 5))
        canvas.text(982, y + 16, "under jit: only", 24, colour=GREY)
        canvas.text(982, y + 48, "while tracing", 24, colour=GREY)
    return canvas


# --- The course -------------------------------------------------------------------------------------------------------


UNITS = (
    ("01", "jaxprs", ("see the program", "that JAX sees"), BLUE),
    ("02", "tracing, caching", ("when JAX compiles,", "and when again"), BLUE),
    ("03", "pure functions", ("no hidden inputs,", "no side effects"), BLUE),
    ("04", "H → WW likelihood", ("from events to", "$μ$ and its error"), VERMILLION),
    ("05", "toys", ("thousands of fits", "at once"), GREEN),
    ("06", "differentiable analysis", ("gradients through", "the whole chain"), GREEN),
)


def course_map() -> Canvas:
    canvas = Canvas(
        "course_map",
        1280,
        530,
        "Course map: six units on one path",
        "A path through six units. The tool: 01 jaxprs, 02 tracing and caching, 03 pure functions. The fit: 04 the H "
        "to WW likelihood. Beyond: 05 toys and 06 differentiable analysis.",
    )
    columns, rows = (220.0, 640.0, 1060.0), (130.0, 400.0)
    middle = sum(rows) / 2
    for y in rows:
        for x in columns[:2]:
            canvas.arrow([(x + 194, y), (x + 228, y)], GREY, 5, 20)
    canvas.arrow(
        [(columns[2], rows[0] + 98), (columns[2], middle), (columns[0], middle), (columns[0], rows[1] - 98)],
        GREY,
        5,
        20,
    )
    for i, (key, name, lines, colour) in enumerate(UNITS):
        x, y = columns[i % 3], rows[i // 3]
        canvas.box(x - 192, y - 96, 384, 192, WHITE, colour, 4, 16)
        canvas.dot((x - 146, y - 48), 32, colour)
        canvas.text(x - 146, y - 38, key, 28, "middle", WHITE, "bold")
        canvas.text(x - 102, y - 39, name, 24, colour=colour, face="bold")
        for j, line in enumerate(lines):
            canvas.text(x - 102, y + 18 + 38 * j, line, 27)
    return canvas


FIGURES: dict[str, Callable[[], Canvas]] = {
    figure.__name__: figure
    for figure in (
        autodiff_modes,
        course_map,
        hww_feynman,
        hww_likelihood,
        hww_simulation_chain,
        jax_pipeline,
        jit_workflow,
        pure_function,
    )
}


def main() -> None:
    for name, figure in FIGURES.items():
        (Path(__file__).parent / f"{name}.svg").write_text(figure().svg(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
