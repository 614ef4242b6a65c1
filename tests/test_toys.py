"""Fits inside jit: derivatives against JAX's own, minima against Minuit's, pseudo-experiments against what they are
drawn from."""

import dataclasses
import socket
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxhep
from jaxhep import expansion as taylor
from jaxhep import newton, toys
from jaxhep.covariance import block_hessian, inverse


@pytest.fixture(scope="module")
def free_model(toy_templates):
    """Two free norms, 8 systematics, MC statistics."""
    return jaxhep.make_model(toy_templates, free=("WW", "top"))


LESS = [pytest.param(name, marks=pytest.mark.once) for name in ("no MC statistics", "mu alone")]


@pytest.fixture(scope="module", params=["all", *LESS])
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


def expansion(model, params, counts, measured, together=1):
    """Of one fit, without the axis of fits."""
    data = params[:, None], counts[:, None], measured[:, None]
    at = taylor.expand(model, taylor.blocks(model, together), jnp.ones(len(params)), *data)
    return jax.tree.map(lambda leaf: leaf[..., 0], at)


def gradient(at):
    excess = 2 * (1 - at.counts / at.total)
    slopes = jnp.concatenate(
        [at.by_norm @ excess, at.by_theta @ excess, at.by_mc * excess if at.by_mc.size else at.by_mc]
    )
    return slopes.at[len(at.by_norm) :].add(2 * at.pulls)


def test_derivatives_are_those_of_jax(some_model, somewhere):
    params, counts, measured = somewhere
    at = jax.jit(expansion)(some_model, params, counts, measured)
    value = jax.jit(lambda x: toys.nll2(some_model, x, counts, measured))
    assert np.allclose(gradient(at), jax.grad(value)(params), rtol=1e-9, atol=1e-8)
    assert np.isclose(
        at.value - expansion(some_model, params + 0.1, counts, measured).value, value(params) - value(params + 0.1)
    )
    exact = jax.hessian(value)(params)
    assert np.allclose(jax.jit(toys.hessian)(some_model, params, counts), exact, rtol=1e-9, atol=1e-7)


@pytest.mark.once
def test_one_fit_and_many_expand_alike(some_model, somewhere):
    params, counts, measured = somewhere
    single = expansion(some_model, params, counts, measured, max(len(some_model.systematics), 1))
    for one, other in zip(
        jax.tree.leaves(single), jax.tree.leaves(expansion(some_model, params, counts, measured)), strict=True
    ):
        assert np.allclose(one, other, rtol=1e-10, atol=1e-9)


@pytest.mark.once
@pytest.mark.parametrize("fewer", ["bins", "systematics"])
def test_the_step_solves_fishers_information(free_model, toy_templates, fewer):
    """Where data and expectation agree: in the bins if they are fewer, else in the systematics."""
    systematics = toy_templates.systematics[: 8 if fewer == "bins" else 3]
    model = jaxhep.make_model(toy_templates, systematics=systematics, free=("WW", "top"))
    assert (model.nominal.shape[1] <= len(systematics)) == (fewer == "bins")
    params = model.initial + np.random.default_rng(6).normal(0, 0.3, model.initial.size)
    measured = np.random.default_rng(7).normal(size=params.size - 3)
    counts = np.asarray(jaxhep.expected(model, params))
    at = expansion(model, params, counts, measured)
    slopes = jax.jacobian(jaxhep.expected, argnums=1)(model, params)
    information = 2 * (slopes.T / counts) @ slopes + np.diag(np.repeat([0.0, 2.0], [3, params.size - 3]))
    poisson = 2 * (1 - at.counts / at.total), 1 / at.total
    free, D = jnp.ones(params.size), jnp.ones(len(systematics))
    step, slope, reach = newton.newton_step(at, free, *poisson, D)
    wanted = np.linalg.solve(information, -gradient(at))
    assert np.allclose(step, wanted, rtol=1e-7, atol=1e-9)
    assert np.isclose(slope, gradient(at) @ wanted)
    lost = -jnp.concatenate([slopes @ step, model.mc_error * step[-counts.size :] * counts]) / jnp.tile(counts, 2)
    assert np.isclose(reach, min(1, 0.995 / max(lost.max(), 1e-30)))
    held, *_ = newton.newton_step(at, free.at[jnp.array([0, 4, -1])].set(0.0), *poisson, D)
    assert not held[jnp.array([0, 4, -1])].any()
    assert np.allclose(np.delete(information @ held + gradient(at), [0, 4, -1]), 0, atol=1e-6)


