"""The systematic uncertainties: each one is a function of simulated events, none is drawn at random.

`WEIGHT` systematics return the ratio of an event's weight under the +1 sigma (or -1 sigma) shift to its nominal
weight.  `KINEMATIC` ones shift reconstructed objects; the whole event (jet counting, missing momentum, selection,
network score) is then reconstructed again.  A size or shape that is our guess is marked toy=True.
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np

import detector as det

CMS_CARD = "size as in CMS's public H → WW configuration (latinos/PlotsConfigurations, ggH/Full2016/nuisances.py)"
YR4 = "CERN Yellow Report 4 (arXiv:1610.07922)"
SIGNAL, TOP = ("ggF", "VBF"), ("ttbar", "Wt")
MC = ("ggF", "VBF", "WW", "ttbar", "Wt", "Ztautau", "diboson")  # simulated; W + jets fakes come from data


@dataclass(frozen=True)
class Systematic:
    name: str
    group: str
    description: str
    size: str
    source: str
    toy: bool
    processes: tuple[str, ...]
    weight: Callable | None = None  # (event arrays, sign) -> weight ratio
    shift: Callable | None = None  # sign -> keyword arguments of detector.reconstruct
    kind: str = "weight"


ALL: list[Systematic] = []


def _weight(name, group, description, size, processes, function, source="", toy=True):
    ALL.append(Systematic(name, group, description, size, source or "toy", toy, processes, weight=function))


def _kinematic(name, group, description, size, function, source="", toy=True):
    ALL.append(
        Systematic(
            name, group, description, size, source or "toy", toy, MC + ("Wjets",), shift=function, kind="kinematic"
        )
    )


def _norm(relative):
    """A constant (1 + relative)^sign, the log-normal that HistFactory calls normsys."""
    return lambda e, s: np.full(len(e["mll"]), (1.0 + relative) ** s)


def _linear(relative):
    """1 + sign x relative(events), for a shape of our choice; kept above 0.05."""
    return lambda e, s: np.maximum(1.0 + s * relative(e), 0.05)


def _inside(x, lo, hi):
    return (x >= lo) & (x < hi)


# ---- luminosity and pile-up ------------------------------------------------------------------------
_weight("LUMI", "lumi", "integrated luminosity", "2.3 %", MC, _norm(0.023), CMS_CARD, toy=False)
_weight(
    "PILEUP",
    "pileup",
    "pile-up profile: moves events to larger missing momentum and jet activity",
    "up to 3 %",
    MC,
    _linear(lambda e: 0.015 * np.clip((e["met"] - 45.0) / 30.0, -1, 1) + 0.01 * e["njet"] - 0.004),
)

# ---- leptons: one nuisance parameter per pT-eta bin of the efficiency measurement --------------------
for lepton, key, pt_edges, pt_sizes in (
    ("EL", "el", (15, 20, 25, 30, 40, 60, 1e9), (0.030, 0.022, 0.018, 0.012, 0.009, 0.010)),
    ("MU", "mu", (15, 20, 25, 40, 60, 1e9), (0.018, 0.012, 0.008, 0.006, 0.008)),
):
    group, title = ("electron", "electron") if lepton == "EL" else ("muon", "muon")
    real = lambda e, key=key: e["fake"] != (11 if key == "el" else 13)
    for k, size in enumerate(pt_sizes):
        lo, hi = pt_edges[k], pt_edges[k + 1]
        upper = f"{hi:g} GeV" if hi < 1e8 else "up"
        _weight(
            f"{lepton}_ID_PT{k}",
            group,
            f"{title} identification, pT {lo:g} GeV to {upper}",
            f"{100 * size:.1f} %",
            MC + ("Wjets",),
            _linear(
                lambda e, key=key, lo=lo, hi=hi, size=size, real=real: size * real(e) * _inside(e[key + "_pt"], lo, hi)
            ),
        )
    eta_bins = ((0.0, 0.8), (0.8, 1.37), (1.37, 2.5)) if lepton == "EL" else ((0.0, 1.05), (1.05, 2.5))
    for k, (lo, hi) in enumerate(eta_bins):
        size = (0.004, 0.006, 0.010)[k]
        _weight(
            f"{lepton}_RECO_ETA{k}",
            group,
            f"{title} reconstruction, |η| in {lo}-{hi}",
            f"{100 * size:.1f} %",
            MC + ("Wjets",),
            _linear(
                lambda e, key=key, lo=lo, hi=hi, size=size, real=real: (
                    size * real(e) * _inside(np.abs(e[key + "_eta"]), lo, hi)
                )
            ),
        )
    if lepton == "EL":
        for k, (lo, hi) in enumerate(((0.0, 1.37), (1.37, 2.5))):
            _weight(
                f"EL_ID_ETA{k}",
                group,
                f"electron identification, |η| in {lo}-{hi}",
                "1.0 %",
                MC + ("Wjets",),
                _linear(lambda e, lo=lo, hi=hi, real=real: 0.010 * real(e) * _inside(np.abs(e["el_eta"]), lo, hi)),
            )
    for k, (lo, hi) in enumerate(((0.0, 30.0), (30.0, 1e9))):
        _weight(
            f"{lepton}_ISO_{'LOW' if k == 0 else 'HIGH'}",
            group,
            f"{title} isolation, pT {'below' if k == 0 else 'above'} 30 GeV",
            f"{(1.2, 0.5)[k]} %",
            MC + ("Wjets",),
            _linear(
                lambda e, key=key, lo=lo, hi=hi, size=(0.012, 0.005)[k], real=real: (
                    size * real(e) * _inside(e[key + "_pt"], lo, hi)
                )
            ),
        )
    for k, (lo, hi, where) in enumerate(((0.0, 1.2, "BARREL"), (1.2, 2.5, "ENDCAP"))):
        _weight(
            f"{lepton}_TRIG_{where}",
            group,
            f"{title} trigger, {where.lower()}",
            f"{(0.8, 1.2)[k]} %",
            MC + ("Wjets",),
            _linear(
                lambda e, key=key, lo=lo, hi=hi, size=(0.008, 0.012)[k], real=real: (
                    size * real(e) * _inside(np.abs(e[key + "_eta"]), lo, hi) * (e[key + "_pt"] > 20)
                )
            ),
        )


# ---- b-tagging: exact change of the veto weight under a shifted tagging efficiency -------------------
def _tag(flavour, relative):
    def ratio(e, s):
        shift = np.where(e["jet_flavour"] == flavour, relative(e["jets"]), 0.0)
        return det.veto_weight(e["jets"], e["jet_eta"], e["jet_flavour"], s * shift) / e["veto"]

    return ratio


def _shape(order):
    """Orthogonal-looking shapes in log pT on 20-300 GeV: constant, linear, ... like the eigenvectors of a calibration."""
    return lambda pt: np.cos(np.pi * order * np.clip(np.log(np.maximum(pt, 20.0) / 20.0) / np.log(15.0), 0, 1))


for flavour, label, sizes in (
    (5, "B", (0.035, 0.020, 0.012, 0.008, 0.005)),
    (4, "C", (0.10, 0.05, 0.03, 0.02)),
    (0, "LIGHT", (0.25, 0.12, 0.06)),
):
    for k, size in enumerate(sizes):
        _weight(
            f"BTAG_{label}_{k}",
            "btag",
            f"{label.lower()}-jet tagging efficiency, eigenvector {k}",
            f"{100 * size:.1f} % of the efficiency",
            MC,
            _tag(flavour, lambda pt, k=k, size=size: size * _shape(k)(pt)),
        )
_weight(
    "BTAG_EXTRAPOLATION",
    "btag",
    "b-jet tagging efficiency extrapolated above 100 GeV",
    "up to 10 %",
    MC,
    _tag(5, lambda pt: 0.10 * np.clip((pt - 100.0) / 200.0, 0, 1)),
)


# ---- theory ------------------------------------------------------------------------------------------
def _shower(kind):
    """Weights of the parton shower's renormalisation scale times and over sqrt(2), clipped to 0.5-2 (Pythia 8)."""
    return lambda e, s: np.clip(e[kind + ("up" if s > 0 else "dn")], 0.5, 2.0)


