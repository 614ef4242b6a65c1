"""Answer checks of unit 01, jaxprs: ``from jaxhep.check import unit01 as check``.

Programs are judged by what is in their jaxprs, never by seconds: equations counted, array elements computed, modes of differentiation
found out with functions that only one mode can differentiate.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
import math
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from jaxhep import programs
from jaxhep.check import engine
from jaxhep.check.engine import Case, Finding, Question, Quiz, Result, Task

MODES = {"forward": jax.jacfwd, "reverse": jax.jacrev}
COMBINATIONS = [f"{outer} over {inner}" for outer in MODES for inner in MODES]


def _generator(number: int) -> np.random.Generator:
    return np.random.default_rng([20260101, number])


def flops(function: Callable, *args: object) -> float:
    """Floating-point operations of the compiled program, as XLA counts them."""
    return jax.jit(function).lower(*args).compile().cost_analysis()["flops"]


def computed(jaxpr: ClosedJaxpr | Jaxpr) -> int:
    """How many numbers a program computes: the elements of every array that its equations make, the turns of a ``scan`` included.

    A ``dot_general`` counts the products it adds up. The body of a ``while`` counts once, for nobody knows how often it runs.
    """
    total = 0
    for equation in next(programs.inner(jaxpr)).eqns:
        within = sum(computed(one) for value in equation.params.values() for one in programs.inner(value))
        if within:
            total += within * equation.params.get("length", 1)
            continue
        elements = sum(math.prod(out.aval.shape) for out in equation.outvars)
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            elements *= math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
        total += elements
    return total


def problem(bins: int, parameters: int) -> tuple[Callable[[Array], Array], Callable[[Array], Array], Array]:
    """Expected yields (bins,) and -2 ln L as functions of params, and params: mu, then nuisance parameters (parameters - 1,)."""
    shifts = np.random.default_rng(1).normal(0, 0.03, (parameters - 1, bins))
    signal, background = jnp.full(bins, 4.0), jnp.linspace(90.0, 10.0, bins)

    def expected(params: Array) -> Array:
        return (params[0] * signal + background) * jnp.exp(params[1:] @ shifts)

    def nll2(params: Array) -> Array:
        yields, counts = expected(params), signal + background
        return 2 * jnp.sum(yields - counts * jnp.log(yields)) + jnp.sum(params[1:] ** 2)

    return expected, nll2, jnp.full(parameters, 0.1).at[0].set(1.0)


@dataclass(eq=False)
class ChoiceQuiz(Quiz):
    """A quiz with some answers that are words. ``choices`` : the words that a question may be answered with."""

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def examine(self, answer: object) -> None:
        for key, words in self.choices.items() if isinstance(answer, Mapping) else ():
            value = answer.get(key)
            if isinstance(value, str) and value.strip().lower() not in {word.lower() for word in words}:
                quoted = ", ".join(f'"{word}"' for word in words)
                raise Finding(f'{key}: "{value}" isn\'t one of the answers, which are {quoted}.')
        super().examine(answer)


# --- task 1: reverse mode by hand -----------------------------------------------------------------------------------------


def _reverse_by_hand(x1, x2):
    u, e = x1 / x2, jnp.exp(x2)
    a = u - e
    b = jnp.sin(u) + a
    a_bar = b + a
    u_bar = a * jnp.cos(u) + a_bar
    x1_bar = u_bar / x2
    return a * b, u_bar, -a_bar, x1_bar, -x1_bar * u - a_bar * e


def _pieces(x1, x2) -> types.SimpleNamespace:
    """Everything that a wrong backward sweep may be made of."""
    u, e = x1 / x2, np.exp(x2)
    a = u - e
    return types.SimpleNamespace(x1=x1, x2=x2, u=u, e=e, a=a, b=np.sin(u) + a, s=np.sin(u), c=np.cos(u))


def _swept(p: types.SimpleNamespace, u_bar=None, e_bar=None, x1_bar=None, x2_bar=None) -> tuple:
    """The five results, with these adjoints instead of the right ones; what follows from an adjoint follows from the wrong one."""
    u_bar = p.a * p.c + p.a + p.b if u_bar is None else u_bar
    e_bar = -(p.a + p.b) if e_bar is None else e_bar
    x1_bar = u_bar / p.x2 if x1_bar is None else x1_bar
    x2_bar = -u_bar * p.u / p.x2 + e_bar * p.e if x2_bar is None else x2_bar
    return p.a * p.b, u_bar, e_bar, x1_bar, x2_bar


def _slip(change: Callable[[types.SimpleNamespace], dict]) -> Callable:
    """The right sweep with these changes, as a function of (x1, x2)."""

    def variant(x1, x2):
        p = _pieces(x1, x2)
        return _swept(p, **change(p))

    return variant


def _by_hand_cases() -> list[Case]:
    points = {
        "ordinary values with cos(u) < 0": (1.3, 0.8),
        "ordinary values with cos(u) > 0": (0.6, 0.9),
        "a negative x1": (-2.1, 0.6),
        "a small x2": (0.4, 0.15),
        "a large x2, where the exponential dominates": (2.5, 3.2),
        "a negative x2": (1.1, -0.7),
    }
    return [Case(point, kind) for kind, point in points.items()]


@contextlib.contextmanager
def _watching(wanted: Callable[[types.FrameType], bool]) -> Iterator[list[str]]:
    """Collect the names of the Python functions called within this block whose frames are wanted."""
    seen: list[str] = []

    def watch(frame: types.FrameType, event: str, _: object) -> None:
        if event == "call" and wanted(frame):
            seen.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def _no_automatic_differentiation(answer: Callable) -> None:
    inside = lambda frame: frame.f_code.co_filename.endswith("interpreters/ad.py")  # noqa: E731
    with _watching(inside) as seen, contextlib.suppress(Exception):
        answer(np.float32(1.25), np.float32(0.75))  # a type of its own: no program of an earlier call fits
    if seen:
        raise Finding(
            "The numbers are right, but JAX differentiates for you (grad, vjp, jvp or the like runs inside). Here the backward sweep is "
            "yours: only products, sums and the local derivatives of each line."
        )


def _numbered(jaxpr: ClosedJaxpr | Jaxpr, inputs: list, seen: dict, counts: Counter) -> list:
    """Give equal values equal numbers, through wrappers, and count in ``counts`` how often each is computed; returns the outputs'."""
    closed = jaxpr if isinstance(jaxpr, ClosedJaxpr) else None
    inside = next(programs.inner(jaxpr))
    values = dict(zip(inside.invars, inputs, strict=True))
    values |= {
        var: ("constant", id(const))
        for var, const in zip(inside.constvars, closed.consts if closed else (), strict=False)
    }

    def read(atom: object) -> object:
        return ("literal", str(atom.val)) if isinstance(atom, Literal) else values[atom]

    for equation in inside.eqns:
        operands = [read(atom) for atom in equation.invars]
        below = [value for value in equation.params.values() if isinstance(value, ClosedJaxpr | Jaxpr)]
        if equation.primitive.name in programs.WRAPPERS and below:
            outputs = _numbered(below[0], operands, seen, counts)
        else:
            key = (equation.primitive.name, str(sorted(equation.params.items())), *operands)
            counts[key] += 1
            number = seen.setdefault(key, len(seen))
            outputs = [(number, i) for i in range(len(equation.outvars))]
        values |= dict(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in inside.outvars]


COSTLY = ("div", "exp", "sin", "cos")


