"""The physics processes: Pythia settings, cross sections, branching fractions and sample sizes.

Cross sections are the published ones quoted in ``source``; Pythia's own leading-order values are never used for
normalisation. ``tries`` is the number of hard-process events that a full production asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

LUMINOSITY_FB = 36.1
BR_W_LNU = 0.1086  # per lepton flavour, PDG
BR_TAU_LEPTONIC = 0.1782 + 0.1739  # tau -> e or mu, PDG
# W -> e, mu, or tau -> e, mu: the tau channel's branching fraction is scaled inside Pythia, so events have unit weight
W_TO_LIGHT_LEPTON = BR_W_LNU * (2.0 + BR_TAU_LEPTONIC)

W_DECAYS = (
    "24:onMode = off",
    "24:onIfAny = 11 13 15",
    f"24:6:bRatio = {BR_W_LNU}",
    f"24:7:bRatio = {BR_W_LNU}",
    f"24:8:bRatio = {BR_W_LNU * BR_TAU_LEPTONIC:.6f}",
)
TAU_DECAYS = ("15:onMode = off", "15:onIfAny = 11 13")
BR_Z_LL, BR_Z_NUNU = 0.033658, 0.2000  # per charged flavour; all neutrinos, PDG
# dibosons with a Z: taus decay freely, since a hadronic tau doesn't remove the event
W_TO_LEPTONS = ("24:onMode = off", "24:onIfAny = 11 13 15")
Z_TO_LEPTONS = ("23:onMode = off", "23:onIfAny = 11 12 13 14 15 16")

HIGGS = ("25:m0 = 125.0", "25:onMode = off", "25:onIfMatch = 24 -24")
BR_HWW = 0.2137
YR4 = "CERN Yellow Report 4 (arXiv:1610.07922)"


@dataclass(frozen=True)
class Process:
    """One hard process; several of them may share a ``name`` and are then added up.

    part : its own name. branching : fraction of the cross section that the settings let through. chunk : tries per
    file. fakes : one jet is taken for a lepton.
    """

    name: str
    part: str
    title: str
    settings: tuple[str, ...]
    cross_section_pb: float
    branching: float
    source: str
    tries: int
    chunk: int = 20_000
    fakes: bool = False
    note: str = ""


PROCESSES = (
    Process(
        name="ggF",
        part="ggF",
        title="gg → H → WW*",
        settings=("HiggsSM:gg2H = on", *HIGGS, *W_DECAYS, *TAU_DECAYS),
        cross_section_pb=48.58,
        branching=BR_HWW * W_TO_LIGHT_LEPTON**2,
        source=f"N3LO, JHEP 05 (2016) 058; BR(H → WW) = {BR_HWW}: {YR4}",
        tries=160_000,
    ),
    Process(
        name="VBF",
        part="VBF",
        title="qq → qqH, H → WW*",
        settings=("HiggsSM:ff2Hff(t:WW) = on", "HiggsSM:ff2Hff(t:ZZ) = on", *HIGGS, *W_DECAYS, *TAU_DECAYS),
        cross_section_pb=3.77,
        branching=BR_HWW * W_TO_LIGHT_LEPTON**2,
        source=f"{YR4}; BR(H → WW) = {BR_HWW}",
        tries=40_000,
    ),
    Process(
        name="WW",
        part="WW",
        title="qq → WW",
        settings=("WeakDoubleBoson:ffbar2WW = on", *W_DECAYS, *TAU_DECAYS),
        cross_section_pb=118.7,
        branching=W_TO_LIGHT_LEPTON**2,
        source="NNLO, Phys. Rev. Lett. 113 (2014) 212001",
        tries=480_000,
        chunk=30_000,
        note="leading-order qq initial state only; the gg → WW continuum is in the normalisation, not in the shape",
    ),
    Process(
        name="ttbar",
        part="ttbar",
        title="tt̄",
        settings=("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", *W_DECAYS, *TAU_DECAYS),
        cross_section_pb=831.76,
        branching=W_TO_LIGHT_LEPTON**2,
        source="NNLO+NNLL, Comput. Phys. Commun. 185 (2014) 2930, m_t = 172.5 GeV",
        tries=760_000,
        note="no spin correlation between the two top quarks",
    ),
    Process(
        name="Wt",
        part="Wt",
        title="Wt",
        settings=(
            *("Higgs:useBSM = on", "HiggsBSM:bg2H+-t = on", "37:m0 = 80.385", "37:mWidth = 2.085"),
            *("37:mMin = 60.", "37:mMax = 100.", "37:doForceWidth = on"),
            "37:oneChannel = 1 0.1086 101 -11 12",
            "37:addChannel = 1 0.1086 101 -13 14",
            f"37:addChannel = 1 {BR_W_LNU * BR_TAU_LEPTONIC:.6f} 101 -15 16",
            *W_DECAYS,
            *TAU_DECAYS,
        ),
        cross_section_pb=71.7,
        branching=W_TO_LIGHT_LEPTON**2,
        source="approximate NNLO, Phys. Rev. D 82 (2010) 054018",
        tries=128_000,
        chunk=16_000,
        note="Pythia has no bg → tW: bg → tH⁻ with the W's mass and width stands in for it, "
        "so this W decays isotropically",
    ),
    Process(
        name="Ztautau",
        part="Ztautau",
        title="Z → ττ + jet",
        settings=(
            *("WeakBosonAndParton:qqbar2gmZg = on", "WeakBosonAndParton:qg2gmZq = on", "PhaseSpace:pTHatMin = 20."),
            *("23:mMin = 60.", "23:mMax = 120.", "23:onMode = off", "23:onIfAny = 15", "TauDecays:mode = 0"),
            *TAU_DECAYS,
        ),
        cross_section_pb=1950.0,
        branching=BR_TAU_LEPTONIC**2,
        source="NNLO, m_ττ in 60-120 GeV, as used in ATLAS, Phys. Lett. B 759 (2016) 601; "
        "pT spectrum above 20 GeV from a Z + jet sample",
        tries=1_250_000,
        chunk=50_000,
        note="the cross section times the fraction of inclusive Z with pT > 30 GeV normalises the Z + jet sample "
        "above the same pT",
    ),
    Process(
        name="diboson",
        part="WZ",
        title="WZ",
        settings=("WeakDoubleBoson:ffbar2ZW = on", *W_TO_LEPTONS, *Z_TO_LEPTONS),
        cross_section_pb=48.2,
        branching=3 * BR_W_LNU * (3 * BR_Z_LL + BR_Z_NUNU),
        source="NNLO, Phys. Lett. B 761 (2016) 179; Z in 66-116 GeV",
        tries=160_000,
        chunk=10_000,
    ),
    Process(
        name="diboson",
        part="ZZ",
        title="ZZ",
        settings=("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2", "23:mMin = 60.", *Z_TO_LEPTONS),
        cross_section_pb=16.9,
        branching=(3 * BR_Z_LL + BR_Z_NUNU) ** 2,
        source="NNLO, Phys. Lett. B 735 (2014) 311",
        tries=48_000,
        chunk=12_000,
    ),
    Process(
        name="Wjets",
        part="Wjets",
        title="W + jets (fake lepton)",
        settings=("WeakSingleBoson:ffbar2W = on", *W_DECAYS, *TAU_DECAYS),
        cross_section_pb=20508.0 * 3,
        branching=W_TO_LIGHT_LEPTON / (3 * BR_W_LNU),
        source="NNLO, W → ℓν per flavour, as used in ATLAS, Phys. Lett. B 759 (2016) 601",
        tries=100_000,
        chunk=25_000,
        fakes=True,
        note="the fake rates are toys, tuned to the size that data-driven estimates give",
    ),
)
