"""Task 1c: an argument changed in place."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit03._purity import Pure


def reference(template, bins, factor):
    return jnp.asarray(template).at[bins].multiply(factor)


def cases() -> list[Case]:
    rng = generator(3, 3)
    template = rng.gamma(5, 10, 8)
    return [
        Case((template, np.array([1, 4, 5]), 1.3), "a NumPy template"),
        Case((jnp.asarray(template), jnp.array([1, 4, 5]), jnp.asarray(1.3)), "JAX arrays"),
        Case((jnp.asarray(template[:5]), jnp.array([4, 0]), 0.5), "two bins, not in order"),
        Case((template[:4], np.array([2]), 2.0), "a single bin"),
        Case((template, np.array([], int), 1.3), "no bins at all"),
    ]


task = Pure(
    number="1c",
    name="rescaled",
    reference=reference,
    cases=cases,
    meaning="The template that went in is untouched, and a new one came out; jit turns that copy into an in-place "
    "update where it is safe.",
    errors={
        "immutable": "It assigns to a bin of a JAX array, and those can't be changed: the functional form of `x[i] "
        "*= f` is an `.at[i]` method.",
        "has no attribute 'at'": "A NumPy array has no `.at`: make it a JAX array first, with jnp.asarray.",
        "ambiguous": "A Python `if` or `in` decides on a whole array: choose with jnp.where, bin by bin.",
    },
)


@task.symptom
def other_bins(got: list[Result], expected: list[Result]) -> str | None:
    """Whether bins are scaled by the factor, but not those that were asked for."""
    others = []
    for (g,), case in zip(got, cases(), strict=True):
        template, bins, factor = (np.asarray(x) for x in case.args)
        if g.shape != template.shape:
            return None
        scaled = np.flatnonzero(np.isclose(g, template * factor))
        if not np.allclose(np.delete(g, scaled), np.delete(template, scaled)):
            return None
        others += [(scaled, np.sort(bins), len(template))] if set(scaled) != set(bins.tolist()) else []
    if not others:
        return None
    if all(np.array_equal(scaled, [n - 2, n - 1]) for scaled, _, n in others):
        return "It always scales the last two bins: that is the example above, while `bins` may list any."
    scaled, bins, n = others[0]
    return (
        f"Asked to scale bins {bins.tolist()} of {n}, it scales {scaled.tolist()}: the argument `bins` says which, "
        "counted from 0."
    )


# --- known mistakes


@task.mistake(
    "The template comes back as it was. If that is `.at[...]`: it makes a new array, so its result must be kept."
)
def result_lost(template, bins, factor):
    template = jnp.asarray(template)
    template.at[bins].multiply(factor)
    return template


@task.mistake("The bins are set to the factor itself: they are to be multiplied by it.")
def set_to_the_factor(template, bins, factor):
    return jnp.asarray(template).at[bins].set(factor)


@task.mistake("The factor is added to the bins: they are to be multiplied by it.")
def added(template, bins, factor):
    return jnp.asarray(template).at[bins].add(factor)


@task.mistake("The scaled bins are added to what was there: they end up multiplied by 1 + factor.")
def added_to_what_was_there(template, bins, factor):
    template = jnp.asarray(template)
    return template.at[bins].add(factor * template[bins])


@task.mistake("Every bin is scaled, not only those of `bins`.")
def every_bin_scaled(template, bins, factor):
    return jnp.asarray(template) * factor


@task.mistake("The other bins are scaled, those that `bins` doesn't list.")
def the_others_scaled(template, bins, factor):
    template = jnp.asarray(template)
    return (template * factor).at[bins].set(template[bins])


@task.mistake("The other bins have become 0: they keep their content.")
def the_others_lost(template, bins, factor):
    template = jnp.asarray(template)
    return jnp.zeros_like(template).at[bins].set(template[bins] * factor)


@task.mistake("Only the scaled bins come back: return the whole template.")
def scaled_bins_alone(template, bins, factor):
    return jnp.asarray(template)[bins] * factor


@task.mistake("The total is kept, so the other bins change as well: only those of `bins` are scaled.")
def total_kept(template, bins, factor):
    template = jnp.asarray(template)
    scaled = template.at[bins].multiply(factor)
    return scaled * template.sum() / scaled.sum()
