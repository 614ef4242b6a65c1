"""How a case of bad input is written down, and the small model and events that it spoils."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

import jaxhep

PACKAGE = Path(jaxhep.__file__).parent
NAN, INF = np.nan, np.inf
replace = dataclasses.replace


def small_templates() -> jaxhep.Templates:
    """2 processes, 2 systematics, 3 bins."""
    up = np.array([[[1.1, 1.05, 1.0], [0.9, 1.0, 1.1]], [[1.02, 1.0, 0.98], [1.0, 1.1, 1.2]]])
    nominal = np.array([[5.0, 20.0, 40.0], [200.0, 100.0, 50.0]])
    names = ("signal", "WW"), ("signal",), ("jes", "lumi")
    return jaxhep.Templates(nominal, up, 1 / up, np.full(3, 0.02), *names, np.linspace(0, 1, 4))


def small_events() -> pd.DataFrame:
    """40 events of 2 processes with a systematic that moves them."""
    score = np.tile(np.linspace(0.02, 0.98, 20), 2)
    ones = np.ones(40)
    return pd.DataFrame(
        {
            "process": np.repeat(["signal", "WW"], 20),
            "label": np.repeat([1, 0], 20),
            "weight": 0.5 * ones,
            "score": score,
            "njet": np.tile([0, 1], 20),
            "w_up__jes": 1.1 * ones,
            "w_down__jes": 0.9 * ones,
            "score_up__jes": score,
            "score_down__jes": score,
        }
    )


Call = Callable[[SimpleNamespace], object]
CASES: dict[str, tuple[Call, str]] = {}


def each(argument: str, calls: dict[str, Callable], bad: dict[str, tuple[object, str]]) -> None:
    """A case for every function of ``calls``, (small, value) -> result, and every ``bad`` value: it, or a function of
    ``small``."""
    for function, call in calls.items():
        for name, (value, words) in bad.items():

            def case(small: SimpleNamespace, call: Callable = call, value: object = value) -> object:
                return call(small, value(small) if callable(value) else value)

            assert (key := f"{function}: {argument} {name}") not in CASES
            CASES[key] = case, words


def one(function: str, cases: dict[str, tuple[Call, str]]) -> None:
    """Cases of one function by what is wrong with them."""
    for name, case in cases.items():
        assert (key := f"{function}: {name}") not in CASES
        CASES[key] = case


NO_NUMBERS = {
    "None": (None, "must be real numbers, not objects; got None"),
    "text": (lambda s: ["1", "2", "3"], "must be real numbers, not text"),
    "booleans": (lambda s: np.ones(3, bool), "must be real numbers, not booleans"),
    "complex": (lambda s: np.ones(3) + 0j, "must be real numbers, not complex numbers"),
    "ragged": (lambda s: [[1.0], [2.0, 3.0]], "its rows of one length"),
    "masked": (lambda s: np.ma.masked_greater(s.counts, 100), "some are masked"),
}
