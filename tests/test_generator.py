"""The generator makes again what was shipped: same code, new seed, a small sample. Needs Pythia (see
data/README.md)."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

import jaxhep

for package in ("pythia8mc", "fastjet", "vector"):
    pytest.importorskip(
        package,
        reason=f"{package} isn't installed: pip install --only-binary :all: -e '.[generate]' (Python 3.11 or 3.12)",
    )

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data" / "generate"))

import assemble  # noqa: E402
import detector  # noqa: E402
import processes  # noqa: E402
import produce  # noqa: E402

TRIES = {"ggF": 7_000, "WW": 16_000, "WW, plain": 24_000}  # about 1000 selected events of each
EVERY_PAIR = (*processes.W_DECAYS, *processes.TAU_DECAYS)


def process(sample):
    """The process of a sample; if it is "plain", then with every pair of leptons, and none thinned out."""
    part, _, plain = sample.partition(", ")
    proc = next(p for p in produce.PROCESSES if p.part == part)
    if not plain:
        return proc
    settings, branching = (*proc.settings, *EVERY_PAIR), processes.W_TO_LIGHT_LEPTON**2
    return dataclasses.replace(proc, settings=settings, branching=branching, pair=False, prescaled=False)


@pytest.fixture(scope="module", params=TRIES)
def regenerated(request):
    """A new sample of one process: its name, kinematics and weights in events at the shipped luminosity."""
    proc = process(request.param)
    ev = produce.simulate(proc, 0, TRIES[request.param], seed=20_260_101)
    tries = ev.pop("tries")
    for name in ("pythia_cross_section_pb", "shower_sums"):
        ev.pop(name)
    f = detector.reconstruct(ev)
    weight = (
        proc.cross_section_pb
        * 1000
        * assemble.LUMINOSITY_FB
        * proc.branching
        / tries
        * ev["prescale"]
        * detector.efficiency_weight(ev, f)
    )
    keep = detector.selected(f)
    return proc.name, {k: f[k][keep] for k in (*assemble.card.KINEMATIC_COLUMNS, "njet")}, weight[keep]


def distance(a, wa, b, wb, bins=12):
    """Chi-square per degree of freedom between two weighted samples, on quantiles of the second, with the yields left
    free."""
    edges = np.quantile(b, np.linspace(0, 1, bins + 1))
    edges[[0, -1]] = -np.inf, np.inf
    edges = np.unique(edges)
    fraction, variance = [], []
    for x, w in ((a, wa), (b, wb)):
        fraction.append(np.histogram(x, edges, weights=w)[0] / w.sum())
        variance.append(np.histogram(x, edges, weights=w**2)[0] / w.sum() ** 2)
    filled = sum(variance) > 0
    chi2 = np.sum((fraction[0] - fraction[1])[filled] ** 2 / sum(variance)[filled])
    return chi2 / max(filled.sum() - 1, 1)


def test_regenerated_sample_is_compatible_with_the_shipped_one(regenerated):
    process, new, weight = regenerated
    assert len(weight) > 800
    events = jaxhep.load_events()
    old = events[events["process"] == process]
    old_weight = old["weight"].to_numpy(float)
    error = np.hypot(np.sqrt(np.sum(weight**2)), np.sqrt(np.sum(old_weight**2)))
    assert abs(weight.sum() - old_weight.sum()) < 4 * error
    for column in ("lep0_pt", "lep1_pt", "lep0_eta", "met", "mll", "dphill", "ptll", "mt", "njet"):
        assert distance(new[column], weight, old[column].to_numpy(float), old_weight) < 2.6, column


def test_the_comparison_would_notice_a_wrong_distribution(regenerated):
    process, new, weight = regenerated
    events = jaxhep.load_events()
    old = events[events["process"] == process]
    assert distance(new["mll"] * 1.1, weight, old["mll"].to_numpy(float), old["weight"].to_numpy(float)) > 2.6


def test_chunks_are_reproducible_resumable_and_whole(tmp_path):
    first = produce.produce_chunk("VBF", 7, 500, tmp_path)
    assert "tries" in first and [p.name for p in tmp_path.iterdir()] == ["VBF_007.npz"]
    content = dict(np.load(tmp_path / "VBF_007.npz"))
    assert "exists" in produce.produce_chunk("VBF", 7, 500, tmp_path)
    again = tmp_path / "again"
    again.mkdir()
    produce.produce_chunk("VBF", 7, 500, again)
    for name, values in np.load(again / "VBF_007.npz").items():
        np.testing.assert_array_equal(values, content[name], err_msg=name)


def test_assembling_without_chunks_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="run produce.py first"):
        assemble.load_chunks(tmp_path)


# Mean azimuthal angle between the two leptons of the hard process, as measured in the feasibility study of this data
# set.
OPENING_ANGLES = {"ggF": 1.33, "ggF, uncorrelated": 1.70, "ggF, CP-odd": 1.47, "WW": 2.02, "ttbar": 1.85}
NO_SHOWER = (*produce.COMMON[:2], "PartonLevel:all = off", "Random:setSeed = on", "Random:seed = 3")
BSM_HIGGS = ("Higgs:useBSM = on", "HiggsSM:gg2H = off", "HiggsBSM:gg2H1 = on")
VARIANTS = {"uncorrelated": (*BSM_HIGGS, "HiggsH1:parity = 0"), "CP-odd": (*BSM_HIGGS, "HiggsH1:parity = 2")}


@pytest.mark.parametrize("sample", OPENING_ANGLES)
def test_leptons_remember_the_spin_of_what_decayed(sample, events=6000):
    """W -> e, mu without shower or selection: correlated decays of a scalar bring the leptons together."""
    part, _, variant = sample.partition(", ")
    proc = process(f"{part}, plain")
    without_taus = ("24:onIfAny = 11 13", "24:8:onMode = off")
    pythia = produce.prepared((*NO_SHOWER, *proc.settings, *without_taus, *VARIANTS.get(variant, ())))
    assert pythia.init()
    angles = []
    while len(angles) < events:
        assert pythia.next()
        record = pythia.process
        first, second = (
            record[i].phi() for i in range(record.size()) if record[i].idAbs() in (11, 13) and record[i].isFinal()
        )
        angles.append(abs(detector.wrap(first - second)))
    error = np.std(angles) / np.sqrt(events)
    assert abs(np.mean(angles) - OPENING_ANGLES[sample]) < 0.01 + 3 * error, np.mean(angles)


@pytest.mark.parametrize("part", ["ggF", "WW", "ttbar", "Wt", "Wjets"])
def test_taus_are_as_frequent_as_their_leptonic_decays(part, events=3000):
    """Pythia calculates a W's branching fractions itself unless told otherwise."""
    proc = next(p for p in produce.PROCESSES if p.part == part)
    pair = processes.LEPTON_PAIRS[0] if proc.pair else ()
    pythia = produce.prepared((*NO_SHOWER, *proc.settings, *pair))
    assert pythia.init()
    kinds = []
    while len(kinds) < events:
        assert pythia.next()
        record = pythia.process
        kinds += [k for i in range(record.size()) if record[i].isFinal() and (k := record[i].idAbs()) in (11, 13, 15)]
    share = processes.BR_TAU_LEPTONIC / (2 + processes.BR_TAU_LEPTONIC)
    assert np.mean(np.array(kinds) == 15) == pytest.approx(share, abs=4 * np.sqrt(share / events))
