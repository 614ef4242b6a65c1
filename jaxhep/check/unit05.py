"""Answer checks of unit 05, thousands of fits: ``from jaxhep.check import unit05 as check``.

Shapes: N toys, B bins, M auxiliary measurements, n parameters. Random draws have no reference to compare with, so their distribution is
examined with fixed keys and margins of more than five standard deviations. Fits run inside jit and vmap, on functions of the check's own.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.errors import KeyReuseError
from jax.scipy.stats import norm
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxhep.check import engine
from jaxhep.check.engine import Case, Finding, Result, Task


def _generator(number: int) -> np.random.Generator:
    return np.random.default_rng([20260105, number])


def _run(function: Callable, answer: Callable, task: Task, args: tuple, kind: str, where: str = "") -> object:
    """What ``function``, a transformation of ``answer``, returns; an exception becomes a ``Finding``."""
    try:
        value = function(*args)
        return jax.tree.map(lambda x: np.array(x) if isinstance(x, jax.Array) else x, value)
    except Exception as error:
        known = [cause for words, cause in task.errors.items() if words in str(error)]
        raise Finding(known[0] if known else where + engine.explain(error, answer, Case(args, kind))) from None


# --- task 1: pseudo-experiments -----------------------------------------------------------------------------------------------


def _draw(key: Array, yields: Array, centres: Array, size: int) -> tuple[Array, Array]:
    def one(i: Array) -> tuple[Array, Array]:
        for_counts, for_measured = jax.random.split(jax.random.fold_in(key, i))
        return jax.random.poisson(for_counts, yields), centres + jax.random.normal(for_measured, centres.shape)

    return jax.vmap(one)(jnp.arange(size))


def _equations(jaxpr: object) -> int:
    """The number of equations of a jaxpr, those inside of others included."""
    params = [one.params for one in jaxpr.eqns]
    inner = [x for x in jax.tree.leaves(params, is_leaf=lambda x: hasattr(x, "eqns")) if hasattr(x, "eqns")]
    return len(params) + sum(map(_equations, inner))


@dataclass(eq=False)
class Drawn(Task):
    """A task whose answer draws random numbers: what it draws is examined, in the order in which causes hide one another."""

    def examine(self, answer: object) -> None:
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        yields, centres = np.array([0.5, 4.0, 4.0, 30.0, 900.0]), np.array([0.0, 1.5, -0.7])
        size = 4000

        def drawn(seed: int, size: int = size) -> Result:
            state = np.random.get_state()[1].tobytes()
            args = (jax.random.key(seed), jnp.asarray(yields), jnp.asarray(centres), size)
            value = self._read(
                _run(lambda *args: answer(*args), answer, self, args, f"{size} toys"), Case(args, f"{size} toys")
            )
            if np.random.get_state()[1].tobytes() != state:
                raise Finding(
                    "It draws from NumPy's hidden random state: the key has no say, and inside jit the same numbers come back in every call. "
                    "Draw with jax.random, from the key."
                )
            return value

        def equations(size: int) -> int:
            args = (jax.random.key(1), jnp.asarray(yields), jnp.asarray(centres))
            trace = jax.make_jaxpr(lambda *args: answer(*args, size))
            return _equations(_run(trace, answer, self, args, f"{size} toys", "It fails under jit. "))

        try:
            more = equations(20) - equations(10)
        except Finding:
            drawn(1, 20)  # what is wrong outside of jit, too, comes first
            raise
        if more >= 10:
            raise Finding(
                "The toys are made one by one in a Python loop: jit would unroll it, and compile for minutes where thousands are asked. Give the draws "
                "a shape, or write one toy and map it with vmap."
            )
        counts, measured = drawn(1)
        _shapes(counts, measured, size, yields.size, centres.size)
        again, other = drawn(1), drawn(2)
        if not engine.same(again, [counts, measured], 0.0, 0.0):
            raise Finding(
                "The same key gives other toys the second time: somewhere numbers come from another source than the key."
            )
        for name, one, two in zip(self.outputs, (counts, measured), other, strict=True):
            if np.ptp(one) > 0 and np.ptp(one, axis=0).any() and np.array_equal(one, two):
                raise Finding(
                    f"Another key gives the same toys: {name} are drawn from a key that is made inside the function."
                )
        _counts_are_poisson(counts, yields)
        _measured_are_gaussian(measured, centres)
        _toys_are_independent(counts, measured)
        args, kind = (jax.random.key(1), jnp.asarray(yields), jnp.asarray(centres)), f"{size} toys"
        inside = _run(
            jax.jit(lambda key, yields, centres: answer(key, yields, centres, size)),
            answer,
            self,
            args,
            kind,
            "It fails under jit. ",
        )
        if not engine.same(self._read(inside, Case(args, kind)), [counts, measured], 1e-6, 1e-9):
            raise Finding("Inside jit the same key gives other toys than outside.")
        try:
            with jax.debug_key_reuse(True):
                answer(*args, 3)
        except KeyReuseError:
            raise Finding(
                "JAX's checker (jax.debug_key_reuse) finds a key that is used twice: counts and auxiliary measurements are two draws, and "
                "each needs a key of its own. Split once more."
            ) from None
        except Exception:  # the calls before went well: an objection of the checker to something else
            return


def _shapes(counts: np.ndarray, measured: np.ndarray, size: int, bins: int, sources: int) -> None:
    if counts.shape == (bins, size) or measured.shape == (sources, size):
        raise Finding("The toys run along the wrong axis: the first axis counts them, so that vmap can map over it.")
    if counts.shape == (bins,) or measured.shape == (sources,):
        what = "The counts" if counts.shape == (bins,) else "The auxiliary measurements"
        raise Finding(f"{what} are those of a single toy: `size` of them are asked, one per row.")
    if counts.shape != (size, bins) or measured.shape != (size, sources):
        raise Finding(
            f"For {size} toys of {bins} bins and {sources} auxiliary measurements the shapes are ({size}, {bins}) and ({size}, {sources}); "
            f"yours are {counts.shape} and {measured.shape}."
        )


def _counts_are_poisson(counts: np.ndarray, yields: np.ndarray) -> None:
    if not np.isfinite(counts).all():
        raise Finding("Some counts are NaN or infinite.")
    if np.allclose(counts, yields) or np.array_equal(counts, np.broadcast_to(np.round(yields), counts.shape)):
        raise Finding("The counts are the expected yields themselves, in every toy: nothing is drawn.")
    if not np.ptp(counts, axis=0).any():
        raise Finding("All rows of the counts are equal: the same toy is repeated. Every toy needs a key of its own.")
    if not np.array_equal(counts, np.round(counts)):
        raise Finding(
            "The counts aren't whole numbers: a Gaussian approximates the Poisson distribution where many events are expected only."
        )
    size = len(counts)
    pulls = (counts.mean(0) - yields) / np.sqrt(yields / size)
    if (abs(pulls) > 6).any():
        ratio = counts.mean(0) / yields
        if np.allclose(ratio, ratio[-1], atol=0.08) and abs(ratio[-1] - 1) > 0.02:
            raise Finding(f"The counts are on average {ratio[-1]:.3g} times the yields, in every bin: are they scaled?")
        if (counts < 0).any() or (pulls[3:] < 6).all():
            raise Finding(
                "In bins of few events the mean of the counts is off: a rounded or clipped Gaussian isn't a Poisson distribution."
            )
        raise Finding("The mean of the counts over the toys isn't the yields.")
    if (counts < 0).any() or abs((counts[:, 0] == 0).mean() - math.exp(-0.5)) > 6 * math.sqrt(0.24 / size):
        raise Finding(
            "In bins of few events this isn't a Poisson distribution: a rounded Gaussian gives negative counts or too few zeros."
        )
    if (abs(counts.var(0) / yields - 1) > 6 * np.sqrt((2 + 1 / yields) / size)).any():
        raise Finding("The counts spread otherwise than a Poisson distribution, whose variance is its mean.")


def _measured_are_gaussian(measured: np.ndarray, centres: np.ndarray) -> None:
    if not np.isfinite(measured).all():
        raise Finding("Some auxiliary measurements are NaN or infinite.")
    if not np.ptp(measured, axis=0).any():
        if not measured.any():
            raise Finding(
                "The auxiliary measurements are all 0, as in the fit to data: in a toy they are drawn, too, with width 1."
            )
        if np.allclose(measured, centres):
            raise Finding(
                "The auxiliary measurements sit exactly at the centres: each has a resolution of 1, and is drawn like the counts."
            )
        raise Finding(
            "All rows of the auxiliary measurements are equal: one draw is shared by all toys. Each toy measures anew."
        )
    error = 6 / math.sqrt(len(measured))
    mean = measured.mean(0)
    if (abs(mean - centres) > error).any():
        if (abs(mean) < error).all():
            raise Finding(
                "The auxiliary measurements scatter around 0, not around the centres: a toy's truth is where the toy is made."
            )
        if (abs(mean + centres) < error).all():
            raise Finding("The auxiliary measurements scatter around minus the centres: mind the sign.")
        raise Finding("The mean of the auxiliary measurements isn't at the centres.")
    if (abs(measured.std(0) - 1) > error).any():
        raise Finding("The auxiliary measurements don't have width 1, the unit of every constraint.")
    if (abs((abs(measured - centres) < 1).mean(0) - 0.6827) > error / 2).any():
        raise Finding("The auxiliary measurements have the right mean and width, but they aren't Gaussian.")


def _toys_are_independent(counts: np.ndarray, measured: np.ndarray) -> None:
    everything = np.concatenate([counts, measured], axis=1)
    if len(np.unique(everything, axis=0)) < len(everything):
        raise Finding("Some toys appear twice, number by number: their keys coincide.")
    limit = 6 / math.sqrt(len(counts))
    correlation = np.corrcoef(everything.T) - np.eye(everything.shape[1])
    bins = counts.shape[1]
    if abs(correlation[:bins, :bins]).max() > limit:
        raise Finding(
            "The bins of a toy fluctuate together: they share one random number, or one key. Draw all of a toy's bins in one call."
        )
    if abs(correlation[bins:, bins:]).max() > limit:
        raise Finding(
            "The auxiliary measurements of a toy move together: a single number is drawn for all of them. Give the draw a shape."
        )
    if abs(correlation).max() > limit:
        raise Finding("Counts and auxiliary measurements are correlated: they are drawn from the same random numbers.")
    for lag in (1, 2):
        shifted = [abs(np.corrcoef(column[lag:], column[:-lag])[0, 1]) for column in everything.T]
        if max(shifted) > limit:
            raise Finding(
                "Neighbouring toys are correlated: they share random numbers. Every toy needs a key of its own."
            )


draw = Drawn(
    1,
    "draw",
    _draw,
    lambda: [],
    "A toy is a whole new experiment: it counts anew and measures its nuisance parameters anew.",
    {},
    outputs=("the counts", "the auxiliary measurements"),
    errors={
        **dict.fromkeys(
            ("for broadcasting", "Shapes must be"),
            "It stops at a shape: `jax.random` functions take the shape of what they draw as a tuple of Python integers, and `yields` (B,) "
            "fits into (size, B).",
        ),
        "__array__() was called on traced array": "NumPy meets an array that has no values yet, inside vmap or jit: draw with jax.random, and compute "
        "with jnp.",
    },
)


# --- task 2: a fit inside jit -------------------------------------------------------------------------------------------------


def _minimise(nll2: Callable, start: Array, data: object) -> tuple[Array, Array, Array]:
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


def _counting(params: Array, data: tuple[Array, Array]) -> Array:
    """Six bins, mu and two constrained parameters."""
    counts, measured = data
    signal, background = jnp.array([2.0, 3.0, 4.0, 5.0, 5.0, 4.0]), jnp.array([60.0, 40.0, 25.0, 14.0, 8.0, 4.0])
    tilt = jnp.array([[0.1, 0.05, 0.0, -0.05, -0.1, -0.2], [0.05, 0.05, 0.05, 0.1, 0.15, 0.2]])
    expected = params[0] * signal + background * jnp.exp(params[1:] @ tilt)
    safe = jnp.maximum(expected, 1e-6)
    log = jnp.where(expected > 1e-6, jnp.log(safe), math.log(1e-6) + expected * 1e6 - 1)
    return 2 * jnp.sum(expected - counts * log) + jnp.sum((params[1:] - measured) ** 2)


def _parabola(params: Array, data: Array) -> Array:
    d = params - data
    return 3 * d[0] ** 2 + 2 * d[0] * d[1] + d[1] ** 2 + 7.0


def _far(params: Array, data: Array) -> Array:
    """Newton's step from x leads to -x^3: outside of 1 it diverges."""
    return jnp.sum(jnp.sqrt(1 + (params - data) ** 2))


