"""What breaks the purity of a function: what it keeps from call to call, and what it reads past its parameters.

Every place in which Python can keep something is compared before and after a call, what the function reads of the
notebook is listed, and it is run inside jit.
"""

from __future__ import annotations

import contextlib
import dis
import inspect
import math
import random
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result, ordered, same
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding, call
from jaxhep.check.verdict import Task

NUMPY, PYTHON = "NumPy's hidden random state", "the hidden state of Python's random"


@dataclass(eq=False, kw_only=True)
class Pure(Task):
    """A task about purity: hidden inputs and outputs are looked for before the numbers, and jit comes after them."""

    def judge(self, answer: Callable) -> None:
        case = self._hidden[0][0]
        keeps_nothing(answer, lambda: call(answer, case, self.errors))
        reads_nothing(answer)
        super().judge(answer)
        for one, right in zip(*self._hidden, strict=True):
            inside_jit(self, answer, one, right)


def notebook_functions(answer: Callable) -> Iterator[tuple[str, Callable]]:
    """The learner's function and those of the notebook that it calls, by name, as written: with their decorators."""
    seen: list[object] = []
    waiting = [(getattr(answer, "__name__", type(answer).__name__), answer)]
    while waiting:
        name, function = waiting.pop(0)
        plain = inspect.unwrap(function)
        if any(plain is one for one in seen):
            continue
        seen.append(plain)
        yield name, function
        namespace = notebook(plain)
        waiting += [(name, namespace[name]) for name in names_of(plain) if callable(namespace.get(name))]


def notebook(function: Callable) -> dict:
    """The global variables that a function sees, if it was written in a notebook."""
    namespace = getattr(function, "__globals__", {})
    return namespace if namespace.get("__name__") == "__main__" else {}


def names_of(function: Callable) -> list[str]:
    """The global names that a function reads or assigns to."""
    steps = (step for code in codes_in(function) for step in dis.get_instructions(code))
    return ordered([step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL")])


def codes_in(function: Callable) -> Iterator[types.CodeType]:
    """The code of a function and of the functions inside it."""
    waiting = [getattr(function, "__code__", None)]
    while waiting:
        code = waiting.pop()
        if isinstance(code, types.CodeType):
            yield code
            waiting += code.co_consts


def is_data(value: object) -> bool:
    """Whether a global variable holds data, and not a module, a class or a function."""
    return value is not None and not callable(value) and not isinstance(value, types.ModuleType)


def is_constant(name: str, value: object) -> bool:
    """A constant by its name, as this course writes them, or one of mathematics."""
    return name.isupper() or name.startswith("_") or (isinstance(value, float) and value == getattr(math, name, None))


def kind_of(value: object) -> str:
    kinds = {"list": list, "dictionary": Mapping, "set": set, "array": np.ndarray | jax.Array}
    return next((kind for kind, types_ in kinds.items() if isinstance(value, types_)), "variable")


def memory(answer: Callable) -> dict[str, object]:
    """What stands wherever Python can keep something from call to call; the keys complete "a call changes ..."."""
    places: dict[str, object] = {NUMPY: np.random.get_state(), PYTHON: random.getstate()}
    for name, function in notebook_functions(answer):
        plain = inspect.unwrap(function)
        for one in (function, plain):
            own = {key: value for key, value in getattr(one, "__dict__", {}).items() if not key.startswith("_")}
            places |= {f"the attribute `{name}.{key}`": value for key, value in own.items()}
        code, cells = getattr(plain, "__code__", None), getattr(plain, "__closure__", None) or ()
        for variable, cell in zip(code.co_freevars if code else (), cells, strict=False):
            with contextlib.suppress(ValueError):  # not yet assigned
                places[f"the variable `{variable}` of the function around it"] = cell.cell_contents
        if code:
            defaults = getattr(plain, "__defaults__", None) or ()
            named = zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
            for parameter, value in [*named, *(getattr(plain, "__kwdefaults__", None) or {}).items()]:
                places[f"the default value of its parameter `{parameter}`"] = value
        namespace = notebook(plain)
        for variable in names_of(plain):
            value = namespace.get(variable)
            if is_data(value) and not isinstance(value, Iterator):
                places[f"the global {kind_of(value)} `{variable}`"] = value
    return {place: fingerprint(value) for place, value in places.items()}


def fingerprint(value: object, depth: int = 5) -> object:
    """Something that differs after a change in place."""
    if depth == 0 or isinstance(value, jax.core.Tracer):
        return id(value)
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    if isinstance(value, np.ndarray | jax.Array):
        array = np.asarray(value)
        return array.shape, str(array.dtype), array.tobytes()
    if isinstance(value, np.random.Generator):
        return fingerprint(value.bit_generator.state, depth)
    if isinstance(value, Mapping):
        return [(str(key), fingerprint(one, depth - 1)) for key, one in value.items()]
    if isinstance(value, list | tuple | set):
        return [fingerprint(one, depth - 1) for one in value]
    if isinstance(value, int | float | complex | str | bytes | np.generic):
        return repr(value)
    inside = getattr(value, "__dict__", None)
    return fingerprint(inside, depth - 1) if isinstance(inside, dict) and not callable(value) else id(value)


def keeps_nothing(answer: Callable, once: Callable[[], Any]) -> Any:
    """What ``once``, a call of ``answer``, returns; or raise the ``Finding`` that names the place which it changes.

    A function under jit runs its Python code only while it is traced, so there jit is off meanwhile.
    """
    decorated = any(hasattr(function, "__wrapped__") for _, function in notebook_functions(answer))
    before = memory(answer)
    with jax.disable_jit() if decorated else contextlib.nullcontext():
        value = once()
    jax.effects_barrier()
    after = memory(answer)
    changed = [place for place in after if place in before and after[place] != before[place]]
    changed += [place for place in after if place not in before]
    if not changed:
        return value
    if changed[0] in (NUMPY, PYTHON):
        raise Finding(
            f"It draws from {changed[0]}: inside jit that happens once, while tracing, and every later call repeats "
            "the same numbers. Draw them from a key that comes in as an argument."
        )
    raise Finding(
        f"A call changes {changed[0]}: something is kept from call to call. Inside jit that line runs only while "
        "tracing, on tracers. What shall be kept goes out through `return`, and comes back in as an argument."
    )


def reads_nothing(answer: Callable) -> None:
    """Raise the ``Finding`` that names data of the notebook which the function reads past its parameters."""
    for _, function in notebook_functions(answer):
        plain = inspect.unwrap(function)
        for name in names_of(plain):
            value = notebook(plain).get(name)
            if isinstance(value, Iterator):
                raise Finding(
                    f"It takes its data from the global iterator `{name}`: each element is there once, and inside jit "
                    "one is taken while tracing and none afterwards. An array, or the state itself, comes in as an "
                    "argument."
                )
            if is_data(value) and not is_constant(name, value):
                raise Finding(
                    f"The answer still reads the global {kind_of(value)} `{name}`: under jit its value is frozen when "
                    "the function is traced. Make it a parameter (only what never changes may stay outside, with a "
                    "name in CAPITALS)."
                )


def inside_jit(task: Task, answer: Callable, case: Case, right: Result) -> None:
    """Raise a ``Finding`` unless the function, traced afresh with all its arguments, gives the right numbers."""
    value = transformed("jit", jax.jit(lambda *args: answer(*args)), answer, case)
    (expected,), (got,) = task.align([right]), task.align([task._read(value, case, right)])
    if not same(got, expected, task.rtol, task.atol):
        raise Finding(
            f"Inside jit the numbers are others than outside, for {case.kind}: something depends on when it is traced."
        )
