"""The data card: card.json from the event table and the generator's own tables, README.md from card.json."""

import numpy as np

from processes import LUMINOSITY_FB, PROCESSES
from systematics import SYSTEMATICS

PROCESS_LABEL = {p.name: int(p.name in ("ggF", "VBF")) for p in PROCESSES}
KINEMATIC_COLUMNS = {
    "lep0_pt": ("GeV", "leading lepton: transverse momentum"),
    "lep0_eta": ("", "leading lepton: pseudorapidity"),
    "lep0_phi": ("rad", "leading lepton: azimuth"),
    "lep0_pdgid": ("", "leading lepton: 11 e⁻, −11 e⁺, 13 μ⁻, −13 μ⁺"),
    "lep1_pt": ("GeV", "subleading lepton: transverse momentum"),
    "lep1_eta": ("", "subleading lepton: pseudorapidity"),
    "lep1_phi": ("rad", "subleading lepton: azimuth"),
    "lep1_pdgid": ("", "subleading lepton: particle code"),
    "jet0_pt": ("GeV", "the jet's transverse momentum (NaN without a jet)"),
    "jet0_eta": ("", "the jet's pseudorapidity (NaN without a jet)"),
    "jet0_phi": ("rad", "the jet's azimuth (NaN without a jet)"),
    "met": ("GeV", "missing transverse momentum"),
    "met_phi": ("rad", "missing transverse momentum: azimuth"),
    "mll": ("GeV", "dilepton mass"),
    "dphill": ("rad", "azimuthal angle between the leptons, in 0-π"),
    "ptll": ("GeV", "dilepton transverse momentum"),
    "mt": ("GeV", "transverse mass of the dilepton and missing-momentum system"),
}
COLUMNS = {
    "process": ("", "simulated process"),
    "label": ("", "1 signal, 0 background"),
    "weight": ("events", f"expected events at {LUMINOSITY_FB} /fb and mu = 1"),
    "njet": ("", "number of jets with pT > 30 GeV, |η| < 4.5: 0 or 1"),
    **KINEMATIC_COLUMNS,
    "score": ("", "discriminant in 0-1, signal-like near 1; from the network that wasn't trained on this event"),
    "w_up__NAME, w_down__NAME": (
        "",
        "weight under the +1σ or −1σ shift of nuisance parameter NAME, divided by the nominal weight",
    ),
    "score_shift_up__NAME, score_shift_down__NAME": (
        "",
        "change of the score when the event is reconstructed under a kinematic shift; its w_ columns hold the process's acceptance change",
    ),
}
SELECTION = (
    "one electron (|η| < 2.47 without 1.37-1.52) and one muon (|η| < 2.5) of opposite charge, no third lepton above 10 GeV",
    "lepton pT > 22 and 15 GeV",
    "10 < m_ll < 100 GeV, Δφ_ll < 2.5, p_T^ll > 30 GeV",
    "missing transverse momentum > 20 GeV, m_T > 50 GeV",
    "collinear m_ττ outside 66-116 GeV",
    "at most one jet (anti-kt R = 0.4, pT > 30 GeV, |η| < 4.5); no b-tagged jet above 20 GeV (as a weight)",
)
MISSING = (
    "multi-parton interactions and pile-up are off: jets are cleaner than in data (a 0-jet fraction some 0.05 too high in ggF, by a small sample with them on)",
    "hard processes are leading order; shapes in jet multiplicity come from the parton shower (Z → ττ and Wt from matrix elements with one parton)",
    "the gg → WW continuum, WW by vector boson scattering, VH, ttH, Wγ, tW beyond the stand-in, and tt̄ spin correlations",
    "no detector simulation: resolutions, efficiencies and b-tagging are parametrised, each an ATLAS-like choice",
    "kinematic nuisance parameters enter as a shifted score and one acceptance factor per process",
    "the observed sample is drawn from the same simulated events, by weight: it shares their statistical fluctuations, and an event can occur twice",
)
PUBLISHED = (  # signal strengths of the real measurements, to compare our expected uncertainty with
    ("CMS, 35.9 /fb at 13 TeV, all categories", "1.28 +0.18 −0.17", "Phys. Lett. B 791 (2019) 96, arXiv:1806.05246"),
    ("CMS, 138 /fb at 13 TeV, all categories", "0.95 +0.10 −0.09", "Eur. Phys. J. C 83 (2023) 667"),
    ("ATLAS, 25 /fb at 7 and 8 TeV, ggF", "1.02 ± 0.19 (stat) +0.22 −0.18 (syst)", "Phys. Rev. D 92 (2015) 012006"),
)


