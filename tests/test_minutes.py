"""How long a lecture and an exercise take, as the build counts it."""

import pytest

from course import minutes
from course.settings import BuildError

TIMED = """\
# An exercise (2 minutes)
## Task 1 Two halves
### 1a One half (4 minutes)
```{code-cell}
# A comment (5 minutes)
```
### 1b The other half (6 minutes)
## Second sitting (1 minute)
## Task 2 The rest (1 minute)
"""


def test_minutes_of_an_exercise_add_up():
    timed = minutes.headings(TIMED, "exercise")
    assert [(heading.title, heading.minutes, heading.before) for heading in timed] == [
        ("An exercise", 2, 0), ("Task 1 Two halves", 10, 2), ("1a One half", 4, 2), ("1b The other half", 6, 6),
        ("Second sitting", 1, 12), ("Task 2 The rest", 1, 13),
    ]  # fmt: skip
    assert minutes.total(TIMED, "exercise") == 14 and minutes.sittings(timed) == [12, 2]
    text = minutes.below_headings(TIMED, timed)
    assert text.startswith(
        "# An exercise\n\n*14 minutes in all, in two sittings of 12 and 2*\n"
        "## Task 1 Two halves\n\n*10 minutes, 2 so far*\n"
    )
    assert text.endswith("## Task 2 The rest\n\n*1 minute, 13 so far*\n")
    with pytest.raises(BuildError, match=r"'Task 3' needs minutes, as in '## Task 3 \(9 minutes\)'"):
        minutes.headings("# An exercise\n## Task 3\n", "exercise")


SPOKEN = f"""\
# A unit

## 1 Words, a prediction, a figure

{(5 * minutes.WORDS - 3) * "word "}

**Predict** a [figure](a.md) ![of which nobody reads the many words](a.svg)

+++ {{"slideshow": {{"slide_type": "notes"}}}}

{minutes.WORDS * "note "}

## 2 Code

```{{code-cell}}
:alt: What one sees.

{"x = 1" + chr(10)}{9 * "x += 1" + chr(10)}assert x == 10
```
"""


def test_minutes_of_a_lecture_are_counted():
    title, words, code = minutes.headings(SPOKEN, "lecture")
    spoken = 5 + minutes.PREDICTION + minutes.FIGURE
    shown = minutes.CELL + minutes.FIGURE + 2 * minutes.LINE_OF_CODE
    assert (words.before, words.minutes) == (0, round(spoken))
    assert code.before + code.minutes == minutes.total(SPOKEN, "lecture") == round(spoken + shown + 4 / minutes.WORDS)
