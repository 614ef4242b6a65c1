"""Task 3: edges from free numbers."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import expit, softmax

from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit06._gradients import differentiable
from jaxhep.check.unit06._probing import Probing


def from_widths(widths) -> np.ndarray:
    return np.append(0.0, np.cumsum(widths))


def reference(z, narrowest):
    return from_widths(narrowest + (1 - len(z) * narrowest) * softmax(np.asarray(z)))


def course(z: Array, narrowest: float) -> Array:
    widths = narrowest + (1 - len(z) * narrowest) * jax.nn.softmax(z)
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(widths)])


def cases() -> list[Case]:
    rng = generator(6, 3)
    far_apart = np.append(rng.normal(0, 1, 18), [800.0, 798.5])
    return [
        Case((jnp.asarray(rng.normal(0, 1, 5)), 0.04), "five bins"),
        Case((jnp.asarray(rng.normal(0.5, 1.5, 9)), 0.01), "nine bins"),
        Case((jnp.asarray([850.0, 846.5, 851.5, 790.0]), 0.02), "numbers of some 800"),
        Case((jnp.asarray(far_apart), 0.01), "two numbers of some 800 among twenty"),
    ]


task = Probing(
    number=3,
    name="edges_of",
    reference=reference,
    course=course,
    cases=cases,
    meaning="Whatever numbers an optimiser tries, the edges are in order, and no bin is empty.",
)


def why_not_to_1(cases: list[Case], edges: list[np.ndarray], ends: list[bool]) -> str:
    bins = set()
    for case, e in zip(cases, edges, strict=True):
        z, narrowest = case.args
        bins.add(round((1 + len(z) * narrowest - e[-1]) / narrowest, 6))
    if len(bins) == 1:
        return f"The room for least widths is that of {bins.pop():g} bins, whatever z is: there are len(z) of them."
    if all(end != ("800" in case.kind) for end, case in zip(ends, cases, strict=True)):
        return (
            "The last edge isn't 1 where z is some 800: exp(z) overflows there, and infinity over infinity is NaN, "
            "whatever is put in its place. Take the largest z away first, or jax.nn.softmax."
        )
    typed = " It is for another number of bins: is their number typed in?" if any(ends) else ""
    return f"The last edge isn't 1: the least widths and what the softmax shares out sum to something else.{typed}"


@task.last
def what_edges_have_to_be(answer: Callable, cases: list[Case], got: list[Result], expected: list[Result]) -> str:
    edges = [one[0] for one in got]
    if not all(np.isfinite(e).all() for e in edges):
        return ""
    if any(abs(e[0]) > 1e-9 for e in edges):
        return "The first edge isn't 0."
    ends = [abs(e[-1] - 1) < 1e-9 for e in edges]
    if not all(ends):
        return why_not_to_1(cases, edges, ends)
    widths = [np.diff(e) for e in edges]
    if any((w < 0).any() for w in widths):
        return "The edges go from 0 to 1, but not upwards all the way: a width is negative."
    if any(w.min() < case.args[1] - 1e-9 for w, case in zip(widths, cases, strict=True)):
        return "A bin is narrower than `narrowest`: every width has that as a part, as it comes in, and in full."
    return (
        "The edges increase from 0 to 1, and each bin is wide enough, but the room that is left is shared out in "
        "another way than by the softmax of z."
    )


@task.demand
def has_a_gradient(answer: Callable) -> None:
    rng = generator(6, 30)
    for case in cases():
        differentiable(answer, course, case, {0: "z"}, rng.normal(0, 1, len(case.args[0]) + 1), {})


# --- known mistakes


def shares_of(z) -> np.ndarray:
    return softmax(np.asarray(z))


def with_floor(shares, narrowest) -> np.ndarray:
    """Edges from shares of the width that is free."""
    return from_widths(narrowest + (1 - len(shares) * narrowest) * shares)


@task.mistake("The least width is left out: a bin may become empty, and sigma undefined.")
def no_floor(z, narrowest):
    return from_widths(shares_of(z))


@task.mistake(
    "The least width is added to widths that fill the whole range already: the last edge lies above 1. What is left "
    "for the softmax is 1 - B narrowest."
)
def nothing_taken_for_the_floor(z, narrowest):
    return from_widths(narrowest + shares_of(z))


@task.mistake(
    "The softmax gets 1 - narrowest to share out: all B bins have their least width, so 1 - B narrowest is left."
)
def one_floor_taken(z, narrowest):
    return from_widths(narrowest + (1 - narrowest) * shares_of(z))


@task.mistake("One least width too few is taken away: B bins have it, and the last edge lies above 1.")
def one_floor_too_few(z, narrowest):
    return from_widths(narrowest + (1 - (len(z) - 1) * narrowest) * shares_of(z))


@task.mistake("One least width too many is taken away: z has one number for each bin, and the last edge lies below 1.")
def one_floor_too_many(z, narrowest):
    return from_widths(narrowest + (1 - (len(z) + 1) * narrowest) * shares_of(z))


@task.mistake("Room is left for the least widths, but they aren't added: the last edge lies below 1.")
def floor_not_added(z, narrowest):
    return from_widths((1 - len(z) * narrowest) * shares_of(z))


@task.mistake(
    "The least width is added to the softmax, and the sum divided by its total: the narrowest bin may then become "
    "narrower than `narrowest`."
)
def floor_divided_afterwards(z, narrowest):
    return from_widths((narrowest + shares_of(z)) / (1 + len(z) * narrowest))


@task.mistake(
    "Narrow bins are cut off at the least width: the last edge lies above 1, and the gradient of such a bin is 0."
)
def cut_off(z, narrowest):
    return from_widths(np.maximum(shares_of(z), narrowest))


@task.mistake(
    "Narrow bins are cut off at the least width, and all divided by their sum: they end up narrower than that, and "
    "the gradient there is wrong by the cut."
)
def cut_off_and_divided(z, narrowest):
    widths = np.maximum(shares_of(z), narrowest)
    return from_widths(widths / widths.sum())


@task.mistake("The least width is divided among the bins: each one has it in full.")
def floor_divided_among_bins(z, narrowest):
    return with_floor(shares_of(z), narrowest / len(z))


@task.mistake("The least width is added to the edges, after the sum: it belongs into each width, before it.")
def floor_added_to_edges(z, narrowest):
    return np.append(0.0, narrowest + (1 - len(z) * narrowest) * np.cumsum(shares_of(z)))


@task.mistake("The edge at 0 is missing: cumsum begins with the first width.")
def first_edge_missing(z, narrowest):
    return reference(z, narrowest)[1:]


@task.mistake("The edge at 1 is missing: B bins have B+1 edges.")
def last_edge_missing(z, narrowest):
    return reference(z, narrowest)[:-1]


@task.mistake("The edges at 0 and 1 are missing: asked are all B+1 edges.")
def outer_edges_missing(z, narrowest):
    return reference(z, narrowest)[1:-1]


@task.mistake("These are the widths: the edges are their running sum, from 0.")
def widths(z, narrowest):
    return np.diff(reference(z, narrowest))


@task.mistake("These are widths with a 0 in front: their running sum is missing.")
def not_summed(z, narrowest):
    return np.append(0.0, np.diff(reference(z, narrowest)))


@task.mistake("The exponentials aren't divided by their sum: a softmax sums to 1.")
def not_divided(z, narrowest):
    return with_floor(np.exp(np.asarray(z)), narrowest)


@task.mistake("The exponentials are divided by the largest, not by their sum: a softmax sums to 1.")
def divided_by_the_largest(z, narrowest):
    return with_floor(np.exp(np.asarray(z) - np.max(z)), narrowest)


@task.mistake(
    "exp(z) overflows for large z, and infinity over infinity is NaN: take the largest z away first, or jax.nn.softmax."
)
def overflow(z, narrowest):
    powers = np.exp(np.asarray(z))
    return with_floor(powers / powers.sum(), narrowest)


@task.mistake(
    "exp(z) still overflows where the mean is taken away and one z lies far above it: take the largest z away, or "
    "jax.nn.softmax."
)
def mean_taken_away(z, narrowest):
    powers = np.exp(np.asarray(z) - np.mean(z))
    return with_floor(powers / powers.sum(), narrowest)


@task.mistake("z is divided by its sum: numbers of both signs give negative widths. It is the softmax of z.")
def z_divided_by_its_sum(z, narrowest):
    return with_floor(np.asarray(z) / np.sum(z), narrowest)


@task.mistake("The sizes of z are divided by their sum: their slope jumps at 0. It is the softmax of z.")
def sizes_divided_by_their_sum(z, narrowest):
    return with_floor(np.abs(z) / np.sum(np.abs(z)), narrowest)


@task.mistake("The squares of z are divided by their sum: their slope is 0 at 0. It is the softmax of z.")
def squares_divided_by_their_sum(z, narrowest):
    return with_floor(np.asarray(z) ** 2 / np.sum(z**2), narrowest)


@task.mistake("The widths are made of sigmoids: the task wants the softmax, exponentials divided by their sum.")
def sigmoids_divided_by_their_sum(z, narrowest):
    return with_floor(expit(z) / expit(z).sum(), narrowest)


@task.mistake("The widths are made of softplus: the task wants the softmax, exponentials divided by their sum.")
def softplus_divided_by_their_sum(z, narrowest):
    positive = np.logaddexp(0, z)
    return with_floor(positive / positive.sum(), narrowest)


@task.mistake("Sigmoids are divided by nothing: the widths don't sum to 1. It is the softmax of z.")
def sigmoids_for_softmax(z, narrowest):
    return with_floor(expit(z), narrowest)


@task.mistake("This is the logarithm of the softmax: the widths come out negative.")
def log_of_the_softmax(z, narrowest):
    return with_floor(np.log(shares_of(z)), narrowest)


@task.mistake("The softmax has -z: a larger z has to give a wider bin.")
def of_minus_z(z, narrowest):
    return with_floor(shares_of(-z), narrowest)


@task.mistake(
    "The z themselves are sorted and become edges: where two change places the gradient jumps. z are to give widths."
)
def sorted_sigmoids(z, narrowest):
    return np.concatenate([[0.0], np.sort(expit(z)), [1.0]])


@task.mistake("The widths come from the last bin to the first: z_b belongs to bin b.")
def bins_reversed(z, narrowest):
    return with_floor(shares_of(z)[::-1], narrowest)


@task.mistake("The edges run from 1 down to 0: they have to increase.")
def from_1_to_0(z, narrowest):
    return reference(z, narrowest)[::-1]


@task.mistake("All bins are equally wide: z has no say.")
def equally_wide(z, narrowest):
    return np.linspace(0, 1, len(z) + 1)
