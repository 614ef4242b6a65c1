"""Answer checks of unit 04, the H -> WW likelihood fit: ``from jaxhep.check import unit04 as check``.

Shapes: N events, P processes, K systematics, B bins. The exercise keeps a model in a plain dictionary of arrays, ``Arrays``::

    nominal (P, B), signal (P,) 1 or 0, up and down (P, K, B) ratios, coefficients (6, P, K, B) lowest power first, mc_error (B,)

and its parameters in one vector (1+K+B,): mu, the K systematics, one MC-statistics parameter per bin.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from iminuit import Minuit
from jax import Array
from scipy.optimize import brentq
from scipy.special import gammaln

import jaxhep.model
import jaxhep.templates
from jaxhep.check import engine
from jaxhep.check.engine import Case, Finding, Result, Task, compilations, up_to_a_constant
from jaxhep.model import Model

Arrays = dict[str, Array]
Fit = Callable[..., tuple[Array, Array, float]]


def model_arrays(
    templates: jaxhep.templates.Templates, systematics: tuple[str, ...] | list[str], solve: Callable
) -> Arrays:
    """The dictionary of arrays for these systematics; ``solve`` is the learner's, or the course's, ``coefficients``."""
    chosen = [templates.systematics.index(name) for name in systematics]
    up, down = jnp.asarray(templates.up[:, chosen]), jnp.asarray(templates.down[:, chosen])
    return {
        "nominal": jnp.asarray(templates.nominal),
        "signal": jnp.array([float(name in templates.signal) for name in templates.processes]),
        "up": up,
        "down": down,
        "coefficients": jnp.asarray(solve(up, down)),
        "mc_error": jnp.asarray(templates.mc_error),
    }


def as_model(arrays: Arrays) -> Model:
    """The same model in the form that the package's functions take."""
    processes, systematics, _ = arrays["up"].shape
    return Model(
        nominal=arrays["nominal"],
        scales=arrays["signal"][None],
        polynomial=jnp.concatenate([arrays["coefficients"][::-1], jnp.ones_like(arrays["up"])[None]]),
        log_up=jnp.log(arrays["up"]),
        log_down=jnp.log(arrays["down"]),
        mc_error=arrays["mc_error"],
        processes=tuple(f"process_{p}" for p in range(processes)),
        systematics=tuple(f"theta_{k}" for k in range(systematics)),
        free=(),
    )


def _generator(number: int) -> np.random.Generator:
    return np.random.default_rng([20260104, number])


# --- task 1: weighted histogram -------------------------------------------------------------------------------------------


def _histogram(score, weight, edges):
    yields, squares = jaxhep.templates.histogram(score, np.stack([weight, weight**2], 1), edges).T
    return yields, np.sqrt(squares)


def _histogram_cases() -> list[Case]:
    rng = _generator(1)
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


def _counted(score, edges):
    return np.histogram(score, edges)[0].astype(float)


def _right_closed(score, weight, edges):
    keep = (score > edges[0]) & (score <= edges[-1])
    index = np.searchsorted(edges, score[keep], side="left") - 1
    return [np.bincount(index, w[keep], len(edges) - 1) for w in (weight, weight**2)]


histogram = Task(
    1,
    "histogram",
    _histogram,
    _histogram_cases,
    "Yields are sums of weights, and their variance is the sum of squared weights, because each event is a Poisson process of its own.",
    {
        "The events are counted, each as 1: a simulated event stands for `weight` expected events.": lambda s, w, e: (
            _counted(s, e),
            np.sqrt(_counted(s, e)),
        ),
        "The yields are right, but the errors ignore the weights: sqrt(number of events) is the error of a count, not of a sum.": (
            lambda s, w, e: (_histogram(s, w, e)[0], np.sqrt(_counted(s, e)))
        ),
        "The yields are right, but sqrt(yield) is the error of data with unit weights; the error of a simulation depends on how "
        "many events carry that yield.": lambda s, w, e: (_histogram(s, w, e)[0], np.sqrt(_histogram(s, w, e)[0])),
        "What you return second is the edges: np.histogram returns yields and edges, the errors are a histogram of their own.": (
            lambda s, w, e: (_histogram(s, w, e)[0], e)
        ),
        "What you return as error is the sum of |w|: independent events add their squares, and the root is taken of the sum.": (
            lambda s, w, e: (_histogram(s, w, e)[0], _histogram(s, abs(w), e)[0])
        ),
        "What you return as error is the variance: its unit is events squared.": lambda s, w, e: (
            _histogram(s, w, e)[0],
            _histogram(s, w, e)[1] ** 2,
        ),
        "The error is relative to the yield; asked is the absolute one, in events.": lambda s, w, e: (
            _histogram(s, w, e)[0],
            _histogram(s, w, e)[1] / _histogram(s, w, e)[0],
        ),
        "The error assumes that all events of a bin weigh the same (mean weight times sqrt of their number).": lambda s, w, e: (
            _histogram(s, w, e)[0],
            _histogram(s, w, e)[0] / np.sqrt(_counted(s, e)),
        ),
        "This is a density, normalised to unit area: expected yields keep the sum of the weights.": lambda s, w, e: (
            np.histogram(s, e, weights=w, density=True)[0],
            _histogram(s, w, e)[1],
        ),
        "Yields and errors have changed places.": lambda s, w, e: _histogram(s, w, e)[::-1],
        "The weights are squared once too often: the yields themselves sum w, only the variance sums w squared.": lambda s, w, e: (
            _histogram(s, w**2, e)[0],
            _histogram(s, w, e)[1],
        ),
        "The bins are equally wide: only the number of edges, or the first and the last, reaches your histogram, not where the others lie.": (
            lambda s, w, e: _histogram(s, w, np.linspace(e[0], e[-1], len(e)))
        ),
        "Events outside the edges are pushed into the first and last bin: they don't belong to any.": lambda s, w, e: (
            _histogram(np.clip(s, e[0], e[-1]), w, e)
        ),
        "An event exactly on the last edge is lost: the last bin includes its upper edge.": lambda s, w, e: _histogram(
            s[s != e[-1]], w[s != e[-1]], e
        ),
        "The bins include their upper edge and not their lower one: an event on an inner edge lands one bin too low.": lambda s, w, e: (
            _right_closed(s, w, e)[0],
            np.sqrt(_right_closed(s, w, e)[1]),
        ),
    },
    outputs=("the yields", "the errors"),
)


# --- task 2: Poisson ------------------------------------------------------------------------------------------------------


def _poisson_nll2(expected, counts):
    expected, counts = np.asarray(expected), np.asarray(counts)
    return 2 * np.sum(expected - counts * np.log(expected) + gammaln(counts + 1))


def _course_poisson_nll2(expected, counts):
    return jaxhep.model.poisson_nll2(counts, expected)


def _poisson_cases() -> list[Case]:
    rng = _generator(2)

    def group(counts: np.ndarray, kind: str) -> list[Case]:
        spread = [np.ones(counts.size), *rng.uniform(0.7, 1.4, (2, counts.size))]
        return [Case(((counts + 0.7) * s, counts), kind) for s in spread]

    tiny = [(*case.args, "an expected yield far below one event") for case in group(np.array([0.0, 1.0, 0.0]), "")]
    return [
        *group(rng.poisson(40, 4).astype(float), "a few dozen events per bin"),
        *group(np.array([3.0, 0.0, 1.0]), "a bin with zero observed events"),
        *group(rng.uniform(1, 30, 6), "counts that aren't integers, as in an Asimov data set"),
        *group(rng.poisson(9000, 12).astype(float), "thousands of events per bin"),
        *group(np.array([7.0]), "a single bin"),
        *[Case((1e-4 * e, n), kind) for e, n, kind in tiny],
    ]


def _guarded_logarithm(got: list[Result], expected: list[Result]) -> str | None:
    off = [
        np.abs(g[0] - e[0]).max() if g[0].shape == e[0].shape else np.inf for g, e in zip(got, expected, strict=True)
    ]
    if max(off[:-3]) < 1e-3 and max(off[-3:]) > 100 * max(off[:-3]):
        return (
            "It is nearly right, but not where the expectation is far below one event: is a small number added to the yield inside "
            "the logarithm, or is the yield clipped? The expectation is positive, so its logarithm needs no guard."
        )
    return None


def _through_jax(name: str, right: Callable, number: bool = False) -> Callable:
    """A demand: jit and grad (by the first argument, of the sum of the result) go through, with the right derivative.

    right : the function in JAX. number : the result must be one number, without an axis.
    """

    def demand(answer: Callable) -> None:
        for case in TASKS[name].cases():
            shape = np.shape(engine.call(answer, case))
            if number and shape != ():
                raise Finding(
                    f"The value is right, but comes in an array of shape {shape}; jax.grad differentiates a number, without any axis."
                )
            total = functools.wraps(answer)(lambda *args: jnp.sum(jnp.asarray(answer(*args))))
            found = np.asarray(engine.call(jax.jit(jax.grad(total)), case))
            expected = np.asarray(jax.grad(lambda *args: jnp.sum(right(*args)))(*case.args))
            if not np.isfinite(found).all():
                raise Finding(
                    f"The value is right, but its gradient is NaN or infinite for {case.kind}: jnp.where differentiates both "
                    "branches, so the one that isn't chosen must be finite, too."
                )
            if "exactly" not in case.kind and not np.allclose(found, expected, rtol=1e-6, atol=1e-6):
                raise Finding(
                    f"The value is right, but its gradient isn't for {case.kind}: somewhere a derivative is lost "
                    "(stop_gradient, rounding, an integer, np.asarray)."
                )

    return demand


def _poisson_product(expected, counts):
    factors = expected**counts * np.exp(-expected) / np.exp(gammaln(counts + 1))
    return -2 * np.log(np.prod(factors))


