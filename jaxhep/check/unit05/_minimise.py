"""Task 2: a fit inside jit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.check.compare import Result, sentence_case
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit05._surfaces import bump, counting, edge, far, parabola, saddle, slide, tilted_saddle, valley
from jaxhep.check.verdict import Task


def reference(nll2: Callable, start: Array, data: object) -> tuple[Array, Array, Array]:
    """Newton's method with Levenberg's damping: a step that doesn't lead down is refused, and the next is shorter."""
    slope, curvature = jax.grad(nll2), jax.hessian(nll2)

    def look(params: Array, damping: Array) -> tuple[Array, Array]:
        values, vectors = jnp.linalg.eigh(curvature(params, data))
        g = vectors.T @ slope(params, data)
        step = -g / (jnp.maximum(abs(values), 1e-9) + damping)
        edm = jnp.sum(g**2 / jnp.maximum(values, 1e-9)) / 2
        return vectors @ step, jnp.where((values > 0).all(), edm, jnp.inf)

    def go_on(state: tuple) -> Array:
        *_, edm, steps = state
        return ~(edm < 1e-12) & (steps < 100)

    def advance(state: tuple) -> tuple:
        params, value, damping, step, _, steps = state
        new = params + step
        new_value = nll2(new, data)
        lower = new_value <= value
        params, value = jnp.where(lower, new, params), jnp.where(lower, new_value, value)
        damping = jnp.where(lower, damping / 10, 10 * damping + 1e-3)
        return params, value, damping, *look(params, damping), steps + 1

    start = jnp.asarray(start, float)
    state = start, jnp.asarray(nll2(start, data), float), jnp.zeros(()), *look(start, jnp.zeros(())), 0
    params, value, *_, edm, _ = jax.lax.while_loop(go_on, advance, state)
    return params, value, (edm < 1e-8) & jnp.isfinite(value)


EVALUATIONS = 100_000
"""Evaluations of -2 ln L after which a fit of two or three parameters has no limit: some ten seconds' worth."""

# JAX logs what a callback raises before it hands it on; the learner reads the check's sentence instead.
logging.getLogger("jax._src.callback").addFilter(lambda record: "no end in sight" not in str(record.exc_info))


def counted(nll2: Callable, calls: list[int]) -> Callable:
    """nll2, which counts its evaluations while a compiled program runs, and ends a loop without end by an exception."""

    def one(x: Array) -> np.ndarray:
        calls[0] += 1
        if calls[0] > EVALUATIONS:
            raise RuntimeError("no end in sight")
        return np.ones(x.shape, x.dtype)

    def counted(params: Array, data: object) -> Array:
        x = jax.lax.stop_gradient(params[0])
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return nll2(params, data) * jax.pure_callback(one, shape, x, vmap_method="broadcast_all")

    return counted


RESTARTS = 30
"""How often a fit that stopped too early is begun again where it stopped."""

VALLEY = "two parameters with a correlation of 0.99"
FAR = "a start far away, from which plain Newton steps grow and grow"


