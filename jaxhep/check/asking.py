"""A task that asks the learner's function again before it says why wrong numbers are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from jaxhep.check.compare import Result, sentence_case
from jaxhep.check.reading import Case, argument_name, as_numpy, copied
from jaxhep.check.verdict import Compared, Task

SINGLE = "Right to a few digits only: the numbers have passed through single precision (float32). Work in float64."


@dataclass(eq=False, kw_only=True)
class Asking(Task):
    """A ``Task`` that, where no known mistake gives the learner's numbers, tries which argument has no say, and how
    far off the numbers are, before it falls back on what they have in common."""

    def _pattern(self, seen: Compared) -> str:
        first, pairs = "", zip(seen.got, seen.expected, strict=True)
        if all(x.shape == y.shape for g, e in pairs for x, y in zip(g, e, strict=True)):
            first = self._unused(seen.answer, seen.cases) or self._nearly(seen.expected, seen.got)
        return first or super()._pattern(seen)

    def _unused(self, answer: Callable, cases: list[Case]) -> str:
        """An argument that can be changed without any effect, where there should be one."""
        for number, value in enumerate(cases[0].args):
            if changed(value) is None:
                continue
            effect = [self._effect(function, cases, number) for function in (answer, self.reference)]
            if effect == [False, True]:
                name = argument_name(answer, number)
                return (
                    f"`{name}` has no say: with another `{name}` the same numbers come back. Either it isn't used, or "
                    "something stands in its place, or it drops out on the way."
                )
        return ""

    def _effect(self, function: Callable, cases: list[Case], number: int) -> bool | None:
        """Whether changing this argument changes a result; None if that can't be found out."""
        try:
            for case in cases:
                args = list(copied(case.args))
                before = self._read(as_numpy(function(*copied(case.args))), case)
                args[number] = changed(args[number])
                after = self._read(as_numpy(function(*args)), case)
                if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True)):
                    return True
        except Exception:
            return None
        return False

    def _nearly(self, expected: list[Result], got: list[Result]) -> str:
        """What is to be said of numbers that are off by a few per cent of their size at most."""
        names = self.outputs or ("the result",)
        worst = dict.fromkeys(names, 0.0)
        for g, e in zip(got, expected, strict=True):
            for name, x, y in zip(names, g, e, strict=True):
                if x.shape != y.shape or not np.array_equal(np.isfinite(x), np.isfinite(y)):
                    return ""
                x, y = x[np.isfinite(y)], y[np.isfinite(y)]
                allowed = self.atol + self.rtol * np.abs(y).max(initial=0.0)
                off = np.abs(x - y).max(initial=0.0)
                if off > max(3 * allowed, 1e-3 * np.abs(y).max(initial=0.0)):
                    return ""
                if off > allowed:
                    worst[name] = max(worst[name], off)
        numbers = np.concatenate([x.ravel() for result in got for x in result])
        if np.array_equal(numbers, numbers.astype(np.float32), equal_nan=True) and (numbers % 1).any():
            return SINGLE
        if max(worst.values()) < 3e-6 * np.abs(numbers).max(initial=0.0):
            return (
                "Right to some six digits: so much is lost where numbers pass through single precision (float32), or a "
                "derivative is approximated. Work in float64."
            )
        name = max(worst, key=lambda name: worst[name])
        if not worst[name]:
            return ""
        return (
            f"It is nearly right: {sentence_case(name)} differs by {worst[name]:.2g} at most, more than rounding or a "
            "minimiser leaves open. Is a formula used that agrees only approximately, or a search ended too early?"
        )


def changed(value: Any) -> Any:
    """Another value of the same form; None for what isn't a number or an array."""
    if isinstance(value, bool | np.bool_):
        return not value
    if isinstance(value, int | float):
        return 1.13 * value + 0.07
    if isinstance(value, np.ndarray | jax.Array) and value.dtype == bool:
        return ~value
    if isinstance(value, np.ndarray | jax.Array) and np.issubdtype(value.dtype, np.floating):
        return 1.13 * value + 0.07
    return None