def _bump(params: Array, data: Array) -> Array:
    """A Gaussian well: beyond its width the curvature is negative, and Newton's step leads uphill."""
    return jnp.sum(4 - 4 * jnp.exp(-((params - data) ** 2) / 2) + 0.02 * (params - data) ** 2)


def _slide(params: Array, data: Array) -> Array:
    """Its slope comes down to -0.005, and no further."""
    return jnp.sum(jnp.sqrt(1 + (params - data) ** 2) - 1.005 * params)


def _saddle(params: Array, data: Array) -> Array:
    """Level at ``data``, where it falls to both sides along the first axis; minima at a distance of 1."""
    d = params - data
    return (d[0] ** 2 - 1) ** 2 + d[1] ** 2


EVALUATIONS = 100_000
"""Evaluations of -2 ln L after which a fit of two or three parameters has no limit: some ten seconds' worth."""

# JAX logs what a callback raises before it hands it on; the learner reads the check's sentence instead.
logging.getLogger("jax._src.callback").addFilter(lambda record: "no end in sight" not in str(record.exc_info))


def _counted(nll2: Callable, calls: list[int]) -> Callable:
    """nll2, which counts its evaluations while a compiled program runs, and stops a loop that doesn't end by an exception."""

    def one(x: Array) -> np.ndarray:
        calls[0] += 1
        if calls[0] > EVALUATIONS:
            raise RuntimeError("no end in sight")
        return np.ones(x.shape, x.dtype)

    def counted(params: Array, data: object) -> Array:
        x = jax.lax.stop_gradient(params[0])
        return nll2(params, data) * jax.pure_callback(
            one, jax.ShapeDtypeStruct(x.shape, x.dtype), x, vmap_method="broadcast_all"
        )

    return counted


