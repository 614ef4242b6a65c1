"""The course as a website of static pages that fetch nothing from elsewhere: ``python -m course site``.

Made from the built notebooks, which aren't executed again: run the build before. Needs ``pip install -e .[site]``, and
no network. Sphinx turns a folder of pages into HTML (course/website/conf.py says how); this file writes those pages:

- the landing page, of sections of README.md and of source/index.md;
- a page per lecture;
- a page per exercise, where the solution stands folded below each task's hints, and what a solved notebook shows below
  the cells that depend on the answers. A solved notebook therefore has no page of its own, only a download;
- the data card, INSTRUCTORS.md, and the concept questions of each unit.
"""

from __future__ import annotations

import base64
import html
import io
import posixpath
import re
import shutil
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from fontTools.ttLib import TTFont
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from sphinx.cmd.build import build_main

from course import slides
from course.figures import fingerprint, without_pixels
from course.minutes import LINE
from course.pages import PAGES
from course.settings import BuildError, Course, Target
from course.source import headline, read_source, title, without_marks

SETTINGS = Path(__file__).parent / "website"
README_PARTS = ("The course", "Start", "In the classroom", "Licence and citation")  # the others are for maintainers
LINK = re.compile(r"(?P<code>(?P<ticks>`+).*?(?P=ticks))|(?<!!)\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)", re.DOTALL)
BADGE = re.compile(r"\[!\[([^\]]*)\]\([^)]*\)\]\(([^)]*)\)\n")
BADGES = re.compile(f"({BADGE.pattern})+")
GALLERY = re.compile(r'<a href="[^"]+"><img src="(?P<path>[^"]+)" width="49%" alt="(?P<alt>[^"]+)"></a>')
ANSWER, CHECK = "answer-", "check-"


def marked(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell has a tag, or one that begins with it if it ends in a hyphen."""
    return any(own == tag or (tag.endswith("-") and own.startswith(tag)) for own in cell.metadata.get("tags", []))


# --- links ------------------------------------------------------------------------------------------------------------


def pages(course: Course) -> dict[str, str]:
    """Which file of the repository has which page: {path: path of the page's source}."""
    own = {target.path: target.path for target in course.targets() if target.kind != "solution"}
    questions = [f"source/{unit}/questions.md" for unit in course.units()]
    texts = ["data/README.md", "INSTRUCTORS.md", *(path for path in questions if (course.root / path).is_file())]
    return {"README.md": "index.md", "index.ipynb": "index.md", **own, **{path: path for path in texts}}


def relative(to: str, page: str) -> str:
    return posixpath.relpath(to, posixpath.dirname(page) or ".")


def relink(text: str, here: str, course: Course) -> str:
    """Links between files of the repository, seen from ``here``, as links on the site, or into the public
    repository."""
    known = pages(course)

    def replace(match: re.Match[str]) -> str:
        if match["code"] or re.match(r"[a-z]+:|#", match["to"]):
            return match[0]
        address, _, anchor = match["to"].partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), address))
        if path in known:
            return f"[{match['text']}]({relative(known[path], known[here])}{'#' + anchor if anchor else ''})"
        if path in {target.path for target in course.targets()}:
            return f'<a href="{relative(path, known[here])}" download>{match["text"]}</a>'
        if not (course.root / path).exists():
            raise BuildError(f"{here}: there is no {path}, to which [{match['text']}] leads")
        kind = "tree" if (course.root / path).is_dir() else "blob"
        return f"[{match['text']}]({course.repository}/{kind}/{course.branch}/{path})"

    return LINK.sub(replace, text)


def buttons(links: list[tuple[str, str]], name: str) -> str:
    """A row of links in HTML; one to a notebook is a download."""
    items = []
    for text, to in links:
        kind = " download" if to.endswith(".ipynb") and not to.startswith("https:") else ""
        items.append(f'<a href="{html.escape(to)}"{kind}>{html.escape(text)}</a>')
    return f'<nav class="launch" aria-label="{html.escape(name)}">{"".join(items)}</nav>'


# --- notebooks --------------------------------------------------------------------------------------------------------


def launch(target: Target) -> NotebookNode:
    """Where else the notebook of this page is: in place of the notebook's own first cell."""
    course = target.course
    links = [("Open in Colab", course.colab(target.path)), ("Launch on Binder", course.binder(target.path))]
    links.append(("Download", relative(target.path, target.path)))
    if target.kind == "lecture":
        links.append(("Slides", f"../slides/{target.unit}.html"))
    else:
        links.append(("Download solved", relative(f"solutions/{target.unit}.ipynb", target.path)))
    return new_markdown_cell(buttons(links, "This notebook elsewhere"))


