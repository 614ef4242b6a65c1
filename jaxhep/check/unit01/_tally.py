"""Task 2b: how often each primitive occurs in a jaxpr and in all that it holds."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

from jaxhep import programs
from jaxhep.check.compare import Result
from jaxhep.check.demands import calls_of
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit01._predicted import invariant_mass
from jaxhep.check.unit01._tallies import as_vector, held_by
from jaxhep.check.verdict import Task


def reference(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        inside = held_by(equation)
        for one in inside:
            counts += reference(one)
        if not inside:
            counts[equation.primitive.name] += 1
    return counts


def cases() -> list[Case]:
    inner = jax.jit(lambda x: jnp.exp(-x) * jnp.cos(3 * x))
    nested = jax.jit(lambda x: inner(x) + jnp.sin(x))

    def choose(x):
        return jax.lax.cond(x > 0, lambda x: jnp.log(x) * x, lambda x: jnp.sin(x) * jnp.sin(-x), x)

    def scan(x):
        return jax.lax.scan(lambda c, t: (jnp.sin(c) * t, inner(c)), x, jnp.ones(5))[0] * 2

    def while_loop(x):
        return jax.lax.while_loop(lambda c: jnp.sqrt(c) < 3, lambda c: c + jnp.exp(c), x)

    functions: dict[str, tuple[Callable, tuple]] = {
        "a function without anything inside": (invariant_mass, (4.0, 1.0, 2.0, 3.0)),
        "a jitted function within another function": (lambda x: x * inner(x) * jnp.exp(x) * 2, (1.0,)),
        "a jitted function within a jitted function": (lambda x: 2 * nested(x), (1.0,)),
        "a jitted function that is called twice": (lambda x: inner(x) * inner(2 * x), (1.0,)),
        "a custom derivative (softplus)": (lambda x: jax.nn.softplus(x) + jnp.exp(x), (jnp.ones(3),)),
        "a cond, with two jaxprs in a tuple": (lambda x: choose(x) * x, (1.0,)),
        "the gradient of a jitted function": (jax.grad(nested), (1.0,)),
        "a function that returns its input": (lambda x: x, (1.0,)),
        "a scan of five turns": (scan, (1.0,)),
        "a fori_loop": (lambda x: jax.lax.fori_loop(0, 4, lambda i, c: c * jnp.cos(c), x), (1.0,)),
        "a while_loop": (while_loop, (1.0,)),
        "a result that nobody uses": (lambda x: (jnp.tan(x), jnp.exp(x))[1] * x, (1.0,)),
    }
    return [Case((jax.make_jaxpr(f)(*args),), kind) for kind, (f, args) in functions.items()]


class Tallying(Task):
    """A task whose result is a tally of primitives."""

    def judge(self, answer: Callable) -> None:
        def adapted(*args):
            value = answer(*args)
            return Counter(dict(value)) if isinstance(value, Mapping) else value  # a Counter is no pytree

        super().judge(functools.wraps(answer)(adapted))

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
        if value is None or value is Ellipsis:
            return super()._read(value, case, like)
        if isinstance(value, Mapping) and any(not isinstance(name, str) for name in value):
            kinds = {type(name).__name__ for name in value if not isinstance(name, str)}
            raise Finding(
                f"The keys of the tally are no strings ({', '.join(sorted(kinds))}), so nothing is found under a "
                "name, as in tally(...)['sin']: count under `equation.primitive.name`."
            )
        jaxpr = next(programs.inner(case.args[0]))
        return [as_vector(value, jaxpr, reference(jaxpr))]


task = Tallying(
    number="2b",
    name="tally",
    reference=reference,
    cases=cases,
    meaning="A program is a tree of jaxprs, and a walk through all of them sees every equation.",
    errors={
        "has no attribute 'eqns'": (
            "Something without equations is asked for its `.eqns`: most values of `params` are no jaxprs. "
            "`programs.inner(value)` gives those jaxprs that are in a value, none or several."
        ),
        "recursion depth": "It calls itself with the same jaxpr again and again: pass on the inner one.",
    },
)


@task.demand
def a_counter_of_ones_own(answer: Callable) -> None:
    if calls_of({programs.primitives.__code__}, answer, *cases()[0].args):
        raise Finding(
            "The numbers are right, for `programs.primitives` has counted them. Write the loop over the equations "
            "yourself."
        )


# --- known mistakes


@task.mistake(
    "Only the outermost equations are counted: those of a jitted function stand in a jaxpr of their own, inside "
    "`params`."
)
def outermost_alone(jaxpr):
    return Counter(equation.primitive.name for equation in jaxpr.eqns)


@task.mistake("It looks one level deep: an inner jaxpr may hold further ones. Let the function call itself.")
def one_level(jaxpr):
    counts = Counter(equation.primitive.name for equation in jaxpr.eqns)
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            for inside in programs.inner(value):
                counts += Counter(one.primitive.name for one in inside.eqns)
    return counts


@task.mistake("Jaxprs in a tuple are missed: a cond keeps one per branch. `programs.inner` looks into tuples.")
def tuples_missed(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for value in equation.params.values():
            if hasattr(value, "eqns"):
                counts += tuples_missed(value)
    return counts


@task.mistake(
    'Only `params["jaxpr"]` is looked into: other equations keep theirs under other names. Look at all values of '
    "`params`."
)
def one_name_in_params(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for inside in programs.inner(equation.params.get("jaxpr")):
            counts += one_name_in_params(inside)
    return counts


@task.mistake(
    "Only a jit is looked into: custom derivatives, branches and loops hold jaxprs, too. Ask each equation, whatever "
    "its name."
)
def jit_alone(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        if equation.primitive.name in ("jit", "pjit"):
            counts += jit_alone(equation.params["jaxpr"])
    return counts


@task.mistake(
    "Branches and loops (cond, scan, while) aren't looked into: they hold jaxprs, too. Ask each equation, whatever "
    "its name."
)
def wrappers_alone(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        if equation.primitive.name in programs.WRAPPERS:
            for inside in held_by(equation):
                counts += wrappers_alone(inside)
    return counts


@task.mistake("Loops (scan, while) aren't looked into: they hold jaxprs, too. Ask each equation, whatever its name.")
def loops_missed(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        if equation.primitive.name in ("jit", "pjit", "custom_jvp_call", "cond"):
            for inside in held_by(equation):
                counts += loops_missed(inside)
    return counts


@task.mistake(
    "A while loop isn't looked into: its jaxprs have other names than those you list. Look at all values of `params`."
)
def while_loop_missed(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for key in ("jaxpr", "call_jaxpr", "branches"):
            for inside in programs.inner(equation.params.get(key)):
                counts += while_loop_missed(inside)
    return counts


@task.mistake(
    "The condition of a while loop is missed: it is a jaxpr of its own. Look at all values of `params`, whatever their "
    "names."
)
def condition_missed(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for key in ("jaxpr", "call_jaxpr", "branches", "body_jaxpr"):
            for inside in programs.inner(equation.params.get(key)):
                counts += condition_missed(inside)
    return counts


@task.mistake(
    "What a scan or fori_loop holds is counted once per turn: asked is how often an equation stands in the jaxpr, not "
    "how often it runs."
)
def once_per_turn(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        turns = equation.params.get("length", 1) if equation.primitive.name == "scan" else 1
        for inside in held_by(equation):
            for name, times in once_per_turn(inside).items():
                counts[name] += turns * times
    return counts


@task.mistake("Of a cond only the first branch is counted: its tuple holds one jaxpr per branch.")
def first_of_each_tuple(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for value in equation.params.values():
            inside = next(programs.inner(value), None)
            if inside is not None:
                counts += first_of_each_tuple(inside)
    return counts


@task.mistake(
    "Of several jaxprs in one equation only the first is counted: a cond has one per branch, a while loop has two."
)
def first_of_each_equation(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        inside = held_by(equation)
        if inside:
            counts += first_of_each_equation(inside[0])
        else:
            counts[equation.primitive.name] += 1
    return counts


@task.mistake("Counts of inner jaxprs replace those that were there (as `dict.update` does): add them.")
def inner_counts_replace(jaxpr):
    counts = {}
    for equation in jaxpr.eqns:
        inside = held_by(equation)
        for one in inside:
            counts.update(inner_counts_replace(one))
        if not inside:
            counts[equation.primitive.name] = counts.get(equation.primitive.name, 0) + 1
    return counts


@task.mistake("A jaxpr that two equations hold is counted once: it stands in both, so it counts for each.")
def shared_jaxpr_once(jaxpr):
    seen, counts, waiting = set(), Counter(), [jaxpr]
    while waiting:
        for equation in waiting.pop().eqns:
            counts[equation.primitive.name] += 1
            for inside in held_by(equation):
                if id(inside) not in seen:
                    seen.add(id(inside))
                    waiting.append(inside)
    return counts


@task.mistake("Every count is 1: names are collected, not counted.")
def names_collected(jaxpr):
    names = set()
    for equation in jaxpr.eqns:
        names.add(equation.primitive.name)
        for inside in held_by(equation):
            names |= set(names_collected(inside))
    return dict.fromkeys(names, 1)


@task.mistake("It stops at the first inner jaxpr and returns what is in there: add it up, and go on.")
def returns_within_the_loop(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        for inside in held_by(equation):
            return returns_within_the_loop(inside)
        counts[equation.primitive.name] += 1
    return counts


@task.mistake("The numbers of operands are counted instead of the equations.")
def operands_counted(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        inside = held_by(equation)
        for one in inside:
            counts += operands_counted(one)
        if not inside:
            counts[equation.primitive.name] += len(equation.invars)
    return counts


@task.mistake(
    "Letters are counted: `update` with a text runs through its letters. Give it a list with the name in it, or add 1 "
    "under the name."
)
def letters(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        inside = held_by(equation)
        for one in inside:
            counts.update(letters(one))
        counts.update(equation.primitive.name)
    return counts


@task.mistake("Of two tallies the larger count is taken (`|`): the equations of both are there, so add them.")
def larger_count(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for one in held_by(equation):
            counts |= larger_count(one)
    return counts
