"""Produce simulated events with Pythia 8, in seeded chunks that can be interrupted and resumed.

    python produce.py --out chunks [--workers 2] [--scale 1.0] [--parts WW ttbar]

Each chunk is one file `<part>_<number>.npz`; a chunk that exists is skipped, a chunk is written whole or not at
all, and its content depends only on its part and number.  Needs `pythia8mc`, `fastjet` and `awkward`.
"""

import argparse
import json
import os
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import awkward as ak
import fastjet
import numpy as np
import pythia8mc
import vector

import detector as det
from processes import PROCESSES

vector.register_awkward()

COMMON = (
    "Print:quiet = on",
    "Beams:eCM = 13000.",
    "PartonLevel:MPI = off",
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Random:setSeed = on",
    "UncertaintyBands:doVariations = on",
    "UncertaintyBands:List = {isrup isr:muRfac=0.7071, isrdn isr:muRfac=1.4142, fsrup fsr:muRfac=0.7071, fsrdn fsr:muRfac=1.4142}",
)
SHOWER_WEIGHTS = ("isrup", "isrdn", "fsrup", "fsrdn")
BATCH = 1000
Z_PT_MIN = 30.0  # GeV: below it Z + jet with pTHat > 20 GeV is incomplete


class LeptonFilter(pythia8mc.UserHooks):
    """Drops, before the shower, a hard process that can't be selected (e mu pair, at most one jet); counts all tries."""

    def __init__(self, needed):
        super().__init__()
        self.tries = 0
        self.needed = needed

    def canVetoProcessLevel(self):
        return True

    def doVetoProcessLevel(self, process):
        self.tries += 1
        light, taus, b_quarks = [], [], 0
        for i in range(5, process.size()):
            p = process[i]
            kind = p.idAbs()
            if kind == 5 and p.isFinal() and p.pT() > 55.0 and abs(p.eta()) < 4.0:
                b_quarks += 1
            elif kind in (11, 13) and p.isFinal() and p.pT() > 8.0 and abs(p.eta()) < 2.8:
                light.append(p)
            elif kind == 15 and p.isFinal() and p.pT() > 13.0 and abs(p.eta()) < 2.8:
                taus.append(p)
        if self.needed == 1:
            return not (light or taus)
        if b_quarks > 1 or len(light) + len(taus) < 2:
            return True
        if len(taus) == 2 and not light:  # collinear decays: the leptons keep the taus' directions
            return max(t.pT() for t in taus) < 19.0 or abs(det.wrap(taus[0].phi() - taus[1].phi())) > 2.95
        if taus:
            return False
        # m_ll doesn't change when the shower boosts the whole event: 5-115 GeV holds every selected pair
        return not any(a.idAbs() != b.idAbs() and 5.0 < (a.p() + b.p()).mCalc() < 115.0 for a in light for b in light)


def prompt_leptons(prt):
    """Positions in the event record of the final electrons and muons that don't come from a hadron."""
    kind = np.abs(ak.to_numpy(ak.flatten(prt.id)))
    flat = lambda field: ak.to_numpy(ak.flatten(field))
    px, py, pz = flat(prt.p.px), flat(prt.p.py), flat(prt.p.pz)
    pt = np.hypot(px, py)
    found = np.flatnonzero(
        (flat(prt.status) > 0) & ((kind == 11) | (kind == 13)) & (pt > 8.0) & (np.abs(pz) < np.sinh(2.6) * pt)
    )
    counts = ak.to_numpy(ak.num(prt.id))
    start = np.repeat(np.cumsum(counts) - counts, counts)
    mother = start + flat(prt.mother1)
    ancestor = mother[found]
    while (
        True
    ):  # walk up to the first boson, top quark or hadron (the event record ends at the beams, which are hadrons)
        k = kind[ancestor]
        end = np.isin(k, (6, 23, 24, 25, 37)) | (k > 100)
        if end.all():
            break
        ancestor = np.where(end, ancestor, mother[ancestor])
    found = found[kind[ancestor] < 100]
    per_event = np.bincount(np.repeat(np.arange(len(counts)), counts)[found], minlength=len(counts))
    return ak.unflatten(found - start[found], per_event)


def momentum(prt, index):
    return ak.zip({k: prt.p[k][index] for k in ("px", "py", "pz", "e")}, with_name="Momentum4D")


