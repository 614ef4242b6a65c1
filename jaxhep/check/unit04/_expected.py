"""Task 7: the expected yields of all processes together."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

import jaxhep.likelihood
from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit04._arrays import as_model, random_model
from jaxhep.check.unit04._derivatives import demand_derivatives, demand_second_derivatives
from jaxhep.check.unit04._interpolate import exponentials_everywhere, order_of_polyval, polynomial_everywhere
from jaxhep.check.unit04._interpolate import reference as interpolate


def split(params, model):
    """mu, the systematics (K,), and the parameters of MC statistics (B,)."""
    systematics = model["up"].shape[1]
    return params[0], params[1 : 1 + systematics], params[1 + systematics :]


def factors(theta, model):
    """(P, K, B)."""
    return interpolate(theta, model["coefficients"], model["up"], model["down"])


def scaled(mu, model):
    """Nominal yields (P, B), those of the signal times mu."""
    return np.where(model["signal"] == 1, mu, 1.0)[:, None] * np.asarray(model["nominal"])


def by_process(mu, theta, model):
    """Yields (P, B) without MC statistics."""
    return scaled(mu, model) * factors(theta, model).prod(axis=1)


def reference(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


def course(params, model):
    return jaxhep.likelihood.expected(as_model(model), jnp.asarray(params))


def cases() -> list[Case]:
    rng = generator(4, 7)
    wide = random_model(rng, [0, 1, 0, 1, 0], 4, 6)
    square = random_model(rng, [1, 0, 0], 3, 3)
    small = random_model(rng, [0, 1], 2, 4)

    def params(mu: float, systematics: int, bins: int, size: float) -> np.ndarray:
        return np.concatenate([[mu], rng.normal(0, size, systematics), rng.normal(0, 1, bins)])

    return [
        Case((params(1.6, 4, 6, 0.5), wide), "two signals among five processes"),
        Case((params(0.0, 4, 6, 1.5), wide), "mu = 0 and large pulls"),
        Case((params(0.7, 3, 3, 0.8), square), "equal numbers of processes, systematics and bins"),
        Case((params(2.0, 2, 4, 1.2), small), "two processes, the signal second"),
        Case(
            (params(-0.2, 13, 3, 3.5), random_model(rng, [0, 1], 13, 3)),
            "a negative mu, and more systematics, some far out",
        ),
        Case((params(-12.0, 2, 4, 0.3), small), "so negative a mu that yields are below 0"),
        Case((params(1.2, 2, 4, 0.0), small), "all theta = 0"),
    ]


task = Asking(
    number=7,
    name="expected",
    reference=reference,
    course=course,
    cases=cases,
    meaning="Signal strength, systematics and MC statistics all multiply, so their order doesn't matter.",
)


@task.demand
def has_derivatives(answer: Callable) -> None:
    demand_derivatives(answer, course, cases())
    demand_second_derivatives(answer, cases()[-1])


@task.symptom
def logarithm_of_mu(got: list[Result], expected: list[Result]) -> str | None:
    lost = [not np.isfinite(g[0]).all() for g in got]
    if any(lost) and lost == [case.args[0][0] <= 0 for case in cases()]:
        return (
            "It is NaN or infinite where mu is 0 or negative: is there a logarithm, a power or a quotient of mu? mu "
            "multiplies the signal, whatever its sign."
        )
    return None


# --- known mistakes


@task.mistake("Here mu scales every process: only the rows where `signal` is 1 are signal.")
def mu_on_everything(params, model):
    mu, theta, gamma = split(params, model)
    return mu * by_process(1.0, theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("Here mu scales the background and leaves the signal alone.")
def mu_on_the_background(params, model):
    mu, theta, gamma = split(params, model)
    strength = np.where(model["signal"] == 1, 1.0, mu)[:, None]
    return (strength * by_process(1.0, theta, model)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("Only the first process is scaled by mu: which ones are signal stands in `signal`.")
def first_process_taken_for_the_signal(params, model):
    mu, theta, gamma = split(params, model)
    yields = by_process(1.0, theta, model)
    return (mu * yields[0] + yields[1:].sum(axis=0)) * (1 + model["mc_error"] * gamma)


@task.mistake(
    "Where mu multiplies `signal` itself the background is gone: 0 in `signal` means `not scaled`, not `absent`."
)
def background_gone(params, model):
    mu, theta, gamma = split(params, model)
    strength = mu * model["signal"][:, None]
    return (strength * by_process(1.0, theta, model)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The signal enters 1 + mu times: mu replaces its factor 1, it isn't added to it.")
def one_plus_mu(params, model):
    mu, theta, gamma = split(params, model)
    strength = 1 + mu * model["signal"][:, None]
    return (strength * by_process(1.0, theta, model)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("Here mu does nothing.")
def mu_unused(params, model):
    _, theta, gamma = split(params, model)
    return by_process(1.0, theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The systematics are added (1 + the sum of their changes): factors of independent sources multiply.")
def systematics_added(params, model):
    mu, theta, gamma = split(params, model)
    change = (factors(theta, model) - 1).sum(axis=1)
    return (scaled(mu, model) * (1 + change)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The factors of the systematics are summed: with all theta = 0 every yield comes out K times too large.")
def factors_summed(params, model):
    mu, theta, gamma = split(params, model)
    return (scaled(mu, model) * factors(theta, model).sum(axis=1)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The factors of the systematics are averaged, not multiplied.")
def factors_averaged(params, model):
    mu, theta, gamma = split(params, model)
    return (scaled(mu, model) * factors(theta, model).mean(axis=1)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The systematics do nothing: is the product over them used?")
def systematics_unused(params, model):
    mu, _, gamma = split(params, model)
    return scaled(mu, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The signal has no systematic uncertainties here: their factors belong to every process.")
def no_systematics_on_the_signal(params, model):
    mu, theta, gamma = split(params, model)
    shifted = np.where(model["signal"][:, None] == 1, 1.0, factors(theta, model).prod(axis=1))
    return (scaled(mu, model) * shifted).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The parameters of MC statistics do nothing: the last B entries of `params` scale the total of each bin.")
def mc_statistics_unused(params, model):
    mu, theta, _ = split(params, model)
    return by_process(mu, theta, model).sum(axis=0)


@task.mistake("The MC statistical error is added in events, but `mc_error` is relative to the yield of the bin.")
def mc_error_in_events(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model).sum(axis=0) + model["mc_error"] * gamma


@task.mistake(
    "The MC-statistics parameter is taken as the factor itself, 1 without a pull, as HistFactory does: here it is a "
    "unit Gaussian around 0, and the factor is 1 + error times parameter."
)
def gamma_as_the_factor(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model).sum(axis=0) * gamma


@task.mistake(
    "The parameters of systematics and of MC statistics have changed places: the K systematics follow mu, then come "
    "the B bins."
)
def theta_and_gamma_changed_places(params, model):
    bins = model["mc_error"].size
    gamma, theta = params[1 : 1 + bins], params[1 + bins :]
    return by_process(params[0], theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The MC-statistics parameters begin one place too soon: they begin behind mu and all K systematics.")
def gamma_one_place_early(params, model):
    _, systematics, bins = model["up"].shape
    theta, gamma = params[1 : 1 + systematics], params[systematics : systematics + bins]
    return by_process(params[0], theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The systematics are read one place too late: the first of them stands right behind mu.")
def theta_one_place_late(params, model):
    systematics = model["up"].shape[1]
    theta, gamma = params[2 : 2 + systematics], params[1 + systematics :]
    return by_process(params[0], theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The size of the MC statistical error is missing: each of its parameters counts standard deviations.")
def mc_error_missing(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model).sum(axis=0) * (1 + gamma)


@task.mistake(
    "MC statistics enter as an exponential; the convention here, and in HistFactory, is linear, 1 + error times "
    "parameter."
)
def mc_statistics_exponential(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model).sum(axis=0) * np.exp(model["mc_error"] * gamma)


@task.mistake("The systematics are read one place too early: `params[0]` is mu.")
def theta_one_place_early(params, model):
    systematics = model["up"].shape[1]
    theta, gamma = params[:systematics], params[1 + systematics :]
    return by_process(params[0], theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("This still has one row per process: the counts know only their sum.")
def one_row_per_process(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model) * (1 + model["mc_error"] * gamma)


@task.mistake("The sum runs over the bins and leaves one number per process: it should be the other way round.")
def summed_over_the_bins(params, model):
    mu, theta, _ = split(params, model)
    return by_process(mu, theta, model).sum(axis=1)


@task.mistake("All bins are added up: the shape over the bins is what tells signal from background.")
def all_bins_added_up(params, model):
    mu, theta, gamma = split(params, model)
    return np.sum(by_process(mu, theta, model) * (1 + model["mc_error"] * gamma))


@task.mistake("The processes are averaged: the counts know their sum.")
def processes_averaged(params, model):
    return reference(params, model) / len(model["nominal"])


@task.mistake("The factors of one process, the first, scale the sum of all: each process has its own.")
def factors_of_the_first_process(params, model):
    mu, theta, gamma = split(params, model)
    shared = factors(theta, model)[0].prod(axis=0)
    return scaled(mu, model).sum(axis=0) * shared * (1 + model["mc_error"] * gamma)


@task.mistake("MC statistics scale the background alone: `mc_error` is that of all processes together.")
def mc_statistics_of_the_background(params, model):
    mu, theta, gamma = split(params, model)
    yields, is_signal = by_process(mu, theta, model), np.asarray(model["signal"])[:, None] == 1
    return yields.sum(axis=0) + (yields * ~is_signal).sum(axis=0) * model["mc_error"] * gamma


@task.mistake("mu enters without its sign: a deficit makes it negative, and the signal counts against the background.")
def absolute_mu(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(abs(mu), theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("A signal of negative mu is cut off at 0: a deficit of events has to be able to pull mu below it.")
def cut_off_at_0(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(max(mu, 0.0), theta, model).sum(axis=0) * (1 + model["mc_error"] * gamma)


def with_other_factors(params, model, interpolate):
    mu, theta, gamma = split(params, model)
    factors = interpolate(theta, *(np.asarray(model[name]) for name in ("coefficients", "up", "down")))
    return (scaled(mu, model) * factors.prod(axis=1)).sum(axis=0) * (1 + model["mc_error"] * gamma)


@task.mistake("The polynomial goes on beyond one standard deviation: use your `interpolate`, with exponentials there.")
def polynomials_everywhere(params, model):
    return with_other_factors(params, model, polynomial_everywhere)


@task.mistake("The coefficients are used highest power first: in this model the first belongs to theta itself.")
def highest_power_first(params, model):
    return with_other_factors(params, model, order_of_polyval)


@task.mistake("The exponentials are used for every theta (code 1): between -1 and 1 the polynomial belongs.")
def code_1(params, model):
    return with_other_factors(params, model, exponentials_everywhere)


@task.mistake(
    "The MC-statistics parameters are counted from 1: here they are 0 without a pull, and nothing is subtracted from "
    "them."
)
def gamma_around_1(params, model):
    mu, theta, gamma = split(params, model)
    return by_process(mu, theta, model).sum(axis=0) * (1 + model["mc_error"] * (gamma - 1))


@task.mistake("The expected events are cut off from below: the formula has no limit, and its slope goes on below it.")
def yields_cut_off(params, model):
    return np.maximum(reference(params, model), 1e-9)
