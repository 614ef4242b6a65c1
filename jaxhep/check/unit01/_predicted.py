"""Task 2a: what the jaxprs of small functions contain."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.quiz import Quiz, Value

# --- the functions of the exercise


def invariant_mass(E, px, py, pz):
    return jnp.sqrt(E**2 - px**2 - py**2 - pz**2)


def poisson(expected, counts):
    ratio = counts / expected  # noqa: F841
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


def shifted(nominal, theta):
    for k in range(4):
        nominal = nominal * (1 + 0.1 * theta[k])
    return nominal


def efficiency(pt):
    return np.exp(-1.5) * jnp.exp(-0.5) * (1 - jnp.exp(-pt / 40))


def resolution(pt, barrel=True):
    if barrel:
        return jnp.sqrt(0.01 + 1 / pt)
    return jnp.log(pt)


def turn_on(pt):
    return jnp.where(pt > 20, jnp.tanh(pt / 30), 0.0)


damping = jax.jit(lambda t: jnp.exp(-t / 1.5))


def oscillation(t, shift):
    return damping(t) - damping(t + shift)


# --- the task


def truth() -> dict[str, Value]:
    ten, many = jnp.ones(10), jnp.ones((500, 10))

    def count(name: str, function: Callable, *args: object) -> int:
        return programs.primitives(jax.make_jaxpr(function)(*args))[name]

    return {
        "powers": count("integer_pow", invariant_mass, 4.0, 1.0, 2.0, 3.0),
        "logs": count("log", poisson, ten, ten),
        "unused": count("div", poisson, ten, ten),
        "loop": count("mul", shifted, ten, jnp.ones(4)),
        "mapped": count("mul", jax.vmap(poisson, in_axes=(None, 0)), ten, many),
        "constants": count("exp", efficiency, ten),
        "branch": count("log", resolution, ten) > 0,
        "where": count("tanh", turn_on, jnp.ones(10)) > 0,
        "called twice": count("exp", oscillation, 1.0, 0.5),
        "gradient": count("log", jax.grad(poisson), ten, ten),
    }


task = Quiz(
    number="2a",
    name="predicted",
    truth=truth,
    meaning=(
        "A jaxpr holds what was written and traced: everything, unused lines included, but only the branch that "
        "Python took."
    ),
    hints={
        "powers": "Count the squares in the formula: each is an equation of its own.",
        "logs": "How many calls of jnp.log does Python make while tracing? The shape of the array is a matter of its "
        "type.",
        "unused": "Tracing `poisson` itself, not its gradient, writes down what Python executes, and asks nobody "
        "whether the result is needed.",
        "loop": "Run the loop in your head, as Python does: every product in its body is written down again in each "
        "turn, whether it could stand outside or not.",
        "mapped": "Count the products of `poisson` itself, the factor 2 among them, then ask what vmap does to an "
        "equation.",
        "constants": (
            "Which of the three exponentials does JAX ever see? NumPy computes at once and hands over a number."
        ),
        "branch": "`barrel` is a Python value, known while tracing: its default, as nobody hands over another.",
        "where": "jnp.where is a function: which of its arguments does Python evaluate before it is called?",
        "called twice": "Write the two calls of `damping` out, with what is inside: how many exponentials would run?",
        "gradient": (
            "There is a forward sweep before the backward sweep. Which of the two needs the logarithm, and which one "
            "executes it?"
        ),
    },
    mistakes={
        ("powers", 3): "Minus signs don't merge anything: there are four squares under the root, each an equation.",
        ("powers", 0): (
            "No square is left out: a number squared is no constant, so each of the squares becomes an equation."
        ),
        ("logs", 10): "A primitive works on a whole array: ten bins are a shape, not ten equations.",
        ("unused", 0): "JAX doesn't clear away dead lines while tracing. The compiler does, later.",
        ("loop", 4): "One turn has a product inside the bracket, besides the one with `nominal`.",
        ("loop", 2): "A Python loop runs while tracing, so each turn leaves its equations: the jaxpr is unrolled.",
        ("mapped", 1000): "vmap doesn't repeat equations, it gives each one another axis.",
        ("constants", 3): "NumPy has finished before JAX hears of it: its exponential arrives as a number.",
        ("constants", 1): (
            "jnp.exp of a Python number is an equation, too: only NumPy and `math` compute while tracing."
        ),
        ("branch", True): (
            "Python's `if` takes one branch while tracing, here that of `barrel`'s default; the other one leaves "
            "nothing in the jaxpr."
        ),
        ("where", False): "Both choices are computed before jnp.where chooses among them, whatever the values.",
        ("called twice", 1): "The inner jaxpr may be stored once, but two equations call it, and each call computes.",
        ("gradient", 0): (
            "The slope needs no logarithm, that's true, but the forward sweep executes it, and what is executed is "
            "recorded."
        ),
        ("gradient", 2): "The derivative of a logarithm is a division, it brings no second logarithm.",
    },
)