def test_covariance_and_sigma(some_model, somewhere):
    params, counts, _ = somewhere
    params, counts = some_model.initial, np.asarray(jaxhep.asimov(some_model))
    exact = np.linalg.inv(toys.hessian(some_model, params, counts)) * 2
    assert np.allclose(jax.jit(toys.covariance)(some_model, params, counts), exact, rtol=1e-8, atol=1e-12)
    assert np.isclose(toys.sigma_mu(some_model, params, counts), np.sqrt(exact[0, 0]))
    many = toys.sigma_mu(some_model, np.tile(params, (3, 1)), counts * np.array([[1.0], [1.1], [0.9]]))
    assert many.shape == (3,) and np.isclose(many[0], np.sqrt(exact[0, 0]))


@pytest.mark.once
@pytest.mark.parametrize("weakest", [0.5, -0.01, -3.0])
def test_more_systematics_than_the_bins_can_see(weakest):
    """Inverted in the directions that the bins see, unless a diagonal element is negative; NaN where the matrix isn't
    positive definite."""
    rng = np.random.default_rng(4)
    slopes, factors = rng.normal(size=(30, 3, 2)), rng.normal(size=(3, 4, 4))
    by_bin, diagonal = factors @ factors.transpose(0, 2, 1), rng.uniform(1, 3, 30)
    diagonal[7] = weakest
    block = block_hessian(slopes, by_bin, diagonal)
    inverted = jax.jit(inverse, static_argnums=3)(slopes, by_bin, diagonal, len(block))
    if (np.linalg.eigvalsh(block) > 0).all():
        assert weakest > -1 and np.allclose(inverted, np.linalg.inv(block), rtol=1e-8, atol=1e-10)
    else:
        assert weakest < -1 and np.isnan(inverted).all()
    indefinite = inverse(slopes, by_bin - 100 * np.eye(4), abs(diagonal), 1)
    assert indefinite.shape == (32, 1) and np.isnan(indefinite).all()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.once) for seed in (1, 2))])
@pytest.mark.parametrize("mu", [None, 0.0, 2.5])
def test_same_minimum_as_minuit(free_model, seed, mu):
    counts = np.random.default_rng(seed).poisson(jaxhep.asimov(free_model)).astype(float)
    ours = jax.jit(toys.fit)(free_model, counts, mu=mu)
    theirs = jaxhep.fit(free_model, counts, fixed={} if mu is None else {"mu": mu})
    assert ours.converged and ours.distance < toys.TOLERANCE
    assert np.abs(ours.params - theirs.values)[theirs.errors > 0] == pytest.approx(0, abs=1e-4 * theirs.errors.max())
    assert mu is None or ours.params[0] == mu
    assert ours.nll2 <= theirs.nll2 + 1e-8


@pytest.mark.once
def test_the_observed_data_of_the_course(shipped_events, shipped_model):
    observed = jaxhep.load_observed()
    counts = jaxhep.histogram(observed["score"], np.ones(len(observed)), jaxhep.equal_signal_edges(shipped_events))
    ours, theirs = jax.jit(toys.fit)(shipped_model, counts), jaxhep.fit(shipped_model, counts)
    assert ours.converged
    assert np.abs((ours.params - theirs.values) / theirs.errors).max() < 1e-4
    errors = np.sqrt(np.diag(jax.jit(toys.covariance)(shipped_model, ours.params, counts)))
    assert np.allclose(errors, theirs.errors, rtol=1e-4)
    assert np.isclose(
        np.sqrt(jax.jit(toys.q0)(shipped_model, counts)),
        jaxhep.discovery_significance(shipped_model, counts),
        atol=1e-6,
    )
    mus = np.array([0.0, 0.3, 1.0])
    curve = jax.jit(jax.vmap(lambda mu: toys.t_mu(shipped_model, counts, mu=mu)))(mus)
    assert np.allclose(curve, jaxhep.profile_scan(shipped_model, counts, mus), atol=1e-6)


