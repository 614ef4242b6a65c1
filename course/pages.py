"""The generated parts of README.md and INSTRUCTORS.md, and index.ipynb."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import cast

import nbformat
from nbformat import NotebookNode

from benchmarks import report
from course.assemble import METADATA, serialise
from course.execute import figures
from course.figures import embed_figures
from course.minutes import total
from course.schedule import PLANS, overview, table
from course.settings import FOLDERS, Course
from course.source import fill_blocks, read_source, title, without_marks


def course_map(course: Course) -> str:
    """The table of units with minutes and links."""
    rows = ["| | Unit | Lecture | Exercise | Solution |", "|---|---|---|---|---|"]
    for unit in course.units():
        targets = {target.kind: target for target in course.targets() if target.unit == unit}
        if not targets:
            continue
        cells = []
        for kind in FOLDERS:
            if kind not in targets:
                cells.append("")
                continue
            path = targets[kind].path
            minutes = total(targets[kind].source.read_text(encoding="utf-8"), kind)
            label = "open" if kind == "solution" else f"{minutes} min"
            cells.append(f"[{label}]({path}) · [Colab]({course.colab(path)})")
        name = title(read_source(next(iter(targets.values())).source))
        rows.append(f"| {unit[:2]} | {name} | {' | '.join(cells)} |")
    complete = len(course.units()) >= course.planned and not course.begun()
    return ("" if complete else "Ready so far:\n\n") + "\n".join(rows) + "\n"


def badges(course: Course) -> str:
    return (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({course.colab('index.ipynb')})\n"
        f"[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({course.binder('index.ipynb')})\n"
    )


def commands(course: Course) -> dict[str, str]:
    """The command lines of the README by block; those after the first run inside a checkout."""
    posix = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/"
    windows = r"py -m venv .venv; .venv\Scripts\pip install -r requirements.txt; .venv\Scripts" + "\\"
    return {
        "get": f"git clone {course.repository} && cd {course.name}",
        "learn": f"{posix}jupyter lab index.ipynb",
        "test": f"{posix}pytest",
        "windows": f"{windows}jupyter lab index.ipynb\n{windows}pytest",
    }


def lanes(course: Course) -> str:
    """The versions that the course is tested with: those of the lock, and of the two lanes beside it."""
    requirements = (course.root / "requirements.txt").read_text(encoding="utf-8")
    locked = {marker: version for version, marker in re.findall(r"^jax==(\S+) ; (.+)$", requirements, re.MULTILINE)}
    oldest, newest = (locked[f"python_full_version {sign} '3.12'"] for sign in ("<", ">="))
    colab, between = (
        cast(re.Match, re.search(r"^jax==(\S+)$", (course.root / "tests" / f"{name}.txt").read_text(), re.MULTILINE))[1]
        for name in ("colab", "between")
    )
    rows = [
        ("oldest Python", "3.11", f"{oldest}, locked", "compared strictly"),
        ("newest", "≥ 3.12", f"{newest}, locked", "compared strictly"),
        ("Colab", "3.13", f"{colab}, as in Colab's image", "must run without an error"),
        ("in between", "3.12", between, "must run without an error"),
    ]
    table = [
        "| lane | Python | JAX | notebook outputs |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(table) + "\n"


PICTURE = "picture-"
"""How the tag of a cell begins whose figure is shown on the front page; the rest is the name of its file in
figures/."""


def pictures(notebook: NotebookNode) -> dict[str, bytes]:
    """The figures of an executed notebook that the front page shows, by path."""
    return {
        f"figures/{tag.removeprefix(PICTURE)}.png": base64.b64decode(figures(cell)[0].data["image/png"])
        for cell in notebook.cells
        for tag in cell.metadata.get("tags", [])
        if tag.startswith(PICTURE) and figures(cell)
    }


def gallery(course: Course) -> str:
    """These figures side by side, each with its description and a link to where it is made."""
    shown = []
    for target in course.targets():
        for cell in read_source(target.source).cells if target.kind == "lecture" else ():
            for tag in cell.metadata.get("tags", []):
                if tag.startswith(PICTURE):
                    image = f'<img src="figures/{tag.removeprefix(PICTURE)}.png" width="49%" alt="{cell.metadata.alt}">'
                    shown.append(f'<a href="{target.path}">{image}</a>')
    return "\n".join(shown) + "\n"


def blocks(course: Course) -> dict[str, Callable[[], str]]:
    """What makes the generated parts of README.md, INSTRUCTORS.md and source/index.md."""
    shell = {"windows": "powershell"}
    fenced = {
        name: lambda name=name, line=line: f"```{shell.get(name, 'bash')}\n{line}\n```\n"
        for name, line in commands(course).items()
    }
    source = course.root / "source"
    schedules = {name: lambda plan=plan: table(source, plan) for name, plan in PLANS.items()}
    return {
        "map": lambda: course_map(course),
        "badges": lambda: badges(course),
        "gallery": lambda: gallery(course),
        "lanes": lambda: lanes(course),
        "overview": lambda: overview(source),
        "benchmark": lambda: report.block(report.read(course.root / "benchmarks" / "results.json")),
        "hub": lambda: f"```\n{course.hub('index.ipynb')}\n```\n",
        **fenced,
        **schedules,
    }


def filled(name: str) -> Callable[..., str]:
    """What makes a page that is filled in place."""
    return lambda course, as_png=True: fill_blocks((course.root / name).read_text(encoding="utf-8"), blocks(course))


def index(course: Course, as_png: bool = True) -> str:
    """index.ipynb, the page on which JupyterLab opens: source/index.md with the map filled in."""
    source = course.root / "source" / "index.md"
    text = without_marks(fill_blocks(source.read_text(encoding="utf-8"), blocks(course)))
    text = embed_figures(text, source.parent, "source/index.md", as_png)
    cell = nbformat.v4.new_markdown_cell(text.strip(), id="index")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata = nbformat.from_dict(METADATA)
    return serialise(notebook)


PAGES = {"README.md": filled("README.md"), "INSTRUCTORS.md": filled("INSTRUCTORS.md"), "index.ipynb": index}
