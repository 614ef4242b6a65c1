"""The verdict on an answer.

A ``Task`` runs the learner's function on inputs that no notebook shows, compares the results with a reference, and
prints one verdict: not attempted, correct, or the cause of what is wrong, never the answer. Causes are found by
comparison: each known mistake is the reference with that one mistake in it, and a learner whose results equal a
variant's has made its mistake::

    task = Task(number="1e", name="step", reference=reference, cases=cases, meaning="State comes in and goes out.")

    @task.mistake("The step goes uphill: against the slope means minus.")
    def uphill(mu, calls, slope):
        calls = calls + 1
        return mu + slope / (10 + calls), calls

What is asked, and in this order: does a call end without an exception (``errors`` explain some), and leave its
arguments alone; does a second call give the same; are the results right. If they aren't, the known mistakes are tried
in the order in which they stand in their file, then the symptoms, then the one change of the answer that would make it
right, then what the wrong numbers have in common. If they are, the demands are made. The first that speaks is the
verdict. No two known mistakes of a task give the same results in every case (a test holds that), so that the order of
mistakes decides nothing; the order of symptoms and demands does.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxhep.check.compare import (
    Result,
    as_returned,
    common_ratio,
    first_that_differs,
    not_finite,
    ordered,
    same,
    sentence_case,
    shown,
    wrong_shape,
)
from jaxhep.check.kept import kept_from_call_to_call
from jaxhep.check.nearby import cause_nearby
from jaxhep.check.reading import (
    Case,
    Finding,
    Unexplained,
    as_numpy,
    call,
    captured,
    computes_in_float32,
    copied,
    is_untouched,
    quiet,
)

UNKNOWN = "The numbers differ, and not in a way that this check knows."
Symptom = Callable[[list[Result], list[Result]], str | None]


class NotRight(AssertionError):
    """The verdict on an answer that isn't right."""

    def _render_traceback_(self) -> list[str]:  # IPython shows this instead of a traceback
        return textwrap.wrap(str(self), 95, break_long_words=False, break_on_hyphens=False)


class Mistake(NamedTuple):
    """A known mistake: what a learner is told whose results are those of ``variant``, the reference with that
    mistake."""

    sentence: str
    variant: Callable


class Compared(NamedTuple):
    """An answer whose numbers are wrong: its results in all cases, aligned with the right ones; in which cases they
    are wrong; whether one of them came in single precision."""

    answer: Callable
    cases: list[Case]
    expected: list[Result]
    got: list[Result]
    wrong: list[bool]
    single: bool


@dataclass(eq=False, kw_only=True)
class Question:
    """What every task has in common; calling it with the learner's answer prints the verdict.

    number : the task's, "1a" and "1b" where it has parts. name : of the learner's function or variable.
    meaning : what a right answer means, one sentence. passed : the answer, once it is right.
    """

    number: int | str
    name: str
    meaning: str
    passed: Any = field(default=None, init=False)

    @property
    def title(self) -> str:
        return f"Task {self.number} ({self.name})"

    def __call__(self, answer: object) -> None:
        """Judge the answer and print the verdict."""
        print(textwrap.fill(self.verdict(answer), 110, break_long_words=False, break_on_hyphens=False))

    def mark(self, answer: object) -> None:
        """Judge the answer; raise ``NotRight`` with the verdict unless it is right, as an autograder wants it."""
        verdict = self.verdict(answer)
        if self.passed is None:
            raise NotRight(verdict)

    def verdict(self, answer: object) -> str:
        """Judge the answer, keep it in ``passed`` if it is right, and say what is to be said about it."""
        self.passed = None
        if self.untouched(answer):
            return f"{self.title}: not attempted yet. Write `{self.name}` in the cell above, run it, then run this one."
        try:
            with quiet():
                self.examine(answer)
        except Finding as cause:
            return f"{self.title}: not right yet. {cause}"
        self.passed = answer
        return f"{self.title}: correct. {self.meaning}"

    def untouched(self, answer: object) -> bool:
        """Whether this is still the stub."""
        raise NotImplementedError

    def examine(self, answer: object) -> None:
        """Raise the ``Finding`` that tells what is wrong with ``answer``; return if it is right."""
        raise NotImplementedError

    def course_answer(self) -> Any:
        """A right answer, for cells that go on before the learner has one."""
        raise NotImplementedError

    def use(self) -> Any:
        """The learner's answer if it has passed its check, else the course's."""
        return self.course_answer() if self.passed is None else self.passed


