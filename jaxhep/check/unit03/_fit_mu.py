"""Task 5: Newton's method in a while_loop that ends in any case."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.compare import Result
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit03._newton import (
    LIMITED,
    START,
    cases,
    comes_to_an_end,
    end_where_there_is_one,
    newton,
    reference,
    repeated,
)
from jaxhep.check.verdict import Task


@dataclass(eq=False, kw_only=True)
class Loop(Task):
    """A task whose answer may loop for ever: that is found first, where it can still be stopped."""

    def judge(self, answer: Callable) -> None:
        first, *_, runs_away, _ = self._hidden[0]
        comes_to_an_end(answer, runs_away)
        comes_to_an_end(answer, Case((*first.args[:-1], jnp.asarray(10_000)), first.kind))
        super().judge(answer)

    def _is_made(self, variant: Callable, cases: list[Case], got: list[Result]) -> bool:
        return not any(self._wrong(got, _results(variant)))


@functools.cache
def _results(variant: Callable) -> list[Result]:
    """What a known mistake gives, compiled once for each shape."""
    compiled = jax.jit(variant)
    return task.align([[np.asarray(one, float) for one in compiled(*case.args)] for case in task._hidden[0]])


task = Loop(
    number=5,
    name="fit_mu",
    reference=reference,
    cases=cases,
    outputs=("mu", "the steps", "converged"),
    align=end_where_there_is_one,
    rtol=1e-8,
    atol=1e-9,
    meaning="A whole fit is one compiled function, that stops when it is done and says so; vmap makes a thousand fits "
    "of it.",
    errors={
        "carry": "The carry of the loop changes its form: what the body returns must have the structure, shapes and "
        "types of the start value.",
        "cond_fun": "The condition of while_loop returns a single True or False, computed from the carry.",
        "predicate": "The condition of while_loop has to be a single True or False.",
    },
)


def columns(results: list[Result]) -> np.ndarray:
    """mu, steps and converged of all cases, (3, cases)."""
    return np.array([[float(one.ravel()[0]) if one.size == 1 else np.nan for one in result] for result in results]).T


@task.symptom
def changed_places(got: list[Result], expected: list[Result]) -> str | None:
    (_, steps, said), (_, right, truth) = columns(got)[:, :-2], columns(expected)[:, :-2]
    if np.array_equal(steps, truth) and np.array_equal(said, right):
        return "The number of steps and `converged` have changed places: the steps come second, `converged` third."
    return None


@task.symptom
def same_for_every_tolerance(got: list[Result], expected: list[Result]) -> str | None:
    steps = columns(got)[1, 1:5]
    if np.ptp(steps) == 0:
        return (
            f"It counts {steps[0]:.0f} steps for a tolerance of 0.1 and {steps[-1]:.0f} for 1e-10: the loop has to "
            "stop as soon as a step isn't larger than the tolerance that came in."
        )
    return None


@task.symptom
def another_limit(got: list[Result], expected: list[Result]) -> str | None:
    steps, right = columns(got)[1], columns(expected)[1]
    most = steps.max()
    few = most < right.max() and np.array_equal(np.delete(steps, LIMITED), np.minimum(np.delete(right, LIMITED), most))
    many = steps[LIMITED] > 3
    said = f"It stops after {most:.0f} steps where {right.max():.0f} are needed and max_steps is 50. " * bool(few)
    said += f"With max_steps = 3 it makes {steps[LIMITED]:.0f} steps. " * bool(many)
    return f"{said}The limit is an argument." if said else None


@task.symptom
def says_it_wrongly(got: list[Result], expected: list[Result]) -> str | None:
    (*numbers, said), (*right, truth) = columns(got), columns(expected)
    if np.allclose(numbers, right, rtol=1e-7, atol=1e-8) and (wrong := np.flatnonzero(said != truth)).size:
        one = wrong[0]
        return (
            f"mu and steps are right, but for {task._hidden[0][one].kind} `converged` is {bool(said[one])}: it says "
            "whether the last step isn't larger than the tolerance."
        )
    return None


@task.symptom
def steps_alone(got: list[Result], expected: list[Result]) -> str | None:
    (mu, steps, _), (right_mu, right, _) = columns(got), columns(expected)
    if not np.allclose(mu, right_mu, rtol=1e-7, atol=1e-8):
        return None
    one = np.flatnonzero(steps != right)[0]
    return (
        f"The fit is right, but it reports {steps[one]:.0f} steps where Newton's method takes {right[one]:.0f}, for "
        f"{task._hidden[0][one].kind}: what is counted, and does a step that equals the tolerance end the loop?"
    )


@task.symptom
def tight_tolerances_alone(got: list[Result], expected: list[Result]) -> str | None:
    mu, right = columns(got)[0], columns(expected)[0]
    tight, loose = [0, 4, 8], [1, 2, 3, 5, 6, 7]
    if np.allclose(mu[tight], right[tight], rtol=1e-7, atol=1e-8) and not np.allclose(mu[loose], right[loose]):
        return (
            "mu is right for a tolerance of 1e-10, but for a loose one, such as 0.01, it doesn't end where Newton's "
            "method does: each step is g/h at the present mu, and the first that isn't larger than the tolerance is "
            "the last, made and counted."
        )
    return None


@task.demand
def is_one_program(answer: Callable) -> None:
    """Inside jit, with the tolerance and the limit traced, and with a loop that can stop early."""
    function = jax.jit(lambda *args: answer(*args))
    hidden, right = task._hidden
    found = [task._read(transformed("jit", function, answer, case), case) for case in hidden]
    if wrong := [case.kind for case, bad in zip(hidden, task._wrong(found, right), strict=True) if bad]:
        raise Finding(f"Inside jit the numbers are others than outside, for {wrong[0]}.")
    if not programs.primitives(jax.make_jaxpr(lambda *args: answer(*args))(*hidden[0].args))["while"]:
        raise Finding(
            "There is no `while` in its jaxpr: it always runs a fixed number of turns, and only pretends to stop. "
            "Use jax.lax.while_loop."
        )


@task.demand
def fits_many_toys(answer: Callable) -> None:
    signal, background, *_, tolerance, limit = cases()[0].args
    counts = jnp.array([[112.0, 84.0, 41.0], [130.0, 101.0, 70.0], [98.0, 55.0, 33.0], [3.0, 2.0, 1.0]])
    case = Case((signal, background, counts, tolerance, limit), "four data sets")
    many = jax.jit(jax.vmap(lambda *args: answer(*args), (None, None, 0, None, None)))
    mu, _, converged = transformed("jit and vmap", many, answer, case)
    right = [reference(signal, background, n, tolerance, limit)[0] for n in counts[:3]]
    if not np.allclose(mu[:3], right) or not np.array_equal(converged, [True, True, True, False]):
        raise Finding("Mapped over data sets by vmap, of which one doesn't converge, mu or converged come out wrong.")


# --- known mistakes


@task.mistake("It returns the start value: the loop makes no step. Its condition says when to go on, not when to stop.")
def condition_turned_round(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) < tolerance, max_steps)
    return mu, steps, abs(change) <= tolerance


@task.mistake("It stops after a single step, however large that was.")
def one_step(signal, background, counts, tolerance, max_steps):
    mu, change, steps = newton(signal, background, counts)(START)
    return mu, steps, abs(change) <= tolerance


@task.mistake("It stops after two steps, however large the second was.")
def two_steps(signal, background, counts, tolerance, max_steps):
    step = newton(signal, background, counts)
    mu, change, steps = step(step(START))
    return mu, steps, abs(change) <= tolerance


@task.mistake(
    "The loop ends as soon as mu goes down: compare the size of the step, its absolute value, with the tolerance."
)
def no_absolute_value(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: state[1] > tolerance, max_steps)
    return mu, steps, change <= tolerance


@task.mistake(
    "The loop ends as soon as mu goes down, so most fits end too early, and say so: the condition of the loop needs "
    "the absolute value of the step, as `converged` has it."
)
def no_absolute_value_in_the_condition(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: state[1] > tolerance, max_steps)
    return mu, steps, abs(change) <= tolerance


@task.mistake(
    "The loop ends as soon as mu goes up: compare the size of the step, its absolute value, with the tolerance."
)
def no_absolute_value_of_g_over_h(signal, background, counts, tolerance, max_steps):
    step = newton(signal, background, counts)

    def body(state):
        mu, change, steps = step(state)
        return mu, -change, steps

    mu, change, steps = repeated(body, lambda state: state[1] > tolerance, max_steps)
    return mu, steps, change <= tolerance


@task.mistake("What comes back first is the last step, not where it led to.")
def last_step_returned(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    _, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return change, steps, abs(change) <= tolerance


@task.mistake("The loop begins at mu = 0: the task starts at 1, and the number of steps depends on it.")
def start_at_zero(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    start = 0.0, jnp.inf, 0
    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps, start)
    return mu, steps, abs(change) <= tolerance


@task.mistake("`converged` is True whatever happens: a fit that has run out of steps, or met NaN, hasn't converged.")
def always_converged(signal, background, counts, tolerance, max_steps):
    mu, steps, _ = reference(signal, background, counts, tolerance, max_steps)
    return mu, steps, True


@task.mistake("`converged` is turned round: it is True where the last step is larger than the tolerance.")
def converged_turned_round(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu, steps, abs(change) > tolerance


@task.mistake(
    "`converged` asks how many steps were made: the last that is allowed may be small enough, and a step that is NaN "
    "ends the loop early without an end in sight. Ask for the size of the last step."
)
def converged_by_steps(signal, background, counts, tolerance, max_steps):
    mu, steps, _ = reference(signal, background, counts, tolerance, max_steps)
    return mu, steps, steps < max_steps


@task.mistake(
    "`converged` is right for numbers, but a step that is NaN counts as small: NaN > tolerance is False, too."
)
def converged_with_nan(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu, steps, ~(abs(change) > tolerance)


@task.mistake("With max_steps = 3 it makes four steps: count those that were made before the next one is begun.")
def one_step_more(signal, background, counts, tolerance, max_steps):
    return reference(signal, background, counts, tolerance, max_steps + 1)


@task.mistake(
    "The curvature is that of the expectation, the sum of S^2/E: the fit arrives, but by other steps than Newton's. "
    "In h stands n S^2/E^2."
)
def expected_curvature(signal, background, counts, tolerance, max_steps):
    def body(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(signal**2 / expected)
        return mu + change, change, steps + 1

    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu, steps, abs(change) <= tolerance


@task.mistake("Every step is half of Newton's, and it takes many: the factor 2 stands in g and in h, or in neither.")
def factor_2_in_the_curvature_alone(signal, background, counts, tolerance, max_steps):
    step = newton(signal, background, counts)

    def body(state):
        mu, change, steps = step(state)
        return mu - change / 2, change / 2, steps

    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu, steps, abs(change) <= tolerance


@task.mistake(
    "The square of the step is compared with the tolerance: then it stops at the root of the tolerance. Take the "
    "absolute value."
)
def square_of_the_step_compared(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: state[1] ** 2 > tolerance, max_steps)
    return mu, steps, change**2 <= tolerance


@task.mistake("The slope g is compared with the tolerance: asked is the size of the step.")
def slope_compared(signal, background, counts, tolerance, max_steps):
    def slope(mu):
        return 2 * jnp.sum(signal * (1 - counts / (mu * signal + background)))

    def body(state):
        mu, _, steps = state
        g, h = slope(mu), jax.grad(slope)(mu)
        return mu - g / h, g, steps + 1

    mu, g, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu, steps, abs(g) <= tolerance


@task.mistake("The slope g at the mu that was reached is compared with the tolerance: asked is the size of the step.")
def slope_there_compared(signal, background, counts, tolerance, max_steps):
    def slope(mu):
        return 2 * jnp.sum(signal * (1 - counts / (mu * signal + background)))

    step = newton(signal, background, counts)

    def body(state):
        mu, _, steps = step(state)
        return mu, slope(mu), steps

    start = 1.0, slope(1.0), 0
    mu, g, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps, start)
    return mu, steps, abs(g) <= tolerance


@task.mistake("The step is compared with the tolerance times mu: asked is the step itself.")
def step_relative_to_mu(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance * abs(state[0]), max_steps)
    return mu, steps, abs(change) <= tolerance * abs(mu)


@task.mistake("The steps are right, but the mu that comes back is the one before the last of them.")
def mu_before_the_last_step(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) > tolerance, max_steps)
    return mu - change, steps, abs(change) <= tolerance


@task.mistake(
    "It stops one step early: the first step that isn't larger than the tolerance is computed, but neither made nor "
    "counted."
)
def last_step_not_made(signal, background, counts, tolerance, max_steps):
    step = newton(signal, background, counts)

    def change(mu):
        return step((mu, 0.0, 0))[1]

    def body(state):
        mu, steps = state
        return mu + change(mu), steps + 1

    def go_on(state):
        return (abs(change(state[0])) > tolerance) & (state[1] < max_steps)

    mu, steps = jax.lax.while_loop(go_on, body, (1.0, 0))
    return mu, steps, abs(change(mu)) <= tolerance


@task.mistake("The loop goes on after a step that equals the tolerance: go on only where it is larger, > and not >=.")
def goes_on_if_equal(signal, background, counts, tolerance, max_steps):
    body = newton(signal, background, counts)
    mu, change, steps = repeated(body, lambda state: abs(state[1]) >= tolerance, max_steps)
    return mu, steps, abs(change) <= tolerance
