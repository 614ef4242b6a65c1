"""Measure one program on one model: what ``run.py`` starts in a process of its own, with the program's own Python.

    python benchmarks/measure.py MODULE FOLDER OUTPUT SECONDS [ARGUMENT...]

Reads FOLDER/model.npz, imports programs/MODULE.py and writes OUTPUT.json, with the parameters that each fit found in
OUTPUT.npz, after each stage anew, so that a process which had to be stopped leaves what it has. The environment
variable STARTED is the time at which the process was started. SECONDS is what each stage may take, once it is warm.

A program is a class ``Program(data, folder, *arguments)``. Its parameters are in jaxhep's order: mu, systematics, MC
statistics.

    fit()                    -> params (n,), covariance (n, n) or None if the program offers none
    scan(mus)                -> params (len(mus), n), one conditional fit for each mu
    toys(counts, measured)   -> params (N, n), one fit for each pseudo-experiment
    compiled                 whether a call with new shapes compiles: then each is called once before it is timed
    packages                 the distributions whose versions count; settings: what was chosen, in words

Every fit starts at the nominal parameters.
"""

import importlib
import json
import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np


def peak_memory() -> float:
    """The most memory that this process has held, in MB; Linux counts a parent's in getrusage."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def repeat(call, limit, most):
    """Result of ``call``, and the median time of up to ``most`` calls, as many as ``limit`` seconds allow; at least
    one."""
    seconds, start = [], time.perf_counter()
    while len(seconds) < most and (not seconds or time.perf_counter() - start < limit):
        before = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - before)
    return result, float(np.median(seconds)), len(seconds)


def many(program, call, data, limit, each):
    """Fits of ``data``, arrays with one row per fit, as many as ``limit`` seconds allow at about ``each`` seconds per
    fit.

    Returns which rows they were, params (N, n), wall time and CPU time in seconds.
    """
    total = len(data[0])
    if program.compiled:
        if (
            total * each > limit
        ):  # by the time of a fit with covariance, which may be long: see what one without it takes
            few = [values[:2] for values in data]
            call(*few)
            before = time.perf_counter()
            call(*few)
            each = (time.perf_counter() - before) / 2
        rows = np.linspace(0, total - 1, max(1, min(total, int(limit / each)))).astype(int)
        picked = [values[rows] for values in data]
        call(*picked)
        start, cpu = time.perf_counter(), time.process_time()
        return rows, call(*picked), time.perf_counter() - start, time.process_time() - cpu
    # one by one, from all over the range, until the time is up
    order = np.random.default_rng(0).permutation(total)
    found, start, cpu = [], time.perf_counter(), time.process_time()
    while len(found) < total and (not found or time.perf_counter() - start < limit):
        row = order[len(found)]
        found.append(call(*(values[row : row + 1] for values in data))[0])
    return order[: len(found)], np.array(found), time.perf_counter() - start, time.process_time() - cpu


def main(module, folder, output, limit, *arguments):
    started, limit = float(os.environ["STARTED"]), float(limit)
    data = dict(np.load(Path(folder) / "model.npz"))
    result, found = {}, {}

    def save():
        result["memory"] = round(peak_memory(), 1)
        np.savez(f"{output}.npz", **found)
        Path(f"{output}.json").write_text(json.dumps(result))

    Program = importlib.import_module(f"programs.{module}").Program
    imported = time.time()
    program = Program(data, Path(folder), *arguments)
    built = time.time()
    params, covariance = program.fit()
    first = time.time()
    result["cold"] = {"import": imported - started, "build": built - imported, "first": first - built}
    result["settings"] = program.settings
    result["versions"] = {name: version(name) for name in program.packages}
    found["fit"] = params
    each, count = first - built, 0
    save()
    if program.compiled or each < limit:
        (params, covariance), each, count = repeat(program.fit, limit, 200 if program.compiled else 20)
    found["fit"] = params
    sigma = None if covariance is None else float(np.sqrt(covariance[0, 0]))
    result["fit"] = {"seconds": each, "repeats": count, "sigma_mu": sigma}
    result["fit"]["memory"] = round(peak_memory(), 1)
    save()
    for name, call, arrays in (
        ("scan", program.scan, [data["mus"]]),
        ("toys", program.toys, [data["toy_counts"], data["toy_measured"]]),
    ):
        rows, params, seconds, cpu = many(program, call, arrays, limit, each)
        found[name], found[f"{name}_rows"] = params, rows
        total = len(arrays[0])
        result[name] = {"seconds": seconds * total / len(rows), "cpu": cpu * total / len(rows), "done": len(rows)}
        save()
    return program


if __name__ == "__main__":
    kept = main(*sys.argv[1:])
    # ROOT's pre-release wheel crashes while its objects are destroyed: everything is written, so leave before that
    os._exit(0)