poisson_nll2 = Task(
    2,
    "poisson_nll2",
    _poisson_nll2,
    _poisson_cases,
    "Differences of -2 ln L are what a fit sees, so any term without the expected yields may stay or go.",
    {
        "This is -ln L: the factor 2 is missing, so every interval would come out sqrt(2) too wide at errordef 1.": (
            lambda e, n: _poisson_nll2(e, n) / 2
        ),
        "The sign is turned: this is +2 ln L, largest where the fit should find its minimum.": lambda e, n: (
            -_poisson_nll2(e, n)
        ),
        "The term that punishes too large an expectation is missing: without it, more is always better.": lambda e, n: (
            -2 * np.sum(n * np.log(e))
        ),
        "Only the expectation is left, the data have no say: where is the logarithm, times the counts?": lambda e, n: (
            2 * np.sum(e)
        ),
        "The two terms have the same sign: n ln E rewards, E punishes.": lambda e, n: 2 * np.sum(e + n * np.log(e)),
        "Expected and observed have changed places: the logarithm belongs to what the model predicts.": lambda e, n: (
            2 * np.sum(n - e * np.log(n))
        ),
        "This is Pearson's chi-squared, a Gaussian approximation with variance E: good for many events, not the Poisson likelihood.": (
            lambda e, n: np.sum((n - e) ** 2 / e)
        ),
        "This is Neyman's chi-squared, with variance n: bins that fluctuate down get too much weight, empty ones infinitely much.": (
            lambda e, n: np.sum((n - e) ** 2 / n)
        ),
        "This averages over the bins: a product of probabilities becomes a sum of logarithms.": lambda e, n: (
            _poisson_nll2(e, n) / e.size
        ),
        "The bins aren't combined: one number per bin is left. Independent bins multiply, their logarithms add up.": lambda e, n: (
            2 * (e - n * np.log(e) + gammaln(n + 1))
        ),
        "The logarithm is the decimal one: log10 where ln belongs.": lambda e, n: 2 * np.sum(e - n * np.log10(e)),
        "Counts are rounded to integers on the way; an Asimov data set has fractions of events.": lambda e, n: (
            2 * np.sum(e - np.floor(n) * np.log(e))
        ),
        "The probabilities are multiplied before the logarithm is taken: powers, factorials and products leave the range of a float "
        "when there are thousands of events. Take the logarithm first, on paper.": _poisson_product,
    },
    symptoms=(_guarded_logarithm,),
    align=up_to_a_constant(3),
    also=(_through_jax("poisson_nll2", _course_poisson_nll2, number=True),),
    course=_course_poisson_nll2,
)


_MINUIT_ERRORS = {
    "NoneType'> to C++": "The function that Minuit minimises returns None: is its `return` missing, or is an earlier function that it "
    "calls still empty? `check.use(name)` gives you the course's until yours passes.",
    "to C++ type": "Minuit, a C++ program, can't read what your function, gradient or Hessian returns: it wants a float, and NumPy "
    "arrays for derivatives. Wrap them: `float(...)`, `np.asarray(...)`.",
}


# --- task 3: one parameter ------------------------------------------------------------------------------------------------


def _fit_mu(signal, background, counts, nll2: Callable = _poisson_nll2, start: float = 1.0):
    """mu-hat, the error from the curvature, and both MINOS errors; ``nll2`` of (expected, counts)."""
    signal, background, counts = (np.asarray(x, float) for x in (signal, background, counts))
    slope = lambda mu: np.sum(signal - counts * signal / (mu * signal + background))  # noqa: E731
    lowest = np.max(-background / signal)
    best = brentq(slope, lowest + 1e-9 * (1 + abs(lowest)), 1e3)
    yields = best * signal + background
    error = 1 / np.sqrt(np.sum(counts * signal**2 / yields**2))
    minimum = float(nll2(yields, counts))
    rise = lambda mu: float(nll2(mu * signal + background, counts)) - minimum - 1  # noqa: E731
    floor = max(best - 20 * error, lowest + 1e-9 * (1 + abs(lowest)))
    return best, error, brentq(rise, floor, best) - best, brentq(rise, best, best + 20 * error) - best


def _fit_mu_cases() -> list[Case]:
    signal, background = np.array([2.0, 3.0, 4.0, 6.0, 8.0]), np.array([60.0, 30.0, 16.0, 9.0, 4.0])
    return [
        Case((signal, background, 1.4 * signal + background), "an Asimov data set with mu = 1.4"),
        Case((signal, background, np.array([66.0, 31.0, 20.0, 19.0, 14.0])), "fluctuating counts"),
        Case((signal[1:4], background[1:4], np.array([27.0, 12.0, 6.0])), "a deficit, where the best mu is negative"),
        Case((np.array([6.0]), np.array([3.0]), np.array([7.0])), "a single bin with few events"),
    ]


def _with(result, **changes):
    names = ("mu", "error", "low", "high")
    return tuple(changes.get(name, value) for name, value in zip(names, result, strict=True))


def _scaled_fit(scale: float) -> Callable:
    """The fit with the function to minimise multiplied by ``scale``, or the errordef divided by it."""

    def variant(s, b, n):
        best, error, _, _ = _fit_mu(s, b, n)
        _, _, low, high = _fit_mu(s, b, n, lambda e, c: scale * _poisson_nll2(e, c))
        return best, error / np.sqrt(scale), low, high

    return variant


def _limited_mu(got: list[Result], expected: list[Result]) -> str | None:
    deficit = [(g[0], e[0]) for g, e in zip(got, expected, strict=True) if e[0] < 0]
    if all(abs(g) < 0.02 or g > 0 for g, _ in deficit):
        return "mu-hat doesn't go below zero when there is a deficit: is the parameter limited, or its absolute value taken?"
    return None


fit_mu = Task(
    3,
    "fit_mu",
    _fit_mu,
    _fit_mu_cases,
    "The curvature gives a symmetric error, MINOS walks to where -2 ln L has risen by 1; they agree when the curve is a parabola.",
    {
        "Both errors are sqrt(2) too small: they belong to a rise of -2 ln L by 0.5. That errordef is the one for -ln L.": (
            _scaled_fit(2)
        ),
        "Both errors are sqrt(2) too large: they belong to a rise of 2. Is it -ln L that Minuit minimises, with the errordef for -2 ln L?": (
            _scaled_fit(0.5)
        ),
        "MINOS is right, but the error from the curvature is sqrt(2) too small: sqrt(1/d2) is the formula for -ln L.": lambda s, b, n: (
            _with(_fit_mu(s, b, n), error=_fit_mu(s, b, n)[1] / np.sqrt(2))
        ),
        "The error from the curvature is right, but MINOS stops at a rise of 0.5: its errordef is the one for -ln L.": lambda s, b, n: (
            _with(_scaled_fit(2)(s, b, n), error=_fit_mu(s, b, n)[1])
        ),
        "The error from the curvature is the one on paper for n = S + B, whatever was observed: take the second derivative of "
        "-2 ln L with the `counts`, at the fitted mu-hat.": lambda s, b, n: _with(
            _fit_mu(s, b, n), error=1 / np.sqrt(np.sum(s**2 / (s + b)))
        ),
        "The second derivative is taken at mu = 1: evaluate it at the fitted mu-hat. On the Asimov data both are the same point.": (
            lambda s, b, n: _with(_fit_mu(s, b, n), error=1 / np.sqrt(np.sum(n * s**2 / (s + b) ** 2)))
        ),
        "What you return as error is the variance of mu: a square root is missing.": lambda s, b, n: _with(
            _fit_mu(s, b, n), error=_fit_mu(s, b, n)[1] ** 2
        ),
        "What you return as error is the second derivative itself: a sharper curve means a smaller error.": lambda s, b, n: (
            _with(_fit_mu(s, b, n), error=2 / _fit_mu(s, b, n)[1] ** 2)
        ),
        "The MINOS errors are plus and minus the error from the curvature: was MINOS run, and is its own result returned?": lambda s, b, n: (
            _with(_fit_mu(s, b, n), low=-_fit_mu(s, b, n)[1], high=_fit_mu(s, b, n)[1])
        ),
        "The lower MINOS error has lost its sign: it is the distance downwards, a negative number.": lambda s, b, n: (
            _with(_fit_mu(s, b, n), low=-_fit_mu(s, b, n)[2])
        ),
        "The lower and upper MINOS errors have changed places.": lambda s, b, n: _with(
            _fit_mu(s, b, n), low=_fit_mu(s, b, n)[3], high=_fit_mu(s, b, n)[2]
        ),
        "The ends of the interval are returned: asked are their distances from mu-hat.": lambda s, b, n: _with(
            _fit_mu(s, b, n), low=sum(_fit_mu(s, b, n)[::2]), high=_fit_mu(s, b, n)[0] + _fit_mu(s, b, n)[3]
        ),
        "Here mu scales the background, too: it is the strength of the signal alone.": lambda s, b, n: _fit_mu(
            s + b, 1e-9 * b, n
        ),
        "Here mu scales the background and leaves the signal fixed: signal and background have changed places.": lambda s, b, n: (
            _fit_mu(b, s, n)
        ),
        "The counts aren't used: mu is 1 whatever was observed. Fit the `counts` that the function is given.": lambda s, b, n: (
            _fit_mu(s, b, s + b)
        ),
    },
    outputs=("mu-hat", "the error", "the lower MINOS error", "the upper MINOS error"),
    symptoms=(_limited_mu,),
    rtol=0.005,
    atol=0.008,
    errors=_MINUIT_ERRORS,
)


# --- task 4: templates as ratios ------------------------------------------------------------------------------------------


def _sums(score, weight, event_ratio, edges):
    """Nominal (B,) and shifted (K, B) yields."""
    nominal = jaxhep.templates.histogram(score, weight, edges)
    return nominal, jaxhep.templates.histogram(score, weight[:, None] * event_ratio, edges).T


