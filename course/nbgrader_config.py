"""nbgrader's settings for the course's homework. course/homework.py copies this into the homework's folder: edit it
there."""

import os
import re

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader import preprocessors
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


def swapped(converter, trait, own):
    """The converter's preprocessors, with ours in place of nbgrader's of the same name."""
    return [own if one.__name__ == own.__name__ else one for one in converter.class_traits()[trait].default()]


c = get_config()  # type: ignore[name-defined] # noqa: F821 (nbgrader defines it)
c.CourseDirectory.course_id = "jaxhep"
c.GenerateAssignment.preprocessors = swapped(GenerateAssignment, "preprocessors", ClearSolutions)
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
c.Autograde.autograde_preprocessors = swapped(Autograde, "autograde_preprocessors", Execute)
c.ExecutePreprocessor.timeout = 90  # seconds for one cell; a whole solution takes less

# A check cell that writes to stderr counts as failed, and JAX writes there if it meets a GPU that it can't use.
os.environ.update(JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="2")
