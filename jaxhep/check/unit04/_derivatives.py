"""The demand of tasks 2, 6, 7 and 8: JAX can differentiate and compile the answer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Literal

from jaxhep.check.reading import Case, Finding, call


def gradient_of_the_sum(function: Callable) -> Callable:
    """Of what ``function`` returns, by its first argument, compiled."""
    total = functools.wraps(function)(lambda *args: jnp.sum(jnp.asarray(function(*args))))
    return jax.jit(jax.grad(total))


_gradient_of_the_right_one = functools.cache(gradient_of_the_sum)


SINGULAR: dict[str, tuple[Callable, str]] = {
    "sqrt": (
        lambda x, **_: (x == 0).any(),
        "A square root of 0 is taken, as in a norm or in the root of a square, and its slope there is infinite: add "
        "the squares themselves.",
    ),
    "pow": (
        lambda x, y, **_: (np.broadcast_to(x, np.broadcast_shapes(x.shape, y.shape)) == 0).any(),
        "A power of 0 is taken, x**y with x = 0, and y a float or an array: its derivatives divide by x. Take whole "
        "numbers of Python for y, choose with jnp.where, or multiply.",
    ),
    "log": (lambda x, **_: (x <= 0).any(), "A logarithm of 0 or of a negative number is taken on the way."),
    "div": (lambda x, y: (y == 0).any(), "A division by 0 happens on the way."),
    "select_n": (
        lambda which, *branches: not all(np.isfinite(branch).all() for branch in branches),
        "A jnp.where (or select) has a branch that isn't finite where it isn't chosen: jnp.where differentiates both "
        "branches, so clip the argument of that one, too.",
    ),
}
"""By primitive: whether these operands leave a derivative that isn't finite, and what to say of it."""


def why_not_finite(answer: Callable, case: Case) -> str:
    """What the answer does, run operation by operation, whose derivative isn't finite; nothing if none is known."""
    try:
        closed = jax.make_jaxpr(lambda *args: answer(*args))(*case.args)
        args = [(leaf, True) for leaf in jax.tree.leaves(case.args)]
        met = set(_singular(closed.jaxpr, closed.consts, args))
    except Exception:
        return ""
    return next((sentence for name, (_, sentence) in SINGULAR.items() if name in met), "")


def _singular(jaxpr: Any, consts: list, args: list[tuple[Any, bool]]) -> list[str]:
    """The primitives that meet operands where their derivative isn't finite. args : values, and whether they vary; an
    infinity that is written down, as in jnp.where(bad, jnp.inf, x), has no derivative."""
    values = dict(zip(jaxpr.constvars, [(const, False) for const in consts], strict=True))
    values.update(zip(jaxpr.invars, args, strict=True))
    met = []
    for equation in jaxpr.eqns:
        inputs = [(one.val, False) if isinstance(one, Literal) else values[one] for one in equation.invars]
        name, inner = equation.primitive.name, equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
        plain = [np.asarray(value) for value, _ in inputs]
        if name == "select_n":
            plain = [value if varies else np.zeros(()) for value, (_, varies) in zip(plain, inputs, strict=True)]
        if name in SINGULAR and SINGULAR[name][0](*plain):
            met.append(name)
        if hasattr(inner, "consts") and name in ("jit", "pjit", "custom_jvp_call"):
            met += _singular(inner.jaxpr, inner.consts, inputs)
        outputs = equation.primitive.bind(*[value for value, _ in inputs], **equation.params)
        outputs = outputs if equation.primitive.multiple_results else [outputs]
        varies = any(varies for _, varies in inputs)
        values.update(zip(equation.outvars, [(output, varies) for output in outputs], strict=True))
    return met


def demand_second_derivatives(answer: Callable, case: Case) -> None:
    """Those by the first argument are finite: what a Hessian is made of."""
    slope = gradient_of_the_sum(answer)
    curvature = functools.wraps(answer)(lambda x, *args: jax.jacfwd(slope)(jnp.asarray(x), *args))
    if not np.isfinite(np.asarray(call(curvature, case))).all():
        raise Finding(
            f"Value and gradient are right, but the second derivative is NaN or infinite for {case.kind}, and the fit "
            f"of task 9 needs it. {why_not_finite(answer, case)}".strip()
        )


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
                f"The value is right, but its gradient is NaN or infinite for {case.kind}. "
                f"{why_not_finite(answer, case)}".strip()
            )
        if "exactly" in case.kind:  # at a join of two formulas, rounding decides which one is differentiated
            continue
        if not np.allclose(found, _gradient_of_the_right_one(right)(*case.args), rtol=1e-6, atol=1e-6):
            raise Finding(
                f"The value is right, but its gradient isn't for {case.kind}: somewhere a derivative is lost "
                "(stop_gradient, rounding, an integer, np.asarray)."
            )
