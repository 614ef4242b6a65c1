"""The set-up cell of the notebooks where the course isn't installed: what it asks pip for, and what it says when it can't help.

.ci/run installs the course with it for real, from a server on this machine.
"""

import importlib.metadata
import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import build
import pytest
from IPython.core.interactiveshell import InteractiveShell

COURSE = build.Course.read(build.ROOT)
SOURCE = build.bootstrap_source(COURSE)


@pytest.fixture
def colab(monkeypatch, capsys):
    """Runs the set-up cell as if jaxhep were missing; gives back (what it printed, the commands that it ran)."""

    def run(pip=0, error="", python=sys.version_info, **versions):
        commands = []
        versions = {"jax": "0.7.2", "jaxhep": "0.1.0", **versions}
        found = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jaxhep" else found(name))
        monkeypatch.setattr(importlib.metadata, "version", lambda name: versions[name])
        monkeypatch.setattr(sys, "version_info", python)
        monkeypatch.setattr(
            subprocess, "run", lambda command, **_: commands.append(command) or SimpleNamespace(returncode=pip, stderr=error)
        )
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(colors="nocolor", history_manager=None)
        capsys.readouterr()
        shell.run_cell(SOURCE)
        monkeypatch.undo()
        InteractiveShell.clear_instance()
        return "".join(capsys.readouterr()), commands

    return run


def test_local_copy_is_left_alone(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("pip was called"))
    exec(compile(SOURCE, "set-up", "exec"), {})


def test_installs_the_archive_and_says_nothing(colab):
    said, ((*pip, wish),) = colab()
    assert said == "" and pip[1:] == ["-m", "pip", "install", "-q"]
    assert wish == f"jaxhep @ {COURSE.archive}"


@pytest.mark.parametrize(
    ("conditions", "says", "commands"),
    [
        ({"python": (3, 10, 12)}, "needs Python 3.11 or newer, this is 3.10.12: choose a newer runtime", 0),
        ({"jax": "0.6.1"}, "needs JAX 0.7.2 or newer, this is 0.6.1: run `%pip install -U jax jaxlib`", 0),
        ({"pip": 1, "error": "no route to host"}, f"{COURSE.archive} couldn't be fetched and installed: are you online?", 1),
        ({"jaxhep": "0.2.0"}, "This notebook belongs to version 0.1.0, the course is at 0.2.0", 1),
    ],
)
def test_says_what_to_do_without_a_traceback(colab, conditions, says, commands):
    said, ran = colab(**conditions)
    assert says in said and len(ran) == commands
    assert "Traceback" not in said and "line " not in said
    assert conditions.get("error", "") in said
