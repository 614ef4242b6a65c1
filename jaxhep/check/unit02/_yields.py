"""Task 5: static or traced. Shapes: B bins before merging."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep import programs
from jaxhep.check.compare import ordered
from jaxhep.check.demands import compilations
from jaxhep.check.reading import Case, Finding, call, generator
from jaxhep.check.unit02._runs import RUNS
from jaxhep.check.verdict import Task


def scaled(theta, nominal, up, kind):
    return nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta


def reference(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind).reshape(-1, rebin).sum(axis=1)


course = jax.jit(reference, static_argnames=("kind", "rebin"))


def templates(bins: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    rng = generator(2, number)
    return rng.uniform(5, 50, bins), rng.uniform(0.7, 1.4, bins)


def cases() -> list[Case]:
    (nominal, up), (nominal_2, up_2) = templates(12, 3), templates(12, 6)
    return [
        Case((0.7, nominal, up, "linear", 3), "a linear response, three bins merged into one"),
        Case((0.2, nominal, up, "linear", 3), "another theta with the same templates"),
        Case((0.7, nominal_2, up, "linear", 3), "another nominal template of the same shape"),
        Case((0.7, nominal, up_2, "linear", 3), "other ratios of the same shape"),
        Case((0.7, nominal, up, "linear", 4), "the same templates, four bins merged into one"),
        Case((0.7, *templates(12, 3), "exponential", 3), "an exponential response, three bins merged into one"),
        Case((-1.3, *templates(8, 4), "linear", 1), "a negative theta and no merging"),
        Case((-1.3, *templates(8, 4), "exponential", 4), "a negative theta and an exponential response"),
        Case((0.0, *templates(6, 5), "exponential", 2), "theta = 0, the nominal yields"),
        Case((-8.0, *templates(6, 5), "linear", 2), "a theta so far out that a linear response gets negative"),
    ]


task = Task(
    number=5,
    name="yields",
    reference=reference,
    course=course,
    cases=cases,
    meaning="What decides on the program is static, each combination compiled once; whatever a fit varies is traced, "
    "and has derivatives.",
    errors={
        "Non-hashable static arguments": "An array is static there, and can't be: static arguments are compared by "
        "value, so they must be hashable. Arrays are traced.",
        "of type <class 'str'>": "A text can't be traced: an abstract value has a shape and a dtype. What can't be "
        "traced must be static.",
        "Shapes must be 1D sequences of concrete values": "A shape depends on a traced number there: the compiler "
        "must know every shape, so whatever decides on one must be static.",
        **dict.fromkeys(
            ("Got slice(", "slice indices must have static"),
            "A traced number decides on a slice, and so on a shape: what decides on the program must be static.",
        ),
        "lowered and compiled for a particular signature": "What `.lower().compile()` gives is a finished executable: "
        "nothing is left in it that grad could differentiate. Keep the jitted function, which compiles by itself.",
        "__index__() method was called": "A traced number is used where Python needs a whole number, for a shape, an "
        "index or a loop: is it an argument that decides on the program?",
    },
)


@task.demand
def compiled_for_what_matters(answer: Callable) -> None:
    """One program for each kind and each merging, none for any value of the rest."""
    run = next(RUNS)
    kinds, merge = ("linear", "exponential"), (2, 3)
    nominal, up = templates(12 * (1 + run), 100 + run)
    thetas = [0.3 + 1e-3 * run, 0.5, -0.8 - 1e-3 * run, 1.2]

    def compiled(*calls: tuple) -> int:
        return compilations(lambda: [call(answer, Case(args, "another call"), task.errors) for args in calls])

    if outside := outside_of_jit(answer, thetas[0], nominal, up):
        raise Finding(
            f"The yields are right, but {' and '.join(outside[:2])} run outside of jit, one operation at a time: "
            "compile the whole function."
        )
    first = compiled((thetas[0], nominal, up, kinds[0], merge[0]))
    if compiled((thetas[0], nominal, up, kinds[0], merge[0])):
        raise Finding(
            "The yields are right, but a second call with the same arguments compiles anew: jit is applied inside the "
            "function."
        )
    if compiled(*[(theta, nominal, up, kinds[0], merge[0]) for theta in thetas[1:]]):
        raise Finding(
            "The yields are right, but every value of theta has a program of its own: it is static. A fit passes a "
            "new value in each step."
        )
    if compiled((thetas[0], nominal + 1.0, up + 0.01, kinds[0], merge[0])):
        raise Finding(
            "The yields are right, but other templates of the same shape are compiled anew: their values are in the "
            "cache's key."
        )
    more = compiled(*[(theta, nominal, up, kind, rebin) for kind in kinds for rebin in merge for theta in thetas])
    if first + more > len(kinds) * len(merge) + 2:
        raise Finding(
            f"The yields are right, but {first + more} programs are compiled for {len(kinds)} kinds and {len(merge)} "
            "ways of merging."
        )


def outside_of_jit(answer: Callable, theta: float, nominal: np.ndarray, up: np.ndarray) -> list[str]:
    """The primitives that a call runs outside of jit; none if tracing from outside fails, as with a static theta."""
    try:
        jaxpr = jax.make_jaxpr(lambda t, n, u: answer(t, n, u, "linear", 2))(theta, nominal, up)
    except (TypeError, ValueError):
        return []
    harmless = {"convert_element_type", "broadcast_in_dim", "copy", "copy_p"}
    names = [equation.primitive.name for equation in jaxpr.jaxpr.eqns]
    return ordered([name for name in names if name not in programs.WRAPPERS | harmless])


@task.demand
def derivatives(answer: Callable) -> None:
    """By theta and by the nominal yields."""
    for case in cases()[5:8]:
        theta, nominal, *_ = case.args
        mine = functools.wraps(answer)(gradient(answer, case))
        found = call(mine, Case((theta, nominal), case.kind), task.errors)
        right = gradient(course, case)(theta, nominal)
        for name, got, expected in zip(("theta", "nominal"), found, right, strict=True):
            if not np.allclose(got, expected, rtol=1e-7, atol=1e-7):
                raise Finding(
                    f"The yields are right, but their derivative by {name} isn't: somewhere it is rounded, frozen or "
                    "made a constant."
                )


def gradient(function: Callable, case: Case) -> Callable:
    """The derivatives of the sum of all yields by theta and nominal, as a function of both."""
    _, _, *others = case.args

    def total(theta, nominal):
        return jnp.sum(jnp.asarray(function(theta, nominal, *others)))

    return jax.grad(total, argnums=(0, 1))


@task.demand
def takes_nothing_away(answer: Callable) -> None:
    """The caller keeps its arrays."""
    jaxpr = jax.make_jaxpr(lambda t, n, u: answer(t, n, u, "linear", 2))(0.5, *templates(6, 5))
    if any(any(equation.params.get("donated_invars", ())) for equation in jaxpr.jaxpr.eqns):
        raise Finding(
            "The yields are right, but an argument is donated: after the call the caller's array is gone, and a fit "
            "needs its templates in the next call again."
        )


# --- known mistakes


@task.mistake("`kind` is ignored: the response is always linear.")
def always_linear(theta, nominal, up, kind, rebin):
    return (nominal * (1 + theta * (up - 1))).reshape(-1, rebin).sum(axis=1)


@task.mistake("`kind` is ignored: the response is always exponential.")
def always_exponential(theta, nominal, up, kind, rebin):
    return (nominal * up**theta).reshape(-1, rebin).sum(axis=1)


@task.mistake("The two kinds have changed places.")
def kinds_exchanged(theta, nominal, up, kind, rebin):
    values = nominal * (1 + theta * (up - 1)) if kind != "linear" else nominal * up**theta
    return values.reshape(-1, rebin).sum(axis=1)


@task.mistake("Merged bins are averaged; events add up.")
def averaged(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind).reshape(-1, rebin).mean(axis=1)


@task.mistake("Of each group of bins one is kept and the others are dropped; events add up.")
def one_bin_kept(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind)[::rebin]


@task.mistake("Bins are merged that aren't neighbours: which axis of the reshaped array runs over neighbours?")
def wrong_axis(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind).reshape(rebin, -1).sum(axis=0)


@task.mistake("The bins are merged before they are scaled, with a mean of `up`: each bin has its own ratio.")
def merged_first(theta, nominal, up, kind, rebin):
    nominal, up = nominal.reshape(-1, rebin).sum(axis=1), up.reshape(-1, rebin).mean(axis=1)
    return scaled(theta, nominal, up, kind)


@task.mistake("`up` is a ratio, 1 for no change; your linear response adds theta * up instead of theta * (up - 1).")
def linear_without_minus_1(theta, nominal, up, kind, rebin):
    values = nominal * (1 + theta * up) if kind == "linear" else nominal * up**theta
    return values.reshape(-1, rebin).sum(axis=1)


@task.mistake("Your exponential response is exp(theta * (up - 1)); the one asked for takes `up` at theta = 1.")
def exponential_of_shift(theta, nominal, up, kind, rebin):
    values = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * np.exp(theta * (up - 1))
    return values.reshape(-1, rebin).sum(axis=1)


@task.mistake("Theta is missing: the yields are always those of theta = 1.")
def theta_missing(theta, nominal, up, kind, rebin):
    return (nominal * up).reshape(-1, rebin).sum(axis=1)


@task.mistake("The nominal yields are missing: what you return is the response alone.")
def nominal_missing(theta, nominal, up, kind, rebin):
    response = 1 + theta * (up - 1) if kind == "linear" else up**theta
    return response.reshape(-1, rebin).sum(axis=1)


@task.mistake("Nothing is merged: `rebin` neighbours become one bin.")
def not_merged(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind)


@task.mistake("All bins are merged into one: a sum over both axes.")
def merged_into_one(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind).reshape(-1, rebin).sum()


@task.mistake("The sign of theta is lost: up and down move the yields the same way.")
def sign_of_theta_lost(theta, nominal, up, kind, rebin):
    return scaled(abs(theta), nominal, up, kind).reshape(-1, rebin).sum(axis=1)


@task.mistake("The linear response lacks its 1: at theta = 0 the yields are the nominal ones, not 0.")
def linear_without_1(theta, nominal, up, kind, rebin):
    values = nominal * (theta * (up - 1) if kind == "linear" else up**theta)
    return values.reshape(-1, rebin).sum(axis=1)


@task.mistake("The response is averaged over the merged bins: each bin has its own, so scale first and merge then.")
def response_averaged(theta, nominal, up, kind, rebin):
    response = scaled(theta, np.ones_like(nominal), up, kind)
    return nominal.reshape(-1, rebin).sum(axis=1) * response.reshape(-1, rebin).mean(axis=1)


@task.mistake("The first merged bin is lost: differences of cumulative sums need a 0 in front of them.")
def first_bin_lost(theta, nominal, up, kind, rebin):
    return np.diff(np.cumsum(scaled(theta, nominal, up, kind))[rebin - 1 :: rebin])


@task.mistake("Negative yields are cut off at 0: the formula has no such limit.")
def negative_cut_off(theta, nominal, up, kind, rebin):
    return np.maximum(scaled(theta, nominal, up, kind), 0.0).reshape(-1, rebin).sum(axis=1)
