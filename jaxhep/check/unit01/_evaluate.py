"""Task 4: an interpreter for jaxprs that keeps a tally."""

from __future__ import annotations

import contextlib
import functools
import types
from collections import Counter
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

from jaxhep import programs
from jaxhep.check.compare import Result
from jaxhep.check.demands import watching
from jaxhep.check.reading import Case, Finding
from jaxhep.check.unit01._costs import problem
from jaxhep.check.unit01._reverse_by_hand import wasteful
from jaxhep.check.unit01._tallies import as_vector, held_by
from jaxhep.check.unit01._tally import reference as tally
from jaxhep.check.verdict import Compared, Task

JIT_INSIDE = "a jitted function inside"


def reference(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    values |= dict(zip(closed.jaxpr.invars, args, strict=True))
    executed = Counter()

    def read(atom):
        return atom.val if isinstance(atom, Literal) else values[atom]

    for equation in closed.jaxpr.eqns:
        inputs = [read(atom) for atom in equation.invars]
        within = [value for value in equation.params.values() if isinstance(value, ClosedJaxpr)]
        if equation.primitive.name in programs.WRAPPERS and within:
            outputs, below = reference(within[0], *inputs)
            executed += below
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[equation.primitive.name] += 1
        values |= dict(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


def cases() -> list[Case]:
    efficiency = np.array([0.9, 0.8, 0.6])
    inner = jax.jit(lambda x, y: jnp.exp(-x) / y)
    corrected = jax.jit(lambda x: x / jnp.asarray(efficiency) - jnp.sin(x))
    pair = jax.jit(lambda x: jax.lax.top_k(x, 2))
    three = np.array([0.5, 1.5, -0.7])
    _, nll2, params = problem(bins=6, parameters=3)
    functions: dict[str, tuple[Callable, tuple]] = {
        "a function of two numbers": (wasteful, (1.4, 0.8)),
        "a number typed into the function, a `Literal`": (lambda x: 2 * x - 3 / x, (1.7,)),
        "an array of the function's own, in `consts`": (lambda x: jnp.cos(x * jnp.asarray(efficiency)), (three,)),
        "several outputs, an input and a typed number among them": (
            lambda x, y: (x, jnp.sin(x) * y, 2.0, y**3),
            (0.4, three),
        ),
        "results that come out in another order": (lambda x: (lambda a, b: (b, a))(jnp.sin(x), jnp.exp(x)), (0.9,)),
        JIT_INSIDE: (lambda x, y: jnp.exp(x) * inner(y * 2, x + 1), (0.3, 1.9)),
        "a jitted function that is called twice": (lambda x, y: inner(x, y) + inner(y, x + 2), (0.8, 1.7)),
        "a jitted function with an array of its own": (lambda x: corrected(2 * x).sum(), (three,)),
        "a custom derivative (softplus)": (lambda x: jax.nn.softplus(x) * x, (three,)),
        "a primitive with two results": (lambda x: jax.lax.top_k(x, 2)[0] * 3, (three,)),
        "a primitive whose only result comes in a list": (lambda x: jax.lax.sort(x), (three,)),
        "the gradient of a Poisson -2 ln L": (jax.jit(jax.grad(nll2)), (np.asarray(params),)),
        "a jitted function with two results": (lambda x: (lambda top, where: top * where)(*pair(x)), (three,)),
    }
    made = [Case((jax.make_jaxpr(f)(*args), *args), kind) for kind, (f, args) in functions.items()]
    return [*made, Case((made[0].args[0], 0.6, -1.1), "a jaxpr that was run before, with other inputs")]


class Interpreting(Task):
    """A task whose results are a list of arrays and a tally of primitives."""

    def judge(self, answer: Callable) -> None:
        @functools.wraps(answer)
        def adapted(closed, *args):
            try:
                value = answer(closed, *args)
            except Exception as error:
                if why := why_it_stops(error, closed):
                    raise _Explained(why) from error
                raise
            if isinstance(value, tuple | list) and len(value) == 2:
                return tuple(_as_names(one) for one in value)
            return value

        super().judge(adapted)

    def _cause(self, seen: Compared) -> Finding:
        if binds_a_jit(seen.answer, next(case for case in seen.cases if case.kind == JIT_INSIDE)):
            return Finding(
                "A jit's equation goes to `bind` as a whole, so nothing inside is counted: run its inner jaxpr "
                "yourself. Is its name right? It is `jit` in current JAX, `pjit` in older ones."
            )
        return super()._cause(seen)

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
        if value is None or value is Ellipsis:
            return super()._read(value, case, like)
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise Finding("Return two things: the list of outputs, and the tally.")
        outputs, counts = value
        inside = case.args[0].jaxpr
        return [_as_numbers(outputs, inside.outvars, case.kind), as_vector(counts, inside, tally(inside))]


def _as_names(value: object) -> object:
    """A mapping as a Counter; keys that are primitives by their names."""
    if not isinstance(value, Mapping):
        return value
    return Counter({str(getattr(key, "name", key)): times for key, times in value.items()})


def _as_numbers(outputs: object, outvars: list, kind: str) -> np.ndarray:
    """The numbers of all outputs, one behind the other."""
    if isinstance(outputs, Mapping):
        raise Finding("The tally comes first: return the outputs, then the tally.")
    if not isinstance(outputs, tuple | list):
        raise Finding(
            f"The outputs are a {type(outputs).__name__}: return a list, also where there is only one output."
        )
    if len(outputs) != len(outvars):
        raise Finding(
            f"It returns {len(outputs)} of {len(outvars)} outputs for {kind}. What a program returns is listed in "
            "`closed.jaxpr.outvars`, and need not be what its last equation makes."
        )
    if any(isinstance(one, list | tuple) for one in outputs):
        raise Finding(
            "An output is a list: a primitive with `multiple_results` returns a list of arrays, any other one array."
        )
    try:
        return np.concatenate([np.asarray(one, float).ravel() for one in outputs])
    except (TypeError, ValueError):
        raise Finding(
            "The outputs aren't arrays of numbers: read the values of the `outvars`, don't return the variables."
        ) from None


class _Explained(Exception):
    """What an exception means here, in words that ``errors`` knows."""


def why_it_stops(error: Exception, closed: ClosedJaxpr) -> str:
    if isinstance(error, KeyError) and error.args and (where := origin(error.args[0], closed)):
        return where
    if fails_in_bind(error, "custom_jvp_call"):
        return "custom_jvp_call goes to bind"
    # a Literal among inputs fails already in an earlier case, which has none among its outputs
    literal_out = any(isinstance(out, Literal) for out in closed.jaxpr.outvars)
    return "an output is a Literal" if "unhashable type: 'Literal'" in str(error) and literal_out else ""


def origin(var: object, closed: ClosedJaxpr) -> str:
    """What kind of variable this is, in the jaxpr or in one inside."""
    inside = next(programs.inner(closed))
    if any(var is one for one in inside.constvars):
        return "a constant: its value is in `closed.consts`, in the order of `closed.jaxpr.constvars`"
    if any(var is one for one in inside.invars):
        return "an input: `args` are the values of `closed.jaxpr.invars`, in this order"
    if any(var is one for equation in inside.eqns for one in equation.outvars):
        return "made by an equation: after each one, store its results under its `outvars`"
    for equation in inside.eqns:
        for one in held_by(equation):
            if found := origin(var, one):
                return f"in an inner jaxpr, {found}"
    return ""


def fails_in_bind(error: Exception, name: str) -> bool:
    """Whether an exception comes out of ``bind`` of the primitive of this name."""
    trace = error.__traceback__
    while trace is not None:
        code, own = trace.tb_frame.f_code, trace.tb_frame.f_locals.get("self")
        if code.co_name == "bind" and getattr(own, "name", None) == name:
            return True
        trace = trace.tb_next
    return False


def binds_a_jit(answer: Callable, case: Case) -> bool:
    """Whether a jit of this program is handed to ``bind`` instead of being looked into."""
    jaxprs = [equation.params["jaxpr"] for equation in case.args[0].jaxpr.eqns if "jaxpr" in equation.params]
    seen: list[types.FrameType] = []

    def look(frame: types.FrameType) -> None:
        params = frame.f_locals.get("params")
        if frame.f_code.co_name == "bind" and isinstance(params, dict):
            seen.extend(frame for one in jaxprs if params.get("jaxpr") is one)

    with watching(look), contextlib.suppress(Exception):
        answer(*case.args)
    return bool(seen)


task = Interpreting(
    number=4,
    name="evaluate",
    reference=reference,
    cases=cases,
    outputs=("the outputs", "the tally"),
    meaning=(
        "That is all an interpreter does; with other rules in place of bind, the same loop differentiates, vectorises "
        "or compiles."
    ),
    errors={
        "custom_jvp_call goes to bind": (
            "An equation `custom_jvp_call` goes to `bind`, which wants more than its params: run the jaxpr that it "
            "holds under `call_jaxpr`, as you do with a jit."
        ),
        "an output is a Literal": (
            "An output may be a `Literal`, too: read the `outvars` of the program in the same way as the inputs of an "
            "equation."
        ),
        "unhashable type: 'Literal'": (
            "A `Literal` is looked up among the variables: it is a number typed into the program, has no name, and "
            "carries its value in `.val`."
        ),
        "a constant: its value": (
            "A variable has no value yet. It is a constant of the jaxpr: the values are in `closed.consts`, in the "
            "order of `closed.jaxpr.constvars`."
        ),
        "made by an equation": (
            "A variable has no value yet, though an equation makes it: store all results of an equation under its "
            "`outvars`, and do so before the next equation."
        ),
        "an input: `args`": (
            "A variable has no value, or has it no more if a value is taken out (`pop`) when it is read. It is an "
            "input of a jaxpr, whose values come in the order of `invars`: for the whole program they are `args`, "
            "for an inner jaxpr the inputs of the equation that calls it; constants belong to `constvars`."
        ),
        "iteration over a 0-d": (
            "A single result is treated as a list. Only a primitive with `primitive.multiple_results` returns a list."
        ),
        **dict.fromkeys(
            ("not a valid JAX type", "interpreting argument to"),
            "A list, or a variable instead of its value, is handed to a primitive. A primitive with "
            "`primitive.multiple_results` returns a list with one value per outvar, and the inputs of an equation are "
            "to be read first.",
        ),
    },
)


@task.demand
def no_ready_made_interpreter(answer: Callable) -> None:
    closed, *args = cases()[0].args
    seen: list[str] = []

    def look(frame: types.FrameType) -> None:
        if frame.f_code.co_name == "eval_jaxpr" and any(
            frame.f_locals.get("jaxpr") is one for one in (closed, closed.jaxpr)
        ):
            seen.append(frame.f_code.co_name)

    with watching(look):
        answer(closed, *args)
    if seen:
        raise Finding(
            "The numbers are right, for JAX's own interpreter (`jaxpr_as_fun` or `eval_jaxpr`) has run the jaxpr. "
            "Write yours."
        )


@task.demand
def can_be_traced(answer: Callable) -> None:
    def outputs(closed: ClosedJaxpr, *args: object) -> object:
        return answer(closed, *args)[0]

    for case in cases():
        closed, *args = case.args
        try:
            jax.make_jaxpr(functools.partial(outputs, closed))(*args)
        except Exception as error:
            raise Finding(
                f"The numbers are right, but jax.jit can't go through your interpreter ({type(error).__name__}, for "
                f"{case.kind}): keep the values as they are, without NumPy and float, and let only `bind` touch them."
            ) from None


# --- known mistakes


@task.mistake("The tally lacks what inner jaxprs do: they run, but what they have counted isn't added.")
def inner_tally_dropped(closed, *args):
    values = dict(zip([*closed.jaxpr.constvars, *closed.jaxpr.invars], [*closed.consts, *args], strict=True))
    executed = Counter()
    for equation in closed.jaxpr.eqns:
        inputs = [atom.val if isinstance(atom, Literal) else values[atom] for atom in equation.invars]
        name = equation.primitive.name
        if name in ("jit", "pjit", "custom_jvp_call"):
            inner = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, inside = inner_tally_dropped(inner, *inputs)
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] += 1
        values.update(zip(equation.outvars, outputs, strict=True))
    return [atom.val if isinstance(atom, Literal) else values[atom] for atom in closed.jaxpr.outvars], executed


@task.mistake("The tally of an inner jaxpr replaces counts that were there, instead of being added.")
def inner_tally_replaces(closed, *args):
    values = dict(zip([*closed.jaxpr.constvars, *closed.jaxpr.invars], [*closed.consts, *args], strict=True))
    executed = {}
    for equation in closed.jaxpr.eqns:
        inputs = [atom.val if isinstance(atom, Literal) else values[atom] for atom in equation.invars]
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            inner = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, below = inner_tally_replaces(inner, *inputs)
            executed.update(below)
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] = executed.get(name, 0) + 1
        values.update(zip(equation.outvars, outputs, strict=True))
    return [atom.val if isinstance(atom, Literal) else values[atom] for atom in closed.jaxpr.outvars], executed


