"""The answer checks of unit 04, and what every check says to anything at all."""

import sys

import bank
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxhep
from jaxhep.check import unit04
from jaxhep.check.quiz import Quiz
from jaxhep.check.reading import Case
from jaxhep.check.unit04 import _derivatives


class TestChecks(bank.Checks):
    unit, check = "04_hww_likelihood", unit04


def test_use_hands_out_the_learner_function_only_while_it_passes(capsys):
    bank.forget(unit04)
    mine = unit04.use("cls")
    unit04.cls(mine)
    assert unit04.use("cls") is mine and unit04.ready("cls")
    unit04.cls(lambda q, q_asimov: (0, 0, 0))
    assert unit04.use("cls") is unit04.TASKS["cls"].reference and not unit04.ready("cls")
    assert capsys.readouterr().out.endswith("This cell waits for Task 13b (cls).\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: 1, "can't be called like its stub"),
        (lambda fit, mu, counts, model: None, "not attempted yet"),
        (lambda fit, mu, counts, model: "yes", "isn't an array of numbers"),
        (lambda fit, mu, counts, model: [1, 0], "has shape (2,)"),
        (3, "The check wants the function"),
        (..., "not attempted yet"),
        (None, "not attempted yet"),
    ],
)
def test_anything_at_all_gets_a_readable_verdict(answer, says, capsys):
    unit04.q_tilde(answer)
    assert says in " ".join(capsys.readouterr().out.split())


def test_state_kept_between_calls_is_found(capsys):
    calls: list[int] = []

    def cls(q, q_asimov):
        calls.append(1)
        return q, q, len(calls)

    unit04.cls(cls)
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
    right = unit04.cls.reference
    unit04.cls.mark(right)
    assert unit04.cls.passed is right
    for answer, says in ((None, "not attempted yet"), (lambda q, q_asimov: right(q_asimov, q), "not right yet")):
        with pytest.raises(AssertionError, match=rf"Task 13b \(cls\): {says}") as raised:
            unit04.cls.mark(answer)
        assert unit04.cls.passed is None
        assert " ".join(raised.value._render_traceback_()) == str(raised.value)
    assert capsys.readouterr().out == ""


def test_what_an_answer_writes_to_stderr_stays_out_of_the_verdict(capsys):
    def cls(q, q_asimov):
        print("noise", file=sys.stderr)
        return unit04.cls.reference(q, q_asimov)

    unit04.cls(cls)
    said = capsys.readouterr()
    assert "correct." in said.out and said.err == ""


def test_q_tilde_of_the_check_is_the_package_s():
    for case in unit04.q_tilde.cases():
        _, mu, counts, model = case.args
        tested = jaxhep.hypotest(unit04.as_model(model), counts, mu)
        assert unit04.q_tilde.reference(*case.args) == pytest.approx(tested.q, abs=1e-4), case.kind


def test_a_derivative_that_isn_t_finite_is_traced_to_what_makes_it():
    for function, words in (
        (lambda x: jnp.linalg.norm(x), "square root of 0"),
        (lambda x: jnp.sum(x ** jnp.zeros(2)), "power of 0"),
        (lambda x: jnp.sum(jnp.where(x > 0, jnp.exp(1e3 * (1 - x)), x)), "jnp.where"),
        (lambda x: jnp.sum(x**2), ""),
    ):
        said = _derivatives.why_not_finite(function, Case((jnp.zeros(2),), "zeros"))
        assert words in said and bool(said) == bool(words)
