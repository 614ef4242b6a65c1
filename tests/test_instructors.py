"""The instructor guide: its schedules follow the sources, its verdicts are what the checks say, its links lead
somewhere."""

import re
import shutil
from importlib import import_module

import bank
import pytest

from course import schedule
from course.build import check
from course.pages import PAGES
from course.settings import ROOT, Course

GUIDE = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
UNITS = [folder.name for folder in sorted((ROOT / "source").glob("[0-9][0-9]_*"))]
ROW = re.compile(r'^\| .+ \| (\w+) \| "(.+)" \|$', re.MULTILINE)
SOURCES = pytest.mark.parametrize("unit, kind", [(unit, kind) for unit in UNITS for kind in ("lecture", "exercise")])

LECTURE = f"""\
# A unit

+++

## 1 First things
{12 * 130 * "word "}

+++

## 2 More
{16 * 130 * "word "}

+++

## What we have done
{2 * 130 * "word "}

+++

## Further: Much
"""
EXERCISE = """\
# An exercise (2 minutes)
## Task 1 Two halves
### 1a One half (4 minutes)
### 1b The other half (6 minutes)
## Task 2 The rest (7 minutes)
## What you have done (1 minute)
"""

QUESTIONS = "# Concept questions\n\n## 1 One\n\n## 2 Another\n"


def source(unit, kind):
    return (ROOT / "source" / unit / f"{kind}.md").read_text(encoding="utf-8")


# --- schedules --------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "01_unit"
    folder.mkdir()
    for name, text in {"lecture.md": LECTURE, "exercise.md": EXERCISE, "questions.md": QUESTIONS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_plan_becomes_a_table(small):
    plan = "9:50\n01 lecture 1\n01 lecture\n5 Break\n01 exercise 1b 2\n01 questions 1 2"
    assert schedule.table(small, plan).splitlines()[2:] == [
        "| 9:50 | [01 lecture](lectures/01_unit.ipynb): 1 First things | 12 |",
        "| 10:02 | [01 lecture](lectures/01_unit.ipynb): all of it | 30 |",
        "| 10:32 | *Break* | 5 |",
        "| 10:37 | [01 exercise](exercises/01_unit.ipynb): 1b The other half · 2 The rest | 13 |",
        f"| 10:50 | [01 questions](source/01_unit/questions.md): 1, 2 | {2 * schedule.QUESTION} |",
        f"| {schedule.clock(650 + 2 * schedule.QUESTION)} | End; taught: | {55 + 2 * schedule.QUESTION} |",
    ]
    said = "**30 minutes:** 1 First things (12) · 2 More (16); the rest is opening and summary; further: Much (1)"
    assert said in schedule.overview(small)


@pytest.mark.parametrize(
    "line, complaint",
    [
        ("01 lecture 1 3", "'01 lecture 3', but its parts are 1, 2"),
        ("01 exercise 2a", "'01 exercise 2a', but its parts are 1, 1a, 1b, 2"),
        ("01 questions 3", "'01 questions 3', but its parts are 1, 2"),
        ("07 lecture", "'07 lecture', but there is no source/07_.../lecture.md"),
        ("Lunch", "has 'Lunch'; write"),
    ],
)
def test_a_plan_for_what_is_not_there_is_refused(small, line, complaint):
    with pytest.raises(schedule.ScheduleError, match=re.escape(complaint)):
        schedule.table(small, f"9:00\n{line}")


@pytest.mark.parametrize("name", schedule.PLANS)
def test_no_schedule_asks_for_the_same_twice_or_for_too_long_a_stretch(name):
    rows = re.findall(
        r"^\| \d+:\d\d \| (.+) \| (\d+) \|$", schedule.table(ROOT / "source", schedule.PLANS[name]), re.MULTILINE
    )
    asked = [row for row in rows if not row[0].startswith("*")]
    assert len(asked) == len(set(asked))
    stretch = 0
    for what, minutes in rows[:-1]:
        stretch = 0 if what in ("*Break*", "*Lunch*") else stretch + int(minutes)
        assert stretch <= 100, f"{name}: {stretch} minutes without a break before the end of {what}"


@SOURCES
def test_every_section_and_task_has_its_minutes(unit, kind):
    parts = schedule.parts(source(unit, kind), kind)
    assert len(parts) >= 5 and all(part.minutes > 0 for part in parts)


@pytest.mark.once
@pytest.mark.parametrize(
    "unit, kind, old, new",
    [
        (
            "04_hww_likelihood",
            "exercise",
            "Task 8 The full likelihood (6 minutes",
            "Task 8 The full likelihood (7 minutes",
        ),
        ("03_pure_functions", "lecture", "## 3 A captured global", "## 3 A global"),
        ("02_tracing_and_caching", "lecture", "## 2 Tracing", "## 2 Recording"),
    ],
)
def test_the_build_notices_a_stale_guide(tmp_path, unit, kind, old, new):
    for name in ("INSTRUCTORS.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "source", tmp_path / "source")
    course = Course.read(tmp_path)
    assert PAGES["INSTRUCTORS.md"](course) == GUIDE
    file = tmp_path / "source" / unit / f"{kind}.md"
    assert old in file.read_text(encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert PAGES["INSTRUCTORS.md"](course) != GUIDE
    assert "INSTRUCTORS.md is stale" in check(course)


# --- what the guide says ----------------------------------------------------------------------------------------------


def rows_of(unit):
    """(task, verdict) in the table of a unit."""
    (part,) = re.findall(rf"^### {unit[:2]} .*?(?=^##)", GUIDE, re.MULTILINE | re.DOTALL)
    return ROW.findall(part)


@pytest.mark.parametrize("unit", UNITS)
def test_every_verdict_is_what_the_check_of_its_task_says(unit):
    """A known mistake of that task, or the verdict on a wrong answer of the bank; other tests provoke both."""
    tasks = {str(task.number): task for task in import_module(f"jaxhep.check.unit{unit[:2]}").TASKS.values()}
    rows = rows_of(unit)
    assert len(rows) >= 6
    for number, verdict in rows:
        task = tasks[number]
        said = [answer.says for answer in bank.answers(unit, task) if not answer.right]
        assert any(verdict in sentence for sentence in said), f"{unit}, task {number}: no check says '{verdict}'"


def test_every_unit_has_its_part_and_every_link_leads_somewhere():
    for unit in UNITS:
        assert f"source/{unit}/questions.md" in GUIDE and rows_of(unit)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", GUIDE) if not link.startswith("http")]
    assert links and not [link for link in links if not (ROOT / link).is_file()]