def _migration(size, boundary, ratio):
    """+size for events with at least `boundary` jets at particle level; -size x ratio for those with one jet fewer,
    where ratio is the inclusive cross section above the boundary over that of the bin below it."""
    return _linear(
        lambda e: np.where(
            e["truth_njet"] >= boundary, size, np.where(e["truth_njet"] == boundary - 1, -size * ratio, 0.0)
        )
    )


PYTHIA = "Pythia 8 shower variation, scale × √2 and / √2"
_weight(
    "GGF_SCALE",
    "signal_theory",
    "ggF cross section, QCD scale",
    "+4.6 % −6.7 %",
    ("ggF",),
    lambda e, s: np.full(len(e["mll"]), 1.046 if s > 0 else 0.933),
    "JHEP 05 (2016) 058",
    toy=False,
)
_weight(
    "GGF_PDF_ALPHAS",
    "signal_theory",
    "ggF cross section, PDF and α_s",
    "3.2 %",
    ("ggF",),
    _norm(0.032),
    "JHEP 05 (2016) 058",
    toy=False,
)
_weight(
    "GGF_MIGRATION_01",
    "signal_theory",
    "ggF: migration between 0 and ≥ 1 jet",
    "12 % of ≥ 1 jet",
    ("ggF",),
    _migration(0.12, 1, 0.8),
    "method: Stewart and Tackmann, Phys. Rev. D 85 (2012) 034011; the size is a toy",
)
_weight(
    "GGF_MIGRATION_12",
    "signal_theory",
    "ggF: migration between ≤ 1 and ≥ 2 jets",
    "18 % of ≥ 2 jets",
    ("ggF",),
    _migration(0.18, 2, 0.4),
    "method: Stewart and Tackmann, Phys. Rev. D 85 (2012) 034011; the size is a toy",
)
_weight(
    "GGF_PT_H",
    "signal_theory",
    "ggF: Higgs boson pT spectrum",
    "up to 10 %",
    ("ggF",),
    _linear(lambda e: 0.10 * np.clip((e["gen_pt_leptonic"] - 30.0) / 90.0, -0.3, 1)),
)
_weight(
    "SIGNAL_ISR",
    "signal_theory",
    "signal: initial-state shower scale",
    "event weight",
    SIGNAL,
    _shower("isr"),
    PYTHIA,
    toy=False,
)
_weight(
    "SIGNAL_FSR",
    "signal_theory",
    "signal: final-state shower scale",
    "event weight",
    SIGNAL,
    _shower("fsr"),
    PYTHIA,
    toy=False,
)
_weight(
    "VBF_SCALE",
    "signal_theory",
    "VBF cross section, QCD scale and PDF",
    "2.1 %",
    ("VBF",),
    _norm(0.021),
    f"PDF + α_s size of {YR4}",
    toy=True,
)
_weight(
    "VBF_MIGRATION",
    "signal_theory",
    "VBF: migration between 0 and ≥ 1 jet",
    "2 % of ≥ 1 jet",
    ("VBF",),
    _migration(0.02, 1, 4.0),
)
_weight("BR_HWW", "signal_theory", "branching fraction H → WW", "2.2 %", SIGNAL, _norm(0.022))

