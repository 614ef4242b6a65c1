"""What programs cost, counted in their jaxprs or by XLA, and the likelihood whose derivatives are compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Var

from jaxhep import programs

MODES = {"forward": jax.jacfwd, "reverse": jax.jacrev}


def problem(bins: int, parameters: int) -> tuple[Callable[[Array], Array], Callable[[Array], Array], Array]:
    """Expected yields (bins,) and -2 ln L as functions of params, and params: mu, then nuisance parameters."""
    shifts = np.random.default_rng(1).normal(0, 0.03, (parameters - 1, bins))
    signal, background = jnp.full(bins, 4.0), jnp.linspace(90.0, 10.0, bins)

    def expected(params: Array) -> Array:
        return (params[0] * signal + background) * jnp.exp(params[1:] @ shifts)

    def nll2(params: Array) -> Array:
        yields, counts = expected(params), signal + background
        return 2 * jnp.sum(yields - counts * jnp.log(yields)) + jnp.sum(params[1:] ** 2)

    return expected, nll2, jnp.full(parameters, 0.1).at[0].set(1.0)


def flops(function: Callable, *args: object) -> float:
    """Floating-point operations of the compiled program, as XLA counts them."""
    return cast(dict, jax.jit(function).lower(*args).compile().cost_analysis())["flops"]


def computed(jaxpr: ClosedJaxpr | Jaxpr) -> int:
    """How many numbers a program computes: the elements of all arrays that its equations make, a ``scan`` by turns.

    A ``dot_general`` counts the products it adds up. The body of a ``while`` counts once, for nobody knows how often it
    runs.
    """
    total = 0
    equation: Any  # in the stubs of JAX an aval has no shape
    for equation in next(programs.inner(jaxpr)).eqns:
        within = sum(computed(one) for value in equation.params.values() for one in programs.inner(value))
        if within:
            total += within * equation.params.get("length", 1)
            continue
        elements = sum(math.prod(out.aval.shape) for out in equation.outvars)
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            elements *= math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
        total += elements
    return total


def repeated(closed: ClosedJaxpr) -> Counter[str]:
    """By primitive, how often the equation that is repeated most is computed with the same operands."""
    counts: Counter = Counter()
    _numbered(closed, list(range(len(closed.jaxpr.invars))), {}, counts)
    most: Counter[str] = Counter()
    for (name, *_), times in counts.items():
        most[name] = max(most[name], times)
    return most


def _numbered(jaxpr: ClosedJaxpr | Jaxpr, inputs: list, seen: dict, counts: Counter) -> list:
    """Give equal values equal numbers, also within wrappers, and count how often each is computed; the outputs' "
    "numbers."""
    consts = jaxpr.consts if isinstance(jaxpr, ClosedJaxpr) else ()
    inside = next(programs.inner(jaxpr))
    values = dict(zip(inside.invars, inputs, strict=True))
    values |= {var: ("constant", id(const)) for var, const in zip(inside.constvars, consts, strict=False)}

    def read(atom: Var | Literal) -> object:
        return ("literal", str(atom.val)) if isinstance(atom, Literal) else values[atom]

    for equation in inside.eqns:
        operands = [read(atom) for atom in equation.invars]
        below = [value for value in equation.params.values() if isinstance(value, ClosedJaxpr | Jaxpr)]
        if equation.primitive.name in programs.WRAPPERS and below:
            outputs = _numbered(below[0], operands, seen, counts)
        else:
            key = (equation.primitive.name, str(sorted(equation.params.items())), *operands)
            counts[key] += 1
            number = seen.setdefault(key, len(seen))
            outputs = [(number, i) for i in range(len(equation.outvars))]
        values |= dict(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in inside.outvars]
