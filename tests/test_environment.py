"""pyproject.toml, requirements.txt, environment.yml, CITATION.cff and README.md say the same."""

import re
import tomllib

import nbval.kernel
import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import jaxhep
from course.pages import commands
from course.settings import ROOT, Course

PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = [
    line.strip()
    for line in (ROOT / "requirements.txt").read_text().splitlines()
    if line.strip() and not line.lstrip().startswith("#")
]
COLAB, BETWEEN = (
    dict(line.split("==") for line in (ROOT / "tests" / name).read_text().splitlines() if "==" in line)
    for name in ("colab.txt", "between.txt")
)


def environment(python: str) -> dict[str, str]:
    """What a marker sees on a Linux machine with that Python."""
    return {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux", "os_name": "posix"}


def locked(python: str) -> dict[str, str]:
    """Name and version of everything that requirements.txt installs there."""
    pins = {}
    for line in LOCK:
        if line == "-e .":
            continue
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment(python)):
            assert requirement.name not in pins, f"{requirement.name} is pinned twice on Python {python}"
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"{line}: not a pin"
            pins[requirement.name] = specifier.version
    return pins


def wanted(*extras: str) -> list[Requirement]:
    project = PROJECT["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_satisfies_the_project(python):
    pins = locked(python)
    for requirement in wanted("course"):
        version = pins.get(requirement.name)
        assert version, (
            f"requirements.txt doesn't pin {requirement.name}, which pyproject.toml needs; lock again (README)"
        )
        assert version in requirement.specifier, (
            f"requirements.txt pins {requirement.name} {version}; pyproject.toml wants {requirement.specifier}"
        )


def test_lock_holds_both_jax_lanes():
    old, new = (tuple(map(int, locked(python)["jax"].split("."))) for python in ("3.11", "3.12"))
    assert old < new and locked("3.12") == locked("3.13")
    assert all(locked(python)["jax"] == locked(python)["jaxlib"] for python in PYTHONS)


def test_lock_installs_the_course_and_names_no_index():
    assert "-e ." in LOCK
    assert not re.search(r"https?://|--index|--find-links|file:", "\n".join(LOCK))


def test_lock_reads_on_every_supported_python():
    supported = SpecifierSet(PROJECT["project"]["requires-python"])
    assert all(python in supported for python in PYTHONS)
    assert "3.10" not in supported
    for line in LOCK:
        if ";" in line:
            Marker(line.split(";")[1].strip())


def test_conda_installs_the_same():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())
    *plain, pip = conda["dependencies"]
    assert pip == {"pip": ["-r requirements.txt"]}
    (python,) = [entry for entry in plain if entry.startswith("python=")]
    assert python.removeprefix("python=") in PYTHONS
    assert set(plain) == {python, "pip"}


@pytest.mark.parametrize("versions", [COLAB, BETWEEN], ids=["colab", "between"])
def test_other_versions_stay_when_the_course_is_installed(versions):
    for requirement in wanted():
        if requirement.name in versions:
            assert versions[requirement.name] in requirement.specifier, (
                f"{requirement} would replace {versions[requirement.name]}"
            )


def test_the_version_in_between_is_in_between():
    older, between, newer = (
        tuple(map(int, version.split(".")[:2])) for version in (COLAB["jax"], BETWEEN["jax"], locked("3.11")["jax"])
    )
    assert older < between < newer


def test_one_version_and_one_address():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert jaxhep.__version__ == PROJECT["project"]["version"] == str(citation["version"])
    address = PROJECT["tool"]["course"]["repository"]
    assert PROJECT["project"]["urls"]["Repository"] == citation["repository-code"] == address


def test_readme_says_what_is_locked():
    text = (ROOT / "README.md").read_text()
    assert f"| 3.11 | {locked('3.11')['jax']}, locked" in text
    assert f"| ≥ 3.12 | {locked('3.13')['jax']}, locked" in text
    assert f"| 3.13 | {COLAB['jax']}, as in Colab" in text
    assert f"| 3.12 | {BETWEEN['jax']} |" in text


def test_readme_commands_are_one_line_each():
    lines = commands(Course.read(ROOT))
    text = (ROOT / "README.md").read_text()
    for name in ("get", "learn", "test"):
        assert f"```bash\n{lines[name]}\n```" in text and "\n" not in lines[name]
    assert f"```powershell\n{lines['windows']}\n```" in text
    assert "git clone" in lines["get"] and "git" not in lines["learn"] + lines["test"] + lines["windows"]


def test_a_kernel_that_dies_at_its_start_is_started_again():
    starts = []

    def start(**options):
        starts.append(options)
        if len(starts) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "manager", "client"

    assert nbval.kernel.start_new_kernel(cwd="lectures", start=start) == ("manager", "client")
    assert starts == [{"cwd": "lectures"}] * 2
