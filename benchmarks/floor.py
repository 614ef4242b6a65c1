"""The floor under a fit: arithmetic and memory traffic that no program can avoid, at the speed of this machine.

Counted for K systematics, P processes, B bins, n = 1 + K + B parameters and S Newton steps, as many as jaxhep takes:
Newton's method needs fewer passes over the templates than any method with first derivatives only. Each pass reads the P
K B sextics once, 7 numbers each, and evaluates value and slope of each by Horner's rule (12 + 10 operations). The
covariance matrix, a diagonal and a part of rank B or 1 + K, whichever is less, takes 2 n^2 operations for each of these
and is written once. Logarithms, exponentials and the solution of the Newton equations are left out: a floor may be low.
"""

import time

import numpy as np

MEGABYTE = 2**20


def best(call, repeats=7):
    """Seconds of the fastest of ``repeats`` calls."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak():
    """Operations per second of a product of two matrices of 1000 x 1000 doubles."""
    a = np.random.default_rng(0).random((1000, 1000))
    return 2 * 1000**3 / best(lambda: a @ a)


def bandwidth(size):
    """Bytes per second at which ``size`` bytes are read again and again, in whichever cache they fit."""
    a = np.random.default_rng(0).random(max(size // 8, 8))
    rounds = max(1, 64 * MEGABYTE // a.nbytes)

    def read():
        for _ in range(rounds):
            np.dot(a, a)

    return rounds * a.nbytes / best(read)


def floor(processes, systematics, bins, steps):
    """Operations, bytes and seconds of one fit with covariance; arithmetic and traffic may overlap."""
    n = 1 + systematics + bins
    templates = processes * systematics * bins
    operations = steps * 22 * templates + 2 * n**2 * min(bins, 1 + systematics)
    traffic = steps * 7 * templates * 8 + n**2 * 8
    seconds = {"arithmetic": operations / peak(), "memory": traffic / bandwidth(7 * templates * 8)}
    return {"steps": steps, "operations": operations, "bytes": traffic, **seconds, "seconds": max(seconds.values())}
