"""The exercises as nbgrader homework: what students receive, and the points of right, wrong, empty, destructive
and muddled submissions.

Marking needs ``pip install -e .[homework]``; those tests are skipped without.
"""

import inspect
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import bank
import nbformat
import pytest

from course import homework
from course.__main__ import main
from course.assemble import assemble, serialise
from course.settings import ROOT, BuildError, Course
from course.source import keep_solution, strip_solution

EXERCISES = {target.unit: target for target in Course.read(ROOT).targets() if target.kind == "exercise"}
QUICK = next(unit for unit in EXERCISES if unit.startswith("03"))
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n", re.MULTILINE | re.DOTALL)


@pytest.fixture(params=EXERCISES)
def unit(request):
    return request.param


def nbgrader_cells(notebook):
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


# --- what the folder holds
# ----------------------------------------------------------------------------------------------


def test_without_solutions_and_hidden_tests_every_cell_is_that_of_the_exercise(unit):
    ours, exercise = homework.assignment(EXERCISES[unit]), assemble(EXERCISES[unit])
    nbformat.validate(ours)
    for mine, its in zip(ours.cells, exercise.cells, strict=True):
        assert (mine.id, mine.cell_type) == (its.id, its.cell_type)
        assert {**mine.metadata, "nbgrader": None} == {**its.metadata, "nbgrader": None}
        if mine.cell_type == "code":
            assert HIDDEN.sub("", strip_solution(mine.source)) == its.source
    assert "](../" not in serialise(ours)
    assert "[Solution]" not in ours.cells[0].source and "[Lecture](https://" in ours.cells[0].source


def test_every_task_of_the_check_is_marked_once_and_named_alike_in_every_build(unit):
    tasks = import_module(f"jaxhep.check.unit{unit[:2]}").TASKS
    notebook = homework.assignment(EXERCISES[unit])
    cells = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [cell.grade_id for cell in cells] == [f"{kind}-{name}" for name in tasks for kind in ("answer", "check")]
    for answer, check in zip(cells[::2], cells[1::2], strict=True):
        assert (answer.solution, answer.grade, answer.locked) == (True, False, False)
        assert (check.solution, check.grade, check.locked) == (False, True, True)
        assert check.points >= 1 and "points" not in answer
    assert serialise(notebook) == serialise(homework.assignment(EXERCISES[unit]))


def cells_of(*parts):
    new = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    return [new[0](part) if part.startswith("#") else new[1]("", metadata={"tags": [part]}) for part in parts]


def test_tasks_under_one_heading_share_its_minutes():
    cells = cells_of(
        "## Task 1\n\n*16 minutes, 3 so far*", "check-a", "## Task 2\n\n*9 minutes, 19 so far*", "check-b", "check-c"
    )
    assert homework.points(cells) == {"a": 16, "b": 4, "c": 4}


@pytest.mark.parametrize(
    "heading", ["## Task 1 One", "## What you have done (83 minutes)", "# Exercise\n\n*16 minutes, 0 so far*"]
)
def test_a_task_without_minutes_is_refused(heading):
    with pytest.raises(BuildError, match="the heading above 'a' needs minutes"):
        homework.points(cells_of(heading, "check-a"))


def test_a_second_run_leaves_the_instructors_settings(tmp_path, capsys):
    assert main(["homework", str(tmp_path)]) == 0
    assert sorted(path.stem for path in tmp_path.glob("source/*/*")) == sorted(EXERCISES)
    config = tmp_path / "nbgrader_config.py"
    config.write_text(config.read_text() + "# mine\n")
    assert main(["homework", str(tmp_path)]) == 0
    assert config.read_text().endswith("# mine\n")
    assert "8 tasks" in capsys.readouterr().out


# --- marked by nbgrader
# -------------------------------------------------------------------------------------------------


