"""A parametrised detector: resolutions, efficiencies and b-tagging, and the quantities and selection of an event.

Everything is a NumPy function of arrays over events, so that a systematic shift is a second call with shifted inputs.
Sizes marked (Delphes) follow the public Delphes card for ATLAS; all others are our own ATLAS-like choices. Energies and
momenta in GeV, angles in rad; of n events an array has the shape (n,), one about jets (n, JET_SLOTS).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Arrays = dict[str, np.ndarray]
"""Named arrays with one entry, or one row, per event."""

Move = Callable[..., np.ndarray]
"""A shift of reconstructed objects, see ``reconstruct``."""

JET_SLOTS = 6
CRACK = (1.37, 1.52)  # |eta| between barrel and endcap calorimeters: electrons are not used there
FAKE_SCALE = 6.4e-5  # toy; tuned so that W + jets is about 6 % of the selected events
SOFT_TERM_RESOLUTION = 9.0  # GeV per component of the missing transverse momentum

ELECTRON_PT = np.array([15.0, 20.0, 25.0, 30.0, 40.0, 60.0])
ELECTRON_EFFICIENCY = np.array([0.66, 0.72, 0.76, 0.80, 0.83, 0.86])  # reconstruction x ID x isolation x trigger
MUON_PT = np.array([15.0, 20.0, 25.0, 30.0, 50.0])
MUON_EFFICIENCY = np.array([0.78, 0.84, 0.87, 0.89, 0.90])


def electron_resolution(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Relative resolution of a calorimeter measurement, 10.1 %/sqrt(E) and 0.17 % (Delphes)."""
    energy = np.maximum(pt, 1.0) * np.cosh(eta)
    return np.sqrt(0.101**2 / energy + 0.0017**2)