@dataclass(eq=False)
class Minimiser(Task):
    """A task whose answer minimises a function: whether it arrives, and whether it knows."""

    def examine(self, answer: object) -> None:
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        learners = answer
        answer = wraps(learners)(
            lambda *args: learners(*args)
        )  # new to JAX's cache: what it calls may have changed since the last check
        counts, measured = jnp.array([70.0, 38.0, 31.0, 25.0, 9.0, 12.0]), jnp.array([0.7, -1.1])
        middle = jnp.array([0.3, -1.2])
        self._right(answer, _parabola, jnp.array([4.0, 1.0]), middle, middle, "a parabola")
        best = _minimise(_counting, jnp.array([1.0, 0.0, 0.0]), (counts, measured))[0]
        self._right(
            answer,
            _counting,
            jnp.array([1.0, 0.0, 0.0]),
            (counts, measured),
            best,
            "six bins with two nuisance parameters",
        )
        self._right(
            *(
                answer,
                _far,
                jnp.array([3.0, -2.0]),
                middle,
                middle,
                "a start far away, from which plain Newton steps grow and grow",
            ),
            "No method's step can be trusted there: accept it only if -2 ln L goes down; else shorten or damp it, and try again.",
        )
        self._right(
            *(answer, _bump, jnp.array([2.3, 0.3]), middle, middle, "a start where the curvature is negative"),
            "There a plain Newton step leads uphill, and a line search may give up (that of JAX's BFGS does): use |curvature|, add to its diagonal, "
            "or go along the slope.",
        )
        for function, data, kind in (
            (_counting, (counts.at[2].set(jnp.nan), measured), "NaN among the data"),
            (_slide, middle, "a function without a minimum, which falls for ever, in the end with a slope of 0.005"),
        ):
            start = jnp.array([1.0, 0.0, 0.0]) if function is _counting else jnp.array([1.0, 0.0])
            *_, converged = self._fit(answer, function, start, data, kind)
            if bool(converged):
                raise Finding(
                    f"It says converged for {kind}. The flag has to be found by a look at the end: is the slope finite, and almost 0?"
                )
        params, _, converged = self._fit(
            answer, _saddle, middle + jnp.array([0.0, 2.0]), middle, "a way that ends on a saddle"
        )
        if bool(converged) and not np.allclose(abs(params - middle), [1, 0], atol=1e-3):
            raise Finding(
                "It says converged on a saddle: the slope is 0 there, too, but to two sides -2 ln L falls. At a minimum the curvature is positive "
                "in every direction, as the eigenvalues of the Hessian tell."
            )
        many = jnp.stack([middle, jnp.full(2, jnp.nan), -middle, middle + 2])
        value = _run(
            jax.jit(jax.vmap(lambda data: answer(_far, jnp.array([3.0, -2.0]), data))),
            *(answer, self, (many,), "four data sets", "It fails under vmap. "),
        )
        params, _, converged = self._read(value, Case((), "four data sets"))
        if (
            params.shape != many.shape
            or list(converged) != [1, 0, 1, 1]
            or not np.allclose(params[[0, 2, 3]], many[jnp.array([0, 2, 3])], atol=1e-4)
        ):
            raise Finding(
                "Mapped over data sets by vmap, of which one holds NaN, the fits disturb each other or come out differently."
            )

    def _fit(self, answer: Callable, nll2: Callable, start: Array, data: object, kind: str) -> Result:
        function = jax.jit(answer, static_argnums=0)  # compiled once for each nll2 in a check
        calls = [0]
        try:
            value = _run(function, answer, self, (_counted(nll2, calls), start, data), kind, "It fails under jit. ")
        except Finding:
            if calls[0] <= EVALUATIONS:
                raise
            raise Finding(
                f"For {kind} it goes on and on: stopped after {EVALUATIONS:,} evaluations of -2 ln L. Not every fit arrives, and rounding may keep one "
                "from your threshold: count the steps, and let the loop's condition limit them."
            ) from None
        params, minimum, converged = self._read(value, Case((start, data), kind))
        for name, got, shape in zip(self.outputs, (params, minimum, converged), (start.shape, (), ()), strict=True):
            if got.shape != shape:
                raise Finding(f"{engine.sentence_case(name)}: shape {got.shape} came back, {shape} is asked.")
        return [params, minimum, converged]

    def _right(
        self, answer: Callable, nll2: Callable, start: Array, data: object, best: Array, kind: str, why: str = ""
    ) -> None:
        params, minimum, converged = self._fit(answer, nll2, start, data, kind)
        arrived = np.allclose(params, best, atol=1e-3)
        right = float(nll2(jnp.asarray(best), data))
        if not arrived:
            if np.allclose(params, start):
                raise Finding(f"It returns the start for {kind}: no step is made.")
            if bool(converged):
                raise Finding(
                    f"For {kind} it says converged, but that isn't the minimum. {why or 'Is every step downhill, and is the slope 0 at the end?'}"
                )
            if nll2 is _parabola:
                raise Finding(
                    "It doesn't reach the minimum of a parabola: do the steps lead downhill (Newton's is minus Hessian^-1 times gradient, and one is "
                    "enough here), and are there enough of them?"
                )
            raise Finding(f"It doesn't arrive for {kind}. {why}".strip())
        if abs(minimum - right) > 1e-6 * (1 + abs(right)):
            if abs(minimum - float(nll2(start, data))) < 1e-6:
                raise Finding("The parameters are right, but -2 ln L is its value at the start.")
            raise Finding(f"The parameters are right, but what comes back second isn't -2 ln L at them, for {kind}.")
        if not bool(converged):
            raise Finding(
                f"It arrives for {kind}, but says that it has not converged: how small must the slope be, and can rounding reach that?"
            )
        if not np.allclose(params, best, atol=1e-4):
            raise Finding(
                f"For {kind} it stops within a thousandth of the minimum: go on until the distance is below 0.0001."
            )


