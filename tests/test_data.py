"""The shipped data agree with their checksums, their card, the generator's code, and the physics they stand for."""

import base64
import dataclasses
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jaxhep

DATA = Path(__file__).resolve().parents[1] / "data"
sys.path.insert(0, str(DATA / "generate"))

import assemble  # noqa: E402
import card as card_module  # noqa: E402
import systematics  # noqa: E402
import systematics_theory  # noqa: E402


@pytest.fixture(scope="module")
def events():
    return jaxhep.load_events()


@pytest.fixture(scope="module")
def templates(events):
    return jaxhep.build_templates(events, jaxhep.equal_signal_edges(events))


@pytest.fixture(scope="module")
def card():
    return jaxhep.load_card()


def average(events, process, column):
    e = events[events["process"] == process]
    return np.average(e[column].astype(float), weights=e["weight"].astype(float))


def test_checksums_cover_every_shipped_file():
    listed = dict(reversed(line.split()) for line in (DATA / "SHA256SUMS").read_text().splitlines())
    shipped = {p.name for p in DATA.iterdir() if p.is_file()} - {"SHA256SUMS", "README.md"}
    assert set(listed) == shipped
    for name, digest in listed.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name


def test_size_and_number_of_events(events):
    assert (DATA / "hww_events.parquet").stat().st_size < 8e6
    assert len(events) >= 50_000


def test_the_readable_card_is_fresh(card):
    assert card_module.render(card) == (DATA / "README.md").read_text()


def test_card_is_what_the_generator_says(events, card):
    frame = pd.read_parquet(DATA / "hww_events.parquet")
    frame["process"] = pd.Categorical(
        frame["process"], categories=list(dict.fromkeys(p.name for p in card_module.PROCESSES))
    )
    shower_means = {name: p["shower_means"] for name, p in card["processes"].items()}
    assert json.loads(json.dumps(card_module.make_card(frame, card["commitment"], shower_means))) == card


def test_every_column_is_documented(card):
    frame = pd.read_parquet(DATA / "hww_events.parquet")
    documented = set(card["columns"])
    for column in frame:
        kind, _, name = column.partition("__")
        if name:
            assert name in card["systematics"] and any(kind in d for d in documented), column
        else:
            assert column in documented
    kinematic = {n for n, s in card["systematics"].items() if s["kind"] == "kinematic"}
    assert {c.split("__")[1] for c in frame if c.startswith("score_shift_up")} == kinematic
    assert (
        {c.split("__")[1] for c in frame if c.startswith("w_up")}
        == set(card["systematics"])
        == {s.name for s in systematics.SYSTEMATICS}
    )


def test_sums_of_weights(events, card):
    for process, entry in card["processes"].items():
        weights = events.loc[events["process"] == process, "weight"].astype(float)
        assert weights.sum() == pytest.approx(entry["sum_weights"], abs=0.006)
        assert len(weights) == entry["raw_events"]


def test_ten_simulated_events_wherever_a_process_matters(events, templates):
    """A process that makes up more than 2.5 % of a bin's background has at least ten simulated events there."""
    background = templates.nominal[~np.isin(templates.processes, templates.signal)].sum(0)
    for process, yields in zip(templates.processes, templates.nominal, strict=True):
        raw, _ = np.histogram(events.loc[events["process"] == process, "score"], templates.edges)
        assert (raw[yields > 0.025 * background] >= 10).all(), (process, raw, yields / background)


@pytest.mark.once
def test_simulation_is_large_enough(templates):
    """MC statistics are a small part of the expected uncertainty of mu."""
    without = dataclasses.replace(templates, mc_error=np.full_like(templates.mc_error, 1e-6))
    sigma, sigma_without = (
        jaxhep.fit(model, np.asarray(jaxhep.asimov(model))).sigma_mu
        for model in (jaxhep.make_model(templates), jaxhep.make_model(without))
    )
    assert np.sqrt(sigma**2 - sigma_without**2) < 0.05


def test_shower_weights_neither_change_cross_sections_nor_are_clipped(events, card):
    for name, entry in card["systematics"].items():
        if name.endswith(("_ISR", "_FSR")):
            mine = events["process"].isin(entry["processes"])
            weights = events.loc[mine, [f"w_up__{name}", f"w_down__{name}"]].to_numpy(float)
            lo, hi = systematics_theory.SHOWER_RANGE
            assert np.mean((weights < 1.001 * lo) | (weights > 0.999 * hi), axis=0).max() < 1e-3, name
            for process in entry["processes"]:
                for side in ("up", "dn"):
                    mean = card["processes"][process]["shower_means"][name[-3:].lower() + side]
                    assert mean == pytest.approx(1.0, abs=0.015), (process, name, side)


