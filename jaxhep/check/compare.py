"""Comparing what a learner's function returned with what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

Result = list[np.ndarray]
"""What one call returned: one float64 array per output."""


def as_returned(results: list[Result]) -> list[Result]:
    """Compare the results themselves."""
    return results


def up_to_a_constant(*groups: int, output: int = 0) -> Callable[[list[Result]], list[Result]]:
    """Compare differences to the first case of each group, so that a constant added to this output doesn't matter.

    groups : how many cases each group has, in order; the last number goes on. Each group has a constant of its own.
    """

    def align(results: list[Result]) -> list[Result]:
        sizes = iter(groups)
        firsts: list[int] = []
        while len(firsts) < len(results):
            size = next(sizes, groups[-1])
            firsts += [len(firsts)] * size
        aligned = []
        for start, result in zip(firsts, results, strict=False):
            first = results[start][output]
            same = first.shape == result[output].shape
            shifted = result[output] - first if same else result[output]
            aligned.append([*result[:output], shifted, *result[output + 1 :]])
        return aligned

    return align


def same(a: Result, b: Result, rtol: float, atol: float) -> bool:
    """Equal shapes, and equal numbers within ``atol`` + ``rtol`` times the largest finite one; NaN equals NaN."""
    for x, y in zip(a, b, strict=True):
        if x.shape != y.shape:
            return False
        finite = np.abs(y[np.isfinite(y)])
        scale = finite.max() if finite.size else 0.0
        if not np.allclose(x, y, rtol=0.0, atol=atol + rtol * scale, equal_nan=True):
            return False
    return True


def finite_like(got: Result, expected: Result) -> bool:
    return all(np.isfinite(g[np.isfinite(e)]).all() for g, e in zip(got, expected, strict=True) if g.shape == e.shape)


def common_ratio(got: Result, expected: Result) -> float | None:
    """The one factor between all numbers, if there is one (and not 0 or 1)."""
    g, e = np.concatenate([a.ravel() for a in got]), np.concatenate([a.ravel() for a in expected])
    reach = np.abs(e).max()
    ratio = float(g @ e / (e @ e)) if reach > 0 else 0.0
    fits = np.allclose(g, ratio * e, rtol=1e-6, atol=1e-6 * reach)
    return ratio if fits and abs(ratio) > 1e-6 and abs(ratio - 1) > 1e-6 else None


def ordered(names: Iterable[str]) -> list[str]:
    """Without repetitions, in the order of the first occurrence."""
    return list(dict.fromkeys(names))


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def shown(array: np.ndarray, first: int = 0) -> str:
    """The first numbers of a result, to be read; ``first``: the one to begin with."""
    numbers = [f"{x:.6g}" for x in array.ravel()[first : first + 4]]
    before, behind = "..., " * (first > 0), ", ..." * (array.size > first + 4)
    return numbers[0] if array.shape == () else f"[{before}{', '.join(numbers)}{behind}]"


def first_that_differs(got: np.ndarray, expected: np.ndarray) -> int:
    """Of arrays of the same shape, where six digits don't show all that differs in the first four numbers: else 0."""
    apart = [f"{x:.6g}" != f"{y:.6g}" for x, y in zip(got.ravel(), expected.ravel(), strict=True)]
    return 0 if any(apart[:4]) or not any(apart) else apart.index(True)


def wrong_shape(names: tuple[str, ...], kinds: list[str], expected: list[Result], got: list[Result]) -> str:
    """What is said of the first array that has another shape than the right one."""
    for i, name in enumerate(names):
        pairs = [(g[i].shape, e[i].shape) for g, e in zip(got, expected, strict=True)]
        frozen = pairs[0][0] and len({found for found, _ in pairs}) == 1 < len({right for _, right in pairs})
        reason = " It has this shape whatever the inputs are: is a size typed in?" if frozen else ""
        for (found, right), kind in zip(pairs, kinds, strict=True):
            if found != right:
                has = "have" if name.endswith("s") else "has"
                return f"{sentence_case(name)} {has} shape {found}, but shape {right} belongs to {kind}.{reason}"
    return ""


def not_finite(kinds: list[str], expected: list[Result], got: list[Result]) -> str:
    """What is said of the first array with NaN or infinity where numbers belong."""
    for g, e, kind in zip(got, expected, kinds, strict=True):
        for found, right in zip(g, e, strict=True):
            if not finite_like([found], [right]):
                return f"It gives NaN or infinity for {kind}, where {shown(right)} is right."
    return ""
