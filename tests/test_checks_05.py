"""The answer checks of unit 05."""

import bank
import pytest

from jaxhep.check import unit05


class TestChecks(bank.Checks):
    unit, check = "05_toys", unit05


@pytest.mark.once
def test_a_helper_mended_since_the_last_check_counts(capsys):
    """The same function object, which calls something else now: nothing of the last check is left in JAX's cache."""
    helper = {"minimise": lambda nll2, start, data: (start, nll2(start, data), True)}

    def minimise(nll2, start, data):
        return helper["minimise"](nll2, start, data)

    unit05.minimise(minimise)
    assert "correct" not in capsys.readouterr().out
    helper["minimise"] = unit05.minimise.course_answer()
    unit05.minimise(minimise)
    assert "correct" in capsys.readouterr().out
