"""Jaxprs inside equations, and tallies of primitives as numbers that can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jax.extend.core import Jaxpr, JaxprEqn

from jaxhep import programs
from jaxhep.check.reading import Finding


def held_by(equation: JaxprEqn) -> list[Jaxpr]:
    """The jaxprs inside one equation."""
    return list(programs.inner(list(equation.params.values())))


def holders(jaxpr: Jaxpr) -> set[str]:
    """Names of the primitives that hold jaxprs, at every level."""
    names: set[str] = set()
    for equation in jaxpr.eqns:
        below = held_by(equation)
        names |= {equation.primitive.name} if below else set()
        for one in below:
            names |= holders(one)
    return names


def as_vector(counts: object, jaxpr: Jaxpr, right: Mapping[str, int]) -> np.ndarray:
    """How often each name of the right tally occurs, then all others together, except those that hold jaxprs."""
    if not isinstance(counts, Mapping):
        raise Finding(
            f"The tally is a {type(counts).__name__}: return a dictionary or a Counter, names of primitives and how "
            "often each occurs."
        )
    try:
        numbers = {name: float(times) for name, times in counts.items()}
    except (TypeError, ValueError):
        raise Finding(
            "The tally has something else than numbers in it: it maps the name of each primitive to how often it "
            "occurs."
        ) from None
    ignored = holders(jaxpr) | programs.WRAPPERS
    strangers = sum(times for name, times in numbers.items() if name not in right and name not in ignored)
    return np.array([*(numbers.get(name, 0.0) for name in sorted(right)), strangers])
