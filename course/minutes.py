"""The minutes that each heading of a source carries, ``## 3 Title (9 minutes)``, and the sums that follow from them."""

from __future__ import annotations

import re
from typing import NamedTuple

HEADING = re.compile(r"^(?P<level>#{1,3}) (?P<title>.+?)(?: \((?P<minutes>\d+) minutes?\))?$", re.MULTILINE)
FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^\*\d+ minutes?, \d+ so far\*$", re.MULTILINE)
"""What the build writes below a heading."""


class Heading(NamedTuple):
    """A heading: its level, its title without minutes, its minutes (0 if none), and those of everything before it.

    A section without minutes of its own that has timed parts lasts as long as these; the title's minutes are those of
    the opening.
    """

    level: int
    title: str
    minutes: int
    before: int

    def line(self) -> str:
        return f"*{self.minutes} minute{'s' * (self.minutes != 1)}, {self.before} so far*"


def headings(text: str) -> list[Heading]:
    """The headings of a source in their order; lines in code cells are none."""
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
    return timed


def total(text: str) -> int:
    """How long the whole source takes."""
    return sum(heading.minutes for heading in headings(text) if heading.level < 3)


def below_headings(cell: str, timed: list[Heading]) -> str:
    """A cell's text with each heading's minutes in a line of their own below it; the title's are left out."""

    def move(match: re.Match[str]) -> str:
        heading = next((one for one in timed if (len(match["level"]), match["title"]) == (one.level, one.title)), None)
        clean = f"{match['level']} {match['title']}"
        return f"{clean}\n\n{heading.line()}" if heading and heading.level > 1 and heading.minutes else clean

    return HEADING.sub(move, cell)
