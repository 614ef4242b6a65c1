"""Task 2a: a likelihood scan that compiles once. Shapes: B bins, M points of the scan."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.demands import compilations
from jaxhep.check.reading import Case, Finding, call, generator
from jaxhep.check.unit02._runs import RUNS
from jaxhep.check.verdict import Task


class Likelihood:
    """A -2 ln L (mu, counts) that notes how often its Python runs, and if under jit; a learner gets ``function``."""

    def __init__(self, bins: int, seed: int):
        rng = np.random.default_rng([seed, bins])
        signal, background = rng.uniform(1, 9, bins), rng.uniform(20, 60, bins)
        self.calls, self.staged = 0, True

        def nll2(mu, counts):
            self.calls += 1
            # Under jit even 1 + 1 is staged; under vmap alone, or without any transformation, it is computed at once.
            self.staged &= isinstance(jnp.add(1.0, 1.0), jax.core.Tracer)
            expected = mu * signal + background
            return 2 * jnp.sum(expected - counts * jnp.log(expected))

        self.function = nll2


def reference(nll2, mus, counts):
    point = jax.jit(nll2)
    curve = np.array([float(point(mu, counts)) for mu in mus])
    return curve - curve.min()


@functools.partial(jax.jit, static_argnums=0)
def course(nll2, mus, counts):
    curve = jax.vmap(nll2, in_axes=(0, None))(mus, counts)
    return curve - curve.min()


def cases() -> list[Case]:
    rng = generator(2, 1)

    def case(bins: int, seed: int, mus: np.ndarray, expected: float, kind: str) -> Case:
        return Case((Likelihood(bins, seed).function, mus, rng.poisson(expected, bins).astype(float)), kind)

    first = case(3, 1, np.linspace(-0.5, 2.5, 7), 45.0, "seven points and three bins")
    nll2, mus, counts = first.args
    return [
        first,
        Case((nll2, mus + 0.25, counts), "a second scan of a function, at other points"),
        Case((nll2, mus, counts + np.array([9.0, -4.0, 1.0])), "a third scan of a function, with other counts"),
        case(5, 2, np.linspace(0, 4, 4), 40.0, "four points and five bins"),
        Case(
            (Likelihood(1, 3).function, np.array([2.0, 0.0, 1.0]), np.array([41.0])),
            "points that aren't in order, and a single bin",
        ),
        case(4, 4, np.array([1.0]), 40.0, "a scan of one point"),
    ]


class Scanning(Task):
    """The likelihood must be the one passed in, not one of the notebook, nor one that was passed in before."""

    def judge(self, answer: Callable) -> None:
        probe, second = Likelihood(3, 99), Likelihood(3, 98)
        mus, counts = np.array([0.0, 1.0]), np.full(3, 40.0)
        returned = call(answer, Case((probe.function, mus, counts), "two points"), self.errors)
        if returned is not None and not probe.calls:
            raise Finding(
                "It never calls the `nll2` that it is given, so it scans something else: does it use one of the "
                "notebook, or the program of one that came before?"
            )
        returned = call(answer, Case((second.function, mus, counts), "a second nll2"), self.errors)
        if returned is not None and not second.calls:
            raise Finding("A second `nll2` gets the program of the first: keep one per `nll2`.")
        super().judge(answer)


task = Scanning(
    number="2a",
    name="scan",
    reference=reference,
    course=course,
    cases=cases,
    returns="an array, one number per point",
    meaning="The first scan compiles; every other one, with other values and other counts, finds its program in the "
    "cache.",
    errors={
        "Non-hashable static arguments": "An array is static there: static arguments must be hashable, and are "
        "compiled by value. Trace it.",
        "of type <class 'function'>": "A function can't be traced: where `scan` itself is jitted, "
        "`nll2` has to be static.",
        "Gradient only defined for scalar-output": "No derivative is asked for: the scan evaluates `nll2` itself.",
    },
)


@task.symptom
def one_number(got: list[Result], expected: list[Result]) -> str | None:
    if {g[0].shape for g in got} == {()}:
        return "It returns one number; asked is the whole curve, one number per point of `mus`."
    return None


@task.demand
def compiled_once(answer: Callable) -> None:
    """Every further scan finds its program in the cache, and computes with its own counts."""
    run, rng = next(RUNS), generator(2, next(RUNS))
    probe = Likelihood(4, 1000 + run)
    first, other = (np.sort(rng.uniform(0, 3, 4)) for _ in range(2))
    counts, others = (rng.poisson(50.0, 4).astype(float) for _ in range(2))
    traced, compiled = [], []
    for mus, data in ((first, counts), (first, counts), (other, counts), (other, others)):
        before = probe.calls
        case = Case((probe.function, mus, data), "a second scan")
        compiled.append(compilations(call, answer, case))
        traced.append(probe.calls - before)
    if sentence := what_is_done_again(probe, first.size, traced, compiled):
        raise Finding(sentence)
    found, right = (np.asarray(function(probe.function, other, others)) for function in (answer, reference))
    if not np.allclose(found, right, rtol=0, atol=1e-8 * np.abs(right).max()):
        raise Finding(
            "The first scan of a function is right, a later one, with other points and other counts, isn't: something "
            "of an earlier scan is still in use."
        )


@task.demand
def in_turn(answer: Callable) -> None:
    """A second likelihood doesn't push the first one out."""
    one, other = Likelihood(3, 1), Likelihood(3, 2)
    mus, counts = np.array([0.5, 1.5]), np.full(3, 45.0)
    for probe in (one, other):
        call(answer, Case((probe.function, mus, counts), "a first scan"), task.errors)
    before = one.calls
    call(answer, Case((one.function, mus, counts), "a second scan"), task.errors)
    if one.calls > before:
        raise Finding(
            "The curve is right, but a likelihood is traced again after another one has been scanned in between: the "
            "cache has room for one, and a later scan of the same `nll2` must find its program."
        )


