"""The lectures as reveal.js decks, each one HTML file with everything inside: ``python -m course slides``.

Made from the built notebooks, with the unit's concept questions at the end: run the build before. Needs
``pip install -e .[slides]``, and no network. Which cell begins a slide, a subslide or a fragment, and which are speaker
notes (key S), is in the sources' ``slideshow`` metadata; ``paced`` adds what a lecturer needs and a notebook doesn't.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import itertools
import math
import re
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import matplotlib
import nbformat
import ziamath
from bs4 import BeautifulSoup
from fontTools import subset
from nbconvert.exporters import SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from course.assemble import NOTE
from course.minutes import FURTHER, LINE, PREDICT
from course.questions import Question, read
from course.settings import BuildError, Course, Target
from course.source import title

DECK = Path(__file__).parent / "deck"
CODE_SIZES = (22, 17)  # largest and smallest size of code in pixels; a longer line is too long for a slide
CODE_WIDTH = 1280 - 2 * 52 - 33  # pixels that a line of code may fill
MONO_ADVANCE = 0.603  # width of a character of DejaVu Sans Mono in units of its size
TOGETHER = 16  # lines of code and output that fit on a slide together


def asset(package: str, path: str) -> bytes:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise BuildError(f"{package} isn't installed; run: pip install -e '.[site]', or '.[slides]' for slides alone")
    return (Path(spec.origin).parent / path).read_bytes()


def reveal(path: str) -> bytes:
    return asset("sphinx_revealjs", f"_static/revealjs/{path}")


# --- fonts ------------------------------------------------------------------------------------------------------------


def face(family: str, font: bytes, weight: int = 400, style: str = "normal") -> str:
    """A CSS font face with the characters that the course uses."""
    options = subset.Options(layout_features=["kern"], notdef_outline=True)
    options.drop_tables += ["FFTM", "webf"]
    loaded = subset.load_font(io.BytesIO(font), options)
    wanted = subset.Subsetter(options)
    wanted.populate(unicodes=[*range(0x20, 0x180), *range(0x370, 0x400), *range(0x2010, 0x2600)])
    wanted.subset(loaded)
    loaded.flavor = None
    packed = io.BytesIO()
    loaded.save(packed, reorderTables=True)
    data = base64.b64encode(packed.getvalue()).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
        f"src: url(data:font/ttf;base64,{data}); }}"
    )


def fonts() -> str:
    dejavu = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    source = "dist/theme/fonts/source-sans-pro/source-sans-pro-"
    return "\n".join(
        [
            face("Course Sans", reveal(f"{source}regular.ttf")),
            face("Course Sans", reveal(f"{source}semibold.ttf"), 600),
            face("Course Sans", reveal(f"{source}italic.ttf"), 400, "italic"),
            face("Course Mono", (dejavu / "DejaVuSansMono.ttf").read_bytes()),
        ]
    )


# --- cells ------------------------------------------------------------------------------------------------------------


def formula(latex: str, size: float, inline: bool) -> str:
    """A formula as an SVG on the base line of the text around it, its LaTeX as the alternative text."""
    drawn = ziamath.Latex(latex, size=size, inline=inline)
    svg = drawn.svg()
    left, top, width, height = map(float, cast(re.Match, re.search(r'viewBox="([^"]*)"', svg))[1].split())
    blank = max(-2 - left, 0)  # an accent is given room at the left that it doesn't use
    box = (
        f'width="{width - blank:.3f}" height="{height}" viewBox="{left + blank:.3f} {top} {width - blank:.3f} {height}"'
    )
    sink = -(height + top) if inline else 0.0
    label = html.escape(latex, quote=True)
    opening = f'<svg class="math" role="img" aria-label="{label}" style="vertical-align: {sink:.2f}px" {box}>'
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    own = hashlib.sha256(svg.encode()).hexdigest()[
        :10
    ]  # glyphs are defined once per formula: ids of their own on a page with many
    return re.sub(r'(id="|href="#)', rf"\g<1>m{own}-", svg)


class Renderer(IPythonRenderer):
    """Markdown with formulas drawn in place."""

    def inline_math(self, body: str) -> str:
        return formula(body, 27, inline=True)

    def block_math(self, body: str) -> str:
        return f'<span class="block-math">{formula(body, 30, inline=False)}</span>'


def markdown(source: str) -> str:
    page = MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(source)
    return re.sub(
        r'(<svg class="math"((?!</svg>).)*</svg>)([.,;:!?)]+)', r'<span class="glue">\1\3</span>', page, flags=re.DOTALL
    )


def code_size(text: str) -> int:
    """The size in pixels at which the longest line fills the slide, within ``CODE_SIZES``."""
    longest = max(map(len, text.splitlines() or [""]))
    return max(min(CODE_SIZES[0], math.floor(CODE_WIDTH / (MONO_ADVANCE * max(longest, 1)))), CODE_SIZES[1])


def fit_code(page: str) -> str:
    """Every block of code and text output at a size of its own."""
    soup = BeautifulSoup(page, "html.parser")
    for block in soup.select("main pre"):
        block["style"] = f"font-size: {code_size(block.get_text())}px"
    return str(soup)


# --- concept questions ------------------------------------------------------------------------------------------------


def slide(source: str, kind: str, name: str) -> nbformat.NotebookNode:
    """A cell of text that begins a slide or the like."""
    return nbformat.v4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}}, id=name)


def line(source: str) -> str:
    """One line of Markdown as HTML without a paragraph around it."""
    return markdown(source).strip().removeprefix("<p>").removesuffix("</p>")


def question_slides(number: int, question: Question) -> list[nbformat.NotebookNode]:
    """The question; one step later, which option is right and why; in the notes, why people choose the others."""
    items = [
        f'<li class="{"right" if option.right else "wrong"}">'
        f"<b>{option.letter}</b><span>{line(option.text)}</span></li>"
        for option in question.options
    ]
    options = f'<ol class="options">{"".join(items)}</ol>'
    answer = f'<p class="answer"><b>{question.right.letter}</b><span>{line(question.right.reason)}</span></p>'
    reasons = [
        f"**{option.letter}{' (right)' if option.right else ''}** {option.reason}" for option in question.options
    ]
    return [
        slide(f"## {question.title}\n\n{question.text}\n\n{options}", "subslide", f"question-{number}"),
        slide(answer, "fragment", f"question-{number}-answer"),
        slide("\n\n".join(reasons), "notes", f"question-{number}-notes"),
    ]


def questions(target: Target) -> list[nbformat.NotebookNode]:
    """The slides of a unit's concept questions."""
    file = target.source.parent / "questions.md"
    if not file.is_file():
        return []
    asked = [question_slides(number, question) for number, question in enumerate(read(file), start=1)]
    return [slide("# Concept questions", "slide", "questions"), *(cell for cells in asked for cell in cells)]