@dataclass(eq=False, kw_only=True)
class Minimiser(Task):
    """A task whose answer minimises a function: whether it arrives, and whether it knows."""

    def judge(self, answer: Callable) -> None:
        @wraps(answer)
        def fresh(*args: object) -> object:  # new to JAX's cache: what it calls may have changed since the last check
            return answer(*args)

        counts, measured = jnp.array([70.0, 38.0, 31.0, 25.0, 9.0, 12.0]), jnp.array([0.7, -1.1])
        middle = jnp.array([0.3, -1.2])
        self._arrives_everywhere(fresh, (counts, measured), middle)
        self._knows_when_it_fails(fresh, (counts.at[2].set(jnp.nan), measured), middle)
        self._can_be_mapped(fresh, middle)

    def _arrives_everywhere(self, answer: Callable, data: tuple[Array, Array], middle: Array) -> None:
        self._arrives(answer, parabola, jnp.array([4.0, 1.0]), middle, middle, "a parabola")
        start = jnp.array([1.0, 0.0, 0.0])
        best = reference(counting, start, data)[0]
        self._arrives(answer, counting, start, data, best, "six bins with two nuisance parameters")
        self._arrives(answer, far, jnp.array([3.0, -2.0]), middle, middle, FAR)
        self._arrives(answer, bump, jnp.array([2.3, 0.3]), middle, middle, "a start where the curvature is negative")
        self._arrives(answer, edge, middle + 9.0, middle, middle, "a Newton step that leads to where -2 ln L is NaN")
        params, *_ = self._fit(answer, valley, jnp.array([4.0, 1.0]), middle, VALLEY)
        if not np.allclose(params, middle, atol=1e-3):
            raise Finding(
                f"For {VALLEY} it doesn't arrive: steps along the slope, or by the diagonal of the Hessian alone, "
                "crawl along the valley that -2 ln L forms there. Use the whole Hessian."
            )
        self._arrives(answer, valley, jnp.array([4.0, 1.0]), middle, middle, VALLEY)

    def _knows_when_it_fails(self, answer: Callable, broken: tuple[Array, Array], middle: Array) -> None:
        falling = "a function without a minimum, which falls for ever, in the end with a slope of 0.005"
        for nll2, start, data, kind in (
            (counting, jnp.array([1.0, 0.0, 0.0]), broken, "NaN among the data"),
            (slide, jnp.array([1.0, 0.0]), middle, falling),
        ):
            *_, converged = self._fit(answer, nll2, start, data, kind)
            if bool(converged):
                raise Finding(
                    f"It says converged for {kind}. The flag has to be found by a look at the end: is the slope "
                    "finite, and almost 0?"
                )
        for nll2, start, away, kind in (
            (saddle, middle + jnp.array([0.0, 2.0]), [1.0, 0.0], "a way that ends on a saddle"),
            (tilted_saddle, middle, [0.5, 0.5], "a start on a saddle"),
        ):
            params, _, converged = self._fit(answer, nll2, start, middle, kind)
            if bool(converged) and not np.allclose(abs(params - middle), away, atol=1e-3):
                raise Finding(
                    "It says converged on a saddle: the slope is 0 there, too, but to two sides -2 ln L falls. At a "
                    "minimum the curvature is positive in every direction, as the eigenvalues of the Hessian tell, not "
                    "its diagonal."
                )

    def _can_be_mapped(self, answer: Callable, middle: Array) -> None:
        start = jnp.array([3.0, -2.0])
        many = jnp.stack([middle, jnp.full(2, jnp.nan), -middle, middle + 2])
        one = jax.jit(lambda data: answer(far, start, data))
        for data in many[jnp.array([2, 3])]:
            params, _, converged = self._read(one(data), Case((), ""))
            if not (converged and np.allclose(params, data, atol=1e-4)):
                self._arrives(answer, far, start, data, data, f"other data, and {FAR}")
        mapped = jax.jit(jax.vmap(one))
        value = transformed("vmap", mapped, answer, Case((many,), "four data sets"), self.errors)
        params, _, converged = self._read(value, Case((), "four data sets"))
        good = np.array([0, 2, 3])
        if (
            params.shape != many.shape
            or list(converged) != [1, 0, 1, 1]
            or not np.allclose(params[good], many[good], atol=1e-4)
        ):
            raise Finding(
                "Mapped over data sets by vmap, of which one holds NaN, fits come out otherwise than one by one: "
                "does something in the loop look at all of them together?"
            )

    def _fit(self, answer: Callable, nll2: Callable, start: Array, data: object, kind: str) -> Result:
        """What the answer, compiled once for each nll2 in a check, returns."""
        calls = [0]
        case = Case((counted(nll2, calls), start, data), kind)
        try:
            value = transformed("jit", jax.jit(answer, static_argnums=0), answer, case, self.errors)
        except Finding:
            if calls[0] <= EVALUATIONS:
                raise
            raise Finding(
                f"For {kind} it goes on and on: stopped after {EVALUATIONS:,} evaluations of -2 ln L. Not every fit "
                "arrives, and rounding may keep one from your threshold: count the steps, and let the loop's "
                "condition limit them."
            ) from None
        results = self._read(value, case)
        for name, got, shape in zip(self.outputs, results, (start.shape, (), ()), strict=True):
            if got.shape != shape:
                raise Finding(f"{sentence_case(name)}: shape {got.shape} came back, {shape} is asked.")
        return results

    def _arrives(self, answer: Callable, nll2: Callable, start: Array, data: object, best: Array, kind: str) -> None:
        params, minimum, converged = self._fit(answer, nll2, start, data, kind)
        if not np.allclose(params, best, atol=1e-3):
            if np.allclose(params, start):
                raise Finding(
                    f"It returns the start for {kind}: no step is made, or the first is refused, and what doesn't "
                    "change then is taken for arrived."
                )
            claim = "says converged, but that isn't the minimum" if bool(converged) else "doesn't arrive"
            raise Finding(f"For {kind}, it {claim}. {_why_not_there(answer, nll2, start, data, params, best)}")
        here = float(nll2(jnp.asarray(params), data))
        if not abs(minimum - here) < 1e-10 * (1 + abs(here)):
            if abs(minimum - float(nll2(start, data))) < 1e-6:
                raise Finding("The parameters are right, but -2 ln L is its value at the start.")
            raise Finding(
                "What comes back second isn't -2 ln L at the parameters that come back first: for "
                f"{kind} it is {minimum:.9g} where -2 ln L is {here:.9g}. Every step that moves the parameters has to "
                "move their value, too."
            )
        if not bool(converged):
            raise Finding(
                f"It arrives for {kind}, but says that it has not converged: how small must the slope be, and can "
                "rounding reach that?"
            )
        if not np.allclose(params, best, atol=1e-4):
            raise Finding(
                f"For {kind} it stops within a thousandth of the minimum: go on until the distance is below 0.0001."
            )


