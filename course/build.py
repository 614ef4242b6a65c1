"""Building and checking: source/ -> lectures/, exercises/, solutions/, index.ipynb and the generated parts of README.md
and INSTRUCTORS.md.

A unit is source/NN_topic/lecture.md and exercise.md in MyST Markdown; code cells are ```{code-cell} blocks with
options, ``:tags: [...]``. What the build does with the text:

- ``![alt](../../figures/NAME.svg)`` becomes an embedded PNG: the one form that JupyterLab, Colab, nbconvert and GitHub
  all show.
- ``:alt:`` of a code cell describes the figure that it shows, to those who can't see it.
- A heading gets a line below it with its minutes, and how many there were before: counted from what a lecture says and
  shows (course/minutes.py), taken from ``## Task 3 Title (9 minutes)`` in an exercise.
- ``## Further: Title``, after a lecture's summary, is for reading: not in the deck, nor in the lecture's minutes.
- A lecture's asserts, at the end of the cells that they prove, are kept in the cells' metadata, and run after them.
- Links between sources, ``[text](exercise.md)`` or ``[text](../05_toys/lecture.md)``, become links between notebooks;
  the solution's address is ``solution.md``.
- In an exercise the lines between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` give way to a stub: the ``### STUB:
  text`` lines right after BEGIN, or ``...  # your code here`` without any. In the solution the markers and stubs vanish
  and the code stays.
- Cells tagged ``solution`` or ``exercise`` appear only there. Speaker notes are folded.
- A cell meant to fail is tagged ``raises-exception``; any other error, a tagged cell that doesn't fail, text on stderr
  (unless tagged ``allow-stderr``), a warning, a figure without description, a code line wider than 90 columns or a path
  of this machine in an output stops the build.
- A notebook whose code cells and their metadata are as they were keeps its outputs.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

import nbformat
from nbformat import NotebookNode

from course.assemble import assemble, serialise
from course.execute import describe_figures, execute, figures, output_problems
from course.figures import without_pixels
from course.pages import PAGES, pictures
from course.settings import FOLDERS, BuildError, Course, Target
from course.source import headline


def keep_outputs(notebook: NotebookNode, target: Target) -> bool:
    """Take the outputs of the stored notebook if its code is the same, cell by cell, and all was executed; whether they
    were taken."""
    if not target.file.is_file():
        return False
    stored = nbformat.read(target.file, as_version=4)
    old, new = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (stored, notebook))
    if [what_runs(cell) for cell in old] != [what_runs(cell) for cell in new]:
        return False
    if [cell.execution_count for cell in old] != list(range(1, len(old) + 1)):
        return False
    for mine, its in zip(new, old, strict=True):
        mine.outputs, mine.execution_count = its.outputs, its.execution_count
    describe_figures(notebook)
    return next(output_problems(notebook, target.course), None) is None


def what_runs(cell: NotebookNode) -> tuple[str, dict]:
    """What the outputs of a code cell depend on: its code and its metadata, but for the description of its figure."""
    return cell.source, {key: value for key, value in cell.metadata.items() if key != "alt"}


def make(target: Target, fresh: bool, run: bool) -> tuple[NotebookNode, bool]:
    """One notebook; whether it ran within its limit."""
    notebook = assemble(target)
    limit, seconds = target.course.limits[target.kind], 0.0
    if not run:
        describe_figures(notebook)
        done = "not executed"
    elif not fresh and keep_outputs(notebook, target):
        done = "outputs kept, for no code has changed"
    else:
        seconds = execute(notebook, target)
        done = f"executed in {seconds:.1f} s"
    print(f"{target.path}: {done}", flush=True)
    if seconds > limit:
        print(
            f"build: {target.path} is too slow, a {target.kind} may take {limit} s on an idle machine; "
            "it is written all the same",
            file=sys.stderr,
        )
    return notebook, seconds <= limit


def build(course: Course, only: list[str], fresh: bool = False, run: bool = True) -> int:
    """Make notebooks and pages, then write them: an error leaves the tree as it was. 0 if all notebooks ran within
    their limits."""
    if find_spec("jaxhep") is None:
        raise BuildError("the package jaxhep isn't installed here; run: pip install -r requirements.txt")
    targets = select(course, only)
    files: dict[str, bytes] = {name: page(course).encode() for name, page in PAGES.items()}
    made = {target.path: make(target, fresh, run) for target in targets}
    for path, (notebook, _) in made.items():
        files |= {path: serialise(notebook).encode(), **pictures(notebook)}
    for path, content in files.items():
        (course.root / path).parent.mkdir(parents=True, exist_ok=True)
        (course.root / path).write_bytes(content)
    for line in course.begun():
        print(line)
    return int(not all(in_time for _, in_time in made.values()))


def report_stale(course: Course) -> int:
    """Print everything that isn't as the build would leave it; 0 if all is fresh."""
    problems = check(course)
    print("\n".join(problems) or "every built file is fresh")
    if problems:
        print("Edit source/, then run: python -m course build", file=sys.stderr)
    return int(bool(problems))