class Folder:
    """A homework folder with one assignment and a gradebook of its own."""

    def __init__(self, place: Path, notebook: nbformat.NotebookNode, name: str):
        self.place, self.name = place, name
        self.source = place / "source" / name / f"{name}.ipynb"
        self.source.parent.mkdir(parents=True)
        self.source.write_text(serialise(notebook), encoding="utf-8")
        (place / homework.CONFIG.name).write_bytes(homework.CONFIG.read_bytes())
        self.run("generate_assignment", name)

    def run(self, *command: str) -> str:
        environment = {**os.environ, "IPYTHONDIR": str(self.place / "ipython")}
        environment["PATH"] = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ["PATH"]]
        )  # nbgrader calls alembic
        process = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=self.place,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr[-3000:]
        return process.stdout + process.stderr

    def released(self) -> nbformat.NotebookNode:
        return nbformat.read(self.place / "release" / self.name / self.source.name, as_version=4)

    def submit(self, student: str, changes: dict[str, str]) -> None:
        """Hand in the released notebook with these cells changed, by their grade_id."""
        notebook = self.released()
        cells = nbgrader_cells(notebook)
        for name, source in changes.items():
            cells[name].source = source
        self.hand_in(student, notebook)

    def hand_in(self, student: str, notebook: nbformat.NotebookNode) -> None:
        file = self.place / "submitted" / student / self.name / self.source.name
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)

    def scores(self) -> dict[str, dict[str, float]]:
        """The points of each student by task, from the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.place}/gradebook.db") as book:
            return {
                one.student.id: {grade.name.removeprefix("check-"): grade.score for grade in one.notebooks[0].grades}
                for one in book.assignment_submissions(self.name)
            }


def mixture(unit: str, names: list[str]) -> tuple[dict[str, str], set[str]]:
    """Answers of which a third is right in an unusual way, a third wrong, a third missing; and the names of the right
    ones."""
    answers, right = {}, set()
    for number, name in enumerate(names):
        known = bank.answers(unit, import_module(f"jaxhep.check.unit{unit[:2]}").TASKS[name])
        if number % 3 == 0:
            answers[f"answer-{name}"] = [one for one in known if one.right][1].code
            right.add(name)
        elif number % 3 == 1:
            wrong = [one for one in known if not one.right and all(map(inspect.ismodule, one.names.values()))]
            answers[f"answer-{name}"] = wrong[number % len(wrong)].code
    return answers, right


def mark_students(unit: str, place: Path) -> tuple[Folder, set[str]]:
    """A folder with its submissions marked, and which tasks the student "mixed" has solved. Of one exercise, a quick
    one, a perfect and an untouched copy are handed in, too."""
    folder = Folder(place, homework.assignment(EXERCISES[unit]), unit)
    cells = nbgrader_cells(nbformat.read(folder.source, as_version=4))
    solution = {name: keep_solution(cell.source) for name, cell in cells.items() if cell.metadata.nbgrader.solution}
    mixed, right = mixture(unit, [name.removeprefix("answer-") for name in solution])
    for student, changes in {"mixed": mixed, **({"right": solution, "untouched": {}} if unit == QUICK else {})}.items():
        folder.submit(student, changes)
    folder.run("autograde", unit)
    return folder, right


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """Every exercise, marked, two exercises at a time."""
    pytest.importorskip("nbgrader", reason="nbgrader isn't installed: pip install -e .[homework]")
    units = sorted(EXERCISES, reverse=True)  # the longest first
    places = [tmp_path_factory.mktemp(unit) for unit in units]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(units, pool.map(mark_students, units, places), strict=True))


@pytest.mark.timeout(900)
def test_points_are_those_of_the_right_tasks(unit, marked):
    folder, right = marked[unit]
    worth, scores = homework.points(homework.assignment(EXERCISES[unit]).cells), folder.scores()
    assert scores.get("right", worth) == worth
    assert scores.get("untouched", dict.fromkeys(worth, 0)) == dict.fromkeys(worth, 0)
    assert set(scores) == ({"mixed", "right", "untouched"} if unit == QUICK else {"mixed"})
    assert scores["mixed"] == {name: points * (name in right) for name, points in worth.items()}
    assert 0 < sum(scores["mixed"].values()) < sum(worth.values())


@pytest.mark.timeout(900)
def test_students_receive_the_exercise(unit, marked):
    folder, _ = marked[unit]
    for mine, its in zip(folder.released().cells, assemble(EXERCISES[unit]).cells, strict=True):
        assert mine.id == its.id
        assert mine.source == its.source or mine.cell_type == "markdown"


ENDLESS = "def yields(*anything):\n    return jax.lax.while_loop(lambda x: x > 0, lambda x: x + 1.0, 1.0)"
DEADLY = "import os\ndef nll2_and_expected(*anything):\n    os._exit(1)"
LOUD = "import logging\n{}\nquiet = smeared\ndef smeared(*args):\n    logging.warning('noise')\n    return quiet(*args)"
WRONG = "def step(mu, calls, slope):\n    return mu, calls"


def beginning(unit: str, last: str) -> nbformat.NotebookNode:
    """The assignment until the check of this task."""
    notebook = homework.assignment(EXERCISES[unit])
    (end,) = (number for number, cell in enumerate(notebook.cells) if homework.role(cell) == ("check", last))
    notebook.cells = notebook.cells[: end + 1]
    return notebook


def test_one_destructive_answer_costs_no_other_points_and_the_feedback_says_why(tmp_path):
    pytest.importorskip("nbgrader", reason="nbgrader isn't installed: pip install -e .[homework]")
    unit = QUICK
    notebook = beginning(unit, "step")
    folder = Folder(tmp_path, notebook, unit)
    assert "Success! Your notebook passes all the tests." in folder.run("validate", str(folder.source))
    loud = LOUD.format(keep_solution(nbgrader_cells(notebook)["answer-smeared"].source))
    answers = {"yields": ENDLESS, "nll2_and_expected": DEADLY, "rescaled": "exit()", "smeared": loud, "step": WRONG}
    folder.submit(
        "menace", {f"answer-{name}": answer for name, answer in answers.items()} | {"check-step": "print('all right')"}
    )
    folder.run("autograde", unit, "--ExecutePreprocessor.timeout=25")
    worth = homework.points(notebook.cells)
    assert folder.scores() == {"menace": dict.fromkeys(worth, 0) | {"smeared": worth["smeared"]}}
    folder.run("generate_feedback", unit)
    (file,) = (tmp_path / "feedback").glob("menace/*/*.html")
    page = " ".join(re.sub(r"<[^>]+>", "", unescape(file.read_text(encoding="utf-8"))).split())
    assert "The cell 'check-yields' takes longer than 25 s." in page
    assert "The cell 'check-nll2_and_expected' ends its kernel." in page
    assert re.search(r"Task \w+ \(step\): not right yet\. [A-Z]", page)
    assert "verdict.py" not in page


TASKS = ("yields", "nll2_and_expected", "rescaled")
ORDINARY = " ".join(f"answer-{name}=right check-{name}" for name in TASKS)
# student: the tasks solved, and the marked cells in the student's order, GRADE_ID or GRADE_ID=CONTENT
CLASS = {
    "anna": (TASKS, ORDINARY),
    "copies": (
        ("yields", "nll2_and_expected"),
        """check-yields answer-yields=right check-yields answer-yields=wrong check-yields
        answer-nll2_and_expected check-nll2_and_expected answer-nll2_and_expected=right check-nll2_and_expected
        answer-rescaled=wrong check-rescaled check-rescaled=edited answer-rescaled check-rescaled=edited""",
    ),
    "deletes_and_pastes": (
        ("yields", "nll2_and_expected"),
        """answer-yields=right unmarked-nll2_and_expected=right answer-rescaled=wrong
        check-rescaled=edited answer-fit=edited check-fit=edited old-yields=edited""",
    ),
    "zoe": (TASKS, ORDINARY),
}


def test_copied_deleted_and_foreign_cells_stop_nobody_and_change_no_points(tmp_path):
    pytest.importorskip("nbgrader", reason="nbgrader isn't installed: pip install -e .[homework]")
    notebook = beginning(QUICK, TASKS[-1])
    folder, ours, worth = Folder(tmp_path, notebook, QUICK), nbgrader_cells(notebook), homework.points(notebook.cells)
    for student, (_, order) in CLASS.items():
        released = folder.released()
        marked = nbgrader_cells(released)
        released.cells = list(takewhile(lambda cell: "## Task 1" not in cell.source, released.cells))  # the imports
        for grade_id, _, content in (word.partition("=") for word in order.split()):
            kind, name = grade_id.split("-")
            cell = nbformat.v4.new_code_cell(metadata={"nbgrader": homework.marks(kind, name, worth.get(name, 1))})
            if content == "right":
                cell.source = keep_solution(ours[f"answer-{name}"].source)
            elif content == "wrong":
                cell.source = f"def {name}(first, *others):\n    return first"
            else:
                cell.source = "print('all right')" if content == "edited" else marked[grade_id].source
            if kind == "old":
                cell.metadata.nbgrader["schema_version"] = 1
            if kind == "unmarked":
                del cell.metadata["nbgrader"]
            released.cells.append(cell)
        folder.hand_in(student, released)
    said = folder.run("autograde", QUICK)
    assert folder.scores() == {
        student: {name: points * (name in solved) for name, points in worth.items()}
        for student, (solved, _) in CLASS.items()
    }
    assert "copies: 'check-yields' is there more than once." in said
    assert "deletes_and_pastes: 'check-yields' is missing." in said
