"""The answer checks of a unit, tried with a bank of wrong and right answers in the learner's cells of the real exercise.

Each file answers_NN/TASK.py holds answers, one a cell that begins with ``# %% right: what is unusual`` or ``# %% wrong: what is
wrong``; a wrong one goes on with ``# says: words`` that its verdict must contain. The exercise is built from its source in memory
and run in this process; an answer then takes the place of the stub, and the check's cell is run and read.

A unit's tests are a module of their own, so that the units run side by side::

    class TestChecks(bank.Checks):
        unit, check = "04_hww_likelihood", unit04
"""

import contextlib
import io
import linecache
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import build
import matplotlib
import pytest

from jaxhep.check import engine

matplotlib.use("Agg")

GENERIC = "not in a way that this check knows"


@dataclass(frozen=True)
class Answer:
    task: str
    right: bool
    title: str
    says: str
    code: str


def read_bank(unit: str, task: str) -> list[Answer]:
    file = Path(__file__).parent / f"answers_{unit[:2]}" / f"{task}.py"
    if not file.is_file():  # test_bank_is_large... says so
        return []
    _, *cells = re.split(r"^# %% ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    bank = []
    for cell in cells:
        head, code = cell.split("\n", 1)
        verdict, title = head.split(": ", 1)
        says = code.split("\n", 1)[0].removeprefix("# says: ") if verdict == "wrong" else "correct."
        bank.append(Answer(task, {"right": True, "wrong": False}[verdict], title, says, code))
    return bank


def code_cells(unit: str, kind: str) -> list:
    target = build.Target(build.Course.read(build.ROOT), unit, kind)
    cells = [cell for cell in build.assemble(target, as_png=False).cells if cell.cell_type == "code"]
    return [cell for cell in cells if "bootstrap" not in cell.metadata.get("tags", [])]


def tagged(cells: list, tag: str) -> str:
    """The source of the one cell with this tag."""
    (cell,) = [cell for cell in cells if tag in cell.metadata.get("tags", [])]
    return cell.source


def run(source: str, namespace: dict, name: str) -> str:
    """Execute a cell as a notebook does, so that tracebacks find its lines; return what it prints, warnings being errors."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "hessian overrides g2")
        exec(compile(source, name, "exec"), namespace)
    return output.getvalue()


def forget(check: ModuleType) -> None:
    """Every task as if it had never been attempted."""
    for task in check.TASKS.values():
        task.passed = None


def parameters(cls: type["Checks"], fixtures: list[str]) -> dict[str, list]:
    """What the tests of a unit run over."""
    tasks = cls.check.TASKS
    banks = {name: read_bank(cls.unit, name) for name in tasks}
    written = [task for task in tasks.values() if isinstance(task, engine.Task)]
    everything = {
        "answer": [pytest.param(one, id=f"{name}: {one.title}") for name, bank in banks.items() for one in bank],
        "bank": [pytest.param(bank, id=name) for name, bank in banks.items()],
        "task": [pytest.param(task, id=task.name) for task in tasks.values()],
        "written": [pytest.param(task, id=task.name) for task in written],
    }
    return {name: values for name, values in everything.items() if name in fixtures}


class Checks:
    """The tests that every unit's checks must pass; a subclass says which: ``unit`` is the source folder, ``check`` the module."""

    unit: str
    check: ModuleType

    @pytest.fixture(scope="class")
    @classmethod
    def exercise(cls) -> tuple[list, dict, str]:
        """The cells of the untouched exercise, its namespace after they all ran, and what they printed."""
        forget(cls.check)
        cells, namespace = code_cells(cls.unit, "exercise"), {"__name__": "__main__"}
        printed = "".join(run(cell.source, namespace, f"<cell {number}>") for number, cell in enumerate(cells))
        return cells, namespace, " ".join(printed.split())

    def verdict(self, exercise: tuple[list, dict, str], task: str, code: str) -> str:
        """What the check's cell prints with this code in the learner's cell."""
        cells, namespace, _ = exercise
        forget(self.check)
        mine = dict(namespace)
        run(code, mine, f"<answer to {task}>")
        return " ".join(run(tagged(cells, f"check-{task}"), mine, f"<check of {task}>").split())

    def test_untouched_exercise_runs_to_its_end_and_says_what_is_open(self, exercise):
        _, _, printed = exercise
        for task in self.check.TASKS.values():
            assert f"{task.title}: not attempted yet." in printed
            assert f"Write `{task.name}` in the cell above" in printed
        assert "Passed: none yet." in printed
        assert "not right yet" not in printed

    def test_every_learner_cell_is_a_stub_and_has_its_check(self, exercise, task):
        cells, _, _ = exercise
        stub = tagged(cells, f"answer-{task.name}")
        assert re.search(r"^    \.\.\.  # your code here|: \.\.\.,", stub, re.MULTILINE)
        assert tagged(cells, f"check-{task.name}") == f"check.{task.name}({task.name})"

    def test_bank(self, exercise, answer):
        said = self.verdict(exercise, answer.task, answer.code)
        state = "correct." if answer.right else "not right yet."
        assert said.startswith(f"{self.check.TASKS[answer.task].title}: {state}"), said
        assert answer.says in said, said
        assert GENERIC not in said, said
        assert (self.check.TASKS[answer.task].passed is not None) == answer.right

    def test_bank_is_large_and_no_two_wrong_answers_share_a_diagnosis(self, bank):
        assert sum(answer.right for answer in bank) >= 4
        phrases = [answer.says for answer in bank if not answer.right]
        assert len(phrases) >= 6
        assert not [(a, b) for a in phrases for b in phrases if a is not b and a in b]

    def test_solution_in_the_learner_cell_passes(self, exercise, task):
        said = self.verdict(exercise, task.name, tagged(code_cells(self.unit, "solution"), f"answer-{task.name}"))
        assert f"{task.title}: correct." in said

    def test_every_known_mistake_is_refused_with_its_own_sentence(self, task):
        for sentence, mistake in task.mistakes.items():
            answer = task.right | dict([mistake]) if isinstance(task, engine.Quiz) else mistake
            with engine.quiet(), pytest.raises(engine.Finding) as found:
                task.examine(answer)
            assert str(found.value).endswith(sentence) or "It stops with" in str(found.value)

    def test_the_course_functions_that_stand_in_pass_their_own_check(self, written):
        forget(self.check)
        with engine.quiet():
            written.examine(self.check.use(written.name))