minimise = Minimiser(
    2,
    "minimise",
    _minimise,
    lambda: [],
    "A fit that needs no Python while it runs can be compiled once and mapped over as many data sets as you like.",
    {},
    outputs=("the parameters", "-2 ln L", "the converged flag"),
    errors={
        "carry": "The carry of the loop changes its form: what the body returns must have the structure, shapes and types of the start value.",
        "cond_fun": "The condition of while_loop returns a single True or False, computed from the carry.",
        "Abstract tracer value": "It fails under jit. A Python `if`, `while`, `float` or SciPy's minimiser looks at a tracer, which has no value: "
        "loop with jax.lax.while_loop, choose with jnp.where.",
        "traced array": "It fails under jit. A Python `if`, `while`, `float` or SciPy's minimiser looks at a tracer, which has no value: "
        "loop with jax.lax.while_loop, choose with jnp.where.",
    },
)


# --- task 3: many fits --------------------------------------------------------------------------------------------------------


def _one_fit(nll2: Callable, start: Array, data: object) -> tuple[Array, Array, Array, Array]:
    params, _, converged = _minimise(nll2, start, data)
    return params, jax.hessian(nll2)(params, data), converged, jax.hessian(nll2)(jnp.asarray(start, float), data)


@partial(jax.jit, static_argnums=0)
def _all_fits(nll2: Callable, start: Array, data: object) -> tuple[Array, Array, Array, Array]:
    return jax.vmap(lambda one: _one_fit(nll2, start, one))(data)


def _fit_toys_with(sigma: Callable) -> Callable:
    """Fits whose sigma is made from the Hessians at the minimum and at the start."""

    def fit_toys(nll2: Callable, start: Array, data: object) -> tuple[Array, Array, Array]:
        params, hessian, converged, at_start = _all_fits(nll2, start, data)
        return params[:, 0], jax.vmap(sigma)(hessian, at_start), converged

    return fit_toys


_fit_toys = _fit_toys_with(lambda h, _: jnp.sqrt(2 * jnp.linalg.inv(h)[0, 0]))


def _fit_toys_cases() -> list[Case]:
    rng = _generator(3)
    start = jnp.array([1.0, 0.0, 0.0])

    def toys(size: int) -> tuple[Array, Array]:
        return jnp.asarray(rng.poisson([62, 43, 29, 19, 13, 8], (size, 6)).astype(float)), jnp.asarray(
            rng.normal(0, 1, (size, 2))
        )

    counts, measured = toys(5)
    counts = (
        counts.at[1].set(jnp.nan).at[3:].set(jnp.array([[2.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]]))
    )  # -2 ln L falls for ever, slowly
    return [
        Case((_counting, start, toys(5)), "five toys"),
        Case((_counting, start, (counts, measured)), "five toys of which one holds NaN and two have no minimum"),
    ]


def _align_fits(results: list[Result]) -> list[Result]:
    """What a fit says that didn't converge doesn't matter."""
    aligned = []
    for mu, sigma, converged in results:
        if mu.shape == sigma.shape == converged.shape:
            mu, sigma = np.where(converged > 0, mu, 0.0), np.where(converged > 0, sigma, 0.0)
        aligned.append([mu, sigma, converged])
    return aligned


