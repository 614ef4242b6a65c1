"""Newton's method for one parameter, the data that task 5 tries, and loops that don't end."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.demands import watching
from jaxhep.check.reading import Case, Finding, captured, copied
from jaxhep.check.unit03._purity import codes_in, notebook_functions

START = 1.0, jnp.inf, 0
"""The state of the loop before the first step: mu, the last step, the number of steps."""
TOLERANCES = 0.1, 1e-2, 1e-3, 1e-10  # no step of the data sets below is close to one of them


def newton(signal, background, counts):
    """The body of the loop."""

    def body(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    return body


def repeated(body, go_on, max_steps, start=START):
    """The last state of the loop."""
    return jax.lax.while_loop(lambda state: go_on(state) & (state[2] < max_steps), body, start)


def reference(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu, steps, abs(change) <= tolerance


def cases() -> list[Case]:
    signal, background = np.array([10.0, 20.0, 15.0]), np.array([100.0, 60.0, 30.0])

    def case(counts: list[float], kind: str, tolerance: float = 1e-10, max_steps: int = 50, bins: int = 3) -> Case:
        spectra = signal[:bins], background[:bins], np.array(counts)
        return Case((*map(jnp.asarray, spectra), jnp.asarray(tolerance), jnp.asarray(max_steps)), kind)

    above, near_0 = [130.0, 101.0, 70.0], [98.0, 55.0, 33.0]
    other = Case(
        (*map(jnp.asarray, (background / 9, 4 * signal, 5 * signal)), *case(above, "").args[3:]), "other spectra"
    )
    return [
        case([112.0, 84.0, 41.0], "data near mu = 1"),
        *(case(above, f"data with mu above 2, tolerance {t:g}", t) for t in TOLERANCES),
        *(case(near_0, f"data with mu near 0, tolerance {t:g}", t) for t in TOLERANCES),
        case([111.0], "one bin", bins=1),
        other,
        Case(
            tuple(map(jnp.asarray, (3e5 * signal, 3e5 * background, 3e5 * np.array(above), 0.1, 50))),
            "so many events that the slope is large where the step is small",
        ),
        Case(
            tuple(map(jnp.asarray, ([4.0, 2.0], [4.0, 6.0], [8.0, 8.0], 0.0, 50))), "a tolerance of 0 and a step of 0"
        ),
        case(above, "max_steps = 3, too few to converge", max_steps=3),
        case(above, "max_steps = 6, just enough to converge", max_steps=6),
        case([3.0, 2.0, 1.0], "data with so few events that Newton's method runs away", max_steps=8),
        case([112.0, np.nan, 41.0], "data that hold NaN", max_steps=8),
    ]


LIMITED, ENOUGH = -4, -3


def end_where_there_is_one(results: list[Result]) -> list[Result]:
    """Without mu and steps of the last two cases, whose fits don't converge."""
    masked = [[np.zeros_like(mu), np.zeros_like(steps), converged] for mu, steps, converged in results[-2:]]
    return [*results[:-2], *masked]


class _NoEnd(Exception):
    """Raised inside a loop that goes on and on."""


def _watched(answer: Callable, args: tuple, turns: int) -> Any:
    """Run it with the loops of JAX as Python loops, which can be interrupted: a compiled loop without end can't be."""
    calls = dict.fromkeys((code for _, one in notebook_functions(answer) for code in codes_in(inspect.unwrap(one))), 0)

    def count(frame: types.FrameType) -> None:
        if frame.f_code in calls:
            calls[frame.f_code] += 1
            if calls[frame.f_code] > turns:
                raise _NoEnd

    with jax.disable_jit(), watching(count):
        return answer(*copied(args))


def comes_to_an_end(answer: Callable, case: Case, turns: int = 100) -> None:
    """Raise a ``Finding`` where a loop of the answer goes on beyond so many ``turns``."""
    try:
        _watched(answer, case.args, turns)
    except _NoEnd:
        _, steps, converged = reference(*case.args)
        if converged and _first_step(answer, case) == -_first_step(reference, case):
            raise Finding("The first step leads away from the minimum: mu - g/h, with a minus.") from None
        needs = f"Newton's method converges in {steps} steps" if converged else f"max_steps is {case.args[-1]}"
        why = captured(answer) or (
            "It has to end with the first step that isn't larger than the tolerance, and after max_steps in any case; "
            "and steps become small only if each is g/h, both summed over the bins."
        )
        raise Finding(f"The loop still runs after {turns} turns, for {case.kind}, where {needs}. {why}") from None
    except Exception:  # explained by the ordinary call
        return


def _first_step(answer: Callable, case: Case) -> float:
    """Where the first step of an answer that keeps to ``max_steps`` leads, rounded."""
    try:
        mu, *_ = _watched(answer, (*case.args[:-1], jnp.asarray(1)), 20)
        return round(float(mu) - 1, 6)
    except Exception:
        return float("nan")
