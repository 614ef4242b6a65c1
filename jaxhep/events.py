"""The shipped collision events, their data card, and the observed events."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = (
    *("process", "label", "weight", "score", "njet", "met", "met_phi", "mll", "dphill", "ptll", "mt"),
    *(f"lep{i}_{quantity}" for i in (0, 1) for quantity in ("pt", "eta", "phi", "pdgid")),
    *("jet0_pt", "jet0_eta", "jet0_phi"),
)
"""Columns that every event file has, besides the systematics' ``w_up__NAME`` and ``w_down__NAME``."""

RESTORE = "Restore the shipped files with `git checkout -- data`, or install jaxhep again."


class DataError(ValueError):
    """A data file or table is missing, altered, or not what the analysis needs."""


def data_directory() -> Path:
    """The repository's ``data/`` in a clone, else the copy installed with the package."""
    package = Path(__file__).resolve().parent
    clone = package.parent / "data"
    return clone if (clone / "SHA256SUMS").is_file() else package / "_data"


def _read(path: Path) -> bytes:
    """Bytes of ``path``, compared with the SHA256SUMS beside it if that lists the file."""
    if not path.is_file():
        raise DataError(f"There is no file {path}. {RESTORE}")
    content = path.read_bytes()
    sums = path.with_name("SHA256SUMS")
    listed = dict(line.split()[::-1] for line in sums.read_text().splitlines() if line) if sums.is_file() else {}
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
        return json.loads(_read(path))
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
    readable Parquet, or ``check_events`` refuses its contents.
    """
    events = _read_table(Path(path) if path is not None else data_directory() / "hww_events.parquet")
    shifts = [c for c in events if str(c).startswith("score_shift_")]  # stored as differences, which compress
    scores = events[shifts].add(events["score"], axis=0).clip(0.0, 1.0) if shifts else events[[]]
    events = pd.concat(
        [events.drop(columns=shifts), scores.rename(columns=lambda c: c.replace("score_shift_", "score_"))], axis=1
    )
    check_events(events, COLUMNS)
    return events


def check_events(events: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse missing columns, unpaired systematics, values that aren't finite, negative weights, scores outside 0 to 1.

    ``jet0_*`` may be NaN in events without a jet. Raises DataError naming the column, the number of bad rows and the
    first.
    """
    missing = [name for name in columns if name not in events]
    missing += [f"w_{other}__{name}" for name, other in _unpaired(events)]
    if missing:
        raise DataError(f"The events lack the column(s) {', '.join(missing)}. {RESTORE}")
    if not len(events):
        raise DataError("The table of events is empty.")
    no_jet = (events["njet"] == 0).to_numpy() if "njet" in events else np.zeros(len(events), bool)
    for name in events.columns:
        if not pd.api.types.is_numeric_dtype(events[name]):
            continue
        bad = ~np.isfinite(events[name].to_numpy())
        _refuse(events, name, bad & ~no_jet if name.startswith("jet0_") else bad, "NaN or infinite")
        if name == "weight" or name.startswith("w_"):
            _refuse(events, name, events[name].to_numpy() < 0, "negative")
        if name == "score" or name.startswith("score_"):
            _refuse(events, name, abs(events[name].to_numpy() - 0.5) > 0.5, "outside [0, 1]")


def _unpaired(events: pd.DataFrame) -> list[tuple[str, str]]:
    names = {
        side: {c.split("__", 1)[1] for c in map(str, events) if c.startswith(f"w_{side}__")} for side in ("up", "down")
    }
    lone = [(name, "down") for name in names["up"] - names["down"]] + [
        (name, "up") for name in names["down"] - names["up"]
    ]
    return sorted(lone)


def _refuse(events: pd.DataFrame, column: str, bad: np.ndarray, what: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{bad.sum()} of {len(events)} values in column '{column}' are {what}; first in row {row}: "
            f"{events[column].iloc[row]}. Drop or repair these events before building templates."
        )


def require_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise ValueError at the first of ``names`` that isn't in ``known``, with the closest spelling, or that comes
    twice."""
    known, names = list(known), list(names)
    for name in names:
        if name not in known:
            close = get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = (
                f"Did you mean '{close[0]}'?"
                if close
                else f"Known: {', '.join(known[:8])}{', ...' * (len(known) > 8)}."
            )
            raise ValueError(f"There is no {what} '{name}'. {hint}")
        if names.count(name) > 1:
            raise ValueError(f"The {what} '{name}' is listed {names.count(name)} times.")


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
    digest, commitment = hashlib.sha256(truth).hexdigest(), load_card()["commitment"]
    if digest != commitment:
        raise DataError(
            f"{path} isn't the truth that was committed to: its SHA-256 is {digest}, published was {commitment}."
        )
    return json.loads(truth)
