"""The shipped collision events, their data card, and the observed events."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from jaxhep import inputs

COLUMNS = (
    *("process", "label", "weight", "score", "njet", "met", "met_phi", "mll", "dphill", "ptll", "mt"),
    *(f"lep{i}_{quantity}" for i in (0, 1) for quantity in ("pt", "eta", "phi", "pdgid")),
    *("jet0_pt", "jet0_eta", "jet0_phi"),
)
"""Columns that every event file has, besides the systematics' ``w_up__NAME`` and ``w_down__NAME``."""

SHIPPED = ("hww_events.parquet", "hww_observed.parquet", "observed_truth.sealed", "card.json")
"""The files in ``data/`` that ``SHA256SUMS`` lists."""

RESTORE = "Restore the shipped files with `git checkout -- data`, or install jaxhep again."


REPAIR = (
    "Find out where they come from, and repair them before building templates: yields change if events are dropped."
)

POSITIVE = (
    "The course's templates need weights that aren't negative: simulate with positive weights, or resample the events "
    "with a positive resampler. Don't drop these events: that would bias the yields."
)


class DataError(ValueError):
    """A data file or table is missing, altered, or not what the analysis needs."""


def data_directory() -> Path:
    """The repository's ``data/`` in a clone, else the copy installed with the package."""
    package = Path(__file__).resolve().parent
    clone = package.parent / "data"
    return clone if (clone / "SHA256SUMS").is_file() else package / "_data"


