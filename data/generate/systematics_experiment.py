"""Systematics of the weights from the experiment: luminosity, pile-up, lepton efficiencies, b-tagging, fake leptons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

import detector as det
from detector import Arrays
from variation import (
    ALL_PROCESSES,
    CMS_CARD,
    MC,
    Ratio,
    Relative,
    Systematic,
    inside,
    linear,
    norm,
    percent,
    pt_range,
    ramp,
    weight,
)

LUMINOSITY_AND_PILEUP = (
    weight("LUMI", "lumi", "integrated luminosity", "2.3 %", MC, norm(0.023), CMS_CARD, toy=False),
    weight(
        "PILEUP",
        "pileup",
        "pile-up profile: moves events to larger missing momentum and jet activity",
        "up to 3 %",
        MC,
        linear(lambda e: 0.015 * np.clip((e["met"] - 45.0) / 30.0, -1, 1) + 0.01 * e["njet"] - 0.004),
    ),
)


Bin = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""pT and |eta| of a lepton -> whether it is in that bin."""


@dataclass(frozen=True)
class Efficiencies:
    """Bins in pT (GeV) and |eta| in which the efficiencies of a lepton are measured, and their relative uncertainties.

    label : in the names. title : in the descriptions, and the group. key : in the event arrays. code : particle code.
    """

    label: str
    title: str
    key: str
    code: int
    pt_edges: tuple[float, ...]
    pt_sizes: tuple[float, ...]
    eta_edges: tuple[float, ...]
    eta_sizes: tuple[float, ...]


ELECTRON = Efficiencies(
    label="EL",
    title="electron",
    key="el",
    code=11,
    pt_edges=(15, 20, 25, 30, 40, 60, 1e9),
    pt_sizes=(0.030, 0.022, 0.018, 0.012, 0.009, 0.010),
    eta_edges=(0.0, 0.8, 1.37, 2.5),
    eta_sizes=(0.004, 0.006, 0.010),
)
MUON = Efficiencies(
    label="MU",
    title="muon",
    key="mu",
    code=13,
    pt_edges=(15, 20, 25, 40, 60, 1e9),
    pt_sizes=(0.018, 0.012, 0.008, 0.006, 0.008),
    eta_edges=(0.0, 1.05, 2.5),
    eta_sizes=(0.004, 0.006),
)


def in_pt(lo: float, hi: float) -> Bin:
    return lambda pt, eta: inside(pt, lo, hi)


def in_eta(lo: float, hi: float, pt_min: float = 0.0) -> Bin:
    return lambda pt, eta: inside(eta, lo, hi) & (pt > pt_min)


def lepton_systematics(lepton: Efficiencies) -> Iterator[Systematic]:
    """One nuisance parameter per bin of each efficiency measurement; fake leptons keep their weight."""

    def one(name: str, what: str, size: float, chosen: Bin) -> Systematic:
        def relative(e: Arrays) -> np.ndarray:
            real = e["fake"] != lepton.code
            return size * (real & chosen(e[lepton.key + "_pt"], np.abs(e[lepton.key + "_eta"])))

        name, text = f"{lepton.label}_{name}", f"{lepton.title} {what}"
        return weight(name, lepton.title, text, percent(size), ALL_PROCESSES, linear(relative))

    for k, (size, (lo, hi)) in enumerate(zip(lepton.pt_sizes, pairwise(lepton.pt_edges), strict=True)):
        yield one(f"ID_PT{k}", f"identification, {pt_range(lo, hi)}", size, in_pt(lo, hi))
    for k, (size, (lo, hi)) in enumerate(zip(lepton.eta_sizes, pairwise(lepton.eta_edges), strict=True)):
        yield one(f"RECO_ETA{k}", f"reconstruction, |η| in {lo}-{hi}", size, in_eta(lo, hi))
    if lepton is ELECTRON:
        for k, (lo, hi) in enumerate(((0.0, 1.37), (1.37, 2.5))):
            yield one(f"ID_ETA{k}", f"identification, |η| in {lo}-{hi}", 0.010, in_eta(lo, hi))
    yield one("ISO_LOW", "isolation, pT below 30 GeV", 0.012, in_pt(0.0, 30.0))
    yield one("ISO_HIGH", "isolation, pT above 30 GeV", 0.005, in_pt(30.0, 1e9))
    yield one("TRIG_BARREL", "trigger, barrel", 0.008, in_eta(0.0, 1.2, pt_min=20.0))
    yield one("TRIG_ENDCAP", "trigger, endcap", 0.012, in_eta(1.2, 2.5, pt_min=20.0))


