"""The benchmark: one likelihood for all programs, a referee who catches a fit not at its minimum, fresh table and
figures."""

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import jax
import numpy as np
import pyhf
import pytest

import jaxhep
from jaxhep import pyhf_parameters, to_pyhf, toys

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import floor  # noqa: E402
import models  # noqa: E402
import prove  # noqa: E402
import report  # noqa: E402
import run  # noqa: E402
from programs.likelihood import Likelihood  # noqa: E402
from programs.templates import read  # noqa: E402

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def model():
    return models.invent(systematics=6, bins=4)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported")
    models.export(model, models.draw(model), path)
    return path


@pytest.fixture(scope="module")
def data(folder):
    return dict(np.load(folder / "model.npz"))


@pytest.fixture(scope="module")
def referee(data):
    return prove.Referee(read(data), data["counts"])


# --- one model for all ------------------------------------------------------------------------------------------------


def test_models_come_from_their_seed(model, data):
    again, other = models.invent(6, 4), models.invent(6, 4, seed=6)
    assert (again.log_up == model.log_up).all() and not (other.log_up == model.log_up).any()
    assert all((data[name] == values).all() for name, values in models.draw(again)._asdict().items())
    assert len(data["toy_counts"]) == report.TOYS and len(data["mus"]) == report.SCAN


@pytest.mark.parametrize("systematics, bins", [(1, 10), (30, 100)])
def test_systematics_are_of_one_to_ten_percent(systematics, bins):
    invented = models.invent(systematics, bins)
    largest = np.abs(np.asarray(invented.log_up)).max((0, 2))
    assert (largest > 1e-4).all() and (largest < 0.11).all()
    assert float(invented.nominal.sum()) == pytest.approx(sum(models.EVENTS))


def test_same_likelihood_in_numpy_jaxhep_and_pyhf(model, data):
    pyhf.set_backend("numpy")
    pdf = pyhf.Workspace(to_pyhf(model, data["counts"])).model()
    rng, numpy_nll2, exported = np.random.default_rng(3), Likelihood(data), read(data)
    constant = 2 * np.log(model.mc_error).sum()
    for i in range(20):
        params = model.initial + rng.uniform(0.2, 2.0) * rng.normal(size=model.initial.size)
        params[0] = rng.uniform(0, 4)
        counts, measured = data["toy_counts"][i], data["toy_measured"][i] * (i % 2)
        expected = float(toys.nll2(model, params, counts, measured))
        assert float(toys.nll2(exported, params, counts, measured)) == pytest.approx(expected, rel=1e-11)
        assert numpy_nll2(params, counts, measured) == pytest.approx(expected, rel=1e-11)
        if i % 2 == 0:
            there = pdf.logpdf(pyhf_parameters(model, params, pdf.config.par_names), [*counts, *pdf.config.auxdata])[0]
            assert -2 * there - constant == pytest.approx(expected, rel=1e-9)


# --- the proof --------------------------------------------------------------------------------------------------------


def test_the_referees_minimum_is_that_of_minuit(referee, data):
    result = jaxhep.fit(read(data), data["counts"])
    nll2, excess, distance = referee.fit(result.values)
    assert abs(excess) < 1e-6 and distance < 1e-3 and nll2 == pytest.approx(referee.nll2)


@pytest.mark.parametrize("sigma", [1e-3, 0.03, 0.5])
def test_distance_is_in_standard_deviations(referee, sigma):
    curvature, rng = referee.hessian, np.random.default_rng(7)
    direction = rng.normal(size=len(curvature))
    direction *= sigma * np.sqrt(2 / (direction @ curvature @ direction))
    _, excess, distance = referee.fit(referee.params + direction)
    assert distance == pytest.approx(sigma, rel=0.1)
    assert excess == pytest.approx(sigma**2, rel=0.2)


