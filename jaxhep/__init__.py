"""Binned profile-likelihood fits with JAX: events -> templates -> expected yields -> -2 ln L -> fit.

All arrays are float64 (``jax_enable_x64`` is switched on here: MIGRAD doesn't converge on a float32 likelihood).
Shapes in the docstrings: P processes, K systematics, B bins, F free background normalisations.

A model needs no events. From yields to fit, significance, interval (MINOS) and upper limit (CLs):

>>> import jaxhep
>>> model = jaxhep.from_arrays(
...     nominal={"H": [2.0, 8.0, 6.0], "WW": [50.0, 40.0, 10.0]}, signal="H", mc_error=[0.02, 0.03, 0.05],
...     systematics={"lumi": {"H": 1.02, "WW": 1.02}, "scale": {"WW": ([53.0, 40.0, 9.7], None)}})
>>> counts = [52, 46, 14]
>>> fit = jaxhep.fit(model, counts)
>>> print(f"mu = {fit.mu:.2f} +- {fit.sigma_mu:.2f}, {jaxhep.discovery_significance(model, counts):.1f} sigma")
mu = 0.70 +- 0.52, 1.5 sigma
>>> interval = jaxhep.minuit(model, counts, hessian=False).migrad().minos("mu").merrors["mu"]
>>> limit = jaxhep.upper_limit(model, counts)
>>> print(f"{fit.mu + interval.lower:.2f} < mu < {fit.mu + interval.upper:.2f}, at 95% CL mu < {limit.observed:.2f}")
0.22 < mu < 1.25, at 95% CL mu < 1.66
"""

import sys

if sys.version_info < (3, 11):
    raise ImportError(f"jaxhep needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")

import jax

if jax.__version_info__ < (0, 7, 2):
    raise ImportError(
        f"jaxhep needs JAX 0.7.2 or newer; this is JAX {jax.__version__}. Upgrade with: pip install -U jax"
    )

jax.config.update("jax_enable_x64", True)

from jaxhep import toys
from jaxhep.arrays import from_arrays
from jaxhep.events import DataError, load_card, load_events, load_observed, unseal
from jaxhep.likelihood import asimov, expected, expected_by_process, nll2
from jaxhep.limits import Hypotest, UpperLimit, hypotest, upper_limit
from jaxhep.migrad import FitResult, fit, minuit
from jaxhep.model import Model, make_model
from jaxhep.scans import discovery_significance, impacts, profile_scan
from jaxhep.templates import Templates, build_templates, equal_signal_edges, histogram
from jaxhep.workspace import pyhf_parameters, to_pyhf

__version__ = "0.1.0"

__all__ = [
    "DataError",
    "FitResult",
    "Hypotest",
    "Model",
    "Templates",
    "UpperLimit",
    "asimov",
    "build_templates",
    "discovery_significance",
    "equal_signal_edges",
    "expected",
    "expected_by_process",
    "fit",
    "from_arrays",
    "histogram",
    "hypotest",
    "impacts",
    "load_card",
    "load_events",
    "load_observed",
    "make_model",
    "minuit",
    "nll2",
    "profile_scan",
    "pyhf_parameters",
    "to_pyhf",
    "toys",
    "unseal",
    "upper_limit",
]