LEPTONS = (*lepton_systematics(ELECTRON), *lepton_systematics(MUON))


def tag(flavour: int, relative: Callable[[np.ndarray], np.ndarray]) -> Ratio:
    """The exact change of the veto weight if the tagging efficiency of jets of this flavour changes by relative(pT)."""

    def ratio(e: Arrays, s: int) -> np.ndarray:
        shift = np.where(e["jet_flavour"] == flavour, relative(e["jets"]), 0.0)
        return det.veto_weight(e["jets"], e["jet_eta"], e["jet_flavour"], s * shift) / e["veto"]

    return ratio


def eigenvector(size: float, order: int) -> Callable[[np.ndarray], np.ndarray]:
    """Orthogonal-looking shapes in log pT on 20-300 GeV: constant, linear, ... like those of a calibration."""

    def relative(pt: np.ndarray) -> np.ndarray:
        return size * np.cos(np.pi * order * np.clip(np.log(np.maximum(pt, 20.0) / 20.0) / np.log(15.0), 0, 1))

    return relative


def tagging_systematics(flavour: int, label: str, sizes: tuple[float, ...]) -> Iterator[Systematic]:
    """One nuisance parameter per eigenvector of the efficiency's calibration for jets of this flavour."""
    for k, size in enumerate(sizes):
        yield weight(
            f"BTAG_{label}_{k}",
            "btag",
            f"{label.lower()}-jet tagging efficiency, eigenvector {k}",
            f"{percent(size)} of the efficiency",
            MC,
            tag(flavour, eigenvector(size, k)),
        )


B_TAGGING = (
    *tagging_systematics(5, "B", (0.035, 0.020, 0.012, 0.008, 0.005)),
    *tagging_systematics(4, "C", (0.10, 0.05, 0.03, 0.02)),
    *tagging_systematics(0, "LIGHT", (0.25, 0.12, 0.06)),
    weight(
        "BTAG_EXTRAPOLATION",
        "btag",
        "b-jet tagging efficiency extrapolated above 100 GeV",
        "up to 10 %",
        MC,
        tag(5, lambda pt: 0.10 * np.clip((pt - 100.0) / 200.0, 0, 1)),
    ),
)


def fake(code: int, relative: Relative) -> Ratio:
    """A change for events whose lepton of this particle code is fake."""
    return linear(lambda e: np.where(e["fake"] == code, relative(e), 0.0))


def fake_systematics(lepton: Efficiencies, sizes: tuple[float, ...]) -> Iterator[Systematic]:
    """The fake factor of one kind of lepton: in bins of pT, and its dependence on the flavour of the jets."""

    def in_bin(size: float, lo: float, hi: float) -> Ratio:
        return fake(lepton.code, lambda e: size * inside(e[lepton.key + "_pt"], lo, hi))

    name, title = f"FAKE_{lepton.label}", f"fake {lepton.title}s"
    for k, (size, (lo, hi)) in enumerate(zip(sizes, pairwise((15, 20, 30, 1e9)), strict=True)):
        text = f"{title}, {pt_range(lo, hi)}"
        yield weight(f"{name}_PT{k}", "fakes", text, percent(size, digits=0), ("Wjets",), in_bin(size, lo, hi))
    yield weight(
        f"{name}_FLAVOUR",
        "fakes",
        f"{title}: jet flavour composition, changes with the number of jets",
        "20 %",
        ("Wjets",),
        fake(lepton.code, lambda e: np.where(e["njet"] > 0, 0.20, -0.10)),
    )


FAKES = (
    weight("FAKE_NORM", "fakes", "fake-factor method, overall", "30 %", ("Wjets",), norm(0.30), CMS_CARD, toy=False),
    *fake_systematics(ELECTRON, (0.15, 0.12, 0.20)),
    *fake_systematics(MUON, (0.18, 0.15, 0.25)),
    weight(
        "FAKE_EL_ETA",
        "fakes",
        "fake electrons: barrel against endcap",
        "15 %",
        ("Wjets",),
        fake(11, lambda e: np.where(np.abs(e["el_eta"]) > 1.37, 0.15, -0.10)),
    ),
    weight(
        "FAKE_CLOSURE",
        "fakes",
        "closure of the fake-factor method in m_T",
        "up to 15 %",
        ("Wjets",),
        ramp(0.15, "mt", 90.0, 40.0, lowest=-1),
    ),
)