def _divided(above, below, otherwise=1.0):
    return np.divide(
        above, below, out=np.full(np.broadcast_shapes(np.shape(above), np.shape(below)), otherwise), where=below != 0
    )


def _template_ratio(score, weight, event_ratio, edges):
    nominal, shifted = _sums(score, weight, event_ratio, edges)
    return _divided(shifted, nominal)


def _template_ratio_cases() -> list[Case]:
    rng = _generator(4)

    def made(systematics: int, edges: np.ndarray, kind: str, score: np.ndarray) -> Case:
        ratio = np.exp(
            rng.normal(0, 0.2, systematics)
            + 0.3 * np.outer(score, rng.normal(size=systematics))
            + rng.normal(0, 0.1, (score.size, 1))
        )
        return Case((score, rng.gamma(1.5, 2, score.size), ratio, edges), kind)

    def negative_weights(case: Case) -> Case:
        score, weight, ratio, edges = case.args
        return Case((score, np.where(np.arange(score.size) % 7 == 0, -0.5, 1) * weight, ratio, edges), case.kind)

    def rare_but_uncertain(case: Case) -> Case:
        score, weight, ratio, edges = case.args
        return Case((score, 1e-3 * weight, 7 * ratio, edges), case.kind)

    return [
        made(3, np.array([0, 0.2, 0.3, 0.6, 0.9, 1]), "three systematics in five bins", rng.uniform(0, 1, 200)),
        made(4, np.linspace(0, 1, 5), "as many systematics as bins", rng.beta(2, 3, 150)),
        made(2, np.array([0, 0.5, 0.8, 1]), "a bin without events", rng.uniform(0, 0.5, 50)),
        made(1, np.array([0, 0.4, 1]), "a single systematic", rng.uniform(0, 1, 80)),
        made(2, np.array([0.2, 0.4, 0.7, 0.9]), "events outside the edges", rng.uniform(0, 1.1, 90)),
        negative_weights(made(2, np.array([0, 0.5, 1]), "a few events of negative weight", rng.uniform(0, 1, 120))),
        rare_but_uncertain(
            made(2, np.array([0, 0.5, 1]), "yields far below one event, with large ratios", rng.uniform(0, 1, 60))
        ),
    ]


def _over(score, weight, event_ratio, edges, numerator, denominator):
    """Ratio of histograms with other weights: functions of (weight, event_ratio) that give (N,) or (N, K)."""
    sums = [
        jaxhep.templates.histogram(score, part(weight[:, None], event_ratio) * np.ones_like(event_ratio), edges).T
        for part in (numerator, denominator)
    ]
    return _divided(*sums)


template_ratio = Task(
    4,
    "template_ratio",
    _template_ratio,
    _template_ratio_cases,
    "A ratio to nominal is a property of the process: it scales the expected events, whatever their number.",
    {
        "The result is the change in events, up minus nominal: divide the yields, don't subtract them.": lambda s, w, r, e: (
            _sums(s, w, r, e)[1] - _sums(s, w, r, e)[0]
        ),
        "This is 1 + (up - nominal), with the difference in events: a ratio has no unit.": lambda s, w, r, e: (
            1 + _sums(s, w, r, e)[1] - _sums(s, w, r, e)[0]
        ),
        "This is the relative change, ratio - 1: 1 has to mean `no change`.": lambda s, w, r, e: (
            _template_ratio(s, w, r, e) - 1
        ),
        "These are the shifted yields, in events: they aren't divided by the nominal ones.": lambda s, w, r, e: _sums(
            s, w, r, e
        )[1],
        "The ratio is upside down: nominal over shifted.": lambda s, w, r, e: 1 / _template_ratio(s, w, r, e),
        "The event ratios are averaged with equal weights: an event that stands for more expected events counts more.": (
            lambda s, w, r, e: _over(s, w, r, e, lambda w, r: r, lambda w, r: 1.0)
        ),
        "The nominal weights are missing in the shifted histogram: the column holds ratios to `weight`, not weights.": (
            lambda s, w, r, e: _over(s, w, r, e, lambda w, r: r, lambda w, r: w)
        ),
        "The axes have changed places: systematics come first, bins second.": lambda s, w, r, e: (
            _template_ratio(s, w, r, e).T
        ),
        "A bin without nominal events divides zero by zero: no events, no change, the ratio there is 1.": lambda s, w, r, e: (
            _divided(*_sums(s, w, r, e)[::-1], otherwise=np.nan)
        ),
        "A bin without nominal events gets the ratio 0: no events, no change, the ratio there is 1.": lambda s, w, r, e: (
            _divided(*_sums(s, w, r, e)[::-1], otherwise=0.0)
        ),
        "The change of the total yield has been divided out: only the shape is left, but the normalisation is part of the uncertainty.": (
            lambda s, w, r, e: _divided(
                _sums(s, w, r, e)[1] / _sums(s, w, r, e)[1].sum(1, keepdims=True),
                _sums(s, w, r, e)[0] / _sums(s, w, r, e)[0].sum(),
            )
        ),
        "Every bin gets the same number, the change of the total yield: the shape is lost.": lambda s, w, r, e: (
            (w @ r / w.sum())[:, None] * np.ones(len(e) - 1)
        ),
        "Negative weights count as positive ones: they cancel events of positive weight, in both sums.": lambda s, w, r, e: (
            _template_ratio(s, abs(w), r, e)
        ),
        "Events outside the edges end up in the first and the last bin: leave them out.": lambda s, w, r, e: (
            _template_ratio(np.clip(s, e[0], e[-1]), w, r, e)
        ),
        "The weights enter twice: the numerator holds weight squared times the event's ratio.": lambda s, w, r, e: (
            _over(s, w, r, e, lambda w, r: w**2 * r, lambda w, r: w)
        ),
    },
)


# --- task 5: coefficients of interpolation code 4 -------------------------------------------------------------------------

_POWERS = np.arange(1, 7)
_SIGNS = (-1.0) ** _POWERS


def _conditions() -> np.ndarray:
    """Value, slope and curvature of theta^1 ... theta^6 at +1 and at -1, one condition a row."""
    slope, curvature = _POWERS, _POWERS * (_POWERS - 1)
    return np.array([np.ones(6), _SIGNS, slope, -slope * _SIGNS, curvature, curvature * _SIGNS])


def _targets(up, down) -> np.ndarray:
    return np.array(
        [up - 1, down - 1, up * np.log(up), -down * np.log(down), up * np.log(up) ** 2, down * np.log(down) ** 2]
    )


def _solved(up, down, conditions: np.ndarray | None = None, change: Callable = lambda t, up, down: t):
    up, down = np.asarray(up, float), np.asarray(down, float)
    return np.tensordot(
        np.linalg.inv(_conditions() if conditions is None else conditions), change(_targets(up, down), up, down), axes=1
    )


def _coefficients_cases() -> list[Case]:
    rng = _generator(5)

    def made(shape: tuple[int, ...], size: float, kind: str) -> Case:
        return Case((np.exp(rng.normal(0, size, shape)), np.exp(rng.normal(0, size, shape))), kind)

    return [
        made((4,), 0.1, "four ratios in a row"),
        made((2, 3, 5), 0.1, "ratios of shape (2, 3, 5)"),
        made((3,), 0.7, "ratios far from 1"),
        Case((np.array(1.2), np.array(0.9)), "one number each"),
    ]


def _row(number: int, factor: float) -> Callable:
    """Multiply one of the six targets."""

    def change(targets, up, down):
        targets = targets.copy()
        targets[number] *= factor
        return targets

    return change


def _quadratic(up, down):
    up, down = np.asarray(up, float), np.asarray(down, float)
    return np.stack([(up - down) / 2, (up + down) / 2 - 1, *np.zeros((4, *up.shape))])


coefficients = Task(
    5,
    "coefficients",
    _solved,
    _coefficients_cases,
    "Value, slope and curvature join the exponentials without a step, so Minuit never meets a kink at one standard deviation.",
    {
        "The powers come in the wrong order: the first coefficient belongs to theta, the last to theta to the sixth.": (
            lambda u, d: _solved(u, d)[::-1]
        ),
        "There are seven: the constant 1 isn't one of the coefficients.": lambda u, d: np.concatenate(
            [np.ones((1, *np.shape(u))), _solved(u, d)]
        ),
        "This is the order in the lecture, highest power first with the constant at the end; here the lowest power comes first, "
        "and the constant isn't stored.": lambda u, d: np.concatenate(
            [_solved(u, d)[::-1], np.ones((1, *np.shape(u)))]
        ),
        "The coefficients run along the last axis: they come first, in front of the axes of `up`.": lambda u, d: (
            np.moveaxis(_solved(u, d), 0, -1)
        ),
        "The polynomial has its 1 counted twice: 1 + a_1 theta + ... meets `up`, so what do the powers alone meet?": lambda u, d: (
            _solved(u, d, change=lambda t, up, down: t + np.reshape([1, 1, 0, 0, 0, 0], (6,) + (1,) * up.ndim))
        ),
        "The slope at theta = -1 has the wrong sign, on the right-hand side or in its row of the matrix: down^(-theta) "
        "falls with theta where down is above 1, and n theta^(n-1) is positive there for odd n.": lambda u, d: _solved(
            u, d, change=_row(3, -1)
        ),
        "The curvature at theta = -1 has the wrong sign, on the right-hand side or in its row of the matrix: differentiating "
        "down^(-theta) twice gives the inner -1 twice, and n (n-1) theta^(n-2) is positive there for even n.": lambda u, d: (
            _solved(u, d, change=_row(5, -1))
        ),
        "The derivatives lack the function itself: the slope of up^theta at 1 isn't ln(up) alone.": lambda u, d: (
            _solved(
                u,
                d,
                change=lambda t, up, down: np.array(
                    [t[0], t[1], np.log(up), -np.log(down), np.log(up) ** 2, np.log(down) ** 2]
                ),
            )
        ),
        "The second derivatives have one logarithm each: differentiating up^theta twice brings it down twice.": lambda u, d: (
            _solved(u, d, change=lambda t, up, down: np.array([*t[:4], up * np.log(up), down * np.log(down)]))
        ),
        "The second derivative at +1 has one logarithm only: differentiating up^theta twice brings ln(up) down twice.": (
            lambda u, d: _solved(u, d, change=lambda t, up, down: np.array([*t[:4], up * np.log(up), t[5]]))
        ),
        "The curvatures on the right-hand side repeat the slopes: differentiate once more.": lambda u, d: _solved(
            u, d, change=lambda t, up, down: np.array([*t[:4], t[2], t[3]])
        ),
        "The second derivative of theta^n is n (n-1) theta^(n-2): a factor n^2 stands in the rows of the curvature.": (
            lambda u, d: _solved(u, d, np.array([*_conditions()[:4], _POWERS**2, _POWERS**2 * _SIGNS]))
        ),
        "The logarithms are decimal ones: log10 where ln belongs.": lambda u, d: _solved(
            u,
            d,
            change=lambda t, up, down: np.array([t[0], t[1], *(t[2:4] / np.log(10)), *(t[4:6] / np.log(10) ** 2)]),
        ),
        "Up and down have changed places: `up` belongs to theta = +1.": lambda u, d: _solved(d, u),
        "The system is transposed: one condition is one row, one power is one column.": lambda u, d: _solved(
            u, d, _conditions().T
        ),
        "The odd powers of the slope and of the curvature have the wrong sign at theta = -1: one power is lost in each derivative.": (
            lambda u, d: _solved(u, d, _conditions() * np.array([1, 1, 1, -1, 1, -1])[:, None])
        ),
        "This parabola meets both values, but not the slopes and curvatures of the exponentials: six conditions, six powers.": _quadratic,
    },
    errors={
        "solve: Input operand": "np.linalg.solve wants a vector or a matrix on the right, one column per system: flatten the axes behind "
        "the 6 with `.reshape(6, -1)`, solve, and give them their shape back; or apply the inverse with np.tensordot.",
    },
)