# --- decks ------------------------------------------------------------------------------------------------------------


def resources(name: str) -> dict:
    styles = [reveal("dist/reset.css").decode(), reveal("dist/reveal.css").decode(), fonts()]
    styles += [HtmlFormatter(style="tango").get_style_defs(".highlight"), (DECK / "deck.css").read_text()]
    scripts = [reveal("dist/reveal.js").decode(), reveal("plugin/notes/notes.js").decode()]
    safe = "\n".join(scripts).replace("</script", "<\\/script")
    return {"deck": {"title": name, "css": "\n".join(styles), "javascript": safe}}


def lines(output: nbformat.NotebookNode) -> int:
    """How many lines an output takes on a slide."""
    data = output.get("data", {})
    if "text/html" in data:
        return data["text/html"].count("<tr")
    return len("".join([output.get("text", ""), data.get("text/plain", ""), *output.get("traceback", [])]).splitlines())


def output_cell(cell: nbformat.NotebookNode, outputs: list[nbformat.NotebookNode], kind: str) -> nbformat.NotebookNode:
    """These outputs in a cell of their own, which begins a subslide or a fragment."""
    return nbformat.v4.new_code_cell(
        outputs=outputs, metadata={"slideshow": {"slide_type": kind}}, id=f"{cell.id}-output"
    )


def paced(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The cells at a lecturer's pace.

    After a "Predict" the output, and the text after it, waits for the next key. A figure, or a long output after long
    code, begins a subslide with the text after it, and the next code another: beside code it would be too small.
    """
    shown = []
    predicting = after_figure = False
    for cell in cells:
        slideshow = cell.metadata.setdefault("slideshow", {})
        if slideshow.get("slide_type") in ("slide", "subslide"):
            predicting = after_figure = False
        shown.append(cell)
        if cell.cell_type != "code":
            predicting = predicting or bool(PREDICT.search(cell.source))
            continue
        if after_figure and slideshow.get("slide_type", "-") == "-":
            slideshow["slide_type"] = "subslide"
        long = len(cell.source.splitlines()) + sum(map(lines, cell.outputs)) > TOGETHER
        apart = [output for output in cell.outputs if long or "image/png" in output.get("data", {})]
        beside = [output for output in cell.outputs if output not in apart]
        if beside and predicting:
            shown.append(output_cell(cell, beside, "fragment"))
            beside = []
        if apart:
            shown.append(output_cell(cell, apart, "subslide"))
        predicting = predicting and not cell.outputs
        after_figure = any("image/png" in output.get("data", {}) for output in apart)
        cell.outputs = beside
    return shown


def deck(target: Target) -> str:
    """The page of one lecture."""
    notebook = nbformat.read(target.file, as_version=4)
    for cell in notebook.cells:
        cell.source = (
            LINE.sub("", cell.source).replace("\n\n\n\n", "\n\n") if cell.cell_type == "markdown" else cell.source
        )
        cell.source = cell.source.removeprefix(NOTE[0]).removesuffix(NOTE[1])
    core = itertools.takewhile(lambda cell: not cell.source.startswith(f"## {FURTHER}"), notebook.cells)
    notebook.cells = [*paced(list(core)), *questions(target)]
    config = Config({"TemplateExporter": {"exclude_input_prompt": True, "exclude_output_prompt": True}})
    exporter = SlidesExporter(
        config=config,
        template_file="deck.html.j2",
        extra_template_paths=[str(DECK)],
        filters={"markdown2html": markdown},
    )
    page, _ = exporter.from_notebook_node(notebook, resources(title(notebook)))
    return fit_code(page)


def make(course: Course, folder: Path) -> None:
    """Write the deck of every lecture."""
    lectures = [target for target in course.targets() if target.kind == "lecture"]
    folder.mkdir(parents=True, exist_ok=True)
    for target in lectures:
        file = folder / f"{target.unit}.html"
        file.write_text(deck(target), encoding="utf-8")
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
