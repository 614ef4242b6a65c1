"""Calling the learner's function, and reading what it is: a stub, what it calls, what it reads, why it stops."""

from __future__ import annotations

import contextlib
import dis
import inspect
import io
import linecache
import re
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

import jax
import numpy as np
import pandas as pd

from jaxhep.check.compare import ordered


class Finding(Exception):
    """The cause of a wrong answer, as a sentence for the learner."""


class Unexplained(Finding):
    """What is wrong, where its cause isn't known."""


@dataclass(frozen=True)
class Case:
    """Arguments of one call. ``kind`` says what is special about them, to complete "It goes wrong for ..."."""

    args: tuple
    kind: str


def generator(unit: int, number: int) -> np.random.Generator:
    """Random numbers for hidden inputs: a sequence of its own for each ``number`` in a unit, the same in every
    session."""
    return np.random.default_rng([20260100 + unit, number])


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


def as_numpy(value: Any) -> Any:
    """A result with its JAX arrays as NumPy arrays."""
    return jax.tree.map(lambda x: np.array(x) if isinstance(x, jax.Array) else x, value)


def call(answer: Callable, case: Case, causes: Mapping[str, str] | None = None) -> Any:
    """Call the learner's function; an exception or a changed argument becomes a ``Finding``."""
    args = copied(case.args)
    try:
        value = as_numpy(answer(*args))
    except Exception as error:
        sentence = known_cause(error, causes) or explain(error, answer, case)
        unexplained = sentence.startswith("It stops") and not captured(answer)
        raise (Unexplained if unexplained else Finding)(sentence) from None
    for number, (after, before) in enumerate(zip(args, case.args, strict=True)):
        if isinstance(before, jax.Array) and before.is_deleted():
            raise Finding(
                f"`{argument_name(answer, number)}` is donated: after the call the caller's array is gone. Only who "
                "owns an array may give it away."
            )
        if not unchanged(after, before):
            name = argument_name(answer, number)
            raise Finding(
                f"Side effect: a call changes its argument `{name}` in place (as `+=`, `*=`, item assignment or "
                "`.sort()` do). Whoever calls it next gets other numbers: make a new array."
            )
    return value


def computes_in_float32(answer: Callable, case: Case) -> bool:
    """Whether JAX computes with float32 numbers in a call."""
    try:
        return "f32[" in str(jax.make_jaxpr(lambda: answer(*copied(case.args)))())
    except Exception:  # what isn't JAX, or no program
        return False


def unchanged(after: Any, before: Any) -> bool:
    if isinstance(before, dict):
        return after.keys() == before.keys() and all(unchanged(after[key], before[key]) for key in before)
    if isinstance(before, jax.Array) and jax.dtypes.issubdtype(before.dtype, jax.dtypes.prng_key):
        return True  # a key can't change, nor be compared as numbers are
    if isinstance(before, np.ndarray | jax.Array):
        return np.shape(after) == before.shape and np.array_equal(after, before, equal_nan=True)
    return True


