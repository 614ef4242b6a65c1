"""The demand of tasks 2, 6, 7 and 8: JAX can differentiate and compile the answer."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.reading import Case, Finding, call


def gradient_of_the_sum(function: Callable) -> Callable:
    """Of what ``function`` returns, by its first argument, compiled."""
    total = functools.wraps(function)(lambda *args: jnp.sum(jnp.asarray(function(*args))))
    return jax.jit(jax.grad(total))


_gradient_of_the_right_one = functools.cache(gradient_of_the_sum)


def demand_derivatives(answer: Callable, right: Callable, cases: list[Case], number: bool = False) -> None:
    """Both jit and grad go through, and the gradient is the one of ``right``. number : the result must have no axis."""
    gradient = gradient_of_the_sum(answer)
    for case in cases:
        shape = np.shape(call(answer, case))
        if number and shape != ():
            raise Finding(
                f"The value is right, but comes in an array of shape {shape}; jax.grad differentiates a number, "
                "without any axis."
            )
        found = np.asarray(call(gradient, case))
        if not np.isfinite(found).all():
            raise Finding(
                f"The value is right, but its gradient is NaN or infinite for {case.kind}: jnp.where differentiates "
                "both branches, so the one that isn't chosen must be finite, too."
            )
        if "exactly" in case.kind:  # at a join of two formulas, rounding decides which one is differentiated
            continue
        if not np.allclose(found, _gradient_of_the_right_one(right)(*case.args), rtol=1e-6, atol=1e-6):
            raise Finding(
                f"The value is right, but its gradient isn't for {case.kind}: somewhere a derivative is lost "
                "(stop_gradient, rounding, an integer, np.asarray)."
            )