def _flags(got: list[Result], expected: list[Result]) -> str | None:
    flags, right = (np.concatenate([one[2].ravel() for one in results]) for results in (got, expected))
    if flags.shape != right.shape or np.array_equal(flags > 0, right > 0):
        return None
    if (flags > 0).all():
        return "converged is always True: hand on the flag of each fit."
    if (flags > right).any():
        return "converged is True for a fit that hasn't arrived: finite numbers, mu or sigma, don't show a minimum. Hand on the flag of each fit."
    return "converged is False for a fit that has arrived: hand on the flag of each fit."


def _one_sigma(got: list[Result], _: list[Result]) -> str | None:
    if got[0][1].size > 1 and np.ptp(got[0][1]) == 0:
        return "sigma is one number for all toys, such as the spread of the fitted values: asked is what each toy says of itself, from its Hessian."
    return None


def _mapped(answer: Callable) -> None:
    """Whether the number of Python calls of nll2 stays the same for more toys."""
    calls = []
    for size in (4, 12):
        data = jnp.full((size, 6), 20.0), jnp.zeros((size, 2))
        count = [0]

        def nll2(params: Array, data: object, count: list[int] = count) -> Array:
            count[0] += 1
            return _counting(params, data)

        case = Case((nll2, jnp.array([1.0, 0.0, 0.0]), data), f"{size} toys")
        try:
            jax.eval_shape(lambda data: answer(*case.args[:2], data), data)  # noqa: B023
        except Exception as error:
            raise Finding(f"It fails under jit. {engine.explain(error, answer, case)}") from None
        calls.append(count[0])
    if calls[1] > 1.5 * calls[0]:
        raise Finding(
            "Right, but the fits run one by one in a Python loop: three times the toys trace -2 ln L three times as often. Use vmap."
        )


fit_toys = Task(
    3,
    "fit_toys",
    _fit_toys,
    _fit_toys_cases,
    "One fit, mapped: the data have one axis more, and nothing else changes.",
    {
        "sigma is too small by the square root of 2: for -2 ln L the covariance matrix is twice the inverse Hessian.": _fit_toys_with(
            lambda h, _: jnp.sqrt(jnp.linalg.inv(h)[0, 0])
        ),
        "sigma is half of what it should be: the 2 belongs into the numerator, because -2 ln L curves twice as much as -ln L.": _fit_toys_with(
            lambda h, _: jnp.sqrt(jnp.linalg.inv(h)[0, 0] / 2)
        ),
        "sigma ignores the nuisance parameters: it comes from the curvature in mu alone. Invert the whole matrix first, then take the element.": (
            _fit_toys_with(lambda h, _: jnp.sqrt(2 / h[0, 0]))
        ),
        "What you return as sigma is the variance: the square root is missing.": _fit_toys_with(
            lambda h, _: 2 * jnp.linalg.inv(h)[0, 0]
        ),
        "sigma comes from the Hessian at the start, and is that of another point: take it at the minimum of each toy.": _fit_toys_with(
            lambda _, h: jnp.sqrt(2 * jnp.linalg.inv(h)[0, 0])
        ),
        "sigma is that of the last parameter: mu comes first.": _fit_toys_with(
            lambda h, _: jnp.sqrt(2 * jnp.linalg.inv(h)[-1, -1])
        ),
        "All parameters come back where mu alone is asked: one number for each toy.": lambda f, s, d: (
            jax.vmap(lambda one: _minimise(f, s, one)[0])(d),
            *_fit_toys(f, s, d)[1:],
        ),
        "The first thing that you return is -2 ln L: asked is mu.": lambda f, s, d: (
            jax.vmap(lambda one: _minimise(f, s, one)[1])(d),
            *_fit_toys(f, s, d)[1:],
        ),
    },
    outputs=("mu", "sigma", "the converged flags"),
    symptoms=(_flags, _one_sigma),
    align=_align_fits,
    rtol=2e-4,
    also=(_mapped,),
    errors={
        "inconsistent sizes": "vmap maps over an argument that has no axis of toys, such as the start: map over the data alone, with in_axes or a lambda.",
        "vmap was requested to map": "vmap maps over something without that axis: map over the first axis of the data alone, with in_axes or a lambda.",
        "vmap in_axes": "in_axes has to have one entry for each argument: None where all toys share it, 0 for the data.",
        "not a valid JAX type": "A function goes through vmap as if it were data: close over `nll2` with a lambda.",
    },
)


# --- task 4: coverage ---------------------------------------------------------------------------------------------------------


def _fraction_as(sizes: tuple[int, ...], formulas: dict[str, Callable]) -> Callable:
    """A symptom: the fraction k/n of n toys is made by another formula f(k, n), whatever comes back as its error."""

    def symptom(got: list[Result], expected: list[Result]) -> str | None:
        if any(one[0].shape for one in got):
            return None
        n = np.array(sizes)
        k = n * [one[0] for one in expected]
        return next(
            (sentence for sentence, f in formulas.items() if np.allclose([one[0] for one in got], f(k, n), 1e-5)), None
        )

    return symptom


def _covered(
    mu_hat: np.ndarray, sigma: np.ndarray, converged: np.ndarray, truth: float, width: float = 1.0
) -> np.ndarray:
    return np.asarray(converged, bool) & (abs(np.asarray(mu_hat) - truth) <= width * np.asarray(sigma))


def _binomial(fraction: float, size: int) -> tuple[float, float]:
    return fraction, np.sqrt(fraction * (1 - fraction) / size)


def _coverage(mu_hat, sigma, converged, truth):
    return _binomial(_covered(mu_hat, sigma, converged, truth).mean(), len(mu_hat))


def _coverage_jax(mu_hat: Array, sigma: Array, converged: Array, truth: float) -> tuple[Array, Array]:
    fraction = jnp.mean(converged & (jnp.abs(mu_hat - truth) <= sigma))
    return fraction, jnp.sqrt(fraction * (1 - fraction) / mu_hat.size)


