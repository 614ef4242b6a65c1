"""Task 4: the loss of a network that is trained on the error of mu."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep import network, sensitivity
from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result, same
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding, generator

stop = jax.lax.stop_gradient


@jax.jit
def memberships(net: network.Network, features: Array, edges: Array, width: Array) -> Array:
    return sensitivity.soft_memberships(network.score(net, features), edges, width)


@jax.jit
def log_sigma(signal: Array, expected: Array, responses: Array, variance: Array) -> Array:
    return jnp.log(sensitivity.sigma_mu(signal, expected, responses, variance))


@jax.jit
def parts(S: Array, columns: Array) -> tuple[Array, Array, Array, Array]:
    """Signal, all expected events, their responses and their variance, from the shares."""
    templates = columns.T @ S
    return templates[0], templates[1], templates[2:-1], templates[-1]


def reference(net, features, columns, edges, width):
    return log_sigma(*parts(memberships(net, features, edges, width), columns))


def cases() -> list[Case]:
    rng = generator(6, 4)

    def case(
        sizes: tuple[int, ...], events: int, systematics: int, inner: list[float], width: float, kind: str
    ) -> Case:
        shapes = zip(sizes[:-1], sizes[1:], strict=True)
        net = [(jnp.asarray(rng.normal(0, 1, s)), jnp.asarray(rng.normal(0, 0.3, s[1]))) for s in shapes]
        weight, label = rng.gamma(4, 0.4, events), rng.integers(0, 2, events)
        columns = [label * weight, weight, *(weight * rng.normal(0.05, 0.2, (systematics, events))), weight**2]
        features, edges = rng.normal(0, 1, (events, sizes[0])), [0.0, *inner, 1.0]
        return Case((net, jnp.asarray(features), jnp.asarray(columns).T, jnp.asarray(edges), width), kind)

    return [
        case((3, 4, 1), 60, 3, [0.3, 0.5, 0.8], 0.05, "sixty events in four bins"),
        case((2, 3, 3, 1), 1300, 5, [0.2, 0.35, 0.5, 0.6, 0.75], 0.02, "1300 events in six bins"),
    ]


task = Asking(
    number=4,
    name="network_loss",
    reference=reference,
    cases=cases,
    rtol=1e-8,
    returns="one number",
    meaning="The loss is the error that the analysis quotes, and its gradient reaches every weight of the network.",
)


@task.symptom
def one_number_per_something(got: list[Result], expected: list[Result]) -> str | None:
    if any(one[0].shape for one in got):
        return (
            f"It returns an array of shape {next(one[0].shape for one in got if one[0].shape)}: a loss is one number."
        )
    return None


@task.symptom
def constant_added(got: list[Result], expected: list[Result]) -> str | None:
    off = np.array([g[0] - e[0] for g, e in zip(got, expected, strict=True)])
    if np.isfinite(off).all() and np.ptp(off) < 1e-7 < abs(off[0]):
        return (
            f"It is log sigma plus {off[0]:.6g} in every case. For a training that makes no difference, but the target "
            "is log sigma: which constant factor multiplies sigma?"
        )
    return None


@task.demand
def gradient_reaches_the_network(answer: Callable) -> None:
    """Whether the gradient by the network is right, inside jit; if not, where it is cut."""
    for case in task.cases():
        got = transformed("jit and grad", jax.jit(jax.grad(answer)), answer, case)
        right = _slope(reference)(*case.args)
        if _alike(got, right):
            continue
        if not any(np.any(leaf) for leaf in jax.tree.leaves(got)):
            raise Finding(
                "The value is right, but its gradient by the network is 0: somewhere a number is taken out of the "
                "differentiation, by stop_gradient or by rounding, and no step would change the network."
            )
        for what, variant in CUT.items():
            if _alike(got, _slope(variant)(*case.args)):
                raise Finding(f"The value is right, but the gradient isn't: {what}.")
        wrong = [str(i) for i, (g, r) in enumerate(zip(got, right, strict=True)) if not _alike(g, r)]
        raise Finding(
            f"The value is right, but the gradient isn't, for {case.kind}, in layer {' and '.join(wrong)} of the "
            "network. Is there a stop_gradient, a custom derivative, or a jnp.where around NaN?"
        )


@cache
def _slope(function: Callable) -> Callable:
    """The gradient by the network, compiled once for all answers."""
    return jax.jit(jax.grad(function))


def _alike(got: object, right: object) -> bool:
    def flat(tree: object) -> Result:
        return [np.concatenate([np.asarray(leaf, float).ravel() for leaf in jax.tree.leaves(tree)])]

    return same(flat(got), flat(right), rtol=1e-6, atol=0.0)


def _cut(place: int) -> Callable:
    def variant(net, features, columns, edges, width):
        found = list(parts(memberships(net, features, edges, width), columns))
        found[place] = stop(found[place])
        return log_sigma(*found)

    return variant


def _layers_cut(kept: slice) -> Callable:
    def variant(net, features, columns, edges, width):
        held = list(range(len(net)))[kept]
        return reference([w if i in held else stop(w) for i, w in enumerate(net)], features, columns, edges, width)

    return variant


CUT = {
    "the signal doesn't let it through": _cut(0),
    "the expected events don't let it through": _cut(1),
    "the responses don't let it through": _cut(2),
    "the variance of the simulation doesn't let it through, as if it stayed where it is while events move": _cut(3),
    "it reaches the last layer only": _layers_cut(slice(-1, None)),
}


# --- known mistakes


@task.mistake("This is sigma itself: the loss is its logarithm, so that a step means a relative change.")
def without_log(net, features, columns, edges, width):
    return jnp.exp(reference(net, features, columns, edges, width))


@task.mistake("This is sigma squared, without the logarithm: asked is log sigma.")
def sigma_squared(net, features, columns, edges, width):
    return jnp.exp(2 * reference(net, features, columns, edges, width))


@task.mistake("This is the logarithm of sigma squared, twice log sigma: the square root is missing.")
def log_of_the_square(net, features, columns, edges, width):
    return 2 * reference(net, features, columns, edges, width)


@task.mistake("The sign is turned: this loss falls where sigma rises, and the training would make the analysis worse.")
def sign_turned(net, features, columns, edges, width):
    return -reference(net, features, columns, edges, width)


@task.mistake("This is 1/sigma, which has to become large: a loss has to become small, and log sigma is asked.")
def inverse_sigma(net, features, columns, edges, width):
    return jnp.exp(-reference(net, features, columns, edges, width))


@task.mistake("This is 1/sigma^2, the information about mu: asked is log sigma.")
def information(net, features, columns, edges, width):
    return jnp.exp(-2 * reference(net, features, columns, edges, width))


@task.mistake("This is twice the negative of log sigma, the logarithm of the information: asked is log sigma itself.")
def log_of_the_information(net, features, columns, edges, width):
    return -2 * reference(net, features, columns, edges, width)


@task.mistake("The logarithm is the decimal one: asked is the natural logarithm.")
def decimal_logarithm(net, features, columns, edges, width):
    return reference(net, features, columns, edges, width) / jnp.log(10)


@task.mistake(
    "The histogram is hard, each event whole in one bin: a step has no slope of its own by the scores, and the "
    "training needs one. Take the soft shares with `width`."
)
def hard_bins(net, features, columns, edges, width):
    return log_sigma(*parts(sensitivity.hard_memberships(network.score(net, features), edges), columns))


@task.mistake(
    "The share is squared in the variance of the simulation: like the other templates it is the sum of the share times "
    "a column, the last one."
)
def variance_with_the_share_squared(net, features, columns, edges, width):
    S = memberships(net, features, edges, width)
    a, E, R, _ = parts(S, columns)
    return log_sigma(a, E, R, columns[:, -1] @ S**2)


@task.mistake("The variance is squared once more: the last column holds the squared weights already.")
def variance_squared_again(net, features, columns, edges, width):
    S = memberships(net, features, edges, width)
    a, E, R, _ = parts(S, columns)
    return log_sigma(a, E, R, columns[:, -1] ** 2 @ S)


@task.mistake("The last column stands among the responses, and the variance is missing: the responses end before it.")
def variance_as_a_response(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, jnp.vstack([R, V]), 0 * V)


@task.mistake(
    "The variance stands among the responses, too, as if it were a systematic: they end before the last column."
)
def variance_as_a_response_too(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, jnp.vstack([R, V]), V)


@task.mistake("The last systematic is missing: only the very last column, the variance, is none.")
def last_systematic_missing(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R[:-1], V)


@task.mistake("The variance is the expected events again: it is made of the last column, the squared weights.")
def variance_is_the_yield(net, features, columns, edges, width):
    a, E, R, _ = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R, E)


@task.mistake("The sum is squared instead of its terms: the variance is a sum of squared weights, not the square of E.")
def square_of_the_sum(net, features, columns, edges, width):
    a, E, R, _ = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R, E**2)


@task.mistake("The variance of the simulation is missing: the loss takes the simulation for exact.")
def without_variance(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R, 0 * V)


@task.mistake("A square root is taken of the variance: G adds variances, and this is an error.")
def error_for_variance(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R, jnp.sqrt(V))


@task.mistake("Only the statistical part is left: responses and variance of the simulation are both missing.")
def statistics_alone(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, 0 * R, 0 * V)


@task.mistake("The systematics are missing: the responses are the columns between the second and the last.")
def without_systematics(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, 0 * R, V)


@task.mistake("The first systematic is missing: the responses begin with column 2.")
def first_systematic_missing(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R[1:], V)


@task.mistake(
    "All expected events stand among the responses, as if they were a systematic: the responses begin with column 2."
)
def expected_among_the_responses(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, jnp.vstack([E, R]), V)


@task.mistake(
    "Signal and all expected events stand among the responses, as if they were systematics: the responses begin with "
    "column 2."
)
def all_columns_as_responses(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, jnp.vstack([a, E, R]), V)


@task.mistake(
    "The systematics are added bin by bin, on the diagonal: a systematic moves all bins together, and R^T R has that "
    "beside the diagonal."
)
def uncorrelated_bins(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, 0 * R, V + (R**2).sum(0))


@task.mistake("All systematics are added up before they are squared: each has a parameter of its own.")
def one_systematic(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R.sum(0, keepdims=True), V)


@task.mistake("Column 1 holds all events, the signal's among them: here they are added once more.")
def signal_added(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E + a, R, V)


@task.mistake("The expected events are those of the background: the counts fluctuate with all, column 1 as it is.")
def background_alone(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E - a, R, V)


@task.mistake("Signal and all expected events have changed places: column 0 is the signal.")
def columns_changed_places(net, features, columns, edges, width):
    S = memberships(net, features, edges, width)
    a, E, R, V = parts(S, columns)
    return log_sigma(E, a, R, V)


@task.mistake("The outer edges are soft, too, so that events get lost there: the first and the last bin are open.")
def outer_edges_soft(net, features, columns, edges, width):
    beyond = jax.nn.sigmoid((network.score(net, features)[:, None] - edges) / width)
    return log_sigma(*parts(beyond[:, :-1] - beyond[:, 1:], columns))


@task.mistake("The width multiplies where it should divide: (score - edge) / width goes into the sigmoid.")
def width_multiplies(net, features, columns, edges, width):
    return reference(net, features, columns, edges, 1 / width)


@task.mistake("The edge is a step of width 1: divide score - edge by `width`.")
def width_of_1(net, features, columns, edges, width):
    return reference(net, features, columns, edges, 1.0)


@task.mistake("The width is squared in the sigmoid: it is (score - edge) / width.")
def width_squared(net, features, columns, edges, width):
    return reference(net, features, columns, edges, width**2)


@task.mistake("The width is divided by 2, or tanh has replaced the sigmoid: s(t) is (1 + tanh(t/2)) / 2.")
def half_the_width(net, features, columns, edges, width):
    return reference(net, features, columns, edges, width / 2)


@task.mistake(
    "The edges are soft as the integral of a Gaussian, not as the sigmoid that the formula has: also differentiable, "
    "but another loss."
)
def gaussian_edges(net, features, columns, edges, width):
    beyond = jax.scipy.stats.norm.cdf((network.score(net, features)[:, None] - edges[1:-1]) / width)
    ones = jnp.ones((len(features), 1))
    return log_sigma(*parts(jnp.hstack([ones, beyond]) - jnp.hstack([beyond, 0 * ones]), columns))


@task.mistake(
    "What is binned is what stands before the last sigmoid of the network: edges belong to its score, 0 to 1."
)
def before_the_sigmoid(net, features, columns, edges, width):
    score = jax.scipy.special.logit(network.score(net, features))
    return log_sigma(*parts(sensitivity.soft_memberships(score, edges, width), columns))


@task.mistake(
    "A sigmoid is applied to the score once more: `network.score` has made it a number between 0 and 1 already."
)
def sigmoid_twice(net, features, columns, edges, width):
    score = jax.nn.sigmoid(network.score(net, features))
    return log_sigma(*parts(sensitivity.soft_memberships(score, edges, width), columns))


@task.mistake("The width is taken in bins: here edges and width are in units of the score.")
def width_in_bins(net, features, columns, edges, width):
    score = sensitivity.position(network.score(net, features), edges)
    return log_sigma(*parts(sensitivity.soft_memberships(score, jnp.arange(float(len(edges))), width), columns))


@task.mistake("The templates are divided by the number of events: they are sums of weights, not means.")
def means_for_sums(net, features, columns, edges, width):
    return reference(net, features, columns / len(columns), edges, width)


@task.mistake("What is inverted is the product of a and G: sigma is 1/sqrt(a^T G^-1 a), and here G isn't inverted.")
def not_inverted(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return -0.5 * jnp.log(a @ (jnp.diag(E + V) + R.T @ R) @ a)


@task.mistake("Only the first 1000 events are taken: sigma isn't a sum over events, and belongs to all of them.")
def first_thousand(net, features, columns, edges, width):
    return reference(net, features[:1000], columns[:1000], edges, width)


@task.mistake("The responses are halved: column by column they are the shift of one standard deviation already.")
def responses_halved(net, features, columns, edges, width):
    a, E, R, V = parts(memberships(net, features, edges, width), columns)
    return log_sigma(a, E, R / 2, V)
