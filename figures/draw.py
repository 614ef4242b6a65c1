"""Draw the vector figures of the course: ``python figures/draw.py`` writes figures/*.svg, byte for byte the same each
time."""

from collections.abc import Callable
from pathlib import Path

from concepts import autodiff_modes, jax_pipeline, jit_workflow, pure_function
from physics import hww_feynman, hww_likelihood, hww_simulation_chain
from svg import BLUE, GREEN, GREY, VERMILLION, WHITE, Canvas

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
