"""Answers that draw random numbers from a key."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result, same
from jaxhep.check.demands import (
    folds_a_spent_key,
    kurtosis,
    skewness,
    strongest_correlation,
    transformed,
    uses_a_key_twice,
)
from jaxhep.check.reading import Case, Finding, as_numpy, explain, known_cause
from jaxhep.check.unit03._purity import keeps_nothing, reads_nothing
from jaxhep.check.verdict import Task

IGNORES_THE_KEY = "Every key gives the same numbers: the key that comes in isn't the one that is used."


@dataclass(eq=False, kw_only=True)
class Drawn(Task):
    """A task whose answer draws random numbers: nothing to compare with, so what it draws is examined.

    small : arguments behind the key, of few random numbers, to look for impurity, a key used twice, and other numbers
        inside jit.
    once : the same for a single turn of the loop, if the answer is a loop.
    demands : each examines the distribution, with fixed keys and wide margins.
    """

    small: tuple
    once: tuple = ()

    def judge(self, answer: Callable) -> None:
        outside = keeps_nothing(answer, lambda: self.drawn(answer, *self.small))
        reads_nothing(answer)
        inside = self._inside_jit(answer)
        if not same(inside, outside, 1e-6, 1e-9):
            if not same(self.drawn(answer, *self.small), outside, 1e-6, 1e-9):
                raise Finding(
                    "The same key gives other numbers the second time: somewhere they come from another source than "
                    "the key."
                )
            raise Finding("Inside jit the same key gives other numbers than outside.")
        for demand in self.demands:
            demand(answer)
        self._uses_each_key_once(answer)

    def drawn(self, answer: Callable, *args: object, keys: jax.Array | None = None) -> Result:
        """What the answer returns for these arguments behind the key; with ``keys``, one row for each of them."""
        case = Case((jax.random.key(7), *args) if keys is None else (keys, *args), "ordinary arguments")
        function = answer if keys is None else jax.vmap(lambda key: answer(key, *args))
        try:
            value = function(*case.args) if keys is None else function(keys)
        except Exception as error:
            where = "" if keys is None else "It fails under vmap, mapped over many keys. "
            raise Finding(known_cause(error, self.errors) or where + explain(error, answer, case)) from None
        if any(is_key(leaf) for leaf in jax.tree.leaves(value)):
            raise Finding(
                "It returns a key, too: the caller has made the key, and makes the next one. Return the results alone."
            )
        return self._read(as_numpy(value), case)

    def _inside_jit(self, answer: Callable) -> Result:
        case = Case((jax.random.key(7),), "ordinary arguments")
        value = transformed("jit", jax.jit(lambda key: answer(key, *self.small)), answer, case, self.errors)
        return self._read(value, case)

    def _uses_each_key_once(self, answer: Callable) -> None:
        twice = repeats_a_key(answer, self.small)
        if twice and self.once and not repeats_a_key(answer, self.once):
            raise Finding(
                "A key that has drawn is handed on, and used again in the next layer: JAX's checker "
                "(jax.debug_key_reuse) objects, although no number is repeated. The key to go on with must be one that "
                "nothing else uses: split off three, not two, or let one draw make both numbers."
            )
        if twice:
            raise Finding(
                "JAX's checker (jax.debug_key_reuse) finds a key that is used twice: a key goes into one draw or into "
                "one split, and is spent then. The keys that come out of the split are the ones to go on with."
            )
        if folds_a_spent_key(answer, jax.random.key(7), *self.small):
            raise Finding(
                "A key that goes into `fold_in` is also drawn from, or split: that is two uses, even if JAX's checker "
                "doesn't object. Fold numbers into a key that does nothing else."
            )


def is_key(value: object) -> bool:
    return isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def repeats_a_key(answer: Callable, args: tuple) -> bool:
    """Whether JAX's checker objects, with jit off and loops run by Python, where it follows each key through all turns.

    (The body of a compiled loop is judged as a whole, and an array of keys that is read in it turn by turn is refused.)
    """
    with jax.disable_jit():
        return uses_a_key_twice(answer, jax.random.key(7), *args)


def independent(x: np.ndarray, names: list[str]) -> None:
    """Raise a ``Finding`` unless the columns, one row a key, are independent as far as correlations can tell."""
    r, i, j, squared = strongest_correlation(x)
    if abs(r) > 6 / math.sqrt(len(x)):
        which = "the squares of " * squared
        raise Finding(
            f"The random numbers aren't independent: over {len(x)} keys, {which}{names[i]} and {names[j]} have a "
            f"correlation of {r:.2f}."
        )


def mean_is_free(x: np.ndarray, what: str) -> None:
    """Raise a ``Finding`` if the numbers of each key, a row, are made to average to 0."""
    if np.abs(x.mean(axis=-1)).max() < 1e-9:
        raise Finding(f"The {what} of one key have mean 0 exactly: they are made so, and not independent any more.")


def gaussian(x: np.ndarray, what: str) -> None:
    """Raise a ``Finding`` unless numbers of mean 0 and width 1 are Gaussian, within six standard deviations."""
    spread = math.sqrt(1 / x.size)
    edge = np.abs(x).max()
    mean_is_free(x, what)
    if edge < math.sqrt(2 * math.log(x.size)) - 1.1:
        raise Finding(f"Of {x.size} {what} none is further than {edge:.3g} widths from 0: the tails are cut.")
    if abs(skewness(x)) > 6 * math.sqrt(6) * spread:
        raise Finding(f"The {what} aren't Gaussian: they have a skewness of {skewness(x):.2g}, a Gaussian has none.")
    if abs(kurtosis(x) - 3) > 6 * math.sqrt(24) * spread:
        raise Finding(f"The {what} aren't Gaussian: their kurtosis is {kurtosis(x):.3g}, that of a Gaussian is 3.")