def _nothing_twice(answer: Callable) -> None:
    try:
        closed = jax.make_jaxpr(answer)(1.25, 0.75)
    except Exception:
        raise Finding(
            "The numbers are right, but JAX can't trace the function, so nobody can count its operations: NumPy, `math` or `float` wants "
            "values, and while tracing there are none. Use jnp.exp, jnp.sin and jnp.cos."
        ) from None
    counts: Counter = Counter()
    _numbered(closed, list(range(len(closed.jaxpr.invars))), {}, counts)
    often = Counter({name: programs.primitives(closed)[name] for name in ("exp", "sin", "cos")})
    for key, times in counts.items():
        if key[0] in COSTLY:
            often[key[0]] = max(often[key[0]], times)
    twice = [f"`{name}` {times} times" for name, times in often.items() if times > 1]
    if twice:
        raise Finding(
            f"The numbers are right, but your program does the same work again: {', '.join(twice)}. What the forward sweep has computed is "
            "stored in a variable, and the backward sweep takes it from there."
        )


def _frozen(got: list[Result], expected: list[Result]) -> str | None:
    if all(np.array_equal(one, first) for result in got for one, first in zip(result, got[0], strict=True)):
        return "The same numbers come out for every input, so they are typed in: compute them from x1 and x2."
    return None


reverse_by_hand = Task(
    1,
    "reverse_by_hand",
    _reverse_by_hand,
    _by_hand_cases,
    "One sweep back gives the slopes in all inputs, and each division, exponential, sine and cosine is made once.",
    {
        "The adjoint of u misses a path: y depends on u through the sine, too. Adjoints that arrive from several uses are added.": _slip(
            lambda p: {"u_bar": p.a + p.b}
        ),
        "The adjoint of u has only what comes through the sine: u is also in both differences. Adjoints of several uses are added.": _slip(
            lambda p: {"u_bar": p.a * p.c}
        ),
        "The adjoint of u has the path through the second factor only: u is in the first factor, too.": _slip(
            lambda p: {"u_bar": p.a * (p.c + 1)}
        ),
        "The adjoint of u has the path through the first factor only: u is in the second factor, too.": _slip(
            lambda p: {"u_bar": p.b}
        ),
        "The adjoint of u misses a path: a is a factor of y and a part of b, so two contributions arrive at a.": _slip(
            lambda p: {"u_bar": p.a * p.c + p.b, "e_bar": -p.b}
        ),
        "The adjoint of e has the path through the first factor only: e is subtracted in both.": _slip(
            lambda p: {"e_bar": -p.b}
        ),
        "The adjoint of e has the path through the second factor only: e is subtracted in both.": _slip(
            lambda p: {"e_bar": -p.a}
        ),
        "The adjoint of e has the wrong sign: e is subtracted.": _slip(lambda p: {"e_bar": p.a + p.b}),
        "The derivative of the sine has the wrong sign: it is the cosine that has minus the sine.": _slip(
            lambda p: {"u_bar": -p.a * p.c + p.a + p.b}
        ),
        "The sine itself stands where its derivative belongs.": _slip(lambda p: {"u_bar": p.a * p.s + p.a + p.b}),
        "The factors of the product have their own adjoints: for y = a b the adjoint of a is b, and the adjoint of b is a.": _slip(
            lambda p: {"u_bar": p.b * p.c + p.a + p.b}
        ),
        "The partial derivative for x2 has the path through the exponential only: x2 is a denominator, too.": _slip(
            lambda p: {"x2_bar": -(p.a + p.b) * p.e}
        ),
        "The partial derivative for x2 has the path through the ratio only: x2 is an exponent, too.": _slip(
            lambda p: {"x2_bar": -(p.a * p.c + p.a + p.b) * p.u / p.x2}
        ),
        "The partial derivative for x2 misses the derivative of the exponential, which is the exponential itself.": _slip(
            lambda p: {"x2_bar": -(p.a * p.c + p.a + p.b) * p.u / p.x2 - (p.a + p.b)}
        ),
        "In the partial derivative for x2 the ratio has the wrong sign: 1/x2 falls where x2 rises.": _slip(
            lambda p: {"x2_bar": (p.a * p.c + p.a + p.b) * p.u / p.x2 - (p.a + p.b) * p.e}
        ),
        "In the partial derivative for x2 the ratio's part is off: the derivative of x1/x2 by x2 is -x1/x2 squared, which is -u/x2.": _slip(
            lambda p: {"x2_bar": -(p.a * p.c + p.a + p.b) * p.u - (p.a + p.b) * p.e}
        ),
        "The partial derivative for x1 is multiplied by x2: the derivative of x1/x2 by x1 is 1/x2.": _slip(
            lambda p: {"x1_bar": (p.a * p.c + p.a + p.b) * p.x2}
        ),
        "The cosine is right only where it is negative: taken from the sine by a square root, it has lost its sign.": _slip(
            lambda p: {"u_bar": -p.a * abs(p.c) + p.a + p.b}
        ),
        "The cosine is right only where it is positive: a square root of 1 - sin(u)**2 is never negative.": _slip(
            lambda p: {"u_bar": p.a * abs(p.c) + p.a + p.b}
        ),
        "The sine's path to u lacks the adjoint that arrives at b: a local derivative is multiplied by it.": _slip(
            lambda p: {"u_bar": p.c + p.a + p.b}
        ),
        "The adjoint of e has the factor exp(x2) already: that is its share of the slope in x2, not the derivative of y by e.": _slip(
            lambda p: {"e_bar": -(p.a + p.b) * p.e, "x2_bar": -(p.a * p.c + p.a + p.b) * p.u / p.x2 - (p.a + p.b) * p.e}
        ),
        "The adjoint of e has the factor exp(x2) already, and the slope in x2 gets it twice.": _slip(
            lambda p: {"e_bar": -(p.a + p.b) * p.e}
        ),
        "The adjoint of u is divided by x2 already: that is the slope in x1, not the derivative of y by u.": _slip(
            lambda p: {
                "u_bar": (p.a * p.c + p.a + p.b) / p.x2,
                "x1_bar": (p.a * p.c + p.a + p.b) / p.x2,
                "x2_bar": -(p.a * p.c + p.a + p.b) * p.u / p.x2 - (p.a + p.b) * p.e,
            }
        ),
        "The two partial derivatives have changed places.": lambda x1, x2: (
            *_reverse_by_hand(x1, x2)[:3],
            *_reverse_by_hand(x1, x2)[:2:-1],
        ),
        "The partial derivatives stand where the adjoints of u and e belong, and the other way round.": lambda x1, x2: (
            *_reverse_by_hand(x1, x2)[:1],
            *_reverse_by_hand(x1, x2)[3:],
            *_reverse_by_hand(x1, x2)[1:3],
        ),
        "The adjoints of u and e have changed places.": lambda x1, x2: (
            *np.array(_reverse_by_hand(x1, x2))[[0, 2, 1]],
            *_reverse_by_hand(x1, x2)[3:],
        ),
    },
    outputs=("the value y", "the adjoint of u", "the adjoint of e", "the slope in x1", "the slope in x2"),
    symptoms=(_frozen,),
    rtol=1e-11,
    also=(_no_automatic_differentiation, _nothing_twice),
)


# --- task 2a: predict, then count -----------------------------------------------------------------------------------------


def _wasteful(x1, x2):
    return (x1 / x2 - jnp.exp(x2)) * (jnp.sin(x1 / x2) + x1 / x2 - jnp.exp(x2))


def _invariant_mass(E, px, py, pz):
    return jnp.sqrt(E**2 - px**2 - py**2 - pz**2)


def _poisson(expected, counts):
    ratio = counts / expected  # noqa: F841
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


def _shifted(nominal, theta):
    for k in range(4):
        nominal = nominal * (1 + 0.1 * theta[k])
    return nominal


def _efficiency(pt):
    return np.exp(-1.5) * jnp.exp(-0.5) * (1 - jnp.exp(-pt / 40))


def _resolution(pt, barrel=True):
    if barrel:
        return jnp.sqrt(0.01 + 1 / pt)
    return jnp.log(pt)


def _turn_on(pt):
    return jnp.where(pt > 20, jnp.tanh(pt / 30), 0.0)


_damping = jax.jit(lambda t: jnp.exp(-t / 1.5))


