"""The exercises as nbgrader homework: what students receive, and the points of right, wrong and empty submissions.

Marking needs ``pip install -e .[homework]``; those tests are skipped without.
"""

import inspect
import re
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import bank
import nbformat
import pytest
from marking import EXERCISES, QUICK, Folder, nbgrader_cells

from course import homework
from course.__main__ import main
from course.assemble import assemble, serialise
from course.settings import BuildError
from course.source import keep_solution, strip_solution

HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n", re.MULTILINE | re.DOTALL)


@pytest.fixture(params=EXERCISES)
def unit(request):
    return request.param


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
