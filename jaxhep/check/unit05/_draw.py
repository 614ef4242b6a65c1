"""Task 1: pseudo-experiments."""

from __future__ import annotations

import contextlib
import functools
import inspect
import math
from collections.abc import Callable, Iterator
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


SAMPLERS = (
    *("bernoulli", "bits", "categorical", "exponential", "gamma", "multivariate_normal", "normal", "permutation"),
    *("poisson", "randint", "truncated_normal", "uniform"),
)
MAKERS = "fold_in", "split"

_used: list[tuple[str, bytes]] = []  # what a program compiled in an earlier check still records goes here, too


@contextlib.contextmanager
def recorded_keys() -> Iterator[list[tuple[str, bytes]]]:
    """What functions of jax.random are called with which keys in this block, each toy's under vmap, too."""

    def recording(name: str, function: Callable) -> Callable:
        @functools.wraps(function)
        def recorded(key: Array, *args: object, **options: object) -> object:
            jax.debug.callback(lambda data: _used.append((name, np.asarray(data).tobytes())), jax.random.key_data(key))
            if name != "poisson":
                return function(key, *args, **options)
            like = jax.eval_shape(
                lambda: function(key, *args, **options)
            )  # the numbers don't matter, its loops compile
            return jnp.ones(like.shape, like.dtype)

        return recorded

    _used.clear()
    originals = {name: getattr(jax.random, name) for name in (*SAMPLERS, *MAKERS)}
    try:
        for name, function in originals.items():
            setattr(jax.random, name, recording(name, function))
        yield _used
        jax.effects_barrier()
    finally:
        for name, function in originals.items():
            setattr(jax.random, name, function)


def _have_keys_of_their_own(answer: Callable) -> None:
    """JAX's checker sees a vmapped program once; here it is each toy's key that is looked at."""
    with recorded_keys() as used:
        jax.jit(lambda *args: inspect.unwrap(answer)(*args, 7))(*arguments(1))
        jax.effects_barrier()
    by_key: dict[bytes, list[str]] = {}
    for name, key in used:
        by_key.setdefault(key, []).append(name)
    for names in by_key.values():
        draws = [name for name in names if name in SAMPLERS]
        if len(draws) > 1:
            two = f"two draws of jax.random.{draws[0]}" if len(set(draws)) == 1 else f"{draws[0]} and {draws[1]}"
            raise Finding(
                f"A key serves twice, for {two}: perhaps in two toys, such as the measurements of one and the counts "
                "of the next. Draws that share a key aren't independent, even where nothing shows."
            )
        maker = next((name for name in names if name in MAKERS), "")
        if draws and maker:
            raise Finding(
                f"A key that {draws[0]} draws from makes a new key as well, by {maker}: what "
                "that gives comes from the same random bits. Split first, then draw from the parts."
            )


@dataclass(eq=False, kw_only=True)
class Drawn(Task):
    """A task whose answer draws random numbers: they are examined, in the order in which causes hide one another."""

    def judge(self, answer: Callable) -> None:
        self._isnt_unrolled(answer)
        toys = counts, measured = self._drawn(answer, 1)
        _have_shapes(counts, measured)
        self._come_from_the_key(answer, toys)
        _counts_are_drawn(counts)
        _measured_are_drawn(measured)
        _toys_differ(counts, measured)
        _counts_are_poisson(counts)
        _measured_are_gaussian(measured)
        _toys_are_independent(counts, measured)
        self._are_the_same_inside_jit(answer, toys)
        if uses_a_key_twice(answer, *arguments(1), 3):
            raise Finding(
                "JAX's checker (jax.debug_key_reuse) finds a key that is used twice: counts and auxiliary "
                "measurements are two draws, and each needs a key of its own, which isn't split any more. Split before."
            )
        _have_keys_of_their_own(answer)

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


def _counts_are_drawn(counts: np.ndarray) -> None:
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
    if (counts < 0).any():
        raise Finding("Some counts are negative, as a rounded Gaussian has them: a Poisson distribution begins at 0.")


def _measured_are_drawn(measured: np.ndarray) -> None:
    if not np.isfinite(measured).all():
        raise Finding("Some auxiliary measurements are NaN or infinite.")
    if np.ptp(measured, axis=0).any():
        return
    if not measured.any():
        raise Finding(
            "The auxiliary measurements are all 0, as in the fit to data: in a toy they are drawn, too, with width 1."
        )
    if np.allclose(measured, CENTRES):
        raise Finding(
            "The auxiliary measurements sit exactly at the centres: each has a resolution of 1, and is drawn like the "
            "counts."
        )
    raise Finding(
        "All rows of the auxiliary measurements are equal: one draw is shared by all toys. Each toy measures anew."
    )


