"""Task 6: a selection of fixed shape. Shapes: N events."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result, same
from jaxhep.check.reading import Case, Finding, call, generator
from jaxhep.check.verdict import Task


def reference(pt, weight, cut):
    keep = pt > cut
    total = weight[keep].sum()
    return total, (weight[keep] * pt[keep]).sum() / total if keep.any() else 0.0


def course(pt, weight, cut):
    keep = pt > cut
    weight, pt = jnp.where(keep, weight, 0.0), jnp.where(keep, pt, 0.0)
    total = weight.sum()
    return total, jnp.sum(weight * pt) / jnp.where(total > 0, total, 1.0)


def cases() -> list[Case]:
    rng = generator(2, 6)
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


class Selecting(Task):
    """A mask that changes the length must go altogether, so that is said before a division by 0 is."""

    def judge(self, answer: Callable) -> None:
        try:
            super().judge(answer)
        except Finding as found:
            if "0 divided by 0" in str(found):
                self._refuse_masks(answer)
            raise

    def _refuse_masks(self, answer: Callable) -> None:
        try:
            call(jax.jit(answer), self.cases()[0], self.errors)
        except Finding as found:
            if str(found) in self.errors.values():
                raise found from None


task = Selecting(
    number=6,
    name="selected",
    reference=reference,
    course=course,
    cases=cases,
    outputs=("the yield", "the mean"),
    meaning="No array changes its length: what isn't selected stays in place and counts 0, whatever its value was.",
    errors={
        "Array boolean indices must be concrete": "Under jit it fails: a boolean mask makes an array whose length "
        "depends on values, and every shape must be known there.",
        "must be statically specified": "A function returns as many indices as there are true entries, and under jit "
        "every shape must be known: give it a `size`, or don't gather the events at all.",
    },
)


@task.symptom
def events_lost_or_let_in(got: list[Result], expected: list[Result]) -> str | None:
    """Whatever stands in for NaN, 0 or -1, above a cut below 0 it gets all events selected."""
    pairs = zip(got, expected, cases(), strict=True)
    bad = [(g, case.args) for g, e, case in pairs if not same(g, e, 1e-8, 0.0)]
    kept = {number_kept(g[0], *args) for g, args in bad}
    if len(kept) == 1 and None not in kept:
        return (
            f"Of a larger sample only the first {kept.pop()} selected events count: a fixed `size=` loses events of "
            "larger samples."
        )
    if all(cut < 0 and np.allclose(g[0], weight.sum()) for g, (_, weight, cut) in bad):
        return "Events without a jet pass a cut below 0: NaN was replaced before the comparison."
    return None


def number_kept(found: np.ndarray, pt: np.ndarray, weight: np.ndarray, cut: float) -> int | None:
    """How many of the selected events make up this yield, from the first one on; None if it isn't a part of them."""
    (fits,) = np.nonzero(np.isclose(np.cumsum(weight[pt > cut])[:-1], found, rtol=1e-10))
    return int(fits[0]) + 1 if fits.size else None


@task.demand
def right_under_jit(answer: Callable) -> None:
    """The function can be jitted, the cut is traced, and the numbers stay."""
    compiled = jax.jit(answer)
    for case in cases():
        found = call(compiled, case, task.errors)
        right = reference(*case.args)
        if not np.allclose(np.array([float(one) for one in found]), right, rtol=1e-8, atol=1e-8):
            raise Finding(f"Right without jit, but not under jit, for {case.kind}.")


# --- known mistakes


@task.mistake("A jet exactly at the cut is taken: asked is above it.")
def cut_included(pt, weight, cut):
    total = jnp.sum(weight, where=pt >= cut)
    return total, jnp.sum(weight * pt, where=pt >= cut) / jnp.maximum(total, 1e-300)


@task.mistake("What you return first is the number of selected events; asked is the sum of their weights.")
def number_of_events(pt, weight, cut):
    total = jnp.sum(weight, where=pt > cut)
    return jnp.sum(pt > cut), jnp.sum(weight * pt, where=pt > cut) / jnp.maximum(total, 1e-300)


