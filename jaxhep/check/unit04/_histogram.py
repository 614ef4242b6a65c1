"""Task 1: a weighted histogram."""

from __future__ import annotations

import numpy as np

import jaxhep.templates
from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case, generator


def reference(score, weight, edges):
    yields, squares = jaxhep.templates.histogram(score, np.stack([weight, weight**2], 1), edges).T
    return yields, np.sqrt(squares)


def cases() -> list[Case]:
    rng = generator(4, 1)
    edges = np.array([0.1, 0.25, 0.5, 0.6, 0.8, 0.95])
    score = np.concatenate([rng.uniform(0, 1, 120), edges])
    ordinary = np.linspace(0, 1, 13)
    sparse = rng.uniform(0, 0.3, 40)
    return [
        Case((rng.beta(2, 2, 300), rng.gamma(2, 3, 300), ordinary), "thirteen edges, all events inside"),
        Case((sparse, rng.gamma(2, 1, 40), np.array([0, 0.1, 0.3, 0.4, 1])), "bins without events"),
        Case((score, rng.gamma(1.5, 1, 126), edges), "events outside the edges or exactly on one"),
        Case(
            (rng.uniform(0, 1, 60), rng.normal(1, 2, 60), np.array([0, 0.5, 1])),
            "events of negative weight (NLO generators make them)",
        ),
    ]


task = Asking(
    number=1,
    name="histogram",
    reference=reference,
    cases=cases,
    outputs=("the yields", "the errors"),
    returns="two arrays, (B,) each; np.histogram itself returns a pair, contents and edges",
    meaning="Yields are sums of weights, and their variance is the sum of squared weights, because each event is a "
    "Poisson process of its own.",
)


# --- known mistakes


@task.mistake("The events are counted, each as 1: a simulated event stands for `weight` expected events.")
def events_counted(score, weight, edges):
    counts = np.histogram(score, edges)[0]
    return counts, np.sqrt(counts)


@task.mistake(
    "The yields are right, but the errors ignore the weights: sqrt(number of events) is the error of a count, not of a "
    "sum."
)
def error_of_a_count(score, weight, edges):
    return np.histogram(score, edges, weights=weight)[0], np.sqrt(np.histogram(score, edges)[0])


@task.mistake(
    "The yields are right, but sqrt(yield) is the error of data with unit weights; the error of a simulation depends "
    "on how many events carry that yield."
)
def root_of_the_yield(score, weight, edges):
    yields = np.histogram(score, edges, weights=weight)[0]
    return yields, np.sqrt(yields)


@task.mistake(
    "What you return second is the edges: np.histogram returns yields and edges, the errors are a histogram of their "
    "own."
)
def edges_for_errors(score, weight, edges):
    return np.histogram(score, edges, weights=weight)


@task.mistake(
    "What you return as error is the sum of |w|: independent events add their squares, and the root is taken of the "
    "sum."
)
def sum_of_absolute_weights(score, weight, edges):
    return np.histogram(score, edges, weights=weight)[0], np.histogram(score, edges, weights=abs(weight))[0]


@task.mistake("What you return as error is the variance: its unit is events squared.")
def variance_for_error(score, weight, edges):
    return np.histogram(score, edges, weights=weight)[0], np.histogram(score, edges, weights=weight**2)[0]


@task.mistake("The error assumes that all events of a bin weigh the same (mean weight times sqrt of their number).")
def equal_weights_assumed(score, weight, edges):
    yields = np.histogram(score, edges, weights=weight)[0]
    return yields, yields / np.sqrt(np.histogram(score, edges)[0])


@task.mistake("This is a density, normalised to unit area: expected yields keep the sum of the weights.")
def density(score, weight, edges):
    variance = np.histogram(score, edges, weights=weight**2)[0]
    return np.histogram(score, edges, weights=weight, density=True)[0], np.sqrt(variance)


@task.mistake("The weights are squared once too often: the yields themselves sum w, only the variance sums w squared.")
def squared_weights_in_the_yields(score, weight, edges):
    squares = np.histogram(score, edges, weights=weight**2)[0]
    return squares, np.sqrt(squares)


@task.mistake(
    "The bins are equally wide: only the number of edges, or the first and the last, reaches your histogram, not where "
    "the others lie."
)
def equally_wide_bins(score, weight, edges):
    number, reach = len(edges) - 1, (edges[0], edges[-1])
    variance = np.histogram(score, number, reach, weights=weight**2)[0]
    return np.histogram(score, number, reach, weights=weight)[0], np.sqrt(variance)


@task.mistake("Events outside the edges are pushed into the first and last bin: they don't belong to any.")
def overflow_kept(score, weight, edges):
    index = np.clip(np.digitize(score, edges) - 1, 0, len(edges) - 2)
    return np.bincount(index, weight, len(edges) - 1), np.sqrt(np.bincount(index, weight**2, len(edges) - 1))


