"""The committed notebooks: what the build makes, executed, described, short enough, and nothing given away."""

import base64
import re
import statistics

import nbformat
import pytest

from course import minutes
from course.build import check
from course.settings import ROOT, Course
from course.source import headline, read_source, solutions

COURSE = Course.read(ROOT)
TARGETS = COURSE.targets()
NOTEBOOKS = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.path)


def stored(target):
    return nbformat.read(target.file, as_version=4)


def test_everything_built_is_fresh():
    assert check(COURSE) == []


@NOTEBOOKS
def test_every_code_cell_is_executed(target):
    counts = [cell.execution_count for cell in stored(target).cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@NOTEBOOKS
def test_every_figure_has_alt_text(target):
    for cell in stored(target).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"!\[\s*\]\(", cell.source), f"an image without alt text in: {headline(cell.source)}"
            assert not re.search(r"<img(?![^>]*\balt=\"[^\"]+\")", cell.source), (
                f"<img> without alt in: {headline(cell.source)}"
            )
        for output in cell.get("outputs", []):
            for mime in output.get("data", {}):
                if mime.startswith("image/"):
                    assert output.metadata.get(mime, {}).get("alt"), (
                        f"a plot without alt text in: {headline(cell.source)}"
                    )


@NOTEBOOKS
def test_prose_claims_no_speed(target):
    for cell in stored(target).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\b\d+(\.\d+)?\s*(x|×|-?fold|times)\s+(as\s+)?(fast|slow|speed|quick)", cell.source)


@NOTEBOOKS
def test_outputs_hold_no_version_of_the_tool_that_made_them(target):
    assert not re.search(r'"execution"|"iopub|"language_info": \{[^}]*version', target.file.read_text())
    for cell in stored(target).cells:
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            assert not png or b"Software" not in base64.b64decode(png)[:200]


@pytest.mark.parametrize("target", [t for t in TARGETS if t.kind == "lecture"], ids=lambda target: target.path)
def test_lecture_cells_are_short(target):
    own = [
        cell
        for cell in stored(target).cells
        if cell.cell_type == "code" and "bootstrap" not in cell.metadata.get("tags", [])
    ]
    cells = [cell.source.splitlines() for cell in own]
    lines = sorted(sum(bool(line.strip()) for line in cell) for cell in cells)
    assert statistics.median(lines) <= 6  # of 90 columns at most
    assert lines[int(0.9 * (len(lines) - 1))] <= 13
    assert lines[-1] <= 20


@pytest.mark.parametrize("target", [t for t in TARGETS if t.kind == "exercise"], ids=lambda target: target.path)
def test_exercise_gives_no_answer_away(target):
    text = target.file.read_text()
    assert not re.search(r"(BEGIN|END) SOLUTION|### STUB", text)
    code = "\n".join(cell.source for cell in stored(target).cells if cell.cell_type == "code")
    answers = [answer for cell in read_source(target.source).cells for answer in solutions(cell.source)]
    assert answers, "an exercise without a solution region"
    assert not [answer for answer in answers if answer.strip() in code]
    tags = [tag for cell in stored(target).cells for tag in cell.metadata.get("tags", [])]
    assert "solution" not in tags


def test_texts_hold_no_machine_path_and_nothing_unfinished():
    faults = re.compile(r"\bTO" r"DO\b|\bFIX" r"ME\b|\bX" r"XX\b|(?<![\w.~*}])/(home|root|work|Users)/\w")
    folders = ("source", "jaxhep", "course", "tests", "figures", "data", "benchmarks")
    files = [*ROOT.glob("*"), *(file for folder in folders for file in (ROOT / folder).glob("**/*"))]
    for file in files:
        if file.suffix in (".py", ".md", ".toml", ".yml", ".txt", ".cff"):
            found = faults.search(file.read_text(encoding="utf-8"))
            assert not found, f"{file.relative_to(ROOT)}: {found[0]}"


@pytest.mark.parametrize("target", [t for t in TARGETS if t.kind == "lecture"], ids=lambda target: target.path)
def test_lecture_leaves_time_for_questions(target):
    text = target.source.read_text(encoding="utf-8")
    assert minutes.total(text, "lecture") <= minutes.CORE and minutes.slides(text) <= minutes.SLIDES


@pytest.mark.parametrize("target", [t for t in TARGETS if t.kind == "exercise"], ids=lambda target: target.path)
def test_exercise_has_sittings_of_an_hour(target):
    parts = minutes.sittings(minutes.headings(target.source.read_text(encoding="utf-8"), "exercise"))
    assert len(parts) <= 2 and max(parts) <= minutes.SITTING
