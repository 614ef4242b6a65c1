"""Answer checks of unit 04, the H -> WW likelihood fit: ``from jaxhep.check import unit04 as check``.

Shapes: N events, P processes, K systematics, B bins. The exercise keeps a model in a plain dictionary of arrays
(``_arrays.Arrays``), and its parameters in one vector (1+K+B,): mu, the K systematics, and one parameter of MC
statistics per bin.
"""

from jaxhep.check.unit04._arrays import as_model, model_arrays
from jaxhep.check.unit04._cls import task as cls
from jaxhep.check.unit04._distances import task as distances
from jaxhep.check.unit04._expected import task as expected
from jaxhep.check.unit04._fit import task as fit
from jaxhep.check.unit04._fit_mu import task as fit_mu
from jaxhep.check.unit04._histogram import task as histogram
from jaxhep.check.unit04._impacts import task as impacts
from jaxhep.check.unit04._interpolate import task as interpolate
from jaxhep.check.unit04._nll2 import task as nll2
from jaxhep.check.unit04._nll2_free import task as nll2_free
from jaxhep.check.unit04._poisson_nll2 import task as poisson_nll2
from jaxhep.check.unit04._profile_scan import task as profile_scan
from jaxhep.check.unit04._q_tilde import task as q_tilde
from jaxhep.check.unit04._template_ratio import task as template_ratio
from jaxhep.check.verdict import Tasks

TASKS = Tasks(
    *(histogram, poisson_nll2, fit_mu, template_ratio, interpolate, expected, nll2),
    *(fit, profile_scan, impacts, nll2_free, q_tilde, cls, distances),
)
ready, use, progress = TASKS.ready, TASKS.use, TASKS.progress

__all__ = ["TASKS", "as_model", "model_arrays", "progress", "ready", "use", *TASKS]
