"""The concept questions of the units, source/NN_topic/questions.md, and their proofs: ``python -m course questions
[FILE...]``.

A question is a part of the file that begins with "## ", and holds in this order

- its text, with code in ```python blocks that run without an error;
- two or more options, ``- [ ] A: text`` or, for the right one, ``- [x] A: text``, lettered in order; below each ``  -
  `` and the misconception behind it, or why it is right;
- ``<details><summary>Proof</summary>`` with one ```python block that computes ``answer``, the letter of the right
  option.

Run as a program, it executes the code of each question, then its proof, in names of their own, and prints the answers.
An answer that isn't the marked one, or a proof that fails, ends it with an error: then JAX has changed, or the question
was wrong.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from course.settings import BuildError

OPTION = re.compile(r"^- \[([ x])\] ([A-Z]): (\S.*)$")
PROOF = re.compile(
    r"^<details><summary>Proof</summary>\n\n```python\n(.*?)^```\n\n</details>$", re.DOTALL | re.MULTILINE
)
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What every question takes for granted; JAX as it comes, in 32 bit, until a question says otherwise.
PRELUDE = """\
import jax
import jax.numpy as jnp
import numpy as np
from jaxhep import programs

jax.config.update("jax_enable_x64", False)
"""


class QuestionError(BuildError):
    """A question that can't be read or doesn't hold; the message says which one, what is wrong and the way out."""


@dataclass(frozen=True)
class Option:
    """``reason``: why it is right, or the misconception that makes people choose it."""

    letter: str
    text: str
    right: bool
    reason: str


@dataclass(frozen=True)
class Question:
    title: str
    text: str
    options: tuple[Option, ...]
    proof: str

    @property
    def right(self) -> Option:
        return next(option for option in self.options if option.right)

    @property
    def program(self) -> str:
        """What computes ``answer``: the question's own code, then its proof."""
        return "\n".join([PRELUDE, *CODE.findall(self.text), self.proof])


def read(file: Path) -> list[Question]:
    """The questions of a file. Raises QuestionError."""
    parts = re.split(r"^## ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [_question(part, f"{file.parent.name}/{file.name}") for part in parts[1:]]


def _question(part: str, file: str) -> Question:
    title, _, body = part.partition("\n")
    where = f"{file}, '{title.strip()}'"
    proofs = PROOF.findall(body)
    if len(proofs) != 1:
        raise QuestionError(
            f"{where}: {len(proofs) or 'no'} proofs; it needs one, a ```python block in "
            "<details><summary>Proof</summary>"
        )
    if "answer" not in proofs[0]:
        raise QuestionError(f"{where}: the proof computes no `answer`, the letter of the right option")
    lines = PROOF.sub("", body).strip().splitlines()
    first = next((i for i, line in enumerate(lines) if OPTION.match(line)), len(lines))
    options = _options(lines[first:], where)
    marked = "".join(option.letter for option in options if option.right)
    if len(marked) != 1:
        raise QuestionError(
            f"{where}: marked as right are {', '.join(marked) or 'no options'}; mark exactly one with '- [x]'"
        )
    text = "\n".join(lines[:first]).strip()
    if not text:
        raise QuestionError(f"{where}: no text before the options; say what is asked")
    return Question(title.strip(), text, options, proofs[0])


def _options(lines: list[str], where: str) -> tuple[Option, ...]:
    options: list[list[str]] = []
    for line in lines:
        if OPTION.match(line):
            options.append([line])
        elif line.startswith("  - "):
            options[-1].append(line[4:].strip())
        elif line.strip():
            raise QuestionError(
                f"{where}: '{line}' stands among the options; they read '- [ ] A: text', and '- [x] A: text' if right"
            )
    if len(options) < 2:
        raise QuestionError(f"{where}: options found: {len(options)}; write two or more, as '- [ ] A: text'")
    read = []
    for letter, (head, *reason) in zip("ABCDEFGH", options, strict=False):
        mark, found, text = cast(re.Match, OPTION.match(head)).groups()
        if found != letter:
            raise QuestionError(f"{where}: option {found} stands where {letter} should; letter them in order")
        if not reason:
            wanted = "why it is right" if mark == "x" else "the misconception behind it"
            raise QuestionError(f"{where}: option {letter} has no reason; say below it, after '  - ', {wanted}")
        read.append(Option(letter, text, mark == "x", " ".join(reason)))
    return tuple(read)


def prove(question: Question) -> str:
    """The letter that the question's own code and its proof arrive at. Raises QuestionError if it isn't the marked
    one."""
    names: dict[str, object] = {"__name__": "proof"}
    try:
        exec(compile(question.program, f"the proof of '{question.title}'", "exec"), names)
    except Exception as error:
        raise QuestionError(f"'{question.title}': the proof fails with {type(error).__name__}: {error}") from error
    if names["answer"] != question.right.letter:
        raise QuestionError(
            f"'{question.title}': marked as right is {question.right.letter}, its proof finds {names['answer']}"
        )
    return question.right.letter


def prove_all(files: list[Path]) -> int:
    """Prove every question, and print what each proof finds; 0 if all hold."""
    failed = False
    for file in files:
        for question in read(file):
            try:
                print(f"{file.parent.name} {question.title}: {prove(question)}", flush=True)
            except QuestionError as error:
                failed = True
                print(f"{file.parent.name} {error}", file=sys.stderr)
    return int(failed)