COVERAGE_SIZES = 200, 80, 50


def _coverage_cases() -> list[Case]:
    rng = _generator(4)

    def case(size: int, truth: float, failed: int, kind: str, broken: float | None = None) -> Case:
        sigma = rng.uniform(0.5, 1.5, size)
        mu = truth + sigma * rng.normal(0.1, 1.1, size)
        converged = np.ones(size, bool)
        converged[:failed] = False
        mu[:failed] = truth if broken is None else broken
        order = rng.permutation(size)
        return Case((jnp.asarray(mu[order]), jnp.asarray(sigma[order]), jnp.asarray(converged[order]), truth), kind)

    first, second, third = COVERAGE_SIZES
    return [
        case(first, 1.0, 0, f"{first} toys that all converged"),
        case(second, 0.3, 9, "toys of which some didn't converge"),
        case(third, 2.0, 5, "toys whose failed fits are NaN", np.nan),
    ]


def _ends_are_included(answer: Callable) -> None:
    mu_hat, sigma = jnp.array([0.5, 1.0, 1.5, 2.0]), jnp.full(4, 0.5)
    fraction, _ = engine.call(answer, Case((mu_hat, sigma, jnp.ones(4, bool), 1.0), "truths at the ends of intervals"))
    if np.ravel(fraction)[0] != 0.75:
        raise Finding(
            "Right, but for a truth that is exactly one sigma away: the ends belong to the interval, so it is <=, not <."
        )


coverage = Task(
    4,
    "coverage",
    _coverage,
    _coverage_cases,
    "Coverage is a frequency, and has an error of its own; a fit that failed gave no interval, and is counted as such.",
    {
        "Fits that didn't converge are left out: they gave no interval, and count as not covered. The denominator is all toys.": lambda m, s, c, t: (
            _binomial(_covered(m, s, c, t)[np.asarray(c)].mean(), int(np.sum(c)))
        ),
        "Fits that didn't converge are left out of the fraction, but not of its error: they count as not covered in both.": lambda m, s, c, t: (
            _covered(m, s, c, t)[np.asarray(c)].mean(),
            _binomial(_covered(m, s, c, t)[np.asarray(c)].mean(), len(m))[1],
        ),
        "Fits that didn't converge are treated like all others: whatever numbers they left, they count as not covered.": lambda m, s, c, t: (
            _binomial(_covered(m, s, np.ones(len(m)), t).mean(), len(m))
        ),
        "Fits that didn't converge are counted as covered.": lambda m, s, c, t: _binomial(
            (_covered(m, s, c, t) | ~np.asarray(c)).mean(), len(m)
        ),
        "This is the fraction of intervals that miss the truth.": lambda m, s, c, t: _binomial(
            1 - _covered(m, s, c, t).mean(), len(m)
        ),
        "The interval has a width of two standard deviations on each side: asked is one.": lambda m, s, c, t: _binomial(
            _covered(m, s, c, t, 2.0).mean(), len(m)
        ),
        "The interval is half as wide as it should be: it reaches one sigma to each side.": lambda m, s, c, t: (
            _binomial(_covered(m, s, c, t, 0.5).mean(), len(m))
        ),
        "Only the upper end of the interval is compared with the truth: an interval can miss on either side.": lambda m, s, c, t: (
            _binomial((np.asarray(c) & (np.asarray(m - t) <= np.asarray(s))).mean(), len(m))
        ),
        "The absolute value is missing, so that an interval counts as covering whenever it lies above the truth's neighbourhood.": (
            lambda m, s, c, t: _binomial((np.asarray(c) & (np.asarray(t - m) <= np.asarray(s))).mean(), len(m))
        ),
        "The fraction is right; the error is the binomial standard deviation of one toy: divide by the number of toys, under the root.": (
            lambda m, s, c, t: (_coverage(m, s, c, t)[0], _coverage(m, s, c, t)[1] * np.sqrt(len(m)))
        ),
        "The fraction is right; the error is that of a Poisson count. Of N toys at most N can be covered: the binomial error is smaller.": (
            lambda m, s, c, t: (_coverage(m, s, c, t)[0], np.sqrt(_coverage(m, s, c, t)[0] / len(m)))
        ),
        "The fraction is right; what you return second is a variance: the square root is missing.": lambda m, s, c, t: (
            _coverage(m, s, c, t)[0],
            _coverage(m, s, c, t)[1] ** 2,
        ),
        "The fraction is right; the error is 1/sqrt(N), without the p(1 - p).": lambda m, s, c, t: (
            _coverage(m, s, c, t)[0],
            1 / np.sqrt(len(m)),
        ),
        "The fraction is right; its error is divided by N - 1, under the root: that is for a mean whose spread comes from the sample. The "
        "binomial error has N.": lambda m, s, c, t: (
            _coverage(m, s, c, t)[0],
            _coverage(m, s, c, t)[1] * np.sqrt(len(m) / (len(m) - 1)),
        ),
        "One sigma serves for all toys, their mean: each interval has a width of its own.": lambda m, s, c, t: (
            _binomial(_covered(m, np.mean(s), c, t).mean(), len(m))
        ),
        "One sigma serves for all toys, the spread of the fitted values: each interval has a width of its own.": lambda m, s, c, t: (
            _binomial(_covered(m, np.std(m), c, t).mean(), len(m))
        ),
        "These are per cent: asked is a fraction.": lambda m, s, c, t: tuple(100 * x for x in _coverage(m, s, c, t)),
        "The truth is taken to be 1 whatever comes in.": lambda m, s, c, t: _coverage(m, s, c, 1.0),
    },
    outputs=("the fraction", "the error"),
    symptoms=(
        _fraction_as(
            COVERAGE_SIZES,
            {
                "This is a number of toys: divide by how many there are.": lambda k, n: k,
                "The fraction is k/(N - 1): N toys were made, and N is the denominator.": lambda k, n: k / (n - 1),
            },
        ),
    ),
    rtol=2e-6,
    also=(_ends_are_included,),
    course=_coverage_jax,
)


