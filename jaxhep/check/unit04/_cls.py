"""Task 13b: CL_s from q-tilde_mu and its asymptotic distribution."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result
from jaxhep.check.reading import Case
from jaxhep.statistics import asymptotic_cls


def reference(q, q_asimov):
    return asymptotic_cls(q, q_asimov)


def near(q, q_asimov):
    """CL_s+b and CL_b where q is at most that of the Asimov data."""
    return norm.sf(np.sqrt(q)), norm.sf(np.sqrt(q) - np.sqrt(q_asimov))


def beyond(q, q_asimov):
    """CL_s+b and CL_b where q is larger, from a mu-hat below 0."""
    return tuple(norm.sf((q + sign * q_asimov) / (2 * np.sqrt(q_asimov))) for sign in (1, -1))


def with_ratio(both):
    return *both, both[0] / both[1]


def cases() -> list[Case]:
    kinds = {
        (2.0, 5.0): "q below that of the Asimov data",
        (6.5, 4.2): "q above that of the Asimov data",
        (0.0, 3.0): "an excess, q = 0",
        (3.6, 3.6): "q of the Asimov data themselves",
        (0.3, 0.5): "a test with little power",
        (2.5, 0.5): "a test with little power, q above that of the Asimov data",
        (60.0, 10.0): "a CL_b close to 0",
        (60.0, 75.0): "a q so large that 1 - Phi has no digits left",
    }
    return [Case(numbers, kind) for numbers, kind in kinds.items()]


task = Asking(
    number="13b",
    name="cls",
    reference=reference,
    cases=cases,
    outputs=("CL_s+b", "CL_b", "CL_s"),
    rtol=1e-6,
    meaning="The division by CL_b keeps a downward fluctuation of the background from excluding what the data can't "
    "see.",
)


@task.symptom
def complement(got: list[Result], expected: list[Result]) -> str | None:
    for i, name in enumerate(task.outputs[:2]):
        if all(np.allclose(g[i], 1 - e[i]) for g, e in zip(got, expected, strict=True)):
            return (
                f"What you return as {name} is 1 - {name}: asked is the probability of a q at least as large, an area "
                "of the upper tail."
            )
    return None


# --- known mistakes


@task.mistake(
    "It is right up to q of the Asimov data; beyond, mu-hat is below 0, and q-tilde follows the other formula."
)
def one_formula(q, q_asimov):
    return with_ratio(near(q, q_asimov))


@task.mistake("It is right beyond q of the Asimov data; up to there the other formula, with the square roots, holds.")
def other_formula(q, q_asimov):
    return with_ratio(beyond(q, q_asimov))


@task.mistake(
    "The two formulas have changed places: that with the square roots is for q up to that of the Asimov data."
)
def formulas_changed_places(q, q_asimov):
    return with_ratio(beyond(q, q_asimov) if q <= q_asimov else near(q, q_asimov))


@task.mistake("The ratio is upside down: CL_s is CL_s+b over CL_b.")
def upside_down(q, q_asimov):
    clsb, clb, _ = reference(q, q_asimov)
    return clsb, clb, clb / clsb


@task.mistake("CL_b is what belongs to CL_s+b: without a signal q-tilde is distributed around that of the Asimov data.")
def same_distribution(q, q_asimov):
    clsb, _, _ = reference(q, q_asimov)
    return clsb, clsb, 1.0


@task.mistake("CL_s+b is divided by 1 - CL_b: that is small where the data look like background.")
def divided_by_the_complement(q, q_asimov):
    clsb, clb, _ = reference(q, q_asimov)
    return clsb, clb, clsb / (1 - clb)


@task.mistake("The square roots are missing: sqrt(q) counts standard deviations.")
def roots_missing(q, q_asimov):
    return with_ratio((norm.sf(q), norm.sf(q - q_asimov)) if q <= q_asimov else beyond(q, q_asimov))


@task.mistake("CL_s+b is two-sided, that of a chi-squared distribution: q-tilde has one side, and half of it.")
def doubled(q, q_asimov):
    clsb, clb, cls = reference(q, q_asimov)
    return 2 * clsb, clb, 2 * cls


@task.mistake("The denominator of the second formula lacks its 2: it is 2 sqrt(q_A).")
def two_missing(q, q_asimov):
    if q <= q_asimov:
        return reference(q, q_asimov)
    return with_ratio(tuple(norm.sf((q + sign * q_asimov) / np.sqrt(q_asimov)) for sign in (1, -1)))


@task.mistake("The shift of CL_b is q_A, not its square root: sqrt(q_A) counts standard deviations.")
def shift_without_root(q, q_asimov):
    if q > q_asimov:
        return reference(q, q_asimov)
    return with_ratio((norm.sf(np.sqrt(q)), norm.sf(np.sqrt(q) - q_asimov)))


@task.mistake("These are densities: a probability of `at least as large` is the area of a tail.")
def densities(q, q_asimov):
    both = [norm.pdf(norm.isf(tail)) for tail in reference(q, q_asimov)[:2]]
    return with_ratio(both)


@task.mistake("CL_s is the difference of the two here: it is their ratio.")
def difference(q, q_asimov):
    clsb, clb, _ = reference(q, q_asimov)
    return clsb, clb, clb - clsb


@task.mistake(
    "The second formula lacks brackets: x / 2 * root multiplies by the root, and (2 * root) is the denominator."
)
def brackets_missing(q, q_asimov):
    if q <= q_asimov:
        return reference(q, q_asimov)
    return with_ratio(tuple(norm.sf((q + sign * q_asimov) / 2 * np.sqrt(q_asimov)) for sign in (1, -1)))


@task.mistake("CL_b is always 1/2 here: so it is for the Asimov data of the background, and depends on q otherwise.")
def half_for_clb(q, q_asimov):
    clsb, _, _ = reference(q, q_asimov)
    return with_ratio((clsb, 0.5))


@task.mistake(
    "For a large q no digits are left: 1 - Phi is the difference of two numbers that are nearly equal. `norm.sf` "
    "computes the tail itself."
)
def difference_for_the_tail(q, q_asimov):
    root, asimov = np.sqrt(q), np.sqrt(q_asimov)
    scale = 1.0 if q <= q_asimov else (q + q_asimov) / (2 * asimov * root)
    other = root - asimov if q <= q_asimov else (q - q_asimov) / (2 * asimov)
    return with_ratio((1 - norm.cdf(scale * root), 1 - norm.cdf(other)))


@task.mistake("Beyond q of the Asimov data the denominator is 2 sqrt(q_A), not 2 sqrt(q).")
def own_root_in_the_denominator(q, q_asimov):
    if q <= q_asimov:
        return reference(q, q_asimov)
    return with_ratio(tuple(norm.sf((q + sign * q_asimov) / (2 * np.sqrt(q))) for sign in (1, -1)))


@task.mistake("The error function wants its argument divided by sqrt(2): 1 - Phi(x) is erfc(x / sqrt(2)) / 2.")
def erfc_without_its_root(q, q_asimov):
    both = near(q, q_asimov) if q <= q_asimov else beyond(q, q_asimov)
    return with_ratio(tuple(norm.sf(np.sqrt(2) * norm.isf(one)) for one in both))


@task.mistake("The root of the difference, sqrt(q_A - q), isn't the difference of the roots, sqrt(q) - sqrt(q_A).")
def root_of_the_difference(q, q_asimov):
    if q > q_asimov:
        return reference(q, q_asimov)
    return with_ratio((norm.sf(np.sqrt(q)), norm.sf(-np.sqrt(q_asimov - q))))


@task.mistake("CL_s+b is divided by 1 - CL_s+b: its denominator is CL_b, the same tail without a signal.")
def divided_by_its_own_complement(q, q_asimov):
    clsb, clb, _ = reference(q, q_asimov)
    return clsb, clb, clsb / (1 - clsb)


@task.mistake("Beyond q of the Asimov data the denominator is 2 sqrt(q_A), not 2 q_A.")
def square_in_the_denominator(q, q_asimov):
    if q <= q_asimov:
        return reference(q, q_asimov)
    return with_ratio(tuple(norm.sf((q + sign * q_asimov) / (2 * q_asimov)) for sign in (1, -1)))


@task.mistake("The results are rounded to six decimals: six digits of a small number are something else.")
def rounded(q, q_asimov):
    return tuple(np.round(reference(q, q_asimov), 6))
