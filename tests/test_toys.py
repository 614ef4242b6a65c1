"""Fits inside jit: derivatives against JAX's own, minima against Minuit's, pseudo-experiments against what they are drawn from."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxhep
from jaxhep import toys


@pytest.fixture(scope="module")
def free_model(toy_templates):
    """Two free norms, 8 systematics, MC statistics."""
    return jaxhep.make_model(toy_templates, free=("WW", "top"))


@pytest.fixture(scope="module", params=["all", "no MC statistics", "mu alone"])
def some_model(request, toy_templates, free_model):
    if request.param == "all":
        return free_model
    systematics = [] if request.param == "mu alone" else None
    return jaxhep.make_model(toy_templates, systematics=systematics, mc_stat=False)


@pytest.fixture
def somewhere(some_model):
    """(params, counts, measured) away from the minimum, beyond 1 for some parameters."""
    rng = np.random.default_rng(3)
    params = some_model.initial + rng.normal(0, [0.2, 0.8][len(some_model.systematics) > 0], some_model.initial.size)
    params[: 1 + len(some_model.free)] = rng.uniform(0.5, 1.5, 1 + len(some_model.free))
    counts = rng.poisson(jaxhep.asimov(some_model)).astype(float)
    return params, counts, rng.normal(size=params.size - 1 - len(some_model.free))


def test_derivatives_are_those_of_jax(some_model, somewhere):
    params, counts, measured = somewhere
    at = jax.jit(toys.expand)(some_model, params, counts, measured)
    value = jax.jit(lambda x: toys.nll2(some_model, x, counts, measured))
    assert np.allclose(jax.jit(toys.gradient)(some_model, at), jax.grad(value)(params), rtol=1e-9, atol=1e-8)
    direction = np.random.default_rng(4).normal(size=params.size)
    exact = jax.hessian(value)(params)
    assert np.allclose(jax.jit(toys.hessian_product)(some_model, at, direction), exact @ direction, rtol=1e-9, atol=1e-7)
    assert np.allclose(jax.jit(toys.covariance)(some_model, params, counts) @ exact, 2 * np.eye(params.size), atol=1e-6)


def test_the_preconditioner_inverts_fishers_information(some_model, somewhere):
    params, counts, measured = somewhere
    at = jax.jit(toys.expand)(some_model, params, counts, measured)
    slopes = jax.jit(jax.jacobian(jaxhep.expected, argnums=1))(some_model, params)
    first = 1 + len(some_model.free)
    own = np.repeat([0.0, 2.0], [first, params.size - first])
    information = 2 * (slopes.T / jaxhep.expected(some_model, params)) @ slopes + np.diag(own)
    direction = np.random.default_rng(5).normal(size=params.size)
    solve = jax.jit(lambda loose, right: toys.fisher_solver(some_model, at, loose)(right))
    assert np.allclose(solve(np.ones(first), information @ direction), direction, rtol=1e-8, atol=1e-10)
    held = solve(np.arange(first) > 0, direction)
    assert held[0] == 0
    assert np.allclose((information @ held)[1:], direction[1:], rtol=1e-8, atol=1e-9)


def test_the_nll_is_that_of_the_package(some_model, somewhere):
    params, counts, measured = somewhere
    assert np.isclose(toys.nll2(some_model, params, counts, 0 * measured), jaxhep.nll2(some_model, params, counts), rtol=1e-13)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mu", [None, 0.0, 2.5])
def test_same_minimum_as_minuit(free_model, seed, mu):
    counts = np.random.default_rng(seed).poisson(jaxhep.asimov(free_model)).astype(float)
    ours = jax.jit(toys.fit)(free_model, counts, mu=mu)
    theirs = jaxhep.fit(free_model, counts, fixed={} if mu is None else {"mu": mu})
    assert ours.converged and ours.distance < toys.TOLERANCE
    assert np.abs(ours.params - theirs.values)[theirs.errors > 0] == pytest.approx(0, abs=1e-4 * theirs.errors.max())
    assert mu is None or ours.params[0] == mu
    assert ours.nll2 <= theirs.nll2 + 1e-8


def test_the_observed_data_of_the_course(shipped_events, shipped_model):
    observed = jaxhep.load_observed()
    counts = jaxhep.histogram(observed["score"], np.ones(len(observed)), jaxhep.equal_signal_edges(shipped_events))
    ours, theirs = jax.jit(toys.fit)(shipped_model, counts), jaxhep.fit(shipped_model, counts)
    assert ours.converged
    assert np.abs((ours.params - theirs.values) / theirs.errors).max() < 1e-4
    errors = np.sqrt(np.diag(jax.jit(toys.covariance)(shipped_model, ours.params, counts)))
    assert np.allclose(errors, theirs.errors, rtol=1e-4)
    assert np.isclose(np.sqrt(jax.jit(toys.q0)(shipped_model, counts)), jaxhep.discovery_significance(shipped_model, counts), atol=1e-6)
    mus = np.array([0.0, 0.3, 1.0])
    curve = jax.jit(jax.vmap(toys.t_mu, (None, None, 0)))(shipped_model, counts, mus)
    assert np.allclose(curve, jaxhep.profile_scan(shipped_model, counts, mus), atol=1e-6)


def scaled(model, factor):
    return dataclasses.replace(model, nominal=model.nominal * factor)


@pytest.mark.parametrize("luminosity", [1.0, 0.02])
def test_every_toy_converges_at_a_true_minimum(shipped_model, luminosity):
    model = scaled(shipped_model, luminosity)
    counts, measured = toys.generate(jax.random.key(1), model, model.initial, 100)
    found = toys.fits(model, counts, measured)
    assert found.converged.all() and found.steps.max() < toys.STEPS
    slopes = jax.jit(jax.vmap(jax.grad(toys.nll2, argnums=1), (None, 0, 0, 0)))(model, found.params, counts, measured)
    hessians = jax.jit(jax.vmap(jaxhep.model.nll2_hessian, (None, 0, 0)))(model, found.params, counts)
    missing = jnp.sqrt(jnp.einsum("ti,ti->t", slopes, jnp.linalg.solve(hessians, slopes[..., None])[..., 0]) / 2)
    assert missing.max() < 1e-3
    assert (jnp.linalg.eigvalsh(hessians)[:, 0] > 0).all()


def test_a_minimum_at_the_edge_is_flagged(shipped_model):
    """With a handful of events in all, an empty bin pulls mu to where a bin expects nothing: there is no minimum with slope 0."""
    model = scaled(shipped_model, 0.001)
    counts, measured = toys.generate(jax.random.key(1), model, model.initial, 100)
    found = toys.fits(model, counts, measured)
    assert jnp.isfinite(found.params).all()
    lowest = jax.vmap(jaxhep.expected, (None, 0))(model, found.params).min(1)
    assert (lowest > 0).all() and (lowest[~found.converged] < 1e-3).all() and (lowest[found.converged] > 1e-3).all()
    assert 0.5 < found.converged.mean() < 1


def test_the_work_grows_linearly_with_the_systematics(shipped_events):
    templates = jaxhep.build_templates(shipped_events, jaxhep.equal_signal_edges(shipped_events))
    flops = []
    for size in (25, 50, 100):
        model = jaxhep.make_model(templates, systematics=templates.systematics[:size])
        flops.append(jax.jit(toys.fit).lower(model, jaxhep.asimov(model)).compile().cost_analysis()["flops"])
    few, more, many = flops
    assert many - more < 2.2 * (more - few)


def test_the_batch_makes_no_difference(toy_model):
    counts, measured = toys.generate(jax.random.key(2), toy_model, toy_model.initial, 50)
    one, many = (toys.fits(toy_model, counts, measured, batch=batch) for batch in (1, 50))
    assert np.allclose(one.params, many.params, atol=1e-9) and (one.steps == many.steps).all()


def test_a_fit_that_fails_says_so(toy_model):
    counts = np.array(jaxhep.asimov(toy_model))
    counts[2] = np.nan
    assert not jax.jit(toys.fit)(toy_model, counts).converged
    assert np.isnan(jax.jit(toys.t_mu)(toy_model, counts, 1.0)) and np.isnan(jax.jit(toys.q0)(toy_model, counts))


def test_q0_is_zero_for_a_deficit(toy_model):
    assert toys.q0(toy_model, jaxhep.asimov(toy_model, mu=-0.5)) == 0


def test_toys_are_drawn_around_the_parameters(toy_model):
    params = toy_model.initial
    params[1:] = np.linspace(-1, 1, params.size - 1)
    counts, measured = toys.generate(jax.random.key(7), toy_model, params, 20_000)
    yields = jaxhep.expected(toy_model, params)
    assert np.allclose((counts.mean(0) - yields) / np.sqrt(yields / 20_000), 0, atol=4.5)
    assert np.allclose(counts.var(0) / yields, 1, atol=0.05)
    assert np.allclose(measured.mean(0), params[1:], atol=0.035) and np.allclose(measured.std(0), 1, atol=0.03)
    again, _ = toys.generate(jax.random.key(7), toy_model, params, 10)
    assert (again == counts[:10]).all()


def test_estimates_scatter_as_the_covariance_says(toy_model):
    counts, measured = toys.generate(jax.random.key(8), toy_model, toy_model.initial, 2000)
    mu = toys.fits(toy_model, counts, measured).params[:, 0]
    sigma = np.sqrt(toys.covariance(toy_model, toy_model.initial, jaxhep.asimov(toy_model))[0, 0])
    assert abs(mu.mean() - 1) < 5 * sigma / np.sqrt(2000)
    assert abs(mu.std() / sigma - 1) < 0.1
