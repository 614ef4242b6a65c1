"""Task 3b: which mode takes fewer flops, found by compiling both."""

from __future__ import annotations

import jax.numpy as jnp

from jaxhep.check.quiz import Quiz, Value
from jaxhep.check.reading import generator
from jaxhep.check.unit01._costs import MODES, flops, problem


def truth() -> dict[str, Value]:
    rng = generator(1, 31)
    tall, _, three = problem(bins=400, parameters=3)
    flat, likelihood, hundred = problem(bins=10, parameters=100)
    weight, score = rng.uniform(0.5, 1.5, 2000), rng.uniform(0, 1, 2000)
    layers = rng.normal(0, 0.4, (20, 30)), rng.normal(0, 0.4, 30)
    functions = {
        "yields": (tall, three),
        "likelihood": (likelihood, hundred),
        "few bins": (flat, hundred),
        "reweighting": (lambda kappa: weight * (1 + kappa[0] * score) ** 2, jnp.array([1.0])),
        "discriminant": (lambda event: jnp.tanh(event @ layers[0]) @ layers[1], jnp.ones(20)),
    }
    costs = {
        key: {mode: flops(jacobian(f), x) for mode, jacobian in MODES.items()} for key, (f, x) in functions.items()
    }
    return {key: min(cost, key=cost.__getitem__) for key, cost in costs.items()}


task = Quiz(
    number="3b",
    name="winners",
    truth=truth,
    meaning="Forward mode pays per input, reverse mode per output: the smaller number decides.",
    hints={
        "yields": "Many results, few parameters. A backward pass serves one result, so how many would it take?",
        "likelihood": "A single result. A forward pass serves one parameter, so how many would it take?",
        "few bins": "Compare the number of passes: one per bin, or one per parameter. Ten results are few.",
        "reweighting": (
            "However many events: only one number is moved, and a single pass carries its effect to all of them."
        ),
        "discriminant": (
            "One event: how many numbers go in, how many come out? Forward mode pays for the former, reverse mode for "
            "the latter."
        ),
    },
    choices=dict.fromkeys(("yields", "likelihood", "few bins", "reweighting", "discriminant"), tuple(MODES)),
)
