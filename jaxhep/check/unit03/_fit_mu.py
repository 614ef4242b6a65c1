"""Task 5: Newton's method in a while_loop."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.compare import Result, same
from jaxhep.check.demands import transformed, watching
from jaxhep.check.reading import Case, Finding, copied
from jaxhep.check.unit03._purity import codes_in, notebook_functions
from jaxhep.check.verdict import Task

START = 1.0, jnp.inf, 0
"""The state of the loop before the first step: mu, the last step, the number of steps."""


def newton(signal, background, counts):
    """The body of the loop."""

    def body(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    return body


def reference(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, _, steps = jax.lax.while_loop(lambda state: jnp.abs(state[1]) > tolerance, body, START)
    return mu, steps


def cases() -> list[Case]:
    signal, background = np.array([10.0, 20.0, 15.0]), np.array([100.0, 60.0, 30.0])
    return [
        Case(tuple(map(jnp.asarray, (signal, background, np.array([112.0, 84.0, 41.0]), 1e-10))), "data near mu = 1"),
        Case(
            tuple(map(jnp.asarray, (signal, background, np.array([130.0, 101.0, 70.0]), 1e-10))), "data with mu above 2"
        ),
        Case(tuple(map(jnp.asarray, (signal, background, np.array([98.0, 55.0, 33.0]), 1e-10))), "data with mu near 0"),
        Case(tuple(map(jnp.asarray, (signal[:1], background[:1], np.array([111.0]), 1e-10))), "one bin"),
    ]


def without_steps(results: list[Result]) -> list[Result]:
    """Only mu is compared: the steps are judged by a demand of their own, for several tolerances."""
    return [[result[0], np.zeros_like(result[1])] for result in results]


@dataclass(eq=False, kw_only=True)
class Loop(Task):
    """A task whose answer may loop for ever: that is found first, where it can still be stopped.

    detours : the known mistakes that arrive all the same, by other steps.
    """

    detours: list[Callable] = field(default_factory=list, init=False)

    def detour(self, sentence: str) -> Callable[[Callable], Callable]:
        """Register a known mistake that shows in the steps, not in where a small tolerance leads."""

        def register(variant: Callable) -> Callable:
            self.detours.append(variant)
            return self.mistake(sentence)(variant)

        return register

    def judge(self, answer: Callable) -> None:
        first, second, *others = self._hidden[0]
        comes_to_an_end(answer, second)
        for case in (first, *others):
            comes_to_an_end(answer, case, turns=2000)  # slow loops are explained later
        super().judge(answer)

    def _is_made(self, variant: Callable, cases: list[Case], got: list[Result]) -> bool:
        return variant not in self.detours and super()._is_made(variant, cases, got)


class _NoEnd(Exception):
    """Raised inside a loop that goes on and on."""


def comes_to_an_end(answer: Callable, case: Case, turns: int = 200) -> None:
    """Run it with the loops of JAX as Python loops, which can be interrupted: a compiled loop without end can't be."""
    calls = dict.fromkeys((code for _, one in notebook_functions(answer) for code in codes_in(inspect.unwrap(one))), 0)

    def count(frame: types.FrameType) -> None:
        if frame.f_code in calls:
            calls[frame.f_code] += 1
            if calls[frame.f_code] > turns:
                raise _NoEnd

    try:
        with jax.disable_jit(), watching(count):
            answer(*copied(case.args))
    except _NoEnd:
        raise Finding(
            f"The loop hasn't come to its end after {turns} turns, where Newton's method needs a few: does its "
            "condition ever become False, and do the steps become smaller?"
        ) from None
    except Exception:  # explained by the ordinary call
        return


task = Loop(
    number=5,
    name="fit_mu",
    reference=reference,
    cases=cases,
    outputs=("mu", "the steps"),
    align=without_steps,
    rtol=1e-7,
    atol=1e-8,
    meaning="A whole fit is one compiled function, that stops when it is done; vmap turns it into a thousand fits.",
    errors={
        "carry": "The carry of the loop changes its form: what the body returns must have the structure, shapes and "
        "types of the start value.",
        "cond_fun": "The condition of while_loop returns a single True or False, computed from the carry.",
        "predicate": "The condition of while_loop has to be a single True or False.",
    },
)


@task.demand
def stops_by_itself(answer: Callable) -> None:
    """The number of steps follows the tolerance, is that of Newton's method, and the loop is one of JAX's."""
    function = jax.jit(lambda *args: answer(*args))
    signal, background, counts, _ = cases()[1].args
    loose, tight = (Case((signal, background, counts, jnp.asarray(t)), cases()[1].kind) for t in (1e-2, 1e-10))
    few, many = (int(transformed("jit", function, answer, case)[1]) for case in (loose, tight))
    waits = programs.primitives(jax.make_jaxpr(lambda *args: answer(*args))(*tight.args))["while"] > 0
    if few >= many and waits:
        raise Finding(
            f"It counts {few} steps for a tolerance of 0.01 and {many} for 1e-10: the loop has to stop as soon as a "
            "step isn't larger than the tolerance that came in."
        )
    if few >= many:
        raise Finding(
            f"It takes {few} steps whatever the tolerance: the number of turns of a Python loop, a fori_loop or a "
            "scan is fixed before the data are seen. A loop that asks the data is a jax.lax.while_loop."
        )
    _takes_no_known_detour(function)
    right = int(reference(*tight.args)[1])
    if many > right + 3:
        raise Finding(
            f"It takes {many} steps where Newton's method takes {right}: is each step the slope divided by the "
            "curvature at the present mu?"
        )
    _stops_where_the_reference_does(function)
    if not waits:
        raise Finding(
            "There is no `while` in its jaxpr: it always runs a fixed number of turns, and only pretends to stop. "
            "Use jax.lax.while_loop."
        )