def argument_name(answer: Callable, number: int) -> str:
    code = getattr(inspect.unwrap(answer), "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code else ()
    return names[number] if number < len(names) else f"number {number + 1}"


def known_cause(error: Exception, causes: Mapping[str, str] | None) -> str | None:
    """The first of the ``causes`` whose words are in the exception's message."""
    return next((cause for words, cause in (causes or {}).items() if words in str(error)), None)


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
        return (
            f"NumPy meets a JAX tracer{place}: inside grad, hessian and jit an array has no values yet. Use the jnp "
            "function there."
        )
    if isinstance(error, jax.errors.TracerBoolConversionError):
        if re.search(r"`while\b", place):
            return (
                f"A Python `while` decides on a JAX tracer{place}, which has no value yet: a loop whose end depends on "
                "traced values is a jax.lax.while_loop."
            )
        return (
            f"A Python `if`, `while`, `and` or `or` decides on a JAX tracer{place}: choose with jnp.where, on whole "
            "arrays."
        )
    if isinstance(error, jax.errors.ConcretizationTypeError | jax.errors.TracerIntegerConversionError):
        if "vmap(" in place:
            return (
                f"What vmap maps needs numbers, and finds tracers{place}: a function that isn't all JAX, as a fit "
                "by Minuit, can't be mapped. Loop over its calls in Python."
            )
        return (
            f"A Python float, int or shape is made from a JAX tracer{place}: inside grad, hessian and jit keep it an "
            "array."
        )
    if "Non-hashable static arguments" in str(error):
        return (
            "An array, or another thing without a hash, is declared static. Static arguments are compared by their "
            "values, and each new value compiles; numbers in arrays, indices as well, are traced."
        )
    if isinstance(error, jax.errors.NonConcreteBooleanIndexError):
        return (
            f"A boolean mask is an index{place}: under jit nobody knows how many entries are true, so the "
            "result has no shape. Choose with jnp.where, on whole arrays."
        )
    if "Reverse-mode differentiation does not work" in str(error):
        return (
            "jax.grad can't go backwards through a while_loop, or a fori_loop with limits that are traced: nobody "
            "knows how often it turns. Take lax.scan, or no loop at all."
        )
    if isinstance(error, jax.errors.UnexpectedTracerError):
        return f"A JAX tracer has leaked out of a transformation{place}: it was stored in a global variable or a list."
    message = next((text for text in str(error).splitlines() if text.strip()), "").strip()
    message = textwrap.shorten(message, 200, placeholder=" ...")
    if "requires ndarray or scalar" in message and "list" in message:
        return (
            f"A list comes back, or is handed on, where one array is asked: jnp.array or jnp.stack makes it one{place}."
        )
    if not frames and isinstance(error, TypeError):
        return f"It can't be called like its stub ({message}): keep the stub's arguments and their order."
    if isinstance(error, TypeError) and "NoneType" in str(error) and "callable" not in str(error):
        return (
            f"Something is None{place}: most likely one of your earlier functions that it calls isn't finished. "
            "`check.use(name)` gives you the course's until yours passes."
        )
    if isinstance(error, UnboundLocalError):
        return f"{message}{place}, for {case.kind}: is there a case that none of your `if` and `elif` treats?"
    if isinstance(error, NameError):
        return f"{message}{place}: run the cell that defines it, or correct its spelling."
    message = message.rstrip(".")
    text = f"It stops with {kind}{place}, for {case.kind}: {message}{'' if message.endswith(('?', '!')) else '.'}"
    shapes = any(words in message for words in ("broadcast", "shapes", "incompatible", "dimension", "size", "matmul"))
    of_the_notebook = captured(answer)
    if shapes and "zero-size" not in message and "keyword argument" not in message and not of_the_notebook:
        text += " Arrays of different shapes meet there: along which axis does each run, and is a size typed in?"
    return f"{text} {of_the_notebook}".strip()


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
    seen: list[str] = []
    waiting = globals_in(getattr(function, "__code__", None))
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.append(name)
        helper: Any = inspect.unwrap(namespace[name]) if callable(namespace.get(name)) else None
        if helper is not function and getattr(helper, "__globals__", None) is namespace:
            waiting += globals_in(helper.__code__)
    own = [name for name in seen if not name.isupper() and not name.startswith("_")]
    read = [name for name in own if is_data(namespace.get(name))]
    if not read:
        return ""
    return (
        f"It reads `{'` and `'.join(read)}` of the notebook, a global variable: the check calls it with other data, "
        "so everything must come in through the arguments."
    )


def is_data(value: object) -> bool:
    """Whether a global variable holds data, or a record of it such as a model; a dictionary of functions, or with keys
    that aren't names, does not."""
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and not any(map(callable, value.values())) and bool(value)
    record = is_dataclass(value) and not isinstance(value, type) and not callable(value)
    return record or isinstance(value, np.ndarray | jax.Array | pd.DataFrame | list)


def globals_in(code: types.CodeType | None) -> list[str]:
    """The global names that a function and the functions inside it read."""
    if code is None:
        return []
    own = [step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    inner = [name for one in code.co_consts if isinstance(one, types.CodeType) for name in globals_in(one)]
    return ordered([*own, *inner])
