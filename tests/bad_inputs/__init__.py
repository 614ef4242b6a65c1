"""What is wrong with an input, and what it has to be told: a module for each part of the package."""

from bad_inputs import events, figures, fits, likelihood, models
from bad_inputs.cases import CASES

__all__ = ["CASES", "events", "figures", "fits", "likelihood", "models"]
