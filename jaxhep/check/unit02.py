"""Answer checks of unit 02, tracing, compiling, caching: ``from jaxhep.check import unit02 as check``.

Nothing here depends on seconds: traces and compilations are counted, and the timing task is judged on a machine with a clock of its own.
Shapes: B bins, M points of a scan, N events.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep import programs
from jaxhep.check import engine
from jaxhep.check.engine import Case, Finding, Question, Quiz, Result, Task

_runs = itertools.count(
    1
)  # demands that count compilations need shapes and values that this process has never compiled


def _generator(number: int) -> np.random.Generator:
    return np.random.default_rng([20260102, number])


# --- task 1: predict the traces -------------------------------------------------------------------------------------------


def make(bins: int, dtype: str = "float64") -> dict[str, Array]:
    """Templates of a signal and a background, for the sequences of calls."""
    return {"signal": jnp.ones(bins, dtype), "background": jnp.arange(1, bins + 1, dtype=dtype)}


def _expected(mu, templates):
    return mu * templates["signal"] + templates["background"]


def _shapes(f):
    g = jax.jit(f)
    for bins in (4, 5, 4, 6, 5):
        g(bins / 2, make(bins))


def _dtypes(f):
    g = jax.jit(f)
    for dtype in ("float64", "float32", "int64"):
        g(1.0, make(4, dtype))
    g(1.0, {name: np.asarray(values) for name, values in make(4).items()})


def _numbers(f):
    g = jax.jit(f)
    g(1.0, make(4))
    g(2, make(4))
    g(3.5, make(4))
    g(3, make(4))


def _weak(f):
    g = jax.jit(f)
    g(2.0, make(4))
    g(jnp.array(2.0), make(4))
    g(jnp.array(2.0, dtype="float64"), make(4))


def _static(f):
    g = jax.jit(f, static_argnames="mu")
    for mu in (1.0, 2.0, 1.0, 3.0, 2.0):
        g(mu, make(4))


def _keywords(f):
    g = jax.jit(f)
    g(1.0, make(4))
    g(1.0, templates=make(4))
    g(2.0, templates=make(4))


def _lambdas(f):
    for mu in (1.0, 2.0, 1.0, 3.0):
        g = jax.jit(lambda templates: f(mu, templates))  # noqa: B023
        g(make(4))


def _again(f):
    for mu in (1.0, 2.0, 1.0, 3.0):
        jax.jit(f)(mu, make(4))


def _trees(f):
    g, templates = jax.jit(f), make(4)
    g(1.0, templates)
    g(1.0, dict(reversed(templates.items())))
    g(1.0, templates | {"name": 8})


def _gradient(f):
    g = jax.jit(f)
    g(1.0, make(4))
    jax.grad(lambda mu: g(mu, make(4)).sum())(1.0)


_ALL = (_shapes, _dtypes, _numbers, _weak, _static, _keywords, _trees, _lambdas, _again, _gradient)
SEQUENCES = {one.__name__[1:]: one for one in _ALL}


def _count_traces() -> dict[str, int | bool | str]:
    counts: dict[str, int | bool | str] = {}
    for name, calls in SEQUENCES.items():
        f = programs.counted(functools.partial(_expected))
        calls(f)
        counts[name] = f.calls
    return counts


traces = Quiz(
    1,
    "traces",
    _count_traces,
    "The key of the cache is the function object, the structure of the arguments, each leaf's shape, dtype and weakness, and the static values.",
    {
        "shapes": "each length is traced when it comes for the first time, and found in the cache when it comes back.",
        "dtypes": "group the calls by shape and dtype of the arrays; only a new group is traced.",
        "numbers": "group the calls by the Python type of mu: a traced number enters by its type, not by its value.",
        "weak": "look at the weak_type of each of the three values of mu; the dtype and the shape are the same.",
        "static": "a static argument enters the key by its value: count the different ones.",
        "keywords": "positions and names are part of the structure; the value of mu isn't.",
        "lambdas": "is it one function that is called several times, or several functions?",
        "again": "which object does jit receive in each round, a new one or the one that it knows?",
        "trees": "JAX sorts the keys of a dictionary; their set, though, is part of the structure.",
        "gradient": "what must jax.grad know of g, and does the cache already hold it?",
    },
    {
        "the values of an array are not in the key; its length is, and here it changes.": ("shapes", 1),
        "an old shape is still in the cache when it comes back.": ("shapes", 5),
        "the cache keeps every shape, not only the last one.": ("shapes", 4),
        "arrays of different dtypes don't share a program.": ("dtypes", 1),
        "float32 and float64 don't share a program, and neither do floats and integers.": ("dtypes", 2),
        "a NumPy array and a JAX array of the same shape and dtype look the same to the tracer.": ("dtypes", 4),
        "a Python int is an int64 to the tracer, a Python float is a float64.": ("numbers", 1),
        "not every new value of mu is traced: without static_argnames the value isn't in the key.": ("numbers", 4),
        "print jnp.array(2.0).weak_type, then the same with dtype given: one of the three isn't weak.": ("weak", 1),
        "jnp.array keeps a Python number weak as long as no dtype is asked for.": ("weak", 3),
        "a static value is baked into the program, so another value needs another program.": ("static", 1),
        "a static value that has been there before is found again.": ("static", 5),
        "the same argument by position and by name makes two structures.": ("keywords", 1),
        "the third call differs from the second by the value of mu only.": ("keywords", 3),
        "each round makes a new function object, and the cache knows nothing of it.": ("lambdas", 1),
        "the value of mu doesn't make the difference here: a round with an old value has a new function, too.": (
            "lambdas",
            3,
        ),
        "jit keeps its cache by the function that it receives, and that is the same f in every round.": ("again", 4),
        "mu isn't static here, so its value isn't in the key; and f is the same in every round.": ("again", 3),
        "a key more in the dictionary is another structure, even if the function never reads it.": ("trees", 1),
        "the order in which a dictionary was filled doesn't count.": ("trees", 3),
        "jax.grad transforms the jaxpr of g, which the first call has left in the cache.": ("gradient", 2),
    },
)


# --- task 2a: a scan that compiles once -----------------------------------------------------------------------------------


class Likelihood:
    """A -2 ln L (mu, counts) that notes how often its Python runs and whether under jit. ``function`` is what a learner receives."""

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


def _raw_scan(nll2, mus, counts):
    return np.array([float(nll2(mu, counts)) for mu in mus])


def _scan(nll2, mus, counts):
    curve = _raw_scan(jax.jit(nll2), mus, counts)
    return curve - curve.min()


@functools.partial(jax.jit, static_argnums=0)
def _course_scan(nll2, mus, counts):
    curve = jax.vmap(nll2, in_axes=(0, None))(mus, counts)
    return curve - curve.min()


def _scan_cases() -> list[Case]:
    rng = _generator(1)
    return [
        Case(
            (Likelihood(3, 1).function, np.linspace(-0.5, 2.5, 7), rng.poisson(45.0, 3).astype(float)),
            "seven points and three bins",
        ),
        Case(
            (Likelihood(5, 2).function, np.linspace(0, 4, 4), rng.poisson(40.0, 5).astype(float)),
            "four points and five bins",
        ),
        Case(
            (Likelihood(1, 3).function, np.array([2.0, 0.0, 1.0]), np.array([41.0])),
            "points that aren't in order, and a single bin",
        ),
        Case((Likelihood(4, 4).function, np.array([1.0]), rng.poisson(40.0, 4).astype(float)), "a scan of one point"),
    ]


def _compiled_once(answer: Callable) -> None:
    """A demand: every further scan finds its program in the cache."""
    run, rng = next(_runs), _generator(next(_runs))
    probe = Likelihood(4, 1000 + run)
    first, other = (np.sort(rng.uniform(0, 3, 4)) for _ in range(2))
    counts, others = (rng.poisson(50.0, 4).astype(float) for _ in range(2))
    traced, compiled = [], []
    for mus, data in ((first, counts), (first, counts), (other, counts), (other, others)):
        before = probe.calls
        case = Case((probe.function, mus, data), "a second scan")
        compiled.append(engine.compilations(lambda case=case: engine.call(answer, case)))
        traced.append(probe.calls - before)
    if not probe.staged:
        raise Finding(
            "The curve is right, but nothing is compiled: the Python of `nll2` runs with numbers, one operation at a time, in every scan."
        )
    if traced[1] >= first.size:
        raise Finding(
            "The curve is right, but every point of every scan is traced and compiled: what jit receives in the loop is a new function "
            "object each time, which no cache can know."
        )
    if traced[1]:
        raise Finding(
            "The curve is right, and the points of one scan share a program; but the next scan traces again. Some function is made anew in "
            "each call of `scan` (a lambda, an inner def, the result of vmap), and only then given to jit."
        )
    if traced[2]:
        raise Finding(
            "The curve is right, but each new value of mu is traced: mu is static, or a constant in the function, so its value is in the "
            "key. Let it be traced like the counts."
        )
    if traced[3]:
        raise Finding(
            "The curve is right, but new counts are traced anew: the data are a constant of the program instead of an argument."
        )
    if compiled[1] + compiled[2] + compiled[3]:
        raise Finding(
            "The curve is right and `nll2` is traced once, but something else is compiled in every scan: is a jit of another function made "
            "inside `scan`?"
        )
    found, right = (np.asarray(call(probe.function, other, others)) for call in (answer, _scan))
    if not np.allclose(found, right, rtol=0, atol=1e-8 * np.abs(right).max()):
        raise Finding(
            "The first scan of a function is right, a later one with other counts isn't: a cached function holds the counts of the first scan."
        )


def _scan_symptoms(got: list[Result], expected: list[Result]) -> str | None:
    sizes = {g[0].shape for g in got}
    if sizes == {()}:
        return "It returns one number; asked is the whole curve, one number per point of `mus`."
    return None


class _Scanning(Task):
    """The likelihood must be the one that is passed in, not one of the notebook, nor one that was passed in before."""

    def examine(self, answer: object) -> None:
        if callable(answer):
            probe, second = Likelihood(3, 99), Likelihood(3, 98)
            mus, counts = np.array([0.0, 1.0]), np.full(3, 40.0)
            returned = engine.call(answer, Case((probe.function, mus, counts), "two points"), self.errors)
            if returned is not None and not probe.calls:
                raise Finding(
                    "It never calls the `nll2` that it is given, so it scans something else: does it use one of the notebook, or the program "
                    "of one that came before?"
                )
            returned = engine.call(answer, Case((second.function, mus, counts), "a second nll2"), self.errors)
            if returned is not None and not second.calls:
                raise Finding("A second `nll2` gets the program of the first: keep one per `nll2`.")
        super().examine(answer)


scan = _Scanning(
    "2a",
    "scan",
    _scan,
    _scan_cases,
    "The first scan compiles; every other one, with other values and other counts, finds its program in the cache.",
    {
        "The minimum isn't subtracted: the smallest value of the curve should be 0.": lambda f, m, n: _raw_scan(
            f, m, n
        ),
        "The first point is subtracted instead of the smallest value.": lambda f, m, n: (
            _raw_scan(f, m, n) - _raw_scan(f, m[:1], n)
        ),
        "The largest value is subtracted instead of the smallest.": lambda f, m, n: (
            _raw_scan(f, m, n) - _raw_scan(f, m, n).max()
        ),
        "The sign is turned: the curve should be 0 at its minimum and positive elsewhere.": lambda f, m, n: (
            -_scan(f, m, n)
        ),
        "This is half of the curve: `nll2` has its factor 2 already.": lambda f, m, n: _scan(f, m, n) / 2,
        "The points come out sorted: keep the order of `mus`.": lambda f, m, n: _scan(f, np.sort(m), n),
        "Every point has the value of the first one: mu has been frozen when the function was traced.": lambda f, m, n: (
            0 * _raw_scan(f, m, n)
        ),
    },
    symptoms=(_scan_symptoms,),
    also=(_compiled_once,),
    errors={
        "Non-hashable static arguments": "An array is static there: static arguments must be hashable, and are compiled by value. Trace it.",
        "Gradient only defined for scalar-output": "No derivative is asked for: the scan evaluates `nll2` itself.",
    },
    returns="an array, one number per point",
    course=_course_scan,
)


# --- task 2b: samples of any size -----------------------------------------------------------------------------------------


class Kernel:
    """A compiled, unbinned -ln L (score, weight) with density (a + 1) score^a, which notes the sizes that it is traced for."""

    def __init__(self, power: float):
        self.sizes: list[int] = []

        def kernel(score, weight):
            self.sizes.append(score.shape[0])
            return -jnp.sum(weight * jnp.log((power + 1) * score**power))

        self.function = jax.jit(kernel)


def _resized(
    fill_score: Callable, fill_weight: Callable, size: Callable = lambda n: 1 << (n - 1).bit_length()
) -> Callable:
    """``padded`` with these fillings; ``size`` gives the number of events that the kernel sees."""

    def padded(kernel, score, weight):
        more = size(len(score)) - len(score)
        if more < 0:
            return kernel(score[:more], weight[:more])
        return kernel(
            np.append(score, np.broadcast_to(fill_score(score), more)),
            np.append(weight, np.resize(fill_weight(weight), more)),
        )

    return padded


_padded = _resized(lambda s: 1.0, lambda w: 0.0)


def _padded_cases() -> list[Case]:
    rng = _generator(2)

    def sample(power: float, n: int, kind: str) -> Case:
        return Case((Kernel(power).function, rng.beta(3, 2, n), rng.gamma(2, 1, n)), kind)

    return [
        sample(2.0, 100, "a hundred events"),
        sample(1.5, 3, "three events"),
        sample(0.5, 1, "a single event"),
        sample(3.0, 64, "a number of events that is a power of two"),
        sample(2.5, 1500, "more than a thousand events"),
    ]


def _few_shapes(answer: Callable) -> None:
    """A demand: the kernel sees powers of two only, and nothing else is compiled for a new size."""
    run = next(_runs)
    rng, probe = _generator(run), Kernel(2.0)
    many = [*range(520 + run % 60, 1000, 60), 1024]
    sizes = [*many, 1100 + run, 1500 + run, 2000, 1, 2, 3, 4]
    compiled, seen = 0, {}
    for size in sizes:
        case = Case((probe.function, rng.beta(3, 2, size), np.ones(size)), f"{size} events")
        before = len(probe.sizes)
        compiled += engine.compilations(lambda case=case: engine.call(answer, case))
        if len(probe.sizes) > before:
            seen[size] = probe.sizes[-1]
    if not probe.sizes:
        raise Finding(
            "The number is right, but not the kernel's: `kernel` is never called, so whatever it is, it isn't the function asked for."
        )
    if probe.sizes == sizes:
        raise Finding(
            "The number is right, but each sample reaches `kernel` with its own length, so each new length is traced and compiled. Make the "
            "lengths equal first."
        )
    wasteful = [(size, as_seen) for size, as_seen in seen.items() if as_seen >= 2 * size and size > 2]
    if 1024 in seen and seen[1024] == 2048:
        raise Finding(
            "A sample whose size is a power of two already is padded to the next one: 1024 events need no padding."
        )
    if wasteful:
        size, as_seen = wasteful[0]
        raise Finding(
            f"The kernel is compiled for few shapes, but {size} events become {as_seen}: padding costs time in every call. At most a factor "
            "of 2 is asked for."
        )
    wanted = len({1 << (size - 1).bit_length() for size in sizes})
    if len(probe.sizes) > wanted:
        raise Finding(
            f"Samples up to {max(sizes)} events reach the kernel in {len(probe.sizes)} shapes; with lengths that double, {wanted} are enough."
        )
    again = Case((probe.function, rng.beta(3, 2, many[0]), np.ones(many[0])), "a sample of a size that has been there")
    if engine.compilations(lambda: engine.call(answer, again)):
        raise Finding(
            "The number is right, but even a sample of a size that has been there is compiled again: `padded` makes a new function in each "
            "call and gives it to jit. `kernel` is jitted already."
        )
    if compiled > len(probe.sizes) + 5:
        raise Finding(
            "The kernel is compiled for few shapes, but the padding itself isn't: jnp.pad, jnp.concatenate or .at[].set outside of jit are "
            "small programs, compiled for every new length. NumPy doesn't compile."
        )


class Counted:
    """A kernel that notes the length of the sample in each of its calls; in all else it is the jitted function that it wraps."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.weights: list[object] = []
        self.function = Kernel(2.0).function

    def __call__(self, score: object, weight: object) -> object:
        self.lengths.append(len(score))
        self.weights.append(weight)
        return self.function(score, weight)

    def __getattr__(self, name: str) -> object:
        return getattr(self.function, name)


