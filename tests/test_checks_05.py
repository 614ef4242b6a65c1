"""The answer checks of unit 05."""

import bank

from jaxhep.check import unit05


class TestChecks(bank.Checks):
    unit, check = "05_toys", unit05
