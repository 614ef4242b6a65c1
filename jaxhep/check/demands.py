"""Demands that a task may make besides the numbers: what happens under a transformation, and how often."""

from __future__ import annotations

import contextlib
import copy
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

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


def folds_a_spent_key(answer: Callable, *args: object) -> bool:
    """Whether a call, with jit off, uses a key in ``jax.random.fold_in`` that it also draws from or splits.

    JAX's checker allows that.
    """
    folded: dict[int, jax.Array] = {}
    original = jax.random.fold_in

    def noting(key: jax.Array, data: Any) -> jax.Array:
        folded[id(key)] = key
        return original(key, data)

    with jax.disable_jit(), mock.patch.object(jax.random, "fold_in", noting):
        with contextlib.suppress(Exception), jax.debug_key_reuse(True):
            answer(*args)
        return any(uses_a_key_twice(jax.random.bits, key) for key in folded.values())


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


def skewness(x: np.ndarray) -> float:
    """0 for a symmetric distribution."""
    centred = x - x.mean()
    return float(np.mean(centred**3) / np.mean(centred**2) ** 1.5)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


def strongest_correlation(x: np.ndarray) -> tuple[float, int, int, bool]:
    """The largest correlation of two of the columns in size, which two these are, and whether it is their squares'."""
    both = np.stack([np.corrcoef(x, rowvar=False), np.corrcoef(x**2, rowvar=False)])
    both[:, range(x.shape[1]), range(x.shape[1])] = 0
    power, i, j = np.unravel_index(np.abs(both).argmax(), both.shape)
    return float(both[power, i, j]), int(i), int(j), bool(power)
