"""Answer checks of unit 05, thousands of fits: ``from jaxhep.check import unit05 as check``.

Shapes: N toys, B bins, M auxiliary measurements, n parameters. Random draws have no reference to compare with, so their
distribution is examined with fixed keys and margins of more than five standard deviations. Fits run inside jit and
vmap, on functions of the check's own.
"""

from jaxhep.check.unit05._coverage import task as coverage
from jaxhep.check.unit05._draw import task as draw
from jaxhep.check.unit05._fit_toys import task as fit_toys
from jaxhep.check.unit05._minimise import task as minimise
from jaxhep.check.unit05._p_values import task as p_values
from jaxhep.check.unit05._spread import task as spread
from jaxhep.check.verdict import Tasks

TASKS = Tasks(draw, minimise, fit_toys, coverage, p_values, spread)
ready, use, progress = TASKS.ready, TASKS.use, TASKS.progress

__all__ = [
    "TASKS",
    "coverage",
    "draw",
    "fit_toys",
    "minimise",
    "p_values",
    "progress",
    "ready",
    "spread",
    "use",
]