def _listed(sums: Path) -> dict[str, str]:
    """SHA-256 by file name from a file as ``sha256sum`` writes it: ``digest  name``, or ``digest *name`` for binary."""
    listed = {}
    for number, line in enumerate(sums.read_text(errors="replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = re.fullmatch(r"([0-9a-fA-F]{64}) [ *](?:\./)?(.+?)\s*", line)
        if parts is None:
            raise DataError(f"Line {number} of {sums} isn't a SHA-256 and a file name: {line!r:.80}. {RESTORE}")
        listed[parts[2]] = parts[1].lower()
    return listed


def _read(path: Path) -> bytes:
    """Bytes of ``path``, compared with the SHA256SUMS beside it if that lists the file, as it has to for shipped
    files."""
    if not path.is_file():
        raise DataError(f"There is no file {path}. {RESTORE}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}. Look at its permissions.") from None
    sums = path.with_name("SHA256SUMS")
    listed = _listed(sums) if sums.is_file() else {}
    if path.name not in listed and path.name in SHIPPED and path.parent == data_directory():
        raise DataError(f"{sums} doesn't list {path.name}, so that nothing tells whether it was altered. {RESTORE}")
    found = hashlib.sha256(content).hexdigest()
    if listed.get(path.name, found) != found:
        raise DataError(
            f"{path} was altered or truncated: its SHA-256 is {found[:12]}..., {sums.name} says "
            f"{listed[path.name][:12]}... ({len(content)} bytes read). {RESTORE}"
        )
    return content


def _read_json(name: str) -> dict:
    path = data_directory() / name
    try:
        found = json.loads(_read(path))
        if not isinstance(found, dict):
            raise ValueError(f"it holds a {type(found).__name__}, not an object with names")
        return found
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} isn't valid JSON: {error}. {RESTORE}") from None


def _read_table(path: Path) -> pd.DataFrame:
    content = _read(path)
    try:
        return pd.read_parquet(io.BytesIO(content))
    except Exception as error:  # pyarrow raises many types for a damaged file
        raise DataError(f"{path} isn't a readable Parquet file ({error}). {RESTORE}") from None


def load_events(path: str | Path | None = None) -> pd.DataFrame:
    """Selected events, one a row; default: the shipped file. Units and meanings: ``load_card()["columns"]``.

    The file stores a kinematic systematic's score as a change, ``score_shift_up__NAME``; here it is ``score_up__NAME``.

    Raises DataError if the file is missing, its SHA-256 differs from the ``SHA256SUMS`` beside it, it isn't
    readable Parquet, or ``check_events`` refuses its contents; TypeError if ``path`` isn't one.
    """
    if path is not None and not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the name of a Parquet file; got {path!r:.80}.")
    events = _read_table(Path(path) if path is not None else data_directory() / "hww_events.parquet")
    _require_columns(events, COLUMNS)
    shifts = [c for c in events if str(c).startswith("score_shift_")]  # stored as differences, which compress
    for name in ("score", *shifts):
        _numbers(events, str(name), needed=True)
    scores = events[shifts].add(events["score"], axis=0).clip(0.0, 1.0) if shifts else events[[]]
    events = pd.concat(
        [events.drop(columns=shifts), scores.rename(columns=lambda c: c.replace("score_shift_", "score_"))], axis=1
    )
    check_events(events, COLUMNS)
    return events


def check_events(events: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse missing, double or unpaired columns, what isn't a number, values that aren't finite, negative weights,
    scores outside 0 to 1, labels other than 0 and 1, processes without a name.

    ``jet0_*`` may be NaN in events without a jet. Raises DataError naming the column, the number of bad rows and the
    first; TypeError if ``events`` isn't a DataFrame.
    """
    columns = inputs.names(columns, "columns")
    _require_columns(inputs.frame(events), columns)
    if not len(events):
        raise DataError("The table of events is empty.")
    if "process" in events and not all(isinstance(name, str) for name in events["process"].unique()):
        bad = np.array([not isinstance(name, str) for name in events["process"]])
        _refuse(events, "process", bad, "no name of a process", "Give every event its process, as text.")
    no_jet = (events["njet"] == 0).to_numpy(bool, na_value=False) if "njet" in events else np.zeros(len(events), bool)
    for name in map(str, events.columns):
        weight, score = name == "weight" or name.startswith("w_"), name == "score" or name.startswith("score_")
        values = _numbers(events, name, weight or score or name == "label" or (name in columns and name != "process"))
        if values is None:
            continue
        bad = ~np.isfinite(values)
        _refuse(events, name, bad & ~no_jet if name.startswith("jet0_") else bad, "NaN or infinite")
        if weight:
            _refuse(events, name, values < 0, "negative", POSITIVE)
        if score:
            _refuse(events, name, abs(values - 0.5) > 0.5, "outside [0, 1]")
        if name == "label":
            _refuse(events, name, (values != 0) & (values != 1), "neither 0 nor 1")


def _require_columns(events: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a table that lacks some of the ``columns`` or one of a pair of variations, or has a column twice."""
    missing = [name for name in columns if name not in events]
    missing += [f"w_{other}__{name}" for name, other in _unpaired(events)]
    if missing:
        raise DataError(f"The events lack the column(s) {', '.join(missing)}. {RESTORE}")
    double = events.columns[events.columns.duplicated()]
    if len(double):
        number = int((events.columns == double[0]).sum())
        raise DataError(f"The events have the column '{double[0]}' {number} times: keep one, or rename the others.")


def _numbers(events: pd.DataFrame, name: str, needed: bool) -> np.ndarray | None:
    """The values of a column; None if they are no numbers and none are ``needed``."""
    if name not in events:  # its name isn't text
        return None
    column, dtype = events[name], events[name].dtype
    if inputs.is_real(dtype):
        return column.to_numpy(float, na_value=np.nan) if isinstance(dtype, ExtensionDtype) else column.to_numpy()
    if pd.api.types.is_bool_dtype(dtype) and name == "label":
        return column.to_numpy(float)
    if needed:
        raise DataError(
            f"Column '{name}' of the events holds no real numbers, but {dtype}; first in row 0: "
            f"{column.iloc[0]!r:.40}. Convert it to float."
        )
    return None


def _unpaired(events: pd.DataFrame) -> list[tuple[str, str]]:
    names = {
        side: {c.split("__", 1)[1] for c in map(str, events) if c.startswith(f"w_{side}__")} for side in ("up", "down")
    }
    lone = [(name, "down") for name in names["up"] - names["down"]] + [
        (name, "up") for name in names["down"] - names["up"]
    ]
    return sorted(lone)


def _refuse(events: pd.DataFrame, column: str, bad: np.ndarray, what: str, way_out: str = REPAIR) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{bad.sum()} of {len(events)} values in column '{column}' are {what}; first in row {row}: "
            f"{events[column].iloc[row]}. {way_out}"
        )


def load_card() -> dict:
    """The data card: luminosity, processes, columns with units, systematics with sizes and sources. Raises
    DataError."""
    return _read_json("card.json")


def load_observed() -> pd.DataFrame:
    """The pseudo-data, one unit-weight event a row: kinematics and ``score``, no process and no truth. Raises
    DataError."""
    observed = _read_table(data_directory() / "hww_observed.parquet")
    check_events(observed, [c for c in COLUMNS if c not in ("process", "label", "weight")])
    return observed


def unseal() -> dict:
    """Open the secret truth behind the observed counts (salt, mu, theta, seed), after checking it against its
    commitment.

    Raises DataError if the sealed truth isn't the one whose SHA-256 was published with the data.
    """
    path = data_directory() / "observed_truth.sealed"
    try:
        truth = base64.b64decode(_read(path), validate=False)
    except binascii.Error as error:
        raise DataError(f"{path} isn't base64 text: {error}. {RESTORE}") from None
    digest, commitment = hashlib.sha256(truth).hexdigest(), load_card().get("commitment", "nothing")
    if digest != commitment:
        raise DataError(
            f"{path} isn't the truth that was committed to: its SHA-256 is {digest}, published was {commitment}."
        )
    try:
        return json.loads(truth)
    except ValueError as error:
        raise DataError(f"{path} holds what was committed to, but that isn't valid JSON: {error}.") from None
