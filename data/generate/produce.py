"""Produce simulated events with Pythia 8, in seeded chunks that can be interrupted and resumed.

    python produce.py --out chunks [--workers 2] [--scale 1.0] [--parts WW ttbar]

Each chunk is one file `<part>_<number>.npz`; a chunk that exists is skipped, a chunk is written whole or not at all,
and its content depends only on its part and number. Needs `pythia8mc`, `fastjet`, `awkward` and `vector`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import zlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pythia8mc

import detector as det
from analysis import analyse, shower_ratios
from processes import LEPTON_PAIRS, PROCESSES, SHOWER_WEIGHTS, Process

COMMON = (
    "Print:quiet = on",
    "Beams:eCM = 13000.",
    "PartonLevel:MPI = off",
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Random:setSeed = on",
    "UncertaintyBands:doVariations = on",
    "UncertaintyBands:List = {isrup isr:muRfac=0.7071, isrdn isr:muRfac=1.4142, "
    "fsrup fsr:muRfac=0.8409, fsrdn fsr:muRfac=1.1892}",  # 2^(1/2) and 2^(1/4)
    "UncertaintyBands:overSampleISR = 2.",
    "UncertaintyBands:overSampleFSR = 2.",
)
BATCH = 500
Z_PT_MIN = 30.0  # GeV: below it Z + jet with pTHat > 20 GeV is incomplete


def keep_probability(leptons: list[pythia8mc.Particle], b_quarks: list[pythia8mc.Particle]) -> float:
    """Probability with which a background's hard process is kept; its weight is divided by that.

    1 where the leptons look like those of H -> WW*, near each other with a small mass; at least 0.05. The mass is
    scaled by 0.65 for every tau, which loses momentum to neutrinos. Taus, a third lepton and a second b quark make the
    event's selection less likely.
    """
    first, second = sorted(leptons, key=lambda p: -p.pT())[:2]
    pair = first.p() + second.p()
    taus = sum(p.idAbs() == 15 for p in (first, second))
    mass, pt = 0.65**taus * pair.mCalc(), pair.pT()
    angle = abs(det.wrap(first.phi() - second.phi()))
    if taus == 2 and 60.0 < pair.mCalc() < 120.0:  # most of Z -> tau tau, all of about one mass
        keep = np.interp(angle, (1.0, 2.0), (1.0, 0.3)) * np.interp(pt, (25.0, 50.0), (0.2, 1.0))
    else:
        keep = min(np.interp(mass, (45.0, 65.0), (1.0, 0.25)), np.interp(angle, (1.4, 2.4), (1.0, 0.25)))
        keep *= 0.65**taus * np.interp(pt, (20.0, 35.0), (0.3, 1.0))
    keep *= np.interp(angle, (2.4, 2.8), (1.0, 0.25))
    if len(b_quarks) > 1:
        keep *= np.interp(min(b.pT() for b in b_quarks), (20.0, 55.0), (1.0, 0.4))
    if sum(p.idAbs() != 15 and p.pT() > 15.0 and abs(p.eta()) < 2.3 for p in leptons) > 2:
        keep *= 0.1
    return max(float(keep), 0.05)


class LeptonFilter(pythia8mc.UserHooks):
    """Drops, before the shower, a hard process that can't be selected (e mu pair, at most one jet); counts all tries.

    needed : number of leptons that the hard process has to give, 1 or 2. rng : if given, a hard process that can be
    selected is kept with ``keep_probability``. prescale : 1 over that, by the energy of the first incoming parton.
    """

    def __init__(self, needed: int, rng: np.random.Generator | None = None) -> None:
        super().__init__()
        self.tries = 0
        self.needed = needed
        self.rng = rng
        self.prescale: dict[float, float] = {}

    def canVetoProcessLevel(self) -> bool:
        return True

    def doVetoProcessLevel(self, process: pythia8mc.Event) -> bool:
        self.tries += 1
        light, taus, b_quarks = [], [], []
        for i in range(5, process.size()):
            p = process[i]
            kind = p.idAbs()
            if kind == 5 and p.isFinal() and abs(p.eta()) < 4.0:
                b_quarks.append(p)
            elif kind in (11, 13) and p.isFinal() and p.pT() > 8.0 and abs(p.eta()) < 2.8:
                light.append(p)
            elif kind == 15 and p.isFinal() and p.pT() > 13.0 and abs(p.eta()) < 2.8:
                taus.append(p)
        if self.impossible(light, taus, b_quarks):
            return True
        keep = 1.0 if self.rng is None else keep_probability(light + taus, b_quarks)
        if keep < 1.0 and self.rng is not None and self.rng.random() > keep:
            return True
        self.prescale[process[3].e()] = 1.0 / keep
        return False

    def impossible(self, light: list, taus: list, b_quarks: list) -> bool:
        """Whether an event of these particles can't be selected."""
        if self.needed == 1:
            return not (light or taus)
        if sum(b.pT() > 55.0 for b in b_quarks) > 1 or len(light) + len(taus) < 2:
            return True
        if len(taus) == 2 and not light:  # collinear decays: the leptons keep the taus' directions
            back_to_back = abs(det.wrap(taus[0].phi() - taus[1].phi())) > 2.95
            return bool(max(t.pT() for t in taus) < 19.0 or back_to_back)
        if taus:
            return False
        # m_ll doesn't change when the shower boosts the whole event: 5-115 GeV holds every selected pair
        return not any(a.idAbs() != b.idAbs() and 5.0 < (a.p() + b.p()).mCalc() < 115.0 for a in light for b in light)


