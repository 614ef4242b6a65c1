"""Pythia's event records -> the reconstructed objects of the events that may be selected, as flat arrays.

``record`` is a batch of n events as Awkward arrays: id, status, mother1 and the momentum p of each of its entries.
Objects whose number varies from event to event are Awkward arrays, too, and behave as momenta of ``vector``; ``lep``
and ``jet`` hold NumPy arrays (n, 2) and (n, JET_SLOTS), filled up with 0. Energies and momenta in GeV, angles in rad.
"""

from __future__ import annotations

import awkward as ak
import fastjet
import numpy as np
import vector

import detector as det
from detector import Arrays
from processes import SHOWER_WEIGHTS

vector.register_awkward()

JET_DEFINITION = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.4)
LEPTONS = {"el": 11, "mu": 13}
TRIGONOMETRIC = {"x": np.cos, "y": np.sin}


def analyse(batch: ak.Array, fakes: bool, positions: list[int], rng: np.random.Generator) -> Arrays | None:
    """Truth objects -> smeared objects -> opened selection, for one batch; None if no event has the leptons.

    fakes : one jet is taken for a lepton. positions : of SHOWER_WEIGHTS among Pythia's weights.
    """
    record, info = batch.prt, batch.info
    prompt = prompt_leptons(record)
    enough = ak.num(prompt) >= (1 if fakes else 2)
    record, info, prompt = record[enough], info[enough], prompt[enough]
    if len(record) == 0:
        return None
    leptons, photons = dress(record, prompt)
    right = has_one_lepton(leptons) if fakes else has_pair(leptons)
    if not ak.any(right):
        return None
    record, info, leptons = record[right], info[right], leptons[right]
    used = ak.concatenate([prompt[right], photons[right]], axis=1)

    jet = padded_jets(*cluster(record, used))
    lep = {k: padded(getattr(leptons, k), 2) for k in ("pt", "eta", "phi")}
    lep["pdgid"] = padded(leptons.pdgid, 2).astype(int)
    ev = misidentify(lep, jet, rng) if fakes else no_fakes(len(record))
    ev |= {"jet_" + k: v for k, v in smeared_jets(jet, rng).items()}
    ev |= smeared_leptons(lep, rng)
    neutrinos = neutrino_momentum(record)
    ev |= missing_momentum(ev, neutrinos, rng)
    ev |= generator_weights(info, positions)
    ev |= generator_quantities(ev, record, neutrinos)
    keep = opened_selection(ev, fakes)
    return {k: v[keep] for k, v in ev.items()}


def flat(array: ak.Array) -> np.ndarray:
    return ak.to_numpy(ak.flatten(array))


def padded(array: ak.Array, slots: int) -> np.ndarray:
    """The first ``slots`` objects of each event, (n, slots), with 0 where there is none."""
    return ak.to_numpy(ak.fill_none(ak.pad_none(array, slots, clip=True), 0.0)).astype(float)


def momentum(record: ak.Array, index: ak.Array) -> ak.Array:
    """Momenta of the entries at these positions."""
    return ak.zip({k: record.p[k][index] for k in ("px", "py", "pz", "e")}, with_name="Momentum4D")


def is_neutrino(kind: ak.Array) -> ak.Array:
    return (kind == 12) | (kind == 14) | (kind == 16)