def _oscillation(t, shift):
    return _damping(t) - _damping(t + shift)


def _count_physics() -> dict[str, int | bool | str]:
    ten, many = jnp.ones(10), jnp.ones((500, 10))

    def count(name: str, function: Callable, *args: object) -> int:
        return programs.primitives(jax.make_jaxpr(function)(*args))[name]

    return {
        "powers": count("integer_pow", _invariant_mass, 4.0, 1.0, 2.0, 3.0),
        "logs": count("log", _poisson, ten, ten),
        "unused": count("div", _poisson, ten, ten),
        "loop": count("mul", _shifted, ten, jnp.ones(4)),
        "mapped": count("mul", jax.vmap(_poisson, in_axes=(None, 0)), ten, many),
        "constants": count("exp", _efficiency, ten),
        "branch": count("log", _resolution, ten) > 0,
        "where": count("tanh", _turn_on, jnp.ones(10)) > 0,
        "called twice": count("exp", _oscillation, 1.0, 0.5),
        "gradient": count("log", jax.grad(_poisson), ten, ten),
    }


predicted = Quiz(
    "2a",
    "predicted",
    _count_physics,
    "A jaxpr holds what was written and traced: everything, unused lines included, but only the branch that Python took.",
    {
        "powers": "Count the squares in the formula: each is an equation of its own.",
        "logs": "How many calls of jnp.log does Python make while tracing? The shape of the array is a matter of its type.",
        "unused": "Tracing writes down what Python executes, and asks nobody whether the result is needed.",
        "loop": "Run the loop in your head: how often is it run, and how many products does one turn make?",
        "mapped": "Count the products of `poisson` itself, then ask what vmap does to an equation.",
        "constants": "Which of the three exponentials does JAX ever see? NumPy computes at once and hands over a number.",
        "branch": "`barrel` is a Python value, known while tracing.",
        "where": "jnp.where is a function: which of its arguments does Python evaluate before it is called?",
        "called twice": "Write the two calls of `damping` out: how many exponentials would run?",
        "gradient": "There is a forward sweep before the backward sweep. Which of the two needs the logarithm, and which one executes it?",
    },
    {
        "Minus signs don't merge anything: there are four squares under the root, each an equation.": ("powers", 3),
        "No square is left out: a number squared is no constant, so each of the squares becomes an equation.": (
            "powers",
            0,
        ),
        "A primitive works on a whole array: ten bins are a shape, not ten equations.": ("logs", 10),
        "JAX doesn't clear away dead lines while tracing. The compiler does, later.": ("unused", 0),
        "One turn has a product inside the bracket, besides the one with `nominal`.": ("loop", 4),
        "A Python loop runs while tracing, so each turn leaves its equations: the jaxpr is unrolled.": ("loop", 2),
        "vmap doesn't repeat equations, it gives each one another axis.": ("mapped", 1000),
        "NumPy has finished before JAX hears of it: its exponential arrives as a number.": ("constants", 3),
        "jnp.exp of a Python number is an equation, too: only NumPy and `math` compute while tracing.": (
            "constants",
            1,
        ),
        "Python's `if` takes one branch while tracing; the other one leaves nothing in the jaxpr.": ("branch", True),
        "Both choices are computed before jnp.where chooses among them, whatever the values.": ("where", False),
        "The inner jaxpr may be stored once, but two equations call it, and each call computes.": ("called twice", 1),
        "The slope needs no logarithm, that's true, but the forward sweep executes it, and what is executed is recorded.": (
            "gradient",
            0,
        ),
        "The derivative of a logarithm is a division, it brings no second logarithm.": ("gradient", 2),
    },
)


# --- task 2b: a tally -----------------------------------------------------------------------------------------------------


def _holds(equation: object) -> list[Jaxpr]:
    """The jaxprs inside one equation."""
    return [one for value in equation.params.values() for one in programs.inner(value)]


def _tally(jaxpr: ClosedJaxpr | Jaxpr) -> Counter[str]:
    counts: Counter[str] = Counter()
    for equation in jaxpr.eqns:
        below = _holds(equation)
        for one in below:
            counts += _tally(one)
        if not below:
            counts[equation.primitive.name] += 1
    return counts


def _tally_top(jaxpr):
    return Counter(equation.primitive.name for equation in jaxpr.eqns)


def _tally_levels(jaxpr, levels: int = 1):
    """Looks into so many levels of inner jaxprs."""
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns if levels else ():
        for one in _holds(equation):
            counts += _tally_levels(one, levels - 1)
    return counts


def _tally_no_tuples(jaxpr):
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            if isinstance(value, ClosedJaxpr | Jaxpr):
                counts += _tally_no_tuples(next(programs.inner(value)))
    return counts


def _tally_only_jit(jaxpr):
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns:
        for one in programs.inner(equation.params.get("jaxpr")):
            counts += _tally_only_jit(one)
    return counts


def _tally_named(jaxpr, names):
    """Looks into the params of these names only."""
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns:
        for one in programs.inner([equation.params.get(name) for name in names]):
            counts += _tally_named(one, names)
    return counts


def _tally_entered(jaxpr, primitives):
    """Looks into the equations of these primitives only."""
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns:
        for one in _holds(equation) if equation.primitive.name in primitives else ():
            counts += _tally_entered(one, primitives)
    return counts


def _tally_turns(jaxpr):
    """The body of a ``scan`` once per turn."""
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns:
        turns = equation.params.get("length", 1) if equation.primitive.name == "scan" else 1
        for one in _holds(equation):
            counts += Counter({name: turns * times for name, times in _tally_turns(one).items()})
    return counts


def _tally_first_branch(jaxpr):
    """Only the first jaxpr of a tuple."""
    counts = _tally_top(jaxpr)
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            for one in list(programs.inner(value))[:1]:
                counts += _tally_first_branch(one)
    return counts


def _tally_first(jaxpr):
    """Only the first inner jaxpr of an equation."""
    counts: Counter[str] = Counter()
    for equation in jaxpr.eqns:
        below = _holds(equation)
        counts += _tally_first(below[0]) if below else Counter([equation.primitive.name])
    return counts


def _tally_replaced(jaxpr):
    """``dict.update`` instead of addition."""
    counts: dict[str, int] = {}
    for equation in jaxpr.eqns:
        below = _holds(equation)
        for one in below:
            counts.update(_tally_replaced(one))
        if not below:
            counts[equation.primitive.name] = counts.get(equation.primitive.name, 0) + 1
    return counts


def _tally_once(jaxpr, seen=None):
    """Every inner jaxpr once, however often it is called."""
    seen = set() if seen is None else seen
    counts: Counter[str] = Counter()
    for equation in jaxpr.eqns:
        below = _holds(equation)
        for one in below:
            if id(one) not in seen:
                seen.add(id(one))
                counts += _tally_once(one, seen)
        if not below:
            counts[equation.primitive.name] += 1
    return counts


def _tally_returns_inner(jaxpr):
    """Returns as soon as an inner jaxpr has been found."""
    counts: Counter[str] = Counter()
    for equation in jaxpr.eqns:
        below = _holds(equation)
        if below:
            return _tally_returns_inner(below[0])
        counts[equation.primitive.name] += 1
    return counts


