"""Answer checks of unit 03, pure functions and other sharp edges: ``from jaxhep.check import unit03 as check``.

A pure function takes everything in through its parameters and gives everything out through ``return``.
"""

from jaxhep.check.unit03._fit_mu import task as fit_mu
from jaxhep.check.unit03._nll2 import task as nll2
from jaxhep.check.unit03._nll2_and_expected import task as nll2_and_expected
from jaxhep.check.unit03._rescaled import task as rescaled
from jaxhep.check.unit03._saturated_nll2 import task as saturated_nll2
from jaxhep.check.unit03._scattered import task as scattered
from jaxhep.check.unit03._smeared import task as smeared
from jaxhep.check.unit03._step import task as step
from jaxhep.check.unit03._yields import task as yields
from jaxhep.check.verdict import Tasks

TASKS = Tasks(yields, nll2_and_expected, rescaled, smeared, step, nll2, saturated_nll2, scattered, fit_mu)
ready, use, progress = TASKS.ready, TASKS.use, TASKS.progress

__all__ = [
    "TASKS",
    "fit_mu",
    "nll2",
    "nll2_and_expected",
    "progress",
    "ready",
    "rescaled",
    "saturated_nll2",
    "scattered",
    "smeared",
    "step",
    "use",
    "yields",
]
