"""Systematics of the weights that come from theory: cross sections, spectra, parton showers, parton distributions."""

from __future__ import annotations

import numpy as np

from detector import Arrays
from variation import CMS_CARD, MC, SIGNAL, TOP, Ratio, Systematic, linear, norm, ramp, weight

N_PDF = 7
SCALE_AND_PDF = "JHEP 05 (2016) 058"
YR4 = "CERN Yellow Report 4 (arXiv:1610.07922)"
MIGRATION = "method: Stewart and Tackmann, Phys. Rev. D 85 (2012) 034011; the size is a toy"
TOP_PP = "scale and PDF + α_s in quadrature, NNLO+NNLL (Top++, LHC Physics Working Group's TtbarNNLO page)"
SHOWERS = {"isr": ("initial", "√2"), "fsr": ("final", "2^¼")}
SHOWER_RANGE = (0.1, 10.0)


def shower(name: str, group: str, title: str, processes: tuple[str, ...], kind: str) -> Systematic:
    """The shower's ("isr" or "fsr") renormalisation scale over ("up") and times a step, by Pythia's weights.

    Their mean over all generated events is 1, since a shower doesn't change the cross section; the card prints it.
    After the selection it isn't, and stays as it is. The step is small enough for almost all weights to lie in
    SHOWER_RANGE.
    """
    state, step = SHOWERS[kind]

    def ratio(e: Arrays, s: int) -> np.ndarray:
        return np.clip(e[kind + ("up" if s > 0 else "dn")], *SHOWER_RANGE)

    description = f"{title}: {state}-state shower, renormalisation scale / {step} (up) and × {step} (down)"
    return weight(name, group, description, "event weight", processes, ratio, "Pythia 8.317's shower weights")


def migration(size: float, boundary: int, ratio: float) -> Ratio:
    """+size for events with at least ``boundary`` jets at particle level; -size x ratio for those with one jet fewer,
    where ratio is the inclusive cross section above the boundary over that of the bin below it."""

    def relative(e: Arrays) -> np.ndarray:
        below = np.where(e["truth_njet"] == boundary - 1, -size * ratio, 0.0)
        return np.where(e["truth_njet"] >= boundary, size, below)

    return linear(relative)


def asymmetric(up: float, down: float) -> Ratio:
    """Constants 1 + up and 1 - down."""
    return lambda e, s: np.full(len(e["mll"]), 1.0 + up if s > 0 else 1.0 - down)


def second_b_jet(e: Arrays) -> np.ndarray:
    b_jets = np.sum((e["jet_flavour"] == 5) & (e["jets"] > 0), axis=1)
    return 0.10 * np.clip(b_jets - 0.5, 0, 1)


def pdf_component(k: int) -> Ratio:
    """Component k of assemble.pdf_components."""
    return linear(lambda e: np.clip(e["pdf"][:, k], -0.5, 0.5))


