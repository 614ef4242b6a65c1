"""Task 3: a likelihood without NaN."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.compare import Result, same
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding
from jaxhep.check.verdict import Task


def reference(expected, counts):
    some = counts > 0
    safe_expected, safe_counts = jnp.where(some, expected, 1.0), jnp.where(some, counts, 1.0)
    logarithm = jnp.where(some, counts * (jnp.log(safe_counts) - jnp.log(safe_expected)), 0.0)
    return 2 * jnp.sum(logarithm + expected - counts)


def cases() -> list[Case]:
    return [
        Case((jnp.array([4.0, 2.5, 11.0]), jnp.array([5.0, 3.0, 7.0])), "ordinary bins"),
        Case((jnp.array([4.0, 0.3, 2.0, 6.0]), jnp.array([5.0, 0.0, 0.0, 4.0])), "bins without observed events"),
        Case(
            (jnp.array([4.0, 0.0, 6.0]), jnp.array([5.0, 0.0, 4.0])), "a bin with neither expected nor observed events"
        ),
        Case((jnp.array([4.0, 0.0, 6.0]), jnp.array([5.0, 2.0, 4.0])), "observed events where none are expected"),
        Case((jnp.array([4.0, 0.0, 2.0]), jnp.array([5, 0, 0])), "counts that are integers"),
        Case((jnp.array([1e-9, 3e5]), jnp.array([1.0, 310000.0])), "very small and very large expectations"),
        Case((jnp.array([4.0, 2.5]), jnp.array([3.6, 0.4])), "counts that aren't whole numbers, as Asimov data has"),
    ]


task = Task(
    number=3,
    name="saturated_nll2",
    reference=reference,
    cases=cases,
    atol=1e-9,
    meaning="Values and gradients are finite wherever physics says so, and infinite where an outcome is impossible.",
    errors={
        "ambiguous": "A Python `if` decides on a whole array, bin by bin: choose with jnp.where.",
        "float0": "Where the counts are integers the derivative of xlogy meets a number that has none (float0): make "
        "them floats first.",
    },
)


@task.symptom
def breaks_at_zero(got: list[Result], expected: list[Result]) -> str | None:
    """Which bins give NaN, or a finite number where only infinity is right."""
    if got[0][0].shape != ():
        return None
    value, right = _values(got), _right(got, expected)
    if right[0] and math.isnan(value[1]):
        return "The value is NaN for n = 0: the computer multiplies 0 by the infinity of ln 0, where the limit is 0."
    if not (right[0] and right[1]):
        return None
    if math.isnan(value[2]):
        return (
            "The value is NaN where neither events are expected nor observed; a bin without observed events but with "
            "expected ones is right."
        )
    if math.isinf(value[2]):
        return (
            "The value is infinite where neither events are expected nor observed: that is no contradiction, the bin "
            "adds 0."
        )
    if math.isnan(value[3]):
        return (
            "The value is NaN for observed events where none are expected: such an outcome is impossible, and -2 ln "
            "L is +infinity."
        )
    if value[3] == -math.inf:
        return (
            "An impossible outcome, events where none are expected, gets -infinity: a fit would run straight into it."
        )
    if right[2] and math.isfinite(value[3]):
        if value[3] < value[0]:
            return (
                "Events observed where none are expected cost nothing: the mask must ask for n = 0, not for E = 0, "
                "which is impossible there."
            )
        return (
            "An impossible outcome, events where none are expected, gets a finite value: a mask, a small number in "
            "place of zero, or `nan_to_num` has replaced E or the infinity in that bin, too. Mask on n alone."
        )
    return None


@task.symptom
def shifted_by_a_small_number(got: list[Result], expected: list[Result]) -> str | None:
    if got[0][0].shape != ():
        return None
    value, right = _values(got), _right(got, expected)
    pairs = zip(value[:3], expected[:3], strict=True)
    near = all(math.isclose(v, float(e[0]), rel_tol=1e-2, abs_tol=1e-2) for v, e in pairs)
    if near and not all(right[:3]) and math.isfinite(value[3]):
        return (
            "A small number has been added to E or to n: every bin is shifted by it, and an impossible outcome "
            "becomes a possible one."
        )
    return None


@task.symptom
def whole_numbers_only(got: list[Result], expected: list[Result]) -> str | None:
    if got[0][0].shape != ():
        return None
    value = _values(got)
    if math.isfinite(value[0]) and not math.isfinite(value[-1]):
        return (
            "It isn't finite for counts that aren't whole numbers, such as Asimov data: a probability mass function "
            "knows whole numbers only. The formula above has no such limit."
        )
    return None


def _values(got: list[Result]) -> list[float]:
    return [float(result[0]) if result[0].shape == () else math.nan for result in got]


def _right(got: list[Result], expected: list[Result]) -> list[bool]:
    return [same(a, b, 1e-8, 1e-9) for a, b in zip(got, expected, strict=True)]


@task.demand
def has_a_gradient(answer: Callable) -> None:
    for case in (*cases()[:3], cases()[4]):
        expected, counts = case.args
        slope = transformed("grad", jax.grad(lambda e, n: answer(e, n)), answer, case, task.errors)
        if np.isnan(slope).any():
            bins = "also with n = 0 and E > 0" if case.kind.startswith("bins") else "with n = 0 and E = 0"
            chosen = "select_n" in programs.primitives(jax.make_jaxpr(lambda e, n: answer(e, n))(*case.args))
            why = (
                " A derivative passes through both branches of jnp.where (and of xlogy): the branch that isn't chosen "
                "gives 0 times infinity. Its input must be made harmless before the logarithm, and before the division."
            )
            raise Finding(f"Every value is right, but the gradient is NaN, {bins}.{why * chosen}")
        if not np.allclose(slope, 2 * (1 - counts / jnp.where(counts > 0, expected, 1.0))):
            slopes = (
                "for n = 0 a bin is 2E, and its slope is 2" if (counts == 0).any() else "a bin's slope is 2 (1 - n/E)"
            )
            raise Finding(f"The values are right, but the gradient isn't, for {case.kind}: {slopes}.")


@task.demand
def can_be_mapped(answer: Callable) -> None:
    """It works inside jit, mapped over data sets."""
    expected = jnp.array([4.0, 0.0, 2.0])
    counts = jnp.array([[3.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    mapped = jax.jit(jax.vmap(lambda e, n: answer(e, n), (None, 0)))
    values = transformed("jit and vmap", mapped, answer, Case((expected, counts), "two data sets"))
    if not np.allclose(values, jax.vmap(reference, (None, 0))(expected, counts)):
        raise Finding("Mapped over data sets by vmap the values are others.")


# --- known mistakes


@task.mistake("The factor 2 is missing: this is -ln L against the saturated model.")
def no_factor_2(expected, counts):
    return jnp.sum(jax.scipy.special.kl_div(counts, expected))


@task.mistake(
    "A bin without observed events is left out altogether: for n = 0 the term 2E remains, it is what pulls an "
    "expectation down."
)
def empty_bins_left_out(expected, counts):
    return 2 * jnp.nansum(expected - counts + counts * jnp.log(counts / expected))


@task.mistake("It isn't compared with the saturated model: at E = n the value must be 0, so n ln n - n belongs to it.")
def not_against_the_saturated_model(expected, counts):
    seen = counts > 0
    return 2 * jnp.sum(expected - jnp.where(seen, counts * jnp.log(jnp.where(seen, expected, 1.0)), 0.0))


@task.mistake("ln n! takes the place of n ln n - n: at E = n the value must be 0.")
def poisson_probability(expected, counts):
    constant = jax.scipy.special.gammaln(counts + 1)
    return 2 * jnp.sum(expected - jax.scipy.special.xlogy(counts, expected) + constant)


@task.mistake("The ratio stands on its head: it is ln(n/E), not ln(E/n).")
def ratio_upside_down(expected, counts):
    seen = counts > 0
    ratio = jnp.where(seen, expected, 1.0) / jnp.where(seen, counts, 1.0)
    return 2 * jnp.sum(expected - counts + counts * jnp.where(seen, jnp.log(ratio), 0.0))


@task.mistake(
    "E - n is missing: only its sum over all bins vanishes, and only at the best fit of a free normalisation."
)
def relative_entropy_alone(expected, counts):
    return 2 * jnp.sum(jax.scipy.special.rel_entr(counts.astype(float), expected))


@task.mistake("This is Pearson's chi-squared, (n - E)^2 / E: near for large counts, and undefined for E = 0.")
def pearson(expected, counts):
    return jnp.sum((counts - expected) ** 2 / expected)


@task.mistake("A bin with less than one event is taken for an empty one: counts may be 0.4, as Asimov data has.")
def less_than_one_is_none(expected, counts):
    return reference(expected, jnp.where(counts < 1, 0, counts)) - 2 * jnp.sum(jnp.where(counts < 1, counts, 0))


@task.mistake("The totals are compared: the sum over the bins stands outside of the logarithm.")
def totals(expected, counts):
    return reference(jnp.sum(expected, keepdims=True), jnp.sum(counts, keepdims=True))