def _tally_cases() -> list[Case]:
    inner = jax.jit(lambda x: jnp.exp(-x) * jnp.cos(3 * x))
    nested = jax.jit(lambda x: inner(x) + jnp.sin(x))

    def choose(x):
        return jax.lax.cond(x > 0, lambda x: jnp.log(x) * x, lambda x: jnp.sin(x) * jnp.sin(-x), x)

    functions = {
        "a function without anything inside": (_invariant_mass, (4.0, 1.0, 2.0, 3.0)),
        "a jitted function within another function": (lambda x: x * inner(x) * jnp.exp(x) * 2, (1.0,)),
        "a jitted function within a jitted function": (lambda x: 2 * nested(x), (1.0,)),
        "a jitted function that is called twice": (lambda x: inner(x) * inner(2 * x), (1.0,)),
        "a custom derivative (softplus)": (lambda x: jax.nn.softplus(x) + jnp.exp(x), (jnp.ones(3),)),
        "a cond, with two jaxprs in a tuple": (lambda x: choose(x) * x, (1.0,)),
        "the gradient of a jitted function": (jax.grad(nested), (1.0,)),
        "a function that returns its input": (lambda x: x, (1.0,)),
        "a scan of five turns": (
            lambda x: jax.lax.scan(lambda c, t: (jnp.sin(c) * t, inner(c)), x, jnp.ones(5))[0] * 2,
            (1.0,),
        ),
        "a fori_loop": (lambda x: jax.lax.fori_loop(0, 4, lambda i, c: c * jnp.cos(c), x), (1.0,)),
        "a while_loop": (lambda x: jax.lax.while_loop(lambda c: jnp.sqrt(c) < 3, lambda c: c + jnp.exp(c), x), (1.0,)),
    }
    return [Case((jax.make_jaxpr(f)(*args),), kind) for kind, (f, args) in functions.items()]


def _holders(jaxpr: Jaxpr) -> set[str]:
    """Names of the primitives that hold jaxprs, at every level."""
    names: set[str] = set()
    for equation in jaxpr.eqns:
        below = _holds(equation)
        names |= {equation.primitive.name} if below else set()
        for one in below:
            names |= _holders(one)
    return names


def _as_counter(value: object) -> object:
    """A mapping as a Counter, which is no pytree."""
    return Counter(dict(value)) if isinstance(value, Mapping) else value


def _as_names(value: object) -> object:
    """A mapping as a Counter; keys that are primitives by their names."""
    return (
        Counter({str(getattr(key, "name", key)): times for key, times in value.items()})
        if isinstance(value, Mapping)
        else value
    )


def _as_vector(counts: object, right: Mapping[str, int], ignored: set[str]) -> np.ndarray:
    """How often each name of the right tally occurs, then everything else together."""
    if not isinstance(counts, Mapping):
        raise Finding(
            f"The tally is a {type(counts).__name__}: return a dictionary or a Counter, names of primitives and how often each occurs."
        )
    try:
        numbers = {name: float(times) for name, times in counts.items()}
    except (TypeError, ValueError):
        raise Finding(
            "The tally has something else than numbers in it: it maps the name of each primitive to how often it occurs."
        ) from None
    strangers = sum(times for name, times in numbers.items() if name not in right and name not in ignored)
    return np.array([*(numbers.get(name, 0.0) for name in sorted(right)), strangers])


@dataclass(eq=False)
class TallyTask(Task):
    """A task whose result is a tally of primitives."""

    def examine(self, answer: object) -> None:
        if not callable(answer):
            super().examine(answer)
        super().examine(functools.wraps(answer)(lambda *args: _as_counter(answer(*args))))

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
        if value is None or value is Ellipsis:
            return super()._read(value, case, like)
        if isinstance(value, Mapping) and any(not isinstance(name, str) for name in value):
            kinds = {type(name).__name__ for name in value if not isinstance(name, str)}
            raise Finding(
                f"The keys of the tally are no strings ({', '.join(sorted(kinds))}), so nothing is found under a name, as in tally(...)['sin']: "
                "count under `equation.primitive.name`."
            )
        jaxpr = next(programs.inner(case.args[0]))
        return [_as_vector(value, _tally(jaxpr), _holders(jaxpr) | programs.WRAPPERS)]


def _own_counter(answer: Callable) -> None:
    code = programs.primitives.__code__
    if engine.calls_of({code}, answer, *TASKS["tally"].cases()[0].args):
        raise Finding(
            "The numbers are right, for `programs.primitives` has counted them. Write the loop over the equations yourself."
        )


tally = TallyTask(
    "2b",
    "tally",
    _tally,
    _tally_cases,
    "A program is a tree of jaxprs, and a walk through all of them sees every equation.",
    {
        "Only the outermost equations are counted: those of a jitted function stand in a jaxpr of their own, inside `params`.": _tally_top,
        "It looks one level deep: an inner jaxpr may hold further ones. Let the function call itself.": _tally_levels,
        "Jaxprs in a tuple are missed: a cond keeps one per branch. `programs.inner` looks into tuples.": _tally_no_tuples,
        'Only `params["jaxpr"]` is looked into: other equations keep theirs under other names. Look at all values of `params`.': _tally_only_jit,
        "Only a jit is looked into: custom derivatives, branches and loops hold jaxprs, too. Ask each equation, whatever its name.": (
            lambda jaxpr: _tally_entered(jaxpr, {"jit", "pjit"})
        ),
        "Branches and loops (cond, scan, while) aren't looked into: they hold jaxprs, too. Ask each equation, whatever its name.": (
            lambda jaxpr: _tally_entered(jaxpr, programs.WRAPPERS)
        ),
        "Loops (scan, while) aren't looked into: they hold jaxprs, too. Ask each equation, whatever its name.": (
            lambda jaxpr: _tally_entered(jaxpr, programs.WRAPPERS | {"cond"})
        ),
        "A while loop isn't looked into: its jaxprs have other names than those you list. Look at all values of `params`.": (
            lambda jaxpr: _tally_named(jaxpr, ("jaxpr", "call_jaxpr", "branches"))
        ),
        "The condition of a while loop is missed: it is a jaxpr of its own. Look at all values of `params`, whatever their names.": (
            lambda jaxpr: _tally_named(jaxpr, ("jaxpr", "call_jaxpr", "branches", "body_jaxpr"))
        ),
        "What a scan or fori_loop holds is counted once per turn: asked is how often an equation stands in the jaxpr, not how often it runs.": (
            _tally_turns
        ),
        "Of a cond only the first branch is counted: its tuple holds one jaxpr per branch.": _tally_first_branch,
        "Of several jaxprs in one equation only the first is counted: a cond has one per branch, a while loop has two.": _tally_first,
        "Counts of inner jaxprs replace those that were there (as `dict.update` does): add them.": _tally_replaced,
        "A jaxpr that two equations hold is counted once: it stands in both, so it counts for each.": _tally_once,
        "Every count is 1: names are collected, not counted.": lambda jaxpr: dict.fromkeys(_tally(jaxpr), 1),
        "It stops at the first inner jaxpr and returns what is in there: add it up, and go on.": _tally_returns_inner,
        "The numbers of operands are counted instead of the equations.": lambda jaxpr: _tally_operands(jaxpr),
    },
    also=(_own_counter,),
    errors={
        "has no attribute 'eqns'": "Something without equations is asked for its `.eqns`: most values of `params` are no jaxprs. "
        "`programs.inner(value)` gives those jaxprs that are in a value, none or several.",
        "recursion depth": "It calls itself with the same jaxpr again and again: pass on the inner one.",
    },
)


def _tally_operands(jaxpr):
    counts: Counter[str] = Counter()
    for equation in jaxpr.eqns:
        below = _holds(equation)
        for one in below:
            counts += _tally_operands(one)
        if not below:
            counts[equation.primitive.name] += len(equation.invars)
    return counts


# --- task 3a: a tall Jacobian ---------------------------------------------------------------------------------------------


def _jacobian(expected, params):
    return jax.jacfwd(expected)(params)


def _jacobian_cases() -> list[Case]:
    rng = _generator(3)

    def yields(bins: int, parameters: int) -> Callable:
        shape = rng.normal(0, 0.2, (parameters, bins))
        nominal = rng.uniform(5, 60, bins)
        return jax.jit(lambda params: nominal * jnp.exp(params @ shape) + jnp.sum(params**2) * shape[0])

    return [
        Case((yields(12, 3), np.array([0.3, -0.4, 1.1])), "twelve bins and three parameters"),
        Case((yields(7, 2), np.array([1.2, 0.5])), "seven bins and two parameters"),
        Case((yields(5, 1), np.array([0.7])), "a single parameter"),
        Case((yields(9, 4), np.array([0.0, 0.2, 0.0, -1.0])), "four parameters, some of them 0"),
    ]


