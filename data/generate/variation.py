"""What a systematic uncertainty is, and the functions that most of them are made of.

``e`` are the arrays of n events that assemble.build_table makes: what detector.reconstruct takes and returns, what
produce.py says of the generator, ``veto``, the nominal b-jet veto weight (n,), and ``pdf``, (n, N_PDF). The sign s is
+1 or -1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector import Arrays, Move

Ratio = Callable[[Arrays, int], np.ndarray]
"""(event arrays, sign) -> ratio of the weight (n,) to the nominal one."""

Relative = Callable[[Arrays], np.ndarray]
"""Event arrays -> relative change (n,) of the weight for the sign +1."""

Shift = Callable[[int], dict[str, Move]]
"""Sign -> keyword arguments of detector.reconstruct."""

CMS_CARD = "size as in CMS's public H → WW configuration (latinos/PlotsConfigurations, ggH/Full2016/nuisances.py)"
SIGNAL, TOP = ("ggF", "VBF"), ("ttbar", "Wt")
MC = ("ggF", "VBF", "WW", "ttbar", "Wt", "Ztautau", "diboson")  # simulated; W + jets fakes come from data
ALL_PROCESSES = (*MC, "Wjets")


@dataclass(frozen=True)
class Systematic:
    """One nuisance parameter: which processes it concerns, and what a shift by 1 sigma does to their events.

    toy : size or shape is our choice. weight, shift : the function of either kind, "weight" or "kinematic".
    """

    name: str
    group: str
    description: str
    size: str
    source: str
    toy: bool
    processes: tuple[str, ...]
    weight: Ratio | None = None
    shift: Shift | None = None
    kind: str = "weight"


def weight(
    name: str,
    group: str,
    description: str,
    size: str,
    processes: tuple[str, ...],
    function: Ratio,
    source: str = "toy",
    toy: bool = True,
) -> Systematic:
    """A systematic that changes the weights of events."""
    return Systematic(name, group, description, size, source, toy, processes, weight=function)


def kinematic(name: str, group: str, description: str, size: str, function: Shift) -> Systematic:
    """A systematic that shifts reconstructed objects; all of them are toys."""
    return Systematic(name, group, description, size, "toy", True, ALL_PROCESSES, shift=function, kind="kinematic")


def norm(relative: float) -> Ratio:
    """A constant (1 + relative)^sign, the log-normal that HistFactory calls normsys."""
    return lambda e, s: np.full(len(e["mll"]), (1.0 + relative) ** s)


def linear(relative: Relative) -> Ratio:
    """1 + sign x relative(events), for a shape of our choice; kept above 0.05."""
    return lambda e, s: np.maximum(1.0 + s * relative(e), 0.05)


def ramp(size: float, key: str, start: float, width: float, lowest: float) -> Ratio:
    """A relative change by ``size`` x t, where t grows linearly with the quantity ``key``.

    t is 0 at ``start`` and 1 from ``start + width`` on; below ``start`` it falls to ``lowest``.
    """
    return linear(lambda e: size * np.clip((e[key] - start) / width, lowest, 1))


def inside(x: np.ndarray, lo: float, hi: float) -> np.ndarray:
    return (x >= lo) & (x < hi)


def percent(size: float, digits: int = 1) -> str:
    return f"{100 * size:.{digits}f} %"


def pt_range(lo: float, hi: float) -> str:
    """A bin in pT (GeV), whose upper edge is infinite from 1e8 on, in words."""
    return f"pT {lo:g} GeV to {f'{hi:g} GeV' if hi < 1e8 else 'up'}"
