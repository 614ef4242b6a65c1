"""The answer checks of a unit, tried with wrong and right answers in the learner's cells of the real exercise.

Answers come from two places. A known mistake is an answer by itself: its code, under the learner's name, must be told
its whole sentence. And each file answers/unitNN/TASK.py holds answers, one a cell, that are no known mistake's own
code::

    # %% right: what is unusual
    # %% wrong: what is wrong
    # says: words that the verdict must contain
    # %% wrong: a known mistake spelled otherwise, where rounding or style could hide it
    # mistake: its name

The exercise is built from its source in memory and run in this process; an answer then takes the place of the stub, and
the check's cell is run and read. A unit's tests are a module of their own, so that the units run side by side::

    class TestChecks(bank.Checks):
        unit, check = "04_hww_likelihood", unit04
"""

import contextlib
import inspect
import io
import linecache
import re
import textwrap
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import matplotlib
import pytest

from course.assemble import assemble
from course.settings import ROOT, Course, Target
from jaxhep.check.quiz import Quiz
from jaxhep.check.reading import globals_in
from jaxhep.check.verdict import Question, Task

matplotlib.use("Agg")

GENERIC = "not in a way that this check knows"
RAISED = re.compile("tracer|It stops|It fails under|can't trace")


@dataclass(frozen=True)
class Answer:
    """An answer to a task. ``says`` : what its verdict must contain. ``known`` : whether it is a known mistake's own
    code.
    ``names`` : what its code needs besides the notebook's."""

    task: str
    right: bool
    title: str
    says: str
    code: str
    known: bool = False
    names: Mapping[str, object] = field(default_factory=dict, hash=False)


def answers(unit: str, task: Question) -> list[Answer]:
    """All answers to a task: those of the bank, and its known mistakes."""
    return [*read_bank(unit, task), *known_mistakes(task)]


