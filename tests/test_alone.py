"""Every notebook opened alone, as on Colab: in an empty folder, by a Python that has Colab's packages but not the
course.

The set-up cell installs the course from a server on this machine. COURSE_RUNTIME is the path of that Python, whose
environment the tests change (.ci/run makes one); skipped without.
"""

import json
import os
import socket
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
import web
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course.asserts import restore
from course.figures import IMAGE
from course.settings import ROOT, Course

RUNTIME = os.environ.get("COURSE_RUNTIME", "")
if not RUNTIME:
    pytest.skip("COURSE_RUNTIME names no Python to open the notebooks with", allow_module_level=True)

COURSE = Course.read(ROOT)
NOTEBOOKS = [target.path for target in COURSE.targets()]


def pip(*arguments: str) -> list[str]:
    run = subprocess.run([RUNTIME, "-m", "pip", *arguments], capture_output=True, text=True, check=True, timeout=300)
    return run.stdout.splitlines()


@pytest.fixture(scope="module")
def packages():
    """What the runtime has before any notebook is opened."""
    before = pip("freeze", "--all")
    assert not any("jaxhep" in package for package in before), (
        f"the course is installed in {RUNTIME}; make the environment again"
    )
    print(*before, sep="\n")
    return before


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Address of the course's archive on a server on this machine, packed as GitHub packs it."""
    folder = tmp_path_factory.mktemp("server")
    files = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files"], cwd=COURSE.root, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(folder / "course.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files.stdout.splitlines():
            packed.write(COURSE.root / file, f"{COURSE.name}-{COURSE.branch}/{file}")

    with web.serve(folder) as address:
        yield f"{address}course.zip"


@pytest.fixture
def nobody():
    """The address of an archive that no server answers for."""
    with socket.socket() as taken:  # bound, but listening to nobody
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/course.zip"


def run_alone(path: str, address: str, folder: Path) -> nbformat.NotebookNode:
    """The notebook after "Run all" with the runtime's Python, alone in an empty folder, its archive at that address."""
    notebook = nbformat.read(COURSE.root / path, as_version=4)
    (setup,) = (cell for cell in notebook.cells if "bootstrap" in cell.metadata.get("tags", []))
    assert setup.source.count(COURSE.archive) == 1
    setup.source = setup.source.replace(COURSE.archive, address)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            restore(cell).outputs = []
    kernel, colab, empty = folder / "kernels" / "runtime", folder / "stub" / "google" / "colab", folder / "content"
    for new in (kernel, colab, empty):
        new.mkdir(parents=True)
    for name in ("__init__", "output"):  # JAX looks for it
        (colab / f"{name}.py").touch()
    argv = [RUNTIME, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Runtime", "language": "python"}))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JAX_", "VIRTUAL_ENV"))
    }
    own = {
        "PYTHONPATH": str(folder / "stub"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JAX_PLATFORMS": "cpu",
        "PIP_RETRIES": "0",
    }
    client = NotebookClient(notebook, kernel_name="runtime", timeout=90, resources={"metadata": {"path": str(empty)}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        client.execute(env={**environment, **own})
    assert not list(empty.iterdir()), "the notebook left files behind"
    return notebook


def set_up(path: str) -> str:
    (cell,) = (
        cell
        for cell in nbformat.read(COURSE.root / path, as_version=4).cells
        if "bootstrap" in cell.metadata.get("tags", [])
    )
    return cell.source


def test_all_notebooks_set_up_alike():
    assert len({set_up(path) for path in NOTEBOOKS}) == 1


def test_says_what_to_do_when_the_server_is_down(packages, nobody, tmp_path):
    with pytest.raises(CellExecutionError) as stopped:
        run_alone(NOTEBOOKS[0], nobody, tmp_path)
    said = str(stopped.value)
    assert f"{nobody} couldn't be fetched and installed: are you online?" in said
    assert "Traceback (most recent call last)" not in said and "File " not in said and "line " not in said
    assert pip("freeze", "--all") == packages


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS)
def test_runs_to_its_end(path, archive, packages, tmp_path):
    notebook = run_alone(path, archive, tmp_path)
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert not setup.outputs
    now = pip("freeze", "--all")
    assert any("jaxhep" in package for package in now)
    lost = [package for package in packages if package not in now]
    assert not lost, "installing the course changed the runtime's packages"
    pictures = [source for cell in notebook.cells for source in IMAGE.findall(cell.source)]
    assert not pictures, "a figure is addressed, not embedded: it wouldn't show on Colab"
