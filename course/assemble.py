"""From a source to the notebook as it is before execution."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from benchmarks import training_tables
from course.asserts import KEY, split
from course.figures import embed_figures, fingerprint
from course.minutes import below_headings, headings
from course.settings import FOLDERS, BuildError, Course, Target
from course.source import fill_blocks, headline, keep_solution, read_source, solutions, strip_solution, without_marks

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NOTE = (
    "<details><summary>For the instructor</summary>\n\n",
    "\n\n</details>",
)  # around speaker notes: folded where learners read
WIDTH = 90  # columns of code that JupyterLab, Colab and a slide show without scrolling
LINK = re.compile(r"\]\((?:\.\./(?P<unit>\w+)/)?(?P<kind>lecture|exercise|solution)\.md(?P<anchor>#[^)]*)?\)")


def link_notebooks(source: str, unit: str) -> str:
    return LINK.sub(lambda m: f"](../{FOLDERS[m['kind']]}/{m['unit'] or unit}.ipynb{m['anchor'] or ''})", source)


def bootstrap_source(course: Course) -> str:
    """course/bootstrap.py with this course's address and what it needs."""
    project = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = [project["requires-python"], *(wish for wish in project["dependencies"] if wish.startswith("jax>="))]
    numbers = [tuple(map(int, wish.split(">=")[1].split("."))) for wish in lowest]
    values = ", ".join([f'"{course.archive}"', f'"{project["version"]}"', *map(str, numbers)])
    source = (Path(__file__).parent / "bootstrap.py").read_text(encoding="utf-8").strip()
    return re.sub(
        r"^(ARCHIVE, VERSION, PYTHON, JAX = ).*$", lambda match: match[1] + values, source, flags=re.MULTILINE
    )


def header(target: Target) -> list[NotebookNode]:
    """Where else this notebook opens, and the cell that installs the course where it is missing (Colab)."""
    course = target.course
    others = [other for other in course.targets() if other.unit == target.unit and other.kind != target.kind]
    launch = [f"[Open in Colab]({course.colab(target.path)})", f"[Launch on Binder]({course.binder(target.path)})"]
    links = [f"[{other.kind.capitalize()}](../{other.path})" for other in others]
    badges = nbformat.v4.new_markdown_cell(" · ".join([*launch, *links, "[Course map](../index.ipynb)"]))
    bootstrap = nbformat.v4.new_code_cell(bootstrap_source(course))
    bootstrap.metadata.update({"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["bootstrap"]})
    for cell in (badges, bootstrap):
        cell.metadata["slideshow"] = {"slide_type": "skip"}
    return [badges, bootstrap]


def refuse_wide(source: str, where: str) -> None:
    """Raise ``BuildError`` for a line of code that would run out of JupyterLab's cell."""
    for line in source.splitlines():
        if len(line) > WIDTH:
            raise BuildError(
                f"{where}: a line of code has {len(line)} columns, more than {WIDTH}; wrap it: {line.strip()}"
            )


def assemble(target: Target, as_png: bool = True) -> NotebookNode:
    """The notebook as it is before execution; the description of a cell's figure is still in the cell's metadata, as
    ``alt``."""
    cells = []
    training = target.course.root / "benchmarks" / "training.json"
    tables = {"training": lambda: training_tables.tables(training)}
    timed = headings(target.source.read_text(encoding="utf-8"), target.kind)
    for number, cell in enumerate(read_source(target.source).cells, start=1):
        tags = cell.metadata.get("tags", [])
        where = f"{target.source.relative_to(target.course.root)}, cell {number} ({headline(cell.source)})"
        if not cell.source.strip():
            raise BuildError(f"{where}: an empty cell")
        if any(only in tags and target.kind != only for only in ("exercise", "solution")):
            continue
        if cell.cell_type == "code":
            if target.kind == "lecture" and solutions(cell.source, where):
                raise BuildError(f"{where}: solution regions belong in exercise.md")
            cell.source = (strip_solution if target.kind == "exercise" else keep_solution)(cell.source, where)
            if target.kind == "lecture":
                cell.source, asserts = split(cell.source, where)
                cell.metadata.update({KEY: asserts} if asserts else {})
            refuse_wide(cell.source, where)
        else:
            text = without_marks(fill_blocks(cell.source, tables, where)).rstrip()
            cell.source = below_headings(link_notebooks(text, target.unit), timed)
            if cell.metadata.get("slideshow", {}).get("slide_type") == "notes":
                cell.source = cell.source.join(NOTE)
        cells.append((cell, where))

    cells = [*((cell, "header") for cell in header(target)), *cells]
    seen: dict[str, int] = {}
    for cell, where in cells:
        text = f"{cell.cell_type}\n{cell.source}"
        seen[text] = seen.get(text, 0) + 1
        cell["id"] = fingerprint(f"{seen[text]}\n{text}".encode())[:8]
        if cell.cell_type == "markdown":
            cell.source = embed_figures(cell.source, target.source.parent, where, as_png)
    notebook = nbformat.v4.new_notebook(cells=[cell for cell, _ in cells])
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5
    return notebook


def serialise(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"