@task.mistake("An event exactly on the last edge is lost: the last bin includes its upper edge.")
def last_edge_lost(score, weight, edges):
    inside = (score[:, None] >= edges[:-1]) & (score[:, None] < edges[1:])
    return weight @ inside, np.sqrt(weight**2 @ inside)


@task.mistake(
    "The bins include their upper edge and not their lower one: an event on an inner edge lands one bin too low."
)
def upper_edges_included(score, weight, edges):
    inside = (score[:, None] > edges[:-1]) & (score[:, None] <= edges[1:])
    return weight @ inside, np.sqrt(weight**2 @ inside)


@task.mistake("The weights are normalised to a sum of 1: expected yields keep their sum.")
def normalised(score, weight, edges):
    return reference(score, weight / np.sum(weight), edges)


@task.mistake(
    "Yields and errors are divided by the widths of the bins: expected events belong to a bin, whatever its width."
)
def per_width(score, weight, edges):
    yields, errors = reference(score, weight, edges)
    return yields / np.diff(edges), errors / np.diff(edges)


@task.mistake("The yields are right; the error is that of the mean weight of a bin: asked is that of the sum.")
def error_of_the_mean(score, weight, edges):
    yields, errors = reference(score, weight, edges)
    return yields, errors / np.sqrt(np.maximum(np.histogram(score, edges)[0], 1))


@task.mistake(
    "The yields are right; the error is the scatter of the weights around their mean. The number of events fluctuates, "
    "too, so the sum of squares stays as it is."
)
def scatter_of_the_weights(score, weight, edges):
    yields, errors = reference(score, weight, edges)
    return yields, np.sqrt(np.maximum(errors**2 - yields**2 / np.maximum(np.histogram(score, edges)[0], 1), 0))


@task.mistake("The yields add up from bin to bin: each bin holds its own events only.")
def cumulative(score, weight, edges):
    yields, errors = reference(score, weight, edges)
    return np.cumsum(yields), np.sqrt(np.cumsum(errors**2))


@task.mistake("Events of negative weight are left out: they cancel others of positive weight, and count in the error.")
def negative_weights_left_out(score, weight, edges):
    return reference(score[weight > 0], weight[weight > 0], edges)


@task.mistake("Everything stands one bin too high, and the first stays empty: np.digitize counts bins from 1.")
def one_bin_too_high(score, weight, edges):
    index = np.digitize(score, edges)
    sums = [np.bincount(index, w, len(edges) + 1)[: len(edges) - 1] for w in (weight, weight**2)]
    return sums[0], np.sqrt(sums[1])


@task.mistake("An event exactly on an inner edge goes to the bin below: bins are [low, high).")
def edges_to_the_bin_below(score, weight, edges):
    below = np.nextafter(edges, np.inf)
    below[0] = edges[0]
    return reference(score, weight, below)


@task.mistake(
    "Of each bin only the last event is there: `+=` adds once where an index comes twice; np.add.at adds all."
)
def last_event_alone(score, weight, edges):
    inside = (score >= edges[0]) & (score <= edges[-1])
    bins = np.minimum(np.searchsorted(edges, score[inside], side="right") - 1, len(edges) - 2)
    yields = np.zeros(len(edges) - 1)
    yields[bins] = weight[inside]
    return yields, abs(yields)


@task.mistake("Events below the first edge are in the last bin: an index of -1 counts from the end. Leave them out.")
def wrapped_into_the_last_bin(score, weight, edges):
    last = np.where(score < edges[0], (edges[-2] + edges[-1]) / 2, score)
    return reference(last, weight, edges)


@task.mistake("The errors are the mean weight times sqrt(number of events): right only if all weights are equal.")
def error_of_equal_weights(score, weight, edges):
    yields, _ = reference(score, weight, edges)
    return yields, abs(yields) / np.sqrt(np.maximum(np.histogram(score, edges)[0], 1))


@task.mistake("The errors are right; the yields count the events: each stands for `weight` expected events.")
def events_counted_for_the_yields(score, weight, edges):
    return np.histogram(score, edges)[0], reference(score, weight, edges)[1]


@task.mistake("Empty bins at the end are missing: `bincount` stops at the last event, so tell it its `minlength`.")
def empty_last_bins_missing(score, weight, edges):
    bins = np.searchsorted(edges, score, side="right") - 1
    bins[score == edges[-1]] = len(edges) - 2
    inside = (score >= edges[0]) & (score <= edges[-1])
    bins, weight = bins[inside], weight[inside]
    return np.bincount(bins, weight), np.sqrt(np.bincount(bins, weight**2))