def _lengths(answer: Callable, size: int) -> list[int]:
    """The lengths with which ``answer`` calls its kernel for a sample of this size."""
    kernel, score = Counted(), np.linspace(0.1, 0.9, size)
    engine.call(answer, Case((kernel, score, np.ones(size)), f"{size} events"), padded.errors)
    return kernel.lengths


def _one_call(answer: Callable) -> None:
    """A demand: each sample goes through the kernel in one piece."""
    calls = len(_lengths(answer, 71))
    if calls > 1:
        raise Finding(
            f"The number is right, but `kernel` is called {calls} times for one sample of 71 events: pad the sample, and call it once."
        )


def _added_weights(answer: object) -> list[float]:
    """The weights that ``answer`` adds to a sample of 71 events, as far as the kernel gets to see them."""
    kernel, weight = Counted(), np.linspace(2.0, 3.0, 71)
    try:
        engine.call(answer, Case((kernel, np.linspace(0.1, 0.9, 71), weight), "71 events"))
        (seen,) = (np.asarray(one, dtype=float) for one in kernel.weights)
    except (Finding, TypeError, ValueError):
        return []
    return [one for one in seen.tolist() if not np.isclose(one, weight).any()] if seen.size > weight.size else []


def _padded_symptoms(got: list[Result], expected: list[Result]) -> str | None:
    added = np.array(padded.added)
    if added.size and (added == 1).all():
        return "The weights are padded with 1, so whatever you add counts like an event: which weight changes nothing?"
    return "What you add has weights other than 0, so it counts." if added.any() else None


class _Padding(Task):
    """Padding to a length that doesn't follow from the sample fails with an exception of NumPy, which doesn't say why."""

    added: Sequence[float] = ()

    def examine(self, answer: object) -> None:
        self.added = _added_weights(answer) if callable(answer) else ()
        try:
            super().examine(answer)
        except Finding as found:
            if "could not broadcast input array" not in str(found):
                raise
            try:
                lengths = [_lengths(answer, size) for size in (3, 35, 60)]
            except Finding:
                raise found from None
            if len(lengths[0]) == 1 and lengths[0] == lengths[1] == lengths[2]:
                raise Finding(
                    f"The padded length is fixed, {lengths[0][0]} for every sample, and a larger sample doesn't fit: it must follow from "
                    "`len(score)`."
                ) from None
            raise