def drawings(course: Course) -> list[Path]:
    """The files that figures are embedded from: the drawn ones, and those of the benchmark."""
    return sorted([*(course.root / "figures").glob("*.[sp][vn]g"), *(course.root / "benchmarks").glob("*.svg")])


def with_figures(source: str, course: Course, here: str) -> str:
    """The drawn figures as they were before the build embedded them as pixels."""
    known = {fingerprint(file.read_bytes()): file.name for file in drawings(course)}
    return re.sub(
        r"data:image/png;base64,(\w+)",
        lambda match: relative(f"figures/{known[match[1]]}", here),
        without_pixels(source),
    )


def describe_images(cell: NotebookNode) -> None:
    """The alternative text of a cell's figure, where MyST-NB looks for it."""
    texts = [
        output.metadata["image/png"]["alt"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    if len(texts) > 1:
        raise BuildError(f"the cell '{headline(cell.source)}' shows {len(texts)} figures; make it one per cell")
    if texts:
        cell.metadata["mystnb"] = {"image": {"alt": texts[0]}}


def fold(summary: str, kind: str, cells: list[NotebookNode]) -> list[NotebookNode]:
    """Cells between the two ends of an HTML fold."""
    for cell in cells:
        if cell.cell_type == "markdown" and re.search(r"^#+ ", cell.source, re.MULTILINE):
            raise BuildError(f"a heading can't be folded: {headline(cell.source)}")
    opening = f'<details class="{kind}"><summary>{summary}</summary>'
    return [new_markdown_cell(opening), *cells, new_markdown_cell("</details>")]


def pairs(exercise: NotebookNode, solved: NotebookNode) -> Iterator[tuple[NotebookNode | None, NotebookNode | Any]]:
    """The cells of the two notebooks of an exercise side by side; None where one has no counterpart."""
    left = iter(exercise.cells[2:])
    for right in solved.cells[2:]:
        if marked(right, "solution"):
            yield None, right
            continue
        for cell in left:
            if not marked(cell, "exercise"):
                yield cell, right
                break
            yield cell, None
    yield from ((cell, None) for cell in left)


def exercise_cells(exercise: NotebookNode, solved: NotebookNode) -> list[NotebookNode]:
    """The exercise with the solution of each task folded below its hints: the answer, what its check says, the
    reasons."""
    cells: list[NotebookNode] = []
    solution: list[NotebookNode] = []
    summary = ""
    rows = list(pairs(exercise, solved))
    for number, (left, right) in enumerate(rows):
        if left is None:
            solution.append(right)
        elif marked(left, ANSWER):
            name = next(tag.removeprefix(ANSWER) for tag in left.metadata.tags if tag.startswith(ANSWER))
            summary = f"Solution: <code>{name}</code>"
            cells.append(left)
            solution.append(deepcopy(right))
        elif marked(left, CHECK):
            solution[-1].outputs = right.outputs
            left.outputs = []
            cells.append(left)
        elif (
            right is not None and left.cell_type == "code" and left.outputs != right.outputs and "check." in left.source
        ):
            left.outputs = []
            cells.append(left)
            if right.outputs:
                shown = new_code_cell(right.source, outputs=right.outputs, metadata={"tags": ["remove-input"]})
                cells += fold("What this cell shows once the task is solved", "solved", [shown])
        else:
            cells.append(left)
        following = rows[number + 1][0] if number + 1 < len(rows) else new_markdown_cell("")
        waits = following is None or marked(following, CHECK) or "<summary>Hint" in following.source
        if solution and not waits:
            cells += fold(summary, "solution", solution)
            solution, summary = [], f"{summary}, why" if "why" not in summary else summary
    return cells


def notebook_page(target: Target) -> str:
    """The page of a lecture or an exercise, still a notebook."""
    course = target.course
    notebook = nbformat.read(target.file, as_version=4)
    if target.kind == "lecture":
        cells = notebook.cells[2:]
    else:
        solved = nbformat.read(course.root / "solutions" / target.file.name, as_version=4)
        cells = exercise_cells(notebook, solved)
    heading, _, rest = cells[0].source.partition("\n")
    cells[:1] = [
        new_markdown_cell(heading),
        launch(target),
        *([new_markdown_cell(rest.strip())] if rest.strip() else []),
    ]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = LINE.sub(lambda line: f'<p class="minutes">{line[0].strip("*")}</p>', cell.source)
            cell.source = relink(with_figures(cell.source, course, target.path), target.path, course)
        else:
            describe_images(cell)
    notebook.cells = cells
    return nbformat.writes(notebook)


# --- the other pages --------------------------------------------------------------------------------------------------


def sections(text: str) -> dict[str, str]:
    """A Markdown text by its headings of the second level; what precedes them is under ``""``."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def contents(course: Course) -> str:
    """The navigation: per unit its lecture and its exercise, then the rest."""
    lines = []

    def tree(caption: str, entries: list[str]) -> None:
        lines.extend(["```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```", ""])

    for unit in course.units():
        own = [target for target in course.targets() if target.unit == unit and target.kind != "solution"]
        if not own:
            continue
        name = title(read_source(own[0].source))
        tree(
            f"{unit[:2]} {name}",
            [f"{target.kind.capitalize()} <{target.path.removesuffix('.ipynb')}>" for target in own],
        )
    asked = [
        f"Questions {unit[:2]} <source/{unit}/questions>"
        for unit in course.units()
        if f"source/{unit}/questions.md" in pages(course)
    ]
    tree("Besides", ["Data card <data/README>"])
    tree("For instructors", ["Guide <INSTRUCTORS>", *asked])
    return "\n".join(lines)


def landing_page(course: Course) -> str:
    text = without_marks(PAGES["README.md"](course))
    parts = sections(text.replace("[open](solutions/", "[solved](solutions/"))
    if missing := [name for name in README_PARTS if name not in parts]:
        raise BuildError(f"README.md has no section '{missing[0]}', which the site's landing page shows")
    index = (course.root / "source" / "index.md").read_text(encoding="utf-8")
    work = next((part for part in index.split("\n\n") if part.startswith("**How to work.**")), None)
    if work is None:
        raise BuildError("source/index.md has no paragraph that begins with '**How to work.**'")
    parts[""] = GALLERY.sub(r"![\g<alt>](\g<path>)\n", parts[""])
    body = [BADGES.sub(lambda row: buttons(BADGE.findall(row[0]), "The course elsewhere") + "\n", parts[""])]
    for name in README_PARTS:
        body += [f"## {name}\n", parts[name], f"{work}\n\n" if name == "Start" else ""]
    return relink("".join(body), "README.md", course) + "\n" + contents(course)


# --- files ------------------------------------------------------------------------------------------------------------


def write_pages(course: Course, folder: Path) -> None:
    """The sources of all pages, at the paths of the files they show."""
    for path, page in pages(course).items():
        file = folder / page
        file.parent.mkdir(parents=True, exist_ok=True)
        if page != "index.md" and page.endswith(".md"):
            text = (
                (course.root / path)
                .read_text(encoding="utf-8")
                .replace("- [ ] ", "- ")
                .replace("- [x] ", "- **Right:** ")
            )
            file.write_text(relink(text, path, course), encoding="utf-8")
    (folder / "index.md").write_text(landing_page(course), encoding="utf-8")
    for target in course.targets():
        if target.kind != "solution":
            (folder / target.path).write_text(notebook_page(target), encoding="utf-8")
    (folder / "figures").mkdir()
    for file in drawings(course):
        shutil.copy(file, folder / "figures")


def write_assets(folder: Path) -> None:
    """What is the same for every page: the slides' fonts as files."""
    folder.mkdir(parents=True)

    def store(match: re.Match[str]) -> str:
        file = folder / f"{fingerprint(match[1].encode())[:8]}.woff"
        font = TTFont(io.BytesIO(base64.b64decode(match[1])))
        font.flavor = "woff"
        font.save(file)
        return f"url({file.name}) format('woff'); font-display: optional"

    style = re.sub(r"url\(data:font/ttf;base64,([^)]*)\)", store, slides.fonts())
    (folder / "fonts.css").write_text(style, encoding="utf-8")


def replace(folder: Path, site: Path) -> None:
    """Put a new site where the last one was, or where nothing was."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "searchindex.js").is_file():
        raise BuildError(f"{folder} holds something other than a site; name another folder, or empty it")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site, folder)


def make(course: Course, folder: Path) -> None:
    """Build the whole site in the folder, or leave the folder as it is."""
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        write_pages(course, work / "pages")
        write_assets(work / "assets")
        for target in course.targets():
            file = work / "site" / target.path
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target.file, file)
            if target.kind == "lecture":
                deck = work / "site" / "slides" / f"{target.unit}.html"
                deck.parent.mkdir(exist_ok=True)
                page = re.sub(r'(href="\.\./(?:lectures|exercises)/\w+)\.ipynb', r"\1.html", slides.deck(target))
                deck.write_text(page, encoding="utf-8")
        options = ["--builder=html", "--fail-on-warning", "--keep-going", "--quiet", f"--conf-dir={SETTINGS}"]
        options += [
            f"--doctree-dir={work / 'doctrees'}",
            f"--define=html_static_path={SETTINGS / 'static'},{work / 'assets'}",
        ]
        if build_main([*options, str(work / "pages"), str(work / "site")]):
            raise BuildError("Sphinx has warned of the above; the site isn't published with a flaw")
        replace(folder, work / "site")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {size / 1e6:.0f} MB")