@pytest.mark.once
def test_no_nuisance_parameter_is_known_worse_after_the_fit(templates):
    observed = jaxhep.load_observed()["score"]
    fit = jaxhep.fit(jaxhep.make_model(templates), jaxhep.histogram(observed, np.ones(len(observed)), templates.edges))
    assert fit.valid
    errors = dict(zip(fit.names, fit.errors, strict=True))
    assert {name: e for name, e in errors.items() if name != "mu" and e > 1.05} == {}


def test_selection_holds_in_every_event(events):
    assert (events["lep0_pt"] >= events["lep1_pt"]).all()
    assert (events["lep0_pt"] > 21.99).all() and (events["lep1_pt"] > 14.99).all()
    assert events["mll"].between(9.99, 100.1).all() and events["dphill"].between(0, 2.501).all()
    assert (events["ptll"] > 29.98).all() and (events["met"] > 19.99).all() and (events["mt"] > 49.9).all()
    assert set(events["njet"]) == {0, 1}
    assert (events["jet0_pt"].isna() == (events["njet"] == 0)).all()
    assert (events["lep0_pdgid"].astype(int) * events["lep1_pdgid"] == -143).all()


def test_kinematic_columns_agree_with_each_other(events):
    phi = np.abs((events["lep0_phi"] - events["lep1_phi"] + np.pi) % (2 * np.pi) - np.pi)
    np.testing.assert_allclose(phi, events["dphill"], atol=5e-3)
    mll2 = (
        2
        * events["lep0_pt"]
        * events["lep1_pt"]
        * (np.cosh(events["lep0_eta"] - events["lep1_eta"]) - np.cos(events["dphill"]))
    )
    np.testing.assert_allclose(np.sqrt(mll2), events["mll"], rtol=2e-2)


def test_shapes_carry_the_spin_of_the_higgs_boson(events):
    assert 0.8 < average(events, "ggF", "dphill") < 1.1 < 1.3 < average(events, "WW", "dphill") < 1.55
    assert 30 < average(events, "ggF", "mll") < 40 < 50 < average(events, "WW", "mll") < 65
    assert average(events, "WW", "njet") < 0.3 < 0.7 < average(events, "ttbar", "njet")


def test_the_discriminant_separates_and_was_not_trained_on_its_events(events):
    e = events.sort_values("score")
    w, s = e["weight"].to_numpy(float), e["label"].to_numpy()
    below = np.cumsum(w * (s == 0))
    auc = np.sum(w * (s == 1) * below) / (w[s == 1].sum() * below[-1])
    assert 0.83 < auc < 0.90


@pytest.mark.once
def test_expected_precision_is_realistic(templates):
    S = templates.nominal[np.isin(templates.processes, templates.signal)].sum(0)
    B = templates.nominal.sum(0) - S
    assert 0.03 < S.sum() / B.sum() < 0.07
    model = jaxhep.make_model(templates)
    assert 0.12 < jaxhep.fit(model, np.asarray(jaxhep.asimov(model))).sigma_mu < 0.25
    free = jaxhep.make_model(templates, free=("WW", "top"))
    assert jaxhep.fit(free, np.asarray(jaxhep.asimov(free))).valid


def test_observed_sample_follows_from_the_sealed_truth():
    """Nobody has touched the pseudo-data: events, sealed truth and code give them again, row by row."""
    truth = json.loads(base64.b64decode((DATA / "observed_truth.sealed").read_text()))
    again = assemble.draw_observed(pd.read_parquet(DATA / "hww_events.parquet"), truth)
    pd.testing.assert_frame_equal(again, pd.read_parquet(DATA / "hww_observed.parquet"), check_dtype=False)


def test_rounding_and_thinning_keep_the_expectation():
    weight = np.random.default_rng(1).exponential(1.0, 200_000)
    assert np.max(np.abs(assemble.round_mantissa(weight) / weight - 1)) < 2.0**-assemble.MANTISSA_BITS
    low, thinned = np.arange(len(weight)) % 2 == 0, weight.copy()
    kept = assemble.roulette(thinned, np.zeros(len(weight), int), low)
    assert kept[~low].all() and kept[low].mean() < 0.8
    np.testing.assert_array_equal(thinned[~low], weight[~low])
    assert thinned[low & kept].sum() == pytest.approx(weight[low].sum(), rel=1e-2)