def prompt_leptons(record: ak.Array) -> ak.Array:
    """Positions in the event record of the final electrons and muons that don't come from a hadron."""
    kind = np.abs(flat(record.id))
    px, py, pz = (flat(record.p[k]) for k in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    lepton = (flat(record.status) > 0) & ((kind == 11) | (kind == 13))
    found = np.flatnonzero(lepton & (pt > 8.0) & (np.abs(pz) < np.sinh(2.6) * pt))
    counts = ak.to_numpy(ak.num(record.id))
    start = np.repeat(np.cumsum(counts) - counts, counts)
    mother = start + flat(record.mother1)
    ancestor = mother[found]
    while True:  # up to the first boson, top quark or hadron (the event record ends at the beams, which are hadrons)
        k = kind[ancestor]
        end = np.isin(k, (6, 23, 24, 25, 37)) | (k > 100)
        if end.all():
            break
        ancestor = np.where(end, ancestor, mother[ancestor])
    found = found[kind[ancestor] < 100]
    per_event = np.bincount(np.repeat(np.arange(len(counts)), counts)[found], minlength=len(counts))
    return ak.unflatten(found - start[found], per_event)


def dress(record: ak.Array, prompt: ak.Array) -> tuple[ak.Array, ak.Array]:
    """The prompt leptons with the photons inside Delta R < 0.1 added, and the positions of these photons.

    The leptons are those with pT > 10 GeV and |eta| < 2.5, hardest first, and have a particle code ``pdgid``.
    """
    photon = ak.local_index(record.id, axis=1)[(record.status > 0) & (abs(record.id) == 22)]
    bare = momentum(record, prompt)
    pairs = ak.cartesian({"l": bare, "g": momentum(record, photon)}, axis=1, nested=True)
    close = pairs.l.deltaR(pairs.g) < 0.1
    total = {k: bare[k] + ak.sum(ak.where(close, pairs.g[k], 0.0), axis=2) for k in ("px", "py", "pz", "e")}
    leptons = ak.zip(total | {"pdgid": record.id[prompt]}, with_name="Momentum4D")
    leptons = leptons[ak.argsort(leptons.pt, axis=1, ascending=False)]
    leptons = leptons[(leptons.pt > 10.0) & (abs(leptons.eta) < 2.5)]
    return leptons, photon[ak.any(close, axis=1)]


def has_one_lepton(leptons: ak.Array) -> ak.Array:
    return ak.num(leptons) == 1


def has_pair(leptons: ak.Array) -> ak.Array:
    """Whether an event has exactly two leptons, an electron and a muon of opposite charge."""
    pdgid = ak.pad_none(leptons.pdgid, 2)
    first, second = pdgid[:, 0], pdgid[:, 1]
    return (ak.num(leptons) == 2) & ak.fill_none((abs(first) != abs(second)) & (first * second < 0), False)


def neutrino_momentum(record: ak.Array) -> tuple[np.ndarray, np.ndarray]:
    """Components x and y of the sum of all neutrinos."""
    neutrino = (record.status > 0) & is_neutrino(abs(record.id))
    return ak.to_numpy(ak.sum(record.p.px[neutrino], axis=1)), ak.to_numpy(ak.sum(record.p.py[neutrino], axis=1))


def cluster(record: ak.Array, used: ak.Array) -> tuple[ak.Array, ak.Array]:
    """Anti-kt R = 0.4 jets above 12 GeV, hardest first, from visible particles but those ``used``, and their flavours.

    A jet's flavour is 5 or 4 if a hadron with a b or c quark is within Delta R < 0.3, else 0.
    """
    kind = abs(record.id)
    local = ak.local_index(record.id, axis=1)
    taken = ak.any(local[:, :, None] == used[:, None, :], axis=2)
    visible = (record.status > 0) & ~is_neutrino(kind) & (abs(record.p.eta) < 4.9) & ~taken
    fields = {"px": "px", "py": "py", "pz": "pz", "E": "e"}
    constituents = ak.zip({k: record.p[v][visible] for k, v in fields.items()}, with_name="Momentum4D")
    raw = fastjet.ClusterSequence(constituents, JET_DEFINITION).inclusive_jets(min_pt=12.0)
    jets = ak.zip({"px": raw.px, "py": raw.py, "pz": raw.pz, "e": raw.E}, with_name="Momentum4D")
    jets = jets[ak.argsort(jets.pt, axis=1, ascending=False)]
    flavour = ak.zeros_like(jets.pt)
    for quark in (4, 5):
        hadrons = momentum(record, local[contains(kind, quark) & (record.p.pt > 5.0)])
        pairs = ak.cartesian({"j": jets, "h": hadrons}, axis=1, nested=True)
        matched = ak.any(pairs.j.deltaR(pairs.h) < 0.3, axis=2)
        flavour = ak.where(matched, float(quark), flavour)
    return jets, flavour


def contains(kind: ak.Array, quark: int) -> ak.Array:
    """Whether a particle is a hadron with this quark, by the digits of its code."""
    meson = ((kind // 100) % 10 == quark) & (kind < 1000)
    return (kind < 10_000) & (meson | ((kind // 1000) % 10 == quark))


def padded_jets(jets: ak.Array, flavour: ak.Array) -> Arrays:
    """True pT, eta, phi and flavour of each jet."""
    slots = det.JET_SLOTS
    jet = {"true": padded(jets.pt, slots), "eta": padded(jets.eta, slots), "phi": padded(jets.phi, slots)}
    return jet | {"flavour": padded(flavour, slots).astype(int)}


def no_fakes(n: int) -> Arrays:
    return {"fake": np.zeros(n, int), "candidates": np.ones(n)}


def misidentify(lep: Arrays, jet: Arrays, rng: np.random.Generator) -> Arrays:
    """Take one jet of each event, drawn at random, for the second lepton, in place.

    Returns ``fake``, the code 11 or 13 of that lepton (0 if no jet qualifies), and ``candidates``, the number of jets
    that could have been it, times the fraction of fakes with the right charge.
    """
    candidate = (jet["true"] > 16.0) & (np.abs(jet["eta"]) < 2.5)
    n, row = len(candidate), np.arange(len(candidate))
    pick = np.argmax(np.where(candidate, rng.random(candidate.shape), -1.0), axis=1)
    lep["pt"][:, 1] = jet["true"][row, pick] * rng.uniform(0.6, 1.0, n)
    lep["eta"][:, 1], lep["phi"][:, 1] = jet["eta"][row, pick], jet["phi"][row, pick]
    other = np.where(np.abs(lep["pdgid"][:, 0]) == 11, 13, 11)
    lep["pdgid"][:, 1] = -np.sign(lep["pdgid"][:, 0]) * other
    jet["true"][row, pick] = 0.0
    return {
        "fake": np.where(candidate.any(axis=1), other, 0),
        "candidates": candidate.sum(axis=1) * 0.5,  # the other half has the same charge as the lepton
    }


def smeared_jets(jet: Arrays, rng: np.random.Generator) -> Arrays:
    """``jet`` with a measured ``pt``."""
    true = jet["true"]
    response = np.maximum(1 + det.jet_resolution(true) * rng.standard_normal(true.shape), 0.05)
    return jet | {"pt": np.where(true > 0, true * response, 0.0)}


def smeared_leptons(lep: Arrays, rng: np.random.Generator) -> Arrays:
    """True and measured pT, eta, phi and charge of the electron, el_..., and of the muon, mu_..."""
    ev, row = {}, np.arange(len(lep["pt"]))
    for name, resolution in (("el", det.electron_resolution), ("mu", det.muon_resolution)):
        column = np.argmax(np.abs(lep["pdgid"]) == LEPTONS[name], axis=1)
        true, eta = lep["pt"][row, column], lep["eta"][row, column]
        ev[name + "_true"], ev[name + "_eta"], ev[name + "_phi"] = true, eta, lep["phi"][row, column]
        ev[name + "_charge"] = -np.sign(lep["pdgid"][row, column])
        ev[name + "_pt"] = true * (1 + resolution(true, eta) * rng.standard_normal(len(row)))
    return ev


def missing_momentum(ev: Arrays, neutrinos: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> Arrays:
    """Components of the soft term's noise, of the hard system (all leptons and jets), and of the missing momentum."""
    missing = {}
    counted = ev["jet_pt"] > 20.0
    for (axis, trig), nu in zip(TRIGONOMETRIC.items(), neutrinos, strict=True):
        soft = det.SOFT_TERM_RESOLUTION * rng.standard_normal(len(nu))
        leptons = sum(ev[k + "_pt"] * trig(ev[k + "_phi"]) for k in LEPTONS)
        jets = np.sum(np.where(counted, ev["jet_pt"], 0.0) * trig(ev["jet_phi"]), axis=1)
        lepton_error = sum((ev[k + "_pt"] - ev[k + "_true"]) * trig(ev[k + "_phi"]) for k in LEPTONS)
        jet_error = np.sum(np.where(counted, ev["jet_pt"] - ev["jet_true"], 0.0) * trig(ev["jet_phi"]), axis=1)
        missing["soft_" + axis] = soft
        missing["hard_" + axis] = leptons + jets + nu
        missing["met_" + axis] = nu + soft - lepton_error - jet_error
    return missing


def shower_ratios(info: ak.Array, positions: list[int]) -> np.ndarray:
    """The shower's weights (n, len(SHOWER_WEIGHTS)) relative to the nominal one."""
    weights = ak.to_numpy(info.weights)
    nominal = np.where(weights[:, 0] == 0, 1.0, weights[:, 0])
    return weights[:, positions] / nominal[:, None]


def generator_weights(info: ak.Array, positions: list[int]) -> Arrays:
    """The shower's weights, the prescale, and the partons for the weights of other PDF sets."""
    weights = dict(zip(SHOWER_WEIGHTS, shower_ratios(info, positions).T, strict=True))
    weights["prescale"] = ak.to_numpy(info.prescale)
    return weights | {"gen_" + name: ak.to_numpy(info[name]) for name in ("id1", "id2", "x1", "x2", "Q2Fac")}


def generator_quantities(ev: Arrays, record: ak.Array, neutrinos: tuple[np.ndarray, np.ndarray]) -> Arrays:
    """pT of all true leptons and neutrinos, of the top quarks (mean) and of their pair, and the true dilepton mass."""
    x, y = neutrinos
    for name, code in LEPTONS.items():
        real = np.where(ev["fake"] == code, 0.0, ev[name + "_true"])
        x, y = x + real * np.cos(ev[name + "_phi"]), y + real * np.sin(ev[name + "_phi"])
    top = abs(record.id) == 6
    hard, last = top & (record.status == -22), top & (record.status == -62)
    pair = (ak.to_numpy(ak.sum(record.p[k][last], axis=1)) for k in ("px", "py"))
    angles = np.cosh(ev["el_eta"] - ev["mu_eta"]) - np.cos(ev["el_phi"] - ev["mu_phi"])
    return {
        "gen_pt_leptonic": np.hypot(x, y),
        "gen_pt_top": ak.to_numpy(ak.fill_none(ak.mean(record.p.pt[hard], axis=1), 0.0)).astype(float),
        "gen_pt_ttbar": np.hypot(*pair),
        "gen_mll": np.sqrt(np.maximum(2 * ev["el_true"] * ev["mu_true"] * angles, 0)),
    }


def opened_selection(ev: Arrays, fakes: bool) -> np.ndarray:
    """Which events may be selected, or may be under a systematic shift."""
    electron, muon = np.abs(ev["el_eta"]), np.abs(ev["mu_eta"])
    in_crack = (electron > det.CRACK[0]) & (electron < det.CRACK[1])
    keep = (electron < 2.47) & ~in_crack & (muon < 2.5)
    if fakes:
        keep &= ev["fake"] > 0
    keep &= det.selected(det.reconstruct(ev), loose=0.06)
    return keep & (np.sum(ev["jet_pt"] * 0.93 > 30.0, axis=1) <= 1)
