"""How long the parts of a source take: those of a lecture follow from what is said and shown, those of an exercise
stand in its headings, ``## Task 3 Title (9 minutes)``.

A lecture's *core* fits an hour with questions in it; sections called ``## Further: Title``, after the summary, are for
reading. An exercise of two sittings has the heading ``## Second sitting``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import jupytext
from nbformat import NotebookNode

from course.asserts import split
from course.settings import BuildError

WORDS = 130  # spoken in a minute
CELL, LINE_OF_CODE = 0.4, 0.04  # minutes for a code cell and for each of its lines
PREDICTION, FIGURE = 0.75, 0.5  # minutes for a guess of the audience and for a figure
CORE, SLIDES, SITTING = 50, 45, 60  # most minutes and slides of a lecture's core, most minutes of a sitting

HEADING = re.compile(r"^(?P<level>#{1,3}) (?P<title>.+?)(?: \((?P<minutes>\d+) minutes?\))?$", re.MULTILINE)
FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^\*\d+ minutes?(?:, \d+ so far| in all.*)?\*$", re.MULTILINE)
"""What the build writes below a heading."""
PREDICT = re.compile(r"\*\*[^*]*\bPredict\b")
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
FURTHER, SECOND = "Further: ", "Second sitting"


class Heading(NamedTuple):
    """A heading: its level, its title without minutes, its minutes (0 if none), and those of everything before it.

    A section without minutes of its own that has timed parts lasts as long as these; the title's minutes are those of
    the opening.
    """

    level: int
    title: str
    minutes: int
    before: int

    @property
    def further(self) -> bool:
        return self.title.startswith(FURTHER)

    def line(self) -> str:
        so_far = "" if self.further else f", {self.before} so far"
        return f"*{spelt(self.minutes)}{so_far}*"


def spelt(minutes: int) -> str:
    return f"{minutes} minute{'s' * (minutes != 1)}"


def headings(text: str, kind: str) -> list[Heading]:
    """The headings of a source in their order; lines in code cells are none."""
    return presented(text) if kind == "lecture" else written(text)


def written(text: str) -> list[Heading]:
    """The headings of an exercise with the minutes that they name."""
    found = [(len(m["level"]), m["title"], int(m["minutes"] or 0)) for m in HEADING.finditer(FENCED.sub("", text))]
    timed, now = [], 0
    for place, (level, title, own) in enumerate(found):
        parts = 0
        for deeper, _, minutes in found[place + 1 :] if level > 1 else ():
            if deeper <= level:
                break
            parts += minutes
        timed.append(Heading(level, title, own + parts, now))
        now += own
        if level == 2 and not own + parts:
            raise BuildError(f"the heading '{title}' needs minutes, as in '## {title} (9 minutes)'")
    return timed


def presented(text: str) -> list[Heading]:
    """The title and the sections of a lecture with the minutes that presenting their cells takes."""
    found: list[tuple[int, str]] = []
    spent: list[float] = []
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        for match in HEADING.finditer(cell.source) if cell.cell_type == "markdown" else ():
            if match["minutes"]:
                raise BuildError(f"the heading '{match['title']}' has minutes; the build counts those of a lecture")
            if len(match["level"]) < 3:
                found.append((len(match["level"]), match["title"]))
                spent.append(0.0)
        if spent:
            spent[-1] += minutes_of(cell)
    timed, now = [], 0.0
    for (level, title), minutes in zip(found, spent, strict=True):
        timed.append(Heading(level, title, max(round(now + minutes) - round(now), int(level > 1)), round(now)))
        now += minutes
    return timed


def minutes_of(cell: NotebookNode) -> float:
    """How long it takes to present a cell; speaker notes take no time, nor do asserts."""
    if cell.metadata.get("slideshow", {}).get("slide_type") == "notes":
        return 0.0
    if cell.cell_type == "code":
        lines = sum(bool(line.strip()) for line in split(cell.source)[0].splitlines())
        return CELL + LINE_OF_CODE * lines + FIGURE * ("alt" in cell.metadata)
    figures, words = len(IMAGE.findall(cell.source)), len(IMAGE.sub("", cell.source).split())
    return words / WORDS + PREDICTION * len(PREDICT.findall(cell.source)) + FIGURE * figures


def slides(text: str) -> int:
    """How many slides a lecture's core has, as its source divides it."""
    count = 0
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        if cell.source.startswith(f"## {FURTHER}"):
            break
        count += cell.metadata.get("slideshow", {}).get("slide_type") in ("slide", "subslide")
    return count


def sittings(timed: list[Heading]) -> list[int]:
    """The minutes of each sitting, further sections left out: one number, or two."""
    minutes = [0]
    for heading in timed:
        minutes += [0] if heading.title == SECOND else []
        minutes[-1] += 0 if heading.level > 2 or heading.further else heading.minutes
    return minutes


def total(text: str, kind: str) -> int:
    """How long the whole source takes, further sections left out."""
    return sum(sittings(headings(text, kind)))


def in_all(timed: list[Heading]) -> str:
    """The line below the title."""
    parts, more = sittings(timed), sum(heading.minutes for heading in timed if heading.further)
    said = f"{spelt(sum(parts))} in all"
    said += f", in two sittings of {parts[0]} and {parts[1]}" if len(parts) > 1 else ""
    return f"*{said}{f'; further sections: {more}' if more else ''}*"


def below_headings(cell: str, timed: list[Heading]) -> str:
    """A cell's text with each heading's minutes in a line of their own below it, and below the title those of all."""

    def move(match: re.Match[str]) -> str:
        heading = next((one for one in timed if (len(match["level"]), match["title"]) == (one.level, one.title)), None)
        clean = f"{match['level']} {match['title']}"
        if not heading or not (heading.minutes or heading.level == 1):
            return clean
        return f"{clean}\n\n{in_all(timed) if heading.level == 1 else heading.line()}"

    return HEADING.sub(move, cell)