def read_bank(unit: str, task: Question) -> list[Answer]:
    """The answers in a task's file of the bank."""
    file = Path(__file__).parent / "answers" / f"unit{unit[:2]}" / f"{task.name}.py"
    if not file.is_file():  # test_bank_is_large... says so
        return []
    _, *cells = re.split(r"^# %% ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    bank = []
    for cell in cells:
        head, code = cell.split("\n", 1)
        verdict, title = head.split(": ", 1)
        key, _, value = code.split("\n", 1)[0].removeprefix("# ").partition(": ")
        right = {"right": True, "wrong": False}[verdict]
        says = "correct." if right else task.mistakes[value].sentence if key == "mistake" else {"says": value}[key]
        bank.append(Answer(task.name, right, title, says, code))
    return bank


def known_mistakes(task: Question) -> list[Answer]:
    """The task's known mistakes as answers."""
    if isinstance(task, Quiz):  # the truth takes a while to find, so it is looked up when the answer is tried
        right = f"check.{task.name}.right"
        return [
            Answer(
                task.name,
                False,
                f"{key} = {wrong}",
                sentence,
                f"{task.name} = {right} | {{{key!r}: {wrong!r}}}",
                known=True,
            )
            for (key, wrong), sentence in task.mistakes.items()
        ]
    return [known_mistake(task, name, *mistake) for name, mistake in task.mistakes.items()]


def known_mistake(task: Task, name: str, sentence: str, variant) -> Answer:
    """A known mistake's code under the learner's name, with what it uses of the check's module."""
    code = textwrap.dedent(inspect.getsource(variant))
    code = code[code.index(f"def {name}(") :].replace(f"def {name}(", f"def {task.name}(", 1)
    used = {one: variant.__globals__[one] for one in globals_in(variant.__code__) if one in variant.__globals__}
    return Answer(task.name, False, name, sentence, code, known=True, names=used)


def depends_on_words(answer: Answer, task: Question) -> bool:
    """Whether the verdict is found by the words or the kind of an exception that JAX raises: these may change with its
    release."""
    causes = getattr(task, "errors", {}).values()
    return not answer.right and (any(answer.says in cause for cause in causes) or bool(RAISED.search(answer.says)))


def code_cells(unit: str, kind: str) -> list:
    target = Target(Course.read(ROOT), unit, kind)
    cells = [cell for cell in assemble(target, as_png=False).cells if cell.cell_type == "code"]
    return [cell for cell in cells if "bootstrap" not in cell.metadata.get("tags", [])]


def tagged(cells: list, tag: str) -> str:
    """The source of the one cell with this tag."""
    (cell,) = [cell for cell in cells if tag in cell.metadata.get("tags", [])]
    return cell.source


def run(source: str, namespace: dict, name: str) -> str:
    """Execute a cell as a notebook does, so that tracebacks find its lines; what it prints. Warnings are errors."""
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
    banks = {name: answers(cls.unit, task) for name, task in tasks.items()}
    written = [task for task in tasks.values() if isinstance(task, Task)]
    marks = {True: pytest.mark.words, False: pytest.mark.once}
    everything = {
        "answer": [
            pytest.param(one, id=f"{name}: {one.title}", marks=marks[depends_on_words(one, tasks[name])])
            for name, bank in banks.items()
            for one in bank
        ],
        "bank": [pytest.param(bank, id=name) for name, bank in banks.items()],
        "task": [pytest.param(task, id=task.name) for task in tasks.values()],
        "written": [pytest.param(task, id=task.name) for task in written],
    }
    return {name: values for name, values in everything.items() if name in fixtures}


class Checks:
    """The tests that every unit's checks must pass; a subclass says which: ``unit`` is the source folder, ``check`` the
    package."""

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

    def verdict(self, exercise: tuple[list, dict, str], answer: Answer) -> str:
        """What the check's cell prints with this answer in the learner's cell."""
        cells, namespace, _ = exercise
        forget(self.check)
        mine = {**namespace, **answer.names}
        run(answer.code, mine, f"<answer to {answer.task}>")
        return " ".join(run(tagged(cells, f"check-{answer.task}"), mine, f"<check of {answer.task}>").split())

    @pytest.mark.once
    def test_untouched_exercise_runs_to_its_end_and_says_what_is_open(self, exercise):
        _, _, printed = exercise
        for task in self.check.TASKS.values():
            assert f"{task.title}: not attempted yet." in printed
            assert f"Write `{task.name}` in the cell above" in printed
        assert "Passed: none yet." in printed
        assert "not right yet" not in printed

    @pytest.mark.once
    def test_every_learner_cell_is_a_stub_and_has_its_check(self, exercise, task):
        cells, _, _ = exercise
        stub = tagged(cells, f"answer-{task.name}")
        assert re.search(r"^    \.\.\.  # your code here|: \.\.\.,", stub, re.MULTILINE)
        assert tagged(cells, f"check-{task.name}") == f"check.{task.name}({task.name})"

    def test_bank(self, exercise, answer):
        said = self.verdict(exercise, answer)
        state = "correct." if answer.right else "not right yet."
        assert said.startswith(f"{self.check.TASKS[answer.task].title}: {state}"), said
        assert answer.says in said, said
        assert GENERIC not in said, said
        assert (self.check.TASKS[answer.task].passed is not None) == answer.right

    def test_bank_is_large_and_says_nothing_twice(self, bank):
        assert sum(answer.right for answer in bank) >= 4
        assert sum(not answer.right for answer in bank) >= 6
        sentences = [answer.says for answer in bank if answer.known]
        phrases = [answer.says for answer in bank if not answer.right and answer.says not in sentences]
        twice = [(a, b) for a in phrases for b in [*phrases, *sentences] if a is not b and a in b]
        assert not twice, f"a phrase is part of what another answer is told: {twice[0]}"

    @pytest.mark.once
    def test_known_mistakes_have_the_arguments_of_the_stub(self, exercise, written):
        _, namespace, _ = exercise
        stub = list(inspect.signature(namespace[written.name]).parameters)
        for name, mistake in written.mistakes.items():
            assert list(inspect.signature(mistake.variant).parameters) == stub, name

    @pytest.mark.once
    def test_solution_in_the_learner_cell_passes(self, exercise, task):
        code = tagged(code_cells(self.unit, "solution"), f"answer-{task.name}")
        said = self.verdict(exercise, Answer(task.name, True, "solution", "", code))
        assert f"{task.title}: correct." in said
