"""sigma(mu) of binned events as a differentiable function, and the small network."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

import jaxhep
from benchmarks import training
from jaxhep import DataError, network, sensitivity, toys


@pytest.fixture(scope="module")
def few():
    """2,000 scores and columns with three systematics, of random weights."""
    rng = np.random.default_rng(6)
    score = rng.uniform(size=2000)
    weight, label = rng.uniform(0.5, 1.5, 2000), rng.uniform(size=2000) < score / 3
    responses = weight[:, None] * rng.normal(0, 0.05, 3) * (1 + score[:, None])
    return score, np.column_stack([weight * label, weight, responses, weight**2])


def test_the_formula_is_the_fit_on_asimov_data(shipped_events):
    """To half a per cent: the fit's responses aren't quite linear."""
    names, edges = sensitivity.weight_systematics(shipped_events), jaxhep.equal_signal_edges(shipped_events, 10)
    model = jaxhep.make_model(jaxhep.build_templates(shipped_events, edges, systematics=names))
    columns = sensitivity.columns(shipped_events)
    ours = sensitivity.sigma(sensitivity.hard_memberships(shipped_events["score"], edges), columns)
    assert ours == pytest.approx(float(toys.sigma_mu(model, model.initial, jaxhep.asimov(model))), rel=5e-3)
    np.testing.assert_allclose(columns[:, 1].sum(), shipped_events["weight"].astype(float).sum())
    half = sensitivity.columns(shipped_events.iloc[::2], fraction=0.5)
    np.testing.assert_allclose(half[:, 1], 2 * columns[::2, 1])
    np.testing.assert_allclose(half[:, -1], 4 * columns[::2, -1])


def test_narrow_bins_are_those_of_the_histogram(few):
    score, columns = few
    edges = np.array([0.0, 0.2, 0.5, 0.55, 1.0])
    soft = sensitivity.soft_memberships(score, edges, 1e-9)
    np.testing.assert_array_equal(soft, sensitivity.hard_memberships(score, edges))
    np.testing.assert_allclose(columns[:, 1] @ soft, jaxhep.histogram(score, columns[:, 1], edges))
    np.testing.assert_allclose(sensitivity.soft_memberships(score, edges, 0.1).sum(1), 1)


def test_gradients_by_edges_and_scores_are_finite_differences(few):
    score, columns = few

    def f(edges, score):
        return sensitivity.sigma(sensitivity.soft_memberships(score, edges, 0.05), columns)

    edges = jnp.linspace(0, 1, 5)
    jax.test_util.check_grads(f, (edges, jnp.asarray(score)), order=1, modes=["rev"], rtol=1e-6)


def test_positions_are_fractions_of_the_signal(few):
    score, columns = few
    quantiles = sensitivity.signal_quantiles(score, columns[:, 0])
    u = np.asarray(sensitivity.position(score, quantiles))
    for level in (0.1, 0.5, 0.9):
        assert columns[u < level, 0].sum() / columns[:, 0].sum() == pytest.approx(level, abs=0.01)


def test_what_does_not_fit_is_refused(shipped_events, few):
    score, columns = few
    kinematic = next(c for c in shipped_events if c.startswith("score_up__")).removeprefix("score_up__")
    with pytest.raises(ValueError, match=kinematic):
        sensitivity.columns(shipped_events, [kinematic])
    with pytest.raises(ValueError, match="fraction"):
        sensitivity.columns(shipped_events, fraction=0.0)
    with pytest.raises(DataError, match="label"):
        sensitivity.columns(shipped_events.drop(columns="label"))
    with pytest.raises(ValueError, match="of the same N events"):
        sensitivity.sigma(np.ones((3, 2)), columns)
    with pytest.raises(ValueError, match="scores"):
        sensitivity.soft_memberships(columns, [0, 1], 0.1)


def test_a_small_network_learns_and_its_seed_decides_alone(shipped_events):
    sample = shipped_events.iloc[::40]
    features = network.features(sample)
    assert features.shape == (len(sample), network.SIZES[0]) and np.isfinite(features).all()
    data = features, sample["label"].to_numpy(), sample["weight"].to_numpy(float)
    balanced = data[2] / np.where(data[1] == 1, data[2][data[1] == 1].sum(), data[2][data[1] == 0].sum())
    net, again = (network.train(jax.random.key(3), *data, epochs=10, batch=64) for _ in range(2))
    before = network.cross_entropy(network.initial(jax.random.key(3)), features, data[1], balanced)
    assert network.cross_entropy(net, features, data[1], balanced) < 0.75 * before
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(net), jax.tree.leaves(again), strict=True))


def test_adam_takes_a_step_for_each_batch():
    x, values = network.adam(lambda x, target: (x - target) ** 2, jnp.array(0.0), 0.1, jnp.full(200, 3.0))
    assert values.shape == (200,) and values[0] == 9.0 and abs(x - 3) < 0.05


def test_figures_of_the_training_study_are_drawn_from_its_results():
    assert not training.stale(), "draw them: python benchmarks/training.py 0"