def test_a_fit_that_stopped_early_is_caught(referee, data):
    early = referee.model.initial + 0.9 * (referee.params - referee.model.initial)
    assert referee.fit(early)[2] > report.LIMIT
    measured = {"cold": {"import": 1.0, "build": 1.0, "first": 1.0}, "memory": 1.0}
    stages = {"scan": {"seconds": 1.0}, "toys": {"seconds": 1.0}}
    best = np.asarray(toys.fits(referee.model, data["toy_counts"][:3], data["toy_measured"][:3]).params)
    found = {"fit": early, "toys": best, "toys_rows": np.arange(3), "scan": early[None], "scan_rows": np.array([0])}
    row = run.judge(measured | stages, found, referee, data)
    assert row["toys"]["distance"] < 1e-3 and row["toys"]["lost"] == 0
    assert row["scan"]["distance"] == np.inf and row["scan"]["lost"] == 1, "mu isn't what the scan asked for"
    shifted = best + [[0.0], [0.3], [0.0]]
    assert run.judge(measured | stages, found | {"toys": shifted}, referee, data)["toys"]["lost"] == 1


def test_a_saddle_is_no_minimum():
    assert prove.lengths(np.zeros((1, 2)), np.diag([1.0, -1.0]))[0] == np.inf
    assert prove.lengths(np.full((1, 2), np.nan), np.eye(2))[0] == np.inf


# --- measuring --------------------------------------------------------------------------------------------------------


def test_one_program_is_measured_and_proven(folder, data, referee):
    measured, found, problem = run.measure(run.PROGRAMS["numpy-minuit"], Path(sys.executable), folder, quick=True)
    assert problem == ""
    row = run.judge(measured, found, referee, data)
    assert set(row) == {"cold", "memory", "fit", "scan", "toys"}
    assert row["fit"]["distance"] < report.LIMIT and row["toys"]["lost"] == 0 and 0 < row["toys"]["done"] <= report.TOYS
    assert row["fit"]["sigma_mu"] == pytest.approx(float(np.sqrt(2 * np.linalg.inv(referee.hessian)[0, 0])), rel=0.02)
    assert 1 < row["memory"] < 1000 and 0 < row["cold"]["import"] < 30


def test_a_program_that_takes_too_long_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(run, "QUICK_LONGEST", 0.05)
    assert run.measure(run.PROGRAMS["numpy-minuit"], Path(sys.executable), folder, quick=True) == (
        {},
        {},
        "stopped after 0.05 s",
    )


def test_a_program_that_fails_says_why(folder):
    entry = run.Entry("nothing", "no_such_module")
    _, _, problem = run.measure(entry, Path(sys.executable), folder, quick=True)
    assert problem == "failed: ModuleNotFoundError: No module named 'programs.no_such_module'"


def test_an_unknown_program_is_refused():
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--only", "combine"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"STARTED": str(time.time())})
    assert done.returncode == 2 and "no program is called 'combine'; there are jaxhep, " in done.stderr


def test_a_run_goes_on_where_it_stopped(monkeypatch, tmp_path, capsys, model, folder):
    """Here the two models are one and the same."""
    calls = []

    def measure(entry, python, where, quick):
        calls.append(where)
        about = {
            "cold": {"import": 1.0, "build": 1.0, "first": 99.0},
            "memory": 1.0,
            "settings": "none",
            "versions": {"numpy": "2"},
        }
        return about, {"fit": model.initial}, "stopped after 60 s"

    monkeypatch.setattr(run, "prepare", lambda name: folder)
    monkeypatch.setattr(run, "CACHE", tmp_path)
    monkeypatch.setattr(run, "QUICK", ("2x3", "2x4"))
    monkeypatch.setattr(run, "measure", measure)
    monkeypatch.setattr(sys, "argv", ["run.py", "--quick", "--only", "jaxhep-minuit"])
    run.main()
    assert calls == [folder], "a larger model isn't tried after a smaller one took too long"
    printed = capsys.readouterr().out
    assert "stopped after 60 s" in printed and "not tried: too slow, judging by 2x3" in printed
    run.main()
    assert calls == [folder] and "stopped after 60 s" in capsys.readouterr().out