def simulate(proc, number, n_tries, seed):
    """One chunk: `n_tries` hard processes -> reconstructed events passing the opened selection, as flat arrays."""
    pythia = pythia8mc.Pythia("", False)
    for line in (*COMMON, f"Random:seed = {seed % 899_999_999 + 1}", *proc.settings):
        if not pythia.readString(line):
            raise ValueError(f"Pythia refuses the setting {line!r}")
    hook = LeptonFilter(1 if proc.fakes else 2)
    pythia.setUserHooksPtr(hook)
    if not pythia.init():
        raise RuntimeError(f"Pythia could not be initialised for {proc.part}")
    rng = np.random.default_rng(seed)
    kept = []
    positions = None
    while hook.tries < n_tries:
        size = BATCH
        batch = pythia.nextBatch(size)
        if positions is None:
            info = pythia.infoPython()
            names = [info.weightNameByIndex(i) for i in range(len(batch.info.weights[0]))]
            positions = [names.index(w) for w in SHOWER_WEIGHTS]
        events = analyse(batch, proc, positions, rng)
        if events is not None:
            kept.append(events)
    out = {k: np.concatenate([e[k] for e in kept]) for k in kept[0]}
    out["tries"] = np.int64(hook.tries)
    out["pythia_cross_section_pb"] = pythia.infoPython().sigmaGen() * 1e9
    if out["isrup"].size and not np.isfinite(out["isrup"]).all():
        raise RuntimeError(f"{proc.part} chunk {number}: non-finite shower weights")
    return out


