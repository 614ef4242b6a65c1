"""Systematics that shift reconstructed objects: energies of jets and leptons, and the missing momentum's soft term."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from variation import Shift, kinematic

JetScale = Callable[[float, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Size, pT, |eta| and flavour of jets -> relative change of their pT for the sign +1."""


def falling(pt: np.ndarray) -> np.ndarray:
    """1 at 30 GeV, and like 1/pT."""
    return np.clip(30.0 / np.maximum(pt, 15.0), 0, 2)


def rising(pt: np.ndarray) -> np.ndarray:
    """0 at 30 GeV, and like log pT."""
    return np.clip(np.log(np.maximum(pt, 15.0) / 30.0), -1, 2)


JES: dict[str, tuple[str, float, JetScale]] = {
    "MODELLING_1": ("generator modelling, flat", 0.012, lambda size, pt, eta, flavour: np.full_like(pt, size)),
    "MODELLING_2": ("generator modelling, falling with pT", 0.010, lambda size, pt, eta, flavour: size * falling(pt)),
    "MODELLING_3": ("generator modelling, rising with pT", 0.006, lambda size, pt, eta, flavour: size * rising(pt)),
    "DETECTOR_1": (
        "photon and electron scale in the balance method",
        0.006,
        lambda size, pt, eta, flavour: np.full_like(pt, size),
    ),
    "DETECTOR_2": ("noise suppression", 0.005, lambda size, pt, eta, flavour: size * falling(pt) * (eta > 1.0)),
    "STATISTICAL_1": (
        "size of the calibration sample, central",
        0.004,
        lambda size, pt, eta, flavour: size * (eta < 0.8),
    ),
    "STATISTICAL_2": (
        "size of the calibration sample, forward",
        0.008,
        lambda size, pt, eta, flavour: size * (eta >= 0.8),
    ),
    "ETA_INTERCALIBRATION": (
        "η intercalibration",
        0.02,
        lambda size, pt, eta, flavour: size * np.clip((eta - 0.8) / 3.0, 0, 1),
    ),
    "FLAVOUR": (
        "quark and gluon response, all but b jets",
        0.014,
        lambda size, pt, eta, flavour: size * falling(pt) * (flavour != 5),
    ),
    "PILEUP": (
        "pile-up subtraction",
        0.010,
        lambda size, pt, eta, flavour: size * falling(pt) ** 2 * (1 + 0.3 * eta),
    ),
    "BJES": ("b-jet response", 0.015, lambda size, pt, eta, flavour: size * (flavour == 5)),
}
"""Description, size and shape of each component of the jet energy scale."""


def jet_scale(size: float, relative: JetScale) -> Shift:
    return lambda s: {"jet": lambda pt, true, eta, flavour: pt * (1.0 + s * relative(size, pt, np.abs(eta), flavour))}


def lepton_scale(lepton: str, size: float) -> Shift:
    return lambda s: {lepton: lambda pt, true, eta: pt * (1 + size * s)}


def lepton_resolution(lepton: str, size: float) -> Shift:
    """The distance of the measured pT from the true one, changed by the relative ``size``."""
    return lambda s: {lepton: lambda pt, true, eta: true + (pt - true) * (1 + size * s)}


def jet_resolution(size: float) -> Shift:
    """The distance of the measured pT from the true one, changed by the relative ``size``; 1 GeV are left."""
    return lambda s: {"jet": lambda pt, true, eta, flavour: np.maximum(true + (pt - true) * (1 + size * s), 1.0)}


JET_ENERGY = (
    *(
        kinematic(
            f"JES_{name}",
            "jet_energy",
            f"jet energy scale: {text}",
            f"about {100 * size:.1f} %",
            jet_scale(size, shape),
        )
        for name, (text, size, shape) in JES.items()
    ),
    kinematic("JER", "jet_energy", "jet energy resolution", "10 % of the resolution", jet_resolution(0.10)),
)
LEPTON_ENERGY = (
    kinematic("EG_SCALE", "lepton_energy", "electron energy scale", "0.5 %", lepton_scale("electron", 0.005)),
    kinematic(
        "EG_RESOLUTION",
        "lepton_energy",
        "electron energy resolution",
        "10 % of the resolution",
        lepton_resolution("electron", 0.10),
    ),
    kinematic("MU_SCALE", "lepton_energy", "muon momentum scale", "0.3 %", lepton_scale("muon", 0.003)),
    kinematic(
        "MU_RESOLUTION",
        "lepton_energy",
        "muon momentum resolution",
        "10 % of the resolution",
        lepton_resolution("muon", 0.10),
    ),
)
SOFT_TERM = (
    kinematic(
        "MET_SOFT_SCALE",
        "met",
        "soft term of the missing momentum: scale along the hard system",
        "4 % of the hard system's pT, 1.5 GeV at most",
        lambda s: {"soft": lambda noise, hard: noise + s * np.clip(0.04 * hard, -1.5, 1.5)},
    ),
    kinematic(
        "MET_SOFT_RESOLUTION",
        "met",
        "soft term of the missing momentum: resolution",
        "10 % of the resolution",
        lambda s: {"soft": lambda noise, hard: noise * (1 + 0.10 * s)},
    ),
)
