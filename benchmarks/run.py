"""The benchmark: the same fits by jaxhep and by the programs that people use.

    python benchmarks/run.py                      everything, half an hour on an idle machine
    python benchmarks/run.py --quick              two models, little time for each, about 3 minutes; prints only
    python benchmarks/run.py --only evermore      only the programs whose name contains this

Each program runs alone, in a process and, where jaxhep doesn't need its packages, in an environment of its own. Of each
the run measures a cold start (a new process up to its first fit), one fit with covariance, a profile scan of 50 values
of mu, and fits of 1000 toys, all from the nominal parameters. Programs that compile are warm and shapes compiled when
the time is taken; of slow programs as many fits are made as the time allows, and the rest is extrapolated. Then every
fit has to prove, in one implementation for all, how far from the minimum it ended.

Writes benchmarks/results.json (its form is described in report.py) and the figures; ``python -m course build`` carries
the table into README.md. Environments, models and what has been measured are kept in .benchmarks/: an interrupted run
goes on where it stopped, and a row is measured anew if the program, its packages or the measurement changed. Delete
.benchmarks/rows.jsonl to measure everything again.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

import jaxhep
import models
import report
from floor import floor
from jaxhep import toys
from programs.templates import read
from prove import Referee

HERE = Path(__file__).parent
CACHE = HERE.parent / ".benchmarks"
SECONDS, QUICK_SECONDS = 5.0, 1.0  # for each stage of a program on one model, once it is warm
LONGEST, QUICK_LONGEST = 60.0, 20.0  # for all stages of it together


class Entry(NamedTuple):
    """A program: its name in the table, its module in programs/, that one's arguments, and the requirements file of its
    environment."""

    label: str
    module: str
    arguments: tuple[str, ...] = ()
    environment: str = ""


PROGRAMS = {
    "jaxhep": Entry("jaxhep, compiled", "compiled"),
    "jaxhep-minuit": Entry("jaxhep, Minuit", "minuit_jax"),
    "numpy-minuit": Entry("NumPy, Minuit", "minuit_numpy"),
    "pyhf-jax-scipy": Entry("pyhf, JAX, SciPy", "with_pyhf", ("jax", "scipy")),
    "pyhf-jax-minuit": Entry("pyhf, JAX, Minuit", "with_pyhf", ("jax", "minuit")),
    "pyhf-numpy-scipy": Entry("pyhf, NumPy, SciPy", "with_pyhf", ("numpy", "scipy")),
    "pyhf-numpy-minuit": Entry("pyhf, NumPy, Minuit", "with_pyhf", ("numpy", "minuit")),
    "cabinetry": Entry("cabinetry", "with_cabinetry", ("jax",), "cabinetry"),
    "evermore-bfgs": Entry("evermore, BFGS", "with_evermore", ("BFGS", "3e-4"), "evermore"),
    "evermore-lbfgs": Entry("evermore, L-BFGS", "with_evermore", ("LBFGS", "3e-5"), "evermore"),
    "root": Entry("ROOT", "with_root", ("0.1",), "root"),
}

# (systematics, bins); "course" is the shipped model
MODELS = {f"{k}x{b}": (k, b) for k, b in ((1, 10), (10, 10), (30, 10), (100, 10), (300, 10), (30, 100), (30, 1000))}
QUICK = ("10x10", "course")


def environment(name: str) -> tuple[Path, str]:
    """The Python that has the packages of requirements/NAME.txt, made if need be, or why there is none."""
    if not name:
        return Path(sys.executable), ""
    wanted = f"{sys.version.split()[0]}\n" + (HERE / "requirements" / f"{name}.txt").read_text()
    folder = CACHE / "environments" / name
    python, stamp = folder / "bin" / "python", folder / "made-for.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python, ""
    print(f"making an environment for {name}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    requirements = str(HERE / "requirements" / f"{name}.txt")
    uv = shutil.which("uv")
    if uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0:
        make = [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), "-r", requirements]
    else:
        make = [sys.executable, "-m", "venv", str(folder)]
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", requirements]
    for command in (make, install):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            complaint = next(
                (line for line in reversed(done.stderr.strip().splitlines()) if line.strip()), "no message"
            )
            return python, f"can't be installed on Python {platform.python_version()}: {complaint.strip()}"
    stamp.write_text(wanted)
    return python, ""


def prepare(name: str) -> Path:
    """The exported model, made once: every program and every later run reads the same numbers."""
    version = hashlib.sha256((HERE / "models.py").read_bytes()).hexdigest()[:12]
    folder = CACHE / "models" / f"{name}-{version}"
    if not (folder / "workspace.json").is_file():
        print(f"making model {name}", flush=True)
        model = models.course() if name == "course" else models.invent(*MODELS[name])
        models.export(model, models.draw(model), folder)
    return folder


def fingerprint(entry: Entry) -> str:
    """Of all that a row depends on: measurement, program, versions."""
    files = [HERE / "measure.py", HERE / "models.py", *(HERE / "programs").glob(f"{entry.module}.py")]
    files += [HERE / "programs" / "likelihood.py", HERE / "programs" / "templates.py"]
    files += [HERE / "requirements" / f"{entry.environment}.txt"] if entry.environment else []
    if entry.module in ("compiled", "minuit_jax"):
        files += sorted(Path(jaxhep.__file__).parent.glob("*.py"))
    digest = hashlib.sha256(jax.__version__.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def hopeless(row: dict, then: int, now: int, limit: float) -> bool:
    """Whether a fit of ``now`` parameters must take longer than ``limit`` seconds, judging by the row of a model with
    ``then``.

    Times grow at least as the square: so do second derivatives, or the product of steps and numerical first
    derivatives.
    """
    if row["problem"].startswith(("stopped", "not tried")) and "fit" not in row:
        return True
    return "fit" in row and row["fit"]["seconds"] * max(now / then, 1) ** 2 > limit


def attempt(
    entry: Entry, size: dict, folder: Path, earlier: list[tuple[dict, dict]], quick: bool
) -> tuple[dict, dict, str]:
    """``measure``, unless the environment can't be made or the largest of the smaller models was too slow for this one.

    ``earlier`` has the rows of this program so far, each with the size of its model.
    """
    python, problem = environment(entry.environment)
    if problem:
        return {}, {}, problem
    fits_in = [
        (row, it) for row, it in earlier if it["systematics"] <= size["systematics"] and it["bins"] <= size["bins"]
    ]
    if fits_in:
        row, it = max(fits_in, key=lambda pair: pair[1]["parameters"])
        if hopeless(row, it["parameters"], size["parameters"], QUICK_LONGEST if quick else LONGEST):
            return {}, {}, f"not tried: too slow, judging by {row['model']}"
    return measure(entry, python, folder, quick)


def measure(entry: Entry, python: Path, folder: Path, quick: bool) -> tuple[dict, dict, str]:
    """Run the program on the model in ``folder``: what it measured, the parameters it found, and why it didn't
    finish."""
    output = folder / "output"
    for suffix in (".json", ".npz"):
        output.with_suffix(suffix).unlink(missing_ok=True)
    limit, longest = (QUICK_SECONDS, QUICK_LONGEST) if quick else (SECONDS, LONGEST)
    command = [python, HERE / "measure.py", entry.module, folder, output, limit, *entry.arguments]
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    variables["PYTHONPATH"] = str(Path(jaxhep.__file__).parents[1]) if not entry.environment else ""
    variables["STARTED"] = str(time.time())
    process = subprocess.Popen(
        [str(part) for part in command],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, errors = process.communicate(timeout=longest)
        complaint = (errors.strip().splitlines() or ["no message"])[-1]
        problem = "" if process.returncode == 0 else f"failed: {complaint[:200]}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        problem = f"stopped after {longest:g} s"
    if not output.with_suffix(".json").is_file():
        return {}, {}, problem or "left no result"
    with np.load(output.with_suffix(".npz")) as found:
        return json.loads(output.with_suffix(".json").read_text()), dict(found), problem


def judge(measured: dict, found: dict, referee: Referee, data: dict) -> dict:
    """What was measured, with the proof of each stage; a fit that was only made once counts its cold time."""
    params = found["fit"]
    nll2, excess, distance = referee.fit(params)
    row = {"cold": measured["cold"], "memory": measured["memory"]}
    fit = measured.get(
        "fit", {"seconds": measured["cold"]["first"], "repeats": 0, "sigma_mu": None, "memory": measured["memory"]}
    )
    row["fit"] = fit | {"mu": float(params[0]), "nll2": nll2, "excess": excess, "distance": distance}
    for stage in ("scan", "toys"):
        if stage in measured:
            rows, params = found[f"{stage}_rows"], found[stage]
            if stage == "scan":
                distances = referee.scan(params, data["mus"][rows])
            else:
                distances = referee.toys(params, data["toy_counts"][rows], data["toy_measured"][rows])
            lost = int((~(distances < report.LIMIT)).sum())
            row[stage] = measured[stage] | {
                "distance": float(distances.max()),
                "median": float(np.median(distances)),
                "lost": lost,
            }
    return row


def machine() -> dict:
    """The processor, its cores, the memory and the system."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_GB": round(memory[0]) if memory else None,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def rounded(value):
    """Numbers to five significant digits, throughout; infinity, which JSON doesn't have, as None."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, float):
        return float(f"{value:.5g}") if np.isfinite(value) else None
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two models, little time; prints, changes no results")
    parser.add_argument("--only", default="", metavar="PROGRAM", help=f"of {', '.join(PROGRAMS)}")
    options = parser.parse_args()
    chosen = {name: entry for name, entry in PROGRAMS.items() if options.only in name}
    if not chosen:
        parser.error(f"no program is called '{options.only}'; there are {', '.join(PROGRAMS)}")
    if os.getloadavg()[0] > 0.5:
        print(
            f"The machine is busy (load {os.getloadavg()[0]:.1f}): these times will be too long; stop what else is "
            "running.",
            flush=True,
        )
    CACHE.mkdir(exist_ok=True)
    cache = CACHE / "rows.jsonl"
    done = (
        {tuple(row["key"]): row for row in map(json.loads, cache.read_text().splitlines())} if cache.is_file() else {}
    )
    results = {"date": str(date.today()), "machine": machine(), "programs": {}, "models": {}, "rows": [], "floor": {}}
    for name, entry in chosen.items():
        results["programs"][name] = {"label": entry.label}
    for model_name in QUICK if options.quick else (*MODELS, "course"):
        folder = prepare(model_name)
        data = dict(np.load(folder / "model.npz"))
        processes, systematics, bins = data["up"].shape
        size = {"systematics": systematics, "bins": bins, "processes": processes, "parameters": len(data["names"])}
        results["models"][model_name] = size
        referee = None
        for name, entry in chosen.items():
            key = (name, model_name, "quick" if options.quick else "full", fingerprint(entry))
            if key not in done:
                earlier = [(row, results["models"][row["model"]]) for row in results["rows"] if row["program"] == name]
                measured, found, problem = attempt(entry, size, folder, earlier, options.quick)
                row = {"program": name, "model": model_name, "problem": problem}
                if found:
                    referee = referee or Referee(read(data), data["counts"])
                    row |= judge(measured, found, referee, data)
                about = {part: measured[part] for part in ("settings", "versions") if part in measured}
                done[key] = {"key": key, "row": rounded(row), "about": about}
                if not problem.startswith(("not tried", "can't")):  # those are quickly known again, and may change
                    with cache.open("a") as file:
                        file.write(json.dumps(done[key]) + "\n")
            results["rows"].append(done[key]["row"])
            results["programs"][name] |= done[key]["about"]
            print(report.line(done[key]["row"]), flush=True)
        if "jaxhep" in chosen:
            steps = int(jax.jit(toys.fit)(read(data), data["counts"]).steps)
            results["floor"][model_name] = rounded(floor(processes, systematics, bins, steps))
    if options.quick or options.only:
        print(report.table(results, list(results["models"])[-1]))
    else:
        report.RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        report.draw(results)
        print("wrote benchmarks/results.json and the figures; now run python -m course build")


if __name__ == "__main__":
    main()
