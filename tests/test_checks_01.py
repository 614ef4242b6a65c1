"""The answer checks of unit 01, and that they judge the functions that the exercise shows."""

import bank
import jax

from jaxhep import programs
from jaxhep.check import unit01


class TestChecks(bank.Checks):
    unit, check = "01_jaxprs", unit01

    def test_the_check_knows_the_functions_of_the_exercise(self, exercise):
        _, shown, _ = exercise
        ten, number = jax.numpy.ones(10), 1.0
        arguments = {
            **{
                "invariant_mass": (4.0, 1.0, 2.0, 3.0),
                "poisson": (ten, ten),
                "shifted": (ten, ten),
                "efficiency": (ten,),
            },
            **{"resolution": (ten,), "turn_on": (ten,), "oscillation": (number, number), "wasteful": (number, number)},
        }
        for name, args in arguments.items():
            jaxprs = [jax.make_jaxpr(function)(*args) for function in (shown[name], getattr(unit01, f"_{name}"))]
            assert programs.primitives(jaxprs[0]) == programs.primitives(jaxprs[1])
        for ours, theirs in zip(unit01.problem(10, 3)[:2], shown["problem"](10, 3)[:2], strict=True):
            params = unit01.problem(10, 3)[2]
            assert (ours(params) == theirs(params)).all()
