# @title Set-up: installs the course on Colab, does nothing in a local copy
import importlib.metadata
import importlib.util
import subprocess
import sys

ARCHIVE, VERSION, PYTHON, JAX = "", "", (), ()  # the build writes the course's own


class CourseMissing(Exception):
    def _render_traceback_(self):  # IPython shows this instead of a traceback
        return [f"The course isn't installed here. {self}"]


def install_course():
    has = lambda package: tuple(int(part) for part in importlib.metadata.version(package).split(".")[:3] if part.isdigit())
    dotted = lambda numbers: ".".join(map(str, numbers))
    if sys.version_info < PYTHON:
        raise CourseMissing(f"It needs Python {dotted(PYTHON)} or newer, this is {dotted(sys.version_info[:3])}: choose a newer runtime.")
    if importlib.util.find_spec("jax") and has("jax") < JAX:
        raise CourseMissing(
            f"It needs JAX {dotted(JAX)} or newer, this is {dotted(has('jax'))}: run `%pip install -U jax jaxlib`, "
            "restart the runtime, and run this cell again."
        )
    pip = subprocess.run([sys.executable, "-m", "pip", "install", "-q", f"jaxhep @ {ARCHIVE}"], capture_output=True, text=True)
    if pip.returncode:
        raise CourseMissing(
            f"{ARCHIVE} couldn't be fetched and installed: are you online? Then run this cell again. pip says:\n{pip.stderr.strip()[-600:]}"
        )
    importlib.invalidate_caches()
    if importlib.metadata.version("jaxhep") != VERSION:
        raise CourseMissing(
            f"This notebook belongs to version {VERSION}, the course is at {importlib.metadata.version('jaxhep')}: "
            "open the notebook again from the course map."
        )


if importlib.util.find_spec("jaxhep") is None:
    install_course()
