"""Task 6: interpolation code 4, a polynomial inside one standard deviation and exponentials outside."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.reading import Case, generator
from jaxhep.check.unit04._arrays import solved
from jaxhep.check.unit04._derivatives import demand_derivatives, demand_second_derivatives


def polynomial(t, coefficients):
    return 1 + sum(a * t**power for power, a in enumerate(coefficients, start=1))


def reference(theta, coefficients, up, down):
    t, up, down = np.asarray(theta)[:, None], np.asarray(up), np.asarray(down)
    inside = polynomial(t, np.asarray(coefficients))
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


def course(theta, coefficients, up, down):
    theta = jnp.asarray(theta)[:, None]
    inside = polynomial(jnp.clip(theta, -1, 1), coefficients)
    return jnp.where(theta > 1, up**theta, jnp.where(theta < -1, down ** (-theta), inside))


def cases() -> list[Case]:
    rng = generator(4, 6)

    def made(theta: list[float], processes: int, bins: int, kind: str) -> Case:
        up, down = np.exp(rng.normal(0, 0.2, (2, processes, len(theta), bins)))
        return Case((np.array(theta), solved(up, down), up, down), kind)

    return [
        made([0.3, -0.7, 0.0, -0.2], 2, 3, "theta between -1 and 1"),
        made([1.7, -2.4], 3, 4, "theta beyond one standard deviation"),
        made([1.0, -1.0, 0.5], 1, 2, "theta exactly 1 and -1"),
        made([0.6, -1.3, 2.0, -0.4], 2, 4, "as many systematics as bins"),
        made([6.5, -7.2], 2, 3, "theta very far out"),
    ]


task = Asking(
    number=6,
    name="interpolate",
    reference=reference,
    course=course,
    cases=cases,
    meaning="Smooth inside, and positive for every theta, as a factor on a yield must be.",
)


@task.demand
def has_derivatives(answer: Callable) -> None:
    demand_derivatives(answer, course, cases())
    demand_second_derivatives(answer, cases()[0])


# --- known mistakes


@task.mistake("This is the piecewise linear interpolation (code 0): it has a kink at 0 and can turn negative.")
def piecewise_linear(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t > 0, 1 + t * (up - 1), 1 - t * (down - 1))


@task.mistake("It is linear between -1 and 1: there the polynomial belongs.")
def linear_inside(theta, coefficients, up, down):
    t = theta[:, None]
    inside = np.where(t > 0, 1 + t * (up - 1), 1 - t * (down - 1))
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


@task.mistake("This is the exponential for every theta (code 1): it has a kink at 0, and the coefficients aren't used.")
def exponentials_everywhere(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t > 0, up**t, down ** (-t))


@task.mistake("The polynomial goes on beyond |theta| = 1, where theta^6 takes over: there the exponentials belong.")
def polynomial_everywhere(theta, coefficients, up, down):
    t = theta[:, None]
    return 1 + sum(a * t**n for n, a in enumerate(coefficients, start=1))


@task.mistake(
    "Beyond one standard deviation nothing changes any more: theta is clipped, and the exponentials are missing, or "
    "are those of the clipped theta."
)
def clipped(theta, coefficients, up, down):
    t = np.clip(theta, -1, 1)[:, None]
    return 1 + sum(a * t**n for n, a in enumerate(coefficients, start=1))


@task.mistake("Beyond one standard deviation it goes on as a straight line (code 0): there the exponentials belong.")
def straight_lines_outside(theta, coefficients, up, down):
    t = theta[:, None]
    inside = polynomial(t, coefficients)
    return np.where(t > 1, 1 + t * (up - 1), np.where(t < -1, 1 - t * (down - 1), inside))


@task.mistake(
    "The exponent below -1 has the wrong sign: theta is negative there, and at theta = -1 the factor is `down`."
)
def down_to_the_wrong_power(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t > 1, up**t, np.where(t < -1, down**t, polynomial(t, coefficients)))


@task.mistake("Up and down have changed places beyond one standard deviation.")
def up_and_down_changed_places(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t > 1, down**t, np.where(t < -1, up ** (-t), polynomial(t, coefficients)))


@task.mistake("The sign of theta is turned: +1 must give `up`.")
def sign_of_theta(theta, coefficients, up, down):
    t = -theta[:, None]
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), polynomial(t, coefficients)))


@task.mistake("The constant 1 of the polynomial is missing: at theta = 0 the factor is 1.")
def constant_missing(theta, coefficients, up, down):
    t = theta[:, None]
    inside = sum(a * t**n for n, a in enumerate(coefficients, start=1))
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


@task.mistake("The coefficients meet the wrong powers: the first one belongs to theta, the last to theta to the sixth.")
def order_of_polyval(theta, coefficients, up, down):
    t = theta[:, None]
    inside = polynomial(t, coefficients[::-1])
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


@task.mistake("The powers start at 0: the first coefficient multiplies theta, not 1.")
def powers_from_0(theta, coefficients, up, down):
    t = theta[:, None]
    inside = 1 + sum(a * t**n for n, a in enumerate(coefficients))
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


@task.mistake(
    "Theta runs along the bins instead of the systematics: with as many bins as systematics nothing fails, and all is "
    "wrong."
)
def theta_along_the_bins(theta, coefficients, up, down):
    t = theta if theta.size == up.shape[-1] else theta[:, None]
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), polynomial(t, coefficients)))


@task.mistake("The polynomial sees |theta|: its odd powers must change sign below 0.")
def absolute_theta_in_the_polynomial(theta, coefficients, up, down):
    t = theta[:, None]
    inside = polynomial(abs(t), coefficients)
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


@task.mistake(
    "The parameters' factors are multiplied already: one factor for each systematic is asked, the product comes in the "
    "next task."
)
def product_taken(theta, coefficients, up, down):
    return np.prod(reference(theta, coefficients, up, down), axis=1)


@task.mistake("The polynomial is taken as an exponent: between -1 and 1 it is the factor itself.")
def polynomial_as_exponent(theta, coefficients, up, down):
    t = theta[:, None]
    inside = np.exp(polynomial(np.clip(t, -1, 1), coefficients) - 1)
    return np.where(t > 1, up**t, np.where(t < -1, down ** (-t), inside))


@task.mistake("The last power is missing: six coefficients go up to theta to the sixth.")
def sixth_power_missing(theta, coefficients, up, down):
    return reference(theta, np.asarray(coefficients)[:5], up, down)


@task.mistake("Above 0 it is the exponential already: the polynomial belongs to both sides, up to |theta| = 1.")
def exponential_above_0(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t > 0, up**t, reference(theta, coefficients, up, down))


@task.mistake("Below 0 it is the exponential already: the polynomial belongs to both sides, up to |theta| = 1.")
def exponential_below_0(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t < 0, down ** (-t), reference(theta, coefficients, up, down))


@task.mistake("One systematic beyond +-1 decides for all of them (`all`, `any` or a maximum): each decides for itself.")
def one_decides_for_all(theta, coefficients, up, down):
    t = theta[:, None]
    return (
        polynomial(t, coefficients) if np.all(abs(t) <= 1) else exponentials_everywhere(theta, coefficients, up, down)
    )


@task.mistake("Only the first coefficients are used: all six powers of theta belong to the polynomial.")
def first_two_powers(theta, coefficients, up, down):
    return reference(theta, np.asarray(coefficients)[:2], up, down)


@task.mistake("Below -1 the polynomial goes on: there the exponential of `down` belongs.")
def polynomial_below(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t > 1, up**t, polynomial(t, coefficients))


@task.mistake("Above 1 the polynomial goes on: there the exponential of `up` belongs.")
def polynomial_above(theta, coefficients, up, down):
    t = theta[:, None]
    return np.where(t < -1, down**-t, polynomial(t, coefficients))