def _takes_no_known_detour(function: Callable) -> None:
    got = _stops(function)
    for sentence, variant in task.mistakes.values():
        if variant in task.detours and same(got, _known_stops(variant), 1e-9, 0.0):
            raise Finding(sentence)


def _stops_where_the_reference_does(function: Callable) -> None:
    """Raise a ``Finding`` unless mu and the number of steps are those of the reference, for loose tolerances, too."""
    (mu, steps), (right_mu, right) = _stops(function), _known_stops(reference)
    if not same([mu], [right_mu], 1e-9, 0.0):
        raise Finding(
            "It is right for a tolerance of 1e-10, but for a loose one, such as 0.01, it doesn't end where Newton's "
            "method does: each step is g/h at the present mu, and the first that isn't larger than the tolerance is "
            "the last, made and counted."
        )
    wrong = np.flatnonzero(steps != right)
    if wrong.size:
        one = wrong[0]
        raise Finding(
            f"The fit is right, but it reports {steps[one]:.0f} steps where Newton's method takes {right[one]:.0f}: "
            "what is counted?"
        )


def _stops(function: Callable) -> Result:
    """mu and the number of steps for two data sets and loose tolerances, a few that no step of theirs is close to."""
    fits = [function(*case.args[:3], jnp.asarray(t)) for case in cases()[1:3] for t in (0.1, 1e-2, 1e-3, 1e-10)]
    return [np.array([float(mu) for mu, _ in fits]), np.array([float(steps) for _, steps in fits])]


@functools.cache
def _known_stops(function: Callable) -> Result:
    return _stops(jax.jit(function))


@task.demand
def fits_many_toys(answer: Callable) -> None:
    signal, background, *_ = cases()[0].args
    counts = jnp.array([[112.0, 84.0, 41.0], [130.0, 101.0, 70.0], [98.0, 55.0, 33.0]])
    case = Case((signal, background, counts, jnp.asarray(1e-10)), "three data sets")
    many = jax.jit(jax.vmap(lambda s, b, n, t: answer(s, b, n, t), (None, None, 0, None)))
    values, _ = transformed("jit and vmap", many, answer, case)
    if not np.allclose(values, [reference(signal, background, n, 1e-10)[0] for n in counts]):
        raise Finding("Mapped over data sets by vmap, mu comes out wrong.")


# --- known mistakes


@task.mistake("It returns the start value: the loop makes no step. Its condition says when to go on, not when to stop.")
def condition_turned_round(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) < tolerance, body, START)
    return mu, steps


@task.mistake("It stops after a single step, however large that was.")
def one_step(signal, background, counts, tolerance):
    mu, _, steps = newton(signal, background, counts)(START)
    return mu, steps


@task.mistake("It stops after two steps, however large the second was.")
def two_steps(signal, background, counts, tolerance):
    step = newton(signal, background, counts)
    mu, _, steps = step(step(START))
    return mu, steps


@task.mistake(
    "The loop ends as soon as mu goes down: compare the size of the step, its absolute value, with the tolerance."
)
def no_absolute_value(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, _, steps = jax.lax.while_loop(lambda state: state[1] > tolerance, body, START)
    return mu, steps


@task.mistake(
    "The loop ends as soon as mu goes up: compare the size of the step, its absolute value, with the tolerance."
)
def no_absolute_value_of_g_over_h(signal, background, counts, tolerance):
    def body(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu - change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: state[1] > tolerance, body, START)
    return mu, steps


@task.mistake("What comes back first is the last step, not where it led to.")
def last_step_returned(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    _, change, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, body, START)
    return change, steps


@task.detour(
    "The curvature is that of the expectation, the sum of S^2/E: the fit arrives, but by other steps than Newton's. "
    "In h stands n S^2/E^2."
)
def expected_curvature(signal, background, counts, tolerance):
    def body(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(signal**2 / expected)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, body, START)
    return mu, steps


@task.detour("Every step is half of Newton's, and it takes many: the factor 2 stands in g and in h, or in neither.")
def factor_2_in_the_curvature_alone(signal, background, counts, tolerance):
    def body(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / (2 * jnp.sum(counts * (signal / expected) ** 2))
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, body, START)
    return mu, steps


@task.detour(
    "The square of the step is compared with the tolerance: then it stops at the root of the tolerance. Take the "
    "absolute value."
)
def square_of_the_step_compared(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, _, steps = jax.lax.while_loop(lambda state: state[1] ** 2 > tolerance, body, START)
    return mu, steps


@task.detour("The slope g is compared with the tolerance: asked is the size of the step.")
def slope_compared(signal, background, counts, tolerance):
    def slope(mu):
        return 2 * jnp.sum(signal * (1 - counts / (mu * signal + background)))

    def body(state):
        mu, _, steps = state
        g, h = slope(mu), jax.grad(slope)(mu)
        return mu - g / h, g, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, body, START)
    return mu, steps


@task.detour("The step is compared with the tolerance times mu: asked is the step itself.")
def step_relative_to_mu(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance * abs(state[0]), body, START)
    return mu, steps


@task.detour("The steps are right, but the mu that comes back is the one before the last of them.")
def mu_before_the_last_step(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, change, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, body, START)
    return mu - change, steps


@task.detour(
    "It stops one step early: the first step that isn't larger than the tolerance is computed, but neither made nor "
    "counted."
)
def last_step_not_made(signal, background, counts, tolerance):
    body = newton(signal, background, counts)
    mu, change, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, body, START)
    return mu - change, steps - 1
