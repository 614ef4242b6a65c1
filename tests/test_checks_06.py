"""The answer checks of unit 06."""

import bank

from jaxhep.check import unit06


class TestChecks(bank.Checks):
    unit, check = "06_differentiable_analysis", unit06
