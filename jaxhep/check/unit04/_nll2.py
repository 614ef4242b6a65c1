"""Task 8: -2 ln L of all parameters."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

import jaxhep.likelihood
from jaxhep.check.asking import Asking
from jaxhep.check.compare import up_to_a_constant
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit04._arrays import as_model, random_model
from jaxhep.check.unit04._derivatives import demand_derivatives, demand_second_derivatives
from jaxhep.check.unit04._expected import reference as expected
from jaxhep.check.unit04._expected import split
from jaxhep.check.unit04._poisson_nll2 import reference as poisson_nll2


def poisson(params, counts, model):
    """What the data say."""
    return poisson_nll2(expected(params, model), counts)


def reference(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[1:] ** 2)


def course(params, counts, model):
    return jaxhep.likelihood.nll2(as_model(model), jnp.asarray(params), counts)


def cases() -> list[Case]:
    rng = generator(4, 8)
    cases = []
    for signal, systematics, bins in (([0, 1, 0], 4, 3), ([1, 0], 2, 5), ([0, 1], 24, 13)):
        model = random_model(rng, signal, systematics, bins)
        centre = np.concatenate([[1.0], np.zeros(systematics + bins)])
        counts = np.asarray(expected(centre, model)) * rng.uniform(0.8, 1.2, bins)
        if systematics > 20:
            counts[-1] = 0.0  # an empty bin
        pulls = rng.normal(0, 1, (3, centre.size)) * np.array([0.5, 0.5, 2.0])[:, None]
        pulls[0, 1:], pulls[:, 0] = 0.0, [0.4, -0.3, -0.5]
        kinds: tuple[str, ...] = (
            "all theta = 0",
            "all theta = 0 and another mu",
            "theta between -1 and 1",
            "theta beyond one standard deviation",
        )
        if systematics > 20:
            more = (f"more parameters than in the example, {kind}" for kind in kinds[1:])
            kinds = ("an empty bin, all theta = 0", *more)
        points = [centre, *(centre + pull for pull in pulls)]
        cases += [Case((point, jnp.asarray(counts), model), kind) for point, kind in zip(points, kinds, strict=True)]
    return cases


task = Asking(
    number=8,
    name="nll2",
    reference=reference,
    course=course,
    cases=cases,
    align=up_to_a_constant(4),
    meaning="Data pull through the Poisson terms, auxiliary measurements hold back through the constraints, and grad "
    "and jit go through.",
)


@task.demand
def has_derivatives(answer: Callable) -> None:
    demand_derivatives(answer, course, [*cases()[1:4], cases()[9]], number=True)
    demand_second_derivatives(answer, cases()[1])


# --- known mistakes


@task.mistake("The constraint is missing: nothing holds the nuisance parameters back.")
def no_constraint(params, counts, model):
    return poisson(params, counts, model)


@task.mistake("The constraint is half as large as it should be: theta^2/2 is the one of -ln L, this is -2 ln L.")
def half_a_constraint(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[1:] ** 2) / 2


@task.mistake("The constraint is counted twice.")
def constraint_twice(params, counts, model):
    return poisson(params, counts, model) + 2 * np.sum(params[1:] ** 2)


@task.mistake("The constraint has the wrong sign: it rewards pulls.")
def sign_of_the_constraint(params, counts, model):
    return poisson(params, counts, model) - np.sum(params[1:] ** 2)


@task.mistake(
    "The parameters of MC statistics have no constraint: the simulation's own counts are an auxiliary measurement, too."
)
def mc_statistics_unconstrained(params, counts, model):
    _, theta, _ = split(params, model)
    return poisson(params, counts, model) + np.sum(theta**2)


@task.mistake("Only the parameters of MC statistics are constrained, the systematics are free.")
def systematics_unconstrained(params, counts, model):
    _, _, gamma = split(params, model)
    return poisson(params, counts, model) + np.sum(gamma**2)


@task.mistake("The signal strength is constrained, too: mu^2 pulls it to 0. It is what the data measure, alone.")
def mu_constrained_to_0(params, counts, model):
    return poisson(params, counts, model) + np.sum(params**2)


@task.mistake("The signal strength is constrained, too, to 1: it is what the data measure, alone.")
def mu_constrained_to_1(params, counts, model):
    return poisson(params, counts, model) + (params[0] - 1) ** 2 + np.sum(params[1:] ** 2)


@task.mistake("The constraint is the square of the sum: pulls of opposite sign cancel. It is the sum of squares.")
def square_of_the_sum(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[1:]) ** 2


@task.mistake("The constraint is the mean of the squares: every parameter brings its own, whole term.")
def mean_of_the_squares(params, counts, model):
    return poisson(params, counts, model) + np.mean(params[1:] ** 2)


@task.mistake(
    "Only the first 20 nuisance parameters have a constraint: the size of the example is typed in. Take all entries "
    "behind `params[0]`."
)
def twenty_typed_in(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[1:21] ** 2)


@task.mistake(
    "Only the first 10 nuisance parameters have a constraint: a size is typed in. Take all entries behind `params[0]`."
)
def ten_typed_in(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[1:11] ** 2)


@task.mistake(
    "The MC-statistics parameters are constrained in units of the MC error: they count standard deviations already."
)
def gamma_in_units_of_the_mc_error(params, counts, model):
    _, theta, gamma = split(params, model)
    return poisson(params, counts, model) + np.sum(theta**2) + np.sum((gamma / model["mc_error"]) ** 2)


@task.mistake(
    "The MC-statistics parameters are constrained to 1, as factors are: here each is a unit Gaussian around 0."
)
def gamma_around_1(params, counts, model):
    _, theta, gamma = split(params, model)
    return poisson(params, counts, model) + np.sum(theta**2) + np.sum((gamma - 1) ** 2)


@task.mistake("The constraint is linear in |theta|: -2 ln of a Gaussian is quadratic.")
def absolute_values(params, counts, model):
    return poisson(params, counts, model) + np.sum(abs(params[1:]))


@task.mistake("The constraint is added once per bin: it belongs to the likelihood once.")
def constraint_in_every_bin(params, counts, model):
    yields = expected(params, model)
    return np.sum(2 * (yields - counts * np.log(yields)) + np.sum(params[1:] ** 2))


@task.mistake("The Poisson term is -ln L, the constraint -2 ln L: the factor 2 is missing in one of them.")
def factor_2_missing_in_the_poisson_term(params, counts, model):
    return poisson(params, counts, model) / 2 + np.sum(params[1:] ** 2)


@task.mistake("This is -ln L as a whole: the factor 2 is missing.")
def factor_2_missing(params, counts, model):
    return poisson(params, counts, model) / 2 + np.sum(params[1:] ** 2) / 2


@task.mistake("The Poisson term is missing: the data have no say.")
def no_poisson_term(params, counts, model):
    return np.sum(params[1:] ** 2)


@task.mistake("The constraint is the Gaussian probability itself: take -2 ln of it.")
def probability_for_constraint(params, counts, model):
    return poisson(params, counts, model) + np.sum(np.exp(-(params[1:] ** 2) / 2) / np.sqrt(2 * np.pi))


@task.mistake("The constraint has the wrong width: theta/2 stands for a Gaussian of width 2, and each has width 1.")
def width_2(params, counts, model):
    return poisson(params, counts, model) + np.sum((params[1:] / 2) ** 2)


@task.mistake("The last parameter has no constraint: take all entries behind `params[0]`.")
def last_one_unconstrained(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[1:-1] ** 2)


@task.mistake("The first systematic has no constraint: take all entries behind `params[0]`.")
def first_one_unconstrained(params, counts, model):
    return poisson(params, counts, model) + np.sum(params[2:] ** 2)


@task.mistake("The Poisson term is counted twice: what task 2 returns holds its factor 2 already.")
def poisson_term_twice(params, counts, model):
    return 2 * poisson(params, counts, model) + np.sum(params[1:] ** 2)


@task.mistake("Far out the constraint goes on as a straight line: a Gaussian's is a parabola everywhere.")
def linear_far_out(params, counts, model):
    pulls = abs(params[1:])
    return poisson(params, counts, model) + np.sum(np.where(pulls < 1, pulls**2, 2 * pulls - 1))


@task.mistake("ln of the Gaussians is added as it is: here it is -2 ln, twice as large and with the other sign.")
def log_of_the_gaussians(params, counts, model):
    return poisson(params, counts, model) - np.sum(params[1:] ** 2) / 2


@task.mistake("The counts are turned into whole numbers: those of an Asimov data set aren't whole.")
def whole_counts(params, counts, model):
    return reference(params, np.floor(counts), model)


@task.mistake("The Poisson terms compare shapes alone: without the term E the expected total costs nothing.")
def shape_alone(params, counts, model):
    yields = expected(params, model)
    return -2 * np.sum(counts * np.log(yields / np.sum(yields))) + np.sum(params[1:] ** 2)


@task.mistake(
    "The constraints of the systematics stand inside the sum over the bins: each is counted once for each bin."
)
def systematics_in_every_bin(params, counts, model):
    _, theta, gamma = split(params, model)
    return poisson(params, counts, model) + len(counts) * np.sum(theta**2) + np.sum(gamma**2)


@task.mistake("Bins without events are left out altogether: for n = 0 the term with E stays.")
def empty_bins_left_out(params, counts, model):
    some = np.asarray(counts) > 0
    yields = np.asarray(expected(params, model))[some]
    return poisson_nll2(yields, np.asarray(counts)[some]) + np.sum(params[1:] ** 2)