def analyse(batch, proc, positions, rng):
    """Truth objects -> smeared objects -> opened selection, for one batch of events."""
    prt, info = batch.prt, batch.info
    index = prompt_leptons(prt)
    enough = ak.num(index) >= (1 if proc.fakes else 2)
    prt, info, index = prt[enough], info[enough], index[enough]
    if len(prt) == 0:
        return None
    kind = abs(prt.id)
    final = prt.status > 0
    invisible = (kind == 12) | (kind == 14) | (kind == 16)
    nu_x = ak.to_numpy(ak.sum(prt.p.px[final & invisible], axis=1))
    nu_y = ak.to_numpy(ak.sum(prt.p.py[final & invisible], axis=1))

    # dress leptons with photons inside Delta R < 0.1
    local = ak.local_index(prt.id, axis=1)
    photon = local[final & (kind == 22)]
    bare = momentum(prt, index)
    ph = momentum(prt, photon)
    pairs = ak.cartesian({"l": bare, "g": ph}, axis=1, nested=True)
    close = pairs.l.deltaR(pairs.g) < 0.1
    lep = ak.zip(
        {
            "px": bare.px + ak.sum(ak.where(close, pairs.g.px, 0.0), axis=2),
            "py": bare.py + ak.sum(ak.where(close, pairs.g.py, 0.0), axis=2),
            "pz": bare.pz + ak.sum(ak.where(close, pairs.g.pz, 0.0), axis=2),
            "e": bare.e + ak.sum(ak.where(close, pairs.g.e, 0.0), axis=2),
        },
        with_name="Momentum4D",
    )
    lep_id = prt.id[index]
    used_photon = photon[ak.any(close, axis=1)] if len(photon) else photon
    order = ak.argsort(lep.pt, axis=1, ascending=False)
    lep, lep_id = lep[order], lep_id[order]
    good = (lep.pt > 10.0) & (abs(lep.eta) < 2.5)
    lep, lep_id = lep[good], lep_id[good]
    n_lep = ak.num(lep)
    if proc.fakes:
        ok = n_lep == 1
    else:
        ok = n_lep == 2
        two = ak.pad_none(lep_id, 2)
        ok = ok & ak.fill_none((abs(two[:, 0]) != abs(two[:, 1])) & (two[:, 0] * two[:, 1] < 0), False)
    if not ak.any(ok):
        return None
    prt, info, index, lep, lep_id, used_photon = prt[ok], info[ok], index[ok], lep[ok], lep_id[ok], used_photon[ok]
    mask = ak.to_numpy(ok)
    nu_x, nu_y = nu_x[mask], nu_y[mask]
    n = len(prt)

    jets, flavour = cluster(prt, ak.concatenate([index, used_photon], axis=1))
    pad = lambda a: ak.to_numpy(ak.fill_none(ak.pad_none(a, det.JET_SLOTS, clip=True), 0.0)).astype(float)
    jet = {"true": pad(jets.pt), "eta": pad(jets.eta), "phi": pad(jets.phi), "flavour": pad(flavour).astype(int)}

    ev = {"fake": np.zeros(n, int), "candidates": np.ones(n)}
    lep_pt, lep_eta, lep_phi = (
        ak.to_numpy(ak.fill_none(ak.pad_none(v, 2, clip=True), 0.0)).astype(float) for v in (lep.pt, lep.eta, lep.phi)
    )
    ids = ak.to_numpy(ak.fill_none(ak.pad_none(lep_id, 2, clip=True), 0))
    if proc.fakes:
        candidate = (jet["true"] > 16.0) & (np.abs(jet["eta"]) < 2.5)
        ev["candidates"] = candidate.sum(axis=1) * 0.5  # half of the fakes have the same charge as the lepton
        pick = np.argmax(np.where(candidate, rng.random(candidate.shape), -1.0), axis=1)
        row = np.arange(n)
        z = rng.uniform(0.6, 1.0, n)
        lep_pt[:, 1], lep_eta[:, 1], lep_phi[:, 1] = (
            jet["true"][row, pick] * z,
            jet["eta"][row, pick],
            jet["phi"][row, pick],
        )
        other = np.where(np.abs(ids[:, 0]) == 11, 13, 11)
        ids[:, 1] = -np.sign(ids[:, 0]) * other
        ev["fake"] = np.where(candidate.any(axis=1), other, 0)
        jet["true"][row, pick] = 0.0
    jet["pt"] = np.where(
        jet["true"] > 0,
        jet["true"] * np.maximum(1 + det.jet_resolution(jet["true"]) * rng.standard_normal(jet["true"].shape), 0.05),
        0.0,
    )
    for k, v in jet.items():
        ev["jet_" + k] = v
    is_e = np.abs(ids) == 11
    for name, column in (("el", np.argmax(is_e, axis=1)), ("mu", np.argmin(is_e, axis=1))):
        row = np.arange(n)
        ev[name + "_true"], ev[name + "_eta"], ev[name + "_phi"] = (
            lep_pt[row, column],
            lep_eta[row, column],
            lep_phi[row, column],
        )
        ev[name + "_charge"] = -np.sign(ids[row, column])
        sigma = (det.electron_resolution if name == "el" else det.muon_resolution)(
            ev[name + "_true"], ev[name + "_eta"]
        )
        ev[name + "_pt"] = ev[name + "_true"] * (1 + sigma * rng.standard_normal(n))
    counted = ev["jet_pt"] > 20.0
    for axis, trig, nu in (("x", np.cos, nu_x), ("y", np.sin, nu_y)):
        ev["soft_" + axis] = det.SOFT_TERM_RESOLUTION * rng.standard_normal(n)
        hard = sum((ev[k + "_pt"]) * trig(ev[k + "_phi"]) for k in ("el", "mu")) + np.sum(
            np.where(counted, ev["jet_pt"], 0.0) * trig(ev["jet_phi"]), axis=1
        )
        ev["hard_" + axis] = hard + nu
        ev["met_" + axis] = (
            nu
            + ev["soft_" + axis]
            - sum((ev[k + "_pt"] - ev[k + "_true"]) * trig(ev[k + "_phi"]) for k in ("el", "mu"))
            - np.sum(np.where(counted, ev["jet_pt"] - ev["jet_true"], 0.0) * trig(ev["jet_phi"]), axis=1)
        )

    # generator quantities for the theory uncertainties
    w = ak.to_numpy(info.weights)
    for name, k in zip(SHOWER_WEIGHTS, positions):
        ev[name] = w[:, k] / np.where(w[:, 0] == 0, 1.0, w[:, 0])
    for name in ("id1", "id2", "x1", "x2", "Q2Fac"):
        ev["gen_" + name] = ak.to_numpy(info[name])
    sys_x, sys_y = nu_x.copy(), nu_y.copy()
    for k in ("el", "mu"):
        real = np.where(np.isin(ev["fake"], (11, 13)) & (ev["fake"] == (11 if k == "el" else 13)), 0.0, ev[k + "_true"])
        sys_x, sys_y = sys_x + real * np.cos(ev[k + "_phi"]), sys_y + real * np.sin(ev[k + "_phi"])
    ev["gen_pt_leptonic"] = np.hypot(sys_x, sys_y)
    top = abs(prt.id) == 6
    hard_top, last_top = top & (prt.status == -22), top & (prt.status == -62)
    ev["gen_pt_top"] = ak.to_numpy(ak.fill_none(ak.mean(prt.p.pt[hard_top], axis=1), 0.0)).astype(float)
    ev["gen_pt_ttbar"] = np.hypot(
        ak.to_numpy(ak.sum(prt.p.px[last_top], axis=1)), ak.to_numpy(ak.sum(prt.p.py[last_top], axis=1))
    )
    ev["gen_mll"] = np.sqrt(
        np.maximum(
            2
            * ev["el_true"]
            * ev["mu_true"]
            * (np.cosh(ev["el_eta"] - ev["mu_eta"]) - np.cos(ev["el_phi"] - ev["mu_phi"])),
            0,
        )
    )

    in_crack = (np.abs(ev["el_eta"]) > det.CRACK[0]) & (np.abs(ev["el_eta"]) < det.CRACK[1])
    keep = (np.abs(ev["el_eta"]) < 2.47) & ~in_crack & (np.abs(ev["mu_eta"]) < 2.5)
    if proc.fakes:
        keep &= ev["fake"] > 0
    f = det.reconstruct(ev)
    keep &= det.selected(f, loose=0.06)
    keep &= np.sum(ev["jet_pt"] * 0.93 > 30.0, axis=1) <= 1
    return {k: v[keep] for k, v in ev.items()}


