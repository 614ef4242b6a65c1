"""Binned profile-likelihood fits with JAX: events -> templates -> expected yields -> -2 ln L -> fit.

All arrays are float64 (``jax_enable_x64`` is switched on here: MIGRAD doesn't converge on a float32 likelihood).
Shapes in the docstrings: P processes, K systematics, B bins, F free background normalisations.
"""

import sys

if sys.version_info < (3, 11):
    raise ImportError(f"jaxhep needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")

import jax

if jax.__version_info__ < (0, 7):
    raise ImportError(f"jaxhep needs JAX 0.7 or newer; this is JAX {jax.__version__}. Upgrade with: pip install -U jax")

jax.config.update("jax_enable_x64", True)

from jaxhep import toys
from jaxhep.arrays import from_arrays
from jaxhep.events import DataError, load_card, load_events, load_observed, unseal
from jaxhep.likelihood import asimov, expected, expected_by_process, nll2
from jaxhep.migrad import FitResult, discovery_significance, fit, impacts, minuit, profile_scan
from jaxhep.model import Model, make_model
from jaxhep.templates import Templates, build_templates, equal_signal_edges, histogram
from jaxhep.workspace import pyhf_parameters, to_pyhf

__version__ = "0.1.0"

__all__ = [
    "DataError",
    "FitResult",
    "Model",
    "Templates",
    "asimov",
    "build_templates",
    "discovery_significance",
    "equal_signal_edges",
    "expected",
    "expected_by_process",
    "fit",
    "from_arrays",
    "histogram",
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
]
