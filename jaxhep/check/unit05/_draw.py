"""Task 1: pseudo-experiments."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import ClosedJaxpr, Jaxpr

from jaxhep.check.compare import Result, same
from jaxhep.check.demands import transformed, uses_a_key_twice
from jaxhep.check.reading import Case, Finding
from jaxhep.check.verdict import Task

YIELDS, CENTRES = np.array([0.5, 4.0, 4.0, 30.0, 900.0]), np.array([0.0, 1.5, -0.7])
SIZE = 4000


def reference(key: Array, yields: Array, centres: Array, size: int) -> tuple[Array, Array]:
    def one(i: Array) -> tuple[Array, Array]:
        for_counts, for_measured = jax.random.split(jax.random.fold_in(key, i))
        return jax.random.poisson(for_counts, yields), centres + jax.random.normal(for_measured, centres.shape)

    return jax.vmap(one)(jnp.arange(size))


def arguments(seed: int) -> tuple[Array, Array, Array]:
    """All arguments but the size."""
    return jax.random.key(seed), jnp.asarray(YIELDS), jnp.asarray(CENTRES)


@dataclass(eq=False, kw_only=True)
class Drawn(Task):
    """A task whose answer draws random numbers: they are examined, in the order in which causes hide one another."""

    def judge(self, answer: Callable) -> None:
        self._isnt_unrolled(answer)
        toys = counts, measured = self._drawn(answer, 1)
        _have_shapes(counts, measured)
        self._come_from_the_key(answer, toys)
        _counts_are_poisson(counts)
        _measured_are_gaussian(measured)
        _toys_are_independent(counts, measured)
        self._are_the_same_inside_jit(answer, toys)
        if uses_a_key_twice(answer, *arguments(1), 3):
            raise Finding(
                "JAX's checker (jax.debug_key_reuse) finds a key that is used twice: counts and auxiliary "
                "measurements are two draws, and each needs a key of its own. Split once more."
            )

    def _drawn(self, answer: Callable, seed: int, size: int = SIZE) -> Result:
        state = np.random.get_state()[1].tobytes()
        case = Case((*arguments(seed), size), f"{size} toys")
        value = self._read(transformed("nothing", lambda *args: answer(*args), answer, case, self.errors, ""), case)
        if np.random.get_state()[1].tobytes() != state:
            raise Finding(
                "It draws from NumPy's hidden random state: the key has no say, and inside jit the same numbers come "
                "back in every call. Draw with jax.random, from the key."
            )
        return value

    def _isnt_unrolled(self, answer: Callable) -> None:
        def equations(size: int) -> int:
            trace = jax.make_jaxpr(lambda *args: answer(*args, size))
            return equations_in(transformed("jit", trace, answer, Case(arguments(1), f"{size} toys"), self.errors))

        try:
            more = equations(20) - equations(10)
        except Finding:
            self._drawn(answer, 1, 20)  # what is wrong outside of jit, too, comes first
            raise
        if more >= 10:
            raise Finding(
                "The toys are made one by one in a Python loop: jit would unroll it, and compile for minutes where "
                "thousands are asked. Give the draws a shape, or write one toy and map it with vmap."
            )

    def _come_from_the_key(self, answer: Callable, toys: Result) -> None:
        again, other = self._drawn(answer, 1), self._drawn(answer, 2)
        if not same(again, toys, 0.0, 0.0):
            raise Finding(
                "The same key gives other toys the second time: somewhere numbers come from another source than the "
                "key."
            )
        for name, one, two in zip(self.outputs, toys, other, strict=True):
            if np.ptp(one) > 0 and np.ptp(one, axis=0).any() and np.array_equal(one, two):
                raise Finding(
                    f"Another key gives the same toys: {name} are drawn from a key that is made inside the function."
                )

    def _are_the_same_inside_jit(self, answer: Callable, toys: Result) -> None:
        compiled = jax.jit(lambda key, yields, centres: answer(key, yields, centres, SIZE))
        case = Case(arguments(1), f"{SIZE} toys")
        inside = self._read(transformed("jit", compiled, answer, case, self.errors), case)
        if not same(inside, toys, 1e-6, 1e-9):
            raise Finding("Inside jit the same key gives other toys than outside.")


def equations_in(jaxpr: ClosedJaxpr | Jaxpr) -> int:
    """The number of equations of a jaxpr, those inside of others included."""
    params = [one.params for one in jaxpr.eqns]
    inner = [x for x in jax.tree.leaves(params, is_leaf=lambda x: hasattr(x, "eqns")) if hasattr(x, "eqns")]
    return len(params) + sum(map(equations_in, inner))


def _have_shapes(counts: np.ndarray, measured: np.ndarray) -> None:
    size, bins, sources = SIZE, YIELDS.size, CENTRES.size
    if counts.shape == (bins, size) or measured.shape == (sources, size):
        raise Finding("The toys run along the wrong axis: the first axis counts them, so that vmap can map over it.")
    if counts.shape == (bins,) or measured.shape == (sources,):
        what = "The counts" if counts.shape == (bins,) else "The auxiliary measurements"
        raise Finding(f"{what} are those of a single toy: `size` of them are asked, one per row.")
    if counts.shape != (size, bins) or measured.shape != (size, sources):
        raise Finding(
            f"For {size} toys of {bins} bins and {sources} auxiliary measurements the shapes are ({size}, {bins}) and "
            f"({size}, {sources}); yours are {counts.shape} and {measured.shape}."
        )


def _counts_are_poisson(counts: np.ndarray) -> None:
    if not np.isfinite(counts).all():
        raise Finding("Some counts are NaN or infinite.")
    if np.allclose(counts, YIELDS) or np.array_equal(counts, np.broadcast_to(np.round(YIELDS), counts.shape)):
        raise Finding("The counts are the expected yields themselves, in every toy: nothing is drawn.")
    if not np.ptp(counts, axis=0).any():
        raise Finding("All rows of the counts are equal: the same toy is repeated. Every toy needs a key of its own.")
    if not np.array_equal(counts, np.round(counts)):
        raise Finding(
            "The counts aren't whole numbers: a Gaussian approximates the Poisson distribution where many events are "
            "expected only."
        )
    pulls = (counts.mean(0) - YIELDS) / np.sqrt(YIELDS / SIZE)
    if (abs(pulls) > 6).any():
        ratio = counts.mean(0) / YIELDS
        if np.allclose(ratio, ratio[-1], atol=0.08) and abs(ratio[-1] - 1) > 0.02:
            raise Finding(f"The counts are on average {ratio[-1]:.3g} times the yields, in every bin: are they scaled?")
        if (counts < 0).any() or (pulls[3:] < 6).all():
            raise Finding(
                "In bins of few events the mean of the counts is off: a rounded or clipped Gaussian isn't a Poisson "
                "distribution."
            )
        raise Finding("The mean of the counts over the toys isn't the yields.")
    if (counts < 0).any() or abs((counts[:, 0] == 0).mean() - math.exp(-0.5)) > 6 * math.sqrt(0.24 / SIZE):
        raise Finding(
            "In bins of few events this isn't a Poisson distribution: a rounded Gaussian gives negative counts or "
            "too few zeros."
        )
    if (abs(counts.var(0) / YIELDS - 1) > 6 * np.sqrt((2 + 1 / YIELDS) / SIZE)).any():
        raise Finding("The counts spread otherwise than a Poisson distribution, whose variance is its mean.")


def _measured_are_gaussian(measured: np.ndarray) -> None:
    if not np.isfinite(measured).all():
        raise Finding("Some auxiliary measurements are NaN or infinite.")
    if not np.ptp(measured, axis=0).any():
        if not measured.any():
            raise Finding(
                "The auxiliary measurements are all 0, as in the fit to data: in a toy they are drawn, too, with "
                "width 1."
            )
        if np.allclose(measured, CENTRES):
            raise Finding(
                "The auxiliary measurements sit exactly at the centres: each has a resolution of 1, and is drawn "
                "like the counts."
            )
        raise Finding(
            "All rows of the auxiliary measurements are equal: one draw is shared by all toys. Each toy measures anew."
        )
    error = 6 / math.sqrt(SIZE)
    mean = measured.mean(0)
    if (abs(mean - CENTRES) > error).any():
        if (abs(mean) < error).all():
            raise Finding(
                "The auxiliary measurements scatter around 0, not around the centres: a toy's truth is where the toy "
                "is made."
            )
        if (abs(mean + CENTRES) < error).all():
            raise Finding("The auxiliary measurements scatter around minus the centres: mind the sign.")
        raise Finding("The mean of the auxiliary measurements isn't at the centres.")
    if (abs(measured.std(0) - 1) > error).any():
        raise Finding("The auxiliary measurements don't have width 1, the unit of every constraint.")
    if (abs((abs(measured - CENTRES) < 1).mean(0) - 0.6827) > error / 2).any():
        raise Finding("The auxiliary measurements have the right mean and width, but they aren't Gaussian.")


def _toys_are_independent(counts: np.ndarray, measured: np.ndarray) -> None:
    everything = np.concatenate([counts, measured], axis=1)
    if len(np.unique(everything, axis=0)) < len(everything):
        raise Finding("Some toys appear twice, number by number: their keys coincide.")
    limit = 6 / math.sqrt(SIZE)
    correlation = np.corrcoef(everything.T) - np.eye(everything.shape[1])
    bins = counts.shape[1]
    if abs(correlation[:bins, :bins]).max() > limit:
        raise Finding(
            "The bins of a toy fluctuate together: they share one random number, or one key. Draw all of a toy's "
            "bins in one call."
        )
    if abs(correlation[bins:, bins:]).max() > limit:
        raise Finding(
            "The auxiliary measurements of a toy move together: a single number is drawn for all of them. Give the "
            "draw a shape."
        )
    if abs(correlation).max() > limit:
        raise Finding("Counts and auxiliary measurements are correlated: they are drawn from the same random numbers.")
    for lag in (1, 2):
        shifted = [abs(np.corrcoef(column[lag:], column[:-lag])[0, 1]) for column in everything.T]
        if max(shifted) > limit:
            raise Finding(
                "Neighbouring toys are correlated: they share random numbers. Every toy needs a key of its own."
            )


task = Drawn(
    number=1,
    name="draw",
    reference=reference,
    outputs=("the counts", "the auxiliary measurements"),
    meaning="A toy is a whole new experiment: it counts anew and measures its nuisance parameters anew.",
    errors={
        **dict.fromkeys(
            ("for broadcasting", "Shapes must be"),
            "It stops at a shape: `jax.random` functions take the shape of what they draw as a tuple of Python "
            "integers, and `yields` (B,) fits into (size, B).",
        ),
        "__array__() was called on traced array": "NumPy meets an array that has no values yet, inside vmap or jit: "
        "draw with jax.random, and compute with jnp.",
    },
)
