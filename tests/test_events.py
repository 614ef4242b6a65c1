"""Reading the data: every way in which a file or table can be wrong gets its own clear error."""

import base64
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jaxhep
from jaxhep import events as events_module
from jaxhep.events import check_events


@pytest.fixture
def folder(tmp_path: Path, toy_events: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with synthetic files and their checksums, which the package takes for the shipped one."""
    truth = json.dumps({"salt": "s", "mu": 1.3, "theta": {}, "seed": 7}).encode()
    toy_events.to_parquet(tmp_path / "hww_events.parquet")
    toy_events.drop(columns=["process", "label", "weight"]).to_parquet(tmp_path / "hww_observed.parquet")
    (tmp_path / "card.json").write_text(json.dumps({"commitment": hashlib.sha256(truth).hexdigest()}))
    (tmp_path / "observed_truth.sealed").write_text(base64.encodebytes(truth).decode())
    write_sums(tmp_path)
    monkeypatch.setattr(events_module, "data_directory", lambda: tmp_path)
    return tmp_path


def write_sums(folder: Path, line: str = "{}  {}\n") -> None:
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    lines = [line.format(hashlib.sha256(path.read_bytes()).hexdigest(), path.name) for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines))


def test_shipped_files_load_and_agree(shipped_events: pd.DataFrame) -> None:
    card = jaxhep.load_card()
    assert set(shipped_events["process"]) == set(card["processes"])
    names = {c.removeprefix("w_up__") for c in shipped_events if c.startswith("w_up__")}
    assert names == set(card["systematics"])
    assert len(jaxhep.load_observed()) > 0


def test_round_trip(folder: Path, toy_events: pd.DataFrame) -> None:
    loaded = jaxhep.load_events()
    assert list(loaded.columns) == list(toy_events.columns)
    np.testing.assert_array_equal(loaded["score"], toy_events["score"])
    assert len(jaxhep.load_observed()) == len(toy_events)


def test_score_shifts_become_scores(folder: Path, toy_events: pd.DataFrame) -> None:
    stored = toy_events.rename(columns=lambda c: c.replace("score_", "score_shift_", 1))
    for column in [c for c in stored if c.startswith("score_shift_")]:
        stored[column] -= stored["score"]
    stored.to_parquet(folder / "other.parquet")
    loaded = jaxhep.load_events(folder / "other.parquet")
    np.testing.assert_allclose(loaded["score_up__kinematic_0"], toy_events["score_up__kinematic_0"], atol=1e-6)
    assert not [c for c in loaded if c.startswith("score_shift_")]


def test_missing_file(folder: Path) -> None:
    (folder / "hww_events.parquet").unlink()
    with pytest.raises(jaxhep.DataError, match=r"There is no file .*hww_events.parquet.*git checkout"):
        jaxhep.load_events()


def test_truncated_and_altered_files_fail_their_checksum(folder: Path) -> None:
    path = folder / "hww_events.parquet"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(jaxhep.DataError, match=r"altered or truncated.*SHA-256.*git checkout"):
        jaxhep.load_events()
    path.write_bytes(content[:-9] + b"x" + content[-8:])
    with pytest.raises(jaxhep.DataError, match="altered or truncated"):
        jaxhep.load_events()
    (folder / "card.json").write_text("{}")
    with pytest.raises(jaxhep.DataError, match=r"card\.json was altered"):
        jaxhep.load_card()


@pytest.mark.parametrize("line", ["{} *{}\n", "{}  ./{}\r\n", "\n# shipped\n{}  {}\n"])
def test_every_form_of_checksum_is_checked(folder: Path, line: str) -> None:
    write_sums(folder, line)
    assert "commitment" in jaxhep.load_card()
    (folder / "card.json").write_text("{}")
    with pytest.raises(jaxhep.DataError, match=r"card\.json was altered"):
        jaxhep.load_card()


@pytest.mark.parametrize(
    ("sums", "message"),
    [
        ("{0}  other.json\n", r"SHA256SUMS doesn't list card\.json"),
        ("", r"SHA256SUMS doesn't list card\.json"),
        ("SHA256 (card.json) = {0}\n", "Line 1 of .*SHA256SUMS isn't a SHA-256 and a file name: 'SHA256 "),
        ("{0}  card.json\n{0}\n", "Line 2 of .*SHA256SUMS isn't a SHA-256"),
        ("<html>", "Line 1 of .*SHA256SUMS isn't a SHA-256"),
    ],
)
def test_checksums_that_say_nothing(folder: Path, sums: str, message: str) -> None:
    digest = hashlib.sha256((folder / "card.json").read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(sums.format(digest))
    with pytest.raises(jaxhep.DataError, match=message):
        jaxhep.load_card()


def test_unreadable_files_without_checksum(tmp_path: Path) -> None:
    (tmp_path / "mine.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(jaxhep.DataError, match="isn't a readable Parquet file"):
        jaxhep.load_events(tmp_path / "mine.parquet")


def test_invalid_json(folder: Path) -> None:
    (folder / "card.json").write_text("{")
    write_sums(folder)
    with pytest.raises(jaxhep.DataError, match=r"card.json isn't valid JSON"):
        jaxhep.load_card()
    (folder / "card.json").write_text("[1, 2]")
    write_sums(folder)
    with pytest.raises(jaxhep.DataError, match=r"it holds a list, not an object with names"):
        jaxhep.load_card()


def test_unseal_checks_the_commitment(folder: Path) -> None:
    assert jaxhep.unseal()["mu"] == 1.3
    (folder / "observed_truth.sealed").write_text(base64.b64encode(b'{"mu": 2.0}').decode())
    write_sums(folder)
    with pytest.raises(jaxhep.DataError, match="isn't the truth that was committed to"):
        jaxhep.unseal()
    (folder / "card.json").write_text("{}")
    write_sums(folder)
    with pytest.raises(jaxhep.DataError, match="published was nothing"):
        jaxhep.unseal()


def test_wrong_schema_names_the_missing_columns(tmp_path: Path, toy_events: pd.DataFrame) -> None:
    toy_events.drop(columns=["mll", "lep1_pt"]).to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(jaxhep.DataError, match=r"lack the column\(s\) mll, lep1_pt"):
        jaxhep.load_events(tmp_path / "mine.parquet")
    toy_events.rename(columns={"score": "score_shift_up__kinematic_9"}).to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(jaxhep.DataError, match=r"lack the column\(s\) score\."):
        jaxhep.load_events(tmp_path / "mine.parquet")
    toy_events.assign(score_shift_up__kinematic_9="0.1").to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(jaxhep.DataError, match="'score_shift_up__kinematic_9' of the events holds no real numbers"):
        jaxhep.load_events(tmp_path / "mine.parquet")


def test_jets_may_be_absent_only_without_jets(toy_events: pd.DataFrame) -> None:
    check_events(toy_events, events_module.COLUMNS)
    toy_events.loc[toy_events["njet"] == 1, "jet0_pt"] = np.nan
    with pytest.raises(jaxhep.DataError, match="jet0_pt"):
        check_events(toy_events, events_module.COLUMNS)
