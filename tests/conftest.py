"""Synthetic events with the schema of the shipped ones, small enough to alter and corrupt, and the shipped model."""

import contextlib
import gc
from collections.abc import Callable, Iterator

import bank
import jax
import numpy as np
import pandas as pd
import pytest
import web

import jaxhep

with contextlib.suppress(RuntimeError):  # JAX runs already
    jax.config.update("jax_num_cpu_devices", 2)  # toys are spread over devices

# process: (label, expected events, parameters of the score's beta distribution)
PROCESSES = {
    "ggF": (1, 900.0, 4.0, 2.0),
    "VBF": (1, 40.0, 5.0, 2.0),
    "WW": (0, 9000.0, 2.0, 3.0),
    "ttbar": (0, 5500.0, 1.3, 3.5),
    "Wt": (0, 1700.0, 1.5, 3.2),
    "Ztautau": (0, 2300.0, 1.2, 5.0),
    "diboson": (0, 300.0, 2.0, 2.5),
    "Wjets": (0, 1200.0, 1.6, 3.0),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The tests of a unit's answer checks run over that unit's tasks and answers."""
    if metafunc.cls is not None and issubclass(metafunc.cls, bank.Checks):
        for name, values in bank.parameters(metafunc.cls, metafunc.fixturenames).items():
            metafunc.parametrize(name, values)


def make_toy_events(seed: int = 1, size: int = 700, weight_systematics: int = 6, kinematic: int = 2) -> pd.DataFrame:
    """``size`` events per process; systematics ``weight_0``... and ``kinematic_0``..., each of a few percent."""
    rng = np.random.default_rng(seed)
    n = size * len(PROCESSES)
    label, total, a, b = (np.repeat(column, size) for column in zip(*PROCESSES.values(), strict=True))
    njet = rng.integers(0, 2, n)
    events = {
        "process": pd.Categorical(np.repeat(list(PROCESSES), size)),
        "label": label.astype("int8"),
        "weight": (total / size * rng.uniform(0.8, 1.2, n)).astype("float32"),
        "njet": njet.astype("int8"),
        "score": rng.beta(a, b).astype("float32"),
        "met": rng.uniform(20, 120, n).astype("float32"),
        "mll": rng.uniform(10, 100, n).astype("float32"),
        "dphill": rng.uniform(0, 2.5, n).astype("float32"),
        "ptll": rng.uniform(30, 150, n).astype("float32"),
        "mt": rng.uniform(50, 200, n).astype("float32"),
        "met_phi": rng.uniform(-3, 3, n).astype("float32"),
    }
    for lepton, pt in ((0, 60), (1, 25)):
        events[f"lep{lepton}_pt"] = rng.uniform(15, pt, n).astype("float32")
        events[f"lep{lepton}_eta"] = rng.uniform(-2.4, 2.4, n).astype("float32")
        events[f"lep{lepton}_phi"] = rng.uniform(-3, 3, n).astype("float32")
        events[f"lep{lepton}_pdgid"] = rng.choice([-13, -11, 11, 13], n).astype("int8")
    for quantity in ("pt", "eta", "phi"):
        events[f"jet0_{quantity}"] = np.where(njet > 0, rng.uniform(30, 90, n), np.nan).astype("float32")
    for name in [f"weight_{k}" for k in range(weight_systematics)] + [f"kinematic_{k}" for k in range(kinematic)]:
        affected = np.repeat(rng.random(len(PROCESSES)) < 0.6, size)
        size_of = affected * (rng.normal(0, 0.03) + rng.normal(0, 0.03) * events["score"])
        events[f"w_up__{name}"] = np.exp(size_of).astype("float32")
        events[f"w_down__{name}"] = np.exp(-0.9 * size_of).astype("float32")
        if name.startswith("kinematic"):
            shift = 0.02 * events["score"] * (1 - events["score"]) * rng.normal(1, 0.5, n)
            events[f"score_up__{name}"] = (events["score"] + shift).astype("float32")
            events[f"score_down__{name}"] = (events["score"] - shift).astype("float32")
    return pd.DataFrame(events)


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    """JAX's precision is one for the whole process: a test that changes it gives it back."""
    before = jax.config.jax_enable_x64
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(autouse=True, scope="module")
def empty_caches() -> Iterator[None]:
    """What JAX has compiled for a module is of no use to the next, and takes gigabytes in the end."""
    yield
    jax.clear_caches()
    gc.collect()


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """A headless Chromium; a module that uses it calls ``web.need_chromium`` first."""
    with web.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def make_events() -> Callable[..., pd.DataFrame]:
    """The generator of synthetic events itself: ``make_events(seed, size, weight_systematics, kinematic)``."""
    return make_toy_events


@pytest.fixture
def toy_events() -> pd.DataFrame:
    """Fresh synthetic events for every test: alter them as you like."""
    return make_toy_events()


@pytest.fixture(scope="session")
def toy_templates() -> jaxhep.Templates:
    events = make_toy_events()
    return jaxhep.build_templates(events, jaxhep.equal_signal_edges(events, 6))


@pytest.fixture(scope="session")
def toy_model(toy_templates: jaxhep.Templates) -> jaxhep.Model:
    """8 processes, 6 bins, 8 systematics, MC statistics: 15 parameters."""
    return jaxhep.make_model(toy_templates)


@pytest.fixture(scope="session")
def shipped_events() -> pd.DataFrame:
    return jaxhep.load_events()


@pytest.fixture(scope="session")
def shipped_model(shipped_events: pd.DataFrame) -> jaxhep.Model:
    """The full model of the course: 10 bins of equal signal, all systematics of the shipped events, MC statistics."""
    edges = jaxhep.equal_signal_edges(shipped_events)
    return jaxhep.make_model(jaxhep.build_templates(shipped_events, edges))