def what_is_done_again(probe: Likelihood, points: int, traced: list[int], compiled: list[int]) -> str | None:
    """What is wrong in the traces and compilations of four scans: two alike, other mus, other counts."""
    if not probe.staged:
        return (
            "The curve is right, but nothing is compiled: the Python of `nll2` runs with numbers, one operation at a "
            "time, in every scan."
        )
    if traced[1] >= points:
        return (
            "The curve is right, but every point of every scan is traced and compiled: what jit receives in the loop "
            "is a new function object each time, which no cache can know."
        )
    if traced[1]:
        return (
            "The curve is right, and the points of one scan share a program; but the next scan traces again. Some "
            "function is made anew in each call of `scan` (a lambda, an inner def, the result of vmap), or an object "
            "that is static, such as `self`: the cache doesn't know it."
        )
    if traced[2]:
        return (
            "The curve is right, but each new value of mu is traced: mu is static, or a constant in the function, so "
            "its value is in the key. Let it be traced like the counts."
        )
    if traced[3]:
        return (
            "The curve is right, but new counts are traced anew: the data are a constant of the program instead of an "
            "argument."
        )
    if sum(compiled[1:]):
        return (
            "The curve is right and `nll2` is traced once, but something else is compiled in every scan: is a jit of "
            "another function made inside `scan`?"
        )
    return None


# --- known mistakes


@task.mistake("The minimum isn't subtracted: the smallest value of the curve should be 0.")
def minimum_not_subtracted(nll2, mus, counts):
    return jax.vmap(jax.jit(nll2), in_axes=(0, None))(mus, counts)


@task.mistake("The first point is subtracted instead of the smallest value.")
def first_subtracted(nll2, mus, counts):
    curve = jax.vmap(jax.jit(nll2), in_axes=(0, None))(mus, counts)
    return curve - curve[0]


@task.mistake(
    "Everything is 0: every point is compared with itself. Either the smallest value is taken inside vmap, where a "
    "curve is a single number, or mu has been frozen when the function was traced."
)
def mu_frozen(nll2, mus, counts):
    curve = jnp.array([nll2(mus[0], counts) for _ in mus])
    return curve - curve.min()
