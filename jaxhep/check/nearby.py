"""One change that would make a wrong answer right, found by trying.

A known mistake explains what was foreseen. For the rest, each small change of the learner's own cell is tried: if one
of them makes the answer right for every input, the mistake is in that place, and of that kind. Nothing is guessed: a
change that doesn't make everything right is never mentioned.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
import time
import types
from collections.abc import Callable
from typing import Any
from unittest import mock

import jax

from jaxhep.check.changes import TURN, changes
from jaxhep.check.demands import watching

PATIENCE, SHARE = 6.0, 1.5
"""Seconds of computing that the search may take, and one change of it."""

MOST_TURNS = 10_000
"""Of a loop: a changed one may never end by itself."""


class OutOfTime(BaseException):
    """A change takes too long; no Exception, so that neither the answer nor the check catches it."""


def cause_nearby(answer: Callable, is_right: Callable[[Callable], bool], put_in: bool = True) -> str:
    """The sentence about the one change of the answer's cell that makes it right; empty if none is found in time.

    put_in : whether it may be something put in, such as a factor: where NaN comes out, that would only hide the reason.
    """
    end = time.process_time() + PATIENCE
    function = inspect.unwrap(answer)
    code, namespace = getattr(function, "__code__", None), getattr(function, "__globals__", None)
    lines = linecache.getlines(code.co_filename) if code else []
    if not lines or namespace is None or namespace.get("__name__") != "__main__":  # nobody changes a library
        return ""
    tree = ast.parse("".join(lines))
    tree.body = definitions(tree)
    count_turns(tree)
    with mock.patch.object(jax.lax, "while_loop", while_loop_with_an_end(jax.lax.while_loop)):
        for change in changes(tree):
            if change.puts_in and not put_in:
                continue
            if time.process_time() > end:
                break
            change.do()
            try:
                with watching(until(min(end, time.process_time() + SHARE))):
                    right = is_right(rebuilt(tree, namespace, function.__name__))
            except (Exception, OutOfTime):  # what can't be run isn't right
                right = False
            finally:
                change.undo()
            if right:
                line = lines[change.line - 1].strip()
                return f"One change makes it right, in line {change.line} of the cell, `{line}`: {change.words}."
    return ""


def definitions(tree: ast.Module) -> list[ast.stmt]:
    """A cell without what it only computes, draws or prints: functions, classes, imports, and variables that they
    read."""
    kinds = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    defined = [one for one in tree.body if isinstance(one, kinds)]
    read = {node.id for one in defined for node in ast.walk(one) if isinstance(node, ast.Name)}

    def is_read(one: ast.stmt) -> bool:
        targets = one.targets if isinstance(one, ast.Assign) else []
        return any(getattr(node, "id", "") in read for target in targets for node in ast.walk(target))

    return [one for one in tree.body if one in defined or is_read(one)]


def until(end: float) -> Callable[[types.FrameType], None]:
    """Raises at every call of a Python function after ``end``: a changed fit may run away."""

    def look(_: types.FrameType) -> None:
        if time.process_time() > end:
            raise OutOfTime

    return look


def rebuilt(tree: ast.Module, namespace: dict[str, Any], name: str) -> Callable:
    """The cell's function of this name, after the cell has run in a copy of the notebook's names."""
    mine = namespace | {TURN.removesuffix("()"): turns_with_an_end()}
    exec(compile(ast.fix_missing_locations(tree), "<a change>", "exec"), mine)
    return mine[name]


def count_turns(tree: ast.Module) -> None:
    """Let every Python loop begin each turn with ``TURN``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.While | ast.For):
            node.body.insert(0, ast.parse(TURN).body[0])


def turns_with_an_end() -> Callable[[], None]:
    turns = itertools.count()

    def turn() -> None:
        if next(turns) > MOST_TURNS:
            raise RuntimeError("a loop goes on and on")

    return turn


def while_loop_with_an_end(while_loop: Callable) -> Callable:
    """jax.lax.while_loop that ends after ``MOST_TURNS`` turns at the latest."""

    def bounded(cond_fun: Callable, body_fun: Callable, init_val: Any) -> Any:
        def goes_on(state: tuple) -> Any:
            return (state[1] < MOST_TURNS) & cond_fun(state[0])

        return while_loop(goes_on, lambda state: (body_fun(state[0]), state[1] + 1), (init_val, 0))[0]

    return bounded