_weight("WW_SCALE", "WW_theory", "WW cross section, QCD scale", "3.0 %", ("WW",), _norm(0.03))
_weight(
    "WW_MIGRATION_01",
    "WW_theory",
    "WW: migration between 0 and ≥ 1 jet",
    "8 % of ≥ 1 jet",
    ("WW",),
    _migration(0.08, 1, 0.5),
)
_weight(
    "WW_ISR", "WW_theory", "WW: initial-state shower scale", "event weight", ("WW",), _shower("isr"), PYTHIA, toy=False
)
_weight(
    "WW_FSR", "WW_theory", "WW: final-state shower scale", "event weight", ("WW",), _shower("fsr"), PYTHIA, toy=False
)
_weight(
    "WW_RESUMMATION",
    "WW_theory",
    "WW: pT(WW) spectrum",
    "up to 4 %",
    ("WW",),
    _linear(lambda e: 0.04 * np.clip((e["gen_pt_leptonic"] - 20.0) / 40.0, -0.5, 1)),
)
_weight(
    "WW_GG",
    "WW_theory",
    "gg → WW: 15 % of a contribution of about 8 % that prefers small opening angles",
    "up to 2.4 %",
    ("WW",),
    _linear(lambda e: 0.15 * 0.08 * (1.0 + np.cos(e["dphill"]))),
    f"15 %: {CMS_CARD}; share and shape are toys",
)
_weight(
    "WW_EW",
    "WW_theory",
    "WW: electroweak corrections growing with the leading lepton's pT",
    "up to 5 %",
    ("WW",),
    _linear(lambda e: -0.05 * np.clip((e["lep0_pt"] - 40.0) / 160.0, 0, 1)),
)

