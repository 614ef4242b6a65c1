"""Task 12: -2 ln L with a free normalisation, and a control region."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.compare import up_to_a_constant
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit04._arrays import random_model
from jaxhep.check.unit04._derivatives import demand_derivatives
from jaxhep.check.unit04._expected import reference as expected
from jaxhep.check.unit04._nll2 import course as course_nll2
from jaxhep.check.unit04._nll2 import reference as nll2
from jaxhep.check.unit04._poisson_nll2 import course as course_poisson
from jaxhep.check.unit04._poisson_nll2 import reference as poisson_nll2


def scaled(model, factor, floating):
    """The model whose floating processes are scaled by ``factor``."""
    return model | {"nominal": (1 + (factor - 1) * floating)[:, None] * model["nominal"]}


def signal_region(params, counts, model, floating):
    return nll2(np.delete(params, 1), counts, scaled(model, params[1], floating))


def reference(params, counts, model, floating, control):
    return signal_region(params, counts, model, floating) + poisson_nll2(params[1] * control[0], control[1])


def course(params, counts, model, floating, control):
    others = jnp.concatenate([params[:1], params[2:]])
    region = course_nll2(others, counts, scaled(model, params[1], floating))
    return region + course_poisson(params[1] * control[0], control[1])


def cases() -> list[Case]:
    rng = generator(4, 12)
    cases = []
    for signal, floating, systematics, bins, regions in (
        ([0, 1, 0, 0], [0, 0, 1, 0], 3, 4, 1),
        ([1, 0, 0], [0, 1, 1], 2, 5, 0),
        ([0, 0, 1], [1, 0, 0], 4, 3, 3),
        ([1, 0], [1, 0], 2, 3, 1),
    ):
        model = random_model(rng, signal, systematics, bins)
        centre = np.concatenate([[1.0], np.zeros(systematics + bins)])
        counts = jnp.asarray(np.asarray(expected(centre, model)) * rng.uniform(0.8, 1.2, bins))
        yields = rng.uniform(30, 200, regions)
        control = jnp.asarray(yields), jnp.asarray(np.round(yields * 1.1))
        kind = f"{sum(floating)} floating process{'es' if sum(floating) > 1 else ''}, "
        kind += f"{regions or 'no'} control region{'' if regions == 1 else 's'}"
        kind += ", a signal that floats" * (signal == floating)
        norms, mus = (1.0, 0.8, 1.3, 1.15), (1.0, 0.7, 1.6, -0.4)
        for norm, mu, size in zip(norms, mus, (0.0, 0.0, 0.6, 1.4), strict=True):
            params = np.concatenate([[mu, norm], rng.normal(0, size, systematics + bins)])
            cases.append(Case((params, counts, model, jnp.array(floating, float), control), kind))
    return cases


task = Asking(
    number=12,
    name="nll2_free",
    reference=reference,
    course=course,
    cases=cases,
    align=up_to_a_constant(4),
    meaning="Without a constraint, the data alone fix the normalisation: the bins of the fit, and better those of a "
    "control region.",
)


@task.demand
def has_derivatives(answer: Callable) -> None:
    demand_derivatives(answer, course, [cases()[i] for i in (2, 7, 11)], number=True)


# --- known mistakes


@task.mistake("The normalisation has a constraint, (norm - 1)^2: free means that only data hold it.")
def constrained(params, counts, model, floating, control):
    return reference(params, counts, model, floating, control) + (params[1] - 1) ** 2


@task.mistake("The normalisation is constrained to 0, as if it were a nuisance parameter: leave it out of the squares.")
def constrained_to_0(params, counts, model, floating, control):
    return reference(params, counts, model, floating, control) + params[1] ** 2


@task.mistake("The normalisation does nothing in the bins of the fit: it scales the yields of the floating processes.")
def unused_in_the_fit(params, counts, model, floating, control):
    return signal_region(params, counts, model, 0 * floating) + poisson_nll2(params[1] * control[0], control[1])


@task.mistake(
    "The control region is left out, or the normalisation doesn't reach it: its counts are one more Poisson term, and "
    "the normalisation scales what is expected there."
)
def control_left_out(params, counts, model, floating, control):
    return signal_region(params, counts, model, floating)


@task.mistake("The control region is scaled by mu: it holds the floating background, and no signal.")
def control_scaled_by_mu(params, counts, model, floating, control):
    mu = params[0]
    return signal_region(params, counts, model, floating) + poisson_nll2(mu * control[0], control[1])


@task.mistake("In the control region expected and observed have changed places: the first is the expectation.")
def control_changed_places(params, counts, model, floating, control):
    return signal_region(params, counts, model, floating) + poisson_nll2(params[1] * control[1], control[0])


@task.mistake("The control region enters as a constraint of width 1, (n - norm E)^2: its counts are Poisson.")
def control_as_squares(params, counts, model, floating, control):
    squares = np.sum((control[1] - params[1] * control[0]) ** 2)
    return signal_region(params, counts, model, floating) + squares


@task.mistake("Every background floats: only those where `floating` is 1.")
def all_backgrounds(params, counts, model, floating, control):
    return reference(params, counts, model, 1 - model["signal"], control)


@task.mistake("All other processes float: where `floating` is 1, the normalisation scales.")
def the_others(params, counts, model, floating, control):
    return reference(params, counts, model, 1 - floating, control)


@task.mistake("The floating processes are scaled by 1 + norm: 1 means `as simulated`.")
def one_plus_norm(params, counts, model, floating, control):
    region = signal_region(np.concatenate([params[:1], params[1:2] + 1, params[2:]]), counts, model, floating)
    return region + poisson_nll2(params[1] * control[0], control[1])


@task.mistake("The other processes are gone: 0 in `floating` means `not scaled`, not `absent`.")
def others_gone(params, counts, model, floating, control):
    gone = model | {"nominal": (params[1] * floating)[:, None] * model["nominal"]}
    return nll2(np.delete(params, 1), counts, gone) + poisson_nll2(params[1] * control[0], control[1])


@task.mistake("The normalisation is read from the end of `params`: it stands right behind mu.")
def norm_at_the_end(params, counts, model, floating, control):
    turned = np.concatenate([params[:1], params[-1:], params[1:-1]])
    return reference(turned, counts, model, floating, abs(params[-1]) / params[-1] * np.asarray(control))


@task.mistake("mu and the normalisation have changed places: mu comes first.")
def mu_and_norm_changed_places(params, counts, model, floating, control):
    turned = np.concatenate([params[1::-1], params[2:]])
    return signal_region(turned, counts, model, floating) + poisson_nll2(abs(turned[1]) * control[0], control[1])


@task.mistake("The control region's term lacks its factor 2: all terms are -2 ln L.")
def control_halved(params, counts, model, floating, control):
    return signal_region(params, counts, model, floating) + poisson_nll2(params[1] * control[0], control[1]) / 2


@task.mistake("The control region enters as a Gaussian of variance n: its counts are Poisson.")
def control_as_a_gaussian(params, counts, model, floating, control):
    squares = np.sum((control[1] - params[1] * control[0]) ** 2 / control[1])
    return signal_region(params, counts, model, floating) + squares


@task.mistake("mu is left out of what goes on to task 8, and the norm stands in its place: leave out the second entry.")
def mu_left_out(params, counts, model, floating, control):
    region = nll2(params[1:], counts, scaled(model, params[1], floating))
    return region + poisson_nll2(params[1] * control[0], control[1])


@task.mistake("A signal that floats loses its mu: the norm multiplies what stands there, and mu stays.")
def norm_for_mu(params, counts, model, floating, control):
    both = np.asarray(floating) * np.asarray(model["signal"])
    without = scaled(model, 1 / params[0], both)
    return reference(params, counts, without, floating, control)


@task.mistake("The control region enters as (m - nu C)^2 / (nu C): that is the limit of many events of a Poisson term.")
def control_as_chi_squared(params, counts, model, floating, control):
    yields = params[1] * control[0]
    return signal_region(params, counts, model, floating) + jnp.sum((control[1] - yields) ** 2 / yields)


@task.mistake("Only the first floating process is scaled, or the first of all where none floats: there may be several.")
def first_floating_alone(params, counts, model, floating, control):
    first = np.arange(len(floating)) == np.argmax(floating)
    return reference(params, counts, model, first.astype(float), control)


@task.mistake(
    "In the control region the normalisation is missing from the logarithm: ln(norm E) = ln norm + ln E, and only ln E "
    "is a constant."
)
def norm_missing_in_the_logarithm(params, counts, model, floating, control):
    terms = params[1] * control[0] - control[1] * np.log(control[0])
    return signal_region(params, counts, model, floating) + 2 * np.sum(terms)