padded = _Padding(
    "2b",
    "padded",
    _padded,
    _padded_cases,
    "Samples of all sizes share a few programs, one for each power of two, and events of weight 0 change nothing.",
    {
        "The events that you add count, each with weight 1: they must not change the sum.": _resized(
            lambda s: 1.0 * s[0], lambda w: 1.0
        ),
        "The events that you add count, each with the weight of a true one: they must not change the sum.": (
            _resized(lambda s: np.resize(s, (1 << (len(s) - 1).bit_length()) - len(s)), lambda w: w)
        ),
        "The last event is repeated with its weight: what fills the arrays must not change the sum.": (
            _resized(lambda s: s[-1], lambda w: w[-1:])
        ),
        "The sample is cut down to a power of two: events are lost.": _resized(
            lambda s: 1.0, lambda w: 0.0, lambda n: 1 << (n.bit_length() - 1)
        ),
        "The sample is cut to at most 1024 events: larger ones are lost.": _resized(
            lambda s: 1.0, lambda w: 0.0, lambda n: 1024
        ),
        "The result is divided by the number of events after padding; return what the kernel returns.": lambda k, s, w: (
            _padded(k, s, w) / (1 << (len(s) - 1).bit_length())
        ),
        "The result is divided by the number of events; return what the kernel returns.": lambda k, s, w: (
            _padded(k, s, w) / len(s)
        ),
        "The weights are lost: every event of the sample counts 1.": lambda k, s, w: _padded(k, s, np.ones_like(w)),
        "It gives NaN wherever something was added: weight 0 times an infinite logarithm is not 0. What fills the scores must be a score "
        "that the kernel can take.": _resized(lambda s: 0.0, lambda w: 0.0),
    },
    symptoms=(_padded_symptoms,),
    also=(_one_call, _few_shapes),
    errors={
        "multiply got incompatible shapes": "Scores and weights reach the kernel with different lengths: pad both.",
        "mul got incompatible shapes": "Scores and weights reach the kernel with different lengths: pad both.",
        "Incompatible shapes for broadcasting": "Scores and weights reach the kernel with different lengths: pad both.",
        "index can't contain negative values": "A sample can be larger than the length that you pad to: find the length from the sample.",
        "conversion method __array__() was called": (
            "NumPy meets a tracer there: pad the numbers, before any jit. `kernel` is jitted already, and nothing else needs to be."
        ),
        "negative dimensions": "A sample can be larger than the length that you pad to: find the length from the sample.",
    },
    returns="what the kernel returns, a number",
)


# --- task 3a: break-even --------------------------------------------------------------------------------------------------


class _Calls(Task):
    """A number of calls: the commonest way to say never, None, deserves a sentence of its own."""

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
        if value is None and like is not None and np.isinf(like[0]):
            raise Finding(
                "Where compilation never pays, it returns None: the stub asks for math.inf, which compares with every number."
            )
        return super()._read(value, case, like)


def _break_even(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - later) / (eager - later)) if eager > later else math.inf


def _paid(number: Callable, never: float = math.inf) -> Callable:
    """``break_even`` with this number of calls where compilation pays at all."""

    def variant(first, later, eager):
        return number(first, later, eager) if eager > later else never

    return variant


def _break_even_cases() -> list[Case]:
    return [
        Case((90.0, 2.0, 7.0), "a first call of 90 ms, later ones of 2 ms, 7 ms without jit"),
        Case((100.0, 4.0, 12.0), "equal totals after a whole number of calls"),
        Case((101.0, 4.0, 12.0), "one millisecond more than a tie"),
        Case((250.0, 0.0, 3.0), "later calls that take no time to speak of"),
        Case((5000.0, 7.0, 7.5), "a small gain per call"),
        Case((40.0, 3.0, 60.0), "a first call that is faster than one without jit"),
        Case((2.0, 2.0, 9.0), "a program that was compiled already"),
        Case((90.0, 7.0, 2.0), "compiled calls that are slower"),
        Case((90.0, 5.0, 5.0), "compiled calls that are just as fast"),
    ]


def _three_equal_times(answer: Callable) -> None:
    """A demand: where all times are equal, nothing is gained, but nothing is lost either, from the first call on."""
    case = Case((6.0, 6.0, 6.0), "three equal times")
    if not np.array_equal(engine.call(answer, case, break_even.errors), 1):
        raise Finding(
            "Right but for one corner: where all three times are equal, the totals are equal after the first call, which has paid already. "
            "Which of your two special cases comes first?"
        )


break_even = _Calls(
    "3a",
    "break_even",
    _break_even,
    _break_even_cases,
    "The totals cross where the gain of the later calls has made up for the excess of the first one, and nowhere if there is no gain.",
    {
        "Calls that are slower with jit never pay: the quotient is negative there, and no number of calls.": lambda f, c, e: (
            _break_even(f, c, e) if e >= c else math.ceil((f - c) / (e - c))
        ),
        "Calls that are slower with jit never pay, and a program that was compiled already pays at its first call, not before.": (
            lambda f, c, e: math.inf if e == c else math.ceil((f - c) / (e - c))
        ),
        "Calls that are slower with jit never pay; the maximum of 1 and a negative number hides that.": lambda f, c, e: (
            _break_even(f, c, e) if e >= c else 1
        ),
        "Where compilation never pays, 0 calls are returned; that reads as if it paid at once.": _paid(_break_even, 0),
        "Where compilation never pays, -1 is returned; math.inf is asked for.": _paid(_break_even, -1),
        "Where compilation never pays, NaN is returned; math.inf is asked for.": _paid(_break_even, math.nan),
        "Where compiled calls are as fast as the others, or slower, there is no break-even: math.inf is asked for.": _paid(
            _break_even, 1
        ),
        "The number is rounded down: before the crossing compilation hasn't paid yet.": _paid(
            lambda f, c, e: max(1, math.floor((f - c) / (e - c)))
        ),
        "The number is rounded to the nearest: where that is downwards, compilation hasn't paid yet.": _paid(
            lambda f, c, e: max(1, round((f - c) / (e - c)))
        ),
        "It isn't a whole number: calls can't be divided.": _paid(lambda f, c, e: max(1.0, (f - c) / (e - c))),
        "A whole number of calls is asked: round up.": _paid(lambda f, c, e: (f - c) / (e - c)),
        "A whole number of calls is asked, and none that is negative: round up, and treat the slower program for itself.": lambda f, c, e: (
            math.inf if e == c else (f - c) / (e - c)
        ),
        "The number is one too large: the quotient counts the first call already.": _paid(
            lambda f, c, e: math.ceil((f - c) / (e - c)) + 1
        ),
        "Unless the first call has paid, the number is one too large: the first call is in the quotient, so don't add it.": _paid(
            lambda f, c, e: 1 if f <= e else math.ceil((f - c) / (e - c)) + 1
        ),
        "The first call isn't counted: these are the calls that follow it.": _paid(
            lambda f, c, e: max(1, math.ceil((f - e) / (e - c)))
        ),
        "The first call isn't counted, and where it has paid already a number below 1 comes out.": _paid(
            lambda f, c, e: math.ceil((f - e) / (e - c))
        ),
        "Equal totals count as paid: your number is one too large where the totals are equal.": _paid(
            lambda f, c, e: max(1, math.floor((f - c) / (e - c)) + 1) if f > e else 1
        ),
        "The first call is counted as pure compilation; but it has run the program once, too.": _paid(
            lambda f, c, e: math.ceil(f / (e - c))
        ),
        "The later calls are taken as free: each of them costs `later`.": _paid(lambda f, c, e: math.ceil(f / e)),
        "The later calls are taken as free, and the first as pure compilation: each call costs `later`.": _paid(
            lambda f, c, e: max(1, math.ceil((f - c) / e))
        ),
        "These are the calls after the first one; the first one counts.": _paid(
            lambda f, c, e: max(0, math.ceil((f - c) / (e - c)) - 1)
        ),
        "0 calls where one is meant: the total over no calls at all is 0 either way, so count from 1.": _paid(
            lambda f, c, e: math.ceil((f - c) / (e - c))
        ),
        "This is the speed-up of the later calls, a ratio of times; asked is a number of calls.": lambda f, c, e: (
            e / c if c else math.inf
        ),
        "`later` and `eager` have changed places.": lambda f, c, e: _break_even(f, e, c),
    },
    also=(_three_equal_times,),
    errors={
        "division by zero": "Equal times with and without jit leave no gain per call, and nothing to divide by: treat that case first.",
        "cannot convert float infinity to integer": "int() of an infinite number fails: return math.inf itself where compilation never pays.",
        "cannot convert float NaN to integer": "int() of NaN fails: where there is no gain per call, return math.inf before dividing.",
    },
    returns="a whole number, or math.inf",
)


# --- task 3b: honest timing -----------------------------------------------------------------------------------------------


class Clock:
    """A clock that stands still until a ``Machine`` works, so that timings are exact; it counts how often it is read."""

    def __init__(self) -> None:
        self.now, self.reads = 0.0, 0

    def __call__(self) -> float:
        self.reads += 1
        return self.now


CLOCK = Clock()
SPREAD = (1.0, 1.04, 0.97, 1.1, 0.95, 1.02, 1.07, 0.99)


class Pending:
    """A result that is still being computed: whoever waits for it, or reads it, moves the clock to the moment when it is ready."""

    def __init__(self, ready: float):
        self.ready = ready

    def block_until_ready(self) -> Pending:
        CLOCK.now = max(CLOCK.now, self.ready)
        return self

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        self.block_until_ready()
        return np.zeros(())

    def __float__(self) -> float:
        return float(self.__array__())


