"""Chunks of simulated events -> the shipped data set, its data card and its checksums.

    python assemble.py --chunks chunks --out ..

Writes hww_events.parquet, hww_observed.parquet, observed_truth.sealed, card.json, README.md and SHA256SUMS.
The observed sample is drawn once: if observed_truth.sealed exists, its seed, mu and theta are used again.
Needs jax, pandas, pyarrow and, for the parton distributions, pythia8mc.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import card
import detector as det
from processes import LUMINOSITY_FB, PROCESSES
from systematics import N_PDF, SYSTEMATICS
from train import inputs, train_two_fold

Z_PT_MIN = 30.0
PDF_SETS = (1, 2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 20)  # Pythia 8's internal proton sets
NOMINAL_PDF = 13  # NNPDF2.3 LO
MANTISSA_BITS = 12
ROULETTE = 0.5
SCORE_STEP = 2.0**-12


def load_chunks(folder):
    """All chunks as one dictionary of arrays, with `process`, the cross-section weight per try and the number of jets at particle level."""
    parts = []
    for number, proc in enumerate(PROCESSES):
        files = sorted(Path(folder).glob(f"{proc.part}_[0-9]*.npz"))
        if not files:
            raise FileNotFoundError(f"no chunk of {proc.part} in {folder}: run produce.py first")
        chunks = [dict(np.load(f)) for f in files]
        tries = sum(int(c.pop("tries")) for c in chunks)
        for c in chunks:
            c.pop("pythia_cross_section_pb")
        ev = {k: np.concatenate([c[k] for c in chunks]) for k in chunks[0]}
        per_try = proc.cross_section_pb * 1000.0 * LUMINOSITY_FB * proc.branching / tries
        if proc.part == "Ztautau":
            z = json.loads((Path(folder) / "z_normalisation.json").read_text())
            per_try *= z["inclusive"] / z["sample"]
            keep = ev["gen_pt_leptonic"] > Z_PT_MIN
            ev = {k: v[keep] for k, v in ev.items()}
        n = len(ev["el_pt"])
        ev["per_try"], ev["part"] = np.full(n, per_try), np.full(n, number)
        parts.append(ev)
    ev = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    ev["truth_njet"] = np.sum((ev["jet_true"] > 30.0) & (np.abs(ev["jet_eta"]) < 4.5), axis=1)
    names = list(dict.fromkeys(p.name for p in PROCESSES))
    ev["process"] = np.array([names.index(PROCESSES[i].name) for i in range(len(PROCESSES))])[ev["part"]]
    return ev, names


def pdf_components(ev, group, weight):
    """Principal components (n, N_PDF) of the relative weight change under other PDF sets, with each set's overall cross section kept."""
    import pythia8mc  # needed here alone: everything else in this file runs without Pythia

    relative = []
    for number in PDF_SETS:
        p = pythia8mc.Pythia("", False)
        for line in ("Print:quiet = on", f"PDF:pSet = {number}", "HardQCD:all = on", "PartonLevel:all = off"):
            p.readString(line)
        if not p.init():
            raise RuntimeError(f"PDF set {number} is not available")
        pdf = p.getPDFPtr(2212)
        partons = zip(ev["gen_id1"], ev["gen_id2"], ev["gen_x1"], ev["gen_x2"], ev["gen_Q2Fac"])
        relative.append(
            [max(pdf.xf(int(a), x1, q2), 1e-9) * max(pdf.xf(int(b), x2, q2), 1e-9) for a, b, x1, x2, q2 in partons]
        )
    nominal = relative[PDF_SETS.index(NOMINAL_PDF)]
    ratio = np.stack([np.clip(np.divide(r, nominal), 0.2, 5.0) for r in relative], axis=1)
    for g in np.unique(
        group
    ):  # the published cross sections fix the normalisation; what is left is shape and acceptance
        rows = group == g
        ratio[rows] /= np.average(ratio[rows], axis=0, weights=weight[rows])
    delta = (ratio - ratio.mean(axis=1, keepdims=True)) / np.sqrt(len(PDF_SETS) - 1)
    covariance = (delta * weight[:, None]).T @ delta / weight.sum()
    values, vectors = np.linalg.eigh(covariance)
    return delta @ vectors[:, np.argsort(values)[::-1][:N_PDF]]


