"""Answer checks of unit 01, jaxprs: ``from jaxhep.check import unit01 as check``.

Programs are judged by what is in their jaxprs, never by seconds: equations counted, array elements computed, modes of
differentiation found out with functions that only one mode can differentiate.
"""

from jaxhep.check.unit01._evaluate import task as evaluate
from jaxhep.check.unit01._hessian import task as hessian
from jaxhep.check.unit01._predicted import task as predicted
from jaxhep.check.unit01._ranking import task as ranking
from jaxhep.check.unit01._reverse_by_hand import task as reverse_by_hand
from jaxhep.check.unit01._tally import task as tally
from jaxhep.check.unit01._winners import task as winners
from jaxhep.check.unit01._yield_jacobian import task as yield_jacobian
from jaxhep.check.verdict import Tasks

TASKS = Tasks(reverse_by_hand, predicted, tally, yield_jacobian, winners, evaluate, hessian, ranking)
ready, use, progress = TASKS.ready, TASKS.use, TASKS.progress

__all__ = ["TASKS", "progress", "ready", "use", *TASKS]