class Machine(list):
    """A jitted function without any surprise: (seconds to compile, to dispatch, to run, number of a disturbed call, kind of result).

    A call returns after it was dispatched; the work is queued and runs meanwhile. The disturbed call runs twenty times longer.
    Made anew by ``engine.copied`` for each call of an answer, so that each answer sees a function that isn't compiled yet.
    """

    __hash__ = object.__hash__
    __eq__ = object.__eq__
    all_calls = reads_at_call = 0  # of all machines: the copies that an answer works with are out of reach

    def __init__(self, numbers: Iterable[float | str]) -> None:
        super().__init__(numbers)
        self.calls, self.free = 0, 0.0

    def __call__(self, x: float, y: float) -> object:
        compiling, dispatch, running, disturbed, kind = self
        CLOCK.now += dispatch + (0.0 if self.calls else compiling)
        begin = max(CLOCK.now, self.free)
        self.free = begin + running * SPREAD[self.calls % len(SPREAD)] * (20 if self.calls == disturbed else 1)
        self.calls += 1
        Machine.all_calls, Machine.reads_at_call = Machine.all_calls + 1, CLOCK.reads
        whole, half = Pending(self.free), Pending((begin + self.free) / 2)
        return {"one": whole, "two": (half, whole), "tree": {"gradient": half, "value": whole}}[kind]


def _wait(result: object) -> None:
    jax.block_until_ready(result)


def _clocked(
    first_wait: Callable, later_wait: Callable, summary: Callable, warm: int = 0, settle: bool = True
) -> Callable:
    """``timed`` that waits in this way and returns this summary of (first, later times).

    warm : calls before the first one that is measured. settle : whether a call has ended before the next one begins.
    """

    def timed(function, args, repeats, clock):
        times = []
        for _ in range(warm):
            _wait(function(*args))
        for number in range(repeats + 1):
            start = clock()
            result = function(*args)
            (later_wait if number else first_wait)(result)
            times.append(clock() - start)
            if settle:
                _wait(result)
        return summary(times[0], times[1:])

    return timed


def _waits_after_the_loop(function, args, repeats, clock):
    first = _clocked(_wait, _wait, lambda first, later: first)(function, args, 0, clock)
    start = clock()
    for _ in range(repeats):
        result = function(*args)
    _wait(result)
    return first, (clock() - start) / repeats


def _one_start(anew: bool) -> Callable:
    """``timed`` that looks at the clock once for all calls; ``anew``: once more after the first call."""

    def timed(function, args, repeats, clock):
        start, times = clock(), []
        for number in range(repeats + 1):
            if anew and number == 1:
                start = clock()
            _wait(function(*args))
            times.append(clock() - start)
        return times[0], np.median(times[1:])

    return timed


def _some(result: object) -> None:
    """Waits for the first of several results only."""
    jax.tree.leaves(result)[0].block_until_ready()


def _nothing(result: object) -> None:
    pass


def _median(first, later):
    return first, np.median(later)


_timed = _clocked(_wait, _wait, _median)


def _timed_cases() -> list[Case]:
    def case(
        compiling: float, dispatch: float, running: float, disturbed: int, kind: str, repeats: int, words: str
    ) -> Case:
        return Case((Machine((compiling, dispatch, running, disturbed, kind)), (1.0, 2.0), repeats, CLOCK), words)

    return [
        case(0.3, 1e-4, 4e-3, 99, "one", 7, "a function that returns one array"),
        case(0.1, 2e-5, 1e-3, 3, "one", 9, "a machine that is disturbed during one call"),
        case(0.5, 1e-3, 2e-2, 99, "tree", 5, "a function that returns a dictionary"),
        case(0.2, 5e-4, 6e-3, 2, "two", 5, "a function that returns two arrays, one ready before the other"),
        case(1.0, 1e-3, 1e-4, 99, "one", 3, "a function that takes longer to dispatch than to run"),
        case(0.4, 1e-4, 5e-3, 99, "one", 4, "an even number of later calls"),
    ]


def _timed_symptoms(got: list[Result], expected: list[Result]) -> str | None:
    later, asked = timed.later_calls
    if later != asked:
        return f"It makes {later} later call{'s' * (later != 1)}, asked are {asked}."
    return None


class _Timing(Task):
    """A timing must come from the clock that is passed in; any other one would differ from call to call."""

    later_calls: tuple[int, int] = (0, 0)

    def examine(self, answer: object) -> None:
        before, repeats = CLOCK.reads, 5
        calls = Machine.all_calls
        if callable(answer):
            machine = Machine((0.3, 1e-4, 4e-3, 99, "one"))
            returned = engine.call(
                answer, Case((machine, (1.0, 2.0), repeats, CLOCK), "a function that returns one array"), self.errors
            )
            if returned is not None and CLOCK.reads == before:
                raise Finding(
                    "It never reads `clock()`, the clock that it is given: a time from another clock means nothing here."
                )
        self.later_calls = (Machine.all_calls - calls - 1, repeats)
        if (
            callable(answer)
            and returned is not None
            and Machine.all_calls > calls
            and Machine.reads_at_call == CLOCK.reads
        ):
            raise Finding(
                "Part of it is timed with another clock: after the last call of the function `clock()` isn't read any more, and the numbers "
                "change from run to run."
            )
        super().examine(answer)


