"""The concept questions: the parser's complaints, every proof run, and no pattern that gives the right option away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course import questions

ROOT = Path(__file__).resolve().parents[1]
FILES = {file.parent.name: file for file in sorted(ROOT.glob("source/*/questions.md"))}
EVERY = [question for file in FILES.values() for question in questions.read(file)]

GOOD = """\
# Concept questions

## 1 A sum

How much is `1 + 1`?

```python
total = 1 + 1
```

- [ ] A: 11
  - Joins digits.
- [x] B: 2
  - That is
  - addition.

<details><summary>Proof</summary>

```python
answer = {11: "A", 2: "B"}[total]
```

</details>
"""


def written(tmp_path, *changes):
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "questions.md"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_question_is_read_and_proved(tmp_path):
    (question,) = questions.read(written(tmp_path))
    assert question.title == "1 A sum" and question.text.endswith("```")
    assert [(o.letter, o.text, o.right, o.reason) for o in question.options] == [
        ("A", "11", False, "Joins digits."),
        ("B", "2", True, "That is addition."),
    ]
    assert questions.prove(question) == "B"


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ("- [x]", "- [ ]", "marked as right are no options; mark exactly one"),
        ("- [ ]", "- [x]", "marked as right are A, B; mark exactly one"),
        ("  - Joins digits.\n", "", "option A has no reason; say below it, after '  - ', the misconception"),
        ("  - That is\n  - addition.\n", "", "option B has no reason; say below it, after '  - ', why it is right"),
        ("<summary>Proof</summary>", "<summary>Because</summary>", "no proofs; it needs one"),
        ("answer = ", "result = ", "the proof computes no `answer`"),
        ("B: 2", "C: 2", "option C stands where B should"),
        ("- [x] B: 2", "- [x] 2", "'- [x] 2' stands among the options"),
        ("- [ ] A: 11\n  - Joins digits.\n", "", "options found: 1; write two or more"),
        ("How much is `1 + 1`?\n\n```python\ntotal = 1 + 1\n```\n\n", "", "no text before the options"),
    ],
)
def test_the_parser_refuses(tmp_path, old, new, complaint):
    with pytest.raises(questions.QuestionError) as error:
        questions.read(written(tmp_path, (old, new)))
    assert complaint in str(error.value) and "'1 A sum'" in str(error.value)


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ("total = 1 + 1", 'total = int("1" + "1")', "marked as right is B, its proof finds A"),
        ("total = 1 + 1", "total = 3", "the proof fails with KeyError: 3"),
    ],
)
def test_a_wrong_answer_is_found(tmp_path, capsys, old, new, complaint):
    assert questions.prove_all([written(tmp_path, (old, new))]) == 1
    assert complaint in capsys.readouterr().err


@pytest.mark.once
@pytest.mark.parametrize("unit", FILES)
def test_every_proof_holds(unit):
    command = [sys.executable, "-W", "error", "-m", "course", "questions", str(FILES[unit])]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(questions.read(FILES[unit]))


def test_every_unit_asks_enough():
    assert set(FILES) == {file.parent.name for file in ROOT.glob("source/*/lecture.md")}
    for file in FILES.values():
        asked = questions.read(file)
        assert len(asked) >= 5 and all(3 <= len(question.options) <= 4 for question in asked)
        assert [question.title.split()[0] for question in asked] == [str(number) for number in range(1, len(asked) + 1)]


def test_nothing_gives_the_right_option_away():
    longest = [max(question.options, key=lambda option: len(option.text)).right for question in EVERY]
    assert 0.1 < sum(longest) / len(EVERY) < 0.5
    letters = [question.right.letter for question in EVERY]
    assert all(2 <= letters.count(letter) <= 0.5 * len(EVERY) for letter in "ABCD")
    assert all(len({question.right.letter for question in questions.read(file)}) >= 3 for file in FILES.values())