JET_DEFINITION = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.4)


def cluster(prt, used):
    """Anti-kt R = 0.4 jets above 12 GeV from visible particles that aren't prompt leptons, with b/c flavour by hadron matching."""
    kind = abs(prt.id)
    local = ak.local_index(prt.id, axis=1)
    taken = ak.any(local[:, :, None] == used[:, None, :], axis=2)
    visible = (prt.status > 0) & (kind != 12) & (kind != 14) & (kind != 16) & (abs(prt.p.eta) < 4.9) & ~taken
    constituents = ak.zip(
        {k: prt.p[k][visible] for k in ("px", "py", "pz")} | {"E": prt.p.e[visible]}, with_name="Momentum4D"
    )
    raw = fastjet.ClusterSequence(constituents, JET_DEFINITION).inclusive_jets(min_pt=12.0)
    jets = ak.zip({"px": raw.px, "py": raw.py, "pz": raw.pz, "e": raw.E}, with_name="Momentum4D")
    jets = jets[ak.argsort(jets.pt, axis=1, ascending=False)]
    digit = lambda q: (kind < 10_000) & (((kind // 100) % 10 == q) & (kind < 1000) | ((kind // 1000) % 10 == q))
    flavour = ak.zeros_like(jets.pt)
    for q in (4, 5):
        hadrons = momentum(prt, local[digit(q) & (prt.p.pt > 5.0)])
        pairs = ak.cartesian({"j": jets, "h": hadrons}, axis=1, nested=True)
        matched = ak.any(pairs.j.deltaR(pairs.h) < 0.3, axis=2)
        flavour = ak.where(matched, float(q), flavour)
    return jets, flavour


def boson_pt_fraction(settings, seed, events=40_000):
    """Fraction of events with pT(Z) > Z_PT_MIN, from the hard process and the initial-state shower alone (fast)."""
    pythia = pythia8mc.Pythia("", False)
    for line in (
        *COMMON[:3],
        "HadronLevel:all = off",
        "PartonLevel:FSR = off",
        "Random:setSeed = on",
        f"Random:seed = {seed}",
        *settings,
    ):
        pythia.readString(line)
    pythia.init()
    above = 0
    for _ in range(events // BATCH):
        prt = pythia.nextBatch(BATCH).prt
        z = prt[(prt.id == 23) & ((prt.status == -62) | (prt.status == -52))]
        above += int(ak.sum(np.hypot(z.p.px[:, -1], z.p.py[:, -1]) > Z_PT_MIN))
    return above / events


def z_normalisation(out):
    """Share of the inclusive Z cross section that the Z + jet sample stands for, per event tried: both are compared above Z_PT_MIN."""
    path = Path(out) / "z_normalisation.json"
    if not path.exists():
        sample = next(p for p in PROCESSES if p.part == "Ztautau").settings
        inclusive = ("WeakSingleBoson:ffbar2gmZ = on", *[s for s in sample if s.startswith("23:")])
        values = {"inclusive": boson_pt_fraction(inclusive, 1), "sample": boson_pt_fraction(sample, 2)}
        path.write_text(json.dumps(values))
    return path.read_text()


def produce_chunk(part, number, n_tries, out):
    """Run one chunk and write it whole; returns what to print."""
    path = Path(out) / f"{part}_{number:03d}.npz"
    if path.exists():
        return f"{path.name} exists"
    start = time.time()
    proc = next(p for p in PROCESSES if p.part == part)
    events = simulate(proc, number, n_tries, seed=zlib.crc32(f"{part}/{number}".encode()))
    temporary = path.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **events)
    os.replace(temporary, path)
    return f"{path.name}: {events['tries']} tries, {len(events['el_pt'])} events kept, {time.time() - start:.0f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the full production (default 1)")
    parser.add_argument("--parts", nargs="*", default=[p.part for p in PROCESSES])
    args = parser.parse_args()
    Path(args.out).mkdir(parents=True, exist_ok=True)
    jobs = []
    for proc in (p for p in PROCESSES if p.part in args.parts):
        total = max(int(proc.tries * args.scale), 2000)
        for number in range(-(-total // proc.chunk)):
            jobs.append((number / (total / proc.chunk), proc.part, number, min(proc.chunk, total)))
    jobs.sort()  # all processes advance together: an interrupted production is a small complete one
    with ProcessPoolExecutor(args.workers) as pool:
        print("Z normalisation", pool.submit(z_normalisation, args.out).result(), flush=True)
        for line in pool.map(produce_chunk, *zip(*[(p, k, n, args.out) for _, p, k, n in jobs])):
            print(line, flush=True)


if __name__ == "__main__":
    main()
