"""The table of events and its file."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd

import jaxhep
from bad_inputs.cases import INF, NAN, PACKAGE, each, one
from jaxhep.events import check_events

TABLES: dict[str, Callable] = {
    "build_templates": lambda s, events: jaxhep.build_templates(events, [0, 0.5, 1]),
    "equal_signal_edges": lambda s, events: jaxhep.equal_signal_edges(events, 4),
    "check_events": lambda s, events: check_events(events, ["process", "label", "weight", "score"]),
}


def put(column: str, value: object) -> Callable[[SimpleNamespace], pd.DataFrame]:
    """The events with another value in row 3 of a column, or with a new column."""

    def changed(s: SimpleNamespace) -> pd.DataFrame:
        values = s.events[column].astype(object if isinstance(value, str | complex) or value is None else float)
        values.iloc[3] = value
        return s.events.assign(**{column: values})

    return changed


def twice(column: str) -> Callable[[SimpleNamespace], pd.DataFrame]:
    return lambda s: pd.concat([s.events, s.events[[column]]], axis=1)


each(
    "events",
    TABLES,
    {
        "a dictionary": (lambda s: dict(s.events), "must be a pandas DataFrame, one event a row; got a dict"),
        "an array": (np.ones((3, 3)), "must be a pandas DataFrame"),
        "a column": (lambda s: s.events["score"], "must be a pandas DataFrame.*got a Series"),
        "a file name": ("events.parquet", "must be a pandas DataFrame.*got a str"),
        "None": (None, "must be a pandas DataFrame"),
        "empty": (lambda s: s.events.iloc[:0], "The table of events is empty"),
        "without score": (lambda s: s.events.drop(columns="score"), r"lack the column\(s\) score"),
        "without weight": (lambda s: s.events.drop(columns="weight"), r"lack the column\(s\) weight"),
        "without label": (lambda s: s.events.drop(columns="label"), r"lack the column\(s\) label"),
        "score twice": (twice("score"), "have the column 'score' 2 times"),
        "weight twice": (twice("weight"), "have the column 'weight' 2 times"),
        "weight NaN": (
            put("weight", NAN),
            "1 of 40 values in column 'weight' are NaN or infinite; first in row 3: nan",
        ),
        "weight infinite": (put("weight", INF), "'weight' are NaN or infinite"),
        "weight negative": (put("weight", -0.5), "'weight' are negative; first in row 3: -0.5.*resample.*Don't drop"),
        "weight text": (lambda s: s.events.astype({"weight": str}), "'weight' of the events holds no real numbers"),
        "weight one word": (put("weight", "0.5"), "'weight' of the events holds no real numbers"),
        "weight complex": (lambda s: s.events.astype({"weight": complex}), "'weight' .*no real numbers, but complex"),
        "weight boolean": (lambda s: s.events.astype({"weight": bool}), "'weight' .*no real numbers, but bool"),
        "weight pd.NA": (lambda s: put("weight", NAN)(s).astype({"weight": "Float64"}), "'weight' are NaN"),
        "score NaN": (put("score", NAN), "'score' are NaN"),
        "score 1.5": (put("score", 1.5), r"'score' are outside \[0, 1\]; first in row 3: 1.5"),
        "score negative": (put("score", -0.1), r"'score' are outside \[0, 1\]"),
        "score text": (lambda s: s.events.astype({"score": str}), "'score' of the events holds no real numbers"),
        "score dates": (
            lambda s: s.events.assign(score=pd.Timestamp("2026-01-01")),
            "'score' of the events holds no real numbers, but datetime",
        ),
        "label 2": (put("label", 2), "'label' are neither 0 nor 1; first in row 3: 2.0"),
        "label NaN": (put("label", NAN), "'label' are NaN"),
        "label text": (lambda s: s.events.replace({"label": {0: "b", 1: "s"}}), "'label' .*no real numbers"),
    },
)
each(
    "events",
    {name: TABLES[name] for name in ("build_templates", "check_events")},
    {
        "without process": (lambda s: s.events.drop(columns="process"), r"lack the column\(s\) process"),
        "process twice": (twice("process"), "have the column 'process' 2 times"),
        "variation twice": (twice("w_up__jes"), "have the column 'w_up__jes' 2 times"),
        "a lone variation": (lambda s: s.events.drop(columns="w_down__jes"), "lack .* w_down__jes"),
        "process None": (put("process", None), "1 of 40 values in column 'process' are no name of a process"),
        "process numbers": (lambda s: s.events.assign(process=7), "'process' are no name of a process.* row 0: 7"),
        "variation negative": (put("w_up__jes", -1.0), "'w_up__jes' are negative"),
        "variation NaN": (put("w_down__jes", NAN), "'w_down__jes' are NaN"),
        "variation text": (lambda s: s.events.astype({"w_up__jes": str}), "'w_up__jes' .*no real numbers"),
        "moved score NaN": (put("score_up__jes", NAN), "'score_up__jes' are NaN"),
        "moved score outside": (put("score_down__jes", 2.0), r"'score_down__jes' are outside \[0, 1\]"),
    },
)
one(
    "build_templates",
    {
        "a lone moved score": (
            lambda s: jaxhep.build_templates(s.events.drop(columns="score_down__jes"), [0, 1]),
            r"lack the column\(s\) score_down__jes",
        ),
        "mixed labels": (
            lambda s: jaxhep.build_templates(put("label", 0)(s), [0, 1]),
            r"'signal' has the labels \[0\.0, 1\.0\]",
        ),
        "no weight": (lambda s: jaxhep.build_templates(s.events.assign(weight=0.0), [0, 1]), "no expected events"),
    },
)
one(
    "equal_signal_edges",
    {
        "no signal": (lambda s: jaxhep.equal_signal_edges(s.events.assign(label=0)), "have no signal"),
        "signal without weight": (lambda s: jaxhep.equal_signal_edges(s.events.assign(weight=0.0)), "have no signal"),
        "equal scores": (lambda s: jaxhep.equal_signal_edges(s.events.assign(score=0.5), 4), "fewer bins"),
    },
)
one(
    "check_events",
    {
        "columns a string": (lambda s: check_events(s.events, "score"), r"columns must be a list .*write \['score'\]"),
        "columns None": (lambda s: check_events(s.events, None), "columns must be a list of names; got None"),
        "missing by list": (lambda s: check_events(s.events, ["met", "mll"]), r"lack the column\(s\) met, mll"),
        "another column NaN": (lambda s: check_events(put("njet", NAN)(s), []), "'njet' are NaN"),
        "needed column text": (
            lambda s: check_events(s.events.assign(met="high"), ["met"]),
            "'met' of the events holds no real numbers",
        ),
        "jet NaN with a jet": (
            lambda s: check_events(s.events.assign(jet0_pt=NAN), []),
            "20 of 40 .*'jet0_pt' are NaN",
        ),
    },
)
each(
    "path",
    {"load_events": lambda s, path: jaxhep.load_events(path)},
    {
        "missing": ("no/such.parquet", "There is no file no/such.parquet"),
        "a folder": (lambda s: PACKAGE, "There is no file"),
        "a number": (5, "path must be the name of a Parquet file; got 5"),
        "events": (lambda s: s.events, "path must be the name of a Parquet file"),
        "bytes": (b"a.parquet", "path must be the name of a Parquet file"),
        "no table": (lambda s: PACKAGE / "events.py", "isn't a readable Parquet file"),
    },
)