# --- task 5: p-values ---------------------------------------------------------------------------------------------------------


def _q0(mu_hat, nll2_zero, nll2_best) -> np.ndarray:
    return np.where(np.asarray(mu_hat) > 0, np.maximum(np.asarray(nll2_zero) - np.asarray(nll2_best), 0), 0.0)


def _p_of(k: float, n: int) -> tuple[float, float]:
    p = k / n
    return p, np.sqrt(p * (1 - p) / n)


def _p_values(mu_hat, nll2_zero, nll2_best, observed):
    q0 = _q0(mu_hat, nll2_zero, nll2_best)
    return *_p_of(np.sum(q0 >= observed), q0.size), norm.sf(np.sqrt(observed))


def _p_values_jax(mu_hat: Array, nll2_zero: Array, nll2_best: Array, observed: float) -> tuple[Array, Array, Array]:
    q0 = jnp.where(mu_hat > 0, jnp.maximum(nll2_zero - nll2_best, 0.0), 0.0)
    p = jnp.mean(q0 >= observed)
    return p, jnp.sqrt(p * (1 - p) / q0.size), norm.sf(jnp.sqrt(observed))


P_VALUES_SIZES = 200, 300, 60


def _p_values_cases() -> list[Case]:
    rng = _generator(5)

    def case(size: int, observed: float, kind: str) -> Case:
        z = rng.normal(0, 1, size)
        best = rng.normal(50, 4, size)
        return Case((jnp.asarray(0.4 * z), jnp.asarray(best + z**2), jnp.asarray(best), observed), kind)

    return [
        case(size, observed, f"an observed q0 of {observed:g}")
        for size, observed in zip(P_VALUES_SIZES, (1.3, 2.9, 0.0), strict=True)
    ]


def _with_p(make: Callable) -> Callable:
    """The right answer with p and its error made otherwise."""
    return lambda m, z, b, o: (*make(np.asarray(m), np.asarray(z), np.asarray(b), o), _p_values(m, z, b, o)[2])


def _with_asymptotic(make: Callable) -> Callable:
    return lambda m, z, b, o: (*_p_values(m, z, b, o)[:2], make(o))


p_values = Task(
    5,
    "p_values",
    _p_values,
    _p_values_cases,
    "Toys give the p-value without any theorem, but n toys can't show one much below 1/n.",
    {
        "Toys with a negative mu-hat are counted: a deficit isn't evidence for a signal, and q0 is 0 there.": _with_p(
            lambda m, z, b, o: _p_of(np.sum(z - b >= o), m.size)
        ),
        "Toys with a negative mu-hat are left out: their q0 is 0, and they stay in the denominator.": _with_p(
            lambda m, z, b, o: _p_of(np.sum((z - b)[m > 0] >= o), int(np.sum(m > 0)))
        ),
        "A toy that is as extreme as the observation belongs to the p-value, too: >=, not >. At an observed q0 of 0 it makes all the difference.": (
            _with_p(lambda m, z, b, o: _p_of(np.sum(_q0(m, z, b) > o), m.size))
        ),
        "This is the fraction of toys below the observation: the p-value is the fraction at least as extreme.": _with_p(
            lambda m, z, b, o: _p_of(np.sum(_q0(m, z, b) < o), m.size)
        ),
        "The sign of q0 is turned: -2 ln L at mu = 0 is the larger one.": _with_p(
            lambda m, z, b, o: _p_of(np.sum(np.where(m > 0, b - z, 0) >= o), m.size)
        ),
        "q0 is half of what it should be: the inputs are -2 ln L already.": _with_p(
            lambda m, z, b, o: _p_of(np.sum(_q0(m, z, b) / 2 >= o), m.size)
        ),
        "q0 is twice what it should be: the inputs are -2 ln L already.": _with_p(
            lambda m, z, b, o: _p_of(np.sum(2 * _q0(m, z, b) >= o), m.size)
        ),
        "The p-value is right; its error is that of a Poisson count, sqrt(k)/n, and too large where p is.": _with_p(
            lambda m, z, b, o: (_p_values(m, z, b, o)[0], np.sqrt(_p_values(m, z, b, o)[0] / m.size))
        ),
        "The p-value is right; its error misses the division by the number of toys.": _with_p(
            lambda m, z, b, o: (_p_values(m, z, b, o)[0], _p_values(m, z, b, o)[1] * np.sqrt(m.size))
        ),
        "The p-value is right; its error is divided by n - 1, under the root: that is for a mean whose spread comes from the sample. The binomial "
        "error has n.": _with_p(
            lambda m, z, b, o: (_p_values(m, z, b, o)[0], _p_values(m, z, b, o)[1] * np.sqrt(m.size / (m.size - 1)))
        ),
        "The p-value is right; what stands for its error is a variance.": _with_p(
            lambda m, z, b, o: (_p_values(m, z, b, o)[0], _p_values(m, z, b, o)[1] ** 2)
        ),
        "The asymptotic p-value is two-sided, that of a chi-squared distribution: half of the toys have q0 = 0, so it is half as large.": (
            _with_asymptotic(lambda o: 2 * norm.sf(np.sqrt(o)))
        ),
        "The asymptotic p-value lacks the square root: Z is sqrt(q0).": _with_asymptotic(lambda o: norm.sf(o)),
        "What you return third is Phi(sqrt(q0)): the p-value is what is left of 1.": _with_asymptotic(
            lambda o: norm.cdf(np.sqrt(o))
        ),
        "What you return third is the significance Z: asked is the p-value that belongs to it.": _with_asymptotic(
            lambda o: np.sqrt(o)
        ),
        "What you return third is the density of a Gaussian: the p-value is the area of its tail.": _with_asymptotic(
            lambda o: norm.pdf(np.sqrt(o))
        ),
    },
    outputs=("p", "its error", "the asymptotic p"),
    symptoms=(
        _fraction_as(
            P_VALUES_SIZES,
            {
                "What you return first is k, a number of toys: divide by how many there are.": lambda k, n: k,
                "This is k/(n - 1): n toys were made, and n is the denominator.": lambda k, n: k / (n - 1),
                "This is (k+1)/n: asked is k/n.": lambda k, n: (k + 1) / n,
                "This is (k+1)/(n+1): a p-value that never is 0, and a good habit for a test. Asked is the estimate k/n with its error; the "
                "solution discusses both.": lambda k, n: (k + 1) / (n + 1),
            },
        ),
    ),
    rtol=2e-6,
    course=_p_values_jax,
)