@task.mistake(
    "An inner jaxpr that is called a second time gives the outputs of its first call once more: they depend on its "
    "inputs, too."
)
def inner_outputs_remembered(closed, *args):
    known = {}

    def run(closed, args):
        values = dict(zip([*closed.jaxpr.constvars, *closed.jaxpr.invars], [*closed.consts, *args], strict=True))
        executed = Counter()
        for equation in closed.jaxpr.eqns:
            inputs = [atom.val if isinstance(atom, Literal) else values[atom] for atom in equation.invars]
            inner = equation.params.get("call_jaxpr", equation.params.get("jaxpr"))
            if equation.primitive.name in programs.WRAPPERS:
                if inner not in known:
                    known[inner] = run(inner, inputs)
                outputs, below = known[inner]
                executed += below
            else:
                outputs = equation.primitive.bind(*inputs, **equation.params)
                outputs = outputs if equation.primitive.multiple_results else [outputs]
                executed[equation.primitive.name] += 1
            values.update(zip(equation.outvars, outputs, strict=True))
        return [atom.val if isinstance(atom, Literal) else values[atom] for atom in closed.jaxpr.outvars], executed

    return run(closed, args)


@task.mistake("Every count in the tally is 1: names are collected, not counted.")
def names_collected(closed, *args):
    outputs, executed = reference(closed, *args)
    return outputs, dict.fromkeys(executed, 1)