@task.mistake("The mean ignores the weights.")
def mean_without_weights(pt, weight, cut):
    keep = pt > cut
    return jnp.sum(weight, where=keep), jnp.sum(pt, where=keep) / jnp.maximum(keep.sum(), 1)


@task.mistake("What you return second is the weighted sum of pt; asked is the mean.")
def sum_for_mean(pt, weight, cut):
    return jnp.sum(weight, where=pt > cut), jnp.sum(weight * pt, where=pt > cut)


@task.mistake("The mean is divided by the weight of all events; only the selected ones count.")
def mean_over_all_weights(pt, weight, cut):
    return jnp.sum(weight, where=pt > cut), jnp.sum(weight * pt, where=pt > cut) / jnp.sum(weight)


@task.mistake("The mean is divided by the number of selected events, not by their weight.")
def mean_over_number_selected(pt, weight, cut):
    keep = pt > cut
    return jnp.sum(weight, where=keep), jnp.sum(weight * pt, where=keep) / jnp.maximum(keep.sum(), 1)


@task.mistake("The mean is divided by the number of all events.")
def mean_over_number_of_all(pt, weight, cut):
    keep = pt > cut
    return jnp.sum(weight, where=keep), jnp.mean(jnp.where(keep, weight * pt, 0.0))


@task.mistake("The cut isn't applied to the yield: all weights are summed.")
def yield_of_all(pt, weight, cut):
    total = jnp.sum(weight, where=pt > cut)
    return weight.sum(), jnp.sum(weight * pt, where=pt > cut) / jnp.maximum(total, 1e-300)


@task.mistake(
    "NaN comes out wherever a pt is NaN: a mask that multiplies doesn't help, because NaN times 0 is NaN, and so is "
    "infinity times 0. Choose a finite number instead of multiplying."
)
def mask_that_multiplies(pt, weight, cut):
    w = weight * (pt > cut)
    return w.sum(), (w * pt).sum() / jnp.where(w.sum() > 0, w.sum(), 1.0)


@task.mistake(
    "Where the yield lies below 1, the mean is divided by 1 instead: only a yield of 0 needs another divisor."
)
def yield_at_least_1(pt, weight, cut):
    total = jnp.sum(weight, where=pt > cut)
    return total, jnp.sum(weight * pt, where=pt > cut) / jnp.maximum(total, 1.0)


@task.mistake("NaN comes out where nothing is selected, 0 divided by 0: the stub says what to return there.")
def zero_by_zero(pt, weight, cut):
    total = jnp.sum(weight, where=pt > cut)
    return total, jnp.sum(weight * pt, where=pt > cut) / total


@task.mistake(
    "NaN comes out where nothing is selected, and wherever a pt is NaN: NaN times 0 is NaN, 0 divided by 0 too."
)
def multiplies_and_zero_by_zero(pt, weight, cut):
    w = weight * (pt > cut)
    return w.sum(), (w * pt).sum() / w.sum()


@task.mistake(
    "An event without a jet passes: `~(pt <= cut)` is true for NaN, since every comparison with NaN is false. Ask for "
    "what is wanted, `pt > cut`."
)
def negated_comparison(pt, weight, cut):
    keep = ~(pt <= cut)
    total = np.where(keep, weight, 0.0).sum()
    return total, (np.where(keep, np.nan_to_num(pt) * weight, 0.0)).sum() / total if total else 0.0


@task.mistake(
    "The free places of `nonzero(..., size=)` point to event 0, which counts again and again: let `fill_value` point "
    "behind the last event, and give what is read there the weight 0."
)
def free_places_are_event_0(pt, weight, cut):
    index = np.resize(np.nonzero(pt > cut)[0], len(pt)) * 0
    found = np.nonzero(pt > cut)[0]
    index[: len(found)] = found
    total = weight[index].sum()
    return total, (weight[index] * pt[index]).sum() / total


@task.mistake(
    "The pt of an event that fails is replaced, but its weight still counts in the mean: both sums are over the "
    "selected events."
)
def failing_at_the_cut(pt, weight, cut):
    keep = pt > cut
    total = weight[keep].sum()
    return total, (weight * np.where(keep, pt, cut)).sum() / weight.sum() if total else 0.0