def prepared(settings: Iterable[str]) -> pythia8mc.Pythia:
    """Pythia with these settings, yet to be initialised."""
    pythia = pythia8mc.Pythia("", False)
    for line in settings:
        if not pythia.readString(line):
            raise ValueError(f"Pythia refuses the setting {line!r}")
    return pythia


def shower_positions(pythia: pythia8mc.Pythia, batch: ak.Array) -> list[int]:
    """Where SHOWER_WEIGHTS are among the weights of an event."""
    info = pythia.infoPython()
    names = [info.weightNameByIndex(i) for i in range(len(batch.info.weights[0]))]
    return [names.index(w) for w in SHOWER_WEIGHTS]


def simulate(proc: Process, number: int, n_tries: int, seed: int) -> dict[str, Any]:
    """One chunk: ``n_tries`` hard processes -> reconstructed events passing the opened selection, as flat arrays.

    ``prescale`` is the weight that ``keep_probability`` leaves to an event. Besides the events the numbers ``tries``, a
    few more than asked for, ``pythia_cross_section_pb``, and ``shower_sums``, of the nominal weight and SHOWER_WEIGHTS
    over all events that were showered, selected or not.
    """
    pair = LEPTON_PAIRS[number % 2] if proc.pair else ()
    pythia = prepared((*COMMON, f"Random:seed = {seed % 899_999_999 + 1}", *proc.settings, *pair))
    hook = LeptonFilter(1 if proc.fakes else 2, np.random.default_rng((seed, 1)) if proc.prescaled else None)
    pythia.setUserHooksPtr(hook)
    if not pythia.init():
        raise RuntimeError(f"Pythia could not be initialised for {proc.part}")
    rng = np.random.default_rng(seed)
    kept, positions = [], None
    shower_sums = np.zeros(1 + len(SHOWER_WEIGHTS))
    while hook.tries < n_tries:
        batch = pythia.nextBatch(BATCH)
        positions = positions or shower_positions(pythia, batch)
        prescale = np.array([hook.prescale[e] for e in batch.prt.p.e[:, 3]])
        hook.prescale.clear()
        shower_sums += [prescale.sum(), *(prescale @ shower_ratios(batch.info, positions))]
        batch["info", "prescale"] = prescale
        events = analyse(batch, proc.fakes, positions, rng)
        if events is not None:
            kept.append(events)
    out: dict[str, Any] = {k: np.concatenate([e[k] for e in kept]) for k in kept[0]}
    out["tries"] = np.int64(hook.tries)
    out["shower_sums"] = shower_sums
    out["pythia_cross_section_pb"] = pythia.infoPython().sigmaGen() * 1e9
    if out["isrup"].size and not np.isfinite(out["isrup"]).all():
        raise RuntimeError(f"{proc.part} chunk {number}: non-finite shower weights")
    return out


def boson_pt_fraction(settings: Iterable[str], seed: int, events: int = 40_000) -> float:
    """Fraction of events with pT(Z) > Z_PT_MIN, from the hard process and the initial-state shower alone (fast)."""
    without = ("HadronLevel:all = off", "PartonLevel:FSR = off")
    pythia = prepared((*COMMON[:3], *without, "Random:setSeed = on", f"Random:seed = {seed}", *settings))
    pythia.init()
    above = 0
    for _ in range(events // BATCH):
        record = pythia.nextBatch(BATCH).prt
        z = record[(record.id == 23) & ((record.status == -62) | (record.status == -52))]
        above += int(ak.sum(np.hypot(z.p.px[:, -1], z.p.py[:, -1]) > Z_PT_MIN))
    return above / events


def z_normalisation(out: str | Path) -> str:
    """Fractions of the inclusive Z and of the Z + jet sample above Z_PT_MIN, as JSON, also kept in a file.

    Their ratio is the share of the inclusive cross section that the Z + jet sample stands for, per event tried.
    """
    path = Path(out) / "z_normalisation.json"
    if not path.exists():
        sample = next(p for p in PROCESSES if p.part == "Ztautau").settings
        inclusive = ("WeakSingleBoson:ffbar2gmZ = on", *[s for s in sample if s.startswith("23:")])
        values = {"inclusive": boson_pt_fraction(inclusive, 1), "sample": boson_pt_fraction(sample, 2)}
        path.write_text(json.dumps(values))
    return path.read_text()


def produce_chunk(part: str, number: int, n_tries: int, out: str | Path) -> str:
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


def chunks(parts: Iterable[str], scale: float) -> list[tuple[str, int, int]]:
    """Part, number and tries of each chunk.

    All processes advance together: an interrupted production is a small complete one.
    """
    jobs = []
    for proc in PROCESSES:
        if proc.part in parts:
            total = max(int(proc.tries * scale), 2000)
            for number in range(-(-total // proc.chunk)):
                jobs.append((number / (total / proc.chunk), proc.part, number, min(proc.chunk, total)))
    return [(part, number, n_tries) for _, part, number, n_tries in sorted(jobs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the full production (default 1)")
    parser.add_argument("--parts", nargs="*", default=[p.part for p in PROCESSES])
    args = parser.parse_args()
    Path(args.out).mkdir(parents=True, exist_ok=True)
    jobs = [(*job, args.out) for job in chunks(args.parts, args.scale)]
    with ProcessPoolExecutor(args.workers) as pool:
        print("Z normalisation", pool.submit(z_normalisation, args.out).result(), flush=True)
        for line in pool.map(produce_chunk, *zip(*jobs, strict=True)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