def round_mantissa(x):
    """Keep MANTISSA_BITS bits of a float32's mantissa, so that the file compresses."""
    bits = np.asarray(x, dtype=np.float32).view(np.uint32)
    drop = 23 - MANTISSA_BITS
    return ((bits + np.uint32(1 << (drop - 1))) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)).view(np.float32)


def roulette(weight, process, keep):
    """Thin out light events in place: one below ROULETTE x its process's mean weight survives with probability
    weight / threshold and then carries the threshold weight, so that every expectation stays what it was."""
    rng = np.random.default_rng(2016)
    survive = np.ones(len(weight), bool)
    for p in np.unique(process):
        mine = keep & (process == p)
        threshold = ROULETTE * weight[mine].mean()
        light = mine & (weight < threshold)
        survive[light] = rng.random(light.sum()) < weight[light] / threshold
        weight[light] = threshold
    return survive


def rows(data, keep):
    return {k: v[keep] for k, v in data.items()}


def build_table(ev, names):
    """Select, train, score and vary: the event table with its systematics, sorted by process."""
    base = det.reconstruct(ev)
    in_selection = det.selected(base)
    weight_all = ev["per_try"] * det.efficiency_weight(ev, base)
    keep = in_selection & (weight_all > 0)
    nominal = np.bincount(ev["process"][keep], weight_all[keep])  # before thinning, for the acceptance changes
    keep &= roulette(weight_all, ev["process"], keep)
    sel, f = rows(ev, keep), rows(base, keep)
    weight, process = weight_all[keep], sel["process"]
    label = np.array([card.PROCESS_LABEL[n] for n in names])[process]
    score_of, fold = train_two_fold(inputs(f), label, weight)
    score = score_of(inputs(f), fold)

    view = {**sel, **f, "veto": det.veto_weight(f["jets"], sel["jet_eta"], sel["jet_flavour"])}
    view["pdf"] = pdf_components(sel, process, weight)
    table = {"process": process, "label": label, "weight": weight, "njet": f["njet"]}
    for k in card.KINEMATIC_COLUMNS:
        table[k] = f[k]
    table["score"] = score
    for s in SYSTEMATICS:
        affected = np.isin(process, [names.index(p) for p in s.processes])
        for direction, sign in (("up", 1), ("down", -1)):
            ratio = np.ones(len(weight))
            if s.kind == "weight":
                ratio[affected] = s.weight(view, sign)[affected]
            else:
                shifted = det.reconstruct(ev, **s.shift(sign))
                w = ev["per_try"] * det.efficiency_weight(ev, shifted) * det.selected(shifted)
                for p in np.unique(process):
                    ratio[process == p] = w[ev["process"] == p].sum() / nominal[p]
                table[f"score_shift_{direction}__{s.name}"] = score_of(inputs(rows(shifted, keep)), fold) - score
            table[f"w_{direction}__{s.name}"] = ratio
    order = np.lexsort((np.arange(len(process)), process))
    return {k: v[order] for k, v in table.items()}


def quantise(table, names):
    """The table as it is shipped: small types, rounded mantissas."""
    frame = {}
    for k, v in table.items():
        if k == "process":
            frame[k] = pd.Categorical.from_codes(v, categories=names)
        elif k in ("label", "njet", "lep0_pdgid", "lep1_pdgid"):
            frame[k] = v.astype(np.int8)
        elif k.startswith("score"):
            frame[k] = (np.round(v / SCORE_STEP) * SCORE_STEP).astype(np.float32)
        else:
            frame[k] = round_mantissa(v)
    return pd.DataFrame(frame)