def muon_resolution(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Relative momentum resolution, about 2 % at 40 GeV."""
    return np.sqrt(0.018**2 + (2.0e-4 * pt) ** 2) * np.where(np.abs(eta) > 1.05, 1.4, 1.0)


def jet_resolution(pt: np.ndarray) -> np.ndarray:
    """Relative resolution with noise, stochastic and constant terms 3.5 GeV, 0.75 and 0.045."""
    pt = np.maximum(pt, 5.0)
    return np.sqrt((3.5 / pt) ** 2 + 0.75**2 / pt + 0.045**2)


def electron_efficiency(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Probability that an electron is reconstructed, identified, isolated and triggers."""
    a = np.abs(eta)
    by_eta = np.where(a < 0.8, 1.02, np.where(a < CRACK[0], 1.0, np.where(a < 2.01, 0.96, 0.90)))
    return np.interp(pt, ELECTRON_PT + 2.5, ELECTRON_EFFICIENCY) * by_eta


def muon_efficiency(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Probability that a muon is reconstructed, identified, isolated and triggers."""
    a = np.abs(eta)
    by_eta = np.where(a < 0.1, 0.75, np.where(a < 1.05, 1.0, 0.98))
    return np.interp(pt, MUON_PT + 2.5, MUON_EFFICIENCY) * by_eta


def tag_efficiency(pt: np.ndarray, eta: np.ndarray, flavour: np.ndarray) -> np.ndarray:
    """b-tagging efficiency of jets of true flavour 5, 4 or 0 (Delphes; ATL-PHYS-PUB-2015-022); 0 outside |eta| < 2.5.

    The b-jet efficiency is raised by 1.12, for a looser working point than the card's.
    """
    b = 1.12 * 0.80 * np.tanh(0.003 * pt) * 30.0 / (1.0 + 0.086 * pt)
    c = 0.20 * np.tanh(0.02 * pt) / (1.0 + 0.0034 * pt)
    light = 0.002 + 7.3e-6 * pt
    eff = np.where(flavour == 5, b, np.where(flavour == 4, c, light))
    return np.where((np.abs(eta) < 2.5) & (pt > 20.0), eff, 0.0)


def veto_weight(
    jet_pt: np.ndarray, jet_eta: np.ndarray, jet_flavour: np.ndarray, scale: np.ndarray | float = 0.0
) -> np.ndarray:
    """Probability (n,) that no jet of an event is tagged; ``scale`` is a relative shift of each jet's efficiency."""
    eff = np.clip(tag_efficiency(jet_pt, jet_eta, jet_flavour) * (1.0 + scale), 0.0, 0.95)
    return np.prod(1.0 - eff, axis=1)


def fake_rate(pt: np.ndarray, eta: np.ndarray, pdgid: int) -> np.ndarray:
    """Probability that a jet is reconstructed as an isolated electron (11) or muon (13) (toy)."""
    electron = (0.6 + 8.0 / pt) * np.where(np.abs(eta) > 1.37, 1.5, 1.0)
    muon = 0.35 * (0.4 + 12.0 / pt)
    return FAKE_SCALE * np.where(np.abs(pdgid) == 11, electron, muon)


def wrap(phi: np.ndarray) -> np.ndarray:
    """An azimuthal difference moved into [-pi, pi)."""
    return (phi + np.pi) % (2.0 * np.pi) - np.pi


def reconstruct(
    ev: Arrays,
    electron: Move | None = None,
    muon: Move | None = None,
    jet: Move | None = None,
    soft: Move | None = None,
) -> Arrays:
    """Event quantities after optional shifts of the objects.

    ev : el_pt el_true el_eta el_phi el_charge, mu_...; jet_pt jet_true jet_eta jet_phi jet_flavour, 0 in empty slots;
    met_x met_y, soft_x soft_y (noise part), hard_x hard_y (leptons, jets and neutrinos).
    electron, muon, jet : map (pt, true pt, eta[, flavour]) to a new pt.
    soft : maps a component's noise and hard part to a new noise.
    Every shift of an object is passed on to the missing transverse momentum.
    """
    el_pt = ev["el_pt"] if electron is None else electron(ev["el_pt"], ev["el_true"], ev["el_eta"])
    mu_pt = ev["mu_pt"] if muon is None else muon(ev["mu_pt"], ev["mu_true"], ev["mu_eta"])
    jet_pt = ev["jet_pt"]
    if jet is not None:
        jet_pt = np.where(jet_pt > 0, jet(jet_pt, ev["jet_true"], ev["jet_eta"], ev["jet_flavour"]), 0.0)
    met = shifted_missing_momentum(ev, el_pt, mu_pt, jet_pt, soft)
    f = ordered_leptons(ev, el_pt, mu_pt)
    return f | masses(f, el_pt, mu_pt, *met) | leading_jet(ev, jet_pt)


def shifted_missing_momentum(
    ev: Arrays, el_pt: np.ndarray, mu_pt: np.ndarray, jet_pt: np.ndarray, soft: Move | None
) -> tuple[np.ndarray, np.ndarray]:
    """Components x and y of the missing transverse momentum if the objects have these pT instead of those in ``ev``."""
    counted = ev["jet_pt"] > 20.0
    met = []
    for axis, trig in (("x", np.cos), ("y", np.sin)):
        m = ev["met_" + axis] - (el_pt - ev["el_pt"]) * trig(ev["el_phi"]) - (mu_pt - ev["mu_pt"]) * trig(ev["mu_phi"])
        m = m - np.sum(np.where(counted, jet_pt - ev["jet_pt"], 0.0) * trig(ev["jet_phi"]), axis=1)
        if soft is not None:
            m = m + soft(ev["soft_" + axis], ev["hard_" + axis]) - ev["soft_" + axis]
        met.append(m)
    return met[0], met[1]


def ordered_leptons(ev: Arrays, el_pt: np.ndarray, mu_pt: np.ndarray) -> Arrays:
    """lep0_pt, lep0_eta, lep0_phi and lep0_pdgid of the lepton with the larger pT, lep1_... of the other one."""
    first = el_pt >= mu_pt
    both = {
        "pt": (el_pt, mu_pt),
        "eta": (ev["el_eta"], ev["mu_eta"]),
        "phi": (ev["el_phi"], ev["mu_phi"]),
        "pdgid": (-11 * ev["el_charge"], -13 * ev["mu_charge"]),
    }
    f = {}
    for quantity, (e, m) in both.items():
        f["lep0_" + quantity], f["lep1_" + quantity] = np.where(first, e, m), np.where(first, m, e)
    return f


def masses(lep: Arrays, el_pt: np.ndarray, mu_pt: np.ndarray, met_x: np.ndarray, met_y: np.ndarray) -> Arrays:
    """What follows from the two leptons of ``ordered_leptons`` and the missing transverse momentum."""
    px0, px1 = (lep[k + "_pt"] * np.cos(lep[k + "_phi"]) for k in ("lep0", "lep1"))
    py0, py1 = (lep[k + "_pt"] * np.sin(lep[k + "_phi"]) for k in ("lep0", "lep1"))
    llx, lly = px0 + px1, py0 + py1
    f = {"dphill": np.abs(wrap(lep["lep0_phi"] - lep["lep1_phi"]))}
    f["mll"] = np.sqrt(2 * el_pt * mu_pt * (np.cosh(lep["lep0_eta"] - lep["lep1_eta"]) - np.cos(f["dphill"])))
    f["ptll"] = np.hypot(llx, lly)
    f["met"], f["met_phi"] = np.hypot(met_x, met_y), np.arctan2(met_y, met_x)
    et_ll = np.sqrt(f["ptll"] ** 2 + f["mll"] ** 2)
    f["mt"] = np.sqrt(np.maximum((et_ll + f["met"]) ** 2 - (llx + met_x) ** 2 - (lly + met_y) ** 2, 0.0))

    # collinear approximation: the invisible momentum along each lepton; m_tautau = mll / sqrt(visible shares)
    determinant = px0 * py1 - px1 * py0
    determinant = np.where(np.abs(determinant) < 1e-6, 1e-6, determinant)
    r0 = (met_x * py1 - met_y * px1) / determinant
    r1 = (px0 * met_y - py0 * met_x) / determinant
    mtautau = f["mll"] * np.sqrt(np.maximum((1 + r0) * (1 + r1), 0.0))
    f["mtautau"] = np.where((r0 > 0) & (r1 > 0), mtautau, -1.0)
    return f


def leading_jet(ev: Arrays, jet_pt: np.ndarray) -> Arrays:
    """All jets' pT, the number of jets above 30 GeV, and the first of these (NaN if there is none)."""
    central = np.where((jet_pt > 30.0) & (np.abs(ev["jet_eta"]) < 4.5), jet_pt, 0.0)
    njet = np.sum(central > 0, axis=1)
    lead, row = np.argmax(central, axis=1), np.arange(len(jet_pt))
    none = njet == 0
    return {
        "jets": jet_pt,
        "njet": njet,
        "jet0_pt": np.where(none, np.nan, central[row, lead]),
        "jet0_eta": np.where(none, np.nan, ev["jet_eta"][row, lead]),
        "jet0_phi": np.where(none, np.nan, ev["jet_phi"][row, lead]),
    }


def selected(f: Arrays, loose: float = 0.0) -> np.ndarray:
    """The selection; ``loose`` (relative, e.g. 0.1) opens every kinematic cut, for migrations from outside."""
    lo, hi = 1.0 - loose, 1.0 + loose
    keep = (f["lep0_pt"] > 22 * lo) & (f["lep1_pt"] > 15 * lo) & (f["mll"] > 10 * lo) & (f["mll"] < 100 * hi)
    keep &= (f["met"] > 20 * (1 - 3 * loose)) & (f["dphill"] < 2.5) & (f["ptll"] > 30 * lo)
    keep &= f["mt"] > 50 * (1 - 2 * loose)
    keep &= f["lep0_pdgid"] * f["lep1_pdgid"] < 0
    if loose == 0.0:
        keep &= ~((f["mtautau"] > 66) & (f["mtautau"] < 116)) & (f["njet"] <= 1)
    return keep


def efficiency_weight(ev: Arrays, f: Arrays) -> np.ndarray:
    """Lepton efficiencies x b-jet veto x (for fakes) the fake rate: an event's weight apart from its cross section."""
    electron_first = np.abs(f["lep0_pdgid"]) == 11
    el_pt = np.where(electron_first, f["lep0_pt"], f["lep1_pt"])
    mu_pt = np.where(electron_first, f["lep1_pt"], f["lep0_pt"])
    w_e, w_m = electron_efficiency(el_pt, ev["el_eta"]), muon_efficiency(mu_pt, ev["mu_eta"])
    w_e = np.where(ev["fake"] == 11, fake_rate(el_pt, ev["el_eta"], 11) * ev["candidates"], w_e)
    w_m = np.where(ev["fake"] == 13, fake_rate(mu_pt, ev["mu_eta"], 13) * ev["candidates"], w_m)
    return w_e * w_m * veto_weight(f["jets"], ev["jet_eta"], ev["jet_flavour"])