# --- task 6: interpolation ------------------------------------------------------------------------------------------------


def _course_interpolate(theta, coefficients, up, down):
    theta = jnp.asarray(theta)[:, None]
    inside = jnp.clip(theta, -1, 1)
    polynomial = 1 + sum(a * inside**power for power, a in enumerate(coefficients, start=1))
    return jnp.where(theta > 1, up**theta, jnp.where(theta < -1, down ** (-theta), polynomial))


def _interpolate_cases() -> list[Case]:
    rng = _generator(6)

    def made(theta: list[float], processes: int, bins: int, kind: str) -> Case:
        up, down = np.exp(rng.normal(0, 0.2, (2, processes, len(theta), bins)))
        return Case((np.array(theta), _solved(up, down), up, down), kind)

    return [
        made([0.3, -0.7, 0.0, -0.2], 2, 3, "theta between -1 and 1"),
        made([1.7, -2.4], 3, 4, "theta beyond one standard deviation"),
        made([1.0, -1.0, 0.5], 1, 2, "theta exactly 1 and -1"),
        made([0.6, -1.3, 2.0, -0.4], 2, 4, "as many systematics as bins"),
        made([6.5, -7.2], 2, 3, "theta very far out"),
    ]


def _inside_outside(inside: Callable, above: Callable, below: Callable) -> Callable:
    """An interpolation from three functions of (theta, coefficients, up, down), theta of shape (K, 1)."""

    def variant(theta, coefficients, up, down):
        theta, up, down = np.asarray(theta)[:, None], np.asarray(up), np.asarray(down)
        a = np.asarray(coefficients)
        results = [f(theta, a, up, down) * np.ones_like(up) for f in (inside, above, below)]
        return np.where(theta > 1, results[1], np.where(theta < -1, results[2], results[0]))

    return variant


def _polynomial(t, a, up, down):
    return 1 + sum(one * t**power for power, one in enumerate(a, start=1))


def _exponential(t, a, up, down):
    return np.where(t > 0, up**t, down ** (-t))


def _linear(t, a, up, down):
    return np.where(t > 0, 1 + t * (up - 1), 1 - t * (down - 1))


def _above(t, a, up, down):
    return up**t


def _below(t, a, up, down):
    return down ** (-t)


_interpolate = _inside_outside(_polynomial, _above, _below)


def _along_bins(theta, coefficients, up, down):
    """Theta spread along the last axis: possible without an error only where K = B."""
    swap = lambda x: np.swapaxes(np.asarray(x), -1, -2)  # noqa: E731
    if up.shape[-1] != theta.size:
        return np.asarray(_interpolate(theta, coefficients, up, down))
    return swap(_interpolate(theta, swap(coefficients), swap(up), swap(down)))


interpolate = Task(
    6,
    "interpolate",
    _interpolate,
    _interpolate_cases,
    "Smooth inside, and positive for every theta, as a factor on a yield must be.",
    {
        "This is the piecewise linear interpolation (code 0): it has a kink at 0 and can turn negative.": _inside_outside(
            _linear, _linear, _linear
        ),
        "It is linear between -1 and 1: there the polynomial belongs.": _inside_outside(_linear, _above, _below),
        "This is the exponential for every theta (code 1): it has a kink at 0, and the coefficients aren't used.": _inside_outside(
            _exponential, _exponential, _exponential
        ),
        "The polynomial goes on beyond |theta| = 1, where theta^6 takes over: there the exponentials belong.": _inside_outside(
            _polynomial, _polynomial, _polynomial
        ),
        "Beyond one standard deviation nothing changes any more: theta is clipped, but the exponentials are missing.": _inside_outside(
            _polynomial, lambda t, a, up, down: up, lambda t, a, up, down: down
        ),
        "Beyond one standard deviation it goes on as a straight line (code 0): there the exponentials belong.": _inside_outside(
            _polynomial, _linear, _linear
        ),
        "The exponent below -1 has the wrong sign: theta is negative there, and at theta = -1 the factor is `down`.": _inside_outside(
            _polynomial, _above, lambda t, a, up, down: down**t
        ),
        "Up and down have changed places beyond one standard deviation.": _inside_outside(
            _polynomial, lambda t, a, up, down: down**t, lambda t, a, up, down: up ** (-t)
        ),
        "The sign of theta is turned: +1 must give `up`.": lambda t, a, up, down: _interpolate(-t, a, up, down),
        "The constant 1 of the polynomial is missing: at theta = 0 the factor is 1.": _inside_outside(
            lambda t, a, up, down: _polynomial(t, a, up, down) - 1, _above, _below
        ),
        "The coefficients meet the wrong powers: the first one belongs to theta, the last to theta to the sixth.": _inside_outside(
            lambda t, a, up, down: _polynomial(t, a[::-1], up, down), _above, _below
        ),
        "The powers start at 0: the first coefficient multiplies theta, not 1.": _inside_outside(
            lambda t, a, up, down: 1 + sum(one * t**power for power, one in enumerate(a)), _above, _below
        ),
        "Theta runs along the bins instead of the systematics: with as many bins as systematics nothing fails, and all is wrong.": (
            _along_bins
        ),
        "The polynomial sees |theta|: its odd powers must change sign below 0.": _inside_outside(
            lambda t, a, up, down: _polynomial(abs(t), a, up, down), _above, _below
        ),
        "The parameters' factors are multiplied already: one factor for each systematic is asked, the product comes in the next task.": (
            lambda t, a, up, down: _interpolate(t, a, up, down).prod(axis=1)
        ),
    },
    also=(_through_jax("interpolate", _course_interpolate),),
    course=_course_interpolate,
)


# --- task 7: expected yields ----------------------------------------------------------------------------------------------


def _course_expected(params, model):
    return jaxhep.model.expected(as_model(model), jnp.asarray(params))


def _yields(
    combine: Callable = lambda factors: factors.prod(1),
    scale: Callable = lambda mu, signal: np.where(signal == 1, mu, 1.0),
    mc: Callable = lambda total, error, pulls: total * (1 + error * pulls),
    add: Callable = lambda yields: yields.sum(0),
    theta: Callable = lambda params, systematics, bins: params[1 : 1 + systematics],
    pulls: Callable = lambda params, systematics, bins: params[1 + systematics :],
) -> Callable:
    """Expected yields (B,); another combination of factors (P, K, B), signal scaling (P,), MC statistics, sum or slice is a mistake."""

    def variant(params, model):
        params, m = np.asarray(params), {name: np.asarray(array) for name, array in model.items()}
        sizes = m["up"].shape[1:]
        factors = np.asarray(_interpolate(theta(params, *sizes), m["coefficients"], m["up"], m["down"]))
        yields = scale(params[0], m["signal"])[:, None] * m["nominal"] * combine(factors)
        return mc(add(yields), m["mc_error"], pulls(params, *sizes))

    return variant


_expected = _yields()


def _random_model(rng: np.random.Generator, signal: list[int], systematics: int, bins: int) -> Arrays:
    logarithm = rng.normal(0, 0.07, (len(signal), systematics, bins))
    up, down = np.exp(logarithm), np.exp(-logarithm * rng.uniform(0.6, 1.3, logarithm.shape))
    nominal = rng.uniform(20, 60, (len(signal), bins)) * np.where(np.array(signal)[:, None], 0.6, 1)
    arrays = {"nominal": nominal, "signal": np.array(signal, float), "up": up, "down": down}
    arrays |= {"coefficients": _solved(up, down), "mc_error": rng.uniform(0.02, 0.08, bins)}
    return {name: jnp.asarray(array) for name, array in arrays.items()}


