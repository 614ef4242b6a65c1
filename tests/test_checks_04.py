"""The answer checks of unit 04, and what every check says to anything at all."""

import sys

import bank
import jax
import numpy as np
import pytest

from jaxhep.check import unit04
from jaxhep.check.quiz import Quiz


class TestChecks(bank.Checks):
    unit, check = "04_hww_likelihood", unit04


def test_use_hands_out_the_learner_function_only_while_it_passes(capsys):
    bank.forget(unit04)
    mine = unit04.use("opens")
    unit04.opens(mine)
    assert unit04.use("opens") is mine and unit04.ready("opens")
    unit04.opens(lambda sealed, commitment: True)
    assert unit04.use("opens") is unit04.TASKS["opens"].reference and not unit04.ready("opens")
    assert capsys.readouterr().out.endswith("This cell waits for Task 12 (opens).\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: 1, "can't be called like its stub"),
        (lambda sealed, commitment: None, "not attempted yet"),
        (lambda sealed, commitment: "yes", "isn't an array of numbers"),
        (lambda sealed, commitment: [1, 0], "has shape (2,)"),
        (3, "The check wants the function"),
        (..., "not attempted yet"),
        (None, "not attempted yet"),
    ],
)
def test_anything_at_all_gets_a_readable_verdict(answer, says, capsys):
    unit04.opens(answer)
    assert says in " ".join(capsys.readouterr().out.split())


def test_state_kept_between_calls_is_found(capsys):
    calls: list[int] = []

    def opens(sealed, commitment):
        calls.append(1)
        return len(calls) < 4

    unit04.opens(opens)
    assert "A second call with the same arguments gives another result" in " ".join(capsys.readouterr().out.split())


def test_a_leaked_tracer_is_explained(capsys):
    kept: list[jax.Array] = []

    def poisson_nll2(expected, counts):
        jax.jit(lambda x: kept.append(x + 1))(expected)
        return kept[-1].sum()

    unit04.poisson_nll2(poisson_nll2)
    assert "A JAX tracer has leaked" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"a": 2, "b": True, "c": "scan"}, "correct. All counted."),
        ({"a": np.int64(2), "b": np.True_, "c": " Scan"}, "correct."),
        ({"a": 2.0, "b": False, "c": "cond"}, "1 of 3 predictions hold. b: Look at b. c: A cond chooses."),
        ({"a": 2, "b": 1, "c": "scan"}, "b: the answer is True or False, this is 1."),
        ({"a": True, "b": True, "c": "scan"}, "a: the answer is a whole number, this is True."),
        ({"a": 2, "b": ..., "c": None}, "Still without a prediction: b, c."),
        ({"a": 2, "b": True, "d": 1}, "There is no question d: the keys are a, b, c."),
        ([2, True, "scan"], "keep the dictionary"),
        ({"a": ..., "b": ..., "c": ...}, "not attempted yet"),
        (None, "not attempted yet"),
    ],
)
def test_a_quiz_explains_wrong_predictions_and_wrong_kinds_of_answers(answer, says, capsys):
    quiz = Quiz(
        number="1a",
        name="guess",
        truth=lambda: {"a": 2, "b": True, "c": "scan"},
        meaning="All counted.",
        hints={key: f"Look at {key}." for key in "abc"},
        mistakes={("c", "cond"): "A cond chooses."},
    )
    quiz(answer)
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Task 1a (guess): ") and says in said
    assert (quiz.passed is not None) == ("correct" in says)


def test_mark_is_silent_for_a_right_answer_and_raises_the_verdict_otherwise(capsys):
    right = unit04.opens.reference
    unit04.opens.mark(right)
    assert unit04.opens.passed is right
    for answer, says in ((None, "not attempted yet"), (lambda *seal: not right(*seal), "not right yet")):
        with pytest.raises(AssertionError, match=rf"Task 12 \(opens\): {says}") as raised:
            unit04.opens.mark(answer)
        assert unit04.opens.passed is None
        assert " ".join(raised.value._render_traceback_()) == str(raised.value)
    assert capsys.readouterr().out == ""


def test_what_an_answer_writes_to_stderr_stays_out_of_the_verdict(capsys):
    def opens(sealed, commitment):
        print("noise", file=sys.stderr)
        return unit04.opens.reference(sealed, commitment)

    unit04.opens(opens)
    said = capsys.readouterr()
    assert "correct." in said.out and said.err == ""
