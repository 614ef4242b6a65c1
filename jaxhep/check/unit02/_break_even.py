"""Task 3a: after how many calls has compilation paid?"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.reading import Case, Finding, call
from jaxhep.check.verdict import Task


def reference(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - later) / (eager - later)) if eager > later else math.inf


def cases() -> list[Case]:
    return [
        Case((90.0, 2.0, 7.0), "a first call of 90 ms, later ones of 2 ms, 7 ms without jit"),
        Case((100.0, 4.0, 12.0), "equal totals after twelve calls"),
        Case((92.0, 4.0, 12.0), "equal totals after eleven calls"),
        Case((101.0, 4.0, 12.0), "one millisecond more than a tie"),
        Case((250.0, 0.0, 3.0), "later calls that take no time to speak of"),
        Case((5000.0, 7.0, 7.5), "a small gain per call"),
        Case((40.0, 3.0, 60.0), "a first call that is faster than one without jit"),
        Case((2.0, 2.0, 9.0), "a program that was compiled already"),
        Case((90.0, 7.0, 2.0), "compiled calls that are slower"),
        Case((90.0, 5.0, 5.0), "compiled calls that are just as fast"),
        Case((0.03, 2e-7, 5e-7), "times in seconds, a gain of less than a microsecond per call"),
        Case((9000.0, 7.0, 7.0625), "a crossing after more than a hundred thousand calls"),
    ]


class Calls(Task):
    """A number of calls: the commonest way to say never, None, deserves a sentence of its own."""

    def _read(self, value: object, case: Case, like: Result | None = None) -> Result:
        if value is None and like is not None and np.isinf(like[0]):
            raise Finding(
                "Where compilation never pays, it returns None: the stub asks for math.inf, which compares with every "
                "number."
            )
        return super()._read(value, case, like)


task = Calls(
    number="3a",
    name="break_even",
    reference=reference,
    cases=cases,
    returns="a whole number, or math.inf",
    meaning="The totals cross where the gain of the later calls has made up for the excess of the first one, and "
    "nowhere if there is no gain.",
    errors={
        "division by zero": "Equal times with and without jit leave no gain per call, and nothing to divide by: treat "
        "that case first.",
        "cannot convert float infinity to integer": "int() of an infinite number fails: return math.inf itself where "
        "compilation never pays.",
        "cannot convert float NaN to integer": "int() of NaN fails: where there is no gain per call, return math.inf "
        "before dividing.",
    },
)


@task.symptom
def gives_up(got: list[Result], expected: list[Result]) -> str | None:
    late = [np.isinf(g[0]) and np.isfinite(e[0]) for g, e in zip(got, expected, strict=True)]
    if any(late) and late == [bool(late[i] and expected[i][0] > 5000) for i in range(len(late))]:
        return (
            "It says never where it is merely late, after thousands of calls: does a search end too early, or is a "
            "small gain taken for none? The number has a formula."
        )
    return None


@task.demand
def three_equal_times(answer: Callable) -> None:
    """Where all times are equal, nothing is gained, but nothing is lost either, from the first call on."""
    case = Case((6.0, 6.0, 6.0), "three equal times")
    if not np.array_equal(call(answer, case, task.errors), 1):
        raise Finding(
            "Right but for one corner: where all three times are equal, the totals are equal after the first call, "
            "which has paid already. Which of your two special cases comes first?"
        )


# --- known mistakes


@task.mistake("Calls that are slower with jit never pay: the quotient is negative there, and no number of calls.")
def negative_number(first, later, eager):
    if eager == later:
        return math.inf
    return 1 if first <= eager else math.ceil((first - later) / (eager - later))


@task.mistake(
    "Calls that are slower with jit never pay, and a program that was compiled already pays at its first call, not "
    "before."
)
def formula_alone(first, later, eager):
    return math.ceil((first - later) / (eager - later)) if eager != later else math.inf


@task.mistake("Calls that are slower with jit never pay; the maximum of 1 and a negative number hides that.")
def negative_hidden_by_maximum(first, later, eager):
    return math.inf if eager == later else max(1, math.ceil((first - later) / (eager - later)))


@task.mistake("Where compilation never pays, 0 calls are returned; that reads as if it paid at once.")
def zero_for_never(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else 0


@task.mistake("Where compilation never pays, -1 is returned; math.inf is asked for.")
def minus_one_for_never(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else -1


@task.mistake("Where compilation never pays, NaN is returned; math.inf is asked for.")
def nan_for_never(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else math.nan


@task.mistake(
    "Where compiled calls are as fast as the others, or slower, there is no break-even: math.inf is asked for."
)
def one_for_never(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else 1


@task.mistake("The number is rounded down: before the crossing compilation hasn't paid yet.")
def rounded_down(first, later, eager):
    return max(1, int((first - later) / (eager - later))) if eager > later else math.inf


@task.mistake("The number is rounded to the nearest: where that is downwards, compilation hasn't paid yet.")
def rounded_to_nearest(first, later, eager):
    return max(1, round((first - later) / (eager - later))) if eager > later else math.inf


@task.mistake(
    "A half is added and the sum rounded: where the quotient is whole, the sum lies in the middle between two numbers, "
    "and rounding takes the even one."
)
def half_added_and_rounded(first, later, eager):
    if first <= eager:
        return 1
    return round((first - later) / (eager - later) + 0.5) if eager > later else math.inf


@task.mistake("It isn't a whole number: calls can't be divided.")
def maximum_without_rounding(first, later, eager):
    return max(1, (first - later) / (eager - later)) if eager > later else math.inf


@task.mistake("A whole number of calls is asked: round up.")
def not_rounded(first, later, eager):
    gain = eager - later
    return (first - later) / gain if gain > 0 else math.inf


@task.mistake(
    "A whole number of calls is asked, and none that is negative: round up, and treat the slower program for itself."
)
def not_rounded_and_negative(first, later, eager):
    return math.inf if eager == later else (first - later) / (eager - later)


@task.mistake("The number is one too large: the quotient counts the first call already.")
def one_added(first, later, eager):
    return math.ceil((first - later) / (eager - later)) + 1 if eager > later else math.inf


@task.mistake(
    "Unless the first call has paid, the number is one too large: the first call is in the quotient, so don't add it."
)
def one_added_unless_first_paid(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - later) / (eager - later)) + 1 if eager > later else math.inf


@task.mistake("The first call isn't counted: these are the calls that follow it.")
def excess_over_eager(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - eager) / (eager - later)) if eager > later else math.inf


@task.mistake("The first call isn't counted, and where it has paid already a number below 1 comes out.")
def excess_over_eager_below_one(first, later, eager):
    return math.ceil((first - eager) / (eager - later)) if eager > later else math.inf


@task.mistake("Equal totals count as paid: your number is one too large where the totals are equal.")
def strictly_cheaper(first, later, eager):
    if eager <= later:
        return math.inf
    return 1 if first <= eager else math.floor((first - later) / (eager - later)) + 1


@task.mistake("The first call is counted as pure compilation; but it has run the program once, too.")
def first_is_compilation(first, later, eager):
    return math.ceil(first / (eager - later)) if eager > later else math.inf


@task.mistake("The later calls are taken as free: each of them costs `later`.")
def later_calls_free(first, later, eager):
    return math.ceil(first / eager) if eager > later else math.inf


@task.mistake("The later calls are taken as free, and the first as pure compilation: each call costs `later`.")
def compilation_over_eager(first, later, eager):
    return max(1, math.ceil((first - later) / eager)) if eager > later else math.inf


@task.mistake("These are the calls after the first one; the first one counts.")
def calls_after_the_first(first, later, eager):
    return max(0, math.ceil((first - later) / (eager - later)) - 1) if eager > later else math.inf


@task.mistake("0 calls where one is meant: the total over no calls at all is 0 either way, so count from 1.")
def zero_when_compiled(first, later, eager):
    return math.ceil((first - later) / (eager - later)) if eager > later else math.inf


@task.mistake("This is the speed-up of the later calls, a ratio of times; asked is a number of calls.")
def speed_up(first, later, eager):
    return eager / later if later else math.inf


@task.mistake("`later` and `eager` have changed places.")
def changed_places(first, later, eager):
    return reference(first, eager, later)


@task.mistake("A loss is taken for a gain: calls that are slower with jit never pay, however large the difference is.")
def absolute_gain(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - later) / abs(eager - later)) if eager != later else math.inf