def _expected_cases() -> list[Case]:
    rng = _generator(7)
    wide = _random_model(rng, [0, 1, 0, 1, 0], 4, 6)
    square = _random_model(rng, [1, 0, 0], 3, 3)
    small = _random_model(rng, [0, 1], 2, 4)
    params = lambda mu, k, b, size: np.concatenate([[mu], rng.normal(0, size, k), rng.normal(0, 1, b)])  # noqa: E731
    return [
        Case((params(1.6, 4, 6, 0.5), wide), "two signals among five processes"),
        Case((params(0.0, 4, 6, 1.5), wide), "mu = 0 and large pulls"),
        Case((params(0.7, 3, 3, 0.8), square), "equal numbers of processes, systematics and bins"),
        Case((params(2.0, 2, 4, 1.2), small), "two processes, the signal second"),
        Case(
            (params(-0.2, 13, 3, 3.5), _random_model(rng, [0, 1], 13, 3)),
            "a negative mu, and more systematics, some far out",
        ),
    ]


def _shifted_parameters(params, model):
    """Systematics read from the front of the vector, so mu is taken for the first of them."""
    systematics = model["up"].shape[1]
    return _expected(np.concatenate([params[:1], params[:systematics], params[1 + systematics :]]), model)


def _without_systematics_on_signal(params, model):
    up, down = (np.where(model["signal"][:, None, None] == 1, 1.0, model[side]) for side in ("up", "down"))
    return _expected(params, model | {"up": up, "down": down, "coefficients": _solved(up, down)})


expected = Task(
    7,
    "expected",
    _expected,
    _expected_cases,
    "Signal strength, systematics and MC statistics all multiply, so their order doesn't matter.",
    {
        "Here mu scales every process: only the rows where `signal` is 1 are signal.": _yields(
            scale=lambda mu, s: np.full(s.size, mu)
        ),
        "Here mu scales the background and leaves the signal alone.": _yields(
            scale=lambda mu, s: np.where(s == 1, 1.0, mu)
        ),
        "Only the first process is scaled by mu: which ones are signal stands in `signal`.": _yields(
            scale=lambda mu, s: np.where(np.arange(s.size) == 0, mu, 1.0)
        ),
        "Where mu multiplies `signal` itself the background is gone: 0 in `signal` means `not scaled`, not `absent`.": _yields(
            scale=lambda mu, s: mu * s
        ),
        "The signal enters 1 + mu times: mu replaces its factor 1, it isn't added to it.": _yields(
            scale=lambda mu, s: 1 + mu * s
        ),
        "Here mu does nothing.": _yields(scale=lambda mu, s: np.ones(s.size)),
        "The systematics are added (1 + the sum of their changes): factors of independent sources multiply.": _yields(
            lambda f: 1 + (f - 1).sum(1)
        ),
        "The factors of the systematics are summed: with all theta = 0 every yield comes out K times too large.": _yields(
            lambda f: f.sum(1)
        ),
        "The factors of the systematics are averaged, not multiplied.": _yields(lambda f: f.mean(1)),
        "The product runs over the processes: each process has its own factors, the systematics are the axis to multiply over.": _yields(
            lambda f: f.prod(0)
        ),
        "The systematics do nothing: is the product over them used?": _yields(lambda f: np.ones_like(f[:, 0])),
        "The signal has no systematic uncertainties here: their factors belong to every process.": _without_systematics_on_signal,
        "The parameters of MC statistics do nothing: the last B entries of `params` scale the total of each bin.": _yields(
            mc=lambda total, error, pulls: total
        ),
        "The MC statistical error is added in events, but `mc_error` is relative to the yield of the bin.": _yields(
            mc=lambda total, error, pulls: total + error * pulls
        ),
        "The MC-statistics parameter is taken as the factor itself, 1 without a pull, as HistFactory does: here it is a unit Gaussian "
        "around 0, and the factor is 1 + error times parameter.": _yields(mc=lambda total, error, pulls: total * pulls),
        "The parameters of systematics and of MC statistics have changed places: the K systematics follow mu, then come the B bins.": (
            _yields(theta=lambda p, k, b: p[1 + b :], pulls=lambda p, k, b: p[1 : 1 + b])
        ),
        "The MC-statistics parameters begin one place too soon: they begin behind mu and all K systematics.": _yields(
            pulls=lambda p, k, b: p[k : k + b]
        ),
        "The systematics are read one place too late: the first of them stands right behind mu.": _yields(
            theta=lambda p, k, b: p[2 : 2 + k]
        ),
        "The size of the MC statistical error is missing: each of its parameters counts standard deviations.": _yields(
            mc=lambda total, error, pulls: total * (1 + pulls)
        ),
        "MC statistics enter as an exponential; the convention here, and in HistFactory, is linear, 1 + error times parameter.": _yields(
            mc=lambda total, error, pulls: total * np.exp(error * pulls)
        ),
        "The systematics are read one place too early: `params[0]` is mu.": _shifted_parameters,
        "This still has one row per process: the counts know only their sum.": _yields(add=lambda yields: yields),
        "The sum runs over the bins and leaves one number per process: it should be the other way round.": _yields(
            mc=lambda total, *_: total, add=lambda yields: yields.sum(1)
        ),
        "All bins are added up: the shape over the bins is what tells signal from background.": lambda p, m: _expected(
            p, m
        ).sum(),
    },
    also=(_through_jax("expected", _course_expected),),
    course=_course_expected,
)


# --- task 8: the full likelihood ------------------------------------------------------------------------------------------


def _course_nll2(params, counts, model):
    return jaxhep.model.nll2(as_model(model), jnp.asarray(params), counts)


_gradient = jax.jit(jax.grad(_course_nll2))
_hessian = jax.jit(jax.hessian(_course_nll2))


def _nll2_cases() -> list[Case]:
    rng = _generator(8)
    cases = []
    for signal, systematics, bins in (([0, 1, 0], 4, 3), ([1, 0], 2, 5), ([0, 1], 24, 13)):
        model = _random_model(rng, signal, systematics, bins)
        centre = np.concatenate([[1.0], np.zeros(systematics + bins)])
        counts = np.asarray(_expected(centre, model)) * rng.uniform(0.8, 1.2, bins)
        pulls = rng.normal(0, 1, (3, centre.size)) * np.array([0.5, 0.5, 2.0])[:, None]
        pulls[0, 1:], pulls[:, 0] = 0.0, [0.4, -0.3, -0.5]
        kinds = (
            "all theta = 0",
            "all theta = 0 and another mu",
            "theta between -1 and 1",
            "theta beyond one standard deviation",
        )
        if systematics > 20:
            kinds = (*kinds[:1], *[f"more parameters than in the example, {kind}" for kind in kinds[1:]])
        points = [centre, *(centre + pull for pull in pulls)]
        cases += [Case((point, jnp.asarray(counts), model), kind) for point, kind in zip(points, kinds, strict=True)]
    return cases


def _constrained(constraint: Callable, poisson: float = 1.0) -> Callable:
    """-2 ln L with another constraint term, a function of (mu, systematics, MC statistics)."""

    def variant(params, counts, model):
        systematics = model["up"].shape[1]
        parts = params[0], params[1 : 1 + systematics], params[1 + systematics :]
        return poisson * _poisson_nll2(_expected(params, model), counts) + constraint(*parts)

    return variant


_nll2 = _constrained(lambda mu, t, g: t @ t + g @ g)


def _differentiable(answer: Callable) -> None:
    """Both grad and jit go through, with finite and right derivatives."""
    if shape := np.shape(engine.call(answer, nll2.cases()[0])):
        raise Finding(
            f"The value is right, but comes in an array of shape {shape}; jax.grad differentiates a number, without any axis."
        )
    for case in nll2.cases()[1:4]:
        found, right = engine.call(jax.jit(jax.grad(answer)), case), np.asarray(_gradient(*case.args))
        if not np.isfinite(found).all():
            raise Finding(
                f"The value is right, but its gradient is NaN or infinite for {case.kind}: jnp.where differentiates both branches, "
                "so the one that isn't chosen must be finite, too."
            )
        if not np.allclose(found, right, rtol=1e-6, atol=1e-6):
            raise Finding(
                f"The value is right, but its gradient isn't for {case.kind}: somewhere a derivative is lost "
                "(stop_gradient, rounding, an integer, np.asarray)."
            )