@pytest.mark.parametrize("now, expected", [(10, False), (90, False), (110, True)])
def test_hopeless_is_what_grows_with_the_square_beyond_the_limit(now, expected):
    assert run.hopeless({"problem": "", "fit": {"seconds": 1.0}}, then=10, now=now, limit=100.0) == expected
    assert run.hopeless({"problem": "stopped after 60 s"}, then=10, now=now, limit=100.0)
    assert not run.hopeless({"problem": "failed: MemoryError"}, then=10, now=now, limit=100.0)


def test_requirements_are_pinned():
    for name in {entry.environment for entry in run.PROGRAMS.values()} - {""}:
        pinned = (BENCHMARKS / "requirements" / f"{name}.txt").read_text().splitlines()
        assert pinned and all("==" in line for line in pinned)


def test_the_floor_grows_with_the_model():
    small, large = floor.floor(4, 30, 10, steps=4), floor.floor(4, 300, 10, steps=4)
    assert 0 < small["seconds"] < large["seconds"]
    assert large["operations"] > 9 * small["operations"] - 2 * 41**2 * 10


# --- the results ------------------------------------------------------------------------------------------------------


needs_results = pytest.mark.skipif(
    not report.RESULTS.is_file(), reason="no results: benchmarks/run.py wants an idle machine"
)


@pytest.fixture(scope="module")
def results():
    return report.read()


@needs_results
def test_results_are_complete(results):
    assert set(results) == {"date", "machine", "programs", "models", "rows", "floor"}
    assert set(results["programs"]) == set(run.PROGRAMS) and set(results["models"]) == {*run.MODELS, "course"}
    pairs = [(row["program"], row["model"]) for row in results["rows"]]
    assert sorted(pairs) == sorted((p, m) for p in results["programs"] for m in results["models"])
    for row in results["rows"]:
        assert row["problem"] or {"cold", "memory", "fit", "scan", "toys"} <= set(row), row
    for about in results["programs"].values():
        assert about["settings"] and about["versions"]


@needs_results
def test_every_fit_that_is_shown_is_at_its_minimum(results):
    """jaxhep's within its tolerance; of the others at least those with the shipped model."""
    for row in results["rows"]:
        if row["program"] == "jaxhep":
            assert row["fit"]["distance"] < 1e-4 and row["toys"]["lost"] == 0 and row["scan"]["lost"] == 0
        if row["model"] == "course" and "fit" in row:
            assert row["fit"]["distance"] < report.LIMIT, row


@needs_results
def test_table_has_a_line_for_each_program(results):
    table = report.table(results)
    assert all(f"| {about['label']} |" in table for about in results["programs"].values())
    assert results["machine"]["cpu"] in table and f"jax {results['programs']['jaxhep']['versions']['jax']}" in table


@needs_results
def test_figures_are_fresh():
    assert report.stale() == [], "run: python benchmarks/report.py"


@needs_results
def test_other_results_make_the_figures_stale(monkeypatch, tmp_path, results):
    other = tmp_path / "results.json"
    other.write_text(json.dumps(results | {"date": "1970-01-01"}))
    monkeypatch.setattr(report, "RESULTS", other)
    assert report.stale() == ["fit.svg", "toys.svg"]


@needs_results
@pytest.mark.parametrize("name", report.FIGURES)
def test_figures_are_valid_and_described(name):
    text = (BENCHMARKS / f"{name}.svg").read_text(encoding="utf-8")
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "<text" not in text and "Time for" in text


@pytest.mark.parametrize(
    "value, text",
    [
        (3.2e-5, "32 µs"),
        (9.96e-4, "1.0 ms"),
        (0.0123, "12 ms"),
        (0.999, "1.0 s"),
        (99.0, "99 s"),
        (600.0, "10 min"),
        (7200.0, "2.0 h"),
    ],
)
def test_times_have_two_digits_and_a_unit(value, text):
    assert report.seconds(value) == text


def test_jax_counts_as_at_least_double_precision():
    assert jax.config.jax_enable_x64
