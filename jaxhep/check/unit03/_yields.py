"""Task 1a: a captured global variable."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.compare import Result, same
from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding, generator
from jaxhep.check.unit03._purity import Pure


def reference(cross_section, efficiency, luminosity):
    return luminosity * cross_section * efficiency


def cases() -> list[Case]:
    rng = generator(3, 1)
    three, five = (rng.gamma(2, 100, n) for n in (3, 5))
    return [
        Case((three, np.array([0.3, 0.1, 0.25]), 36.1), "36.1/fb"),
        Case((three, np.array([0.3, 0.1, 0.25]), 450.0), "another luminosity, with the same shapes"),
        Case(
            (jnp.asarray(five), jnp.asarray(rng.uniform(0, 1, 5)), jnp.asarray(3000.0)), "five processes, as JAX arrays"
        ),
    ]


task = Pure(
    number="1a",
    name="yields",
    reference=reference,
    cases=cases,
    meaning="What may change is an argument: jit sees each new value, and grad can ask how the yields depend on it.",
    errors={
        "static arguments": "One of its arguments is declared static: then every new value means a new program, and "
        "neither grad nor an outer jit can pass through it. Numbers that change are traced arguments."
    },
)


@task.symptom
def luminosity_has_no_effect(got: list[Result], expected: list[Result]) -> str | None:
    if same(got[0], got[1], 1e-8, 0.0):
        return "Twelve times the luminosity gives the same yields: its value doesn't come from the argument."
    return None


@task.symptom
def whole_events(got: list[Result], expected: list[Result]) -> str | None:
    near = all(same(g, e, 0.0, 1.0) for g, e in zip(got, expected, strict=True))
    if near and all(np.array_equal(x, np.round(x)) for result in got for x in result):
        return (
            "The yields are rounded to whole events: what is expected needn't be whole, and a rounded number has no "
            "slope."
        )
    return None


@task.demand
def has_a_slope_in_luminosity(answer: Callable) -> None:
    cross_section, efficiency, luminosity = cases()[2].args
    case = Case((luminosity,), "grad in luminosity")
    slope = transformed("grad", jax.grad(lambda x: jnp.sum(answer(cross_section, efficiency, x))), answer, case)
    if not np.allclose(slope, jnp.sum(cross_section * efficiency)):
        raise Finding(
            "Right values, but their derivative with respect to the luminosity isn't: does it pass through a "
            "stop_gradient?"
        )


# --- known mistakes


@task.mistake("The efficiency has no effect: not every event that is produced is selected.")
def no_efficiency(cross_section, efficiency, luminosity):
    return luminosity * cross_section


@task.mistake("This is the sum over the processes: return one yield for each.")
def summed_over_processes(cross_section, efficiency, luminosity):
    return jnp.dot(cross_section, efficiency) * luminosity


@task.mistake("Here the yields are a thousandth of what they should be: fb times 1/fb is a pure number already.")
def pb_taken_for_fb(cross_section, efficiency, luminosity):
    return luminosity / 1000 * cross_section * efficiency


@task.mistake("The luminosity is cut to a whole number: 36.1/fb isn't 36/fb.")
def whole_luminosity(cross_section, efficiency, luminosity):
    return jnp.floor(luminosity) * cross_section * efficiency
