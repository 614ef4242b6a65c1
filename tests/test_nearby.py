"""The one change that makes a wrong answer right."""

import linecache

import jax
import numpy as np
import pytest

from jaxhep.check import nearby

X, W = np.array([0.3, 2.0, -1.5]), np.array([1.0, 4.0, 0.5])


def right(x, w):
    return np.sqrt(np.sum((w * x) ** 2)) + np.maximum(x, 0)


def defined(source, namespace):
    name = f"<cell {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)
    return namespace["answer"]


def cause(source):
    answer = defined(source, {"__name__": "__main__", "np": np})
    return nearby.cause_nearby(answer, lambda candidate: np.allclose(candidate(X, W), right(X, W)))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("np.sqrt(np.sum((w * x) ** 2)) - np.maximum(x, 0)", "a sign in `np.sqrt"),
        ("np.sqrt(np.mean((w * x) ** 2)) + np.maximum(x, 0)", "`np.mean` isn't the right one"),
        ("np.sqrt(np.sum((w * x) ** 3)) + np.maximum(x, 0)", "`3` stands where something else belongs"),
        ("np.sqrt(np.sum((x * x) ** 2)) + np.maximum(x, 0)", "`x` stands where something else belongs"),
        ("np.sum((w * x) ** 2) + np.maximum(x, 0)", "the square root of `np.sum((w * x) ** 2)` belongs there"),
        ("np.sqrt(np.sum((w * x) ** 2)) + x", "`x` must be cut at 0 from below there"),
        ("np.sqrt(np.sum(w * x ** 2)) + np.maximum(x, 0)", "the brackets in `w * x ** 2` don't belong"),
        ("np.sqrt(np.sum((w * x) ** 2, keepdims=False) / x.size) + np.maximum(x, 0)", "`x.size` doesn't belong"),
        ("np.sqrt(np.sum((w / x) ** 2)) + np.maximum(x, 0)", "another operator belongs in `w / x`"),
        ("np.sqrt(np.sum((w * x)[:-1] ** 2)) + np.maximum(x, 0)", "`[:-1]` doesn't belong there"),
        ("np.round(np.sqrt(np.sum((w * x) ** 2)), 3) + np.round(np.maximum(x, 0), 2)", "`np.round` doesn't belong"),
        ("np.where(x > 1, np.sqrt(np.sum((w * x) ** 2)) + np.maximum(x, 0), 0)", "no choice is needed"),
        (
            "np.sqrt(np.sum(np.power(2, w * x))) + np.maximum(x, 0)",
            "the arguments of `np.power` stand in the wrong order",
        ),
    ],
)
def test_the_place_and_the_kind_are_named(body, words):
    said = cause(f"def answer(x, w):\n    return {body}\n")
    assert said.startswith("One change makes it right, in line 2 of the cell, `return")
    assert words in said


def test_helpers_of_the_cell_statements_and_places_alike_are_looked_at():
    helper = "def norm(z):\n    return np.sum(z ** 2)\n\n"
    assert "line 2 of the cell" in cause(f"{helper}def answer(x, w):\n    return norm(w * x) + np.maximum(x, 0)\n")
    statement = (
        "def answer(x, w):\n    r = np.sqrt(np.sum((w * x) ** 2))\n    r += x[1]\n    return r + np.maximum(x, 0)\n"
    )
    assert cause(statement).endswith("`r += x[1]`: this statement doesn't belong there.")
    twice = "def answer(x, w):\n    return np.sqrt(np.exp(w * x) @ np.exp(w * x)) + np.maximum(x, 0)\n"
    assert cause(twice).endswith("`np.exp` doesn't belong there, wherever it stands.")


def test_keys_limits_and_axes_are_tried():
    def found(body, right):
        answer = defined(f"def answer(x):\n    return {body}\n", {"__name__": "__main__", "np": np})
        x = {"up": np.arange(6.0).reshape(2, 3), "down": np.arange(4) ** 2}
        return nearby.cause_nearby(answer, lambda candidate: np.array_equal(candidate(x), right(x)))

    assert "`'down'` stands where" in found("x['up'] - x['down'].sum()", lambda x: x["up"] - x["up"].sum())
    assert "an element too much is taken by `[:2]`" in found("x['down'][:2]", lambda x: x["down"][1:2])
    assert "`np.max` must run along one axis" in found("x['up'] - np.max(x['up'])", lambda x: x["up"] - x["up"].max(0))


def test_nothing_is_said_without_proof_or_after_some_seconds(monkeypatch):
    monkeypatch.setattr(nearby, "PATIENCE", 1.0)
    assert cause("def answer(x, w):\n    return np.outer(x, w).trace()\n") == ""
    nearly = "def answer(x, w):\n    return np.sqrt(np.sum((w * x) ** 2)) - np.maximum(x, 0)\n"
    monkeypatch.setattr(nearby, "PATIENCE", 0.0)
    assert cause(nearly) == ""


def test_the_notebook_keeps_its_names_and_nothing_is_drawn_again():
    cell = "kept = 2\nshown.append(kept)\nmore = shown.append(3)\n\ndef answer(x, w):\n    return -right(x, w)\n"
    answer = defined(cell, {"__name__": "__main__", "np": np, "right": right, "shown": (shown := [])})
    said = nearby.cause_nearby(answer, lambda candidate: np.allclose(candidate(X, W), right(X, W)))
    assert "the sign of `-right(x, w)` is turned" in said
    assert answer.__globals__["answer"] is answer
    assert shown == [2, 3]


def test_a_library_is_left_alone():
    assert nearby.cause_nearby(np.vander, lambda _: True) == ""


def test_a_change_that_never_ends_is_left_behind():
    loop = "def answer(x, w):\n    i = 0\n    while i < {}:\n        i += 1\n    return right(x, w) * (i == 3)\n"
    namespace = {"__name__": "__main__", "right": right, "np": np, "jax": jax}
    said = nearby.cause_nearby(
        defined(loop.format(2), dict(namespace)), lambda candidate: np.allclose(candidate(X, W), right(X, W))
    )
    assert "another comparison belongs in `i < 2`" in said
    compiled = "def answer(x, w):\n    i = jax.lax.while_loop(lambda i: i < 3, lambda i: {}, 1)\n    return w * i\n"
    answer = defined(compiled.format("2 * i - 0"), dict(namespace))
    assert nearby.cause_nearby(answer, lambda candidate: np.allclose(candidate(X, W), 3 * W)).startswith("One change")
