"""A machine with a clock of its own, so that a timing is exact and the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


class Clock:
    """A clock that stands still until a ``Machine`` works; it counts how often it is read."""

    def __init__(self) -> None:
        self.now, self.reads = 0.0, 0

    def __call__(self) -> float:
        self.reads += 1
        return self.now


CLOCK = Clock()
SPREAD = (1.0, 1.04, 0.97, 1.1, 0.95, 1.02, 1.07, 0.99)


class Pending:
    """A result that is still being computed: whoever waits for it, or reads it, moves the clock to when it is ready."""

    def __init__(self, ready: float):
        self.ready = ready

    def block_until_ready(self) -> Pending:
        CLOCK.now = max(CLOCK.now, self.ready)
        return self

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        self.block_until_ready()
        return np.zeros(())

    def __float__(self) -> float:
        return float(self.__array__())


class Machine(list):
    """A jitted function without any surprise, a list of five.

    They are the seconds to compile, to dispatch, to run, the number of a disturbed call, the kind of result. A call
    returns after it was dispatched; the work is queued and runs meanwhile. The disturbed call runs twenty times longer.
    ``copied`` makes it anew for each call of an answer, so that each answer sees a function that isn't compiled yet.
    """

    __hash__ = object.__hash__  # type: ignore[assignment] # None in the stub of list
    __eq__ = object.__eq__
    all_calls = reads_at_call = 0  # of all machines: the copies that an answer works with are out of reach

    def __init__(self, numbers: Iterable[float | str]) -> None:
        super().__init__(numbers)
        self.calls, self.free = 0, 0.0

    def __call__(self, x: float, y: float) -> object:
        compiling, dispatch, running, disturbed, kind = self
        CLOCK.now += dispatch + (0.0 if self.calls else compiling)
        begin = max(CLOCK.now, self.free)
        self.free = begin + running * SPREAD[self.calls % len(SPREAD)] * (20 if self.calls == disturbed else 1)
        self.calls += 1
        Machine.all_calls, Machine.reads_at_call = Machine.all_calls + 1, CLOCK.reads
        whole, half = Pending(self.free), Pending((begin + self.free) / 2)
        return {"one": whole, "two": (half, whole), "tree": {"gradient": half, "value": whole}}[kind]
