"""Chunks of simulated events -> the shipped data set, its data card and its checksums.

    python assemble.py --chunks chunks --out ..

Writes hww_events.parquet, hww_observed.parquet, observed_truth.sealed, card.json, README.md and SHA256SUMS.
The observed sample is drawn once: if observed_truth.sealed exists, its seed, mu and theta are used again.
Needs jax, pandas, pyarrow and, for the parton distributions, pythia8mc.
"""

from __future__ import annotations

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
from detector import Arrays
from processes import LUMINOSITY_FB, PROCESSES, SHOWER_WEIGHTS, Process
from systematics import N_PDF, SYSTEMATICS
from train import inputs, train_two_fold

Z_PT_MIN = 30.0  # GeV, as in produce.py
PDF_SETS = (1, 2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 20)  # Pythia 8's internal proton sets
NOMINAL_PDF = 13  # NNPDF2.3 LO
MANTISSA_BITS = 12
LOW_SCORE = 0.5  # below it there are more simulated events than anybody needs
SCORE_STEP = 2.0**-12
SHIPPED = ("hww_events.parquet", "hww_observed.parquet", "observed_truth.sealed", "card.json")


def load_chunks(folder: str | Path) -> tuple[Arrays, dict[str, dict[str, float]]]:
    """All chunks as one dictionary of arrays, and each process's means of SHOWER_WEIGHTS before the selection.

    Besides what produce.py wrote: ``process``, the number of its name, ``per_try``, the cross section's weight per try,
    and ``truth_njet``, the number of jets at particle level.
    """
    parts, sums = [], {p.name: np.zeros(1 + len(SHOWER_WEIGHTS)) for p in PROCESSES}
    for number, proc in enumerate(PROCESSES):
        ev, shower_sums = load_part(Path(folder), proc)
        sums[proc.name] += shower_sums
        ev["part"] = np.full(len(ev["el_pt"]), number)
        parts.append(ev)
    ev = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    ev["truth_njet"] = np.sum((ev["jet_true"] > 30.0) & (np.abs(ev["jet_eta"]) < 4.5), axis=1)
    ev["process"] = np.array([list(sums).index(p.name) for p in PROCESSES])[ev["part"]]
    return ev, {
        name: {k: round(float(x / s[0]), 4) for k, x in zip(SHOWER_WEIGHTS, s[1:], strict=True)}
        for name, s in sums.items()
    }


def load_part(folder: Path, proc: Process) -> tuple[Arrays, np.ndarray]:
    """The chunks of one part, with ``per_try``, and their shower_sums.

    Of Z + jet only the events that its normalisation is about.
    """
    files = sorted(folder.glob(f"{proc.part}_[0-9]*.npz"))
    if not files:
        raise FileNotFoundError(f"no chunk of {proc.part} in {folder}: run produce.py first")
    chunks = [dict(np.load(f)) for f in files]
    tries = sum(int(c.pop("tries")) for c in chunks)
    shower_sums = np.sum([c.pop("shower_sums") for c in chunks], axis=0)
    for c in chunks:
        c.pop("pythia_cross_section_pb")
    ev = {k: np.concatenate([c[k] for c in chunks]) for k in chunks[0]}
    per_try = proc.cross_section_pb * 1000.0 * LUMINOSITY_FB * proc.branching / tries
    if proc.part == "Ztautau":
        z = json.loads((folder / "z_normalisation.json").read_text())
        per_try *= z["inclusive"] / z["sample"]
        ev = rows(ev, ev["gen_pt_leptonic"] > Z_PT_MIN)
    ev["per_try"] = per_try * ev["prescale"]
    return ev, shower_sums


def parton_products(number: int, ev: Arrays) -> list[float]:
    """f(x1) f(x2) of each event's partons with PDF set ``number``."""
    import pythia8mc  # needed here alone: everything else in this file runs without Pythia

    pythia = pythia8mc.Pythia("", False)
    for line in ("Print:quiet = on", f"PDF:pSet = {number}", "HardQCD:all = on", "PartonLevel:all = off"):
        pythia.readString(line)
    if not pythia.init():
        raise RuntimeError(f"PDF set {number} is not available")
    pdf = pythia.getPDFPtr(2212)
    partons = zip(*(ev["gen_" + k] for k in ("id1", "id2", "x1", "x2", "Q2Fac")), strict=True)
    return [max(pdf.xf(int(a), x1, q2), 1e-9) * max(pdf.xf(int(b), x2, q2), 1e-9) for a, b, x1, x2, q2 in partons]


