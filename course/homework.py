"""The exercises as homework to be marked by nbgrader: ``python -m course homework``.

The folder is a course directory of nbgrader: nbgrader_config.py, and source/NN_topic/NN_topic.ipynb for each exercise,
made from the same source as the notebook in exercises/ and released as the same cells. The check cells give the points:
in the instructor's copy they hold a hidden test, a line that fails unless the check says "correct". A task is worth the
minutes in its heading; tasks under one heading share them. Run it again when the course has changed; your
nbgrader_config.py stays.

Using the folder needs ``pip install -e .[homework]``.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from nbformat import NotebookNode

from course.assemble import assemble, serialise
from course.settings import BuildError, Course, Target
from course.source import read_source

CONFIG = Path(__file__).parent / "nbgrader_config.py"
HEADING = re.compile(r"^(?P<level>###?) .+(?:\n\n\*(?P<minutes>\d+) minutes?, \d+ so far\*)?$", re.MULTILINE)
ELSEWHERE = ("[Open in Colab]", "[Launch on Binder]", "[Solution]")
HIDDEN = "### BEGIN HIDDEN TESTS\ncheck.{name}.mark({name})\n### END HIDDEN TESTS\n"


def role(cell: NotebookNode) -> tuple[str, str]:
    """("answer", NAME) or ("check", NAME) of a task's cells, ("", "") of any other."""
    found = [tag.split("-", 1) for tag in cell.metadata.get("tags", []) if tag.startswith(("answer-", "check-"))]
    return (found[0][0], found[0][1]) if found else ("", "")


def points(cells: list[NotebookNode], where: str = "exercise") -> dict[str, int]:
    """What each task is worth: the minutes of its heading, shared equally among the tasks under it, in whole points."""
    sections: list[tuple[int, list[str]]] = []
    for cell in cells:
        kind, name = role(cell)
        if cell.cell_type == "markdown":
            headings = [one for one in HEADING.finditer(cell.source) if one["minutes"] or one["level"] == "##"]
            sections += [(int(heading["minutes"] or 0), []) for heading in headings]
        elif kind == "check":
            minutes, names = sections[-1] if sections else (0, [])
            if not minutes:
                raise BuildError(
                    f"{where}: the heading above '{name}' needs minutes, as in '## Task 1 Name (7 minutes)'"
                )
            names.append(name)
    return {name: max(1, round(minutes / len(names))) for minutes, names in sections for name in names}


def marks(kind: str, name: str, worth: int) -> dict[str, object]:
    """nbgrader's metadata of an answer, or of a check with its points."""
    is_check = kind == "check"
    common = {
        "schema_version": 3,
        "grade_id": f"{kind}-{name}",
        "grade": is_check,
        "locked": is_check,
        "solution": not is_check,
    }
    return common | {"task": False} | ({"points": worth} if is_check else {})


def assignment(target: Target) -> NotebookNode:
    """The instructor's notebook: the exercise with solutions in its answer cells, hidden tests in its check cells, and
    points."""
    course, notebook = target.course, assemble(target)
    answers = {role(cell): cell.source for cell in read_source(target.source).cells}
    worth = points(notebook.cells, target.path)
    for cell in notebook.cells:
        kind, name = role(cell)
        if kind:
            if name not in worth or ("answer", name) not in answers:
                raise BuildError(f"{target.path}: the task '{name}' needs cells tagged answer-{name} and check-{name}")
            cell.source = answers[kind, name] if kind == "answer" else HIDDEN.format(name=name) + cell.source
            cell.metadata["nbgrader"] = marks(kind, name, worth[name])
        elif cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", f"]({course.repository}/blob/{course.branch}/")
    links = notebook.cells[0]
    links.source = " · ".join(link for link in links.source.split(" · ") if not link.startswith(ELSEWHERE))
    return notebook


def make(course: Course, folder: Path) -> None:
    """Write every exercise as an assignment, and nbgrader's configuration unless there is one."""
    exercises = [target for target in course.targets() if target.kind == "exercise"]
    assignments = {target.unit: assignment(target) for target in exercises}
    for unit, notebook in assignments.items():
        file = folder / "source" / unit / f"{unit}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(serialise(notebook), encoding="utf-8")
        worth = points(notebook.cells)
        print(f"{file}: {len(worth)} tasks, {sum(worth.values())} points")
    if not (folder / CONFIG.name).exists():
        shutil.copy(CONFIG, folder)
