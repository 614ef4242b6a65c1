"""Reading a source: its cells, its title, and the solution regions of an exercise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from course.minutes import HEADING
from course.settings import BuildError

BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
BEGIN, END, STUB = "### BEGIN SOLUTION", "### END SOLUTION", "### STUB:"
DEFAULT_STUB = "...  # your code here"


def read_source(path: Path) -> NotebookNode:
    """The cells of a source file as an un-executed notebook."""
    return jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")


def fill_blocks(text: str, parts: Mapping[str, Callable[[], str]], where: str = "") -> str:
    """A text with its generated blocks made again."""
    where = where and f"{where}: "
    names = [name for _, name, _ in BLOCK.findall(text)]
    unknown = set(names) - set(parts)
    if unknown:
        raise BuildError(f"{where}no generated block is called {', '.join(sorted(unknown))}; known: {', '.join(parts)}")
    if len(names) != text.count("<!-- generated: "):
        raise BuildError(f"{where}a generated block without its end, <!-- end -->")
    return BLOCK.sub(lambda m: m[1] + parts[m[2]]() + m[3], text)


def without_marks(text: str) -> str:
    """A text without the marks around its generated blocks."""
    return re.sub(r"<!-- (generated: \w+|end) -->\n?", "", text)


def title(notebook: NotebookNode) -> str:
    """The first heading."""
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and (found := HEADING.match(line)) and found["level"] == "#":
                return found["title"]
    raise BuildError("a source file needs a title, a line that begins with '# '")


def _regions(source: str, where: str) -> Iterator[tuple[list[str], list[str], list[str] | None]]:
    """Split a code cell into (plain lines, stub lines, solution lines); the last part has no solution (None)."""
    plain: list[str] = []
    stub: list[str] = []
    solution: list[str] | None = None
    indent = ""
    for line in source.splitlines():
        mark = line.strip()
        if mark == BEGIN:
            if solution is not None:
                raise BuildError(f"{where}: '{BEGIN}' inside another region; close the first with '{END}'")
            solution, indent = [], line[: len(line) - len(line.lstrip())]
        elif mark == END:
            if solution is None:
                raise BuildError(f"{where}: '{END}' without '{BEGIN}'")
            yield plain, stub or [indent + DEFAULT_STUB], solution
            plain, stub, solution = [], [], None
        elif mark.startswith(STUB):
            if solution is None or solution:
                raise BuildError(f"{where}: '{STUB}' lines stand right after '{BEGIN}'")
            stub.append((indent + mark[len(STUB) :].removeprefix(" ")).rstrip())
        else:
            (plain if solution is None else solution).append(line)
    if solution is not None:
        raise BuildError(f"{where}: '{BEGIN}' without '{END}'")
    yield plain, [], None


def strip_solution(source: str, where: str = "cell") -> str:
    """The learner's view of a code cell: every solution region replaced by its stub."""
    return "\n".join(line for plain, stub, _ in _regions(source, where) for line in plain + stub)


def keep_solution(source: str, where: str = "cell") -> str:
    """The teacher's view of a code cell: the markers and stubs removed."""
    return "\n".join(line for plain, _, solution in _regions(source, where) for line in plain + (solution or []))


def solutions(source: str, where: str = "cell") -> list[str]:
    """The code of each solution region."""
    return ["\n".join(solution) for _, _, solution in _regions(source, where) if solution is not None]


def headline(source: str) -> str:
    """The first line of a cell, to name it in messages."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), "empty")
    return line if len(line) <= 60 else line[:57] + "..."
