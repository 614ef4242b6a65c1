"""A homework folder in which nbgrader marks what students hand in."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat

from course import homework
from course.assemble import serialise
from course.settings import ROOT, Course

EXERCISES = {target.unit: target for target in Course.read(ROOT).targets() if target.kind == "exercise"}
QUICK = next(unit for unit in EXERCISES if unit.startswith("03"))


def nbgrader_cells(notebook):
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


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
