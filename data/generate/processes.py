"""The physics processes: Pythia settings, cross sections, branching fractions and sample sizes.

Cross sections are the published ones quoted in ``source``; Pythia's own leading-order values are never used for
normalisation. ``tries`` is the number of hard-process events that a full production asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

LUMINOSITY_FB = 36.1
SHOWER_WEIGHTS = ("isrup", "isrdn", "fsrup", "fsrdn")
BR_W_LNU = 0.1086  # per lepton flavour, PDG
BR_TAU_E, BR_TAU_MU = 0.1782, 0.1739  # PDG
BR_TAU_LEPTONIC = BR_TAU_E + BR_TAU_MU
# W -> e, mu, or tau -> e, mu: the tau channel's branching fraction is scaled inside Pythia, so events have unit weight
# (meMode 100: Pythia calculates the widths of a W itself, and would forget these fractions)
W_TO_LIGHT_LEPTON = BR_W_LNU * (2.0 + BR_TAU_LEPTONIC)
W_PAIR = W_TO_LIGHT_LEPTON**2 / 2.0  # to an electron and a muon


def w_fractions(tau: float) -> tuple[str, ...]:
    """Settings for the branching fractions of a W to e, mu and tau; ``tau`` is the share of taus that are wanted."""
    shares = {6: 1.0, 7: 1.0, 8: tau}
    fractions = [f"24:{k}:bRatio = {BR_W_LNU * share:.6f}" for k, share in shares.items()]
    return ("24:doForceWidth = on", *fractions, *(f"24:{k}:meMode = 100" for k in shares))


W_DECAYS = ("24:onMode = off", "24:onIfAny = 11 13 15", *w_fractions(BR_TAU_LEPTONIC))
TAU_DECAYS = ("15:onMode = off", "15:onIfAny = 11 13")


def lepton_pair(positive: int, negative: int) -> tuple[str, ...]:
    """Settings for decays to leptons of these codes, 11 and 13 or the reverse.

    They are of taus, and of W and its stand-in H, perhaps by way of a tau. A W's tau decays as often to an electron as
    to a muon.
    """
    bosons = [
        f"{boson}:{line}"
        for boson in (24, 37)
        for line in ("onMode = off", f"onPosIfAny = {positive}", f"onNegIfAny = {negative}", "onIfAny = 15")
    ]
    taus = ("15:onMode = off", f"15:onPosIfAny = {negative}", f"15:onNegIfAny = {positive}")  # 15 is the negative one
    return (*bosons, *w_fractions(BR_TAU_LEPTONIC / 2), *taus)


LEPTON_PAIRS = lepton_pair(11, 13), lepton_pair(13, 11)
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
    file. pair : leptons are e+ mu- in chunks of even number, else mu+ e-; branching is for both. fakes : one jet is
    taken for a lepton. prescaled : hard processes unlike the signal are thinned out before the shower, by
    produce.keep_probability, and weigh more.
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
    pair: bool = False
    fakes: bool = False
    prescaled: bool = False
    note: str = ""


PROCESSES = (
    Process(
        name="ggF",
        part="ggF",
        title="gg → H → WW*",
        settings=("HiggsSM:gg2H = on", *HIGGS),
        cross_section_pb=48.58,
        branching=BR_HWW * W_PAIR,
        source=f"N3LO, JHEP 05 (2016) 058; BR(H → WW) = {BR_HWW}: {YR4}",
        tries=70_000,
        chunk=10_000,
        pair=True,
    ),
    Process(
        name="VBF",
        part="VBF",
        title="qq → qqH, H → WW*",
        settings=("HiggsSM:ff2Hff(t:WW) = on", "HiggsSM:ff2Hff(t:ZZ) = on", *HIGGS),
        cross_section_pb=3.77,
        branching=BR_HWW * W_PAIR,
        source=f"{YR4}; BR(H → WW) = {BR_HWW}",
        note="rounded; the Higgs boson's mass moves it by 0.1 % between 125.0 and 125.09 GeV",
        tries=16_000,
        chunk=8_000,
        pair=True,
    ),
    Process(
        name="WW",
        part="WW",
        title="qq → WW",
        settings=("WeakDoubleBoson:ffbar2WW = on",),
        cross_section_pb=118.7,
        branching=W_PAIR,
        source="NNLO, Phys. Rev. Lett. 113 (2014) 212001",
        tries=598_000,
        chunk=26_000,
        pair=True,
        prescaled=True,
        note="leading-order qq initial state only; the gg → WW continuum is in the normalisation, not in the shape",
    ),
    Process(
        name="ttbar",
        part="ttbar",
        title="tt̄",
        settings=("Top:gg2ttbar = on", "Top:qqbar2ttbar = on"),
        cross_section_pb=831.76,
        branching=W_PAIR,
        source="NNLO+NNLL, Comput. Phys. Commun. 185 (2014) 2930, m_t = 172.5 GeV",
        tries=1_500_000,
        chunk=50_000,
        pair=True,
        prescaled=True,
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
            f"37:addChannel = 1 {BR_W_LNU * BR_TAU_LEPTONIC / 2:.6f} 101 -15 16",
        ),
        cross_section_pb=71.7,
        branching=W_PAIR,
        source="approximate NNLO, Phys. Rev. D 82 (2010) 054018",
        tries=196_000,
        chunk=14_000,
        pair=True,
        prescaled=True,
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
        ),
        cross_section_pb=1950.0,
        branching=2 * BR_TAU_E * BR_TAU_MU,
        source="NNLO, m_ττ in 60-120 GeV, as used in ATLAS, Phys. Lett. B 759 (2016) 601; "
        "pT spectrum above 20 GeV from a Z + jet sample",
        tries=700_000,
        chunk=50_000,
        pair=True,
        prescaled=True,
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
        tries=180_000,
        chunk=20_000,
        prescaled=True,
    ),
    Process(
        name="diboson",
        part="ZZ",
        title="ZZ",
        settings=("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2", "23:mMin = 60.", *Z_TO_LEPTONS),
        cross_section_pb=16.9,
        branching=(3 * BR_Z_LL + BR_Z_NUNU) ** 2,
        source="NNLO, Phys. Lett. B 735 (2014) 311",
        tries=40_000,
        chunk=10_000,
        prescaled=True,
    ),
    Process(
        name="Wjets",
        part="Wjets",
        title="W + jets (fake lepton)",
        settings=("WeakSingleBoson:ffbar2W = on", *W_DECAYS, *TAU_DECAYS),
        cross_section_pb=20508.0 * 3,
        branching=W_TO_LIGHT_LEPTON / (3 * BR_W_LNU),
        source="NNLO (FEWZ): 3 × 20508, one for each flavour of W → ℓν",
        tries=144_000,
        chunk=16_000,
        fakes=True,
        note="the fake rates are toys, tuned to the size that data-driven estimates give",
    ),
)
