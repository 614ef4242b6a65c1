"""Task 2: a histogram with soft edges."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from scipy.special import expit, ndtr

from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit06._gradients import differentiable
from jaxhep.check.unit06._probing import Probing
from jaxhep.sensitivity import soft_histogram as course


def distances(score, edges, width) -> np.ndarray:
    """How far each score lies above each edge, in widths, (N, B+1)."""
    return (np.asarray(score)[:, None] - np.asarray(edges)) / width


def filled(passed, weight) -> np.ndarray:
    """Sum of weights per bin, from the fraction (N, B-1) of each event that has passed each inner edge."""
    ends = np.ones((len(passed), 1))
    return -np.diff(np.hstack([ends, passed, 0 * ends])).T @ np.asarray(weight)


def reference(score, weight, edges, width):
    return filled(expit(distances(score, edges, width)[:, 1:-1]), weight)


def cases() -> list[Case]:
    rng = generator(6, 2)

    def case(score: np.ndarray, columns: int, edges: list[float], width: float, kind: str) -> Case:
        weight = rng.normal(1, 1.5, (len(score), columns))
        return Case((jnp.asarray(score), jnp.asarray(weight), jnp.asarray(edges), width), kind)

    four, on_edges_and_outside = [0.0, 0.3, 0.45, 0.8, 1.0], [0.45, 0.8, 0.3, -2.0, 3.0]
    return [
        case(rng.uniform(0, 1, 30), 3, four, 0.08, "four bins"),
        case(rng.normal(2, 3, 25), 1, [-1.0, 1.0, 2.5, 6.0], 0.7, "scores outside the edges"),
        case(np.append(rng.uniform(0, 1, 17), on_edges_and_outside), 2, four, 5e-5, "edges that are very narrow"),
        case(rng.uniform(0, 1, 12), 2, [0.2, 0.9], 0.3, "one bin"),
    ]


task = Probing(
    number=2,
    name="soft_histogram",
    reference=reference,
    course=course,
    cases=cases,
    meaning="Each event is shared among bins without loss, and the yields know which way every edge pulls.",
)


@task.last
def what_yields_have_to_be(answer: Callable, cases: list[Case], got: list[Result], expected: list[Result]) -> str:
    pairs = [(g[0], e[0]) for g, e in zip(got, expected, strict=True)]
    if not all(np.isfinite(g).all() for g, _ in pairs):
        return ""
    right = [np.allclose(g, e, atol=1e-6) for g, e in pairs]
    if not all(np.allclose(g.sum(0), e.sum(0), atol=1e-6) for g, e in pairs):
        where = "" if right[1] and right[2] else " Look at the outer edges, and at scores beyond them."
        return f"The bins together don't hold the sum of the weights: the shares of an event have to sum to 1.{where}"
    if not right[2]:
        score, _, edges, width = cases[2].args
        shares = np.asarray(answer(score, jnp.eye(len(score)), edges, width))
        if shares.min() < -1e-9 or shares.max() > 1 + 1e-9:
            return (
                "A share lies outside of 0 to 1: the function of (x - e)/h has to run from 0 to 1, as the sigmoid does."
            )
        if np.abs(shares - np.round(shares)).max(axis=0)[:17].min() > 1e-9:
            return (
                "The shares sum to 1, but events many h from any edge are still shared: the function of (x - e)/h has "
                "to come to 0 and 1, as the sigmoid does."
            )
        return (
            "The sum of the weights is kept, but with very narrow edges this isn't the hard histogram: events end up "
            "in other bins. Where are the steps, and does each lie at an inner edge?"
        )
    return (
        "The sum of the weights is kept, and with very narrow edges it is the hard histogram. The form of the step is "
        "another one: a sigmoid of (x - e)/h, for each inner edge."
    )


@task.demand
def has_a_gradient(answer: Callable) -> None:
    rng = generator(6, 20)
    for case in cases()[:3]:
        shape = np.shape(reference(*case.args))
        differentiable(answer, course, case, {0: "score", 2: "edges"}, rng.normal(0, 1, shape), {})


# --- known mistakes


@task.mistake(
    "The outer edges are soft, too, so that events near 0 and 1 or beyond are lost in part: every event is to be kept, "
    "1 stands in place of the first sigmoid and 0 in place of the last."
)
def outer_edges_soft(score, weight, edges, width):
    return -np.diff(expit(distances(score, edges, width))).T @ np.asarray(weight)


@task.mistake("The first edge is soft: the first bin is open below, with 1 in place of its lower sigmoid.")
def first_edge_soft(score, weight, edges, width):
    passed = expit(distances(score, edges, width)[:, :-1])
    return -np.diff(np.hstack([passed, np.zeros((len(passed), 1))])).T @ np.asarray(weight)


@task.mistake("The last edge is soft: the last bin is open above, with 0 in place of its upper sigmoid.")
def last_edge_soft(score, weight, edges, width):
    passed = expit(distances(score, edges, width)[:, 1:])
    return -np.diff(np.hstack([np.ones((len(passed), 1)), passed])).T @ np.asarray(weight)


@task.mistake(
    "The shares do sum to 1, but because they are divided by their sum: with open outer edges they sum to 1 by "
    "themselves, and an event far outside keeps a well-defined bin."
)
def shares_divided_by_their_sum(score, weight, edges, width):
    shares = -np.diff(expit(distances(score, edges, width)))
    return (shares / shares.sum(1, keepdims=True)).T @ np.asarray(weight)


@task.mistake(
    "Scores beyond the outer edges are moved onto them, which changes their shares: the outer bins are open, and need "
    "no such care."
)
def scores_clipped(score, weight, edges, width):
    return reference(np.clip(score, edges[0], edges[-1]), weight, edges, width)


@task.mistake("The sign inside the sigmoid is reversed: it has to grow from 0 to 1 as the score passes the edge.")
def reversed_sign(score, weight, edges, width):
    return filled(expit(-distances(score, edges, width)[:, 1:-1]), weight)


@task.mistake(
    "Every share comes out negative: it is the sigmoid of the lower edge minus that of the upper one, and each grows "
    "with the score."
)
def negative(score, weight, edges, width):
    return -reference(score, weight, edges, width)


@task.mistake("The distance to an edge is multiplied by the width: a smaller width has to make a steeper step.")
def width_multiplied(score, weight, edges, width):
    return reference(score, weight, edges, 1 / width)


@task.mistake("The distance is divided by the width squared.")
def width_squared(score, weight, edges, width):
    return reference(score, weight, edges, width**2)


@task.mistake("The width is left out: (x - e) has to be divided by it.")
def width_left_out(score, weight, edges, width):
    return reference(score, weight, edges, 1.0)


@task.mistake("Only the edge is divided by the width, not the score: a pair of brackets is missing.")
def edge_alone_divided(score, weight, edges, width):
    return filled(expit(np.asarray(score)[:, None] - np.asarray(edges)[1:-1] / width), weight)


@task.mistake("tanh runs from -1 to 1: a share needs a function from 0 to 1.")
def tanh_for_sigmoid(score, weight, edges, width):
    return filled(np.tanh(distances(score, edges, width)[:, 1:-1]), weight)


@task.mistake("The step is twice as steep as it should be: (1 + tanh z)/2 is the sigmoid of 2 z.")
def twice_as_steep(score, weight, edges, width):
    return reference(score, weight, edges, width / 2)


@task.mistake("The step is half as steep as it should be.")
def half_as_steep(score, weight, edges, width):
    return reference(score, weight, edges, 2 * width)


@task.mistake("The step is a Gaussian integral: the task wants the sigmoid, 1/(1 + e^-z).")
def gaussian_integral(score, weight, edges, width):
    return filled(ndtr(distances(score, edges, width)[:, 1:-1]), weight)


@task.mistake("The step is made of erf: the task wants the sigmoid, 1/(1 + e^-z).")
def error_function(score, weight, edges, width):
    return filled(ndtr(np.sqrt(2) * distances(score, edges, width)[:, 1:-1]), weight)


@task.mistake(
    "The step is a straight ramp: beyond its ends the gradient is 0. The task wants the sigmoid, 1/(1 + e^-z)."
)
def ramp(score, weight, edges, width):
    return filled(np.clip(distances(score, edges, width)[:, 1:-1] + 0.5, 0, 1), weight)


@task.mistake(
    "An exponential function overflows far above an edge, and infinity over infinity is NaN: jax.nn.sigmoid doesn't."
)
def overflow(score, weight, edges, width):
    z = distances(score, edges, width)[:, 1:-1]
    return filled(np.exp(z) / (1 + np.exp(z)), weight)


@task.mistake(
    "A share is made as a product, of having passed the lower edge and of not having passed the upper one: such shares "
    "don't sum to 1. Take the difference."
)
def product(score, weight, edges, width):
    passed, ones = expit(distances(score, edges, width)[:, 1:-1]), np.ones((len(score), 1))
    return (np.hstack([ones, passed]) * np.hstack([1 - passed, ones])).T @ np.asarray(weight)


@task.mistake(
    "A share is made as a product of two sigmoids, at the outer edges, too: such shares don't sum to 1. Take the "
    "difference, and leave the outer edges open."
)
def product_at_all_edges(score, weight, edges, width):
    passed = expit(distances(score, edges, width))
    return (passed[:, :-1] * (1 - passed[:, 1:])).T @ np.asarray(weight)


@task.mistake("These are the events above each lower edge: a bin ends at its upper edge, so subtract those above it.")
def above_each_edge(score, weight, edges, width):
    passed = expit(distances(score, edges, width)[:, 1:-1])
    return np.hstack([np.ones((len(score), 1)), passed]).T @ np.asarray(weight)


@task.mistake("These are the events below each upper edge: a bin begins at its lower edge, so subtract those below it.")
def below_each_edge(score, weight, edges, width):
    return np.cumsum(reference(score, weight, edges, width), axis=0)


@task.mistake(
    "These are hard bins: the width has no say in the yields, and a step has no slope of its own by edges and scores. "
    "The outer bins are right."
)
def hard_bins(score, weight, edges, width):
    return filled(distances(score, edges, width)[:, 1:-1] >= 0, weight)


@task.mistake(
    "These are hard bins, and events outside the edges are dropped: the width has no say, and the gradient by edges "
    "and scores is 0."
)
def hard_bins_with_hard_ends(score, weight, edges, width):
    x, edges = np.asarray(score), np.asarray(edges)
    return np.stack([np.histogram(x, edges, weights=w)[0] for w in np.asarray(weight).T], axis=1)


@task.mistake("Events are counted, not their weights: each adds its weights times its shares.")
def unweighted(score, weight, edges, width):
    return reference(score, np.ones(weight.shape), edges, width)


@task.mistake("The weights are squared: yields sum w, only their variance sums w squared.")
def weights_squared(score, weight, edges, width):
    return reference(score, weight**2, edges, width)


@task.mistake("Each column is divided by its sum: expected yields keep the sum of the weights.")
def normalised(score, weight, edges, width):
    return reference(score, weight, edges, width) / np.sum(weight, axis=0)


@task.mistake("The mean over the events is taken: yields are sums.")
def mean_over_events(score, weight, edges, width):
    return reference(score, weight, edges, width) / len(score)


@task.mistake("The yields are divided by the widths of the bins: they are events in a bin, whatever its width.")
def per_width(score, weight, edges, width):
    return reference(score, weight, edges, width) / np.diff(edges)[:, None]


@task.mistake("These are the shares of each event: weight them, and sum over the events.")
def shares(score, weight, edges, width):
    return reference(score, np.eye(len(score)), edges, width).T


@task.mistake("These are the shares of each event, bins first: weight them, and sum over the events.")
def shares_bins_first(score, weight, edges, width):
    return reference(score, np.eye(len(score)), edges, width)


@task.mistake("The axes have changed places: bins come first, then the columns of the weights, (B, M).")
def transposed(score, weight, edges, width):
    return reference(score, weight, edges, width).T


@task.mistake("The columns of the weights are added up: each gives a histogram of its own, (B, M).")
def columns_added(score, weight, edges, width):
    return reference(score, weight, edges, width).sum(1)


@task.mistake("Only the first column of the weights comes back: each gives a histogram of its own, (B, M).")
def first_column(score, weight, edges, width):
    return reference(score, weight, edges, width)[:, 0]


@task.mistake("The first and the last bin are missing: outside the inner edges there is a bin on each side.")
def outer_bins_missing(score, weight, edges, width):
    return reference(score, weight, edges, width)[1:-1]


@task.mistake("The last bin is missing: there is one bin more than inner edges.")
def last_bin_missing(score, weight, edges, width):
    return reference(score, weight, edges, width)[:-1]


@task.mistake("The first bin is missing: there is one bin more than inner edges.")
def first_bin_missing(score, weight, edges, width):
    return reference(score, weight, edges, width)[1:]


@task.mistake("There is one row for each edge: a bin lies between two edges, and is the difference of their sigmoids.")
def one_row_per_edge(score, weight, edges, width):
    return expit(distances(score, edges, width)).T @ np.asarray(weight)


@task.mistake("The bins come in reversed order: the first bin has the lowest scores.")
def bins_reversed(score, weight, edges, width):
    return reference(score, weight, edges, width)[::-1]


@task.mistake("The shares are squared: that belongs into a variance. Yields sum the shares themselves.")
def shares_squared(score, weight, edges, width):
    return reference(score, np.eye(len(score)), edges, width) ** 2 @ np.asarray(weight)


@task.mistake(
    "The edges are equally far from each other: only their number, or the first and the last, reaches your histogram."
)
def equally_wide_bins(score, weight, edges, width):
    return reference(score, weight, np.linspace(edges[0], edges[-1], len(edges)), width)


@task.mistake("The width is taken in units of each bin: it is in units of the score, the same at every edge.")
def width_in_lower_bins(score, weight, edges, width):
    z = distances(score, edges, width)[:, 1:-1] / np.diff(edges)[:-1]
    return filled(expit(z), weight)


@task.mistake("The width is taken in units of the bin above each edge: it is in units of the score, the same for all.")
def width_in_upper_bins(score, weight, edges, width):
    z = distances(score, edges, width)[:, 1:-1] / np.diff(edges)[1:]
    return filled(expit(z), weight)
