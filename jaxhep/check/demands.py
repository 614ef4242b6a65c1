"""Demands that a task may make besides the numbers: what happens under a transformation, and how often."""

from __future__ import annotations

import contextlib
import copy
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np
from jax.errors import KeyReuseError

from jaxhep.check.reading import Case, Finding, as_numpy, copied, explain, known_cause


def transformed(
    name: str,
    function: Callable,
    answer: Callable,
    case: Case,
    causes: Mapping[str, str] | None = None,
    where: str | None = None,
) -> Any:
    """The value of ``function``, a transformation of ``answer`` called ``name``; an exception becomes a ``Finding``.

    causes : as in ``Task.errors``. where : begins the sentence about an exception that isn't among them.
    """
    try:
        return as_numpy(function(*copied(case.args)))
    except Exception as error:
        where = f"It fails under {name}. " if where is None else where
        raise Finding(known_cause(error, causes) or where + explain(error, answer, case)) from None


def uses_a_key_twice(answer: Callable, *args: object) -> bool:
    """Whether JAX's checker (jax.debug_key_reuse) objects to a call; what else goes wrong there is left to the ordinary
    call."""
    try:
        with jax.debug_key_reuse(True):
            answer(*args)
    except KeyReuseError:
        return True
    except Exception:
        return False
    return False


@contextlib.contextmanager
def watching(look: Callable[[types.FrameType], None]) -> Iterator[None]:
    """Show every frame that Python enters in this block to ``look``, which may raise."""

    def watch(frame: types.FrameType, event: str, _: object) -> None:
        if event == "call":
            look(frame)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)


def calls_of(codes: set[types.CodeType], function: Callable, *args: object) -> int:
    """How many calls of Python functions with these codes happen during this call."""
    seen: list[types.CodeType] = []
    with watching(lambda frame: seen.append(frame.f_code) if frame.f_code in codes else None):
        function(*copied(args))
    return len(seen)


_compilations = 0


def _count_compilation(event: str, duration_secs: float, **_: object) -> None:
    global _compilations
    _compilations += event.endswith("backend_compile_duration")


jax.monitoring.register_event_duration_secs_listener(_count_compilation)


def compilations(function: Callable, *args: object) -> int:
    """How many programs JAX compiles during this call."""
    before = _compilations
    function(*copy.copy(args))
    return _compilations - before


def kurtosis(x: np.ndarray) -> float:
    """3 for a Gaussian, 1.8 for a uniform distribution, 1 for +-1."""
    centred = x - x.mean()
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])
