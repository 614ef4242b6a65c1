"""The figures of units 01 to 03: what JAX makes of a program."""

import math

from svg import BLUE, GREEN, GREY, INK, VERMILLION, WHITE, Canvas, Point, brace, typeset

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
        "take a function and give a function, so they compose. The jaxpr is lowered to StableHLO, which XLA compiles "
        "for CPU, GPU or TPU, one device or many. A bracket under the first step says make_jaxpr; a longer one under "
        "all steps says jit: all steps at the first call, later calls from the cache.",
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
    canvas.text(centre, 64, "transformations of functions", 26, "middle", BLUE, "bold")
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
