"""The answer checks of unit 03."""

import bank

from jaxhep.check import unit03


class TestChecks(bank.Checks):
    unit, check = "03_pure_functions", unit03
