"""The answer checks of unit 02."""

import bank
import pytest

from jaxhep import programs
from jaxhep.check import unit02


class TestChecks(bank.Checks):
    unit, check = "02_tracing_and_caching", unit02


def test_the_notebook_counts_what_the_quiz_asks(exercise_names):
    """The sequences stand twice, in the notebook for the learner and in the check for the truth."""
    for name, truth in unit02.traces.right.items():
        f = programs.counted(exercise_names["expected"])
        exercise_names[name](f)
        assert f.calls == truth, name


@pytest.fixture(scope="module")
def exercise_names() -> dict:
    """What the cells of task 1 define."""
    namespace: dict = {"__name__": "__main__"}
    for number, cell in enumerate(bank.code_cells("02_tracing_and_caching", "exercise")):
        if "answer-traces" in cell.metadata.get("tags", []):
            return namespace
        bank.run(cell.source, namespace, f"<cell {number}>")
    raise LookupError("no cell is tagged answer-traces")