def _few_passes(answer: Callable) -> None:
    expected, _, params = problem(bins=200, parameters=3)
    try:
        closed = jax.make_jaxpr(lambda params: answer(expected, params))(params)
    except Exception as error:
        raise Finding(
            f"The numbers are right, but JAX can't trace the function ({type(error).__name__}), so its operations can't be counted: "
            "keep to jnp, and to arrays."
        ) from None
    once, all_in_all = computed(jax.make_jaxpr(expected)(params)), computed(closed)
    if all_in_all > 12 * params.size * once:
        raise Finding(
            f"The numbers are right, but for 200 bins and {params.size} parameters your program computes as many numbers as "
            f"{all_in_all / once:.0f} evaluations of `expected`: it takes a pass per bin, where a pass per parameter is enough."
        )


class _NeverCalled(Exception):
    """The given function hasn't been used."""


def _uses_first(answer: Callable) -> bool:
    """Whether a function's code mentions its first argument; believed where there is no code to look at."""
    code = getattr(inspect.unwrap(answer), "__code__", None)
    if code is None or not code.co_argcount or engine.captured(answer):
        return True
    names = [step.argval for step in dis.get_instructions(code)]
    first = code.co_varnames[0]
    return any(first in name if isinstance(name, tuple) else first == name for name in names)


@dataclass(eq=False)
class JacobianTask(Task):
    """A task whose answer must use the function that it is given."""

    def examine(self, answer: object) -> None:
        if not callable(answer):
            super().examine(answer)

        @functools.wraps(answer)
        def adapted(expected, params):
            watched = programs.counted(expected)
            try:
                value = answer(watched, params)
            except (TypeError, ValueError) as error:
                if not _uses_first(answer):
                    raise _NeverCalled("the given function is never called") from error
                raise
            if (
                isinstance(value, Array | np.ndarray | list | tuple)
                and not watched.calls
                and not engine.captured(answer)
            ):
                raise _NeverCalled("the given function is never called")
            return value

        super().examine(adapted)


def _columns(got: list[Result], expected: list[Result]) -> str | None:
    """The number of columns is typed in."""
    shapes = [(g[0].shape, e[0].shape) for g, e in zip(got, expected, strict=True)]
    widths = {g[1] for g, e in shapes if len(g) == 2 and g[0] == e[0]}
    if len(widths) == 1 and all(len(g) == 2 and g[0] == e[0] for g, e in shapes) and any(g != e for g, e in shapes):
        return f"The number of columns is {widths.pop()}, however many parameters there are: it is typed in. Take it from `params`."
    return None


def _coarse(got: list[Result], expected: list[Result]) -> str | None:
    """Nearly right, but worse than single precision and fine differences."""
    close = [[engine.same(g, e, rtol, 0.0) for g, e in zip(got, expected, strict=True)] for rtol in (3e-2, 2e-5)]
    if all(close[0]) and not all(close[1]):
        return (
            "Right to a few per cent at best, as the difference of yields at two points is: its step is coarse. A forward pass has no step; "
            "jax.jvp and jax.jacfwd are exact."
        )
    return None


yield_jacobian = JacobianTask(
    "3a",
    "yield_jacobian",
    _jacobian,
    _jacobian_cases,
    "One forward pass gives a column, the effect of one parameter on all bins: with few parameters that is all it takes.",
    {
        "The axes have changed places: row b belongs to bin b, column k to parameter k.": lambda f, p: (
            jax.jacfwd(f)(p).T
        ),
        "The bins are added up: this is the gradient of the total yield, one number per parameter.": lambda f, p: (
            jax.jacfwd(f)(p).sum(0)
        ),
        "The parameters are added up: a single pass along (1, 1, ..., 1) moves all of them at once. One direction per parameter.": (
            lambda f, p: jax.jacfwd(f)(p).sum(1)
        ),
        "The parameters are added up, in a matrix of one column: one direction per parameter is needed.": lambda f, p: (
            jax.jacfwd(f)(p).sum(1, keepdims=True)
        ),
        "Each column is the sum of all columns: one pass along (1, 1, ..., 1) mixes the parameters. One direction per parameter.": lambda f, p: (
            np.outer(jax.jacfwd(f)(p).sum(1), np.ones(len(p)))
        ),
        "Only the first parameter is moved: one direction per parameter is needed.": lambda f, p: jax.jacfwd(f)(p)[
            :, 0
        ],
        "Each column is multiplied by its parameter: the tangents are unit vectors, they have nothing to do with the values.": (
            lambda f, p: jax.jacfwd(f)(p) * p
        ),
        "These are relative changes, divided by the yields: asked are the derivatives of the yields themselves.": lambda f, p: (
            jax.jacfwd(f)(p) / np.asarray(f(p))[:, None]
        ),
        "Values and derivatives are added: jax.jvp returns both, the value first, and only the second is asked.": lambda f, p: (
            jax.jacfwd(f)(p) + np.asarray(f(p))[:, None]
        ),
        "Yields are returned instead of their derivatives: jax.jvp returns both, the value first.": lambda f, p: (
            np.tile(np.asarray(f(p))[:, None], len(p))
        ),
    },
    symptoms=(_columns, _coarse),
    rtol=1e-11,
    also=(_few_passes,),
    returns="an array with one row per bin and one column per parameter",
    errors={
        "the given function is never called": "The function `expected` that comes in as an argument is never called: the check hands over other "
        "functions than the notebook's, so differentiate the one you are given.",
        "only defined for scalar-output functions": "jax.grad wants a function with one result; `expected` has one per bin. What gives the "
        "derivatives of many results along one direction?",
        "primal and tangent arguments to jax.jvp": "The tangent doesn't fit to its parameter vector: it has the same shape and dtype "
        "as `params`. Mind the tuples: jax.jvp(f, (params,), (direction,)).",
    },
)


# --- task 3b: which mode? -------------------------------------------------------------------------------------------------


def _winners() -> dict[str, int | bool | str]:
    rng = _generator(31)
    tall, _, three = problem(bins=400, parameters=3)
    flat, likelihood, hundred = problem(bins=10, parameters=100)
    weight, score = rng.uniform(0.5, 1.5, 2000), rng.uniform(0, 1, 2000)
    layers = rng.normal(0, 0.4, (20, 30)), rng.normal(0, 0.4, 30)
    functions = {
        "yields": (tall, three),
        "likelihood": (likelihood, hundred),
        "few bins": (flat, hundred),
        "reweighting": (lambda kappa: weight * (1 + kappa[0] * score) ** 2, jnp.array([1.0])),
        "discriminant": (lambda event: jnp.tanh(event @ layers[0]) @ layers[1], jnp.ones(20)),
    }
    costs = {
        key: {mode: flops(jacobian(f), x) for mode, jacobian in MODES.items()} for key, (f, x) in functions.items()
    }
    return {key: min(cost, key=cost.get) for key, cost in costs.items()}


winners = ChoiceQuiz(
    "3b",
    "winners",
    _winners,
    "Forward mode pays per input, reverse mode per output: the smaller number decides.",
    {
        "yields": "Many results, few parameters. A backward pass serves one result, so how many would it take?",
        "likelihood": "A single result. A forward pass serves one parameter, so how many would it take?",
        "few bins": "Compare the number of passes: one per bin, or one per parameter. Ten results are few.",
        "reweighting": "However many events: only one number is moved, and a single pass carries its effect to all of them.",
        "discriminant": "One event: how many numbers go in, how many come out? Forward mode pays for the former, reverse mode for the latter.",
    },
    choices=dict.fromkeys(("yields", "likelihood", "few bins", "reweighting", "discriminant"), tuple(MODES)),
)