def pdf_components(ev: Arrays, group: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Principal components (n, N_PDF) of the relative weight change under other PDF sets.

    Every ``group`` (n,) keeps its cross section, which is the published one; what is left is shape and acceptance.
    """
    products = [parton_products(number, ev) for number in PDF_SETS]
    nominal = products[PDF_SETS.index(NOMINAL_PDF)]
    ratio = np.stack([np.clip(np.divide(p, nominal), 0.2, 5.0) for p in products], axis=1)
    for g in np.unique(group):
        mine = group == g
        ratio[mine] /= np.average(ratio[mine], axis=0, weights=weight[mine])
    delta = (ratio - ratio.mean(axis=1, keepdims=True)) / np.sqrt(len(PDF_SETS) - 1)
    covariance = (delta * weight[:, None]).T @ delta / weight.sum()
    values, vectors = np.linalg.eigh(covariance)
    return delta @ vectors[:, np.argsort(values)[::-1][:N_PDF]]


def round_mantissa(x: np.ndarray) -> np.ndarray:
    """Keep MANTISSA_BITS bits of a float32's mantissa, so that the file compresses."""
    bits = np.asarray(x, dtype=np.float32).view(np.uint32)
    drop = 23 - MANTISSA_BITS
    return ((bits + np.uint32(1 << (drop - 1))) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)).view(np.float32)


def roulette(weight: np.ndarray, process: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Thin out light events among the ``low`` ones, in place; returns which survive.

    One below its process's mean weight there survives with probability weight / mean and then carries the mean, so that
    every expectation stays what it was.
    """
    rng = np.random.default_rng(2016)
    survive = np.ones(len(weight), bool)
    for p in np.unique(process):
        mine = low & (process == p)
        threshold = weight[mine].mean() if mine.any() else 0.0
        light = mine & (weight < threshold)
        survive[light] = rng.random(light.sum()) < weight[light] / threshold
        weight[light] = threshold
    return survive


def rows(data: Arrays, keep: np.ndarray) -> Arrays:
    return {k: v[keep] for k, v in data.items()}


def build_table(ev: Arrays, names: list[str]) -> Arrays:
    """Select, train, score and vary: the columns of the event table with its systematics, sorted by process."""
    base = det.reconstruct(ev)
    weight_all = ev["per_try"] * det.efficiency_weight(ev, base)
    keep = det.selected(base) & (weight_all > 0)
    nominal = np.bincount(ev["process"][keep], weight_all[keep])
    sel, f = rows(ev, keep), rows(base, keep)
    weight, process = weight_all[keep], sel["process"]
    label = np.array([card.PROCESS_LABEL[n] for n in names])[process]
    score_of, fold = train_two_fold(inputs(f), label, weight)
    score = score_of(inputs(f), fold)

    table = {"process": process, "label": label, "weight": weight, "njet": f["njet"]}
    table |= {k: f[k] for k in card.KINEMATIC_COLUMNS} | {"score": score}
    view = {**sel, **f, "veto": det.veto_weight(f["jets"], sel["jet_eta"], sel["jet_flavour"])}
    view["pdf"] = pdf_components(sel, process, weight)
    for s in SYSTEMATICS:
        for direction, sign in (("up", 1), ("down", -1)):
            if s.kind == "weight":
                affected = np.isin(process, [names.index(p) for p in s.processes])
                ratio = np.where(affected, s.weight(view, sign), 1.0)
            else:
                shifted = det.reconstruct(ev, **s.shift(sign))
                ratio = acceptance_change(ev, shifted, nominal)[process]
                moved = score_of(inputs(rows(shifted, keep)), fold)
                table[f"score_shift_{direction}__{s.name}"] = moved - score
            table[f"w_{direction}__{s.name}"] = ratio
    survive = roulette(weight, process, score < LOW_SCORE)
    order = np.lexsort((np.arange(len(process)), process))
    return rows(table, order[survive[order]])


def acceptance_change(ev: Arrays, shifted: Arrays, nominal: np.ndarray) -> np.ndarray:
    """Each process's sum of weights of selected events after a shift, over the ``nominal`` one."""
    weight = ev["per_try"] * det.efficiency_weight(ev, shifted) * det.selected(shifted)
    return np.array([weight[ev["process"] == p].sum() / n if n else 1.0 for p, n in enumerate(nominal)])


def quantise(table: Arrays, names: list[str]) -> pd.DataFrame:
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


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
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


def secret_truth(path: Path) -> dict:
    """The sealed truth of the observed sample: made once, with the machine's own entropy, and kept for ever after.

    salt, seed, mu and one theta per systematic.
    """
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


def draw_observed(frame: pd.DataFrame, truth: dict) -> pd.DataFrame:
    """Unit-weight pseudo-data, in random order.

    Each simulated event is taken Poisson(weight x mu x product of ratio^|theta|) times, its score moved along the
    kinematic shifts.
    """
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


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    out = Path(args.out)
    ev, shower_means = load_chunks(args.chunks)
    names = list(shower_means)
    frame = quantise(build_table(ev, names), names)
    write_parquet(frame, out / "hww_events.parquet")
    truth = secret_truth(out / "observed_truth.sealed")
    write_parquet(draw_observed(frame, truth), out / "hww_observed.parquet")
    commitment = sha256(base64.b64decode((out / "observed_truth.sealed").read_text()))
    content = card.make_card(frame, commitment, shower_means)
    (out / "card.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    (out / "README.md").write_text(card.render(json.loads((out / "card.json").read_text())))
    (out / "SHA256SUMS").write_text("".join(f"{sha256((out / name).read_bytes())}  {name}\n" for name in SHIPPED))
    print(f"{len(frame)} events, {(out / 'hww_events.parquet').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
