"""Predictions: a dictionary that the learner fills in, and the truth found by doing what it is about."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from jaxhep.check.reading import Finding, is_untouched
from jaxhep.check.verdict import Question

Value = int | bool | str


@dataclass(eq=False, kw_only=True)
class Quiz(Question):
    """Predictions, one per question, in a dictionary; the truth is found by doing what they are about.

    truth : makes the right answers by question: whole numbers, True or False, or words.
    hints : by question, for a wrong answer that isn't among the known mistakes.
    mistakes : the known mistakes, by question and wrong answer, each with its sentence.
    choices : the words that a question may be answered with, where words are asked.
    """

    truth: Callable[[], dict[str, Value]]
    hints: Mapping[str, str]
    mistakes: Mapping[tuple[str, Value], str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def untouched(self, answer: object) -> bool:
        return is_untouched(answer) or (
            isinstance(answer, Mapping) and all(value is Ellipsis for value in answer.values())
        )

    @functools.cached_property
    def right(self) -> dict[str, Value]:
        """The truth, by question."""
        return self.truth()

    def course_answer(self) -> dict[str, Value]:
        return self.right

    def examine(self, answer: object) -> None:
        """Raise the ``Finding`` that explains each wrong prediction; return if all are right."""
        self._only_words_on_offer(answer)
        if not isinstance(answer, Mapping):
            raise Finding(
                f"`{self.name}` is a {type(answer).__name__}: keep the dictionary, and put your predictions in place "
                "of the `...`."
            )
        strangers = [str(key) for key in answer if key not in self.right]
        if strangers:
            raise Finding(f"There is no question {' or '.join(strangers)}: the keys are {', '.join(self.right)}.")
        open_ones = [key for key in self.right if answer.get(key, ...) in (..., None)]
        if open_ones:
            raise Finding(f"Still without a prediction: {', '.join(open_ones)}.")
        wrong = [key for key, truth in self.right.items() if plain(answer[key], key, truth) != truth]
        if wrong:
            raise Finding(
                f"{len(self.right) - len(wrong)} of {len(self.right)} predictions hold. "
                + " ".join(self._why(key, plain(answer[key], key, self.right[key])) for key in wrong)
            )

    def _only_words_on_offer(self, answer: Any) -> None:
        for key, words in self.choices.items() if isinstance(answer, Mapping) else ():
            value = answer.get(key)
            if isinstance(value, str) and value.strip().lower() not in {word.lower() for word in words}:
                quoted = ", ".join(f'"{word}"' for word in words)
                raise Finding(f'{key}: "{value}" isn\'t one of the answers, which are {quoted}.')

    def _why(self, key: str, value: Value) -> str:
        return f"{key}: {self.mistakes.get((key, value), self.hints[key])}"


def plain(value: Any, key: str, like: Value) -> Value:
    """A prediction as plain Python: 3.0 is 3, "Scan " is "scan", and only True and False are truths."""
    if isinstance(value, np.ndarray | jax.Array) and value.shape == ():
        value = value.item()
    wanted = (
        "True or False" if isinstance(like, bool) else "a whole number" if isinstance(like, int) else "a word in quotes"
    )
    number = isinstance(value, numbers.Real) and not isinstance(value, bool) and float(value).is_integer()
    if isinstance(like, bool) and isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(like, int) and not isinstance(like, bool) and number:
        return int(value)
    if isinstance(like, str) and isinstance(value, str):
        return value.strip().lower()
    raise Finding(f"{key}: the answer is {wanted}, this is {value!r}.")
