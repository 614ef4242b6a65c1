"""The figures of unit 04: the process, the chain of the simulation, the likelihood."""

import math
from collections.abc import Callable

from svg import BLUE, GREEN, GREY, INK, LIGHT, PURPLE, VERMILLION, WHITE, Canvas, Point, brace, points

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
