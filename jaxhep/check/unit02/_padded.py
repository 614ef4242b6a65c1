"""Task 2b: samples of any size, padded to a power of two. Shapes: N events."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.demands import compilations
from jaxhep.check.reading import Case, Finding, call, generator
from jaxhep.check.unit02._runs import RUNS
from jaxhep.check.verdict import Task


class Kernel:
    """A jitted, unbinned -ln L (score, weight) with density (a + 1) score^a; it notes the sizes it is traced for."""

    def __init__(self, power: float):
        self.sizes: list[int] = []

        def kernel(score, weight):
            self.sizes.append(score.shape[0])
            density = (power + 1) * score**power
            return -jnp.sum(weight * jnp.log(jnp.where(score > 1, -1.0, density)))  # no event lies there

        self.function = jax.jit(kernel)


class Counted:
    """A kernel that notes what each of its calls receives; in all else it is the jitted function that it wraps."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.scores: list[Any] = []
        self.weights: list[Any] = []
        self.function = Kernel(2.0).function

    def __call__(self, score: Any, weight: Any) -> Any:
        self.lengths.append(len(score))
        self.scores.append(score)
        self.weights.append(weight)
        return self.function(score, weight)

    def __getattr__(self, name: str) -> object:
        return getattr(self.function, name)


def reference(kernel, score, weight):
    more = (1 << (len(score) - 1).bit_length()) - len(score)
    return kernel(np.pad(score, (0, more), constant_values=1), np.pad(weight, (0, more)))


def cases() -> list[Case]:
    rng = generator(2, 2)

    def sample(power: float, n: int, kind: str) -> Case:
        return Case((Kernel(power).function, rng.beta(3, 2, n), rng.gamma(2, 1, n)), kind)

    return [
        sample(2.0, 100, "a hundred events"),
        sample(1.0, 100, "another kernel and another sample of a hundred events"),
        sample(2.0, 70, "a sample that is padded to the length of an earlier, larger one"),
        sample(1.5, 3, "three events"),
        sample(0.5, 1, "a single event"),
        sample(3.0, 64, "a number of events that is a power of two"),
        sample(2.5, 1500, "more than a thousand events"),
    ]


class Padding(Task):
    """Padding to a length that doesn't follow from the sample fails with an exception of NumPy that doesn't say why."""

    added: Sequence[float] = ()

    def judge(self, answer: Callable) -> None:
        probe = Kernel(2.0)
        try:
            number = np.asarray(answer(probe.function, np.full(5, 0.5), np.ones(5))).dtype.kind in "fi"
        except Exception:  # explained by an ordinary call
            number = False
        if number and not probe.sizes:
            raise Finding(NEVER_CALLED)
        self.added = added_weights(answer)
        try:
            super().judge(answer)
        except Finding as found:
            if "could not broadcast input array" not in str(found):
                raise
            try:
                lengths = [lengths_seen(answer, size) for size in (3, 35, 60)]
            except Finding:
                raise found from None
            if len(lengths[0]) == 1 and lengths[0] == lengths[1] == lengths[2]:
                raise Finding(
                    f"The padded length is fixed, {lengths[0][0]} for every sample, and a larger sample doesn't fit: "
                    "it must follow from `len(score)`."
                ) from None
            raise


def lengths_seen(answer: Callable, size: int) -> list[int]:
    """The lengths with which ``answer`` calls its kernel for a sample of this size."""
    kernel, score = Counted(), np.linspace(0.1, 0.9, size)
    call(answer, Case((kernel, score, np.ones(size)), f"{size} events"), task.errors)
    return kernel.lengths


def added_weights(answer: Callable) -> list[float]:
    """The weights that ``answer`` adds to a sample of 71 events, as far as the kernel gets to see them."""
    kernel, weight = Counted(), np.geomspace(2.0, 3.0, 71)
    try:
        call(answer, Case((kernel, np.linspace(0.1, 0.9, 71), weight), "71 events"))
        (seen,) = (np.asarray(one, dtype=float) for one in kernel.weights)
    except (Finding, TypeError, ValueError):
        return []
    return [one for one in seen.tolist() if not np.isclose(one, weight).any()] if seen.size > weight.size else []


