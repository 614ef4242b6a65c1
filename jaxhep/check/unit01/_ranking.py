"""Task 5b: what the Hessian costs in the four combinations of modes, found by compiling them."""

from __future__ import annotations

import functools
import math

import jax

from jaxhep import programs
from jaxhep.check.quiz import Quiz, Value
from jaxhep.check.unit01._costs import flops, problem
from jaxhep.check.unit01._hessian import COMBINATIONS
from jaxhep.check.unit01._hessian import reference as hessian


def truth() -> dict[str, Value]:
    def second(parameters: int) -> dict[str, functools.partial]:
        _, nll2, _ = problem(10, parameters)
        modes = {name: name.split(" over ") for name in COMBINATIONS}
        return {
            name: functools.partial(hessian, nll2, outer=outer, inner=inner) for name, (outer, inner) in modes.items()
        }

    def costs(parameters: int) -> dict[str, float]:
        _, _, params = problem(10, parameters)
        return {name: flops(function, params) for name, function in second(parameters).items()}

    few, many = costs(10), costs(40)
    _, nll2, params = problem(10, 40)
    cheapest = min(many.values())
    gradients, passes = cheapest / flops(jax.grad(nll2), params), {"1": 1, "k": 40, "k squared": 1600}
    made = {name: programs.primitives(jax.make_jaxpr(function)(params)) for name, function in second(40).items()}
    by_jax = programs.primitives(jax.make_jaxpr(jax.hessian(nll2))(params))
    gap = {size: max(cost.values()) / min(cost.values()) for size, cost in (("few", few), ("many", many))}
    return {
        **{name: "cheap" if cost < 2 * cheapest else "dear" for name, cost in many.items()},
        "gradients": min(passes, key=lambda price: abs(math.log(gradients / passes[price]))),
        "gap": "grows" if gap["many"] > 1.2 * gap["few"] else "shrinks" if gap["few"] > 1.2 * gap["many"] else "stays",
        "jax.hessian": next(name for name in COMBINATIONS if made[name] == by_jax),
    }


task = Quiz(
    number="5b",
    name="ranking",
    truth=truth,
    meaning=(
        "The inner mode meets one result and many parameters, so it must be reverse; the outer one meets as many "
        "results as parameters."
    ),
    hints={
        "forward over forward": (
            "The inner mode differentiates one result by many parameters. What does that cost in forward mode?"
        ),
        "forward over reverse": (
            "The inner gradient costs one pass back. The outer derivative of K numbers by K parameters then takes K "
            "passes."
        ),
        "reverse over forward": (
            "The inner mode has done K passes before the outer one begins, and that is what gets differentiated K "
            "times."
        ),
        "reverse over reverse": (
            "The inner gradient costs one pass back; then count the passes of the outer mode for K results."
        ),
        "gradients": "One pass over the gradient gives one row or column of the Hessian.",
        "gap": "Compare K passes over something that costs one gradient with K passes over something larger.",
        "jax.hessian": "The lecture has compared its primitives with one of the four.",
    },
    mistakes={
        ("forward over forward", "cheap"): (
            "Both modes of this one work along the parameters: no pass is shared by all of them, and there are 40."
        ),
        ("forward over reverse", "dear"): (
            "A gradient of K numbers by K parameters takes K passes in either mode, so forward costs no more than "
            "reverse here."
        ),
        ("reverse over forward", "cheap"): (
            "One reverse pass per result is fine where the result is one number; here it comes second, when there are "
            "K of them."
        ),
        ("reverse over reverse", "dear"): (
            "Two reverse passes nest without multiplying: the outer one takes K passes over a gradient, like a "
            "forward one."
        ),
        ("gradients", "1"): (
            "That is the price of the gradient itself; a matrix has K rows, and passes that run side by side are still "
            "work, each of them."
        ),
        ("gradients", "k squared"): "That would be a pass per entry of the matrix; a pass gives a whole row.",
        ("gap", "stays"): (
            "The dear ones pay K passes for each of K passes: the more parameters, the worse. (The number of equations "
            "doesn't tell: it is the same for any K, their shapes grow.)"
        ),
        ("gap", "shrinks"): "The gap is the dearest over the cheapest: K squared passes against K.",
        ("jax.hessian", "reverse over reverse"): (
            "jax.hessian isn't a gradient of a gradient: of its two modes one goes forward. The lecture compares."
        ),
        ("jax.hessian", "reverse over forward"): (
            "The order of the words is the other one: what stands in front of `over` is the outer mode, applied last."
        ),
    },
    choices={
        **dict.fromkeys(COMBINATIONS, ("cheap", "dear")),
        "gradients": ("1", "K", "K squared"),
        "gap": ("grows", "shrinks", "stays"),
        "jax.hessian": tuple(COMBINATIONS),
    },
)