def _toys_differ(counts: np.ndarray, measured: np.ndarray) -> None:
    """Toys of few bins may have the same counts by chance, but not half of them, and none the same measurements."""
    for what, rows, least in (
        ("toys", np.concatenate([counts, measured], axis=1), SIZE),
        ("rows of the auxiliary measurements", measured, SIZE),
        ("rows of the counts", counts, SIZE // 2),
    ):
        different = len(np.unique(rows, axis=0))
        if different < least:
            raise Finding(
                f"Of {SIZE} {what} only {different} are different, the others repeat them: draw every toy anew."
            )


def _rounded_gaussian(rounding: Callable, yields: np.ndarray) -> np.ndarray:
    """The mean (bins,) of a Gaussian of variance ``yields``, rounded and cut off at 0."""
    numbers = np.linspace(-6, 6, 60_001)
    weight = np.exp(-(numbers**2) / 2)
    values = np.maximum(rounding(yields[:, None] + np.sqrt(yields)[:, None] * numbers), 0.0)
    return values @ weight / weight.sum()


def _counts_are_poisson(counts: np.ndarray) -> None:
    mean, spread = counts.mean(0), counts.var(0) / YIELDS
    error, error_of_spread = np.sqrt(YIELDS / SIZE), np.sqrt((2 + 1 / YIELDS) / SIZE)
    few, many = YIELDS < 10, YIELDS > 10
    if (abs(spread[many] - 2) < 12 * error_of_spread[many]).all():
        raise Finding(
            "The counts spread with twice the variance of a Poisson distribution, as if the yields fluctuated by their "
            "square root before the counts are drawn from them: the draw itself is the whole fluctuation."
        )
    if (abs(mean - YIELDS) > 6 * error).any():
        ratio = mean / YIELDS
        if np.allclose(ratio, ratio[-1], atol=0.08) and abs(ratio[-1] - 1) > 0.02:
            raise Finding(f"The counts are on average {ratio[-1]:.3g} times the yields, in every bin: are they scaled?")
        if any(
            (abs(mean - _rounded_gaussian(rounding, YIELDS))[few] < 6 * error[few]).all()
            for rounding in (np.round, np.floor, np.ceil)
        ):
            raise Finding(
                "In bins of few events the mean of the counts is that of a Gaussian, rounded and cut off at 0: that "
                "isn't a Poisson distribution."
            )
        worst = int(np.argmax(abs(mean - YIELDS) / error))
        raise Finding(
            f"The mean of the counts over the toys isn't the yields: {mean[worst]:.3g} in a bin where "
            f"{YIELDS[worst]:g} are expected."
        )
    empty = (counts[:, 0] == 0).mean()
    if abs(empty - math.exp(-YIELDS[0])) > 6 * math.sqrt(0.24 / SIZE):
        raise Finding(
            f"The mean of the counts is right, but {100 * empty:.0f} % of the toys have no event in a bin of "
            f"{YIELDS[0]:g} expected ones; of a Poisson distribution it is {100 * math.exp(-YIELDS[0]):.0f} %."
        )
    if counts.sum(1).var() < 0.5 * counts.sum(1).mean():
        raise Finding(
            f"The total of a toy hardly fluctuates, by {counts.sum(1).std():.3g} around {counts.sum(1).mean():.0f}: "
            "with a fixed total the bins depend on each other. Each is a Poisson count of its own."
        )
    if (abs(spread - 1) > 6 * error_of_spread).any():
        worst = int(np.argmax(abs(spread - 1) / error_of_spread))
        raise Finding(
            f"The counts spread otherwise than a Poisson distribution, whose variance is its mean: in a bin of "
            f"{YIELDS[worst]:g} expected events the variance is {spread[worst]:.3g} times that."
        )


def _measured_are_gaussian(measured: np.ndarray) -> None:
    error = 6 / math.sqrt(SIZE)
    mean, width = measured.mean(0), measured.std(0)
    if (abs(mean - CENTRES) > error).any():
        if (abs(mean) < error).all():
            raise Finding(
                "The auxiliary measurements scatter around 0, not around the centres: a toy's truth is where the toy "
                "is made."
            )
        if (abs(mean + CENTRES) < error).all():
            raise Finding("The auxiliary measurements scatter around minus the centres: mind the sign.")
        raise Finding("The mean of the auxiliary measurements isn't at the centres.")
    if (abs(width - math.sqrt(2)) < error).all():
        raise Finding(
            "The auxiliary measurements have width 1.41, that of two draws of width 1 added up: only the measurement "
            "fluctuates, the truth is `centres` in every toy."
        )
    if (abs(width - 1) > error).any():
        worst = width[np.argmax(abs(width - 1))]
        raise Finding(f"The auxiliary measurements don't have width 1, the unit of every constraint, but {worst:.3g}.")
    if (abs((abs(measured - CENTRES) < 1).mean(0) - 0.6827) > error / 2).any():
        raise Finding("The auxiliary measurements have the right mean and width, but they aren't Gaussian.")


def _toys_are_independent(counts: np.ndarray, measured: np.ndarray) -> None:
    everything = np.concatenate([counts, measured], axis=1)
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
    half = len(everything) // 2
    for first, second in ((everything[:half], everything[half:]), (everything[:half], everything[::-1][:half])):
        if max(abs(np.corrcoef(a, b)[0, 1]) for a, b in zip(first.T, second[: len(first)].T, strict=True)) > 2 * limit:
            raise Finding(
                "Half of the toys are made from the other half (mirrored, or repeated): every toy needs random numbers "
                "of its own."
            )
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
        "Shapes must be": "`jax.random` functions take the shape of what they draw as a tuple of Python integers, "
        "such as (size, 3).",
        "__array__() was called on traced array": "NumPy meets an array that has no values yet, inside vmap or jit: "
        "draw with jax.random, and compute with jnp.",
    },
)