@dataclass(eq=False, kw_only=True)
class Task(Question):
    """A function that the learner writes.

    reference : a right answer. course : the same in JAX, for notebooks, where the reference is plain NumPy.
    cases : makes the hidden inputs, seeded. outputs : names of what is returned, if several things are.
    align : what is compared. rtol : relative to the largest number of an output. atol : absolute.
    errors : causes of exceptions, by words of their message.
    returns : what to return instead of something that isn't numbers, if the stub's words need help.
    mistakes, symptoms, demands : registered by the decorators below.
    """

    reference: Callable
    cases: Callable[[], list[Case]] = list
    outputs: tuple[str, ...] = ()
    align: Callable[[list[Result]], list[Result]] = as_returned
    rtol: float = 1e-8
    atol: float = 0.0
    errors: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    course: Callable | None = None
    mistakes: dict[str, Mistake] = field(default_factory=dict, init=False)
    symptoms: list[Symptom] = field(default_factory=list, init=False)
    demands: list[Callable[[Callable], None]] = field(default_factory=list, init=False)
    _made: dict[Callable, list[Any]] = field(default_factory=dict, init=False, repr=False)
    _searching: bool = field(default=False, init=False, repr=False)

    def mistake(self, sentence: str) -> Callable[[Callable], Callable]:
        """Register a known mistake: the reference with it, by its name, and the sentence for those who make it."""

        def register(variant: Callable) -> Callable:
            if variant.__name__ in self.mistakes or sentence in [known.sentence for known in self.mistakes.values()]:
                raise ValueError(
                    f"Task {self.number} knows a mistake called {variant.__name__}, or this sentence, already: "
                    f"{sentence}"
                )
            self.mistakes[variant.__name__] = Mistake(sentence, variant)
            return variant

        return register

    def symptom(self, look: Symptom) -> Symptom:
        """Register what is seen in (results, right results) of mistakes that no variant reproduces: a sentence, or
        None."""
        self.symptoms.append(look)
        return look

    def demand(self, ask: Callable[[Callable], None]) -> Callable[[Callable], None]:
        """Register a demand on answers whose numbers are right; it raises ``Finding`` where it isn't met."""
        self.demands.append(ask)
        return ask

    def untouched(self, answer: object) -> bool:
        return is_untouched(answer)

    def course_answer(self) -> Callable:
        return self.course or self.reference

    @functools.cached_property
    def _hidden(self) -> tuple[list[Case], list[Result]]:
        """The hidden cases and the right results."""
        cases = self.cases()
        return cases, [self._read(self.reference(*copied(case.args)), case) for case in cases]

    def examine(self, answer: object) -> None:
        """Raise the ``Finding`` that tells what is wrong with ``answer``; return if it is right."""
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        try:
            self.judge(answer)
        except Unexplained as found:
            cause = cause_nearby(answer, self._is_right, put_in="NaN" not in str(found))
            where = str(found).removeprefix(UNKNOWN) if str(found).startswith(UNKNOWN) else ""
            raise Finding(f"{cause}{where}" if cause else str(found)) from None

    def _is_right(self, answer: Callable) -> bool:
        """Whether an answer passes; no cause is looked for."""
        self._searching = True
        try:
            self.judge(answer)
        except Finding:
            return False
        finally:
            self._searching = False
        return True

    def judge(self, answer: Callable) -> None:
        """Compare with the reference; then the demands. A task of another kind judges in another way."""
        try:
            self._compare(answer)
        except Finding as found:
            if self._searching:
                raise
            cases, right = self._hidden
            calls = [functools.partial(self._once, answer, *one) for one in zip(cases, right, strict=True)]
            raise kept_from_call_to_call(answer, calls, lambda got: not any(self._wrong(got, right))) or found from None
        for demand in self.demands:
            demand(answer)

    def _once(self, answer: Callable, case: Case, like: Result) -> Result:
        return self._read(call(answer, case, self.errors), case, like)

    def _wrong(self, found: list[Result], right: list[Result]) -> list[bool]:
        """For each case, whether the result is wrong."""
        pairs = zip(self.align(found), self.align(right), strict=True)
        return [not same(got, expected, self.rtol, self.atol) for got, expected in pairs]

    def _compare(self, answer: Callable) -> None:
        """Raise the ``Finding`` that tells what is wrong with the results."""
        cases, right = self._hidden
        if self._searching and self.align is as_returned:
            self._compare_quickly(answer)
            return
        returned = [call(answer, case, self.errors) for case in cases]
        found = [self._read(value, case, like) for value, case, like in zip(returned, cases, right, strict=True)]
        if not same(self._read(call(answer, cases[0], self.errors), cases[0], right[0]), found[0], 1e-9, 0.0):
            raise Finding(
                "A second call with the same arguments gives another result: the function keeps something from call "
                "to call, in a global variable, a default argument or a list. Everything must come in through the "
                "arguments."
            )
        expected, got, wrong = self.align(right), self.align(found), self._wrong(found, right)
        if any(wrong):
            single = any(getattr(x, "dtype", None) == np.float32 for x in jax.tree.leaves(returned))
            raise self._cause(Compared(answer, cases, expected, got, wrong, single))

    def _compare_quickly(self, answer: Callable) -> None:
        """Raise at the first case that is wrong."""
        for case, right in zip(*self._hidden, strict=True):
            if not same(self._once(answer, case, right), right, self.rtol, self.atol):
                raise Finding("")

    def _read(self, value: Any, case: Case, like: Result | None = None) -> Result:
        """What a call returned, as float64 arrays; where ``like`` is a number, an array of size 1 is one, too."""
        if value is None:
            raise Finding("It returns None: is the `return` missing?")
        if value is Ellipsis:
            raise Finding("It returns `...`, the placeholder of the stub: return your result.")
        values: Sequence = [value]
        if self.outputs:
            if isinstance(value, Mapping) or not hasattr(value, "__len__") or getattr(value, "shape", None) == ():
                raise Finding(
                    f"It returns one {type(value).__name__}; return {', '.join(self.outputs)}, in this order."
                )
            values = list(value)
            if len(values) != len(self.outputs):
                things = "one thing" if len(values) == 1 else f"{len(values)} things"
                raise Finding(f"It returns {things}; return {len(self.outputs)}: {', '.join(self.outputs)}.")
        arrays = []
        for i, (one, name) in enumerate(zip(values, self.outputs or ("the result",), strict=True)):
            try:
                array = np.asarray(one)
                array = array.astype(float)
            except (TypeError, ValueError):
                none = one is None or (isinstance(one, list | tuple) and any(x is None for x in one))
                what = "None" if none else f"a {type(one).__name__} that isn't an array of numbers"
                way_out = f": return {self.returns}" if self.returns else ""
                raise Finding(
                    f"{sentence_case(name)} {'are' if name.endswith('s') else 'is'} {what}{way_out}."
                ) from None
            if like is not None and like[i].shape == () and array.size == 1:
                array = array.reshape(())
            arrays.append(array)
        return arrays

    def _cause(self, seen: Compared) -> Finding:
        if self._searching:
            return Finding("")
        remark = captured(seen.answer)
        for mistake in self.mistakes.values():
            if self._is_made(mistake.variant, seen.cases, seen.got):
                return Finding(f"{remark} If that isn't the reason: {mistake.sentence}" if remark else mistake.sentence)
        for symptom in self.symptoms:
            if sentence := symptom(seen.got, seen.expected):
                return Finding(sentence)
        if remark:
            return Finding(remark)
        pattern = self._pattern(seen)
        return (Finding if "float32" in pattern else Unexplained)(pattern)

    def _is_made(self, variant: Callable, cases: list[Case], got: list[Result]) -> bool:
        """Whether the learner's results are those of this mistake, in every case."""
        try:
            values = self._of_mistake(variant)
            made = [self._read(value, case, like) for value, case, like in zip(values, cases, got, strict=True)]
        except Exception:  # a mistake that can't be made with these inputs
            return False
        return all(same(a, b, self.rtol, self.atol) for a, b in zip(got, self.align(made), strict=True))

    def _of_mistake(self, variant: Callable) -> list[Any]:
        """What this mistake returns in every hidden case; computed once."""
        if variant not in self._made:
            cases, _ = self._hidden
            self._made[variant] = [as_numpy(variant(*copied(case.args))) for case in cases]
        return self._made[variant]

    def _pattern(self, seen: Compared) -> str:
        """No known mistake: say what the wrong numbers have in common."""
        answer, cases, expected, got, wrong, single = seen
        names = self.outputs or ("the result",)
        kinds = ordered(case.kind for case, bad in zip(cases, wrong, strict=True) if bad)
        good = [kind for kind in ordered(case.kind for case in cases) if kind not in kinds]
        where = f" It goes wrong for {' and for '.join(kinds[:2])}" if good else ""
        where += f"; it is right for {good[0]}." if good and self.align is as_returned else "." * bool(good)
        every = [case.kind for case in cases]
        if misfit := wrong_shape(names, every, expected, got) or not_finite(every, expected, got):
            return misfit
        if all(same(g, e, 2e-3 if single else 2e-5, 2 * self.atol) for g, e in zip(got, expected, strict=True)):
            if single or computes_in_float32(answer, cases[0]):
                return (
                    "Right to a few digits only: the numbers pass through single precision (float32). Work in float64."
                )
            return (
                "Right to a few digits only: something in it is approximate, as a difference with a finite step is, "
                f"or a search that ends early.{where}"
            )
        bad = [
            i
            for i in range(len(names))
            if not same([g[i] for g in got], [e[i] for e in expected], self.rtol, self.atol)
        ]
        if len(bad) < len(names):
            fine = [name for i, name in enumerate(names) if i not in bad]
            where = f" {sentence_case(' and '.join(fine))}: right. Wrong: {' and '.join(names[i] for i in bad)}.{where}"
        for i in bad:
            ratio = common_ratio([g[i] for g in got], [e[i] for e in expected])
            if ratio is not None:
                return (
                    f"{sentence_case(names[i])} comes out {ratio:.4g} times what it should be, on every input.{where}"
                )
        values = ""
        if self.align is as_returned:
            number, i = next(
                (n, i)
                for n, (g, e) in enumerate(zip(got, expected, strict=True))
                for i in bad
                if not same([g[i]], [e[i]], self.rtol, self.atol)
            )
            first = first_that_differs(got[number][i], expected[number][i])
            there = f"{shown(got[number][i], first)}, where {shown(expected[number][i], first)} is right"
            values = f" For {cases[number].kind}, {names[i]}: {there}."
        return f"{UNKNOWN}{where}{values}"


class Tasks(dict[str, Question]):
    """The tasks of a unit by name, and what its notebook calls besides."""

    def __init__(self, *tasks: Question) -> None:
        super().__init__((task.name, task) for task in tasks)

    def ready(self, *names: str) -> bool:
        """Whether these tasks are passed; if not, print what the cell waits for."""
        waiting = [self[name].title for name in names if self[name].passed is None]
        if waiting:
            print(f"This cell waits for {' and '.join(waiting)}.")
        return not waiting

    def use(self, name: str) -> Any:
        """The learner's answer to this task if it has passed its check, else the course's."""
        return self[name].use()

    def progress(self) -> None:
        """Print which tasks are passed and which are open."""
        done = [f"{task.number} {task.name}" for task in self.values() if task.passed is not None]
        still = [f"{task.number} {task.name}" for task in self.values() if task.passed is None]
        print(f"Passed: {', '.join(done) or 'none yet'}.\nOpen: {', '.join(still) or 'none'}.")