@task.mistake("The outputs come in the reverse order.")
def outputs_reversed(closed, *args):
    outputs, executed = reference(closed, *args)
    return outputs[::-1], executed


@task.mistake(
    "The tally counts twice: the inner jaxpr is counted where it is called and again inside, or each equation is run "
    "twice."
)
def counted_twice(closed, *args):
    outputs, executed = reference(closed, *args)
    return outputs, executed + executed


@task.mistake("The tally is empty: where is each equation counted?")
def nothing_counted(closed, *args):
    outputs, _ = reference(closed, *args)
    return outputs, {}


@task.mistake("What was counted before an inner jaxpr is lost: its tally takes the place of your own. Add the two.")
def inner_tally_takes_over(closed, *args):
    values = dict(zip([*closed.jaxpr.constvars, *closed.jaxpr.invars], [*closed.consts, *args], strict=True))
    executed = Counter()
    for equation in closed.jaxpr.eqns:
        inputs = [atom.val if isinstance(atom, Literal) else values[atom] for atom in equation.invars]
        inner = equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
        if inner:
            outputs, executed = inner_tally_takes_over(inner, *inputs)
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[equation.primitive.name] += 1
        values.update(zip(equation.outvars, outputs, strict=True))
    return [atom.val if isinstance(atom, Literal) else values[atom] for atom in closed.jaxpr.outvars], executed
