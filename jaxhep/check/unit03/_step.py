"""Task 1e: a counter that comes in as an argument and goes out again."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.demands import transformed
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit03._purity import Pure


def reference(mu, calls, slope):
    calls = calls + 1
    return mu - slope / (10 + calls), calls


def cases() -> list[Case]:
    return [
        Case((jnp.asarray(1.0), jnp.asarray(0), jnp.asarray(2.5)), "the first step"),
        Case((jnp.asarray(0.7), jnp.asarray(9), jnp.asarray(-4.0)), "the tenth step"),
        Case((jnp.asarray(0.2), jnp.asarray(4), jnp.asarray(0.0)), "a slope of 0"),
        Case((-0.3, 31, 1.25), "Python numbers"),
    ]


task = Pure(
    number="1e",
    name="step",
    reference=reference,
    cases=cases,
    outputs=("mu", "the counter"),
    meaning="State comes in and goes out: that form is what lax.scan, while_loop and every optimiser in JAX ask for.",
)


@task.demand
def goes_round_in_a_scan(answer: Callable) -> None:
    """The state that comes out can go in again, and a scan of many steps ends where it should."""
    slopes = jnp.linspace(-3.0, 5.0, 12)
    start = jnp.asarray(1.0), jnp.asarray(0)
    _, calls = answer(*start, slopes[0])
    if not jnp.issubdtype(jnp.asarray(calls).dtype, jnp.integer):
        raise Finding(
            "The counter comes back as a floating-point number: what goes round in a lax.scan must keep its type."
        )
    case = Case((start, slopes), "twelve steps")

    def walk(answer: Callable) -> tuple:
        return jax.lax.scan(lambda state, slope: (answer(*state, slope), None), start, slopes)[0]

    end = transformed("lax.scan", lambda start, slopes: walk(lambda *args: tuple(answer(*args))), answer, case)
    if not np.allclose(end, walk(reference)):
        raise Finding("A single step is right, but twelve of them in a lax.scan end elsewhere.")
    for kind in (np.int64, np.int32):
        _, calls = answer(jnp.ones(()), jnp.zeros((), kind), slopes[0])
        if (found := jnp.asarray(calls).dtype) != kind:
            raise Finding(
                f"The counter goes in as {np.dtype(kind)} and comes back as {found}: what goes round in a lax.scan "
                "must keep its type."
            )


# --- known mistakes


@task.mistake("The step is too large: the counter has to be raised before it is used, as in the impure version.")
def raised_too_late(mu, calls, slope):
    return mu - slope / (10 + calls), calls + 1


@task.mistake("The counter comes back as it came in: nobody will ever know that a step was made.")
def not_raised(mu, calls, slope):
    return mu - slope / (11 + calls), calls


@task.mistake("The step size doesn't shrink: it ignores the counter.")
def constant_step(mu, calls, slope):
    return mu - slope / 11, calls + 1


@task.mistake("The size of the step is rounded down to a whole number: `//` does that, `/` divides.")
def whole_number(mu, calls, slope):
    calls = calls + 1
    return mu - slope // (10 + calls), calls


@task.mistake("The step goes uphill: against the slope means minus.")
def uphill(mu, calls, slope):
    calls = calls + 1
    return mu + slope / (10 + calls), calls


@task.mistake("The two results have changed places: first mu, then the counter.")
def changed_places(mu, calls, slope):
    calls = calls + 1
    return calls, mu - slope / (10 + calls)


@task.mistake("What comes back first is the step, not where it leads.")
def step_alone(mu, calls, slope):
    calls = calls + 1
    return -slope / (10 + calls), calls


@task.mistake("The step has the size of the slope: divide by 10 plus the counter.")
def full_step(mu, calls, slope):
    return mu - slope, calls + 1


@task.mistake("Brackets are missing: `slope / 10 + calls` divides first, and then adds the counter to mu.")
def no_brackets(mu, calls, slope):
    calls = calls + 1
    return mu - slope / 10 + calls, calls


@task.mistake("The step is right, and the counter is raised twice: one call is one step.")
def counted_twice(mu, calls, slope):
    calls = calls + 1
    return mu - slope / (10 + calls), calls + 1