NEVER_CALLED = "`kernel` is never called, so whatever this number is, it isn't the function asked for."
DIFFERENT_LENGTHS = "Scores and weights reach the kernel with different lengths: pad both."
TOO_LARGE = "A sample can be larger than the length that you pad to: find the length from the sample."

task = Padding(
    number="2b",
    name="padded",
    reference=reference,
    cases=cases,
    returns="what the kernel returns, a number",
    meaning="Samples of all sizes share a few programs, one for each power of two, and events of weight 0 change "
    "nothing.",
    errors={
        "multiply got incompatible shapes": DIFFERENT_LENGTHS,
        "mul got incompatible shapes": DIFFERENT_LENGTHS,
        "Incompatible shapes for broadcasting": DIFFERENT_LENGTHS,
        "index can't contain negative values": TOO_LARGE,
        "conversion method __array__() was called": "NumPy meets a tracer there: pad the numbers, before any jit. "
        "`kernel` is jitted already, and nothing else needs to be.",
        "negative dimensions": TOO_LARGE,
    },
)


@task.symptom
def events_that_count(got: list[Result], expected: list[Result]) -> str | None:
    added = np.array(task.added)
    if added.size and (added == 1).all():
        return "The weights are padded with 1, so whatever you add counts like an event: which weight changes nothing?"
    return "What you add has weights other than 0, so it counts." if added.any() else None


@task.demand
def one_call(answer: Callable) -> None:
    """Each sample goes through the kernel in one piece."""
    calls = len(lengths_seen(answer, 71))
    if calls > 1:
        raise Finding(
            f"The number is right, but `kernel` is called {calls} times for one sample of 71 events: pad the sample, "
            "and call it once."
        )


@task.demand
def few_programs(answer: Callable) -> None:
    """The kernel sees powers of two only, and nothing else is compiled for a new size."""
    run = next(RUNS)
    rng, probe = generator(2, run), Kernel(2.0)
    many = [*range(520 + run % 60, 1000, 60), 1024]
    sizes = [*many, 1100 + run, 1500 + run, 2000, 1, 2, 3, 4]
    compiled, seen = 0, {}
    for size in sizes:
        case = Case((probe.function, rng.beta(3, 2, size), np.ones(size)), f"{size} events")
        before = len(probe.sizes)
        compiled += compilations(call, answer, case)
        if len(probe.sizes) > before:
            seen[size] = probe.sizes[-1]
    if sentence := what_is_wrong_with_shapes(sizes, probe.sizes, seen):
        raise Finding(sentence)
    again = Case((probe.function, rng.beta(3, 2, many[0]), np.ones(many[0])), "a sample of a size that has been there")
    if compilations(call, answer, again):
        raise Finding(
            "The number is right, but even a sample of a size that has been there is compiled again: `padded` makes a "
            "new function in each call and gives it to jit. `kernel` is jitted already."
        )
    if compiled > len(probe.sizes) + 5:
        raise Finding(
            "The kernel is compiled for few shapes, but the padding itself isn't: jnp.pad, jnp.concatenate or .at[]"
            ".set outside of jit are small programs, compiled for every new length. NumPy doesn't compile."
        )


@task.demand
def in_the_type_of_the_sample(answer: Callable) -> None:
    kernel, score = Counted(), np.linspace(0.1, 0.9, 71, dtype=np.float32)
    call(answer, Case((kernel, score, np.ones(71, np.float32)), "71 events in float32"), task.errors)
    found = [np.result_type(one) for one in (*kernel.scores, *kernel.weights)]
    if any(one != np.float32 for one in found):
        raise Finding(
            f"The numbers are right, but scores and weights of a float32 sample reach the kernel as {found[0]} and "
            f"{found[1]}: another type is another program. What you add must be of the sample's own type."
        )
    kernel = Counted()
    call(answer, Case((kernel, score, np.ones(71)), "71 events, scores in float32, weights in float64"), task.errors)
    types = [np.result_type(one) for one in (*kernel.scores, *kernel.weights)]
    if types != [np.float32, np.float64]:
        raise Finding(
            f"The numbers are right, but scores in float32 with weights in float64 reach the kernel as {types[0]} and "
            f"{types[1]}: what you add to each array must have the type of that array."
        )


