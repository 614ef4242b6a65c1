"""The engine of the answer checks.

A ``Task`` runs the learner's function on inputs that no notebook shows, compares the results with a reference, and prints one
verdict: not attempted, correct, or the cause of what is wrong, never the answer. Causes are found by comparison: each known
mistake is the reference with that one mistake in it, and a learner whose results equal a variant's has made its mistake.
"""

from __future__ import annotations

import contextlib
import copy
import dis
import functools
import inspect
import io
import linecache
import numbers
import sys
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
import pandas as pd

Result = list[np.ndarray]
"""What one call returned: one array per output."""


class Finding(Exception):
    """The cause of a wrong answer, as a sentence for the learner."""


class NotRight(AssertionError):
    """The verdict on an answer that isn't right."""

    def _render_traceback_(self) -> list[str]:  # IPython shows this instead of a traceback
        return textwrap.wrap(str(self), 95, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True)
class Case:
    """Arguments of one call. ``kind`` says what is special about them, to complete "It goes wrong for ..."."""

    args: tuple
    kind: str


def as_returned(results: list[Result]) -> list[Result]:
    """Compare the results themselves."""
    return results


def up_to_a_constant(*groups: int, output: int = 0) -> Callable[[list[Result]], list[Result]]:
    """Compare differences to the first case of each group, so that a constant added to this output doesn't matter.

    groups : how many cases each group has, in order; the last number goes on. Each group has a constant of its own.
    """

    def align(results: list[Result]) -> list[Result]:
        sizes, firsts = iter(groups), []
        while len(firsts) < len(results):
            size = next(sizes, groups[-1])
            firsts += [len(firsts)] * size
        aligned = []
        for start, result in zip(firsts, results, strict=False):
            first = results[start][output]
            same = first.shape == result[output].shape
            shifted = result[output] - first if same else result[output]
            aligned.append([*result[:output], shifted, *result[output + 1 :]])
        return aligned

    return align


@dataclass(eq=False)
class Question:
    """What every task has in common; calling it with the learner's answer prints the verdict.

    number : the task's, "1a" and "1b" where it has parts. name : of the learner's function or variable.
    passed : the answer, once it is right.
    """

    number: int | str
    name: str
    passed: object = field(default=None, init=False)

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


