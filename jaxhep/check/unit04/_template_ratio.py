"""Task 4: templates of systematics, as ratios to the nominal one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import jaxhep.templates
from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case, Finding, call, generator


def reference(score, weight, event_ratio, edges):
    nominal = jaxhep.templates.histogram(score, weight, edges)
    shifted = jaxhep.templates.histogram(score, weight[:, None] * event_ratio, edges).T
    return np.divide(shifted, nominal, out=np.ones_like(shifted), where=nominal != 0)


def random_events(rng: np.random.Generator, systematics: int, edges: np.ndarray, score: np.ndarray) -> tuple:
    ratio = np.exp(
        rng.normal(0, 0.2, systematics)
        + 0.3 * np.outer(score, rng.normal(size=systematics))
        + rng.normal(0, 0.1, (score.size, 1))
    )
    return score, rng.gamma(1.5, 2, score.size), ratio, edges


def cases() -> list[Case]:
    rng = generator(4, 4)

    def made(systematics: int, edges: np.ndarray, kind: str, score: np.ndarray) -> Case:
        return Case(random_events(rng, systematics, edges, score), kind)

    def negative_weights(case: Case) -> Case:
        score, weight, ratio, edges = case.args
        return Case((score, np.where(np.arange(score.size) % 7 == 0, -0.5, 1) * weight, ratio, edges), case.kind)

    def without_events_above(case: Case) -> Case:
        score, weight, ratio, edges = case.args
        return Case((score, weight, ratio * [[0.0, 1.0]] ** (score[:, None] > edges[1]), edges), case.kind)

    def rare_but_uncertain(case: Case) -> Case:
        score, weight, ratio, edges = case.args
        return Case((score, 1e-3 * weight, 7 * ratio, edges), case.kind)

    return [
        made(3, np.array([0, 0.2, 0.3, 0.6, 0.9, 1]), "three systematics in five bins", rng.uniform(0, 1, 200)),
        made(4, np.linspace(0, 1, 5), "as many systematics as bins", rng.beta(2, 3, 150)),
        made(2, np.array([0, 0.5, 0.8, 1]), "a bin without events", rng.uniform(0, 0.5, 50)),
        made(1, np.array([0, 0.4, 1]), "a single systematic", rng.uniform(0, 1, 80)),
        made(2, np.array([0.2, 0.4, 0.7, 0.9]), "events outside the edges", rng.uniform(0, 1.1, 90)),
        made(2, np.array([0, 0.5, 1]), "events exactly on the edges", np.array([0.2, 0.5, 0.7, 1.0, 0.0, 1.0])),
        negative_weights(made(2, np.array([0, 0.5, 1]), "a few events of negative weight", rng.uniform(0, 1, 120))),
        without_events_above(made(2, np.array([0, 0.5, 1]), "a variation that empties a bin", rng.uniform(0, 1, 60))),
        rare_but_uncertain(
            made(2, np.array([0, 0.5, 1]), "yields far below one event, with large ratios", rng.uniform(0, 1, 60))
        ),
    ]


task = Asking(
    number=4,
    name="template_ratio",
    reference=reference,
    cases=cases,
    meaning="A ratio to nominal is a property of the process: it scales the expected events, whatever their number.",
)


@task.demand
def has_a_row_for_each_systematic(answer: Callable) -> None:
    nothing = Case((np.zeros(0), np.zeros(0), np.ones((0, 3)), np.array([0, 0.5, 1])), "a process without any events")
    found = np.shape(call(answer, nothing))
    if found != (3, 2):
        raise Finding(f"For {nothing.kind}, three systematics and two bins the shape is {found}, and has to be (3, 2).")


# --- known mistakes


@task.mistake("The result is the change in events, up minus nominal: divide the yields, don't subtract them.")
def difference(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([np.histogram(score, edges, weights=weight * r)[0] - nominal for r in event_ratio.T])


@task.mistake("This is 1 + (up - nominal), with the difference in events: a ratio has no unit.")
def one_plus_the_difference(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([1 + (np.histogram(score, edges, weights=weight * r)[0] - nominal) for r in event_ratio.T])


@task.mistake("This is the relative change, ratio - 1: 1 has to mean `no change`.")
def relative_change(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    safe = np.where(nominal > 0, nominal, 1)
    return np.array([(np.histogram(score, edges, weights=weight * r)[0] - nominal) / safe for r in event_ratio.T])


@task.mistake("These are the shifted yields, in events: they aren't divided by the nominal ones.")
def shifted_yields(score, weight, event_ratio, edges):
    return np.array([np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T])


@task.mistake("The ratio is upside down: nominal over shifted.")
def upside_down(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    rows = [np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T]
    return np.array([np.where(row > 0, nominal / np.where(row > 0, row, 1), 1) for row in rows])


@task.mistake(
    "The event ratios are averaged with equal weights: an event that stands for more expected events counts more."
)
def unweighted_mean(score, weight, event_ratio, edges):
    number = np.histogram(score, edges)[0]
    sums = np.array([np.histogram(score, edges, weights=r)[0] for r in event_ratio.T])
    return np.where(number > 0, sums / np.maximum(number, 1), 1)


@task.mistake(
    "The nominal weights are missing in the shifted histogram: the column holds ratios to `weight`, not weights."
)
def nominal_weight_forgotten(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    safe = np.where(nominal > 0, nominal, 1)
    return np.array([np.where(nominal > 0, np.histogram(score, edges, weights=r)[0] / safe, 1) for r in event_ratio.T])


@task.mistake("The axes have changed places: systematics come first, bins second.")
def transposed(score, weight, event_ratio, edges):
    inside = (score[:, None] >= edges[:-1]) & (score[:, None] < edges[1:])
    nominal = weight @ inside
    shifted = inside.T @ (weight[:, None] * event_ratio)
    return np.divide(shifted, nominal[:, None], where=nominal[:, None] > 0, out=np.ones_like(shifted))


@task.mistake("A bin without nominal events divides zero by zero: no events, no change, the ratio there is 1.")
def zero_over_zero(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([np.histogram(score, edges, weights=weight * r)[0] / nominal for r in event_ratio.T])


@task.mistake("A bin without nominal events gets the ratio 0: no events, no change, the ratio there is 1.")
def zero_in_an_empty_bin(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.nan_to_num([np.histogram(score, edges, weights=weight * r)[0] / nominal for r in event_ratio.T])


@task.mistake(
    "The change of the total yield has been divided out: only the shape is left, but the normalisation is part of the "
    "uncertainty."
)
def shape_only(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    rows = np.array([np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T])
    rows = rows / rows.sum(axis=1, keepdims=True) * nominal.sum()
    return np.where(nominal > 0, rows / np.where(nominal > 0, nominal, 1), 1)


@task.mistake("Every bin gets the same number, the change of the total yield: the shape is lost.")
def shape_lost(score, weight, event_ratio, edges):
    total = [np.sum(weight * r) / np.sum(weight) for r in event_ratio.T]
    return np.repeat(np.array(total)[:, None], len(edges) - 1, axis=1)


@task.mistake("Negative weights count as positive ones: they cancel events of positive weight, in both sums.")
def absolute_weights(score, weight, event_ratio, edges):
    size = np.abs(weight)
    nominal = np.histogram(score, edges, weights=size)[0]
    shifted = np.array([np.histogram(score, edges, weights=size * r)[0] for r in event_ratio.T])
    return np.where(nominal != 0, shifted / np.where(nominal != 0, nominal, 1), 1.0)


@task.mistake("Events outside the edges end up in the first and the last bin: leave them out.")
def overflow_kept(score, weight, event_ratio, edges):
    bins = len(edges) - 1
    index = np.clip(np.searchsorted(edges, score, "right") - 1, 0, bins - 1)
    nominal = np.bincount(index, weight, bins)
    shifted = np.array([np.bincount(index, weight * r, bins) for r in event_ratio.T])
    return np.where(nominal != 0, shifted / np.where(nominal != 0, nominal, 1), 1.0)


@task.mistake("This is the logarithm of the ratio: 1, not 0, has to mean `no change`.")
def logarithm(score, weight, event_ratio, edges):
    return np.log(reference(score, weight, event_ratio, edges))


@task.mistake(
    "An event is added above and below, to avoid the division by zero: that changes every ratio. Treat bins without "
    "events by themselves."
)
def one_event_added(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    shifted = np.array([np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T])
    return (shifted + 1) / (nominal + 1)


@task.mistake(
    "The event's ratio enters twice: it averages the ratios with the shifted weights instead of the nominal ones."
)
def averaged_with_shifted_weights(score, weight, event_ratio, edges):
    shifted = [np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T]
    twice = [np.histogram(score, edges, weights=weight * r * r)[0] for r in event_ratio.T]
    return np.divide(twice, shifted, out=np.ones_like(shifted), where=np.array(shifted) != 0)


@task.mistake("One bin without events sets all ratios to 1: only its own is 1.")
def one_empty_bin_for_all(score, weight, event_ratio, edges):
    right = reference(score, weight, event_ratio, edges)
    return right if np.histogram(score, edges, weights=weight)[0].all() else np.ones_like(right)


@task.mistake("`reshape` mixes systematics and events: rows and columns change places by `.T`.")
def reshaped(score, weight, event_ratio, edges):
    return reference(score, weight, event_ratio.reshape(event_ratio.shape[::-1]).T, edges)


@task.mistake("A bin that the variation empties gets the ratio 1: only a bin without nominal events has none.")
def emptied_bins_unchanged(score, weight, event_ratio, edges):
    right = reference(score, weight, event_ratio, edges)
    return np.where(right == 0, 1.0, right)


@task.mistake("The denominator is at least 1: yields below one event are divided by their own value, too.")
def denominator_of_at_least_1(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    shifted = np.array([np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T])
    return np.where(nominal == 0, 1.0, shifted / np.maximum(nominal, 1))


@task.mistake("A bin that expects less than one event gets ratio 1: that is for bins without any nominal events.")
def poor_bins_set_to_1(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.where(nominal < 1, 1.0, reference(score, weight, event_ratio, edges))


@task.mistake("Shifted events exactly at the last edge are lost: the last bin includes its upper edge, as in task 1.")
def last_edge_lost(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    below = score < edges[-1]
    shifted = [np.histogram(score[below], edges, weights=(weight * r)[below])[0] for r in event_ratio.T]
    return np.array([np.divide(one, nominal, out=np.ones_like(one), where=nominal != 0) for one in shifted])


@task.mistake("Events exactly at the last edge are lost: the last bin includes its upper edge, as in task 1.")
def last_edge_open(score, weight, event_ratio, edges):
    below = score < edges[-1]
    return reference(score[below], weight[below], event_ratio[below], edges)
