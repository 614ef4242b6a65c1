"""Fractions of toys, and their errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from jaxhep.check.compare import Result
from jaxhep.check.verdict import Symptom


def binomial(hits: np.ndarray) -> tuple[float, float]:
    """The fraction of True, and its error."""
    fraction = hits.mean()
    return fraction, np.sqrt(fraction * (1 - fraction) / hits.size)


def made_as(sizes: tuple[int, ...], formulas: Mapping[str, Callable]) -> Symptom:
    """A symptom: the fraction k/n of n toys is made by another formula f(k, n), whatever comes back as its error.

    sizes : n of each case. formulas : by the sentence to say.
    """

    def symptom(got: list[Result], expected: list[Result]) -> str | None:
        if any(one[0].shape for one in got):
            return None
        n = np.array(sizes)
        k = n * [one[0] for one in expected]
        return next(
            (sentence for sentence, f in formulas.items() if np.allclose([one[0] for one in got], f(k, n), 1e-5)), None
        )

    return symptom