nll2 = Task(
    8,
    "nll2",
    _nll2,
    _nll2_cases,
    "Data pull through the Poisson terms, auxiliary measurements hold back through the constraints, and grad and jit go through.",
    {
        "The constraint is missing: nothing holds the nuisance parameters back.": _constrained(lambda mu, t, g: 0.0),
        "The constraint is half as large as it should be: theta^2/2 is the one of -ln L, this is -2 ln L.": _constrained(
            lambda mu, t, g: (t @ t + g @ g) / 2
        ),
        "The constraint is counted twice.": _constrained(lambda mu, t, g: 2 * (t @ t + g @ g)),
        "The constraint has the wrong sign: it rewards pulls.": _constrained(lambda mu, t, g: -(t @ t + g @ g)),
        "The parameters of MC statistics have no constraint: the simulation's own counts are an auxiliary measurement, too.": _constrained(
            lambda mu, t, g: t @ t
        ),
        "Only the parameters of MC statistics are constrained, the systematics are free.": _constrained(
            lambda mu, t, g: g @ g
        ),
        "The signal strength is constrained, too: mu^2 pulls it to 0. It is what the data measure, alone.": _constrained(
            lambda mu, t, g: t @ t + g @ g + mu**2
        ),
        "The signal strength is constrained, too, to 1: it is what the data measure, alone.": _constrained(
            lambda mu, t, g: t @ t + g @ g + (mu - 1) ** 2
        ),
        "The constraint is the square of the sum: pulls of opposite sign cancel. It is the sum of squares.": _constrained(
            lambda mu, t, g: (t.sum() + g.sum()) ** 2
        ),
        "The constraint is the mean of the squares: every parameter brings its own, whole term.": _constrained(
            lambda mu, t, g: (t @ t + g @ g) / (t.size + g.size)
        ),
        "Only the first 20 nuisance parameters have a constraint: the size of the example is typed in. Take all entries behind "
        "`params[0]`.": lambda p, n, m: _constrained(lambda mu, t, g: np.sum(p[1:21] ** 2))(p, n, m),
        "Only the first 10 nuisance parameters have a constraint: a size is typed in. Take all entries behind `params[0]`.": (
            lambda p, n, m: _constrained(lambda mu, t, g: np.sum(p[1:11] ** 2))(p, n, m)
        ),
        "The MC-statistics parameters are constrained in units of the MC error: they count standard deviations already.": (
            lambda p, n, m: _constrained(lambda mu, t, g: t @ t + np.sum((g / m["mc_error"]) ** 2))(p, n, m)
        ),
        "The MC-statistics parameters are constrained to 1, as factors are: here each is a unit Gaussian around 0.": _constrained(
            lambda mu, t, g: t @ t + np.sum((g - 1) ** 2)
        ),
        "The constraint is linear in |theta|: -2 ln of a Gaussian is quadratic.": _constrained(
            lambda mu, t, g: abs(t).sum() + abs(g).sum()
        ),
        "The constraint is added once per bin: it belongs to the likelihood once.": lambda p, n, m: _constrained(
            lambda mu, t, g: n.size * (t @ t + g @ g)
        )(p, n, m),
        "The Poisson term is -ln L, the constraint -2 ln L: the factor 2 is missing in one of them.": _constrained(
            lambda mu, t, g: t @ t + g @ g, 0.5
        ),
        "This is -ln L as a whole: the factor 2 is missing.": lambda p, n, m: _nll2(p, n, m) / 2,
        "The Poisson term is missing: the data have no say.": _constrained(lambda mu, t, g: t @ t + g @ g, 0.0),
        "The constraint is the Gaussian probability itself: take -2 ln of it.": _constrained(
            lambda mu, t, g: (np.exp(-(t**2) / 2).sum() + np.exp(-(g**2) / 2).sum()) / np.sqrt(2 * np.pi)
        ),
    },
    align=up_to_a_constant(4),
    also=(_differentiable,),
    course=_course_nll2,
)


# --- task 9: the fit ------------------------------------------------------------------------------------------------------


_value = jax.jit(_course_nll2)
_fits: dict[tuple, tuple[Array, Array, float]] = {}


def _fit(counts, model, fixed: Mapping[int, float] | None = None):
    """The reference: Newton's method on the free parameters, damped where a step doesn't go down. Results are remembered."""
    fixed = {int(i): float(value) for i, value in (fixed or {}).items()}
    counts = np.asarray(counts, float)
    key = (counts.tobytes(), *(np.asarray(array).tobytes() for array in model.values()), *sorted(fixed.items()))
    if key not in _fits:
        _fits[key] = _minimised(counts, model, fixed)
    values, covariance, minimum = _fits[key]
    return values.copy(), covariance.copy(), minimum


def _minimised(counts: np.ndarray, model: Arrays, fixed: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray, float]:
    values = _given(_start(model), fixed)
    free = np.array([i for i in range(values.size) if i not in fixed], int)
    block = np.ix_(free, free)
    lowest, step = float(_value(values, counts, model)), np.full(free.size, np.inf)
    for _ in range(200):
        slope, curvature = (
            np.asarray(_gradient(values, counts, model))[free],
            np.asarray(_hessian(values, counts, model))[block],
        )
        if (np.abs(step) < 1e-9).all():
            break
        for damping in (0.0, 1.0, 10.0, 1e2, 1e3, 1e4, 1e6):
            step = np.linalg.solve(curvature + damping * np.eye(free.size), slope)
            trial = values.copy()
            trial[free] -= step
            if (reached := float(_value(trial, counts, model))) <= lowest + 1e-9:
                break
        values, lowest = trial, reached
    covariance = np.zeros((values.size, values.size))
    covariance[block] = 2 * np.linalg.inv(curvature)
    return values, covariance, lowest


