"""The set-up cell of the notebooks where the course isn't installed: what it asks pip for, and what it says when it
can't help; and Binder.

tests/test_alone.py installs the course with it for real, from a server on this machine.
"""

import ast
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import web
from IPython.core.interactiveshell import InteractiveShell

from course.assemble import bootstrap_source
from course.settings import ROOT, Course

COURSE = Course.read(ROOT)
SOURCE = bootstrap_source(COURSE)


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
            subprocess,
            "run",
            lambda command, **_: commands.append(command) or SimpleNamespace(returncode=pip, stderr=error),
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
        (
            {"pip": 1, "error": "no route to host"},
            f"{COURSE.archive} couldn't be fetched and installed: are you online?",
            1,
        ),
        ({"jaxhep": "0.2.0"}, "This notebook belongs to version 0.1.0, the course is at 0.2.0", 1),
    ],
)
def test_says_what_to_do_without_a_traceback(colab, conditions, says, commands):
    said, ran = colab(**conditions)
    assert says in said and len(ran) == commands
    assert "Traceback" not in said and "line " not in said
    assert conditions.get("error", "") in said


def test_an_old_python_can_read_the_cell_that_refuses_it():
    ast.parse(SOURCE, feature_version=(3, 8))


def test_binder_builds_the_pinned_python_and_then_the_course(tmp_path):
    """Without Docker: repo2docker clones the course from a server on this machine and writes down what it would
    build."""
    pytest.importorskip("repo2docker", reason="repo2docker isn't installed: pip install -e .[browser]")
    served = tmp_path / "served"
    bare = served / f"{COURSE.name}.git"
    git = ["git", "-c", "safe.directory=*"]
    subprocess.run([*git, "clone", "--quiet", "--bare", str(COURSE.root), str(bare)], check=True, capture_output=True)
    subprocess.run([*git, "-C", str(bare), "update-server-info"], check=True)
    # The other content providers ask the internet.
    config = "from repo2docker.contentproviders import Git\nc.Repo2Docker.content_providers = [Git]\n"
    (tmp_path / "repo2docker_config.py").write_text(config)
    commit = subprocess.run(
        [*git, "rev-parse", "HEAD"], cwd=COURSE.root, check=True, capture_output=True, text=True
    ).stdout.strip()
    with web.serve(served) as address:
        command = [
            sys.executable,
            "-m",
            "repo2docker",
            "--no-build",
            "--debug",
            "--ref",
            commit,
            f"{address}{bare.name}",
        ]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    (python,) = re.findall(r"python=(\S+)", (COURSE.root / "environment.yml").read_text())
    assert f"Building conda environment for python={python}" in said
    # the lock installs the course itself, so its files must be there before
    assert re.search(r"^COPY \S+ src/ .*--file \"environment\.yml\"", said, flags=re.DOTALL | re.MULTILINE)
