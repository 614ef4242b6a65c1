"""Answer checks of unit 06, the analysis as a differentiable function: ``from jaxhep.check import unit06 as check``.

Shapes: N events, B bins, K systematics, M columns of weights. Where a function is to be differentiated, its gradient is
compared as well as its values.
"""

from jaxhep.check.unit06._coverage_in import task as coverage_in
from jaxhep.check.unit06._edges_of import task as edges_of
from jaxhep.check.unit06._network_loss import task as network_loss
from jaxhep.check.unit06._sensitivities import task as sensitivities
from jaxhep.check.unit06._sigma_mu import task as sigma_mu
from jaxhep.check.unit06._soft_histogram import task as soft_histogram
from jaxhep.check.verdict import Tasks

TASKS = Tasks(sigma_mu, soft_histogram, edges_of, network_loss, coverage_in, sensitivities)
ready, use, progress = TASKS.ready, TASKS.use, TASKS.progress

__all__ = [
    "TASKS",
    "coverage_in",
    "edges_of",
    "network_loss",
    "progress",
    "ready",
    "sensitivities",
    "sigma_mu",
    "soft_histogram",
    "use",
]
