"""Task 3b: honest timing, judged on a machine with a clock of its own."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import jax
import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, Finding, call
from jaxhep.check.unit02._machine import CLOCK, Machine
from jaxhep.check.verdict import Task


def each_call(function, args, repeats, clock):
    """The times of all calls, the first one's and those of ``repeats`` later ones."""
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times


def reference(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, statistics.median(later)


def cases() -> list[Case]:
    def case(numbers: tuple, kind: str, repeats: int, words: str) -> Case:
        return Case((Machine((*numbers, kind)), (1.0, 2.0), repeats, CLOCK), words)

    return [
        case((0.3, 1e-4, 4e-3, 99), "one", 7, "a function that returns one array"),
        case((0.1, 2e-5, 1e-3, 3), "one", 9, "a machine that is disturbed during one call"),
        case((0.5, 1e-3, 2e-2, 99), "tree", 5, "a function that returns a dictionary"),
        case((0.2, 5e-4, 6e-3, 2), "two", 5, "a function that returns two arrays, one ready before the other"),
        case((1.0, 1e-3, 1e-4, 99), "one", 3, "a function that takes longer to dispatch than to run"),
        case((0.4, 1e-4, 5e-3, 99), "one", 4, "an even number of later calls"),
    ]


class Timing(Task):
    """A timing must come from the clock that is passed in; any other one would differ from call to call."""

    later_calls: tuple[int, int] = (0, 0)

    def judge(self, answer: Callable) -> None:
        reads, calls, repeats = CLOCK.reads, Machine.all_calls, 5
        machine = Machine((0.3, 1e-4, 4e-3, 99, "one"))
        case = Case((machine, (1.0, 2.0), repeats, CLOCK), "a function that returns one array")
        returned = call(answer, case, self.errors)
        if returned is not None and CLOCK.reads == reads:
            raise Finding(
                "It never reads `clock()`, the clock that it is given: a time from another clock means nothing here."
            )
        self.later_calls = (Machine.all_calls - calls - 1, repeats)
        if returned is not None and Machine.all_calls > calls and Machine.reads_at_call == CLOCK.reads:
            raise Finding(
                "Part of it is timed with another clock: after the last call of the function `clock()` isn't read any "
                "more, and the numbers change from run to run."
            )
        super().judge(answer)


JIT_AROUND = "The function is measured as it is given, compiled already: don't wrap it in another jit."

task = Timing(
    number="3b",
    name="timed",
    reference=reference,
    cases=cases,
    outputs=("first", "later"),
    meaning="Compilation and running are told apart, every call is waited for, and a single disturbance doesn't count.",
    errors={
        "has no attribute 'block_until_ready'": "Not every result has a method block_until_ready: a function may "
        "return a tuple or a dictionary of arrays. Something in `jax` waits for all of them.",
        "missing 2 required positional arguments": "The function is called without its arguments: unpack them, "
        "`function(*args)`.",
        "missing 1 required positional argument": "The arguments are passed as one tuple: unpack them, "
        "`function(*args)`.",
        "has no attribute 'lower'": "Don't compile ahead of the clock: the first call is timed as a user makes it, "
        "with tracing and compiling, and any function may come in.",
        "not a valid JAX type": JIT_AROUND,
        "as an abstract array": JIT_AROUND,
    },
)


@task.symptom
def number_of_calls(got: list[Result], expected: list[Result]) -> str | None:
    later, asked = task.later_calls
    return None if later == asked else f"It makes {later} later call{'s' * (later != 1)}, asked are {asked}."


# --- known mistakes


@task.mistake(
    "No wait for the result stands between the two looks at the clock: JAX returns before the work is done, so this "
    "is the time to hand it over."
)
def waits_after_the_clock(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        result = function(*args)
        times.append(clock() - start)
        jax.block_until_ready(result)
    return times[0], statistics.median(times[1:])


@task.mistake("The first call isn't waited for, and what is left of it falls into the next one's time.")
def first_not_waited_for(function, args, repeats, clock):
    start = clock()
    function(*args)
    first = clock() - start
    times = []
    for _ in range(repeats):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return first, statistics.median(times)


@task.mistake("The first call isn't waited for before the second look at the clock: its time lacks the run.")
def first_waited_for_too_late(function, args, repeats, clock):
    start = clock()
    result = function(*args)
    first = clock() - start
    jax.block_until_ready(result)
    times = []
    for _ in range(repeats):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return first, statistics.median(times)


@task.mistake(
    "The later calls aren't waited for before the second look at the clock: theirs is the time to hand over the work."
)
def later_not_waited_for(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, times = clock() - start, []
    for _ in range(repeats):
        start = clock()
        function(*args)
        times.append(clock() - start)
    return first, statistics.median(times)


@task.mistake("Only the first of several results is waited for; the others may still be under way.")
def one_result_waited_for(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.tree.leaves(function(*args))[0].block_until_ready()
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


@task.mistake("The first call is among the later ones: compilation spoils their summary.")
def first_among_later(function, args, repeats, clock):
    times = each_call(function, args, repeats, clock)
    return times[0], statistics.median(times)


@task.mistake("This is the mean over all calls, the first one included.")
def mean_of_all(function, args, repeats, clock):
    times = each_call(function, args, repeats, clock)
    return times[0], np.mean(times)


@task.mistake(
    "`later` is the mean, or the whole loop divided by its length: one disturbed call pulls it up. The median doesn't "
    "mind."
)
def mean(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, start = clock() - start, clock()
    for _ in range(repeats):
        jax.block_until_ready(function(*args))
    return first, (clock() - start) / repeats


@task.mistake(
    "The later calls are waited for only once, after the loop: they overlap, and the clock doesn't see one call."
)
def waits_after_the_loop(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, start = clock() - start, clock()
    for _ in range(repeats):
        result = function(*args)
    jax.block_until_ready(result)
    return first, (clock() - start) / repeats


@task.mistake("`later` is the shortest time; asked is the median.")
def shortest(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, min(later)


@task.mistake("`later` is the longest time; asked is the median.")
def longest(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, max(later)


@task.mistake(
    "This is no median where `repeats` is even: two times are in the middle then, and you take the upper one."
)
def upper_median(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, sorted(later)[len(later) // 2]


@task.mistake(
    "This is no median where `repeats` is even: two times are in the middle then, and you take the lower one."
)
def lower_median(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, statistics.median_low(later)


@task.mistake("The times aren't sorted: the call in the middle of the sequence isn't the median.")
def middle_of_unsorted(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, later[len(later) // 2]


@task.mistake("`later` is the last call alone; asked is the median of all later ones.")
def last_call(function, args, repeats, clock):
    times = each_call(function, args, repeats, clock)
    return times[0], times[-1]


@task.mistake("`later` is the sum over the calls; asked is the time of one.")
def sum_of_calls(function, args, repeats, clock):
    first, *later = each_call(function, args, repeats, clock)
    return first, sum(later)


@task.mistake("The clock is read once before the whole loop: each later time then holds all the calls before it.")
def one_start(function, args, repeats, clock):
    times, start = [], clock()
    for _ in range(repeats + 1):
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


@task.mistake(
    "The clock is read only once for the later calls, before their loop: each time holds those before it, too."
)
def one_start_for_later(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, times, start = clock() - start, [], clock()
    for _ in range(repeats):
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return first, statistics.median(times)


@task.mistake("The first call is missed: a warm-up before the clock has compiled already.")
def warmed_up(function, args, repeats, clock):
    jax.block_until_ready(function(*args))
    return reference(function, args, repeats, clock)


@task.mistake("`first` is the excess of the first call over the later ones; asked is its whole time.")
def excess_of_first(function, args, repeats, clock):
    first, later = reference(function, args, repeats, clock)
    return first - later, later


@task.mistake("The signs are turned: the end minus the start.")
def signs_turned(function, args, repeats, clock):
    first, later = reference(function, args, repeats, clock)
    return -first, -later


@task.mistake(
    "The later calls overlap: all are started before the first is waited for, so each time holds the work of the "
    "others. Wait for one, then start the next."
)
def later_calls_overlap(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first = clock() - start
    started = [(clock(), function(*args)) for _ in range(repeats)]
    times = []
    for begin, result in started:
        jax.block_until_ready(result)
        times.append(clock() - begin)
    return first, statistics.median(times)
