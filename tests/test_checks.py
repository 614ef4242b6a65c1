"""What holds for the answer checks of all units together."""

import ast
from collections import Counter
from importlib import import_module
from pathlib import Path

import bank
import numpy as np
import pytest

from course.settings import ROOT
from jaxhep.check.compare import first_that_differs, shown

UNITS = sorted(folder.name for folder in (ROOT / "jaxhep" / "check").glob("unit[0-9][0-9]"))
TASKS = {unit: import_module(f"jaxhep.check.{unit}").TASKS for unit in UNITS}


def constants(file: Path) -> list[str]:
    """The texts in a file, parts that follow one another joined."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_no_sentence_of_a_known_mistake_is_written_twice():
    written = Counter(text for file in (ROOT / "jaxhep" / "check").rglob("*.py") for text in constants(file))
    answers = [" ".join(file.read_text().split()) for file in (ROOT / "tests" / "answers").rglob("*.py")]
    sentences = [
        mistake.says for tasks in TASKS.values() for task in tasks.values() for mistake in bank.known_mistakes(task)
    ]
    assert len(sentences) > 500
    for sentence in sentences:
        assert written[sentence] == 1, sentence
        assert not any(sentence in text for text in answers), sentence


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_a_file_for_each_task_and_a_bank_for_each(unit):
    for name in TASKS[unit]:
        assert (ROOT / "jaxhep" / "check" / unit / f"_{name}.py").is_file()
        assert (ROOT / "tests" / "answers" / unit / f"{name}.py").is_file()


def test_use_gives_something_right_for_every_kind_of_task():
    for unit in UNITS:
        for name, task in TASKS[unit].items():
            task.passed = None
            assert TASKS[unit].use(name) is not None
            task.passed = answer = object()
            assert TASKS[unit].use(name) is answer
            task.passed = None


def test_no_file_has_grown_out_of_a_head():
    """About 400 lines for a file."""
    folders = ("jaxhep/**", "course", "data/generate", "figures/**", "benchmarks/**", "tests", "tests/bad_inputs")
    long = {
        file.name: lines
        for folder in folders
        for file in ROOT.glob(f"{folder}/*.py")
        if (lines := len(file.read_text().splitlines())) > 420
    }
    assert not long


def test_numbers_are_shown_from_where_they_differ():
    right, wrong = np.arange(8.0), np.arange(8.0)
    assert shown(right, first_that_differs(right, right)) == "[0, 1, 2, 3, ...]"
    wrong[5] = 9.0
    assert shown(wrong, first_that_differs(wrong, right)) == "[..., 9, 6, 7]"
    wrong[2] = 7.0
    assert shown(wrong, first_that_differs(wrong, right)) == "[0, 1, 7, 3, ...]"
