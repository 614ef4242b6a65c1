"""A task that says what a wrong answer has that a right one has, where nothing else explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result
from jaxhep.check.reading import Case
from jaxhep.check.verdict import Compared


@dataclass(eq=False, kw_only=True)
class Probing(Asking):
    """An ``Asking`` with last words: what is said of (answer, cases, results, right results) instead of "not in a way
    that this check knows", or that numbers are NaN. Shapes are right then."""

    last_words: Callable[[Callable, list[Case], list[Result], list[Result]], str] = field(init=False)

    def _pattern(self, seen: Compared) -> str:
        sentence = super()._pattern(seen)
        if sentence.startswith(("The numbers differ", "It gives NaN")):
            return self.last_words(seen.answer, seen.cases, seen.got, seen.expected) or sentence
        return sentence

    def last(self, words: Callable[[Callable, list[Case], list[Result], list[Result]], str]) -> Callable:
        """Register the last words."""
        self.last_words = words
        return words
