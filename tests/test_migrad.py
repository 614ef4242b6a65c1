"""Fits: the minimum, its covariance, conditional fits, scans, impacts, significance."""

import dataclasses
import json
import subprocess
import sys

import jax
import numpy as np
import pytest
from scipy.optimize import minimize

import jaxhep
from jaxhep.covariance import hessian

nll2_hessian = jax.jit(hessian)


@pytest.fixture(scope="module")
def toy_counts(toy_model: jaxhep.Model) -> np.ndarray:
    return np.random.default_rng(11).poisson(jaxhep.asimov(toy_model, 1.3)).astype(float)


@pytest.fixture(scope="module")
def result(toy_model: jaxhep.Model, toy_counts: np.ndarray) -> jaxhep.FitResult:
    return jaxhep.fit(toy_model, toy_counts)


def test_the_minimum_is_the_one_that_scipy_finds(
    toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult
) -> None:
    value = jax.jit(jax.value_and_grad(lambda x: jaxhep.nll2(toy_model, x, toy_counts)))
    other = minimize(value, toy_model.initial, jac=True, method="BFGS", options={"gtol": 1e-6})
    assert result.valid and result.gradient_norm < 5e-5
    assert np.abs((result.values - other.x) / result.errors).max() < 1e-4
    assert abs(result.nll2 - other.fun) < 1e-7
    assert result.names == toy_model.parameters
    assert list(result.to_frame().index) == list(toy_model.parameters)


def test_covariance_is_the_inverse_of_the_exact_hessian(
    toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult
) -> None:
    hessian = jax.jit(jax.hessian(jaxhep.nll2, argnums=1))
    exact = 2 * np.linalg.inv(hessian(toy_model, result.values, toy_counts))
    np.testing.assert_allclose(result.covariance, exact, atol=1e-9)
    np.testing.assert_allclose(result.errors, np.sqrt(np.diag(exact)))
    np.testing.assert_allclose(np.diag(result.correlation), 1.0)
    assert result.sigma_mu == result.errors[0]


def test_asimov_fit_returns_its_parameters(shipped_model: jaxhep.Model) -> None:
    for mu in (0.0, 1.0, 2.5):
        best = jaxhep.fit(shipped_model, jaxhep.asimov(shipped_model, mu))
        assert best.valid and abs(best.mu - mu) < 1e-4 * best.sigma_mu
        assert np.abs((best.values - shipped_model.initial)[1:]).max() < 1e-3


def test_toys_of_the_full_model_reach_their_minimum(shipped_model: jaxhep.Model) -> None:
    """Nuisance parameters away from 0, too: there, the Hessian at the start isn't positive definite."""
    rng = np.random.default_rng(5)
    for _ in range(5):
        truth = shipped_model.initial + rng.normal(size=shipped_model.initial.size)
        truth[0] = rng.uniform(0, 3)
        counts = rng.poisson(jaxhep.expected(shipped_model, truth)).astype(float)
        best = jaxhep.fit(shipped_model, counts)
        assert best.valid and best.gradient_norm < 1e-4
        assert np.linalg.eigvalsh(nll2_hessian(shipped_model, best.values, counts))[0] > 0
        assert best.nll2 <= jaxhep.nll2(shipped_model, truth, counts)


def test_free_norms(toy_templates: jaxhep.Templates, toy_counts: np.ndarray, result: jaxhep.FitResult) -> None:
    model = jaxhep.make_model(toy_templates, free=["WW"])
    free = jaxhep.fit(model, toy_counts)
    assert free.valid and free.nll2 < result.nll2 and free.sigma_mu > result.sigma_mu
    held = jaxhep.fit(model, toy_counts, fixed={"norm_WW": 1.0})
    np.testing.assert_allclose(
        [held.mu, held.sigma_mu, held.nll2], [result.mu, result.sigma_mu, result.nll2], rtol=1e-4
    )


def test_fixed_parameters(toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult) -> None:
    fixed = {"mu": 0.4, "weight_2": -1.2}
    held = jaxhep.fit(toy_model, toy_counts, fixed=fixed)
    k = [toy_model.parameters.index(name) for name in fixed]
    np.testing.assert_array_equal(held.values[k], list(fixed.values()))
    np.testing.assert_array_equal(held.errors[k], 0.0)
    loose = np.setdiff1d(np.arange(len(held.values)), k)
    hessian = np.asarray(nll2_hessian(toy_model, held.values, toy_counts))[np.ix_(loose, loose)]
    np.testing.assert_allclose(held.covariance[np.ix_(loose, loose)], 2 * np.linalg.inv(hessian), atol=1e-9)
    assert held.valid and held.gradient_norm < 5e-5 and held.nll2 > result.nll2


