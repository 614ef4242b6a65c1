"""The likelihood: interpolation, yields, normalisation, derivatives, transformations."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm, poisson

import jaxhep
from jaxhep.covariance import hessian
from jaxhep.likelihood import log_factors

nll2 = jax.jit(jaxhep.nll2)
value_and_gradient = jax.jit(jax.value_and_grad(jaxhep.nll2, argnums=1))
nll2_hessian = jax.jit(hessian)
full_hessian = jax.jit(jax.hessian(jaxhep.nll2, argnums=1))


def random_params(model: jaxhep.Model, seed: int, width: float = 1.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    params = model.initial + width * rng.normal(size=model.initial.size)
    params[: 1 + len(model.free)] = rng.uniform(0.2, 2.5, 1 + len(model.free))
    return params


@pytest.fixture
def free_model(toy_templates: jaxhep.Templates) -> jaxhep.Model:
    return jaxhep.make_model(toy_templates, free=("WW", "top"))


def test_interpolation_is_code_4(toy_model: jaxhep.Model, toy_templates: jaxhep.Templates) -> None:
    """Value, slope and curvature are those of the exponential at +-1, value 1 at 0, exponential outside."""
    up, down = toy_templates.up, toy_templates.down
    ones = np.ones(len(toy_model.systematics))
    factors = lambda t: jnp.exp(log_factors(toy_model, t * ones))  # noqa: E731
    np.testing.assert_allclose(factors(0.0), 1.0, rtol=1e-14)
    for theta in (1.0, 1.7, 6.0):
        np.testing.assert_allclose(factors(theta), up**theta, rtol=1e-12)
        np.testing.assert_allclose(factors(-theta), down**theta, rtol=1e-12)
    slope, curvature = jax.jit(jax.jacfwd(factors)), jax.jit(jax.jacfwd(jax.jacfwd(factors)))
    for inside, sign, ratio in ((1 - 1e-9, 1, up), (-1 + 1e-9, -1, down)):
        log = sign * np.log(ratio)
        np.testing.assert_allclose(factors(inside), ratio, rtol=1e-8)
        np.testing.assert_allclose(slope(inside), ratio * log, atol=1e-8)
        np.testing.assert_allclose(curvature(inside), ratio * log**2, atol=1e-7)
        np.testing.assert_allclose(slope(float(sign)), ratio * log, rtol=1e-12)


def test_yields_by_hand(free_model: jaxhep.Model, toy_templates: jaxhep.Templates) -> None:
    params = random_params(free_model, 1)
    params[3:] = np.clip(2 * params[3:], -4, 4)
    params[3:][np.abs(params[3:]) < 1] = 1.5  # outside +-1 the factors are plain powers
    mu, norm_ww, norm_top = params[:3]
    theta, theta_mc = params[3:-6], params[-6:]
    scale = {"ggF": mu, "VBF": mu, "WW": norm_ww, "ttbar": norm_top, "Wt": norm_top}
    expected = np.array(toy_templates.nominal)
    for p, process in enumerate(toy_templates.processes):
        expected[p] *= scale.get(process, 1.0) * (1 + toy_templates.mc_error * theta_mc)
        for k, t in enumerate(theta):
            expected[p] *= toy_templates.up[p, k] ** t if t > 0 else toy_templates.down[p, k] ** -t
    np.testing.assert_allclose(jaxhep.expected_by_process(free_model, params), expected, rtol=1e-12)
    np.testing.assert_allclose(jaxhep.expected(free_model, params), expected.sum(0), rtol=1e-12)


def test_parameters_and_asimov(free_model: jaxhep.Model, toy_templates: jaxhep.Templates) -> None:
    assert free_model.parameters[:4] == ("mu", "norm_WW", "norm_top", toy_templates.systematics[0])
    assert free_model.parameters[-1] == "mcstat_5"
    assert len(free_model.parameters) == free_model.initial.size
    signal = np.isin(toy_templates.processes, toy_templates.signal)
    total = 2 * toy_templates.nominal[signal].sum(0) + toy_templates.nominal[~signal].sum(0)
    np.testing.assert_allclose(jaxhep.asimov(free_model, 2.0), total)
    with pytest.raises(ValueError, match=r"expected yield in bin \d is -.* at mu = -1000\.0 must be .*not negative"):
        jaxhep.asimov(free_model, -1000.0)


def test_nll2_is_normalised(toy_model: jaxhep.Model) -> None:
    params = random_params(toy_model, 2, 0.7)
    counts = np.array([3.0, 500.0, 0.0, 1200.0, 900.0, 7.0])
    log_l = poisson.logpmf(counts, np.asarray(jaxhep.expected(toy_model, params))).sum() + norm.logpdf(params[1:]).sum()
    np.testing.assert_allclose(jaxhep.nll2(toy_model, params, counts), -2 * log_l, rtol=1e-12)


@pytest.mark.parametrize("width", [0.5, 2.0])
def test_derivatives_agree_with_finite_differences(free_model: jaxhep.Model, width: float) -> None:
    counts = np.round(np.asarray(jaxhep.asimov(free_model, 1.4)))
    params = random_params(free_model, 3, width)
    value = lambda x: nll2(free_model, x, counts)  # noqa: E731
    gradient = lambda x: value_and_gradient(free_model, x, counts)[1]  # noqa: E731
    hessian = np.asarray(nll2_hessian(free_model, params, counts))
    steps = 1e-5 * np.eye(params.size)
    numerical_gradient = [(value(params + h) - value(params - h)) / 2e-5 for h in steps]
    numerical_hessian = [(gradient(params + h) - gradient(params - h)) / 2e-5 for h in steps]
    scale = np.abs(gradient(params)).max()
    np.testing.assert_allclose(gradient(params), numerical_gradient, atol=1e-6 * scale)
    np.testing.assert_allclose(hessian, numerical_hessian, atol=1e-7 * np.abs(hessian).max())


def test_structured_hessian_equals_jax_hessian(free_model: jaxhep.Model, toy_templates: jaxhep.Templates) -> None:
    without = jaxhep.make_model(toy_templates, systematics=(), mc_stat=False)
    for model in (free_model, without):
        counts = jaxhep.asimov(model, 0.6)
        for seed in range(3):
            params = random_params(model, seed)
            full = full_hessian(model, params, counts)
            np.testing.assert_allclose(nll2_hessian(model, params, counts), full, atol=1e-12 * np.abs(full).max())


@pytest.mark.parametrize("theta", [-300.0, -40.0, -1.0, 0.0, 1.0, 40.0, 300.0])
def test_finite_and_differentiable_far_out(toy_model: jaxhep.Model, theta: float) -> None:
    """At |theta| = 1, where the branches meet, and far beyond; infinite where MC statistics make yields negative."""
    counts = jaxhep.asimov(toy_model)
    params = np.full(toy_model.initial.size, theta)
    value, gradient = value_and_gradient(toy_model, params, counts)
    possible = (1 + theta * toy_model.mc_error > 0).all()
    assert (np.isfinite(value) if possible else value == np.inf) and np.isfinite(gradient).all()
    assert np.isfinite(nll2_hessian(toy_model, params, counts)).all()
    h = 1e-6
    one_sided = [(nll2(toy_model, params + s * h * np.eye(params.size)[3], counts) - value) / (s * h) for s in (1, -1)]
    if abs(theta) == 1:
        np.testing.assert_allclose(one_sided, gradient[3], rtol=1e-3, atol=1e-3)


def test_jit_grad_vmap(toy_model: jaxhep.Model) -> None:
    rng = np.random.default_rng(1)
    toys = rng.poisson(jaxhep.asimov(toy_model), (5, 6)).astype(float)
    params = np.stack([random_params(toy_model, seed) for seed in range(5)])
    mapped = jax.jit(jax.vmap(jax.value_and_grad(jaxhep.nll2, argnums=1), in_axes=(None, 0, 0)))
    values, gradients = mapped(toy_model, params, toys)
    assert values.dtype == gradients.dtype == jnp.float64
    for x, n, value, gradient in zip(params, toys, values, gradients, strict=True):
        alone, alone_gradient = value_and_gradient(toy_model, x, n)
        np.testing.assert_allclose(alone, value, rtol=1e-12)
        np.testing.assert_allclose(alone_gradient, gradient, rtol=1e-7, atol=1e-7)
    by_model = jax.grad(lambda model: jaxhep.nll2(model, params[0], toys[0]))(toy_model)
    assert by_model.nominal.shape == toy_model.nominal.shape and np.isfinite(by_model.nominal).all()


def test_a_norm_of_two_processes_excludes_theirs(toy_templates: jaxhep.Templates) -> None:
    with pytest.raises(ValueError, match=r"would scale 'ttbar' twice"):
        jaxhep.make_model(toy_templates, free=["top", "ttbar"])


def test_a_systematic_that_is_too_large_can_be_left_out(toy_templates: jaxhep.Templates) -> None:
    up, down = toy_templates.up.copy(), toy_templates.down.copy()
    up[1, 3, 4], down[1, 3, 4] = 50.0, 0.02
    changed = dataclasses.replace(toy_templates, up=up, down=down)
    with pytest.raises(ValueError, match=r"The interpolated ratio of systematic 'weight_3'.*in bin 4 is -"):
        jaxhep.make_model(changed)
    assert jaxhep.make_model(changed, systematics=["weight_0"]).parameters[1] == "weight_0"