# --- task 4: an interpreter -----------------------------------------------------------------------------------------------


def _evaluate(closed, *args, inner_counts="add"):
    """Outputs and tally; ``inner_counts`` "drop" or "replace" makes a mistake."""
    values = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True)) | dict(
        zip(closed.jaxpr.invars, args, strict=True)
    )
    counts: Counter[str] = Counter()

    def read(atom):
        return atom.val if isinstance(atom, Literal) else values[atom]

    for equation in closed.jaxpr.eqns:
        inputs = [read(atom) for atom in equation.invars]
        within = [value for value in equation.params.values() if isinstance(value, ClosedJaxpr)]
        if equation.primitive.name in programs.WRAPPERS and within:
            outputs, below = _evaluate(within[0], *inputs, inner_counts=inner_counts)
            if inner_counts == "replace":
                counts = Counter({**counts, **below})
            elif inner_counts == "add":
                counts += below
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            counts[equation.primitive.name] += 1
        values |= dict(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in closed.jaxpr.outvars], counts


JIT_INSIDE = "a jitted function inside"


def _evaluate_cases() -> list[Case]:
    efficiency = np.array([0.9, 0.8, 0.6])
    inner = jax.jit(lambda x, y: jnp.exp(-x) / y)
    corrected = jax.jit(lambda x: x / jnp.asarray(efficiency) - jnp.sin(x))
    three = np.array([0.5, 1.5, -0.7])
    _, nll2, params = problem(bins=6, parameters=3)
    functions = {
        "a function of two numbers": (_wasteful, (1.4, 0.8)),
        "a number typed into the function, a `Literal`": (lambda x: 2 * x - 3 / x, (1.7,)),
        "an array of the function's own, in `consts`": (lambda x: jnp.cos(x * jnp.asarray(efficiency)), (three,)),
        "several outputs, an input and a typed number among them": (
            lambda x, y: (x, jnp.sin(x) * y, 2.0, y**3),
            (0.4, three),
        ),
        "results that come out in another order": (lambda x: (lambda a, b: (b, a))(jnp.sin(x), jnp.exp(x)), (0.9,)),
        JIT_INSIDE: (lambda x, y: jnp.exp(x) * inner(y * 2, x + 1), (0.3, 1.9)),
        "a jitted function with an array of its own": (lambda x: corrected(2 * x).sum(), (three,)),
        "a custom derivative (softplus)": (lambda x: jax.nn.softplus(x) * x, (three,)),
        "a primitive with two results": (lambda x: jax.lax.top_k(x, 2)[0] * 3, (three,)),
        "the gradient of a Poisson -2 ln L": (jax.jit(jax.grad(nll2)), (np.asarray(params),)),
    }
    return [Case((jax.make_jaxpr(f)(*args), *args), kind) for kind, (f, args) in functions.items()]


class _Unknown(Exception):
    """A variable without a value."""


def _where_from(var: object, closed: ClosedJaxpr) -> str:
    """What kind of variable this is, in the jaxpr or in one inside."""
    inside = next(programs.inner(closed))
    if any(var is one for one in inside.constvars):
        return "a constant: its value is in `closed.consts`, in the order of `closed.jaxpr.constvars`"
    if any(var is one for one in inside.invars):
        return "an input: `args` are the values of `closed.jaxpr.invars`, in this order"
    if any(var is one for equation in inside.eqns for one in equation.outvars):
        return "made by an equation: after each one, store its results under its `outvars`"
    for equation in inside.eqns:
        for one in _holds(equation):
            if found := _where_from(var, one):
                return f"in an inner jaxpr, {found}"
    return ""


def _fails_in_bind(error: Exception, name: str) -> bool:
    """Whether an exception comes out of ``bind`` of the primitive of this name."""
    trace = error.__traceback__
    while trace is not None:
        code, own = trace.tb_frame.f_code, trace.tb_frame.f_locals.get("self")
        if code.co_name == "bind" and getattr(own, "name", None) == name:
            return True
        trace = trace.tb_next
    return False


def _binds_jit(answer: Callable, case: Case) -> bool:
    """Whether a jit of this program is handed to ``bind`` instead of being looked into."""
    jaxprs = [equation.params["jaxpr"] for equation in case.args[0].jaxpr.eqns if "jaxpr" in equation.params]

    def binds(frame: types.FrameType) -> bool:
        inner = frame.f_locals.get("params")
        return (
            frame.f_code.co_name == "bind"
            and isinstance(inner, dict)
            and any(inner.get("jaxpr") is one for one in jaxprs)
        )

    with _watching(binds) as seen, contextlib.suppress(Exception):
        answer(*case.args)
    return bool(seen)


@dataclass(eq=False)
class InterpreterTask(Task):
    """A task whose results are a list of arrays and a tally of primitives."""

    def examine(self, answer: object) -> None:
        if not callable(answer):
            super().examine(answer)

        @functools.wraps(answer)
        def adapted(closed, *args):
            try:
                value = answer(closed, *args)
            except Exception as error:
                if isinstance(error, KeyError) and error.args and (where := _where_from(error.args[0], closed)):
                    raise _Unknown(where) from error
                if _fails_in_bind(error, "custom_jvp_call"):
                    raise _Unknown("custom_jvp_call goes to bind") from error
                # a Literal among inputs fails already in an earlier case, which has none among its outputs
                if "unhashable type: 'Literal'" in str(error) and any(
                    isinstance(out, Literal) for out in closed.jaxpr.outvars
                ):
                    raise _Unknown("an output is a Literal") from error
                raise
            if isinstance(value, tuple | list) and len(value) == 2:
                return tuple(_as_names(one) for one in value)
            return value

        super().examine(adapted)

    def _cause(self, answer: Callable, cases: list[Case], *rest) -> Finding:
        if _binds_jit(answer, next(case for case in cases if case.kind == JIT_INSIDE)):
            return Finding(
                "A jit's equation goes to `bind` as a whole, so nothing inside is counted: run its inner jaxpr yourself. Is its name right? "
                "It is `jit` in current JAX, `pjit` in older ones."
            )
        return super()._cause(answer, cases, *rest)

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
        if value is None or value is Ellipsis:
            return super()._read(value, case, like)
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise Finding("Return two things: the list of outputs, and the tally.")
        outputs, counts = value
        if isinstance(outputs, Mapping):
            raise Finding("The tally comes first: return the outputs, then the tally.")
        closed = case.args[0]
        wanted = [out.aval.shape for out in closed.jaxpr.outvars]
        if not isinstance(outputs, tuple | list):
            raise Finding(
                f"The outputs are a {type(outputs).__name__}: return a list, also where there is only one output."
            )
        if len(outputs) != len(wanted):
            raise Finding(
                f"It returns {len(outputs)} of {len(wanted)} outputs for {case.kind}. What a program returns is listed in "
                "`closed.jaxpr.outvars`, and need not be what its last equation makes."
            )
        if any(isinstance(one, list | tuple) for one in outputs):
            raise Finding(
                "An output is a list: a primitive with `multiple_results` returns a list of arrays, any other one array."
            )
        try:
            arrays = [np.asarray(one, float) for one in outputs]
        except (TypeError, ValueError):
            raise Finding(
                "The outputs aren't arrays of numbers: read the values of the `outvars`, don't return the variables."
            ) from None
        inside = next(programs.inner(closed))
        numbers = np.concatenate([array.ravel() for array in arrays])
        return [numbers, _as_vector(counts, _tally(inside), _holders(inside) | programs.WRAPPERS)]


