"""The systematic uncertainties: each one is a function of simulated events, none is drawn at random.

A `weight` systematic returns the ratio of an event's weight under the +1 sigma (or -1 sigma) shift to its nominal
weight. A `kinematic` one shifts reconstructed objects; the whole event (jet counting, missing momentum, selection,
network score) is then reconstructed again. A size or shape that is our guess is marked toy=True.

To add one, write one `weight("NAME", group, description, size, processes, function)` call into the tuple of its subject
in systematics_experiment.py or systematics_theory.py, or one `kinematic("NAME", group, description, size, function)`
call into systematics_kinematic.py; variation.py has the usual functions. Then make the events again (data/README.md).
The sealed truth lacks the new name: remove observed_truth.sealed first, and assemble.py draws a new observed sample.
"""

from __future__ import annotations

from systematics_experiment import B_TAGGING, FAKES, LEPTONS, LUMINOSITY_AND_PILEUP
from systematics_kinematic import JET_ENERGY, LEPTON_ENERGY, SOFT_TERM
from systematics_theory import N_PDF, OTHER_THEORY, PDF, SIGNAL_THEORY, TOP_THEORY, WW_THEORY
from variation import Systematic

__all__ = ["N_PDF", "SYSTEMATICS"]

SYSTEMATICS: tuple[Systematic, ...] = (
    *LUMINOSITY_AND_PILEUP,
    *LEPTONS,
    *B_TAGGING,
    *SIGNAL_THEORY,
    *WW_THEORY,
    *TOP_THEORY,
    *OTHER_THEORY,
    *FAKES,
    *PDF,
    *JET_ENERGY,
    *LEPTON_ENERGY,
    *SOFT_TERM,
)
"""In the order of the columns in the table of events."""
