"""For every test and every notebook that pytest runs."""

import os
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import nbval.kernel
import pytest

from course.asserts import restore

# The kernels that run the notebooks inherit these; the build uses the same.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["PYTHONHASHSEED"] = "0"
# glibc keeps memory for every thread that XLA compiles with; with two such pools a kernel needs a tenth less.
os.environ.setdefault("MALLOC_ARENA_MAX", "2")
# What is compiled for one notebook or test is on disk for the next, and for all of them the next time.
COMPILED = os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent / ".pytest_cache" / "compiled"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The notebooks of the first three units are about compiling, and time it: their kernels compile everything."""
    if item.path.suffix == ".ipynb" and item.path.stem[:2] <= "03":
        os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    else:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = COMPILED


def start_kernel(*args: object, start: Callable = nbval.kernel.start_new_kernel, **kwargs: object) -> tuple:
    """A kernel for nbval. Its ports are chosen before it opens them; if another program was faster the kernel dies, and
    a second gets others."""
    try:
        return start(*args, **kwargs)
    except RuntimeError:
        return start(*args, **kwargs)


nbval.kernel.start_new_kernel = start_kernel


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a lecture's asserts after their cells, and begin with what takes longest, the notebooks of the last units."""
    for item in items:
        if hasattr(item, "cell"):  # nbval's
            restore(item.cell)
    items.sort(key=lambda item: item.path.stem[:2] if item.path.suffix == ".ipynb" else "", reverse=True)


def notebook_seconds(reporter: pytest.TerminalReporter) -> dict[str, float]:
    """The time that each notebook took in this session, kernel start included."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in reporter.stats.values():
        for report in reports:
            notebook, separator, _ = getattr(report, "nodeid", "").partition(".ipynb::")
            if separator:
                seconds[f"{notebook}.ipynb"] += report.duration
    return seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print each notebook's time beside the limit that the build sets on an idle machine."""
    limits = tomllib.loads((config.rootpath / "pyproject.toml").read_text())["tool"]["course"]["seconds"]
    for notebook, seconds in sorted(notebook_seconds(terminalreporter).items()):
        limit = limits[notebook.split("/")[0].removesuffix("s")]
        terminalreporter.write_line(f"{notebook}: {seconds:.0f} s (limit on an idle machine {limit} s)")
