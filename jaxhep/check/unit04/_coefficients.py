"""Task 5: the polynomial of interpolation code 4, which joins two exponentials smoothly."""

from __future__ import annotations

import numpy as np

from jaxhep.check.reading import Case, generator
from jaxhep.check.verdict import Task

POWERS = np.arange(1, 7)
SIGNS = (-1.0) ** POWERS
SLOPES, CURVATURES = POWERS, POWERS * (POWERS - 1)

# value, slope and curvature of theta^1 ... theta^6 at +1 and at -1, one condition a row
CONDITIONS = np.array([np.ones(6), SIGNS, SLOPES, -SLOPES * SIGNS, CURVATURES, CURVATURES * SIGNS])


def solved(conditions: np.ndarray, targets: list) -> np.ndarray:
    return np.tensordot(np.linalg.inv(conditions), np.array(targets), axes=1)


def targets(up, down) -> list:
    """What the conditions ask for: the values less 1, slopes and curvatures of up^theta and down^(-theta)."""
    lu, ld = np.log(up), np.log(down)
    return [up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]


def reference(up, down):
    return solved(CONDITIONS, targets(np.asarray(up, float), np.asarray(down, float)))


def cases() -> list[Case]:
    rng = generator(4, 5)

    def made(shape: tuple[int, ...], size: float, kind: str) -> Case:
        return Case((np.exp(rng.normal(0, size, shape)), np.exp(rng.normal(0, size, shape))), kind)

    return [
        made((4,), 0.1, "four ratios in a row"),
        made((2, 3, 5), 0.1, "ratios of shape (2, 3, 5)"),
        made((3,), 0.7, "ratios far from 1"),
        Case((np.array(1.2), np.array(0.9)), "one number each"),
    ]


task = Task(
    number=5,
    name="coefficients",
    reference=reference,
    cases=cases,
    errors={
        "solve: Input operand": (
            "np.linalg.solve wants a vector or a matrix on the right, one column per system: flatten the axes behind "
            "the 6 with `.reshape(6, -1)`, solve, and give them their shape back; or apply the inverse with "
            "np.tensordot."
        ),
    },
    meaning="Value, slope and curvature join the exponentials without a step, so Minuit never meets a kink at one "
    "standard deviation.",
)


# --- known mistakes


@task.mistake(
    "The powers come in the wrong order: the first coefficient belongs to theta, the last to theta to the sixth."
)
def highest_power_first(up, down):
    return reference(up, down)[::-1]


@task.mistake("There are seven: the constant 1 isn't one of the coefficients.")
def constant_included(up, down):
    a = reference(up, down)
    return np.concatenate([np.ones_like(a[:1]), a])


@task.mistake(
    "This is the order in the lecture, highest power first with the constant at the end; here the lowest power comes "
    "first, and the constant isn't stored."
)
def order_of_the_lecture(up, down):
    a = reference(up, down)
    return np.concatenate([a[::-1], np.ones_like(a[:1])])


@task.mistake("The coefficients run along the last axis: they come first, in front of the axes of `up`.")
def along_the_last_axis(up, down):
    return np.stack(targets(up, down), axis=-1) @ np.linalg.inv(CONDITIONS).T


@task.mistake(
    "The polynomial has its 1 counted twice: 1 + a_1 theta + ... meets `up`, so what do the powers alone meet?"
)
def one_counted_twice(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up, down, up * lu, -down * ld, up * lu**2, down * ld**2])


@task.mistake(
    "The slope at theta = -1 has the wrong sign, on the right-hand side or in its row of the matrix: down^(-theta) "
    "falls with theta where down is above 1, and n theta^(n-1) is positive there for odd n."
)
def sign_of_the_lower_slope(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up - 1, down - 1, up * lu, down * ld, up * lu**2, down * ld**2])


@task.mistake(
    "The curvature at theta = -1 has the wrong sign, on the right-hand side or in its row of the matrix: "
    "differentiating down^(-theta) twice gives the inner -1 twice, and n (n-1) theta^(n-2) is positive there for even "
    "n."
)
def sign_of_the_lower_curvature(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up - 1, down - 1, up * lu, -down * ld, up * lu**2, -down * ld**2])


@task.mistake("The derivatives lack the function itself: the slope of up^theta at 1 isn't ln(up) alone.")
def derivatives_without_the_function(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up - 1, down - 1, lu, -ld, lu**2, ld**2])


@task.mistake("The second derivatives have one logarithm each: differentiating up^theta twice brings it down twice.")
def one_logarithm(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up - 1, down - 1, up * lu, -down * ld, up * lu, down * ld])


@task.mistake(
    "The second derivative at +1 has one logarithm only: differentiating up^theta twice brings ln(up) down twice."
)
def one_logarithm_above(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up - 1, down - 1, up * lu, -down * ld, up * lu, down * ld**2])


@task.mistake("The curvatures on the right-hand side repeat the slopes: differentiate once more.")
def slopes_repeated(up, down):
    lu, ld = np.log(up), np.log(down)
    return solved(CONDITIONS, [up - 1, down - 1, up * lu, -down * ld, up * lu, -down * ld])


@task.mistake(
    "The second derivative of theta^n is n (n-1) theta^(n-2): a factor n^2 stands in the rows of the curvature."
)
def n_squared(up, down):
    conditions = np.array([*CONDITIONS[:4], POWERS**2, POWERS**2 * SIGNS])
    return solved(conditions, targets(up, down))


@task.mistake("The logarithms are decimal ones: log10 where ln belongs.")
def decimal_logarithms(up, down):
    lu, ld = np.log10(up), np.log10(down)
    return solved(CONDITIONS, [up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2])


@task.mistake("Up and down have changed places: `up` belongs to theta = +1.")
def up_and_down_changed_places(up, down):
    return reference(down, up)


@task.mistake("The system is transposed: one condition is one row, one power is one column.")
def matrix_transposed(up, down):
    return solved(CONDITIONS.T, targets(up, down))


@task.mistake(
    "The odd powers of the slope and of the curvature have the wrong sign at theta = -1: one power is lost in each "
    "derivative."
)
def signs_of_the_powers_kept(up, down):
    conditions = np.array([np.ones(6), SIGNS, SLOPES, SLOPES * SIGNS, CURVATURES, -CURVATURES * SIGNS])
    return solved(conditions, targets(up, down))


@task.mistake(
    "This parabola meets both values, but not the slopes and curvatures of the exponentials: six conditions, six "
    "powers."
)
def parabola(up, down):
    a = np.zeros((6, *np.shape(up)))
    a[0], a[1] = (up - down) / 2, (up + down) / 2 - 1
    return a
