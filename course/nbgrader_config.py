"""nbgrader's settings for the course's homework. course/homework.py copies this into the homework's folder: edit it
there."""

import os
import re

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_output
from nbgrader import preprocessors, utils
from nbgrader.converters import Autograde, GenerateAssignment
from traitlets import Bool

WITH_STUB = re.compile(r"^ *### BEGIN SOLUTION\n((?: *### STUB:.*\n)+)(?:.*\n)*? *### END SOLUTION$", re.MULTILINE)


class ClearSolutions(preprocessors.ClearSolutions):
    """A solution gives way to its own stub, the ``### STUB:`` lines at its beginning, if it has one."""

    def _replace_solution_region(self, cell, language):
        cell.source, found = WITH_STUB.subn(lambda match: re.sub("### STUB: ?", "", match[1]).rstrip("\n"), cell.source)
        return super()._replace_solution_region(cell, language) or found > 0


class Stopped(Exception):
    """A cell that can't be run."""


class Execute(preprocessors.Execute):
    """A cell that never ends, or that ends its kernel, fails alone: the notebook runs again without it."""

    interrupt_on_timeout = Bool(False, help="an interrupt doesn't reach a compiled loop").tag(config=True)

    def preprocess(self, nb, resources):
        while True:
            try:
                return super().preprocess(nb, resources)
            except Stopped as reason:
                self.log.warning("%s Running the notebook again without it.", reason)

    def preprocess_cell(self, cell, resources, index):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.source.partition("\n")[0])
        try:
            return super().preprocess_cell(cell, resources, index)
        except CellTimeoutError:
            reason = f"The cell '{name}' takes longer than {self.timeout} s."
        except (DeadKernelError, Stopped):
            reason = f"The cell '{name}' ends its kernel."
        cell.outputs = [new_output("error", ename="Stopped", evalue=reason, traceback=[reason])]
        cell.metadata.tags = [*cell.metadata.get("tags", []), "skip-execution"]
        raise Stopped(reason)

    def on_cell_executed(self, cell, cell_index, execute_reply):
        super().on_cell_executed(cell=cell, execute_reply=execute_reply)
        if any(
            payload.get("source") == "ask_exit" for payload in execute_reply["content"].get("payload", [])
        ):  # exit()
            raise Stopped


class OverwriteCells(preprocessors.OverwriteCells):
    """Every check is the instructor's again, copies too. A check that is missing is added at the end, where all answers
    have been given; a cell of another assignment becomes an ordinary one."""

    def preprocess_cell(self, cell, resources, index):
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("schema_version") != 3:  # nbgrader would stop, for all students
            marks.clear()
        super().preprocess_cell(cell, resources, index)  # takes away a grade_id that it doesn't know
        if "grade_id" not in marks:
            cell.metadata.pop("nbgrader", None)
        return cell, resources

    def add_missing_grade_cells(self, nb, resources):
        there = {cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata}
        for check in self.gradebook.find_notebook(self.notebook_id, self.assignment_id).grade_cells:
            if check.name not in there:
                self.log.warning("%s: '%s' is missing.", resources["nbgrader"]["student"], check.name)
                source = self.gradebook.find_source_cell(check.name, self.notebook_id, self.assignment_id)
                added = self.missing_cell_transform(source, check.max_score)
                nb.cells.append(new_code_cell(added.source, metadata=added.metadata))
        return nb, resources


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """Of a cell and its copies one counts, a check that passes, an answer that was begun; the others become ordinary
    cells."""

    def preprocess(self, nb, resources):
        def last(cell):
            return cell.metadata.nbgrader.checksum == utils.compute_checksum(cell), utils.has_failed(cell)

        counted = set()
        for cell in sorted((cell for cell in nb.cells if "nbgrader" in cell.metadata), key=last):
            name = cell.metadata.nbgrader.grade_id
            if name in counted:
                self.log.warning("%s: '%s' is there more than once.", resources["nbgrader"]["student"], name)
                del cell.metadata["nbgrader"]
            counted.add(name)
        return super().preprocess(nb, resources)


def swapped(converter, trait, *own):
    """The converter's preprocessors, with ours in place of nbgrader's of the same name."""
    ours = {one.__name__: one for one in own}
    return [ours.get(one.__name__, one) for one in converter.class_traits()[trait].default()]


c = get_config()  # type: ignore[name-defined] # noqa: F821 (nbgrader defines it)
c.CourseDirectory.course_id = "jaxhep"
c.GenerateAssignment.preprocessors = swapped(GenerateAssignment, "preprocessors", ClearSolutions)
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
# Not DeduplicateIds and CheckCellMetadata: of copies, which counts is known when they have been run.
c.Autograde.sanitize_preprocessors = [preprocessors.ClearOutput, preprocessors.OverwriteKernelspec, OverwriteCells]
c.OverwriteCells.add_missing_cells = True
c.Autograde.autograde_preprocessors = swapped(Autograde, "autograde_preprocessors", Execute, SaveAutoGrades)
c.ExecutePreprocessor.timeout = 90  # seconds for one cell; a whole solution takes less

# A check cell that writes to stderr counts as failed, and JAX writes there if it meets a GPU that it can't use.
os.environ.update(JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="2")
