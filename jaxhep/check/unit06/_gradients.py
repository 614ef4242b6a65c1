"""What is asked of an answer whose numbers are right: that it compiles, and that its gradient is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import numpy as np

from jaxhep.check.compare import same
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding


def differentiable(
    answer: Callable,
    right: Callable,
    case: Case,
    by: Mapping[int, str],
    weights: np.ndarray,
    errors: Mapping[str, str],
) -> None:
    """Raise a ``Finding`` unless the answer runs inside jit, and the gradient of the sum of its results times
    ``weights`` is that of ``right``.

    by : position and name of the arguments by which it is differentiated. Python's numbers stay what they are.
    """
    numbers = tuple(i for i, value in enumerate(case.args) if isinstance(value, float) and i not in by)

    def gradient(function: Callable) -> Callable:
        def summed(*args: object) -> jax.Array:
            return (weights * function(*args)).sum()

        return jax.jit(jax.grad(summed, argnums=tuple(by)), static_argnums=numbers)

    expected = transformed("jit and grad", gradient(right), right, case)
    found = transformed("jit and grad", gradient(answer), answer, case, errors)
    for name, got, true in zip(by.values(), found, expected, strict=True):
        place = f"Its values are right; its gradient by `{name}`"
        if not np.isfinite(got).all():
            raise Finding(
                f"{place} has NaN for {case.kind}. Infinity is multiplied by 0 there, as where an exponential "
                "function overflows, even in a branch that jnp.where doesn't choose. JAX has functions that don't "
                "overflow."
            )
        if not got.any():
            raise Finding(
                f"{place} is 0 for {case.kind}: it enters through a step, a comparison or stop_gradient, or its values "
                "have left JAX on the way."
            )
        if not same([np.asarray(got)], [np.asarray(true)], 1e-6, 0.0):
            raise Finding(f"{place} isn't for {case.kind}: does all of it go through JAX, with no stop_gradient?")