def what_is_wrong_with_shapes(sizes: list[int], traced: list[int], seen: dict[int, int]) -> str | None:
    """Samples of these sizes were passed in; the kernel was traced for these, and ``seen`` says for which sample."""
    if not traced:
        return NEVER_CALLED
    if traced == sizes:
        return (
            "The number is right, but each sample reaches `kernel` with its own length, so each new length is traced "
            "and compiled. Make the lengths equal first."
        )
    if seen.get(1024) == 2048:
        return "A sample whose size is a power of two already is padded to the next one: 1024 events need no padding."
    if wrong := [size for size in (1, 2, 4) if size in seen and seen[size] != size]:
        return (
            f"A sample whose size is a power of two already stays as it is: one of {wrong[0]} becomes one of "
            f"{seen[wrong[0]]}."
        )
    wasteful = [size for size, as_seen in seen.items() if as_seen >= 2 * size and size > 2]
    if wasteful:
        return (
            f"{wasteful[0]} events become {seen[wasteful[0]]}, more than the next power of two (np.pad with one number "
            "pads at both ends): padding costs time in every call. At most a factor of 2 is asked for."
        )
    wanted = len({1 << (size - 1).bit_length() for size in sizes})
    if len(traced) > wanted:
        return (
            f"Samples up to {max(sizes)} events reach the kernel in {len(traced)} shapes; with lengths that double, "
            f"{wanted} are enough."
        )
    return None


# --- known mistakes


@task.mistake("The events that you add count, each with weight 1: they must not change the sum.")
def added_with_weight_1(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.full(more, score[0])), np.append(weight, np.ones(more)))


@task.mistake("The events that you add count, each with the weight of a true one: they must not change the sum.")
def events_repeated(kernel, score, weight):
    size = 2 ** math.ceil(math.log2(len(score)))
    return kernel(np.resize(score, size), np.resize(weight, size))


@task.mistake("The last event is repeated with its weight: what fills the arrays must not change the sum.")
def last_event_repeated(kernel, score, weight):
    more = (0, 2 ** math.ceil(math.log2(len(score))) - len(score))
    return kernel(np.pad(score, more, mode="edge"), np.pad(weight, more, mode="edge"))


@task.mistake("The sample is cut down to a power of two: events are lost.")
def cut_down(kernel, score, weight):
    size = 2 ** math.floor(math.log2(len(score)))
    return kernel(score[:size], weight[:size])


@task.mistake("The sample is cut to at most 1024 events: larger ones are lost.")
def at_most_1024(kernel, score, weight):
    scores, weights = np.ones(1024), np.zeros(1024)
    scores[: len(score)], weights[: len(score)] = score[:1024], weight[:1024]
    return kernel(scores, weights)


@task.mistake("The result is divided by the number of events after padding; return what the kernel returns.")
def mean_over_padded(kernel, score, weight):
    size = 2 ** math.ceil(math.log2(len(score)))
    more = size - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(weight, np.zeros(more))) / size


@task.mistake("The result is divided by the number of events; return what the kernel returns.")
def mean(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(weight, np.zeros(more))) / len(score)


@task.mistake("The weights are lost: every event of the sample counts 1.")
def weights_lost(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(np.ones(len(score)), np.zeros(more)))


@task.mistake(
    "It gives NaN wherever something was added: weight 0 times an infinite or undefined logarithm is not 0. "
    "What fills the scores must be a score that an event can have, above 0 and at most 1."
)
def scores_of_0(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.zeros(more)), np.append(weight, np.zeros(more)))


@task.mistake("The exponent is rounded to the nearest: a sample that is a little larger than a power of two is cut.")
def exponent_rounded(kernel, score, weight):
    size = 2 ** round(math.log2(len(score)))
    scores, weights = np.ones(size), np.zeros(size)
    scores[: len(score)], weights[: len(score)] = score[:size], weight[:size]
    return kernel(scores, weights)