def staleness(target: Target) -> str | None:
    """Why a stored notebook isn't what the build would write, apart from the values in its outputs; None if it is."""
    if not target.file.is_file():
        return "is missing"
    text = target.file.read_text(encoding="utf-8")
    try:
        stored = nbformat.reads(text, as_version=4)
        nbformat.validate(stored)
    except Exception as error:
        return f"isn't a valid notebook: {error}"
    if serialise(stored) != text:
        return "was saved by something other than the build"
    fresh = assemble(target, as_png=False)
    if stored.metadata != fresh.metadata:
        return f"has other metadata than the build writes: {dict(stored.metadata)}"
    executed = 0
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=False), start=1):
        where = f"differs from its source in cell {number} ('{headline(new.source)}')"
        if old.cell_type != new.cell_type or without_pixels(old.source) != new.source:
            return f"{where}: other text"
        alt = new.metadata.pop("alt", None)
        if old.id != new.id or old.metadata != new.metadata or old.get("attachments"):
            return f"{where}: other id or metadata"
        if any(figure.metadata.get("image/png", {}).get("alt") != alt for figure in figures(old)):
            return f"{where}: its figure is described in other words"
        if old.cell_type == "code":
            executed += 1
            if old.execution_count != executed:
                return f"holds cell {number} ('{headline(old.source)}') un-executed or out of order"
    if len(stored.cells) != len(fresh.cells):
        return f"has {len(stored.cells)} cells where its source gives {len(fresh.cells)}"
    for path, picture in pictures(stored).items():
        file = target.course.root / path
        if not file.is_file() or file.read_bytes() != picture:
            return f"shows another figure than {path}"
    return next(output_problems(stored, target.course), None)


def check(course: Course) -> list[str]:
    """Everything in the tree that isn't as the build would leave it."""
    problems = [f"{target.path} {reason}" for target in course.targets() if (reason := staleness(target))]
    expected = {target.file for target in course.targets()}
    for folder in FOLDERS.values():
        strays = set((course.root / folder).glob("**/*")) - expected
        problems += [
            f"{folder}/{path.name} has no source" for path in sorted(strays) if ".ipynb_checkpoints" not in path.parts
        ]
    for name, make in PAGES.items():
        file = course.root / name
        if not file.is_file() or without_pixels(file.read_text(encoding="utf-8")) != make(course, as_png=False):
            problems.append(f"{name} is stale")
    return problems


def select(course: Course, only: list[str]) -> list[Target]:
    """The targets named by ``--only``: NN, NN_topic or NN_topic/kind; none for "pages"."""
    if not only:
        return course.targets()
    chosen = []
    for wish in only:
        if wish == "pages":
            continue
        unit, _, kind = wish.partition("/")
        found = [t for t in course.targets() if t.unit.startswith(unit) and kind in ("", t.kind)]
        if not found:
            known = ", ".join(f"{t.unit}/{t.kind}" for t in course.targets())
            raise BuildError(f"--only {wish} names no notebook; there are: {known or 'none'}")
        chosen += [target for target in found if target not in chosen]
    return chosen