def scaled(model, factor):
    return dataclasses.replace(model, nominal=model.nominal * factor)


@pytest.mark.once
@pytest.mark.parametrize("luminosity", [1.0, 0.02])
def test_every_toy_converges_at_a_true_minimum(shipped_model, luminosity):
    model = scaled(shipped_model, luminosity)
    counts, measured = toys.generate(jax.random.key(1), model, model.initial, 100)
    found = toys.fits(model, counts, measured)
    assert found.converged.all() and found.steps.max() < 100
    slopes = jax.jit(jax.vmap(jax.grad(toys.nll2, argnums=1), (None, 0, 0, 0)))(model, found.params, counts, measured)
    hessians = jax.jit(jax.vmap(toys.hessian, (None, 0, 0)))(model, found.params, counts)
    missing = jnp.sqrt(jnp.einsum("ti,ti->t", slopes, jnp.linalg.solve(hessians, slopes[..., None])[..., 0]) / 2)
    assert missing.max() < 1e-3
    assert (jnp.linalg.eigvalsh(hessians)[:, 0] > 0).all()


@pytest.mark.once
def test_the_work_grows_linearly_with_the_systematics(shipped_events):
    templates = jaxhep.build_templates(shipped_events, jaxhep.equal_signal_edges(shipped_events))
    flops = []
    for size in (40, 70, 100):
        model = jaxhep.make_model(templates, systematics=templates.systematics[:size])
        flops.append(jax.jit(toys.fit).lower(model, jaxhep.asimov(model)).compile().cost_analysis()["flops"])
    few, more, many = flops
    assert many - more < 1.1 * (more - few)


@pytest.mark.once
def test_many_fits_are_the_fits_of_each(toy_model):
    counts, measured = toys.generate(jax.random.key(2), toy_model, toy_model.initial, 50)
    few, many = (toys.fits(toy_model, counts, measured, lanes=lanes) for lanes in (8, 64))
    alone = jax.jit(jax.vmap(toys.fit, (None, 0, 0)))(toy_model, counts, measured)
    for other in (many, alone):
        assert np.allclose(few.params, other.params, atol=1e-9) and (few.steps == other.steps).all()
        assert np.allclose(few.nll2, other.nll2, atol=1e-9)
    values = jax.jit(jax.vmap(toys.nll2, (None, 0, 0, 0)))(toy_model, few.params, counts, measured)
    assert np.allclose(few.nll2, values, atol=1e-9)


@pytest.mark.once
def test_a_nan_costs_its_own_fit_only(toy_model):
    counts, measured = toys.generate(jax.random.key(2), toy_model, toy_model.initial, 70)
    found = jax.jit(toys.fits)(toy_model, counts.at[3, 1].set(jnp.nan), measured)
    assert not found.converged[3] and found.converged.sum() == 69
    assert (np.delete(found.params, 3, 0) == np.delete(toys.fits(toy_model, counts, measured).params, 3, 0)).all()


@pytest.mark.once
def test_test_statistics_of_many(toy_model):
    counts, measured = toys.generate(jax.random.key(5), toy_model, toy_model.initial, 12)
    for statistic in (toys.q0, lambda *data: toys.t_mu(*data, mu=0.5)):
        one = jax.jit(jax.vmap(statistic, (None, 0, 0)))(toy_model, counts, measured)
        assert np.allclose(jax.jit(statistic)(toy_model, counts, measured), one, atol=1e-7)
    each = toys.t_mu(toy_model, counts, measured, mu=np.linspace(0, 1, 12))
    assert np.isclose(each[5], toys.t_mu(toy_model, counts[5], measured[5], mu=5 / 11), atol=1e-7)


