"""Task 1: value and adjoints of the wasteful function by one sweep forward and one back."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.compare import Result
from jaxhep.check.demands import watching
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit01._costs import repeated
from jaxhep.check.verdict import Task


def wasteful(x1, x2):
    """The function of the exercise."""
    return (x1 / x2 - jnp.exp(x2)) * (jnp.sin(x1 / x2) + x1 / x2 - jnp.exp(x2))


def forward(x1, x2):
    """What the sweep forward stores: u, e, a and b."""
    u, e = x1 / x2, jnp.exp(x2)
    a = u - e
    return u, e, a, jnp.sin(u) + a


def slopes(x2, u, e, u_bar, e_bar):
    """The last steps back, from u and e to x1 and x2."""
    return u_bar / x2, -u_bar * u / x2 + e_bar * e


def reference(x1, x2):
    u, e, a, b = forward(x1, x2)
    a_bar = b + a
    u_bar, e_bar = a * jnp.cos(u) + a_bar, -a_bar
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


def cases() -> list[Case]:
    points = {
        "ordinary values with cos(u) < 0": (1.3, 0.8),
        "ordinary values with cos(u) > 0": (0.6, 0.9),
        "a negative x1": (-2.1, 0.6),
        "a small x2": (0.4, 0.15),
        "a large x2, where the exponential dominates": (2.5, 3.2),
        "a negative x2": (1.1, -0.7),
        "x1 = 0": (0.0, 0.7),
    }
    return [Case(point, kind) for kind, point in points.items()]


task = Task(
    number=1,
    name="reverse_by_hand",
    reference=reference,
    cases=cases,
    outputs=("the value y", "the adjoint of u", "the adjoint of e", "the slope in x1", "the slope in x2"),
    rtol=1e-11,
    meaning=(
        "One sweep back gives the slopes in all inputs, and each division, exponential, sine and cosine is made once."
    ),
)


@task.symptom
def typed_in(got: list[Result], expected: list[Result]) -> str | None:
    if all(np.array_equal(one, first) for result in got for one, first in zip(result, got[0], strict=True)):
        return "The same numbers come out for every input, so they are typed in: compute them from x1 and x2."
    return None


@task.demand
def no_automatic_differentiation(answer: Callable) -> None:
    seen: list[str] = []

    def look(frame: types.FrameType) -> None:
        if frame.f_code.co_filename.endswith("interpreters/ad.py"):
            seen.append(frame.f_code.co_name)

    with watching(look), contextlib.suppress(Exception):
        answer(np.float32(1.25), np.float32(0.75))  # a type of its own: no program of an earlier call fits
    if seen:
        raise Finding(
            "The numbers are right, but JAX differentiates for you (grad, vjp, jvp or the like runs inside). Here the "
            "backward sweep is yours: only products, sums and the local derivatives of each line."
        )


@task.demand
def nothing_twice(answer: Callable) -> None:
    try:
        closed = jax.make_jaxpr(answer)(1.25, 0.75)
    except Exception:
        raise Finding(
            "The numbers are right, but JAX can't trace the function, so nobody can count its operations: NumPy, "
            "`math` or `float` wants values, and while tracing there are none. Use jnp.exp, jnp.sin and jnp.cos."
        ) from None
    in_all, same_again = programs.primitives(closed), repeated(closed)
    in_all["exp"] -= not (in_all["sin"] or in_all["cos"])  # exp(iu) holds both
    # one exp, sin and cos is enough, whatever its operand; divisions of other numbers may be needed
    often = {name: max(in_all[name], same_again[name]) for name in ("exp", "sin", "cos")} | {"div": same_again["div"]}
    twice = [f"`{name}` {times} times" for name, times in often.items() if times > 1]
    if twice:
        raise Finding(
            f"The numbers are right, but your program does the same work again: {', '.join(twice)}. What the forward "
            "sweep has computed is stored in a variable, and the backward sweep takes it from there."
        )


# --- known mistakes


@task.mistake(
    "The adjoint of u misses a path: y depends on u through the sine, too. Adjoints that arrive from several uses are "
    "added."
)
def sine_path_missed(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a + b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake(
    "The adjoint of u has only what comes through the sine: u is also in both differences. Adjoints of several uses "
    "are added."
)
def sine_path_alone(x1, x2):
    u, e, a, b = forward(x1, x2)
    a_bar = a + b
    u_bar = a_bar
    u_bar = a * jnp.cos(u)
    return a * b, u_bar, -a_bar, *slopes(x2, u, e, u_bar, -a_bar)


@task.mistake(
    "The adjoint of u takes that of a too soon: a share from b still comes. A variable's adjoint is passed on when all "
    "its uses have been visited."
)
def a_passed_on_too_soon(x1, x2):
    u, e, a, b = forward(x1, x2)
    a_bar = b
    u_bar = a * jnp.cos(u) + a_bar
    a_bar = a_bar + a
    return a * b, u_bar, -a_bar, *slopes(x2, u, e, u_bar, -a_bar)


@task.mistake("The adjoint of u has the path through the second factor only: u is in the first factor, too.")
def u_in_second_factor_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * (jnp.cos(u) + 1), -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The adjoint of u has the path through the first factor only: u is in the second factor, too.")
def u_in_first_factor_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The adjoint of u misses a path: a is a factor of y and a part of b, so two contributions arrive at a.")
def a_as_factor_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    a_bar = b
    u_bar, e_bar = a * jnp.cos(u) + a_bar, -a_bar
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The adjoint of e has the path through the first factor only: e is subtracted in both.")
def e_in_first_factor_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -b
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The adjoint of e has the path through the second factor only: e is subtracted in both.")
def e_in_second_factor_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -a
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The adjoint of e has the wrong sign: e is subtracted.")
def e_added(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, a + b
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The derivative of the sine has the wrong sign: it is the cosine that has minus the sine.")
def minus_cosine(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = -a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The sine itself stands where its derivative belongs.")
def sine_for_cosine(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.sin(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake(
    "The factors of the product have their own adjoints: for y = a b the adjoint of a is b, and the adjoint of b is a."
)
def factors_exchanged(x1, x2):
    u, e, a, b = forward(x1, x2)
    a_bar, b_bar = a, b
    u_bar, e_bar = b_bar * jnp.cos(u) + b_bar + a_bar, -(a_bar + b_bar)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The partial derivative for x2 has the path through the exponential only: x2 is a denominator, too.")
def x2_as_exponent_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, u_bar / x2, e_bar * e


@task.mistake("The partial derivative for x2 has the path through the ratio only: x2 is an exponent, too.")
def x2_as_denominator_only(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, u_bar / x2, -u_bar * u / x2


@task.mistake(
    "The partial derivative for x2 misses the derivative of the exponential, which is the exponential itself."
)
def exponential_not_differentiated(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, u_bar / x2, -u_bar * u / x2 + e_bar


@task.mistake("In the partial derivative for x2 the ratio has the wrong sign: 1/x2 falls where x2 rises.")
def ratio_rises(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, u_bar / x2, u_bar * u / x2 + e_bar * e


@task.mistake(
    "In the partial derivative for x2 the ratio's part is off: the derivative of x1/x2 by x2 is -x1/x2 squared, which "
    "is -u/x2."
)
def one_power_of_x2(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, u_bar / x2, -u_bar * u + e_bar * e


@task.mistake(
    "The cosine is right only where it is negative: taken from the sine by a square root, it has lost its sign."
)
def cosine_always_negative(x1, x2):
    u, e, a, b = forward(x1, x2)
    cosine = -jnp.sqrt(1 - jnp.sin(u) ** 2)
    u_bar, e_bar = a * cosine + a + b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The cosine is right only where it is positive: a square root of 1 - sin(u)**2 is never negative.")
def cosine_always_positive(x1, x2):
    u, e, a, b = forward(x1, x2)
    cosine = jnp.sqrt(1 - jnp.sin(u) ** 2)
    u_bar, e_bar = a * cosine + a + b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The sine's path to u lacks the adjoint that arrives at b: a local derivative is multiplied by it.")
def local_derivative_alone(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake(
    "The adjoint of e has the factor exp(x2) already: that is its share of the slope in x2, not the derivative of y "
    "by e."
)
def share_of_x2_for_adjoint_of_e(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b) * e
    return a * b, u_bar, e_bar, u_bar / x2, -u_bar * u / x2 + e_bar


@task.mistake("The adjoint of e has the factor exp(x2) already, and the slope in x2 gets it twice.")
def exponential_twice(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b) * e
    return a * b, u_bar, e_bar, *slopes(x2, u, e, u_bar, e_bar)


@task.mistake("The adjoint of u is divided by x2 already: that is the slope in x1, not the derivative of y by u.")
def slope_in_x1_for_adjoint_of_u(x1, x2):
    u, e, a, b = forward(x1, x2)
    u_bar, e_bar = (a * jnp.cos(u) + a + b) / x2, -(a + b)
    return a * b, u_bar, e_bar, u_bar, -u_bar * u + e_bar * e


@task.mistake("The partial derivatives stand where the adjoints of u and e belong, and the other way round.")
def slopes_before_adjoints(x1, x2):
    y, u_bar, e_bar, x1_bar, x2_bar = reference(x1, x2)
    return y, x1_bar, x2_bar, u_bar, e_bar


@task.mistake("The sweep back starts with y: it starts with the derivative of y by itself, which is 1.")
def starts_with_y(x1, x2):
    y, *adjoints = reference(x1, x2)
    return y, *(y * one for one in adjoints)