def _no_ready_made_interpreter(answer: Callable) -> None:
    case = TASKS["evaluate"].cases()[0]
    whole = [case.args[0], case.args[0].jaxpr]

    def is_jax_evaluating_all(frame: types.FrameType) -> bool:
        return frame.f_code.co_name == "eval_jaxpr" and any(frame.f_locals.get("jaxpr") is one for one in whole)

    with _watching(is_jax_evaluating_all) as seen:
        answer(*case.args)
    if seen:
        raise Finding(
            "The numbers are right, for JAX's own interpreter (`jaxpr_as_fun` or `eval_jaxpr`) has run the jaxpr. Write yours."
        )


def _transformable(answer: Callable) -> None:
    for case in TASKS["evaluate"].cases():
        closed, *args = case.args
        try:
            jax.make_jaxpr(lambda *args: answer(closed, *args)[0])(*args)  # noqa: B023
        except Exception as error:
            raise Finding(
                f"The numbers are right, but jax.jit can't go through your interpreter ({type(error).__name__}, for {case.kind}): keep the "
                "values as they are, without NumPy and float, and let only `bind` touch them."
            ) from None


evaluate = InterpreterTask(
    4,
    "evaluate",
    _evaluate,
    _evaluate_cases,
    "That is all an interpreter does; with other rules in place of bind, the same loop differentiates, vectorises or compiles.",
    {
        "The tally lacks what inner jaxprs do: they run, but what they have counted isn't added.": lambda *args: (
            _evaluate(*args, inner_counts="drop")
        ),
        "The tally of an inner jaxpr replaces counts that were there, instead of being added.": lambda *args: _evaluate(
            *args, inner_counts="replace"
        ),
        "Every count in the tally is 1: names are collected, not counted.": lambda *args: (
            _evaluate(*args)[0],
            dict.fromkeys(_evaluate(*args)[1], 1),
        ),
        "The outputs come in the reverse order.": lambda *args: (_evaluate(*args)[0][::-1], _evaluate(*args)[1]),
        "The tally counts twice: the inner jaxpr is counted where it is called and again inside, or each equation is run twice.": (
            lambda *args: (_evaluate(*args)[0], {name: 2 * times for name, times in _evaluate(*args)[1].items()})
        ),
        "The tally is empty: where is each equation counted?": lambda *args: (_evaluate(*args)[0], {}),
    },
    outputs=("the outputs", "the tally"),
    also=(_no_ready_made_interpreter, _transformable),
    errors={
        "custom_jvp_call goes to bind": "An equation `custom_jvp_call` goes to `bind`, which wants more than its params: run the jaxpr "
        "that it holds under `call_jaxpr`, as you do with a jit.",
        "an output is a Literal": "An output may be a `Literal`, too: read the `outvars` of the program in the same way as the inputs of an "
        "equation.",
        "unhashable type: 'Literal'": "A `Literal` is looked up among the variables: it is a number typed into the program, has no name, and "
        "carries its value in `.val`.",
        "a constant: its value": "A variable has no value yet. It is a constant of the jaxpr: the values are in `closed.consts`, in the order "
        "of `closed.jaxpr.constvars`.",
        "made by an equation": "A variable has no value yet, though an equation makes it: store all results of an equation under its "
        "`outvars`, and do so before the next equation.",
        "an input: `args`": "A variable has no value yet. It is an input of a jaxpr, whose values come in the order of `invars`: for the whole "
        "program they are `args`, for an inner jaxpr the inputs of the equation that calls it.",
        "iteration over a 0-d": "A single result is treated as a list. Only a primitive with `primitive.multiple_results` returns a list.",
        **dict.fromkeys(
            ("not a valid JAX type", "interpreting argument to"),
            "A list, or a variable instead of its value, is handed to a primitive. A primitive with `primitive.multiple_results` returns "
            "a list with one value per outvar, and the inputs of an equation are to be read first.",
        ),
    },
)


# --- task 5a: four Hessians -----------------------------------------------------------------------------------------------


def _hessian(nll2, params, outer, inner):
    return MODES[outer](MODES[inner](nll2))(params)


def _hessian_cases() -> list[Case]:
    rng = _generator(5)

    def likelihood(bins: int, parameters: int) -> Callable:
        shape, nominal, counts = (
            rng.normal(0, 0.3, (parameters, bins)),
            rng.uniform(5, 60, bins),
            rng.poisson(30.0, bins),
        )

        @jax.jit
        def nll2(params):
            yields = nominal * jnp.exp(params @ shape)
            return 2 * jnp.sum(yields - counts * jnp.log(yields)) + jnp.sum(params**2)

        return nll2

    few, more = (likelihood(6, 3), rng.normal(0, 0.5, 3)), (likelihood(4, 5), rng.normal(0, 0.5, 5))
    return [
        *(Case((*few, *name.split(" over ")), f"six bins and three parameters, {name}") for name in COMBINATIONS),
        Case((*more, "forward", "reverse"), "four bins and five parameters, forward over reverse"),
    ]


def _probes() -> dict[str, Callable]:
    """For each combination a sum of cubes that this combination alone can differentiate twice.

    A loop of unknown length has no reverse mode, a ``custom_vjp`` no forward mode; each is placed where the other mode must never go.
    """

    def forward_only(x: Array) -> Array:
        return jax.lax.while_loop(
            lambda c: c[0] < 1 + (x[0] > -1e9), lambda c: (c[0] + 1, c[1] * x), (0, jnp.ones_like(x))
        )[1]

    @jax.custom_vjp
    def reverse_only(x: Array) -> Array:
        return x**2

    reverse_only.defvjp(lambda x: (x**2, x), lambda x, ct: (2 * x * ct,))

    @jax.custom_vjp
    def reverse_only_slope(x: Array, v: Array) -> Array:
        return 3 * jnp.sum(x**2 * v)

    reverse_only_slope.defvjp(
        lambda x, v: (3 * jnp.sum(x**2 * v), (x, v)), lambda xv, ct: (6 * ct * xv[0] * xv[1], 3 * ct * xv[0] ** 2)
    )

    def inner_reverse(square: Callable) -> Callable:
        cubes = jax.custom_vjp(lambda x: jnp.sum(x**3))
        cubes.defvjp(lambda x: (jnp.sum(x**3), x), lambda x, ct: (3 * ct * square(x),))
        return jax.jit(cubes)

    inner_forward = jax.custom_jvp(lambda x: jnp.sum(x**3))
    inner_forward.defjvp(lambda primals, tangents: (inner_forward(*primals), reverse_only_slope(*primals, *tangents)))
    return {
        "forward over forward": jax.jit(lambda x: jnp.sum(forward_only(x) * x)),
        "forward over reverse": inner_reverse(forward_only),
        "reverse over forward": jax.jit(inner_forward),
        "reverse over reverse": inner_reverse(reverse_only),
    }


def _asked_modes(answer: Callable) -> None:
    """Refuse an answer that uses another combination than asked; one that no probe recognises is believed."""
    x = np.array([0.5, 1.5])

    def passes(probe: Callable, name: str) -> bool:
        try:
            return np.allclose(np.asarray(answer(probe, x, *name.split(" over "))), np.diag(6 * x), rtol=1e-6)
        except Exception:
            return False

    probes = _probes()
    used = {asked: [name for name, probe in probes.items() if passes(probe, asked)] for asked in COMBINATIONS}
    wrong = {asked: names[0] for asked, names in used.items() if names and asked not in names}
    if not wrong:
        return
    right = "The numbers are right, as they are for every combination, but "
    if len(wrong) == len(COMBINATIONS) - 1 and len(set(wrong.values())) == 1:
        raise Finding(
            f"{right}it is {next(iter(wrong.values()))}, whatever is asked: `outer` and `inner` don't reach the transformations."
        )
    swapped = all(found == " over ".join(reversed(asked.split(" over "))) for asked, found in wrong.items())
    if swapped:
        raise Finding(
            f"{right}`outer` and `inner` have changed places. The inner mode is applied to the function first, the outer one to its derivative."
        )
    flip = {"forward": "reverse", "reverse": "forward"}
    if all(found == " over ".join(flip[mode] for mode in asked.split(" over ")) for asked, found in wrong.items()):
        raise Finding(f"{right}jacfwd and jacrev are mixed up: fwd is the forward, rev the reverse mode.")
    outer = [found.split(" over ")[0] == asked.split(" over ")[0] for asked, found in wrong.items()]
    ignored = "inner" if all(outer) else "outer" if not any(outer) else "one"
    asked, found = next(iter(wrong.items()))
    raise Finding(f"{right}asked for {asked} it does {found}: the {ignored} mode isn't the one that was asked for.")