_weight("TTBAR_XSEC", "top_theory", "tt̄ cross section", "8 %", ("ttbar",), _norm(0.08), CMS_CARD, toy=False)
_weight("WT_XSEC", "top_theory", "Wt cross section", "8 %", ("Wt",), _norm(0.08), CMS_CARD, toy=False)
_weight(
    "TOP_ISR", "top_theory", "top: initial-state shower scale", "event weight", TOP, _shower("isr"), PYTHIA, toy=False
)
_weight(
    "TOP_FSR", "top_theory", "top: final-state shower scale", "event weight", TOP, _shower("fsr"), PYTHIA, toy=False
)
_weight(
    "TOP_PT",
    "top_theory",
    "top: pT spectrum of the top quark",
    "up to 10 %",
    TOP,
    _linear(lambda e: -0.10 * np.clip((e["gen_pt_top"] - 100.0) / 200.0, -0.5, 1)),
)
_weight(
    "TTBAR_HDAMP",
    "top_theory",
    "tt̄: matching, pT(tt̄) spectrum",
    "up to 8 %",
    ("ttbar",),
    _linear(lambda e: 0.08 * np.clip((e["gen_pt_ttbar"] - 40.0) / 80.0, -0.5, 1)),
)
_weight(
    "TTBAR_MIGRATION",
    "top_theory",
    "tt̄: migration between 0 and ≥ 1 jet",
    "2 % of ≥ 1 jet",
    ("ttbar",),
    _migration(0.02, 1, 4.0),
)
_weight(
    "WT_INTERFERENCE",
    "top_theory",
    "Wt: interference with tt̄, larger with a second b jet",
    "up to 10 %",
    ("Wt",),
    _linear(lambda e: 0.10 * np.clip(np.sum((e["jet_flavour"] == 5) & (e["jets"] > 0), axis=1) - 0.5, 0, 1)),
)

_weight("ZTT_XSEC", "other_theory", "Z → ττ cross section", "5 %", ("Ztautau",), _norm(0.05))
_weight(
    "ZTT_PT_Z",
    "other_theory",
    "Z → ττ: pT(Z) spectrum",
    "up to 6 %",
    ("Ztautau",),
    _linear(lambda e: 0.06 * np.clip((e["gen_pt_leptonic"] - 60.0) / 60.0, -1, 1)),
)
_weight(
    "ZTT_ISR",
    "other_theory",
    "Z → ττ: initial-state shower scale",
    "event weight",
    ("Ztautau",),
    _shower("isr"),
    PYTHIA,
    toy=False,
)
_weight("VV_XSEC", "other_theory", "WZ and ZZ cross section", "6 %", ("diboson",), _norm(0.06))
_weight("VV_SCALE", "other_theory", "WZ and ZZ: jet multiplicity", "up to 8 %", ("diboson",), _migration(0.08, 1, 0.5))


# ---- misidentified leptons -----------------------------------------------------------------------------
def _fake(kind, relative):
    return _linear(lambda e: np.where(e["fake"] == kind, relative(e), 0.0))


_weight("FAKE_NORM", "fakes", "fake-factor method, overall", "30 %", ("Wjets",), _norm(0.30), CMS_CARD, toy=False)
for kind, label, key, sizes in ((11, "EL", "el", (0.15, 0.12, 0.20)), (13, "MU", "mu", (0.18, 0.15, 0.25))):
    for k, (lo, hi) in enumerate(((15, 20), (20, 30), (30, 1e9))):
        upper = f"{hi:g} GeV" if hi < 1e8 else "up"
        _weight(
            f"FAKE_{label}_PT{k}",
            "fakes",
            f"fake {'electrons' if kind == 11 else 'muons'}, pT {lo} GeV to {upper}",
            f"{100 * sizes[k]:.0f} %",
            ("Wjets",),
            _fake(kind, lambda e, lo=lo, hi=hi, key=key, size=sizes[k]: size * _inside(e[key + "_pt"], lo, hi)),
        )
    _weight(
        f"FAKE_{label}_FLAVOUR",
        "fakes",
        f"fake {'electrons' if kind == 11 else 'muons'}: jet flavour composition, changes with the number of jets",
        "20 %",
        ("Wjets",),
        _fake(kind, lambda e: np.where(e["njet"] > 0, 0.20, -0.10)),
    )
_weight(
    "FAKE_EL_ETA",
    "fakes",
    "fake electrons: barrel against endcap",
    "15 %",
    ("Wjets",),
    _fake(11, lambda e: np.where(np.abs(e["el_eta"]) > 1.37, 0.15, -0.10)),
)
_weight(
    "FAKE_CLOSURE",
    "fakes",
    "closure of the fake-factor method in m_T",
    "up to 15 %",
    ("Wjets",),
    _linear(lambda e: 0.15 * np.clip((e["mt"] - 90.0) / 40.0, -1, 1)),
)

# ---- parton distributions: principal components over Pythia's internal sets (weights made in assemble.py) ---
N_PDF = 7
for k in range(N_PDF):
    _weight(
        f"PDF_{k}",
        "pdf",
        f"parton distributions, principal component {k} of the spread of Pythia's internal leading-order and NNLO sets (not Hessian members)",
        "event weight",
        MC,
        _linear(lambda e, k=k: np.clip(e["pdf"][:, k], -0.5, 0.5)),
        "spread of the PDF sets inside Pythia 8.317",
        toy=False,
    )


