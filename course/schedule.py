"""The schedules of INSTRUCTORS.md, with minutes and titles from the sources.

A plan is a text. Its first line is the time at which the day begins; then comes one line for each item:

    01 lecture 1 2 3        sections of a lecture; without numbers all of it, opening and summary included
    01 exercise 2 5a        tasks of an exercise, likewise
    01 questions 1 4        concept questions
    15 Break                minutes, and what they are for
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course.minutes import FURTHER, headings, sittings, total
from course.settings import BuildError

PLANS = {
    "half_day": """\
        13:30
        10 Everybody's copy opens and runs
        01 lecture 1 2 3
        01 questions 1 2
        02 lecture 2 3 4
        02 exercise 1
        20 Break
        03 lecture 2 3 8
        03 questions 1 4
        03 exercise 1a 1b
        10 Break
        04 lecture 3 5 6 7 8
        04 questions 1 3
        04 exercise 2 3
        04 lecture 10
        5 What to do at home""",
    "one_day": """\
        9:00
        10 Everybody's copy opens and runs
        01 lecture 1 2 3 5 7
        01 questions 1 2 5
        01 exercise 2
        15 Break
        02 lecture 2 3 4 5 8
        02 questions 1 3 5
        02 exercise 1 2a 6
        60 Lunch
        03 lecture 2 3 4 6 8
        03 questions 1 3 4
        03 exercise 1a 1b 1d 3
        15 Break
        04 lecture 1 2 3 4 5 6 7 8 10
        04 questions 1 3 4
        10 Break
        04 exercise 2 3 8 9 14
        5 What to do at home""",
    "two_days_1": """\
        9:00
        10 Everybody's copy opens and runs
        01 lecture
        01 questions 1 2 4 5
        15 Break
        01 exercise 1 2 3
        10 Break
        01 exercise 4 5
        60 Lunch
        02 lecture
        02 questions 1 3 4 5
        15 Break
        02 exercise 1 2a 2b 3a 3b
        10 Break
        02 exercise 4 5 6""",
    "two_days_2": """\
        9:00
        03 lecture
        03 questions 1 3 4 6
        15 Break
        03 exercise 1 2
        10 Break
        03 exercise 3 4 5
        60 Lunch
        04 lecture
        04 questions 1 3 4 5
        15 Break
        04 exercise 1 2 3 4 5 6 7 8
        15 Break
        04 exercise 9 10 11 12 13a 13b 14
        10 What to do at home""",
    "third_day": """\
        9:00
        05 lecture
        05 questions 1 2 3 5
        15 Break
        05 exercise 1 2 3
        10 Break
        05 exercise 4 5 6
        60 Lunch
        06 lecture
        06 questions 1 3 4 5
        15 Break
        06 exercise 1 2 3
        10 Break
        06 exercise 4 5 6
        5 What to do at home""",
}
QUESTION = 4  # minutes for a concept question: vote, discuss, vote
NAMED = {"lecture": re.compile(r"(\d+) (.+)"), "exercise": re.compile(r"(?:Task )?(\d+[a-z]?) (.+)")}
ITEM = re.compile(r"^(\d\d) (lecture|exercise|questions)((?: \w+)*)$")
BREAK = re.compile(r"^(\d+) (.+)$")


class ScheduleError(BuildError):
    """A plan asks for what the sources don't have."""


@dataclass(frozen=True)
class Part:
    """A section of a lecture or a task of an exercise."""

    name: str
    title: str
    minutes: int


def parts(text: str, kind: str) -> list[Part]:
    """The numbered parts of a source in their order."""
    if kind == "questions":
        return [Part(name, title, QUESTION) for name, title in re.findall(r"^## (\d+) (.+)$", text, flags=re.MULTILINE)]
    named = [
        (NAMED[kind].fullmatch(heading.title), heading.minutes) for heading in headings(text, kind) if heading.level > 1
    ]
    return [Part(match[1], match[2], minutes) for match, minutes in named if match]


def item(source: Path, unit: str, kind: str, names: list[str]) -> tuple[str, int]:
    """What an item is called, and its minutes."""
    folders = [folder for folder in sorted(source.glob(f"{unit}_*")) if (folder / f"{kind}.md").is_file()]
    if not folders:
        raise ScheduleError(f"the schedule has '{unit} {kind}', but there is no source/{unit}_.../{kind}.md")
    text = (folders[0] / f"{kind}.md").read_text(encoding="utf-8")
    asked = kind == "questions"
    address = f"source/{folders[0].name}/questions.md" if asked else f"{kind}s/{folders[0].name}.ipynb"
    label = f"[{unit} {kind}]({address})"
    if not names and not asked:
        return f"{label}: all of it", total(text, kind)
    known = {part.name: part for part in parts(text, kind)}
    strangers = [name for name in names if name not in known]
    if strangers:
        raise ScheduleError(
            f"the schedule has '{unit} {kind} {' '.join(strangers)}', but its parts are {', '.join(known)}"
        )
    chosen = [known[name] for name in names or known]
    if asked:
        return f"{label}: {', '.join(part.name for part in chosen)}", sum(part.minutes for part in chosen)
    return f"{label}: {' · '.join(f'{part.name} {part.title}' for part in chosen)}", sum(
        part.minutes for part in chosen
    )


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def table(source: Path, plan: str) -> str:
    """A plan as a table with the time of day at which each item begins, and its minutes."""
    first, *lines = (line.strip() for line in plan.strip().splitlines())
    hours, minutes = map(int, first.split(":"))
    now, taught = 60 * hours + minutes, 0
    rows = ["| begins | | minutes |", "|---:|---|---:|"]
    for line in lines:
        if match := ITEM.match(line):
            what, minutes = item(source, match[1], match[2], match[3].split())
            taught += minutes
        elif match := BREAK.match(line):
            what, minutes = f"*{match[2]}*", int(match[1])
        else:
            raise ScheduleError(
                f"the schedule has '{line}'; write '01 lecture 1 2', '01 exercise 2a', '01 questions 1' or '15 Break'"
            )
        rows.append(f"| {clock(now)} | {what} | {minutes} |")
        now += minutes
    rows.append(f"| {clock(now)} | End; taught: | {taught} |")
    return "\n".join(rows) + "\n"


def overview(source: Path) -> str:
    """Every unit's lecture by sections and exercise by tasks, with minutes."""
    rows = ["| | Lecture, by section | Exercise, by task |", "|---|---|---|"]
    for folder in sorted(source.glob("[0-9][0-9]_*")):
        cells = []
        for kind in ("lecture", "exercise"):
            if not (folder / f"{kind}.md").is_file():
                cells.append("not yet")
                continue
            text = (folder / f"{kind}.md").read_text(encoding="utf-8")
            listed = " · ".join(f"{part.name} {part.title} ({part.minutes})" for part in parts(text, kind))
            further = [one for one in headings(text, kind) if one.further]
            more = "; further: " + " · ".join(f"{one.title[len(FURTHER) :]} ({one.minutes})" for one in further)
            said = f"**{' + '.join(map(str, sittings(headings(text, kind))))} minutes:** {listed}"
            cells.append(f"{said}; the rest is opening and summary{more if further else ''}")
        rows.append(f"| {folder.name[:2]} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"