@functools.cache
def _toy() -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Two sets of fluctuating counts, and a model of three processes, three systematics and four bins."""
    rng = _generator(9)
    model = _random_model(rng, [0, 1, 0], 3, 4)
    model["nominal"] = model["nominal"] * jnp.array([[0.3, 0.6, 1.0, 1.5]]) ** jnp.array([[-1.0], [1.0], [0.0]])
    counts = np.asarray(_expected(np.concatenate([[1.0], np.zeros(7)]), model))
    return counts * np.array([1.12, 0.95, 1.06, 1.1]), counts * np.array([0.97, 1.08, 1.0, 0.93]), model


@functools.cache
def _large_toy() -> tuple[np.ndarray, Arrays]:
    """Counts, and a model of two processes, fourteen systematics and nine bins."""
    rng = _generator(10)
    model = _random_model(rng, [0, 1], 14, 9)
    model["nominal"] = model["nominal"] * jnp.array([[0.3], [1.0]]) ** jnp.linspace(1, -0.5, 9)
    return np.asarray(_expected(_start(model), model)) * rng.uniform(0.9, 1.15, 9), model


def _fit_cases() -> list[Case]:
    first, second, model = _toy()
    deficit = np.asarray(_expected(np.concatenate([[-0.3], np.zeros(7)]), model)) * np.array([1.02, 0.98, 1.01, 0.97])
    return [
        Case((first, model), "a fit of all parameters"),
        Case((first, model, {0: 0.7}), "a fit with mu held fixed"),
        Case((first, model, {2: 1.3}), "a fit with a systematic held fixed"),
        Case((first, model, {1: -0.5, 0: 1.8}), "a fit with two parameters held fixed"),
        Case((first, model, {0: -0.4}), "a fit that starts where -2 ln L curves downwards"),
        Case((first, model, {2: 0.0}), "a fit with a systematic held fixed at 0"),
        Case((second, model), "a fit of other counts"),
        Case((second, model, {0: 0.7, 3: 0.4}), "a fit of other counts with two parameters held fixed"),
        Case((deficit, model), "a deficit, where the best mu is negative"),
        Case((deficit, model, {3: 0.0}), "a deficit, where the best mu is negative, with a systematic held fixed at 0"),
        Case(_large_toy(), "a fit of more parameters than in the example"),
        Case((*_large_toy(), {0: 0.5}), "a fit of more parameters than in the example, mu held fixed"),
    ]


def _changed_fit(change: Callable) -> Callable:
    """A fit with its three results changed by ``change(values, covariance, minimum, counts, model, fixed)``."""

    def variant(counts, model, fixed=None):
        return change(*_fit(counts, model, fixed), counts, model, fixed or {})

    return variant


def _start(model: Arrays) -> np.ndarray:
    return np.concatenate([[1.0], np.zeros(model["up"].shape[1] + model["mc_error"].size)])


def _hessian_covariance(counts, model, values) -> np.ndarray:
    return 2 * np.linalg.inv(np.asarray(_hessian(values, counts, model)))


def _free_only(values, covariance, minimum, counts, model, fixed):
    free = [i for i in range(values.size) if i not in fixed]
    return values, covariance[np.ix_(free, free)], minimum


def _correlation(covariance):
    scale = np.sqrt(np.diag(covariance))
    return np.divide(
        covariance, np.outer(scale, scale), out=np.zeros_like(covariance), where=np.outer(scale, scale) > 0
    )


def _statistics_only(counts, model, fixed=None):
    everything = {i: 0.0 for i in range(1, _start(model).size)}
    return _fit(counts, model, everything | dict(fixed or {}))


def _held_at_start(counts, model, fixed=None):
    return _fit(counts, model, {i: _start(model)[i] for i in fixed or {}})


def _given(start: np.ndarray, fixed: Mapping[int, float]) -> np.ndarray:
    start = np.array(start)
    for index, value in fixed.items():
        start[index] = value
    return start


def _held_errors(counts, model, values, fixed) -> np.ndarray:
    diagonal = 2 / np.diag(np.asarray(_hessian(values, counts, model)))
    return np.array([0.0 if i in fixed else d for i, d in enumerate(diagonal)])


def _minuit_covariance(counts, model, fixed=None):
    """What iminuit 2.33 makes of a Hessian and fixed parameters."""
    minuit = Minuit(
        lambda x: float(_value(x, counts, model)),
        _given(_start(model), fixed or {}),
        grad=lambda x: np.asarray(_gradient(x, counts, model)),
        hessian=lambda x: np.asarray(_hessian(x, counts, model)),
        g2=lambda x: np.diag(_hessian(x, counts, model)),
    )
    for index in fixed or {}:
        minuit.fixed[index] = True
    minuit.errordef, minuit.strategy = Minuit.LEAST_SQUARES, 0
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


def _fixed_left_out(got: list[Result], expected: list[Result]) -> str | None:
    short = [g[0].ndim == 1 and g[0].size < e[0].size for g, e in zip(got, expected, strict=True)]
    if short[1] and not short[0]:
        return "The values hold only the free parameters: put the fixed ones back at their index, so that entry k is always parameter k."
    return None


def _rough_covariance(got: list[Result], expected: list[Result]) -> str | None:
    for (v, c, m), (values, covariance, minimum) in zip(got, expected, strict=True):
        if c.shape != covariance.shape or not all(np.allclose(a, b, atol=0.02) for a, b in ((v, values), (m, minimum))):
            return None
        inside = np.diag(covariance) > 0
        ratio = np.diag(c)[inside] / np.diag(covariance)[inside]
        if not (0.2 < ratio.min() and ratio.max() < 5):
            return None
    return (
        "Values and minimum are right, the covariance is only roughly so: after `migrad()` it is the running estimate of the search. "
        "Call `hesse()` behind it, or invert the Hessian at the minimum."
    )


def _kept_positive(got: list[Result], expected: list[Result]) -> str | None:
    deficit = [e[0][0] < -0.01 and e[1][0, 0] > 0 for e in expected]
    fine = [engine.same(g, e, 0.004, 0.006) for g, e in zip(got, expected, strict=True)]
    if all(f != d for f, d in zip(fine, deficit, strict=True)) and all(
        g[0][0] > -0.01 for g, d in zip(got, deficit, strict=True) if d
    ):
        return "mu is kept from going below 0: a deficit of events pulls it there, and the estimate has to follow."
    return None


def _right_when_small(got: list[Result], expected: list[Result]) -> str | None:
    fine = [engine.same(g, e, 0.004, 0.006) for g, e in zip(got, expected, strict=True)]
    if all(fine[:-2]) and not any(fine[-2:]):
        return (
            "It is right for a few parameters and wrong for more of them than in the example: is a size typed in, perhaps in the "
            "-2 ln L that you hand over, or does the minimiser stop before its minimum?"
        )
    return None


def _compiles_once(answer: Callable) -> None:
    """A repeated fit must reuse the compiled functions."""
    case = fit.cases()[0]
    engine.call(answer, case)
    functions = [_course_nll2, _course_expected, use("nll2"), use("expected"), use("poisson_nll2")]
    functions += [getattr(inspect.unwrap(answer), "__globals__", {}).get("nll2")]
    codes = {code for one in functions if (code := getattr(inspect.unwrap(one), "__code__", None)) is not None}
    if engine.calls_of(codes, answer, *case.args) > 6:
        raise Finding(
            "The numbers are right, but -2 ln L runs line by line at each step of the fit, uncompiled: hand compiled functions "
            "to the minimiser, `jax.jit(...)` of value, gradient and Hessian, made once, above the `def`."
        )
    if compilations(answer, *case.args):
        raise Finding(
            "The numbers are right, but every call compiles anew: a jit, grad or hessian of a function made inside `fit` is a new "
            "function each time. Make the compiled functions once, outside, and pass counts and model as arguments."
        )


fit = Task(
    9,
    "fit",
    _fit,
    _fit_cases,
    "Minimum and covariance agree with the reference, and a second fit compiles nothing.",
    {
        "The covariance is half of what it should be: the inverse Hessian of -2 ln L, or an errordef of 0.5, lacks a factor 2.": (
            _changed_fit(lambda v, c, m, *_: (v, c / 2, m))
        ),
        "The covariance is twice what it should be: is the factor 2 of -2 ln L in it twice?": _changed_fit(
            lambda v, c, m, *_: (v, 2 * c, m)
        ),
        "This is the Hessian: the covariance is (2 times) its inverse.": _changed_fit(
            lambda v, c, m, n, model, fixed: (v, np.asarray(_hessian(v, n, model)), m)
        ),
        "The covariance ignores the correlations: it is the inverse of the diagonal of the Hessian, not the inverse of the Hessian.": (
            _changed_fit(lambda v, c, m, n, model, fixed: (v, np.diag(_held_errors(n, model, v, fixed)), m))
        ),
        "What you return second is the correlation matrix: its diagonal is 1.": _changed_fit(
            lambda v, c, m, *_: (v, _correlation(c), m)
        ),
        "What you return second are the errors: asked is the covariance matrix.": _changed_fit(
            lambda v, c, m, *_: (v, np.sqrt(np.diag(c)), m)
        ),
        "With `hessian=`, Minuit misreads its rows as soon as a parameter is `fixed`, and so returns a wrong covariance: take the "
        "covariance from the Hessian yourself, or hand only the free parameters to Minuit.": _minuit_covariance,
        "A parameter held at 0 stays free in your fit: does a test like `if fixed.get(k)` take the value 0 for `not fixed`?": (
            lambda counts, model, fixed=None: _fit(
                counts, model, {k: value for k, value in (fixed or {}).items() if value}
            )
        ),
        "Rows of fixed parameters are left out of the covariance: keep them, as zeros, so that index k is always parameter k.": (
            _changed_fit(_free_only)
        ),
        "The covariance treats the fixed parameters as free: their rows and columns are zero, and the others don't share their uncertainty.": (
            _changed_fit(lambda v, c, m, n, model, fixed: (v, _hessian_covariance(n, model, v), m))
        ),
        "`fixed` is ignored, or its values are only the start: nothing holds them while the others are fitted.": lambda n, model, fixed=None: (
            _fit(n, model)
        ),
        "Fixed parameters are held at their start value: first set the value that `fixed` asks for.": _held_at_start,
        "The nuisance parameters don't move: this fit is one of mu alone.": _statistics_only,
        "The counts aren't used: this fits the Asimov data set.": lambda n, model, fixed=None: _fit(
            _expected(_start(model), model), model, fixed
        ),
        "What you return second is the square root of the covariance matrix, entry by entry: asked is the matrix itself.": _changed_fit(
            lambda v, c, m, *_: (v, np.sqrt(c), m)
        ),
        "What you return last isn't -2 ln L at the minimum, but at the start.": _changed_fit(
            lambda v, c, m, n, model, fixed: (v, c, _nll2(_given(_start(model), fixed), n, model))
        ),
        "What you return last is half of -2 ln L at the minimum.": _changed_fit(lambda v, c, m, *_: (v, c, m / 2)),
    },
    outputs=("the values", "the covariance", "the minimum of -2 ln L"),
    align=up_to_a_constant(6, 2, output=2),
    symptoms=(_fixed_left_out, _rough_covariance, _kept_positive, _right_when_small),
    rtol=0.004,
    atol=0.006,
    errors={
        **_MINUIT_ERRORS,
        "'NoneType' object is not callable": "Minuit stops: for one of the hidden fits -2 ln L curves downwards at the start, and there "
        "Minuit asks for `g2`, the diagonal of the Hessian, as an argument of its own.",
    },
    also=(_compiles_once,),
)


_FIXED_ERRORS = {
    words: "The third argument of `fit` is a dictionary {index: value}, of numbers: mu has index 0, so `{0: mu}` holds it."
    for words in ("invalid literal for int()", "has no attribute 'items'")
}


# --- task 10: profile scan ------------------------------------------------------------------------------------------------


def _scan(fit: Fit, mus, counts, model) -> np.ndarray:
    return np.array([fit(counts, model, {0: float(mu)})[2] for mu in mus])


def _profile_scan(fit: Fit, mus, counts, model):
    return _scan(fit, mus, counts, model) - fit(counts, model)[2]


def _profile_scan_cases() -> list[Case]:
    first, second, model = _toy()
    return [
        Case((_fit, np.array([0.0, 0.9, 1.4, 2.5]), first, model), "a scan of four points around mu-hat"),
        Case(
            (_fit, np.array([1.8, -0.35, 0.837]), second, model),
            "three points, not in order and one negative, and other counts",
        ),
    ]


def _scan_with(held: Callable) -> Callable:
    """A scan in which the nuisance parameters are held where ``held(best values)`` says."""

    def variant(fit, mus, counts, model):
        values, _, minimum = fit(counts, model)
        others = dict(enumerate(held(values)[1:], start=1))
        return np.array([_value(_given(values, others | {0: mu}), counts, model) for mu in mus]) - minimum

    return variant


def _parabola(fit, mus, counts, model):
    values, covariance, _ = fit(counts, model)
    return (mus - values[0]) ** 2 / covariance[0, 0]


def _shifted(got: list[Result], expected: list[Result]) -> str | None:
    pairs = [(g[0], e[0]) for g, e in zip(got, expected, strict=True)]
    if all(g.shape == e.shape and np.ptp(g - e) < 0.02 for g, e in pairs):
        return "The curve has the right shape, but is shifted by one number: both -2 ln L must have the same constant; take both from `fit`."
    return None


profile_scan = Task(
    10,
    "profile_scan",
    _profile_scan,
    _profile_scan_cases,
    "At each mu the nuisance parameters are fitted again, so the curve is wider than with statistics alone.",
    {
        "The nuisance parameters stay at their best fit while mu moves: that is a slice, not a profile. Fit them again at each mu.": (
            _scan_with(lambda values: values)
        ),
        "The nuisance parameters are held at 0: that is the scan without systematics.": _scan_with(
            lambda values: 0 * values
        ),
        "The minimum isn't subtracted: t_mu compares with the best fit, so it is 0 there.": _scan,
        "The lowest point of the scan is subtracted instead of the global minimum: mu-hat is rarely on the grid.": lambda f, m, n, a: (
            _scan(f, m, n, a) - _scan(f, m, n, a).min()
        ),
        "What is subtracted is the fit with mu fixed to 1: the best fit has its own mu.": lambda f, m, n, a: (
            _scan(f, m, n, a) - f(n, a, {0: 1.0})[2]
        ),
        "This is -ln of the likelihood ratio, half of t_mu.": lambda f, m, n, a: _profile_scan(f, m, n, a) / 2,
        "A factor 2 too much: the fit returns -2 ln L already.": lambda f, m, n, a: 2 * _profile_scan(f, m, n, a),
        "This is the square root of t_mu, a number of standard deviations.": lambda f, m, n, a: np.sqrt(
            _profile_scan(f, m, n, a)
        ),
        "The sign is turned: t_mu isn't negative anywhere.": lambda f, m, n, a: -_profile_scan(f, m, n, a),
        "The curve is cut to 0 on one side of mu-hat: that is a one-sided statistic (q_mu); t_mu has two sides.": lambda f, m, n, a: (
            np.where(m < f(n, a)[0][0], 0, _profile_scan(f, m, n, a))
        ),
        "This is the parabola with the curvature at the minimum: nothing was fitted away from it.": _parabola,
        "Another parameter than mu is held: mu has index 0.": lambda f, m, n, a: (
            np.array([f(n, a, {1: float(mu)})[2] for mu in m]) - f(n, a)[2]
        ),
    },
    symptoms=(_shifted,),
    rtol=0.004,
    atol=0.006,
    errors=_FIXED_ERRORS,
)


# --- task 11: impacts -----------------------------------------------------------------------------------------------------


def _impacts(
    fit: Fit,
    counts,
    model,
    which,
    centre: Callable | None = None,
    step: Callable | None = None,
    fixed: Callable | None = None,
):
    """Impacts (len(which), 2); the keywords make mistakes: functions of (values, covariance, k)."""
    values, covariance, _ = fit(counts, model)
    centre = centre or (lambda values, covariance, k: values[k])
    step = step or (lambda values, covariance, k: np.sqrt(covariance[k, k]))
    fixed = fixed or (lambda values, k: {})
    rows = []
    for k in which:
        places = [centre(values, covariance, k) + sign * step(values, covariance, k) for sign in (1, -1)]
        rows.append([fit(counts, model, {**fixed(values, k), int(k): float(x)})[0][0] - values[0] for x in places])
    return np.array(rows)


def _impacts_cases() -> list[Case]:
    first, second, model = _toy()
    return [
        Case((_fit, first, model, [1, 3, 5]), "two systematics and one MC-statistics parameter"),
        Case((_fit, second, model, [2]), "a single systematic and other counts"),
    ]


def _plus_best(fit, counts, model, which):
    return _impacts(fit, counts, model, which) + fit(counts, model)[0][0]


def _linear_impacts(fit, counts, model, which):
    _, covariance, _ = fit(counts, model)
    return np.array([[sign * covariance[0, k] / np.sqrt(covariance[k, k]) for sign in (1, -1)] for k in which])


def _quadrature(fit, counts, model, which):
    values, covariance, _ = fit(counts, model)
    held = [fit(counts, model, {int(k): values[k]})[1][0, 0] for k in which]
    return np.array([[sign * np.sqrt(covariance[0, 0] - c) for sign in (1, -1)] for c in held])


impacts = Task(
    11,
    "impacts",
    _impacts,
    _impacts_cases,
    "This is how far mu-hat moves when one source moves by its post-fit error and all others answer.",
    {
        "These are the values of mu-hat, not its shifts: subtract the mu-hat of the free fit.": _plus_best,
        "The shifts are counted from mu = 1: count them from the mu-hat of the free fit.": lambda f, n, m, which: (
            _plus_best(f, n, m, which) - 1
        ),
        "The parameter is moved by 1, its pre-fit error: the data have constrained it since. Asked is its post-fit error.": (
            functools.partial(_impacts, step=lambda v, c, k: 1.0)
        ),
        "The parameter is moved to +1 and -1, the pre-fit impact: asked is best fit plus and minus post-fit error.": functools.partial(
            _impacts, centre=lambda v, c, k: 0.0, step=lambda v, c, k: 1.0
        ),
        "The parameter is moved away from 0 instead of from its best fit.": functools.partial(
            _impacts, centre=lambda v, c, k: 0.0
        ),
        "The step is the variance of the parameter: a square root is missing.": functools.partial(
            _impacts, step=lambda v, c, k: c[k, k]
        ),
        "The step is the error of mu: take the one of the parameter that you move.": functools.partial(
            _impacts, step=lambda v, c, k: np.sqrt(c[0, 0])
        ),
        "Up and down have changed places: the first column is for best fit plus error.": lambda f, n, m, which: (
            _impacts(f, n, m, which)[:, ::-1]
        ),
        "Both columns are positive: the sign of the shift tells whether mu rises or falls.": lambda f, n, m, which: abs(
            _impacts(f, n, m, which)
        ),
        "The axes have changed places: one row per parameter, two columns.": lambda f, n, m, which: (
            _impacts(f, n, m, which).T
        ),
        "The other nuisance parameters are held at their best fit: an impact lets all others answer to the shift.": functools.partial(
            _impacts, fixed=lambda values, k: dict(enumerate(values.tolist()[1:], start=1))
        ),
        "This is the linear estimate from the covariance: equal and opposite by construction. Asked are two new fits.": _linear_impacts,
        "This is the quadrature difference of the error of mu: a contribution to the uncertainty, not a shift of mu-hat.": _quadrature,
        "The index is one too large: `which` counts within `params`, where mu is 0.": lambda f, n, m, which: _impacts(
            f, n, m, [k + 1 for k in which]
        ),
        "The parameters are counted from 0 on, whatever `which` holds: loop over `which` itself.": lambda f, n, m, which: (
            _impacts(f, n, m, range(len(which)))
        ),
        "The first parameters behind mu are taken, whatever `which` holds: loop over `which` itself.": lambda f, n, m, which: (
            _impacts(f, n, m, range(1, 1 + len(which)))
        ),
        "The index is one too small: `which` counts within `params`, where mu is 0.": lambda f, n, m, which: _impacts(
            f, n, m, [k - 1 for k in which]
        ),
        "The shifts are in units of the error of mu: asked are shifts of mu-hat itself.": lambda f, n, m, which: (
            _impacts(f, n, m, which) / np.sqrt(f(n, m)[1][0, 0])
        ),
    },
    rtol=0.005,
    atol=0.0015,
    errors=_FIXED_ERRORS,
)


# --- task 12: opening the sealed truth ------------------------------------------------------------------------------------


def _opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest() == commitment


def _opens_cases() -> list[Case]:
    truth = b'{"salt": "c0ffee00c0ffee00c0ffee00",  "mu": 1.5, "theta": {"lumi": -0.25}}\n'
    sealed = base64.encodebytes(truth).decode()  # in several lines, as in the file
    digest = hashlib.sha256(truth).hexdigest()
    altered = base64.b64encode(truth.replace(b"1.5", b"1.6")).decode()
    tidy = json.dumps(json.loads(truth)).encode()
    return [
        Case((sealed, digest), "a truth that fits its commitment"),
        Case((altered, digest), "a truth that was altered after the commitment"),
        Case((sealed, digest[:8] + "0" * 56), "a commitment that begins like the right one"),
        Case((sealed, digest[:16] + "0" * 48), "a commitment with the first 16 digits of the right one"),
        Case((sealed, "0" * 56 + digest[-8:]), "a commitment that ends like the right one"),
        Case((sealed, digest[:40]), "a commitment that was cut short"),
        Case(
            (sealed, digest[:-1] + ("0" if digest[-1] != "0" else "1")), "a commitment that differs in its last digit"
        ),
        Case((sealed, hashlib.sha256(sealed.encode()).hexdigest()), "the hash of the text as it stands in the file"),
        Case((sealed, hashlib.sha256(tidy).hexdigest()), "the hash of the same numbers written differently"),
        Case((sealed, hashlib.sha256(truth.strip()).hexdigest()), "the hash of the bytes without the last line's end"),
        Case((sealed, hashlib.md5(truth, usedforsecurity=False).hexdigest()), "another kind of hash"),
        Case((sealed, hashlib.sha1(truth, usedforsecurity=False).hexdigest()), "yet another kind of hash"),
        Case((sealed, hashlib.sha512(truth).hexdigest()), "a longer hash"),
    ]


def _hashed(kind: str, prepare: Callable[[str], bytes] = base64.b64decode, digits: int | None = None) -> Callable:
    return lambda sealed, commitment: (
        getattr(hashlib, kind)(prepare(sealed)).hexdigest()[:digits] == commitment[:digits]
    )


opens = Task(
    12,
    "opens",
    _opens,
    _opens_cases,
    "Nobody changed the truth after the data were published, because nobody finds another text with the same SHA-256.",
    {
        "It answers the other way round: True means that truth and commitment fit.": lambda s, c: not _opens(s, c),
        "It accepts everything: a truth that was altered must be refused.": lambda s, c: True,
        "It refuses everything, even the right truth: are bytes compared with text, digest() with hexdigest()?": lambda s, c: (
            False
        ),
        "It hashes the text as it stands in the file: the commitment is to the bytes that base64 encodes.": _hashed(
            "sha256", lambda sealed: sealed.encode()
        ),
        "It hashes the numbers written anew: one space more or less changes the hash. Hash the decoded bytes as they are.": _hashed(
            "sha256", lambda sealed: json.dumps(json.loads(base64.b64decode(sealed))).encode()
        ),
        "It compares only the first few digits: those are quickly forged.": _hashed("sha256", digits=8),
        "It compares only the first 16 digits: compare all 64.": _hashed("sha256", digits=16),
        "It compares only the last few digits: compare all 64.": lambda sealed, commitment: (
            hashlib.sha256(base64.b64decode(sealed)).hexdigest()[-8:] == commitment[-8:]
        ),
        "It hashes the text without the white space at its end: hash the decoded bytes as they are.": _hashed(
            "sha256", lambda sealed: base64.b64decode(sealed).strip()
        ),
        "It accepts a commitment that isn't equal to the hash: compare every digit.": _hashed("sha256", digits=63),
        "This hash is MD5, broken long ago; the commitment is SHA-256.": _hashed("md5"),
        "This hash is SHA-1, broken some years ago; the commitment is SHA-256.": _hashed("sha1"),
        "This hash is SHA-512, longer than the commitment, which is SHA-256.": _hashed("sha512"),
    },
    returns="True or False",
)


# --- what the notebook calls besides --------------------------------------------------------------------------------------

TASKS = {
    task.name: task
    for task in (
        *(histogram, poisson_nll2, fit_mu, template_ratio, coefficients, interpolate),
        *(expected, nll2, fit, profile_scan, impacts, opens),
    )
}


def ready(*names: str) -> bool:
    """Whether these tasks are passed; if not, print what the cell waits for."""
    return engine.ready(TASKS, *names)


def use(name: str) -> Callable:
    """The learner's function of this name if it has passed its check, else the course's."""
    return engine.use(TASKS, name)


def progress() -> None:
    """Print which tasks are passed and which are open."""
    engine.progress(TASKS)