@pytest.mark.once
def test_run_doesnt_depend_on_blocks(toy_model):
    key = jax.random.key(3)
    whole = toys.run(toys.fits, key, toy_model, toy_model.initial, 150)
    blocks = toys.run(toys.fits, key, toy_model, toy_model.initial, 150, block=64)
    counts, measured = toys.generate(key, toy_model, toy_model.initial, 150)
    direct = toys.fits(toy_model, counts, measured)
    assert whole.params.shape == (150, toy_model.initial.size) and isinstance(whole.params, np.ndarray)
    for other in (blocks, direct):
        assert np.allclose(whole.params, other.params, atol=1e-9) and (whole.converged == other.converged).all()


@pytest.mark.once
def test_run_says_how_far_it_is(toy_model, capfd):
    toys.run(
        toys.q0, jax.random.key(3), toy_model, toy_model.initial, 20, block=8, devices=jax.devices()[:1], progress=True
    )
    assert "8 of 20" in capfd.readouterr().err


JOB = """
import os, sys
import jax
import numpy as np

devices, processes, number, address, file = *map(int, sys.argv[1:4]), *sys.argv[4:]
jax.config.update("jax_num_cpu_devices", devices)
if processes > 1:
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(address, processes, number)
import jaxhep
from jaxhep import toys

rng = np.random.default_rng(1)
P, K, B = 3, 12, 5
up = np.exp(rng.normal(0, 0.05, (P, K, B)))
names = tuple(f"k{i}" for i in range(K))
nominal, mc_error, edges = rng.uniform(50, 500, (P, B)), np.full(B, 0.02), np.arange(B + 1.0)
templates = jaxhep.Templates(nominal, up, 1 / up, mc_error, ("s", "a", "b"), ("s",), names, edges)
model = jaxhep.make_model(templates)
assert len(jax.devices()) == devices * processes
found = toys.run(toys.fits, jax.random.key(9), model, model.initial, 200, block=64)
if number == 0:
    np.savez(file, params=found.params, nll2=found.nll2, converged=found.converged)
"""


def results_of(tmp_path, devices: int, processes: int) -> dict:
    """The job's results, computed by so many processes with so many devices each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    file = tmp_path / f"{devices}_{processes}.npz"
    command = [sys.executable, "-c", JOB, str(devices), str(processes)]
    started = [
        subprocess.Popen([*command, str(number), address, str(file)], stderr=subprocess.PIPE, text=True)
        for number in range(processes)
    ]
    said = [process.communicate(timeout=200)[1] for process in started]
    assert not any(process.returncode for process in started), said
    return dict(np.load(file))


@pytest.mark.once
def test_devices_and_processes_make_no_difference(tmp_path):
    """Bit for bit: every device runs the same program, whoever it belongs to."""
    one = results_of(tmp_path, 1, 1)
    assert one["converged"].all() and one["params"].shape[0] == 200
    for devices, processes in ((2, 1), (1, 2)):
        for name, array in results_of(tmp_path, devices, processes).items():
            assert np.array_equal(array, one[name]), name


def test_a_fit_that_fails_says_so(toy_model):
    counts = np.array(jaxhep.asimov(toy_model))
    counts[2] = np.nan
    assert not jax.jit(toys.fit)(toy_model, counts).converged
    assert np.isnan(jax.jit(toys.t_mu)(toy_model, counts)) and np.isnan(jax.jit(toys.q0)(toy_model, counts))


def test_q0_is_zero_for_a_deficit(toy_model):
    assert jax.jit(toys.q0)(toy_model, jaxhep.asimov(toy_model, mu=-0.5)) == 0


@pytest.mark.once
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


@pytest.mark.once
def test_estimates_scatter_as_the_covariance_says(toy_model):
    counts, measured = toys.generate(jax.random.key(8), toy_model, toy_model.initial, 2000)
    mu = toys.fits(toy_model, counts, measured).params[:, 0]
    sigma = toys.sigma_mu(toy_model, toy_model.initial, jaxhep.asimov(toy_model))
    assert abs(mu.mean() - 1) < 5 * sigma / np.sqrt(2000)
    assert abs(mu.std() / sigma - 1) < 0.1
