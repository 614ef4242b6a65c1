"""The answer checks of unit 04, tried with a bank of wrong and right answers in the learner's cell of the real exercise.

Each file answers_04/TASK.py holds answers, one a cell that begins with ``# %% right: what is unusual`` or ``# %% wrong: what is
wrong``; a wrong one goes on with ``# says: words`` that its verdict must contain. The exercise is built from its source in memory
and run in this process; an answer then takes the place of the stub, and the check's cell is run and read.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import build
import jax
import matplotlib
import pytest

from jaxhep.check import engine, unit04

matplotlib.use("Agg")

UNIT = "04_hww_likelihood"
ANSWERS = Path(__file__).parent / "answers_04"
GENERIC = "not in a way that this check knows"


@dataclass(frozen=True)
class Answer:
    task: str
    right: bool
    title: str
    says: str
    code: str


def read_bank(task: str) -> list[Answer]:
    _, *cells = re.split(r"^# %% ", (ANSWERS / f"{task}.py").read_text(encoding="utf-8"), flags=re.MULTILINE)
    bank = []
    for cell in cells:
        head, code = cell.split("\n", 1)
        verdict, title = head.split(": ", 1)
        says = code.split("\n", 1)[0].removeprefix("# says: ") if verdict == "wrong" else "correct."
        bank.append(Answer(task, {"right": True, "wrong": False}[verdict], title, says, code))
    return bank


BANK = {task: read_bank(task) for task in unit04.TASKS}
ALL = [pytest.param(answer, id=f"{task}: {answer.title}") for task, bank in BANK.items() for answer in bank]


def code_cells(kind: str) -> list:
    target = build.Target(build.Course.read(build.ROOT), UNIT, kind)
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


def forget() -> None:
    """Every task as if it had never been attempted."""
    for task in unit04.TASKS.values():
        task.passed = None


@pytest.fixture(scope="module")
def exercise() -> tuple[list, dict, str]:
    """The cells of the untouched exercise, its namespace after they all ran, and what they printed."""
    forget()
    cells, namespace = code_cells("exercise"), {"__name__": "__main__"}
    printed = "".join(run(cell.source, namespace, f"<cell {number}>") for number, cell in enumerate(cells))
    return cells, namespace, printed


def verdict(exercise: tuple[list, dict, str], task: str, code: str) -> str:
    """What the check's cell prints with this code in the learner's cell."""
    cells, namespace, _ = exercise
    forget()
    mine = dict(namespace)
    run(code, mine, f"<answer to {task}>")
    return " ".join(run(tagged(cells, f"check-{task}"), mine, f"<check of {task}>").split())


def test_untouched_exercise_runs_to_its_end_and_says_what_is_open(exercise):
    _, _, printed = exercise
    printed = " ".join(printed.split())
    for task in unit04.TASKS.values():
        assert f"{task.title}: not attempted yet." in printed
        assert f"Write `{task.name}` in the cell above" in printed
    assert "Passed: none yet." in printed
    assert "not right yet" not in printed


def test_every_learner_cell_is_a_stub_and_has_its_check(exercise):
    cells, _, _ = exercise
    for task in unit04.TASKS:
        assert re.search(r"^    \.\.\.  # your code here", tagged(cells, f"answer-{task}"), re.MULTILINE)
        assert tagged(cells, f"check-{task}") == f"check.{task}({task})"


@pytest.mark.parametrize("answer", ALL)
def test_bank(exercise, answer):
    said = verdict(exercise, answer.task, answer.code)
    state = "correct." if answer.right else "not right yet."
    assert said.startswith(f"{unit04.TASKS[answer.task].title}: {state}"), said
    assert answer.says in said, said
    assert GENERIC not in said, said
    assert (unit04.TASKS[answer.task].passed is not None) == answer.right


@pytest.mark.parametrize("task", BANK)
def test_bank_is_large_and_no_two_wrong_answers_share_a_diagnosis(task):
    bank = BANK[task]
    assert sum(answer.right for answer in bank) >= 4
    phrases = [answer.says for answer in bank if not answer.right]
    assert len(phrases) >= 6
    assert not [(a, b) for a in phrases for b in phrases if a is not b and a in b]


@pytest.mark.parametrize("task", BANK)
def test_solution_in_the_learner_cell_passes(exercise, task):
    said = verdict(exercise, task, tagged(code_cells("solution"), f"answer-{task}"))
    assert f"{unit04.TASKS[task].title}: correct." in said


@pytest.mark.parametrize("task", unit04.TASKS.values(), ids=lambda task: task.name)
def test_every_known_mistake_is_refused_with_its_own_sentence(task):
    for sentence, variant in task.mistakes.items():
        with engine.quiet(), pytest.raises(engine.Finding) as found:
            task.examine(variant)
        assert str(found.value) == sentence or "It stops with" in str(found.value)


@pytest.mark.parametrize("name", unit04.TASKS)
def test_the_course_functions_that_stand_in_pass_their_own_check(name):
    forget()
    with engine.quiet():
        unit04.TASKS[name].examine(unit04.use(name))


def test_use_hands_out_the_learner_function_only_while_it_passes(capsys):
    forget()
    mine = unit04.use("opens")
    unit04.opens(mine)
    assert unit04.use("opens") is mine and unit04.ready("opens")
    unit04.opens(lambda sealed, commitment: True)
    assert unit04.use("opens") is unit04.TASKS["opens"].reference and not unit04.ready("opens")
    assert capsys.readouterr().out.endswith("This cell waits for Task 12 (opens).\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: 1, "can't be called like its stub"),
        (lambda sealed, commitment: None, "not attempted yet"),
        (lambda sealed, commitment: "yes", "isn't an array of numbers"),
        (lambda sealed, commitment: [1, 0], "has shape (2,)"),
        (3, "The check wants the function"),
        (..., "not attempted yet"),
        (None, "not attempted yet"),
    ],
)
def test_anything_at_all_gets_a_readable_verdict(answer, says, capsys):
    unit04.opens(answer)
    assert says in " ".join(capsys.readouterr().out.split())


def test_state_kept_between_calls_is_found(capsys):
    calls: list[int] = []

    def opens(sealed, commitment):
        calls.append(1)
        return len(calls) < 4

    unit04.opens(opens)
    assert "A second call with the same arguments gives another result" in " ".join(capsys.readouterr().out.split())


def test_a_leaked_tracer_is_explained(capsys):
    kept: list[jax.Array] = []

    def poisson_nll2(expected, counts):
        jax.jit(lambda x: kept.append(x + 1))(expected)
        return kept[-1].sum()

    unit04.poisson_nll2(poisson_nll2)
    assert "A JAX tracer has leaked" in " ".join(capsys.readouterr().out.split())
