"""What an answer keeps from call to call, and whether that explains a wrong result.

Every place of the notebook in which it can keep something is emptied before each call: if the answer fills it again,
and is right then for every input, what it kept was the cause.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, MutableMapping, MutableSequence, MutableSet, Sequence
from typing import Any

from jaxhep.check.reading import Finding, globals_in

Container = MutableMapping | MutableSequence | MutableSet


class Place:
    """Somewhere to keep things: a container, or the cache of a function under ``functools.cache``. ``name`` : its own,
    in a sentence."""

    def __init__(self, name: str, thing: Any):
        self.name, self.thing = name, thing
        self.content = list(thing.items() if isinstance(thing, MutableMapping) else thing) if self.holds_things else []

    @property
    def holds_things(self) -> bool:
        return isinstance(self.thing, Container)

    @property
    def size(self) -> int:
        return len(self.thing) if self.holds_things else self.thing.cache_info().currsize

    def empty(self) -> None:
        self.thing.clear() if self.holds_things else self.thing.cache_clear()

    def refill(self) -> None:
        """As it was; what a function's cache held is computed again when it is asked for."""
        self.empty()
        if isinstance(self.thing, MutableSequence):
            self.thing.extend(self.content)
        elif self.holds_things:
            for one in self.content:
                self.thing.__setitem__(*one) if isinstance(self.thing, MutableMapping) else self.thing.add(one)


def places(answer: Callable) -> list[Place]:
    """Where the answer, and the functions of the notebook that it calls, can keep something and do."""
    found: dict[int, Place] = {}
    for name, thing in reachable(answer):
        if isinstance(thing, Container) or hasattr(thing, "cache_clear"):
            found.setdefault(id(thing), Place(name, thing))
    return [place for place in found.values() if place.size]


def reachable(answer: Callable) -> Iterator[tuple[str, Any]]:
    """What functions of the notebook hold besides their code, from ``answer`` on, each with its name."""
    namespace: dict[str, Any] = getattr(inspect.unwrap(answer), "__globals__", {})
    seen: list[object] = []
    waiting: list[tuple[str, Any]] = [(getattr(answer, "__name__", ""), inspect.unwrap(answer))]
    while waiting:
        name, outer = waiting.pop(0)
        function = inspect.unwrap(outer) if callable(outer) else outer
        if any(function is one for one in seen):
            continue
        seen.append(function)
        yield f"the cache of `{name}`" if hasattr(outer, "cache_clear") else f"`{name}`", outer
        code = getattr(function, "__code__", None)
        if code is None or getattr(function, "__globals__", None) is not namespace:
            continue
        yield f"an attribute of `{name}`", function.__dict__
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            yield f"a default value of `{name}`", default
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
            with contextlib.suppress(ValueError):  # not assigned yet
                waiting.append((variable, cell.cell_contents))
        waiting += [(one, namespace[one]) for one in globals_in(code) if one in namespace]


def kept_from_call_to_call(
    answer: Callable, calls: Sequence[Callable[[], Any]], right: Callable[[list], bool]
) -> Finding | None:
    """The cause, if the ``calls`` are ``right`` once a place is emptied before each."""
    for place in places(answer):
        results = []
        try:
            for call in calls:
                place.empty()
                results.append(call())
                if len(results) == 1 and not place.size:
                    break
            if len(results) == len(calls) and right(results):
                return Finding(
                    f"Each input by itself gives the right result, but not after calls with others: {place.name} keeps "
                    "something from call to call that belongs to the inputs of an earlier one. What is kept must be "
                    "kept under everything that it depends on, or not at all."
                )
        except Exception:  # no place to keep something, or not the cause
            continue
        finally:
            place.refill()
    return None
