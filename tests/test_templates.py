"""Templates: histograms, edges, ratios, smoothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd

import jaxhep
from jaxhep.templates import smooth_ratios

EDGES = np.array([0.0, 0.2, 0.45, 0.6, 0.8, 1.0])


def test_histogram_agrees_with_numpy(toy_events: pd.DataFrame) -> None:
    score, weight = toy_events["score"].to_numpy(float), toy_events["weight"].to_numpy(float)
    score[:3] = [0.0, 0.2, 1.0]
    expected, _ = np.histogram(score, EDGES, weights=weight)
    np.testing.assert_allclose(jaxhep.histogram(score, weight, EDGES), expected)
    stacked = jaxhep.histogram(score, np.stack([weight, 2 * weight], axis=1), EDGES)
    np.testing.assert_allclose(stacked, np.stack([expected, 2 * expected], axis=1))
    inside, _ = np.histogram(score, EDGES[1:-1], weights=weight)
    np.testing.assert_allclose(jaxhep.histogram(score, weight, EDGES[1:-1]), inside)


def test_equal_signal_edges(toy_events: pd.DataFrame) -> None:
    edges = jaxhep.equal_signal_edges(toy_events, 8)
    signal = toy_events[toy_events["label"] == 1]
    yields = jaxhep.histogram(signal["score"], signal["weight"], edges)
    assert edges[0] == 0 and edges[-1] == 1 and len(edges) == 9
    np.testing.assert_allclose(yields, yields.mean(), rtol=0.02)


def test_templates_by_hand(toy_events: pd.DataFrame) -> None:
    templates = jaxhep.build_templates(toy_events, EDGES, smooth=False)
    assert templates.signal == ("ggF", "VBF")
    for p, process in enumerate(templates.processes):
        chosen = toy_events[toy_events["process"] == process].astype({"weight": float})
        nominal, _ = np.histogram(chosen["score"], EDGES, weights=chosen["weight"])
        np.testing.assert_allclose(templates.nominal[p], nominal)
        for k, name in enumerate(templates.systematics):
            for side, ratio in (("up", templates.up), ("down", templates.down)):
                score = chosen.get(f"score_{side}__{name}", chosen["score"])
                shifted, _ = np.histogram(score, EDGES, weights=chosen["weight"] * chosen[f"w_{side}__{name}"])
                np.testing.assert_allclose(ratio[p, k] * nominal, shifted)
    squares, _ = np.histogram(toy_events["score"], EDGES, weights=toy_events["weight"].astype(float) ** 2)
    np.testing.assert_allclose(templates.mc_error, np.sqrt(squares) / templates.nominal.sum(0))


def test_some_systematics_in_the_order_asked_for(toy_events: pd.DataFrame) -> None:
    every = jaxhep.build_templates(toy_events, EDGES)
    some = jaxhep.build_templates(toy_events, EDGES, systematics=["kinematic_1", "weight_2"])
    assert some.systematics == ("kinematic_1", "weight_2")
    np.testing.assert_allclose(some.up[:, 1], every.up[:, every.systematics.index("weight_2")])
    np.testing.assert_allclose(some.up[:, 0], every.up[:, every.systematics.index("kinematic_1")])
    none = jaxhep.build_templates(toy_events, EDGES, systematics=[])
    assert none.up.shape == (8, 0, 5)


def test_one_process_may_be_empty_in_a_bin(toy_events: pd.DataFrame) -> None:
    kept = toy_events[(toy_events["process"] != "Ztautau") | (toy_events["score"] < 0.6)]
    for smooth in (True, False):
        templates = jaxhep.build_templates(kept, EDGES, systematics=["weight_0"], smooth=smooth)
        p = templates.processes.index("Ztautau")
        assert (templates.nominal[p, 3:] == 0).all()
        np.testing.assert_array_equal(templates.up[p, :, 3:], 1.0)
        model = jaxhep.make_model(templates)
        assert jaxhep.fit(model, jaxhep.asimov(model)).valid


def test_smoothing_keeps_the_total_and_leaves_smooth_shapes_alone() -> None:
    bins = np.linspace(-1, 1, 10)
    nominal = np.geomspace(4000, 50, 10)
    up, down = 1.03 + 0.05 * bins + 0.02 * bins**2, 0.97 - 0.05 * bins - 0.02 * bins**2
    for raw, smoothed in zip((up, down), smooth_ratios(up, down, nominal), strict=True):
        np.testing.assert_allclose(smoothed, raw, rtol=1e-10)
    rng = np.random.default_rng(2)
    raw_up, raw_down = rng.uniform(0.8, 1.3, (2, 3, 10))
    smooth_up, smooth_down = smooth_ratios(raw_up, raw_down, nominal)
    np.testing.assert_allclose(smooth_up @ nominal, raw_up @ nominal)
    np.testing.assert_allclose(smooth_down @ nominal, raw_down @ nominal)


def test_smoothing_beats_the_raw_ratio_at_low_statistics(make_events: Callable[..., pd.DataFrame]) -> None:
    """The truth is the kinematic ratio from 60 times as many events: the smoothed small sample must be closer to it."""
    edges = np.linspace(0, 1, 9)
    name = ["kinematic_0"]
    small = make_events(seed=3, size=300, weight_systematics=0)
    large = make_events(seed=3, size=18_000, weight_systematics=0)
    for events in (small, large):
        events[["w_up__kinematic_0", "w_down__kinematic_0"]] = 1.0
    truth = jaxhep.build_templates(large, edges, name, smooth=False)
    raw, smooth = (jaxhep.build_templates(small, edges, name, smooth=s) for s in (False, True))
    weight = np.sqrt(truth.nominal[:, None])
    error = {key: np.sqrt(np.mean((weight * (t.up - truth.up)) ** 2)) for key, t in (("raw", raw), ("smooth", smooth))}
    assert error["smooth"] < 0.6 * error["raw"]