timed = _Timing(
    "3b",
    "timed",
    _timed,
    _timed_cases,
    "Compilation and running are told apart, every call is waited for, and a single disturbance doesn't count.",
    {
        "The wait isn't between the two looks at the clock, if there is one: JAX returns before the work is done, so this is the time to "
        "hand it over.": _clocked(_nothing, _nothing, _median),
        "The first call isn't waited for, and what is left of it falls into the next one's time.": _clocked(
            _nothing, _wait, _median, settle=False
        ),
        "The first call isn't waited for before the second look at the clock: its time lacks the run.": _clocked(
            _nothing, _wait, _median
        ),
        "The later calls aren't waited for before the second look at the clock: theirs is the time to hand over the work.": _clocked(
            _wait, _nothing, _median
        ),
        "Only the first of several results is waited for; the others may still be under way.": _clocked(
            _some, _some, _median, settle=False
        ),
        "The first call is among the later ones: compilation spoils their summary.": _clocked(
            _wait, _wait, lambda first, later: (first, np.median([first, *later]))
        ),
        "This is the mean over all calls, the first one included.": _clocked(
            _wait, _wait, lambda first, later: (first, np.mean([first, *later]))
        ),
        "`later` is the mean, or the whole loop divided by its length: one disturbed call pulls it up. The median doesn't mind.": _clocked(
            _wait, _wait, lambda first, later: (first, np.mean(later))
        ),
        "The later calls are waited for only once, after the loop: they overlap, and the clock doesn't see one call.": _waits_after_the_loop,
        "`later` is the shortest time; asked is the median.": _clocked(
            _wait, _wait, lambda first, later: (first, min(later))
        ),
        "`later` is the longest time; asked is the median.": _clocked(
            _wait, _wait, lambda first, later: (first, max(later))
        ),
        "This is no median where `repeats` is even: two times are in the middle then, and you take the upper one.": _clocked(
            _wait, _wait, lambda first, later: (first, sorted(later)[len(later) // 2])
        ),
        "This is no median where `repeats` is even: two times are in the middle then, and you take the lower one.": _clocked(
            _wait, _wait, lambda first, later: (first, sorted(later)[(len(later) - 1) // 2])
        ),
        "The times aren't sorted: the call in the middle of the sequence isn't the median.": _clocked(
            _wait, _wait, lambda first, later: (first, later[len(later) // 2])
        ),
        "`later` is the last call alone; asked is the median of all later ones.": _clocked(
            _wait, _wait, lambda first, later: (first, later[-1])
        ),
        "`later` is the sum over the calls; asked is the time of one.": _clocked(
            _wait, _wait, lambda first, later: (first, sum(later))
        ),
        "The clock is read once before the whole loop: each later time then holds all the calls before it.": _one_start(
            anew=False
        ),
        "The clock is read only once for the later calls, before their loop: each time holds those before it, too.": _one_start(
            anew=True
        ),
        "The first call is missed: a warm-up before the clock has compiled already.": _clocked(
            _wait, _wait, _median, warm=1
        ),
        "`first` is the excess of the first call over the later ones; asked is its whole time.": _clocked(
            _wait, _wait, lambda first, later: (first - np.median(later), np.median(later))
        ),
        "The two times have changed places.": _clocked(_wait, _wait, lambda first, later: (np.median(later), first)),
        "These are milliseconds; asked are seconds, what `clock()` shows.": _clocked(
            _wait, _wait, lambda first, later: (1e3 * first, 1e3 * np.median(later))
        ),
        "The signs are turned: the end minus the start.": _clocked(
            _wait, _wait, lambda first, later: (-first, -np.median(later))
        ),
    },
    outputs=("first", "later"),
    symptoms=(_timed_symptoms,),
    errors={
        "has no attribute 'block_until_ready'": (
            "Not every result has a method block_until_ready: a function may return a tuple or a dictionary of arrays. Something in "
            "`jax` waits for all of them."
        ),
        "missing 2 required positional arguments": "The function is called without its arguments: unpack them, `function(*args)`.",
        "missing 1 required positional argument": "The arguments are passed as one tuple: unpack them, `function(*args)`.",
        "not a valid JAX type": "The function is measured as it is given, compiled already: don't wrap it in another jit.",
        "as an abstract array": "The function is measured as it is given, compiled already: don't wrap it in another jit.",
    },
)


# --- task 4: fusions in an HLO text ---------------------------------------------------------------------------------------

PROGRAM = """\
HloModule jit_nll2, is_scheduled=true, entry_computation_layout={(f64[], f64[], f64[1000]{0}, f64[1000]{0}, f64[1000]{0}, /*index=5*/f64[1000]{0})->f64[]}

%region_0.1.clone (reduce_sum.0: f64[], reduce_sum.1: f64[]) -> f64[] {
  %reduce_sum.0 = f64[] parameter(0)
  %reduce_sum.1 = f64[] parameter(1)
  ROOT %reduce_sum.2 = f64[] add(%reduce_sum.0, %reduce_sum.1)
}

%fused_computation (param_0.1: f64[], param_1.3: f64[32]) -> f64[] {
  %param_1.3 = f64[32]{0} parameter(1)
  %constant.1 = f64[] constant(0)
  %reduce_sum.6 = f64[] reduce(%param_1.3, %constant.1), dimensions={0}, to_apply=%region_0.1.clone
  %constant.0 = f64[] constant(2)
  %mul.0 = f64[] multiply(%reduce_sum.6, %constant.0)
  %param_0.1 = f64[] parameter(0)
  %integer_pow.0 = f64[] multiply(%param_0.1, %param_0.1)
  ROOT %add.0 = f64[] add(%mul.0, %integer_pow.0)
}

%fused_computation.1 (param_0.3: f64[1000], param_1.7: f64[1000], param_2.5: f64[1000], param_3.2: f64[], param_4.3: f64[1000], param_5.1: f64[]) -> f64[1000] {
  %param_5.1 = f64[] parameter(5)
  %mul.4 = f64[1000]{0} broadcast(%param_5.1), dimensions={}
  %param_4.3 = f64[1000]{0} parameter(4)
  %mul.3 = f64[1000]{0} multiply(%mul.4, %param_4.3)
  %param_1.7 = f64[1000]{0} parameter(1)
  %param_2.5 = f64[1000]{0} parameter(2)
  %param_3.2 = f64[] parameter(3)
  %pow.1 = f64[1000]{0} broadcast(%param_3.2), dimensions={}
  %pow.0 = f64[1000]{0} power(%param_2.5, %pow.1)
  %mul.2 = f64[1000]{0} multiply(%param_1.7, %pow.0)
  %add.1 = f64[1000]{0} add(%mul.3, %mul.2)
  %param_0.3 = f64[1000]{0} parameter(0)
  %log.0 = f64[1000]{0} log(%add.1)
  %mul.1 = f64[1000]{0} multiply(%param_0.3, %log.0)
  ROOT %sub.0 = f64[1000]{0} subtract(%add.1, %mul.1)
}

%region_0.1 (reduce_sum.3: f64[], reduce_sum.4: f64[]) -> f64[] {
  %reduce_sum.3 = f64[] parameter(0)
  %reduce_sum.4 = f64[] parameter(1)
  ROOT %reduce_sum.5 = f64[] add(%reduce_sum.3, %reduce_sum.4)
}

%wrapped_reduce-window_computation (param_0.4: f64[1000], param_1.8: f64[]) -> f64[32] {
  %param_0.4 = f64[1000]{0} parameter(0)
  %param_1.8 = f64[] parameter(1)
  ROOT %reduce-window.1 = f64[32]{0} reduce-window(%param_0.4, %param_1.8), window={size=32 stride=32 pad=12_12}, to_apply=%region_0.1
}

ENTRY %main.2 (mu.1: f64[], theta.1: f64[], signal.1: f64[1000], background.1: f64[1000], up.1: f64[1000], counts.1: f64[1000]) -> f64[] {
  %mu.1 = f64[] parameter(0)
  %theta.1 = f64[] parameter(1)
  %signal.1 = f64[1000]{0} parameter(2)
  %background.1 = f64[1000]{0} parameter(3)
  %up.1 = f64[1000]{0} parameter(4)
  %counts.1 = f64[1000]{0} parameter(5)
  %constant.3 = f64[] constant(0)
  %multiply_subtract_fusion = f64[1000]{0} fusion(%counts.1, %background.1, %up.1, %theta.1, %signal.1, /*index=5*/%mu.1), kind=kLoop, calls=%fused_computation.1
  %wrapped_reduce-window = f64[32]{0} fusion(%multiply_subtract_fusion, %constant.3), kind=kLoop, calls=%wrapped_reduce-window_computation
  ROOT %multiply_add_fusion = f64[] fusion(%theta.1, %wrapped_reduce-window), kind=kLoop, calls=%fused_computation
}"""
"""What XLA made of a -2 ln L with one nuisance parameter, on a CPU with JAX 0.12."""

_LOOP = """\
HloModule jit_relax, is_scheduled=true, entry_computation_layout={(f64[1000]{0})->f64[1000]{0}}

%fused_computation (param_0.1: s64[], param_1.4: f64[1000]) -> f64[1000] {
  %param_1.4 = f64[1000]{0} parameter(1)
  %sin.4 = f64[1000]{0} sine(%param_1.4)
  %constant.12 = f64[] constant(2)
  %broadcast.4 = f64[1000]{0} broadcast(%constant.12), dimensions={}
  %mul.4 = f64[1000]{0} multiply(%sin.4, %broadcast.4)
  %param_0.1 = s64[] parameter(0)
  %convert_element_type.4 = f64[] convert(%param_0.1)
  %add.20 = f64[1000]{0} broadcast(%convert_element_type.4), dimensions={}
  ROOT %add.19 = f64[1000]{0} add(%mul.4, %add.20)
}

%wrapped_add_computation (param_0.2: s64[], param_1.5: s64[]) -> s64[] {
  %param_0.2 = s64[] parameter(0)
  %param_1.5 = s64[] parameter(1)
  ROOT %add.21 = s64[] add(%param_0.2, %param_1.5)
}

%region_0.1.clone (arg_tuple.6: (s64[], f64[1000])) -> (s64[], f64[1000]) {
  %arg_tuple.6 = (s64[], f64[1000]{0}) parameter(0)
  %constant.11 = s64[] constant(1)
  %get-tuple-element.42 = f64[1000]{0} get-tuple-element(%arg_tuple.6), index=1
  %get-tuple-element.41 = s64[] get-tuple-element(%arg_tuple.6), index=0
  %copy.2 = s64[] copy(%get-tuple-element.41)
  %broadcast_add_fusion = f64[1000]{0} fusion(%copy.2, %get-tuple-element.42), kind=kLoop, calls=%fused_computation
  %wrapped_add = s64[] fusion(%copy.2, %constant.11), kind=kLoop, calls=%wrapped_add_computation
  ROOT %tuple.12 = (s64[], f64[1000]{0}) tuple(%wrapped_add, %broadcast_add_fusion)
}

%wrapped_compare_computation (param_0.3: s64[], param_1.6: s64[]) -> pred[] {
  %param_0.3 = s64[] parameter(0)
  %param_1.6 = s64[] parameter(1)
  ROOT %lt.3 = pred[] compare(%param_0.3, %param_1.6), direction=LT
}

%region_1.2.clone (arg_tuple.5: (s64[], f64[1000])) -> pred[] {
  %arg_tuple.5 = (s64[], f64[1000]{0}) parameter(0)
  %constant.9 = s64[] constant(10)
  %get-tuple-element.32 = s64[] get-tuple-element(%arg_tuple.5), index=0
  ROOT %wrapped_compare = pred[] fusion(%get-tuple-element.32, %constant.9), kind=kLoop, calls=%wrapped_compare_computation
}

ENTRY %main.3 (x.1: f64[1000]) -> f64[1000] {
  %x.1 = f64[1000]{0} parameter(0)
  %constant.7 = s64[] constant(0)
  %copy.6 = f64[1000]{0} copy(%x.1)
  %copy.7 = s64[] copy(%constant.7)
  %tuple.10 = (s64[], f64[1000]{0}) tuple(%copy.7, %copy.6)
  %while.1 = (s64[], f64[1000]{0}) while(%tuple.10), condition=%region_1.2.clone, body=%region_0.1.clone
  ROOT %while.9 = f64[1000]{0} get-tuple-element(%while.1), index=1
}"""

_TWO_RESULTS = """\
HloModule jit_pulls, is_scheduled=true

%fused_computation.1 (param_0.2: f32[50], param_1.2: f32[50]) -> (f32[50], f32[50]) {
  %param_0.2 = f32[50]{0} parameter(0)
  %param_1.2 = f32[50]{0} parameter(1)
  %sub.1 = f32[50]{0} subtract(%param_0.2, %param_1.2)
  %sqrt.1 = f32[50]{0} sqrt(%param_1.2)
  %div.1 = f32[50]{0} divide(%sub.1, %sqrt.1)
  %mul.1 = f32[50]{0} multiply(%div.1, %div.1)
  ROOT %tuple.2 = (f32[50]{0}, f32[50]{0}) tuple(%div.1, %mul.1)
}

%fused_computation (param_0.1: f32[50]) -> f32[50] {
  %param_0.1 = f32[50]{0} parameter(0)
  ROOT %neg.1 = f32[50]{0} negate(%param_0.1)
}

ENTRY %main.7 (counts.1: f32[50], expected.1: f32[50]) -> (f32[50], f32[50], f32[50]) {
  %counts.1 = f32[50]{0} parameter(0)
  %expected.1 = f32[50]{0} parameter(1)
  %divide_multiply_fusion = (f32[50]{0}, f32[50]{0}) fusion(%counts.1, %expected.1), kind=kInput, calls=%fused_computation.1
  %get-tuple-element.3 = f32[50]{0} get-tuple-element(%divide_multiply_fusion), index=0
  %get-tuple-element.4 = f32[50]{0} get-tuple-element(%divide_multiply_fusion), index=1
  %abs.1 = f32[50]{0} abs(%get-tuple-element.3)
  %negate_fusion = f32[50]{0} fusion(%get-tuple-element.4), kind=kOutput, calls=%fused_computation
  ROOT %tuple.3 = (f32[50]{0}, f32[50]{0}, f32[50]{0}) tuple(%get-tuple-element.3, %abs.1, %negate_fusion)
}"""

_NO_FUSION = """\
HloModule jit_matmul, is_scheduled=true

ENTRY %main.2 (x.1: f64[30,30], y.1: f64[30,30]) -> f64[30,30] {
  %x.1 = f64[30,30]{1,0} parameter(0)
  %y.1 = f64[30,30]{1,0} parameter(1)
  ROOT %dot_general.1 = f64[30,30]{1,0} dot(%x.1, %y.1), lhs_contracting_dims={1}, rhs_contracting_dims={0}
}"""

Fusions = dict[str, Counter[str]]


def _blocks(text: str) -> dict[str, str]:
    """The computations of a program: the lines inside the braces, by name."""
    found = re.findall(r"^(?:ENTRY )?%?([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE)
    return dict(found)


def _calls(text: str) -> list[tuple[str, str]]:
    """Each fusion and the computation that it calls."""
    return re.findall(r"^ +(?:ROOT )?%?([\w.-]+) = .* fusion\(.*calls=%?([\w.-]+)", text, re.MULTILINE)


def _opcodes(body: str) -> Counter[str]:
    return Counter({name: count for name, count in programs.instructions(body).items() if name != "parameter"})


def _fusions(text: str) -> Fusions:
    blocks = _blocks(text)
    return {name: _opcodes(blocks[called]) for name, called in _calls(text)}


def _but(change: Callable[[Fusions, str], Fusions]) -> Callable[[str], Fusions]:
    return lambda text: change(_fusions(text), text)


def _in_order(right: Fusions, text: str) -> Fusions:
    """The k-th fusion with the k-th of the fused computations as they stand in the text."""
    called = [name for _, name in _calls(text)]
    blocks = {name: body for name, body in _blocks(text).items() if name in called}
    return dict(zip(right, map(_opcodes, blocks.values()), strict=False))


def _by_line(right: Fusions, text: str, pattern: str) -> Fusions:
    """Only what a pattern for the lines of fusions finds."""
    return {name: right[name] for name in re.findall(pattern, text, re.MULTILINE) if name in right}


def _inside(right: Fusions, text: str, opcodes: Callable[[str], Counter[str]]) -> Fusions:
    """With another way to read the lines of each computation."""
    return {name: opcodes(_blocks(text)[called]) for name, called in _calls(text)}


def _renamed(right: Fusions, change: Callable[[str], str]) -> Fusions:
    """With another spelling of each opcode."""
    return {name: Counter(map(change, opcodes.elements())) for name, opcodes in right.items()}


def _instruction_names(body: str) -> Counter[str]:
    names = re.findall(r"%([a-z][\w-]*?)(?:\.\d+)* = ", body)
    return Counter(name for name in names if not name.startswith("param"))


@dataclass(eq=False)
class Reading(Question):
    """A function that reads an HLO text and returns a dictionary: the opcodes in each fusion. Judged like a ``Task``, fusion by fusion."""

    reference: Callable[[str], Fusions]
    cases: Callable[[], list[Case]]
    meaning: str
    mistakes: Mapping[str, Callable[[str], object]]
    errors: Mapping[str, str] = field(default_factory=dict)

    def untouched(self, answer: object) -> bool:
        return engine.is_untouched(answer)

    @functools.cached_property
    def _hidden(self) -> list[Case]:
        return self.cases()

    def examine(self, answer: object) -> None:
        """Raise the ``Finding`` that tells what is wrong with ``answer``; return if it is right."""
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        cases = self._hidden
        found = [self._read(engine.call(answer, case, self.errors)) for case in cases]
        right = [self._read(self.reference(*case.args)) for case in cases]
        if found == right:
            return
        if found[0] and all(one == found[0] for one in found):
            raise Finding("The same answer comes for every text: it must be read from `text`.")
        for sentence, variant in self.mistakes.items():
            if found == [self._read(variant(*case.args)) for case in cases]:
                raise Finding(sentence)
        for got, expected, case in zip(found, right, cases, strict=True):
            self._compare(got, expected, case)

    def _read(self, value: object) -> Fusions:
        """What was returned, each fusion's opcodes counted."""
        if value is None:
            raise Finding("It returns None: is the `return` missing?")
        if not isinstance(value, Mapping):
            raise Finding(
                f"It returns a {type(value).__name__}; asked is a dictionary: the name of each fusion and its opcodes."
            )
        for name, opcodes in value.items():
            if (
                not isinstance(name, str)
                or isinstance(opcodes, str)
                or not isinstance(opcodes, Mapping | Sequence | set | frozenset)
            ):
                raise Finding(
                    f"For {name!r} there stands a {type(opcodes).__name__}; asked is a name with a list (or a Counter) of opcodes."
                )
        return {name: +Counter(opcodes) for name, opcodes in value.items()}

    def _compare(self, got: Fusions, expected: Fusions, case: Case) -> None:
        """No known mistake: say which fusions, or which opcodes of one, differ."""
        missing = [name for name in expected if name not in got]
        strangers = [name for name in got if name not in expected]
        if missing or strangers:
            words = [f"missing: {', '.join(missing[:3])}"] * bool(missing) + [
                f"not a fusion: {', '.join(strangers[:3])}"
            ] * bool(strangers)
            raise Finding(f"The fusions differ in {case.kind}; {'; '.join(words)}.")
        for name, opcodes in expected.items():
            if got[name] != opcodes:
                less, more = sorted(opcodes - got[name]), sorted(got[name] - opcodes)
                words = [f"too few: {', '.join(less[:3])}"] * bool(less) + [f"too many: {', '.join(more[:3])}"] * bool(
                    more
                )
                raise Finding(f"In {case.kind}, inside {name}: {'; '.join(words)}.")


def _live(function: Callable, *args: object) -> str:
    return programs.hlo(jax.jit(function).lower(*args).compile())


def _fusions_cases() -> list[Case]:
    x = jnp.linspace(1.0, 2.0, 600)

    def unrelated(x, y):
        return jnp.exp(-x) * y, jnp.cumsum(jnp.sqrt(y) + x), jnp.sort(x * y) + jnp.log(x)

    return [
        Case((PROGRAM,), "the printed program"),
        Case((_LOOP,), "a program with a loop"),
        Case((_TWO_RESULTS,), "a program in which a fusion has two results"),
        Case((_NO_FUSION,), "a program without any fusion"),
        Case(
            (_live(jax.value_and_grad(lambda mu, x: 2 * jnp.sum(mu * x - x * jnp.log(mu * x + 1))), 0.5, x),),
            "a gradient, compiled here",
        ),
        Case((_live(unrelated, x, x),), "a program with several results, compiled here"),
    ]


fusions = Reading(
    4,
    "fusions",
    _fusions,
    _fusions_cases,
    "Each fusion is one pass over its inputs; what stands inside it is never written to memory as an array of its own.",
    {
        "You list every computation of the program: reductions, loop bodies and the entry are computations, too, but only those that a "
        "`fusion` instruction calls are fused.": lambda text: {
            name: _opcodes(body) for name, body in _blocks(text).items()
        },
        "You list every computation but the entry: what reduce, sort or while apply isn't fused. Look for `fusion(`.": lambda text: {
            name: _opcodes(body) for name, body in _blocks(text).items() if f"ENTRY %{name} " not in text
        },
        "The keys are the computations that are called; asked is the name of the fusion that calls, to the left of its `=`.": lambda text: {
            called: _opcodes(_blocks(text)[called]) for _, called in _calls(text)
        },
        "The names still have their percent sign.": _but(
            lambda right, text: {f"%{name}": opcodes for name, opcodes in right.items()}
        ),
        "`parameter` is still there: parameters are what comes in, not what is computed.": _but(
            lambda right, text: _inside(right, text, programs.instructions)
        ),
        "`parameter` and `constant` are left out; a constant is asked for.": _but(
            lambda right, text: {name: opcodes - Counter(constant=99) for name, opcodes in right.items()}
        ),
        "Each opcode stands there once, however often it occurs: a set forgets how many.": _but(
            lambda right, text: {name: Counter(set(opcodes)) for name, opcodes in right.items()}
        ),
        "Computations and fusions are paired in the order in which they stand in the text; a fusion says itself which one it calls.": _but(
            _in_order
        ),
        "You take `fused_computation` for every fusion's name: a longer name begins with the same letters (is it compared as a whole?).": (
            _but(
                lambda right, text: {
                    name: _opcodes(_blocks(text)[re.sub(r"\.\d+$", "", called)]) for name, called in _calls(text)
                }
            )
        ),
        "The fusions on a ROOT line are missing: the result of a computation may be a fusion, too.": _but(
            lambda right, text: _by_line(right, text, r"^ +%([\w.-]+) = ")
        ),
        "Only fusions whose own name says so are there; XLA names others `wrapped_...`. What counts is the opcode, after the type.": _but(
            lambda right, text: {name: opcodes for name, opcodes in right.items() if "fusion" in name}
        ),
        "Only the fusions of the entry are there: a loop's body or condition has its own.": _but(
            lambda right, text: {
                name: opcodes for name, opcodes in right.items() if f"%{name} = " in text.split("ENTRY")[-1]
            }
        ),
        "A fusion with several results is missing: its type is a tuple, with spaces in it.": _but(
            lambda right, text: _by_line(right, text, r"^ +(?:ROOT )?%([\w.-]+) = \S+ fusion\(")
        ),
        "The last instruction of each fusion is missing, the one on the ROOT line.": _but(
            lambda right, text: _inside(right, text, lambda body: _opcodes(re.sub(r"(?m)^ +ROOT .*$", "", body)))
        ),
        "These are names of instructions, which mostly come from your Python; the opcode stands between the type and the bracket.": _but(
            lambda right, text: _inside(right, text, _instruction_names)
        ),
        "Opcodes are cut at a hyphen, and what stands before it is lost: the hyphen belongs to the opcode.": _but(
            lambda right, text: _renamed(right, lambda opcode: opcode.split("-")[-1])
        ),
        "Opcodes are cut at a hyphen, and what stands behind it is lost: the hyphen belongs to the opcode.": _but(
            lambda right, text: _renamed(right, lambda opcode: opcode.split("-")[0])
        ),
        "Only the fusions themselves are listed, not what is inside them.": _but(
            lambda right, text: {name: Counter(["fusion"]) for name in right}
        ),
        "Nothing is found at all, in no program: try your pattern on a single line.": lambda text: {},
    },
    errors={
        "list index out of range": (
            "A line doesn't split as your code expects: blank lines, the first line of the text and closing braces are lines, too."
        ),
    },
)


# --- task 5: static or traced ---------------------------------------------------------------------------------------------


def _scaled(theta, nominal, up, kind):
    return nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta


def _merged(values, rebin):
    return values.reshape(-1, rebin).sum(axis=1)


def _yields(theta, nominal, up, kind, rebin):
    return _merged(_scaled(theta, nominal, up, kind), rebin)


_course_yields = jax.jit(_yields, static_argnames=("kind", "rebin"))


def _yields_arrays(bins: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    rng = _generator(number)
    return rng.uniform(5, 50, bins), rng.uniform(0.7, 1.4, bins)


def _yields_cases() -> list[Case]:
    return [
        Case((0.7, *_yields_arrays(12, 3), "linear", 3), "a linear response, three bins merged into one"),
        Case((0.7, *_yields_arrays(12, 3), "exponential", 3), "an exponential response, three bins merged into one"),
        Case((-1.3, *_yields_arrays(8, 4), "linear", 1), "a negative theta and no merging"),
        Case((-1.3, *_yields_arrays(8, 4), "exponential", 4), "a negative theta and an exponential response"),
        Case((0.0, *_yields_arrays(6, 5), "exponential", 2), "theta = 0, the nominal yields"),
    ]


def _values_of_this_call(answer: Callable) -> None:
    """A demand: a program that is kept takes each call's own numbers, whatever was passed in when it was made."""
    for case in _yields_cases()[:2]:
        theta, nominal, up, kind, rebin = case.args
        engine.call(answer, case, yields.errors)
        others = {
            "theta": (theta - 0.2, nominal, up),
            "nominal": (theta, nominal + np.arange(nominal.size), up),
            "up": (theta, nominal, up + 0.1),
        }
        stale = []
        for name, values in others.items():
            found = np.asarray(engine.call(answer, Case((*values, kind, rebin), f"another `{name}`"), yields.errors))
            stale += [f"`{name}`"] * (not np.allclose(found, _yields(*values, kind, rebin), rtol=1e-8, atol=1e-8))
        if stale:
            raise Finding(
                f"The first call is right, but a later one with another {' or '.join(stale)} isn't: the program that you keep holds the first "
                "call's values as constants. Pass them to the compiled function as arguments."
            )


def _compiled_for_what_matters(answer: Callable) -> None:
    """A demand: one program for each kind and each merging, none for any value of the rest; and derivatives go through."""
    run = next(_runs)
    bins, kinds, merge = 12 * (1 + run), ("linear", "exponential"), (2, 3)
    nominal, up = _yields_arrays(bins, 100 + run)
    thetas = [0.3 + 1e-3 * run, 0.5, -0.8 - 1e-3 * run, 1.2]

    def compiled(*calls: tuple) -> int:
        return engine.compilations(
            lambda: [engine.call(answer, Case(args, "another call"), yields.errors) for args in calls]
        )

    outside = _outside_of_jit(answer, thetas[0], nominal, up)
    if outside:
        raise Finding(
            f"The yields are right, but {' and '.join(outside[:2])} run outside of jit, one operation at a time: compile the whole function."
        )
    first = compiled((thetas[0], nominal, up, kinds[0], merge[0]))
    if compiled((thetas[0], nominal, up, kinds[0], merge[0])):
        raise Finding(
            "The yields are right, but a second call with the same arguments compiles anew: jit is applied inside the function."
        )
    if compiled(*[(theta, nominal, up, kinds[0], merge[0]) for theta in thetas[1:]]):
        raise Finding(
            "The yields are right, but every value of theta has a program of its own: it is static. A fit passes a new value in each step."
        )
    if compiled((thetas[0], nominal + 1.0, up + 0.01, kinds[0], merge[0])):
        raise Finding(
            "The yields are right, but other templates of the same shape are compiled anew: their values are in the cache's key."
        )
    more = compiled(*[(theta, nominal, up, kind, rebin) for kind in kinds for rebin in merge for theta in thetas])
    if first + more > len(kinds) * len(merge) + 2:
        raise Finding(
            f"The yields are right, but {first + more} programs are compiled for {len(kinds)} kinds and {len(merge)} ways of merging."
        )
    for case in _yields_cases()[1:4]:
        _derivatives(answer, case)


def _outside_of_jit(answer: Callable, theta: float, nominal: np.ndarray, up: np.ndarray) -> list[str]:
    """The primitives that a call runs outside of any jit; none if tracing from outside fails, as it does with a static theta."""
    try:
        jaxpr = jax.make_jaxpr(lambda t, n, u: answer(t, n, u, "linear", 2))(theta, nominal, up)
    except (TypeError, ValueError):
        return []
    harmless = {"convert_element_type", "broadcast_in_dim", "copy", "copy_p"}
    names = [equation.primitive.name for equation in jaxpr.jaxpr.eqns]
    return engine.ordered([name for name in names if name not in programs.WRAPPERS | harmless])


def _derivatives(answer: Callable, case: Case) -> None:
    theta, nominal, up, kind, rebin = case.args

    def both(function: Callable) -> Callable:
        def total(t, n):
            return jnp.sum(jnp.asarray(function(t, n, up, kind, rebin)))

        return functools.wraps(answer)(lambda t, n: jax.grad(total, argnums=(0, 1))(t, n))

    found = engine.call(both(answer), Case((theta, nominal), case.kind), yields.errors)
    right = both(_course_yields)(theta, nominal)
    for name, got, expected in zip(("theta", "nominal"), found, right, strict=True):
        if not np.allclose(got, expected, rtol=1e-7, atol=1e-7):
            raise Finding(
                f"The yields are right, but their derivative by {name} isn't: somewhere it is rounded, frozen or made a constant."
            )


yields = Task(
    5,
    "yields",
    _yields,
    _yields_cases,
    "What decides on the program is static, each combination compiled once; whatever a fit varies is traced, and has derivatives.",
    {
        "`kind` is ignored: the response is always linear.": lambda t, n, u, k, r: _yields(t, n, u, "linear", r),
        "`kind` is ignored: the response is always exponential.": lambda t, n, u, k, r: _yields(
            t, n, u, "exponential", r
        ),
        "The two kinds have changed places.": lambda t, n, u, k, r: _yields(
            t, n, u, "linear" if k != "linear" else "exponential", r
        ),
        "Merged bins are averaged; events add up.": lambda t, n, u, k, r: _yields(t, n, u, k, r) / r,
        "Of each group of bins one is kept and the others are dropped; events add up.": lambda t, n, u, k, r: _scaled(
            t, n, u, k
        )[::r],
        "Bins are merged that aren't neighbours: which axis of the reshaped array runs over neighbours?": lambda t, n, u, k, r: (
            _scaled(t, n, u, k).reshape(r, -1).sum(axis=0)
        ),
        "The bins are merged before they are scaled, with a mean of `up`: each bin has its own ratio.": lambda t, n, u, k, r: (
            _scaled(t, _merged(n, r), _merged(u, r) / r, k)
        ),
        "`up` is a ratio, 1 for no change; your linear response adds theta * up instead of theta * (up - 1).": lambda t, n, u, k, r: (
            _merged(n * (1 + t * u), r) if k == "linear" else _yields(t, n, u, k, r)
        ),
        "Your exponential response is exp(theta * (up - 1)); the one asked for takes `up` at theta = 1.": lambda t, n, u, k, r: (
            _yields(t, n, u, k, r) if k == "linear" else _merged(n * np.exp(t * (u - 1)), r)
        ),
        "Theta is missing: the yields are always those of theta = 1.": lambda t, n, u, k, r: _yields(1.0, n, u, k, r),
        "The nominal yields are missing: what you return is the response alone.": lambda t, n, u, k, r: _yields(
            t, 1 + 0 * n, u, k, r
        ),
        "Nothing is merged: `rebin` neighbours become one bin.": lambda t, n, u, k, r: _scaled(t, n, u, k),
        "All bins are merged into one: a sum over both axes.": lambda t, n, u, k, r: _scaled(t, n, u, k).sum(),
        "The sign of theta is lost: up and down move the yields the same way.": lambda t, n, u, k, r: _yields(
            abs(t), n, u, k, r
        ),
    },
    also=(_values_of_this_call, _compiled_for_what_matters),
    errors={
        "Non-hashable static arguments": (
            "An array is static there, and can't be: static arguments are compared by value, so they must be hashable. Arrays are traced."
        ),
        "of type <class 'str'>": "A text can't be traced: an abstract value has a shape and a dtype. What can't be traced must be static.",
        "Shapes must be 1D sequences of concrete values": (
            "A shape depends on a traced number there: the compiler must know every shape, so whatever decides on one must be static."
        ),
        "Got slice(": "A traced number decides on a slice, and so on a shape: what decides on the program must be static.",
        "__index__() method was called": (
            "A traced number is used where Python needs a whole number, for a shape, an index or a loop: is it an argument that decides on the "
            "program?"
        ),
    },
    course=_course_yields,
)


# --- task 6: a selection of fixed shape -----------------------------------------------------------------------------------


def _selected(pt, weight, cut):
    keep = pt > cut
    total = weight[keep].sum()
    return total, (weight[keep] * pt[keep]).sum() / total if keep.any() else 0.0


def _course_selected(pt, weight, cut):
    keep = pt > cut
    total = jnp.sum(weight, where=keep)
    moment = jnp.sum(weight * pt, where=keep)
    return total, jnp.where(jnp.any(keep), moment / jnp.where(jnp.any(keep), total, 1.0), 0.0)


def _selected_cases() -> list[Case]:
    rng = _generator(6)
    pt, weight = rng.gamma(2, 25, 40), rng.gamma(2, 0.5, 40)
    missing = np.where(rng.random(40) < 0.3, np.nan, pt)
    return [
        Case((pt, weight, 30.0), "events that all have a jet"),
        Case((np.array([30.0, 20.0, 45.0, 30.0]), np.array([1.0, 2.0, 3.0, 4.0]), 30.0), "a jet exactly at the cut"),
        Case((missing, weight, 30.0), "events without a jet, whose pt is NaN"),
        Case((missing[:9], weight[:9], 25.0), "another number of events, another cut"),
        Case((pt, weight, 1e4), "a cut that no event passes"),
        Case((missing, weight, -5.0), "a cut below 0, and events without a jet"),
        Case((pt, 0.004 * weight, 40.0), "weights so small that the yield lies below 1"),
        Case((rng.gamma(2, 25, 7000), rng.gamma(2, 0.5, 7000), 20.0), "thousands of events"),
    ]


def _masked(pt, weight, cut, moment: Callable, below: Callable) -> tuple[float, float]:
    """``selected`` with another mean: ``moment`` of the selected events over ``below``."""
    keep = pt > cut
    total = weight[keep].sum()
    return total, moment(pt[keep], weight[keep]) / below(pt, weight, keep) if keep.any() else 0.0


def _number_kept(found: np.ndarray, pt: np.ndarray, weight: np.ndarray, cut: float) -> int | None:
    """How many of the selected events make up this yield, from the first one on; None if it isn't a part of them."""
    (fits,) = np.nonzero(np.isclose(np.cumsum(weight[pt > cut])[:-1], found, rtol=1e-10))
    return int(fits[0]) + 1 if fits.size else None


def _selected_symptoms(got: list[Result], expected: list[Result]) -> str | None:
    """Whatever stands in for NaN, 0 or -1, above a cut below 0 it gets all events selected."""
    pairs = zip(got, expected, selected.cases(), strict=True)
    bad = [(g, case.args) for g, e, case in pairs if not engine.same(g, e, 1e-8, 0.0)]
    kept = {_number_kept(g[0], pt, weight, cut) for g, (pt, weight, cut) in bad}
    if len(kept) == 1 and None not in kept:
        return f"Of a larger sample only the first {kept.pop()} selected events count: a fixed `size=` loses events of larger samples."
    if all(cut < 0 and np.allclose(g[0], weight.sum()) for g, (_, weight, cut) in bad):
        return "Events without a jet pass a cut below 0: NaN was replaced before the comparison."
    return None


class _Selecting(Task):
    """A mask that changes the length must go altogether, so that is said before a division by 0 is."""

    def examine(self, answer: object) -> None:
        try:
            super().examine(answer)
        except Finding as found:
            if "0 divided by 0" in str(found):
                self._refuse_masks(answer)
            raise

    def _refuse_masks(self, answer: Callable) -> None:
        try:
            engine.call(jax.jit(answer), self.cases()[0], self.errors)
        except Finding as found:
            if str(found) in self.errors.values():
                raise found from None


def _under_jit(answer: Callable) -> None:
    """A demand: the function can be jitted, the cut is traced, and the numbers stay."""
    compiled = jax.jit(answer)
    for case in selected.cases():
        found = engine.call(compiled, case, selected.errors)
        right = selected.reference(*case.args)
        if not np.allclose(np.array([float(one) for one in found]), right, rtol=1e-8, atol=1e-8):
            raise Finding(f"Right without jit, but not under jit, for {case.kind}.")


selected = _Selecting(
    6,
    "selected",
    _selected,
    _selected_cases,
    "No array changes its length: what isn't selected stays in place and counts 0, whatever its value was.",
    {
        "A jet exactly at the cut is taken: asked is above it.": lambda p, w, c: _selected(
            p, w, np.nextafter(c, -np.inf)
        ),
        "What you return first is the number of selected events; asked is the sum of their weights.": lambda p, w, c: (
            (p > c).sum(),
            _selected(p, w, c)[1],
        ),
        "The two results have changed places: the yield comes first.": lambda p, w, c: _selected(p, w, c)[::-1],
        "The mean ignores the weights.": lambda p, w, c: _masked(
            p, w, c, lambda p, w: p.sum(), lambda p, w, k: k.sum()
        ),
        "What you return second is the weighted sum of pt; asked is the mean.": lambda p, w, c: _masked(
            p, w, c, lambda p, w: (p * w).sum(), lambda p, w, k: 1.0
        ),
        "The mean is divided by the weight of all events; only the selected ones count.": lambda p, w, c: _masked(
            p, w, c, lambda p, w: (p * w).sum(), lambda p, w, k: w.sum()
        ),
        "The mean is divided by the number of selected events, not by their weight.": lambda p, w, c: _masked(
            p, w, c, lambda p, w: (p * w).sum(), lambda p, w, k: k.sum()
        ),
        "The mean is divided by the number of all events.": lambda p, w, c: _masked(
            p, w, c, lambda p, w: (p * w).sum(), lambda p, w, k: len(w)
        ),
        "The events below the cut are selected.": lambda p, w, c: (
            w[p <= c].sum(),
            (w * p)[p <= c].sum() / w[p <= c].sum() if (p <= c).any() else 0.0,
        ),
        "The cut isn't applied to the yield: all weights are summed.": lambda p, w, c: (w.sum(), _selected(p, w, c)[1]),
        "NaN comes out wherever a pt is NaN: a mask that multiplies doesn't help, because NaN times 0 is NaN. Choose instead of multiplying.": (
            lambda p, w, c: (_selected(p, w, c)[0], _selected(p, w, c)[1] + 0 * p.sum())
        ),
        "Where the yield lies below 1, the mean is divided by 1 instead: only a yield of 0 needs another divisor.": lambda p, w, c: (
            _masked(p, w, c, lambda p, w: (p * w).sum(), lambda p, w, k: max(w[k].sum(), 1.0))
        ),
        "NaN comes out where nothing is selected, 0 divided by 0: the stub says what to return there.": lambda p, w, c: (
            _course_selected(p, w, c)[0],
            jnp.where((p > c).any(), _course_selected(p, w, c)[1], jnp.nan),
        ),
        "NaN comes out where nothing is selected, and wherever a pt is NaN: NaN times 0 is NaN, 0 divided by 0 too.": lambda p, w, c: (
            _course_selected(p, w, c)[0],
            jnp.where((p > c).any(), _course_selected(p, w, c)[1] + 0 * p.sum(), jnp.nan),
        ),
    },
    outputs=("the yield", "the mean"),
    symptoms=(_selected_symptoms,),
    also=(_under_jit,),
    errors={
        "Array boolean indices must be concrete": (
            "Under jit it fails: a boolean mask makes an array whose length depends on values, and every shape must be known there."
        ),
        "must be statically specified": (
            "A function returns as many indices as there are true entries, and under jit every shape must be known: give it a `size`, or "
            "don't gather the events at all."
        ),
    },
    course=_course_selected,
)


# --- what the notebook calls besides --------------------------------------------------------------------------------------

TASKS: dict[str, Question] = {
    task.name: task for task in (traces, scan, padded, break_even, timed, fusions, yields, selected)
}


def ready(*names: str) -> bool:
    """Whether these tasks are passed; if not, print what the cell waits for."""
    return engine.ready(TASKS, *names)


def use(name: str) -> Callable:
    """The learner's function of this name if it has passed its check, else the course's."""
    task = TASKS[name]
    return task.passed or getattr(task, "course", None) or task.reference


def progress() -> None:
    """Print which tasks are passed and which are open."""
    engine.progress(TASKS)
