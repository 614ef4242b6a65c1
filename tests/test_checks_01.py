"""The answer checks of unit 01, and that they judge the functions that the exercise shows."""

import bank
import jax

from jaxhep import programs
from jaxhep.check import unit01
from jaxhep.check.unit01 import _costs, _predicted, _reverse_by_hand


class TestChecks(bank.Checks):
    unit, check = "01_jaxprs", unit01

    def test_the_check_knows_the_functions_of_the_exercise(self, exercise):
        _, shown, _ = exercise
        ten, number = jax.numpy.ones(10), 1.0
        arguments = {
            _predicted.invariant_mass: (4.0, 1.0, 2.0, 3.0),
            _predicted.poisson: (ten, ten),
            _predicted.shifted: (ten, ten),
            _predicted.efficiency: (ten,),
            _predicted.resolution: (ten,),
            _predicted.turn_on: (ten,),
            _predicted.oscillation: (number, number),
            _reverse_by_hand.wasteful: (number, number),
        }
        for ours, args in arguments.items():
            jaxprs = [jax.make_jaxpr(function)(*args) for function in (shown[ours.__name__], ours)]
            assert programs.primitives(jaxprs[0]) == programs.primitives(jaxprs[1])
        expected, nll2, params = _costs.problem(10, 3)
        for ours, theirs in zip((expected, nll2), shown["problem"](10, 3)[:2], strict=True):
            assert (ours(params) == theirs(params)).all()
