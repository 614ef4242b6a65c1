"""What JAX makes of a function: counts of its jaxpr and of its compiled program, its log, and honest timing.

Counts come first in this course: unlike seconds they're the same on every machine. Primitives:
https://docs.jax.dev/en/latest/jaxpr.html; opcodes of compiled programs: https://openxla.org/xla/operation_semantics.
"""

import functools
import io
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr

from jaxhep import inputs

# Primitives that only wrap a jaxpr. A loop or a branch (scan, while, cond) wraps jaxprs, too, but does something of its
# own.
WRAPPERS = frozenset(
    {"jit", "pjit", "closed_call", "core_call", "checkpoint", "remat", "remat2", "custom_jvp_call", "custom_vjp_call"}
)
INSTRUCTION = re.compile(r"^\s*(?:ROOT )?%?[\w.-]+ = (?:\(.*?\)|\S+) ([a-z][a-z0-9-]*)\(", re.MULTILINE)
METADATA = re.compile(r", (?:metadata|backend_config|frontend_attributes)=\{(?:[^{}]|\{[^{}]*\})*\}")
TABLE = re.compile(r"^(?:FileNames|FunctionNames|FileLocations|StackFrames)\n(?:.+\n)*\n?", re.MULTILINE)


def inner(value: object) -> Iterator[Jaxpr]:
    """The jaxprs inside one parameter of an equation; a JAX version may close them, or keep several in a tuple."""
    if isinstance(value, ClosedJaxpr):
        yield value.jaxpr
    elif isinstance(value, Jaxpr):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from inner(one)


def primitives(jaxpr: ClosedJaxpr | Jaxpr) -> Counter[str]:
    """How often each primitive occurs in ``jaxpr``, as returned by ``jax.make_jaxpr(f)(*args)``, and in the jaxprs
    inside it.

    Mere wrappers (``jit`` and custom derivatives) are looked into, not counted. Loops and branches are counted and
    looked into; the body of a loop counts once, however often it runs. ``.total()`` of the result is the length of the
    program.

    Raises TypeError for anything but a jaxpr.
    """
    if not isinstance(jaxpr, ClosedJaxpr | Jaxpr):
        raise TypeError(
            f"primitives wants a jaxpr, this is a {type(jaxpr).__name__}; make one with jax.make_jaxpr(function)(*args)"
        )
    counts: Counter[str] = Counter()
    for equation in next(inner(jaxpr)).eqns:
        if equation.primitive.name not in WRAPPERS:
            counts[equation.primitive.name] += 1
        for value in equation.params.values():
            for below in inner(value):
                counts += primitives(below)
    return counts


def hlo(compiled: jax.stages.Compiled) -> str:
    """The text of a compiled program, ``jax.jit(f).lower(*args).compile()``, without notes on where in Python each line
    comes from."""
    if not isinstance(compiled, jax.stages.Compiled):
        raise TypeError(
            f"hlo wants a compiled program, this is a {type(compiled).__name__}; make one with "
            "jax.jit(f).lower(*args).compile()"
        )
    return METADATA.sub("", TABLE.sub("", compiled.as_text() or "")).strip()


def instructions(compiled: jax.stages.Compiled | str) -> Counter[str]:
    """How often each HLO opcode (``divide``, ``exponential``, ``fusion``...) occurs in a compiled program or its text,
    fusions looked into."""
    text = compiled if isinstance(compiled, str) else hlo(compiled)
    return Counter(INSTRUCTION.findall(text))


def counted(function: Callable) -> Any:
    """``function``, with an attribute ``calls`` that counts how often its Python body runs: under ``jax.jit``, how
    often it is traced."""
    inputs.function(function, "function")

    def wrapper(*args, **kwargs):
        counting.calls += 1
        return function(*args, **kwargs)

    counting: Any = functools.wraps(function)(wrapper)
    counting.calls = 0
    return counting


def logged(call: Callable[[], object]) -> str:
    """What JAX logs while ``call()`` runs, as inside ``with jax.log_compiles():``, instead of sending it to the
    terminal."""
    inputs.function(call, "call")
    logger, text = logging.getLogger("jax"), io.StringIO()
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [logging.StreamHandler(text)], False
    try:
        call()
    finally:
        logger.handlers, logger.propagate = before
    return text.getvalue()


def seconds(function: Callable, *args: object, repeats: int = 15) -> float:
    """The median time of a call in seconds, after a first call that isn't measured; every call is waited for with
    ``block_until_ready``."""
    inputs.function(function, "function")
    repeats = inputs.at_least_one(repeats, "repeats")
    jax.block_until_ready(function(*args))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(function(*args))
        times.append(time.perf_counter() - start)
    return statistics.median(times)