# ---- kinematic shifts -------------------------------------------------------------------------------------
def _jes(relative):
    return lambda s: {"jet": lambda pt, true, eta, flavour: pt * (1.0 + s * relative(pt, np.abs(eta), flavour))}


_low = lambda pt: np.clip(30.0 / np.maximum(pt, 15.0), 0, 2)
JES = {
    "MODELLING_1": ("generator modelling, flat", 0.012, lambda pt, eta, fl: 0.012 + 0.0 * pt),
    "MODELLING_2": ("generator modelling, falling with pT", 0.010, lambda pt, eta, fl: 0.010 * _low(pt)),
    "MODELLING_3": (
        "generator modelling, rising with pT",
        0.006,
        lambda pt, eta, fl: 0.006 * np.clip(np.log(np.maximum(pt, 15.0) / 30.0), -1, 2),
    ),
    "DETECTOR_1": ("photon and electron scale in the balance method", 0.006, lambda pt, eta, fl: 0.006 + 0.0 * pt),
    "DETECTOR_2": ("noise suppression", 0.005, lambda pt, eta, fl: 0.005 * _low(pt) * (eta > 1.0)),
    "STATISTICAL_1": (
        "size of the calibration sample, central",
        0.004,
        lambda pt, eta, fl: 0.004 * (eta < 0.8) * (1 + 0 * pt),
    ),
    "STATISTICAL_2": (
        "size of the calibration sample, forward",
        0.008,
        lambda pt, eta, fl: 0.008 * (eta >= 0.8) * (1 + 0 * pt),
    ),
    "ETA_INTERCALIBRATION": (
        "η intercalibration",
        0.02,
        lambda pt, eta, fl: 0.02 * np.clip((eta - 0.8) / 3.0, 0, 1) * (1 + 0 * pt),
    ),
    "FLAVOUR": ("quark and gluon response, all but b jets", 0.014, lambda pt, eta, fl: 0.014 * _low(pt) * (fl != 5)),
    "PILEUP": ("pile-up subtraction", 0.010, lambda pt, eta, fl: 0.010 * _low(pt) ** 2 * (1 + 0.3 * eta)),
    "BJES": ("b-jet response", 0.015, lambda pt, eta, fl: 0.015 * (fl == 5) * (1 + 0 * pt)),
}
for name, (text, size, function) in JES.items():
    _kinematic(f"JES_{name}", "jet_energy", f"jet energy scale: {text}", f"about {100 * size:.1f} %", _jes(function))
_kinematic(
    "JER",
    "jet_energy",
    "jet energy resolution",
    "10 % of the resolution",
    lambda s: {"jet": lambda pt, true, eta, flavour: np.maximum(true + (pt - true) * (1 + 0.10 * s), 1.0)},
)
_kinematic(
    "EG_SCALE",
    "lepton_energy",
    "electron energy scale",
    "0.5 %",
    lambda s: {"electron": lambda pt, true, eta: pt * (1 + 0.005 * s)},
)
_kinematic(
    "EG_RESOLUTION",
    "lepton_energy",
    "electron energy resolution",
    "10 % of the resolution",
    lambda s: {"electron": lambda pt, true, eta: true + (pt - true) * (1 + 0.10 * s)},
)
_kinematic(
    "MU_SCALE",
    "lepton_energy",
    "muon momentum scale",
    "0.3 %",
    lambda s: {"muon": lambda pt, true, eta: pt * (1 + 0.003 * s)},
)
_kinematic(
    "MU_RESOLUTION",
    "lepton_energy",
    "muon momentum resolution",
    "10 % of the resolution",
    lambda s: {"muon": lambda pt, true, eta: true + (pt - true) * (1 + 0.10 * s)},
)
_kinematic(
    "MET_SOFT_SCALE",
    "met",
    "soft term of the missing momentum: scale along the hard system",
    "4 % of the hard system's pT, 1.5 GeV at most",
    lambda s: {"soft": lambda noise, hard: noise + s * np.clip(0.04 * hard, -1.5, 1.5)},
)
_kinematic(
    "MET_SOFT_RESOLUTION",
    "met",
    "soft term of the missing momentum: resolution",
    "10 % of the resolution",
    lambda s: {"soft": lambda noise, hard: noise * (1 + 0.10 * s)},
)

SYSTEMATICS = tuple(ALL)