def _why_not_there(
    answer: Callable, nll2: Callable, start: Array, data: object, params: np.ndarray, best: Array
) -> str:
    """What is seen at ``params``, where a fit ended that should have ended at ``best``."""
    here, slope = nll2(jnp.asarray(params), data), jax.grad(nll2)(jnp.asarray(params), data)
    if not here <= nll2(start, data):
        value = f"{here:.4g}" if jnp.isfinite(here) else "NaN or infinite"
        return (
            f"-2 ln L is {value} where it ends, and was {nll2(start, data):.4g} at the start: it has gone uphill. "
            "Accept a step only if -2 ln L goes down; else shorten or damp it, and try again."
        )
    again = jax.jit(lambda start: answer(nll2, start, data)[0])
    for _ in range(RESTARTS):
        params = again(params)
        if np.allclose(params, best, atol=1e-3):
            return (
                "It stops on its way: begun again where it stopped, it arrives in the end. So there are too few steps, "
                "or they have become too short, or a search gives up, or NaN misleads it; 100 steps of hint 3 are "
                "enough for all that is asked here."
            )
    if jnp.linalg.eigvalsh(jax.hessian(nll2)(jnp.asarray(params), data))[0] <= 0:
        return (
            f"It gets stuck where the curvature is negative and the slope is {jnp.abs(slope).max():.2g}. There a "
            "plain Newton step leads uphill, and a line search may give up (that of JAX's BFGS does): use "
            "|curvature|, add to its diagonal, or go along the slope."
        )
    return (
        f"It ends {np.abs(params - best).max():.2g} from the minimum, where the slope is still "
        f"{jnp.abs(slope).max():.2g}, and goes no further if begun there again: is its threshold met too early, or may "
        "a parameter not go where the minimum is?"
    )


TRACER = (
    "It fails under jit. A Python `if`, `while`, `float` or SciPy's minimiser looks at a tracer, which has no value: "
    "loop with jax.lax.while_loop, choose with jnp.where."
)

task = Minimiser(
    number=2,
    name="minimise",
    reference=reference,
    outputs=("the parameters", "-2 ln L", "the converged flag"),
    meaning="A fit that needs no Python while it runs can be compiled once and mapped over as many data sets as you "
    "like.",
    errors={
        "carry": "The carry of the loop changes its form: what the body returns must have the structure, shapes and "
        "types of the start value.",
        "cond_fun": "The condition of while_loop returns a single True or False, computed from the carry.",
        "Abstract tracer value": TRACER,
        "traced array": TRACER,
    },
)