def make_card(frame, commitment):
    """Everything about the data set that a program may want, as plain dictionaries."""
    processes = {}
    for name in frame["process"].cat.categories:
        parts = [p for p in PROCESSES if p.name == name]
        w = frame.loc[frame["process"] == name, "weight"].to_numpy(float)
        processes[str(name)] = {
            "label": PROCESS_LABEL[name],
            "title": " + ".join(p.title for p in parts),
            "cross_section_pb": [p.cross_section_pb for p in parts],
            "branching": [round(p.branching, 6) for p in parts],
            "source": "; ".join(p.source for p in parts),
            "note": "; ".join(p.note for p in parts if p.note),
            "raw_events": int(len(w)),
            "sum_weights": round(float(w.sum()), 2),
            "effective_events": round(float(w.sum() ** 2 / np.sum(w**2)), 1),
        }
    return {
        "title": "Simulated H → WW* → eν μν events with systematic variations",
        "energy_TeV": 13.0,
        "luminosity_fb": LUMINOSITY_FB,
        "generator": "Pythia 8.317 (pythia8mc), leading order, multi-parton interactions off; FastJet 3.5; parametrised detector",
        "selection": list(SELECTION),
        "missing": list(MISSING),
        "published": [list(p) for p in PUBLISHED],
        "processes": processes,
        "columns": {k: {"unit": u, "description": d} for k, (u, d) in COLUMNS.items()},
        "systematics": {
            s.name: {
                "group": s.group,
                "kind": s.kind,
                "description": s.description,
                "size": s.size,
                "source": s.source,
                "toy": s.toy,
                "processes": list(s.processes),
            }
            for s in SYSTEMATICS
        },
        "commitment": commitment,
        "licence": "CC BY 4.0",
    }


def _table(header, rows):
    return "\n".join(
        ["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(r) + " |" for r in rows)]
    )


def render(card):
    """README.md of the data folder."""
    processes = _table(
        ("process", "", "σ in pb", "source", "simulated events", "effective", "expected events"),
        [
            (
                f"`{k}`",
                v["title"],
                " + ".join(f"{x:g}" for x in v["cross_section_pb"]),
                v["source"] + (f". {v['note']}" if v["note"] else ""),
                str(v["raw_events"]),
                f"{v['effective_events']:.0f}",
                f"{v['sum_weights']:.0f}",
            )
            for k, v in card["processes"].items()
        ],
    )
    columns = _table(
        ("column", "unit", "meaning"), [(f"`{k}`", v["unit"], v["description"]) for k, v in card["columns"].items()]
    )
    systematics = _table(
        ("nuisance parameter", "group", "kind", "meaning", "size of 1σ", "source"),
        [
            (
                f"`{k}`",
                v["group"],
                v["kind"],
                v["description"],
                v["size"],
                v["source"] + (" (toy)" if v["toy"] and v["source"] != "toy" else ""),
            )
            for k, v in card["systematics"].items()
        ],
    )
    published = _table(("measurement", "μ of H → WW", "reference"), card["published"])
    signal, background = (sum(v["sum_weights"] for v in card["processes"].values() if v["label"] == k) for k in (1, 0))
    total = f"Signal {signal:.0f}, background {background:.0f} expected events: S/B = {signal / background:.3f}."
    bullets = lambda items: "\n".join(f"- {i}" for i in items)
    return f"""# Data card: {card["title"]}

Generated by `generate/assemble.py` from `card.json`; don't edit by hand. Licence: {card["licence"]}.

{card["generator"]}. pp collisions at {card["energy_TeV"]:g} TeV, {card["luminosity_fb"]} /fb.
**These are simulated events for teaching. Nothing here is a measurement.** A size or shape marked *toy* is our choice.

| file | what |
|---|---|
| `hww_events.parquet` | the simulated events, one row each, sorted by process |
| `hww_observed.parquet` | the pseudo-data: unit-weight events of unknown signal strength |
| `observed_truth.sealed` | base64 of the truth behind the pseudo-data; its SHA-256 is the commitment below |
| `card.json` | this card for programs |
| `SHA256SUMS` | checksums of the files above |
| `generate/` | the generator |

## Selection

{bullets(card["selection"])}

## Processes

Weights are normalised to the published cross sections, not to the generator's.

{processes}

{total}

The real measurements split events into categories that this selection merges, so yields can't be compared one to one. Their signal strengths can:

{published}

## Columns

{columns}

## Nuisance parameters

Each is computed from the events; `NAME` below is the suffix of its columns.

{systematics}

## What the simulation lacks

{bullets(card["missing"])}

## Blinding

The signal strength and the nuisance parameters behind `hww_observed.parquet` were drawn once. SHA-256 of the sealed truth:
`{card["commitment"]}`

## Making it again

With the course installed, on Python 3.11 or 3.12 (about 1.5 CPU hours):

```
pip install --only-binary :all: pythia8mc==8.317.2 fastjet==3.5.2.0 awkward vector
python generate/produce.py --out chunks
python generate/assemble.py --chunks chunks --out .
```
"""