# --- task 6: toys on many devices ---------------------------------------------------------------------------------------------


def _spread(toys: Array, mesh: Mesh) -> Array:
    missing = -len(toys) % mesh.size
    padded = jnp.concatenate([toys, jnp.repeat(toys[-1:], missing, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec(mesh.axis_names[0])))


@dataclass(eq=False)
class Spread(Task):
    """A task whose answer places an array: where its shards lie is looked at, on as many devices as there are."""

    def examine(self, answer: object) -> None:
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        for devices in sorted({1, min(2, jax.device_count()), jax.device_count()}):
            mesh = Mesh(np.array(jax.devices()[:devices]), ("toys",))
            for size, shape in ((4 * devices, (3,)), (4 * devices + 1, (2,)), (2 * devices + 1, ()), (1, (3,))):
                self._look(answer, jnp.asarray(_generator(6).poisson(20, (size, *shape)).astype(float)), mesh)

    def _look(self, answer: Callable, toys: Array, mesh: Mesh) -> None:
        size, devices = len(toys), mesh.size
        kind = f"{size} toys on {devices} device{'s' if devices > 1 else ''}"
        try:
            value = answer(toys, mesh)
        except Exception as error:
            known = [cause for words, cause in self.errors.items() if words in str(error)]
            raise Finding(known[0] if known else engine.explain(error, answer, Case((toys, mesh), kind))) from None
        if value is None:
            raise Finding("It returns None: is the `return` missing?")
        if isinstance(value, NamedSharding):
            raise Finding(
                "It returns the sharding: asked is the array that has it. jax.device_put brings both together."
            )
        if not isinstance(value, jax.Array):
            raise Finding(f"It returns a {type(value).__name__}, which lies on no device: return one JAX array.")
        rows = size + -size % devices
        if value.shape == toys.shape[:0] + (devices, rows // devices, *toys.shape[1:]) and value.shape != toys.shape:
            raise Finding(
                "There is an axis of devices in front, as pmap wanted it: with a mesh the array keeps its shape, and its sharding tells."
            )
        if value.ndim != toys.ndim or value.shape[1:] != toys.shape[1:]:
            raise Finding(
                f"For {kind}, {toys.shape}, an array of shape {value.shape} comes back: only the first axis may grow."
            )
        if len(value) < size:
            raise Finding(f"For {kind} only {len(value)} come back: toys are cut off. Pad instead.")
        if len(value) != rows:
            if devices == 1 or len(value) % devices == 0:
                raise Finding(
                    f"For {kind} there are {len(value)} rows: pad up to the next multiple of the devices, and not at all if it is one already."
                )
            raise Finding(f"For {kind} there are {len(value)} rows, which can't be dealt out evenly.")
        got = np.asarray(value)
        if not np.array_equal(got[:size], np.asarray(toys)):
            same = np.array_equal(np.sort(got[rows - size :].ravel()), np.sort(np.asarray(toys).ravel()))
            raise Finding(
                f"For {kind} the first {size} rows aren't the toys in their order"
                + (": the padding belongs behind them." if same and rows > size else ".")
            )
        if not np.isfinite(got).all():
            raise Finding(
                "The padding is NaN or infinite: its fits wouldn't end before the last step, and hold up all others. Pad with a toy."
            )
        wanted = NamedSharding(mesh, PartitionSpec("toys"))
        if value.sharding.device_set != wanted.device_set:
            raise Finding(
                f"For {kind} the result lies on {len(value.sharding.device_set)} device{'s' if len(value.sharding.device_set) > 1 else ''}: "
                "it has to be placed on those of the mesh."
            )
        if not value.sharding.is_equivalent_to(wanted, value.ndim):
            if value.sharding.is_fully_replicated:
                raise Finding(
                    "Every device holds all toys: the array is replicated. Name the axis of the mesh in the PartitionSpec."
                )
            raise Finding(
                f"The array is split, but not along its first axis: each device holds {value.addressable_shards[0].data.shape}."
            )


spread = Spread(
    6,
    "spread",
    _spread,
    lambda: [],
    "Place the data, and the compiled program follows: no fit knows on how many devices it runs.",
    {},
    errors={
        "is not found in mesh": "The PartitionSpec names an axis that the mesh doesn't have: `mesh.axis_names` tells.",
        "not found in mesh": "The PartitionSpec names an axis that the mesh hasn't got: `mesh.axis_names` tells.",
        "only valid for values of rank": "The PartitionSpec has more entries than the array has axes: the first axis is enough, the others are left whole.",
        "implies that array axis": "The number of toys isn't a multiple of the number of devices, and such an array can't be dealt out: pad it before.",
    },
)


# --- what the notebook calls besides ------------------------------------------------------------------------------------------

TASKS = {task.name: task for task in (draw, minimise, fit_toys, coverage, p_values, spread)}


def ready(*names: str) -> bool:
    """Whether these tasks are passed; if not, print what the cell waits for."""
    return engine.ready(TASKS, *names)


def use(name: str) -> Callable:
    """The learner's function of this name if it has passed its check, else the course's."""
    return engine.use(TASKS, name)


def progress() -> None:
    """Print which tasks are passed and which are open."""
    engine.progress(TASKS)