SIGNAL_THEORY = (
    weight(
        "GGF_SCALE",
        "signal_theory",
        "ggF cross section, all of theory but PDF and α_s: QCD scale and five smaller parts",
        "+4.6 % −6.7 %",
        ("ggF",),
        asymmetric(0.046, 0.067),
        SCALE_AND_PDF,
        toy=False,
    ),
    weight(
        "GGF_PDF_ALPHAS",
        "signal_theory",
        "ggF cross section, PDF and α_s",
        "3.2 %",
        ("ggF",),
        norm(0.032),
        SCALE_AND_PDF,
        toy=False,
    ),
    weight(
        "GGF_MIGRATION_01",
        "signal_theory",
        "ggF: migration between 0 and ≥ 1 jet",
        "12 % of ≥ 1 jet",
        ("ggF",),
        migration(0.12, 1, 0.8),
        MIGRATION,
    ),
    weight(
        "GGF_MIGRATION_12",
        "signal_theory",
        "ggF: migration between 1 and ≥ 2 jets",
        "18 % of ≥ 2 jets",
        ("ggF",),
        migration(0.18, 2, 0.4),
        MIGRATION,
    ),
    weight(
        "GGF_PT_H",
        "signal_theory",
        "ggF: Higgs boson pT spectrum",
        "up to 10 %",
        ("ggF",),
        ramp(0.10, "gen_pt_leptonic", 30.0, 90.0, lowest=-0.3),
    ),
    shower("SIGNAL_ISR", "signal_theory", "signal", SIGNAL, "isr"),
    shower("SIGNAL_FSR", "signal_theory", "signal", SIGNAL, "fsr"),
    weight(
        "VBF_SCALE",
        "signal_theory",
        "VBF cross section, QCD scale and PDF",
        "2.1 %",
        ("VBF",),
        norm(0.021),
        f"PDF + α_s size of {YR4}",
    ),
    weight(
        "VBF_MIGRATION",
        "signal_theory",
        "VBF: migration between 0 and ≥ 1 jet",
        "2 % of ≥ 1 jet",
        ("VBF",),
        migration(0.02, 1, 4.0),
    ),
    weight("BR_HWW", "signal_theory", "branching fraction H → WW", "2.2 %", SIGNAL, norm(0.022)),
)
WW_THEORY = (
    weight("WW_SCALE", "WW_theory", "WW cross section, QCD scale", "3.0 %", ("WW",), norm(0.03)),
    weight(
        "WW_MIGRATION_01",
        "WW_theory",
        "WW: migration between 0 and ≥ 1 jet",
        "8 % of ≥ 1 jet",
        ("WW",),
        migration(0.08, 1, 0.5),
    ),
    shower("WW_ISR", "WW_theory", "WW", ("WW",), "isr"),
    shower("WW_FSR", "WW_theory", "WW", ("WW",), "fsr"),
    weight(
        "WW_RESUMMATION",
        "WW_theory",
        "WW: pT(WW) spectrum",
        "up to 4 %",
        ("WW",),
        ramp(0.04, "gen_pt_leptonic", 20.0, 40.0, lowest=-0.5),
    ),
    weight(
        "WW_GG",
        "WW_theory",
        "gg → WW: 15 % of a contribution of about 8 % that prefers small opening angles",
        "up to 2.4 %",
        ("WW",),
        linear(lambda e: 0.15 * 0.08 * (1.0 + np.cos(e["dphill"]))),
        f"15 %: {CMS_CARD}; share and shape are toys",
    ),
    weight(
        "WW_EW",
        "WW_theory",
        "WW: electroweak corrections growing with the leading lepton's pT",
        "up to 5 %",
        ("WW",),
        ramp(-0.05, "lep0_pt", 40.0, 160.0, lowest=0),
    ),
)
TOP_THEORY = (
    weight(
        "TTBAR_XSEC",
        "top_theory",
        "tt̄ cross section",
        "+4.8 % −5.5 %",
        ("ttbar",),
        asymmetric(0.048, 0.055),
        TOP_PP,
        toy=False,
    ),
    weight("WT_XSEC", "top_theory", "Wt cross section", "8 %", ("Wt",), norm(0.08), CMS_CARD, toy=False),
    shower("TOP_ISR", "top_theory", "top", TOP, "isr"),
    shower("TOP_FSR", "top_theory", "top", TOP, "fsr"),
    weight(
        "TOP_PT",
        "top_theory",
        "top: pT spectrum of the top quark",
        "up to 10 %",
        TOP,
        ramp(-0.10, "gen_pt_top", 100.0, 200.0, lowest=-0.5),
    ),
    weight(
        "TTBAR_HDAMP",
        "top_theory",
        "tt̄: matching, pT(tt̄) spectrum",
        "up to 8 %",
        ("ttbar",),
        ramp(0.08, "gen_pt_ttbar", 40.0, 80.0, lowest=-0.5),
    ),
    weight(
        "TTBAR_MIGRATION",
        "top_theory",
        "tt̄: migration between 0 and ≥ 1 jet",
        "2 % of ≥ 1 jet",
        ("ttbar",),
        migration(0.02, 1, 4.0),
    ),
    weight(
        "WT_INTERFERENCE",
        "top_theory",
        "Wt: interference with tt̄, larger with a second b jet",
        "up to 10 %",
        ("Wt",),
        linear(second_b_jet),
    ),
)
OTHER_THEORY = (
    weight("ZTT_XSEC", "other_theory", "Z → ττ cross section", "5 %", ("Ztautau",), norm(0.05)),
    weight(
        "ZTT_PT_Z",
        "other_theory",
        "Z → ττ: pT(Z) spectrum",
        "up to 6 %",
        ("Ztautau",),
        ramp(0.06, "gen_pt_leptonic", 60.0, 60.0, lowest=-1),
    ),
    shower("ZTT_ISR", "other_theory", "Z → ττ", ("Ztautau",), "isr"),
    weight("VV_XSEC", "other_theory", "WZ and ZZ cross section", "6 %", ("diboson",), norm(0.06)),
    weight(
        "VV_SCALE",
        "other_theory",
        "WZ and ZZ: jet multiplicity",
        "up to 8 %",
        ("diboson",),
        migration(0.08, 1, 0.5),
    ),
)
PDF = tuple(
    weight(
        f"PDF_{k}",
        "pdf",
        f"parton distributions, principal component {k} of the spread of Pythia's internal leading-order and NNLO sets "
        "(not Hessian members)",
        "event weight",
        MC,
        pdf_component(k),
        "spread of the PDF sets inside Pythia 8.317",
        toy=False,
    )
    for k in range(N_PDF)
)
