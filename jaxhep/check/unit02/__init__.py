"""Answer checks of unit 02, tracing, compiling, caching: ``from jaxhep.check import unit02 as check``.

Nothing here depends on seconds: traces and compilations are counted, and the timing task is judged on a machine with a
clock of its own.
"""

from jaxhep.check.unit02._break_even import task as break_even
from jaxhep.check.unit02._fusions import task as fusions
from jaxhep.check.unit02._hlo import PROGRAM
from jaxhep.check.unit02._padded import task as padded
from jaxhep.check.unit02._scan import task as scan
from jaxhep.check.unit02._selected import task as selected
from jaxhep.check.unit02._timed import task as timed
from jaxhep.check.unit02._traces import task as traces
from jaxhep.check.unit02._yields import task as yields
from jaxhep.check.verdict import Tasks

TASKS = Tasks(traces, scan, padded, break_even, timed, fusions, yields, selected)
ready, use, progress = TASKS.ready, TASKS.use, TASKS.progress

__all__ = [
    "PROGRAM",
    "TASKS",
    "break_even",
    "fusions",
    "padded",
    "progress",
    "ready",
    "scan",
    "selected",
    "timed",
    "traces",
    "use",
    "yields",
]