def write_parquet(frame, path):
    """Dictionary codes for discrete columns, byte-stream split for continuous ones; written whole or not at all."""
    schema = pa.Schema.from_pandas(frame, preserve_index=False).remove_metadata()
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False).replace_schema_metadata(None)
    discrete = [c for c in frame if frame[c].dtype != np.float32 or frame[c].nunique() < 2000]
    encodings = {c: "BYTE_STREAM_SPLIT" for c in frame if c not in discrete}
    temporary = path.with_suffix(".tmp")
    pq.write_table(
        table,
        temporary,
        compression="zstd",
        compression_level=19,
        use_dictionary=discrete,
        column_encoding=encodings,
        row_group_size=1 << 20,
    )
    os.replace(temporary, path)


def secret_truth(path):
    """The sealed truth of the observed sample: made once, with the machine's own entropy, and kept for ever after."""
    if path.exists():
        return json.loads(base64.b64decode(path.read_text()))
    seed = secrets.randbits(63)
    rng = np.random.default_rng(seed)
    truth = {
        "salt": secrets.token_hex(16),
        "seed": seed,
        "mu": round(float(rng.uniform(0.5, 1.5)), 4),
        "theta": {s.name: round(float(rng.standard_normal()), 4) for s in SYSTEMATICS},
    }
    sealed = base64.b64encode(json.dumps(truth, sort_keys=True).encode()).decode()
    path.write_text("\n".join(textwrap.wrap(sealed, 100)) + "\n")
    return truth


def draw_observed(frame, truth):
    """Unit-weight pseudo-data: each simulated event is taken Poisson(weight x mu x product of ratio^|theta|) times, its score moved along the kinematic shifts."""
    rng = np.random.default_rng(truth["seed"] + 1)
    log_weight = np.log(frame["weight"].to_numpy(float)) + np.log(truth["mu"]) * frame["label"].to_numpy()
    score = frame["score"].to_numpy(float)
    moved = score.copy()
    for s in SYSTEMATICS:
        theta = truth["theta"][s.name]
        side = "up" if theta > 0 else "down"
        log_weight += abs(theta) * np.log(frame[f"w_{side}__{s.name}"].to_numpy(float))
        if s.kind == "kinematic":
            moved += abs(theta) * frame[f"score_shift_{side}__{s.name}"].to_numpy(float)
    copies = rng.poisson(np.exp(log_weight))
    observed = frame[["njet", *card.KINEMATIC_COLUMNS]].copy()
    observed["score"] = (np.round(np.clip(moved, 0, 1) / SCORE_STEP) * SCORE_STEP).astype(np.float32)
    observed = observed.iloc[np.repeat(np.arange(len(frame)), copies)]
    return observed.iloc[rng.permutation(len(observed))].reset_index(drop=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    out = Path(args.out)
    ev, names = load_chunks(args.chunks)
    frame = quantise(build_table(ev, names), names)
    write_parquet(frame, out / "hww_events.parquet")
    truth = secret_truth(out / "observed_truth.sealed")
    write_parquet(draw_observed(frame, truth), out / "hww_observed.parquet")
    commitment = hashlib.sha256(base64.b64decode((out / "observed_truth.sealed").read_text())).hexdigest()
    (out / "card.json").write_text(json.dumps(card.make_card(frame, commitment), indent=1, ensure_ascii=False) + "\n")
    (out / "README.md").write_text(card.render(json.loads((out / "card.json").read_text())))
    shipped = ("hww_events.parquet", "hww_observed.parquet", "observed_truth.sealed", "card.json")
    (out / "SHA256SUMS").write_text(
        "".join(f"{hashlib.sha256((out / n).read_bytes()).hexdigest()}  {n}\n" for n in shipped)
    )
    print(f"{len(frame)} events, {(out / 'hww_events.parquet').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