def _row_sums(got: list[Result], expected: list[Result]) -> str | None:
    """Some combinations are right, the others are added up."""
    pairs = [(g[0], e[0]) for g, e in zip(got, expected, strict=True)]
    summed = [g.shape == e.shape[:1] and np.allclose(g, e.sum(0)) for g, e in pairs]
    if any(summed) and all(one or g.shape == e.shape for one, (g, e) in zip(summed, pairs, strict=True)):
        return (
            "For some combinations these are sums of the rows: the gradient is added up to one number before the outer derivative. "
            "jax.grad needs one number, jax.jacrev takes a whole gradient."
        )
    return None


def _differences(got: list[Result], expected: list[Result]) -> str | None:
    if all(engine.same(g, e, 2e-5, 0.0) for g, e in zip(got, expected, strict=True)):
        return (
            "Right to a few digits only, as the difference of two gradients is (or single precision). The outer derivative is to be taken "
            "by JAX as well, in the mode that is asked for."
        )
    return None


hessian = Task(
    "5a",
    "hessian",
    _hessian,
    _hessian_cases,
    "All four give the same matrix; what they cost is another matter.",
    {
        "This is the gradient: it has to be differentiated once more.": lambda f, p, o, i: jax.grad(f)(p),
        "This is the outer product of the gradient with itself, which is no second derivative.": lambda f, p, o, i: (
            jnp.outer(jax.grad(f)(p), jax.grad(f)(p))
        ),
        "Only the diagonal is there: mixed derivatives say how parameters are correlated.": lambda f, p, o, i: jnp.diag(
            jax.hessian(f)(p)
        ),
        "Off the diagonal everything is 0: mixed derivatives are lost.": lambda f, p, o, i: jnp.diag(
            jnp.diag(jax.hessian(f)(p))
        ),
        "This is the covariance matrix, twice the inverse of what is asked.": lambda f, p, o, i: (
            2 * jnp.linalg.inv(jax.hessian(f)(p))
        ),
        "This is the inverse: asked are the second derivatives themselves.": lambda f, p, o, i: jnp.linalg.inv(
            jax.hessian(f)(p)
        ),
        "This is half of it, the Hessian of -ln L: the function that is given already has the factor 2.": lambda f, p, o, i: (
            jax.hessian(f)(p) / 2
        ),
        "The second derivatives are added up over one parameter: one direction per parameter is needed.": lambda f, p, o, i: (
            jax.hessian(f)(p).sum(0)
        ),
        "The derivatives are taken at another point than `params`: at zeros.": lambda f, p, o, i: jax.hessian(f)(
            np.zeros_like(p)
        ),
    },
    symptoms=(_row_sums, _differences),
    rtol=1e-11,
    also=(_asked_modes,),
    errors={
        "only defined for scalar-output functions": "jax.grad wants a function with one result, and a gradient has several: use jax.jacrev or "
        "jax.jacfwd for the outer derivative.",
        "callable": "Something that isn't a function is called or differentiated: jacfwd and jacrev take a function and return one. "
        "Nest them first, put in `params` at the end.",
    },
)


# --- task 5b: their ranking -----------------------------------------------------------------------------------------------


def _rank() -> dict[str, int | bool | str]:
    def costs(parameters: int) -> dict[str, float]:
        _, nll2, params = problem(10, parameters)
        return {
            name: flops(functools.partial(_hessian, nll2, outer=outer, inner=inner), params)
            for name, outer, inner in combinations
        }

    combinations = [(name, *name.split(" over ")) for name in COMBINATIONS]
    few, many = costs(10), costs(40)
    _, nll2, params = problem(10, 40)
    cheapest = min(many.values())
    gradients = cheapest / flops(jax.grad(nll2), params)
    made = {
        name: programs.primitives(jax.make_jaxpr(functools.partial(_hessian, nll2, outer=outer, inner=inner))(params))
        for name, outer, inner in combinations
    }
    by_jax = programs.primitives(jax.make_jaxpr(jax.hessian(nll2))(params))
    gap = {size: max(cost.values()) / min(cost.values()) for size, cost in (("few", few), ("many", many))}
    return {
        **{name: "cheap" if cost < 2 * cheapest else "dear" for name, cost in many.items()},
        "gradients": min(
            {"1": 1, "k": 40, "k squared": 1600}.items(), key=lambda item: abs(math.log(gradients / item[1]))
        )[0],
        "gap": "grows" if gap["many"] > 1.2 * gap["few"] else "shrinks" if gap["few"] > 1.2 * gap["many"] else "stays",
        "jax.hessian": next(name for name in COMBINATIONS if made[name] == by_jax),
    }


ranking = ChoiceQuiz(
    "5b",
    "ranking",
    _rank,
    "The inner mode meets one result and many parameters, so it must be reverse; the outer one meets as many results as parameters.",
    {
        "forward over forward": "The inner mode differentiates one result by many parameters. What does that cost in forward mode?",
        "forward over reverse": "The inner gradient costs one pass back. The outer derivative of K numbers by K parameters then takes K passes.",
        "reverse over forward": "The inner mode has done K passes before the outer one begins, and that is what gets differentiated K times.",
        "reverse over reverse": "The inner gradient costs one pass back; then count the passes of the outer mode for K results.",
        "gradients": "One pass over the gradient gives one row or column of the Hessian.",
        "gap": "Compare K passes over something that costs one gradient with K passes over something larger.",
        "jax.hessian": "The lecture has compared its primitives with one of the four.",
    },
    {
        "Both modes of this one work along the parameters: no pass is shared by all of them.": (
            "forward over forward",
            "cheap",
        ),
        "A gradient of K numbers by K parameters takes K passes in either mode, so forward costs no more than reverse here.": (
            "forward over reverse",
            "dear",
        ),
        "One reverse pass per result is fine where the result is one number; here it comes second, when there are K of them.": (
            "reverse over forward",
            "cheap",
        ),
        "Two reverse passes nest without multiplying: the outer one takes K passes over a gradient, like a forward one.": (
            "reverse over reverse",
            "dear",
        ),
        "That is the price of the gradient itself; a matrix has K rows.": ("gradients", "1"),
        "That would be a pass per entry of the matrix; a pass gives a whole row.": ("gradients", "k squared"),
        "The dear ones pay K passes for each of K passes: the more parameters, the worse.": ("gap", "stays"),
        "The order of the words is the other one: what stands in front of `over` is the outer mode, applied last.": (
            "jax.hessian",
            "reverse over forward",
        ),
    },
    {
        **dict.fromkeys(COMBINATIONS, ("cheap", "dear")),
        "gradients": ("1", "K", "K squared"),
        "gap": ("grows", "shrinks", "stays"),
        "jax.hessian": tuple(COMBINATIONS),
    },
)


# --- what the notebook calls besides --------------------------------------------------------------------------------------

TASKS: dict[str, Question] = {
    task.name: task for task in (reverse_by_hand, predicted, tally, yield_jacobian, winners, evaluate, hessian, ranking)
}


def ready(*names: str) -> bool:
    """Whether these tasks are passed; if not, print what the cell waits for."""
    return engine.ready(TASKS, *names)


def use(name: str) -> Callable:
    """The learner's function of this name if it has passed its check, else the course's."""
    return engine.use(TASKS, name)


def progress() -> None:
    """Print which tasks are passed and which are open."""
    engine.progress(TASKS)
