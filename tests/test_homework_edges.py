"""Submissions that would stop nbgrader, or deceive it: endless and deadly answers, copied, deleted and foreign cells.

Marking needs ``pip install -e .[homework]``; without it there is nothing to test.
"""

import re
from html import unescape
from itertools import takewhile

import nbformat
import pytest
from marking import EXERCISES, QUICK, Folder, nbgrader_cells

from course import homework
from course.source import keep_solution

pytest.importorskip("nbgrader", reason="nbgrader isn't installed: pip install -e .[homework]")

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