def test_start_does_not_matter(toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult) -> None:
    start = toy_model.initial + np.random.default_rng(3).normal(size=toy_model.initial.size)
    again = jaxhep.fit(toy_model, toy_counts, start=start)
    assert np.abs((again.values - result.values) / result.errors).max() < 2e-4


def test_minuit_without_hessian_agrees(
    toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult
) -> None:
    fitter = jaxhep.minuit(toy_model, toy_counts, hessian=False).migrad()
    assert fitter.valid and fitter.nhessian == 0 and fitter.errordef == 1
    assert abs(fitter.values["mu"] - result.mu) < 3e-4 * result.sigma_mu
    fitter = jaxhep.minuit(toy_model, toy_counts).migrad().minos("mu")
    interval = fitter.merrors["mu"]
    assert fitter.nhessian > 0 and -interval.lower == pytest.approx(result.sigma_mu, rel=0.1)


def test_profile_scan(toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult) -> None:
    """t_mu is 0 at mu-hat, about 1 one sigma away, and equals what MINOS crosses."""
    fitter = jaxhep.minuit(toy_model, toy_counts).migrad().minos("mu")
    ends = result.mu + np.array([fitter.merrors["mu"].lower, 0.0, fitter.merrors["mu"].upper])
    np.testing.assert_allclose(jaxhep.profile_scan(toy_model, toy_counts, ends), [1, 0, 1], atol=5e-3)


def test_impacts_are_what_refitting_gives(
    toy_model: jaxhep.Model, toy_counts: np.ndarray, result: jaxhep.FitResult
) -> None:
    table = jaxhep.impacts(toy_model, toy_counts, result)
    assert list(table.columns) == ["name", "pull", "constraint", "impact_up", "impact_down"]
    assert set(table["name"]) == set(toy_model.parameters) - {"mu"}
    largest = table[["impact_up", "impact_down"]].abs().max(axis=1)
    assert largest.is_monotonic_decreasing
    for row in table.iloc[[0, 3, -1]].itertuples():
        k = toy_model.parameters.index(row.name)
        assert row.pull == result.values[k] and row.constraint == result.errors[k]
        refit = jaxhep.fit(toy_model, toy_counts, fixed={row.name: result.values[k] + result.errors[k]})
        assert row.impact_up == pytest.approx(refit.mu - result.mu, abs=2e-4 * result.sigma_mu)
        linear = result.covariance[0, k] / result.errors[k]
        assert row.impact_up == pytest.approx(linear, abs=0.05 * result.sigma_mu)


def test_discovery_significance(toy_model: jaxhep.Model) -> None:
    counts = jaxhep.asimov(toy_model, 1.0)
    best, null = jaxhep.fit(toy_model, counts), jaxhep.fit(toy_model, counts, fixed={"mu": 0.0})
    assert jaxhep.discovery_significance(toy_model, counts) == pytest.approx(np.sqrt(null.nll2 - best.nll2), rel=1e-6)
    deficit = np.asarray(jaxhep.expected(toy_model, np.r_[-0.5, toy_model.initial[1:]]))
    assert jaxhep.discovery_significance(toy_model, deficit) == 0.0


def test_empty_bins_in_the_data_can_be_fitted(toy_templates: jaxhep.Templates) -> None:
    few = dataclasses.replace(toy_templates, nominal=toy_templates.nominal / 300)
    model = jaxhep.make_model(few)
    best = jaxhep.fit(model, np.array([50.0, 9.0, 0.0, 3.0, 2.0, 0.0]))
    assert best.valid and best.gradient_norm < 1e-4 and (jaxhep.expected(model, best.values) > 0).all()


def test_a_fit_that_fails_says_so(toy_templates: jaxhep.Templates, toy_counts: np.ndarray) -> None:
    """mu and six norms float in six bins: the data can't tell them apart."""
    backgrounds = [p for p in toy_templates.processes if p not in toy_templates.signal]
    model = jaxhep.make_model(toy_templates, systematics=(), mc_stat=False, free=backgrounds)
    with pytest.warns(UserWarning, match="can't tell some parameters apart"):
        assert not jaxhep.fit(model, toy_counts).valid


def test_time_to_the_first_fit_in_a_fresh_process() -> None:
    """Imports, reading, templates, compilation and the fit with its covariance, in CPU time: other jobs don't count."""
    code = """
import json, time
import jaxhep
events = jaxhep.load_events()
model = jaxhep.make_model(jaxhep.build_templates(events, jaxhep.equal_signal_edges(events)))
result = jaxhep.fit(model, jaxhep.asimov(model))
print(json.dumps([time.process_time(), result.mu]))
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    seconds, mu = json.loads(output)
    assert mu == pytest.approx(1.0, abs=1e-4)
    assert seconds < 15