@dataclass(eq=False)
class Quiz(Question):
    """Predictions, one per question, in a dictionary; the truth is found by doing what they are about.

    truth : makes the right answers by question: whole numbers, True or False, or words. meaning : of right answers, one sentence.
    mistakes : by sentence, the question and the wrong answer that it explains. hints : by question, for any other wrong answer.
    """

    truth: Callable[[], dict[str, int | bool | str]]
    meaning: str
    hints: Mapping[str, str]
    mistakes: Mapping[str, tuple[str, int | bool | str]] = field(default_factory=dict)

    def untouched(self, answer: object) -> bool:
        return is_untouched(answer) or (
            isinstance(answer, Mapping) and all(value is Ellipsis for value in answer.values())
        )

    @functools.cached_property
    def right(self) -> dict[str, int | bool | str]:
        return self.truth()

    def examine(self, answer: object) -> None:
        """Raise the ``Finding`` that explains each wrong prediction; return if all are right."""
        if not isinstance(answer, Mapping):
            raise Finding(
                f"`{self.name}` is a {type(answer).__name__}: keep the dictionary, and put your predictions in place of the `...`."
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

    def _why(self, key: str, value: object) -> str:
        known = [sentence for sentence, mistake in self.mistakes.items() if mistake == (key, value)]
        return f"{key}: {known[0] if known else self.hints[key]}"


@dataclass(eq=False)
class Task(Question):
    """A function that the learner writes.

    reference : a right answer. course : the same in JAX, for notebooks, where the reference is plain NumPy.
    cases : makes the hidden inputs, seeded. meaning : what a right answer means, one sentence.
    mistakes : by sentence, the reference with that mistake. outputs : names of what is returned, if several things are.
    symptoms : mistakes seen in (results, right results) that no variant reproduces; each a function that returns a sentence or None.
    align : what is compared. rtol : relative to the largest number of an output. atol : absolute.
    errors : causes of exceptions, by words of their message.
    returns : what to return instead of something that isn't numbers, if the stub's words need help.
    also : further demands on an answer whose numbers are right; each raises ``Finding``.
    """

    reference: Callable
    cases: Callable[[], list[Case]]
    meaning: str
    mistakes: Mapping[str, Callable]
    outputs: tuple[str, ...] = ()
    symptoms: Sequence[Callable[[list[Result], list[Result]], str | None]] = ()
    align: Callable[[list[Result]], list[Result]] = as_returned
    rtol: float = 1e-8
    atol: float = 0.0
    also: Sequence[Callable[[Callable], None]] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    course: Callable | None = None

    def untouched(self, answer: object) -> bool:
        return is_untouched(answer)

    @functools.cached_property
    def _hidden(self) -> tuple[list[Case], list[Result]]:
        """The hidden cases and the right results."""
        cases = self.cases()
        return cases, [self._read(self.reference(*copied(case.args)), case) for case in cases]

    def examine(self, answer: object) -> None:
        """Raise the ``Finding`` that tells what is wrong with ``answer``; return if it is right."""
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        cases, right = self._hidden
        returned = [call(answer, case, self.errors) for case in cases]
        found = [self._read(value, case, like) for value, case, like in zip(returned, cases, right, strict=True)]
        if not same(self._read(call(answer, cases[0], self.errors), cases[0], right[0]), found[0], 1e-9, 0.0):
            raise Finding(
                "A second call with the same arguments gives another result: the function keeps something from call to call, "
                "in a global variable, a default argument or a list. Everything must come in through the arguments."
            )
        expected, got = self.align(right), self.align(found)
        wrong = [not same(a, b, self.rtol, self.atol) for a, b in zip(got, expected, strict=True)]
        if any(wrong):
            digits = 2e-3 if any(getattr(x, "dtype", None) == np.float32 for x in jax.tree.leaves(returned)) else 2e-5
            raise self._cause(answer, cases, expected, got, wrong, digits)
        for demand in self.also:
            demand(answer)

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
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

    def _cause(
        self,
        answer: Callable,
        cases: list[Case],
        expected: list[Result],
        got: list[Result],
        wrong: list[bool],
        digits: float,
    ) -> Finding:
        for sentence, variant in self.mistakes.items():
            if self._is_variant(variant, cases, got):
                return Finding(f"{captured(answer)} {sentence}".strip())
        for symptom in self.symptoms:
            if sentence := symptom(got, expected):
                return Finding(sentence)
        return Finding(captured(answer) or self._pattern(cases, expected, got, wrong, digits))

    def _is_variant(self, variant: Callable, cases: list[Case], got: list[Result]) -> bool:
        """Whether the learner's results are those of this mistake, in every case."""
        try:
            made = [self._read(variant(*copied(case.args)), case, like) for case, like in zip(cases, got, strict=True)]
        except Exception:  # a mistake that can't be made with these inputs
            return False
        return all(same(a, b, self.rtol, self.atol) for a, b in zip(got, self.align(made), strict=True))

    def _pattern(
        self, cases: list[Case], expected: list[Result], got: list[Result], wrong: list[bool], digits: float
    ) -> str:
        """No known mistake: say what the wrong numbers have in common."""
        names = self.outputs or ("the result",)
        kinds = ordered(case.kind for case, bad in zip(cases, wrong, strict=True) if bad)
        good = [kind for kind in ordered(case.kind for case in cases) if kind not in kinds]
        where = f" It goes wrong for {' and for '.join(kinds[:2])}; it is right for {good[0]}." if good else ""
        for i, name in enumerate(names):
            pairs = [(g[i], e[i], c) for g, e, c in zip(got, expected, cases, strict=True)]
            for g, e, case in pairs:
                if g.shape != e.shape:
                    frozen = len({a.shape for a, _, _ in pairs}) == 1 and len({b.shape for _, b, _ in pairs}) > 1
                    reason = " It has this shape whatever the inputs are: is a size typed in?" if frozen else ""
                    has = "have" if name.endswith("s") else "has"
                    return f"{sentence_case(name)} {has} shape {g.shape}, but shape {e.shape} belongs to {case.kind}.{reason}"
        broken = [case.kind for g, e, case in zip(got, expected, cases, strict=True) if not finite_like(g, e)]
        if broken:
            return f"It gives NaN or infinity for {ordered(broken)[0]}."
        if all(same(g, e, digits, 2 * self.atol) for g, e in zip(got, expected, strict=True)):
            return (
                "Right to a few digits only: somewhere the numbers pass through single precision (float32), "
                "or a derivative is approximated. Work in float64."
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
        return (
            f"The numbers differ, and not in a way that this check knows.{where} If the target above comes out right, "
            "try a small input that you can work out by hand."
        )


def ready(tasks: Mapping[str, Question], *names: str) -> bool:
    """Whether these tasks are passed; if not, print what the cell waits for."""
    waiting = [tasks[name].title for name in names if tasks[name].passed is None]
    if waiting:
        print(f"This cell waits for {' and '.join(waiting)}.")
    return not waiting


def use(tasks: Mapping[str, Task], name: str) -> Callable:
    """The learner's function if it has passed its check, else the course's."""
    task = tasks[name]
    return task.passed or task.course or task.reference


def progress(tasks: Mapping[str, Question]) -> None:
    """Print which tasks are passed and which are open."""
    done = [f"{task.number} {task.name}" for task in tasks.values() if task.passed]
    still = [f"{task.number} {task.name}" for task in tasks.values() if not task.passed]
    print(f"Passed: {', '.join(done) or 'none yet'}.\nOpen: {', '.join(still) or 'none'}.")


def plain(value: object, key: str, like: int | bool | str) -> int | bool | str:
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


# --- running the learner's function ---------------------------------------------------------------------------------------


def is_untouched(answer: object) -> bool:
    """Whether this is still the stub: a placeholder, or a function that does nothing but return None."""
    if answer is None or answer is Ellipsis:
        return True
    if not callable(answer):
        return False
    code = getattr(inspect.unwrap(answer), "__code__", None)
    if code is None:
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]
    empty = all(step.opname in ("LOAD_CONST", "RETURN_VALUE", "RETURN_CONST") for step in steps)
    return empty and steps[-1].argval is None and steps[0].argval is None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Neither prints nor warnings of the learner's function belong into a verdict."""
    out, err = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with out, err, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def copied(value: Any) -> Any:
    """A copy of arguments, deep enough that a change in place doesn't reach the original."""
    if isinstance(value, np.ndarray | pd.DataFrame):
        return value.copy()
    if isinstance(value, tuple | list):
        return type(value)(copied(one) for one in value)
    return {key: copied(one) for key, one in value.items()} if isinstance(value, dict) else value


def call(answer: Callable, case: Case, causes: Mapping[str, str] | None = None) -> object:
    """Call the learner's function; an exception or a changed argument becomes a ``Finding``."""
    args = copied(case.args)
    try:
        value = answer(*args)
        value = jax.tree.map(lambda x: np.array(x) if isinstance(x, jax.Array) else x, value)
    except Exception as error:
        known = [cause for words, cause in (causes or {}).items() if words in str(error)]
        raise Finding(known[0] if known else explain(error, answer, case)) from None
    for number, (after, before) in enumerate(zip(args, case.args, strict=True)):
        if not unchanged(after, before):
            name = argument_name(answer, number)
            raise Finding(
                f"Side effect: a call changes its argument `{name}` in place (as `+=`, `*=`, item assignment or `.sort()` do). "
                "Whoever calls it next gets other numbers: make a new array."
            )
    return value


def unchanged(after: Any, before: Any) -> bool:
    if isinstance(before, dict):
        return after.keys() == before.keys() and all(unchanged(after[key], before[key]) for key in before)
    if isinstance(before, np.ndarray | jax.Array):
        return np.shape(after) == before.shape and np.array_equal(after, before, equal_nan=True)
    return True


def argument_name(answer: Callable, number: int) -> str:
    code = getattr(inspect.unwrap(answer), "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code else ()
    return names[number] if number < len(names) else f"number {number + 1}"


def explain(error: Exception, answer: Callable, case: Case) -> str:
    """One readable sentence or two about an exception, with the learner's own line."""
    frames = own_frames(error, answer)
    place = ""
    if frames:
        code, number = frames[-1]
        line = linecache.getline(code.co_filename, number).strip()
        name = (
            getattr(inspect.unwrap(answer), "__name__", "your function")
            if code.co_name.startswith("<")
            else code.co_name
        )
        place = f" in line {number} of the cell with `{name}`" + (f", `{line}`" if line else "")
    kind = type(error).__name__
    if isinstance(error, jax.errors.TracerArrayConversionError):
        return f"NumPy meets a JAX tracer{place}: inside grad, hessian and jit an array has no values yet. Use the jnp function there."
    if isinstance(error, jax.errors.TracerBoolConversionError):
        return f"A Python `if`, `while`, `and` or `or` decides on a JAX tracer{place}: choose with jnp.where, on whole arrays."
    if isinstance(error, jax.errors.ConcretizationTypeError | jax.errors.TracerIntegerConversionError):
        return f"A Python float, int or shape is made from a JAX tracer{place}: inside grad, hessian and jit keep it an array."
    if isinstance(error, jax.errors.UnexpectedTracerError):
        return f"A JAX tracer has leaked out of a transformation{place}: it was stored in a global variable or a list."
    message = next((text for text in str(error).splitlines() if text.strip()), "").strip()
    message = textwrap.shorten(message, 200, placeholder=" ...")
    if not frames and isinstance(error, TypeError):
        return f"It can't be called like its stub ({message}): keep the stub's arguments and their order."
    if isinstance(error, TypeError) and "NoneType" in str(error) and "callable" not in str(error):
        return (
            f"Something is None{place}: most likely one of your earlier functions that it calls isn't finished. "
            "`check.use(name)` gives you the course's until yours passes."
        )
    if isinstance(error, NameError):
        return f"{message}{place}: run the cell that defines it, or correct its spelling."
    message = message.rstrip(".")
    text = f"It stops with {kind}{place}, for {case.kind}: {message}{'' if message.endswith(('?', '!')) else '.'}"
    shapes = any(words in message for words in ("broadcast", "shapes", "incompatible", "dimension", "size", "matmul"))
    if shapes and "keyword argument" not in message:
        text += " Arrays of different shapes meet there: along which axis does each run, and is a size typed in?"
    return f"{text} {captured(answer)}".strip()


def own_frames(error: Exception, answer: Callable) -> list[tuple[types.CodeType, int]]:
    """The lines of the learner's notebook that an exception came through, outermost first."""
    namespace = getattr(inspect.unwrap(answer), "__globals__", None)
    frames, trace = [], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is namespace:
            frames.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def captured(answer: Callable) -> str:
    """A remark about data of the notebook that the function reads as global variables."""
    function = inspect.unwrap(answer)
    namespace = getattr(function, "__globals__", {})
    data = np.ndarray | jax.Array | pd.DataFrame | dict
    seen: list[str] = []
    waiting = globals_in(getattr(function, "__code__", None))
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.append(name)
        helper = inspect.unwrap(namespace[name]) if callable(namespace.get(name)) else None
        if helper is not function and getattr(helper, "__globals__", None) is namespace:
            waiting += globals_in(helper.__code__)
    own = [name for name in seen if not name.isupper() and not name.startswith("_")]
    read = [name for name in own if isinstance(namespace.get(name), data)]
    if not read:
        return ""
    return (
        f"It reads `{'` and `'.join(read)}` of the notebook, a global variable: the check calls it with other data, "
        "so everything must come in through the arguments."
    )


def globals_in(code: types.CodeType | None) -> list[str]:
    """The global names that a function and the functions inside it read."""
    if code is None:
        return []
    own = [step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    inner = [name for one in code.co_consts if isinstance(one, types.CodeType) for name in globals_in(one)]
    return ordered([*own, *inner])


# --- comparing ------------------------------------------------------------------------------------------------------------


def same(a: Result, b: Result, rtol: float, atol: float) -> bool:
    """Equal shapes, and equal numbers within ``atol`` + ``rtol`` times the largest finite one; NaN equals NaN."""
    for x, y in zip(a, b, strict=True):
        if x.shape != y.shape:
            return False
        finite = np.abs(y[np.isfinite(y)])
        scale = finite.max() if finite.size else 0.0
        if not np.allclose(x, y, rtol=0.0, atol=atol + rtol * scale, equal_nan=True):
            return False
    return True


def finite_like(got: Result, expected: Result) -> bool:
    return all(np.isfinite(g[np.isfinite(e)]).all() for g, e in zip(got, expected, strict=True) if g.shape == e.shape)


def common_ratio(got: Result, expected: Result) -> float | None:
    """The one factor between all numbers, if there is one (and not 0 or 1)."""
    g, e = np.concatenate([a.ravel() for a in got]), np.concatenate([a.ravel() for a in expected])
    reach = np.abs(e).max()
    ratio = float(g @ e / (e @ e)) if reach > 0 else 0.0
    fits = np.allclose(g, ratio * e, rtol=1e-6, atol=1e-6 * reach)
    return ratio if fits and abs(ratio) > 1e-6 and abs(ratio - 1) > 1e-6 else None


def ordered(names: Iterator[str] | Sequence[str]) -> list[str]:
    """Without repetitions, in the order of the first occurrence."""
    return list(dict.fromkeys(names))


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- demands that a task may make besides the numbers ----------------------------------------------------------------------

_compilations = 0


def _count_compilation(event: str, duration: float, **_: object) -> None:
    global _compilations
    _compilations += event.endswith("backend_compile_duration")


jax.monitoring.register_event_duration_secs_listener(_count_compilation)


def calls_of(codes: set[types.CodeType], function: Callable, *args: object) -> int:
    """How many calls of Python functions with these codes happen during this call."""
    count = 0

    def watch(frame: types.FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_code in codes

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        function(*copied(args))
    finally:
        sys.setprofile(before)
    return count


def compilations(function: Callable, *args: object) -> int:
    """How many programs JAX compiles during this call."""
    before = _compilations
    function(*copy.copy(args))
    return _compilations - before
