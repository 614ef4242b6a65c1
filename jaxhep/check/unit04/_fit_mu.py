"""Task 3: a fit of mu alone, with its error from the curvature and those of MINOS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, Finding, call
from jaxhep.check.unit04 import _minuit
from jaxhep.check.unit04._poisson_nll2 import reference as poisson_nll2


def fitted(signal, background, counts, rise: float = 1.0):
    """mu-hat, the error from the curvature, and both MINOS errors, where -2 ln L has risen by ``rise``."""
    signal, background, counts = (np.asarray(x, float) for x in (signal, background, counts))

    def slope(mu):
        return np.sum(signal - counts * signal / (mu * signal + background))

    lowest = np.max(-background / signal)
    lowest += 1e-9 * (1 + abs(lowest))
    best = brentq(slope, lowest, 1e3)
    yields = best * signal + background
    error = 1 / np.sqrt(np.sum(counts * signal**2 / yields**2))
    minimum = poisson_nll2(yields, counts)

    def above(mu):
        return poisson_nll2(mu * signal + background, counts) - minimum - rise

    low, high = brentq(above, max(best - 20 * error, lowest), best), brentq(above, best, best + 20 * error)
    return best, error * np.sqrt(rise), low - best, high - best


def reference(signal, background, counts):
    return fitted(signal, background, counts)


def cases() -> list[Case]:
    signal, background = np.array([2.0, 3.0, 4.0, 6.0, 8.0]), np.array([60.0, 30.0, 16.0, 9.0, 4.0])
    return [
        Case((signal, background, 1.4 * signal + background), "an Asimov data set with mu = 1.4"),
        Case((signal, background, np.array([66.0, 31.0, 20.0, 19.0, 14.0])), "fluctuating counts"),
        Case((signal[1:4], background[1:4], np.array([27.0, 12.0, 6.0])), "a deficit, where the best mu is negative"),
        Case((np.array([6.0]), np.array([3.0]), np.array([7.0])), "a single bin with few events"),
        Case((signal[2:], background[2:], np.array([9.0, 16.0, 17.0])), "bins that disagree about mu"),
    ]


task = Asking(
    number=3,
    name="fit_mu",
    reference=reference,
    cases=cases,
    outputs=("mu-hat", "the error", "the lower MINOS error", "the upper MINOS error"),
    rtol=0.005,
    atol=0.008,
    errors=_minuit.ERRORS
    | {
        "minimum is not valid": "Minuit finds no minimum in one of the hidden fits: has the function that it gets one? "
        "-2 ln L of Poisson counts has; a chi-squared that is divided by the expectation falls without end where that "
        "goes through 0.",
        "must have different signs": "The search for the end of the interval starts between two points of which none "
        "is above, or none below, a rise by 1: is mu-hat really the minimum, and is the rise counted from there?",
    },
    meaning="The curvature gives a symmetric error, MINOS walks to where -2 ln L has risen by 1; they agree when the "
    "curve is a parabola.",
)


@task.symptom
def limited_mu(got: list[Result], expected: list[Result]) -> str | None:
    deficit = [(g[0], e[0]) for g, e in zip(got, expected, strict=True) if e[0] < 0]
    if all(abs(g) < 0.02 or g > 0 for g, _ in deficit):
        return (
            "mu-hat doesn't go below zero when there is a deficit: is the parameter limited, or its absolute value "
            "taken?"
        )
    return None


@task.symptom
def other_numbers_of_minos(got: list[Result], expected: list[Result]) -> str | None:
    wrong = any(not np.isclose(g[1], e[1], rtol=0.01) for g, e in zip(got, expected, strict=True))
    return _minos_for_the_error(got) if wrong else None


@task.demand
def takes_the_curvature(answer: Callable) -> None:
    if cause := _minos_for_the_error([task._read(call(answer, case), case) for case in cases()]):
        raise Finding(cause)


def _minos_for_the_error(got: list[Result]) -> str | None:
    """What the errors are if they are computed from the MINOS errors that come back with them."""
    _, error, low, high = np.array(got, float).T
    for made, name in (
        ((high - low) / 2, "the mean of the two MINOS errors"),
        (np.hypot(low, high) / np.sqrt(2), "the quadratic mean of the two MINOS errors"),
        (np.sqrt(np.maximum(-low * high, 0)), "the geometric mean of the two MINOS errors"),
        (high, "the upper MINOS error"),
        (-low, "the lower MINOS error"),
    ):
        if np.allclose(error, made, rtol=1e-9, atol=0.0):
            return (
                f"What you return as error is {name}: close to the error from the curvature, but another one. Take "
                "the second derivative at the minimum, or HESSE's error before MINOS."
            )
    return None


# --- known mistakes


@task.mistake(
    "Both errors are sqrt(2) too small: they belong to a rise of -2 ln L by 0.5. That errordef is the one for -ln L."
)
def errordef_of_half(signal, background, counts):
    return fitted(signal, background, counts, rise=0.5)


@task.mistake(
    "Both errors are sqrt(2) too large: they belong to a rise of 2. Is it -ln L that Minuit minimises, with the "
    "errordef for -2 ln L?"
)
def errordef_of_two(signal, background, counts):
    return fitted(signal, background, counts, rise=2)


@task.mistake(
    "MINOS is right, but the error from the curvature is sqrt(2) too small: sqrt(1/d2) is the formula for -ln L."
)
def curvature_without_the_2(signal, background, counts):
    mu, error, low, high = reference(signal, background, counts)
    return mu, error / np.sqrt(2), low, high


@task.mistake(
    "The error from the curvature is right, but MINOS stops at a rise of 0.5: its errordef is the one for -ln L."
)
def minos_at_half(signal, background, counts):
    mu, error, _, _ = reference(signal, background, counts)
    _, _, low, high = fitted(signal, background, counts, rise=0.5)
    return mu, error, low, high


@task.mistake(
    "The error from the curvature is the one on paper for n = S + B, whatever was observed: take the second derivative "
    "of -2 ln L with the `counts`, at the fitted mu-hat."
)
def error_on_paper(signal, background, counts):
    mu, _, low, high = reference(signal, background, counts)
    return mu, 1 / np.sqrt(np.sum(signal**2 / (signal + background))), low, high


@task.mistake(
    "The second derivative is taken at mu = 1: evaluate it at the fitted mu-hat. On the Asimov data both are the same "
    "point."
)
def curvature_at_1(signal, background, counts):
    mu, _, low, high = reference(signal, background, counts)
    second = 2 * np.sum(counts * signal**2 / (signal + background) ** 2)
    return mu, np.sqrt(2 / second), low, high


@task.mistake(
    "The error is that of the expected information, the sum of S^2/E: with the `counts` that were observed, the second "
    "derivative of -2 ln L holds n S^2/E^2. On Asimov data both are the same."
)
def expected_information(signal, background, counts):
    mu, _, low, high = reference(signal, background, counts)
    return mu, 1 / np.sqrt(np.sum(signal**2 / (mu * signal + background))), low, high


@task.mistake("The error is sqrt(counts) of all bins over the whole signal: a counting experiment, blind to the shape.")
def error_of_a_count(signal, background, counts):
    mu, _, low, high = reference(signal, background, counts)
    return mu, np.sqrt(np.sum(counts)) / np.sum(signal), low, high


@task.mistake("mu-hat comes from the sums over all bins, as in a counting experiment: minimise -2 ln L of all bins.")
def counting_experiment(signal, background, counts):
    _, _, low, high = reference(signal, background, counts)
    mu = (np.sum(counts) - np.sum(background)) / np.sum(signal)
    return mu, 1 / np.sqrt(np.sum(counts * signal**2 / (mu * signal + background) ** 2)), low, high


@task.mistake("MINOS goes out to two standard deviations, a rise of 4: asked is one, a rise of 1.")
def minos_of_two_sigma(signal, background, counts):
    mu, error, _, _ = reference(signal, background, counts)
    _, _, low, high = fitted(signal, background, counts, rise=4)
    return mu, error, low, high


@task.mistake("This is a fit of chi-squared with variance n, not of the Poisson likelihood.")
def neyman(signal, background, counts):
    error = 1 / np.sqrt(np.sum(signal**2 / counts))
    return error**2 * np.sum(signal * (counts - background) / counts), error, -error, error


@task.mistake("What you return as error is the second derivative itself: a sharper curve means a smaller error.")
def second_derivative_for_error(signal, background, counts):
    mu, error, low, high = reference(signal, background, counts)
    return mu, 2 / error**2, low, high


@task.mistake(
    "The MINOS errors are plus and minus the error from the curvature: was MINOS run, and is its own result returned?"
)
def minos_not_run(signal, background, counts):
    mu, error, _, _ = reference(signal, background, counts)
    return mu, error, -error, error


@task.mistake("The ends of the interval are returned: asked are their distances from mu-hat.")
def ends_of_the_interval(signal, background, counts):
    mu, error, low, high = reference(signal, background, counts)
    return mu, error, mu + low, mu + high


@task.mistake("Here mu scales the background, too: it is the strength of the signal alone.")
def mu_on_everything(signal, background, counts):
    return reference(signal + background, 1e-9 * background, counts)


@task.mistake("Here mu scales the background and leaves the signal fixed: signal and background have changed places.")
def mu_on_the_background(signal, background, counts):
    return reference(background, signal, counts)


@task.mistake("The counts aren't used: mu is 1 whatever was observed. Fit the `counts` that the function is given.")
def asimov_data_fitted(signal, background, counts):
    return reference(signal, background, signal + background)


@task.mistake("MINOS belongs to 95 %: one standard deviation is a rise of -2 ln L by 1.")
def minos_at_95(signal, background, counts):
    mu, error, _, _ = reference(signal, background, counts)
    _, _, low, high = fitted(signal, background, counts, rise=3.841459)
    return mu, error, low, high


@task.mistake(
    "All bins are added up first: a counting experiment doesn't see that signal and background differ in shape."
)
def one_bin_of_all(signal, background, counts):
    return fitted(*(np.sum(x, keepdims=True) for x in (signal, background, counts)))


@task.mistake("MINOS counts the rise from -2 ln L at mu = 1: it is a rise by 1 above the minimum, at mu-hat.")
def rise_above_the_start(signal, background, counts):
    mu, error, _, _ = reference(signal, background, counts)
    higher = poisson_nll2(signal + background, counts) - poisson_nll2(mu * signal + background, counts)
    return mu, error, *fitted(signal, background, counts, rise=1 + higher)[2:]
