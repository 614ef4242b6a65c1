"""Task 1: how often is a function traced in each of these sequences of calls?"""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep import programs
from jaxhep.check.quiz import Quiz, Value


def make(bins: int, dtype: str = "float64") -> dict[str, Array]:
    """Templates of a signal and a background."""
    return {"signal": jnp.ones(bins, dtype), "background": jnp.arange(1, bins + 1, dtype=dtype)}


def expected(mu, templates):
    return mu * templates["signal"] + templates["background"]


def shapes(f: Callable) -> None:
    g = jax.jit(f)
    for bins in (4, 5, 4, 6, 5):
        g(bins / 2, make(bins))


def dtypes(f: Callable) -> None:
    g = jax.jit(f)
    for dtype in ("float64", "float32", "int64"):
        g(1.0, make(4, dtype))
    g(1.0, {name: np.asarray(values) for name, values in make(4).items()})


def numbers(f: Callable) -> None:
    g = jax.jit(f)
    for mu in (1.0, 2, 3.5, 3):
        g(mu, make(4))


def weak(f: Callable) -> None:
    g = jax.jit(f)
    for mu in (2.0, jnp.array(2.0), jnp.array(2.0, dtype="float64")):
        g(mu, make(4))


def static(f: Callable) -> None:
    g = jax.jit(f, static_argnames="mu")
    for mu in (1.0, 2.0, 1.0, 3.0, 2.0):
        g(mu, make(4))


def keywords(f: Callable) -> None:
    g = jax.jit(f)
    g(1.0, make(4))
    g(1.0, templates=make(4))
    g(2.0, templates=make(4))


def trees(f: Callable) -> None:
    g, templates = jax.jit(f), make(4)
    g(1.0, templates)
    g(1.0, dict(reversed(templates.items())))
    g(1.0, templates | {"name": 8})


def lambdas(f: Callable) -> None:
    for mu in (1.0, 2.0, 1.0, 3.0):
        g = jax.jit(lambda templates: f(mu, templates))  # noqa: B023
        g(make(4))


def again(f: Callable) -> None:
    for mu in (1.0, 2.0, 1.0, 3.0):
        jax.jit(f)(mu, make(4))


def gradient(f: Callable) -> None:
    g = jax.jit(f)
    g(1.0, make(4))
    jax.grad(lambda mu: g(mu, make(4)).sum())(1.0)


SEQUENCES = (shapes, dtypes, numbers, weak, static, keywords, trees, lambdas, again, gradient)


def count_traces() -> dict[str, Value]:
    counts: dict[str, Value] = {}
    for calls in SEQUENCES:
        f = programs.counted(functools.partial(expected))
        calls(f)
        counts[calls.__name__] = f.calls
    return counts


task = Quiz(
    number=1,
    name="traces",
    truth=count_traces,
    meaning="The key of the cache is the function object, the structure of the arguments, each leaf's shape, dtype and "
    "weakness, and the static values.",
    hints={
        "shapes": "each length is traced when it comes for the first time, and found in the cache when it comes back.",
        "dtypes": "group the calls by shape and dtype of the arrays; only a new group is traced.",
        "numbers": "group the calls by the Python type of mu: a traced number enters by its type, not by its value.",
        "weak": "look at the weak_type of each of the three values of mu; the dtype and the shape are the same.",
        "static": "a static argument enters the key by its value: count the different ones.",
        "keywords": "positions and names are part of the structure; the value of mu isn't.",
        "lambdas": "is it one function that is called several times, or several functions?",
        "again": "which object does jit receive in each round, a new one or the one that it knows?",
        "trees": "JAX sorts the keys of a dictionary; their set, though, is part of the structure.",
        "gradient": "what must jax.grad know of g, and does the cache already hold it?",
    },
    mistakes={
        ("shapes", 1): "the values of an array are not in the key; its length is, and here it changes.",
        ("shapes", 5): "an old shape is still in the cache when it comes back.",
        ("shapes", 4): "the cache keeps every shape, not only the last one.",
        ("dtypes", 1): "arrays of different dtypes don't share a program.",
        ("dtypes", 2): "float32 and float64 don't share a program, and neither do floats and integers.",
        ("dtypes", 4): "a NumPy array and a JAX array of the same shape and dtype look the same to the tracer.",
        ("numbers", 1): "a Python int is an int64 to the tracer, a Python float is a float64.",
        ("numbers", 4): "not every new value of mu is traced: without static_argnames the value isn't in the key.",
        ("weak", 1): "print jnp.array(2.0).weak_type, then the same with dtype given: one of the three isn't weak.",
        ("weak", 3): "jnp.array keeps a Python number weak as long as no dtype is asked for.",
        ("static", 1): "a static value is baked into the program, so another value needs another program.",
        ("static", 5): "a static value that has been there before is found again.",
        ("keywords", 1): "the same argument by position and by name makes two structures.",
        ("keywords", 3): "the third call differs from the second by the value of mu only.",
        ("lambdas", 1): "each round makes a new function object, and the cache knows nothing of it.",
        ("lambdas", 3): "the value of mu doesn't make the difference here: a round with an old value has a new "
        "function, too.",
        ("again", 4): "jit keeps its cache by the function that it receives, and that is the same f in every round.",
        ("again", 3): "mu isn't static here, so its value isn't in the key; and f is the same in every round.",
        ("trees", 1): "a key more in the dictionary is another structure, even if the function never reads it.",
        ("trees", 3): "the order in which a dictionary was filled doesn't count.",
        ("gradient", 2): "jax.grad transforms the jaxpr of g, which the first call has left in the cache.",
    },
)
