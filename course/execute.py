"""Executing a notebook, cleaning its outputs, and refusing what must not be published."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import cast

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course.assemble import METADATA
from course.asserts import restore
from course.settings import BuildError, Course, Target
from course.source import headline

INSIDE_LIBRARY = re.compile(r"File \S*(site-packages|python)/")  # a frame of a traceback that isn't the notebook's


def sanitisers(course: Course) -> list[tuple[re.Pattern[str], str]]:
    """The same substitutions that nbval makes before it compares."""
    text = (course.root / "tests" / "nbval.cfg").read_text(encoding="utf-8")
    pairs = re.findall(r"^regex: (.*)$\n^replace: (.*)$", text, flags=re.MULTILINE)
    return [(re.compile(pattern), replacement) for pattern, replacement in pairs]


def execute(notebook: NotebookNode, target: Target) -> float:
    """Run the notebook in its folder, clean its outputs and refuse what must not be published; return the seconds it
    took."""
    limit = target.course.limits[target.kind]
    folder = target.file.parent
    folder.mkdir(parents=True, exist_ok=True)
    whole = deepcopy(notebook)
    for cell in whole.cells:
        restore(cell)
    client = NotebookClient(
        whole,
        timeout=limit,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ipython") as profile:
        environment = {**os.environ, "IPYTHONDIR": profile, "JAX_PLATFORMS": "cpu", "PYTHONHASHSEED": "0"}
        try:
            client.execute(env=environment)
        except CellExecutionError:
            cell = next(
                cell
                for cell in whole.cells
                if failure(cell) and "raises-exception" not in cell.metadata.get("tags", [])
            )
            clean(cell.outputs, target.course)
            trace = "\n".join(cast(NotebookNode, failure(cell)).traceback)
            raise BuildError(
                f"{target.path}: the cell '{headline(cell.source)}' failed and isn't tagged raises-exception\n{trace}"
            ) from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise BuildError(f"{target.path}: {error}") from None
    seconds = time.monotonic() - start
    for cell, run in zip(notebook.cells, whole.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = run.outputs, run.execution_count
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            clean(cell.outputs, target.course)
    describe_figures(notebook)
    for problem in output_problems(notebook, target.course):
        raise BuildError(f"{target.path}: {problem}")
    return seconds


def failure(cell: NotebookNode) -> NotebookNode | None:
    """The error among a cell's outputs."""
    return next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)


def _texts(output: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    """Where an output holds text: (container, key)."""
    data = output.get("data", {})
    yield from ((data, mime) for mime in data if isinstance(data[mime], str) and not mime.startswith("image/png"))
    yield from ((output, key) for key in ("text", "evalue") if key in output)


def clean(outputs: list[NotebookNode], course: Course) -> None:
    """Take out of the outputs what changes from run to run or from machine to machine, and a traceback's frames in
    libraries."""
    substitutions = sanitisers(course)

    def scrub(text: str) -> str:
        for pattern, replacement in substitutions:
            text = pattern.sub(replacement, text)
        return text

    for output in outputs:
        for container, key in _texts(output):
            container[key] = scrub(container[key])
        if output.output_type == "error":
            frames = [scrub(text) for text in output.traceback]
            output.traceback = [text for text in frames if not INSIDE_LIBRARY.search(text)]


def describe_figures(notebook: NotebookNode) -> None:
    """Move the text that describes a cell's figure from the cell to the figure."""
    for cell in notebook.cells:
        alt = cell.metadata.pop("alt", None)
        for figure in figures(cell):
            figure.metadata = nbformat.from_dict({"image/png": {"alt": alt}} if alt else {})


def figures(cell: NotebookNode) -> list[NotebookNode]:
    """The outputs of a cell that are figures."""
    return [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]


def machine_paths(course: Course) -> re.Pattern[str]:
    """The places of this machine that no output may name."""
    places = {course.root, Path.home(), Path(tempfile.gettempdir()), Path(sys.prefix), Path(sys.base_prefix)}
    tops = {f"/{place.parts[1]}/" for place in places if len(place.parts) > 1 and place.parts[1] != "usr"}
    return re.compile("|".join(re.escape(top) for top in sorted(tops)) or r"(?!)")


def output_problems(notebook: NotebookNode, course: Course) -> Iterator[str]:
    """What is wrong with the outputs of an executed notebook."""
    paths = machine_paths(course)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        where, tags = f"the cell '{headline(cell.source)}'", cell.metadata.get("tags", [])
        if failure(cell) and "raises-exception" not in tags:
            yield f"{where} failed and isn't tagged raises-exception"
        if "raises-exception" in tags and not failure(cell):
            yield f"{where} is tagged raises-exception but did not fail"
        for output in cell.outputs:
            if output.get("name") == "stderr" and "allow-stderr" not in tags:
                yield f"{where} wrote to stderr: {output.text.strip()}"
            data = {mime: value for mime, value in output.get("data", {}).items() if not mime.startswith("image/png")}
            text = json.dumps({**output, "data": data}, ensure_ascii=False)
            if found := re.search(r".{0,40}Warning\b.{0,40}", text):
                yield f"{where} shows a warning: {found[0]}"
            if found := paths.search(text):
                yield f"{where} shows a path of this machine, under {found[0]}"
        if any(not figure.metadata.get("image/png", {}).get("alt") for figure in figures(cell)):
            yield (
                f"{where} shows a figure without description; say what one sees in a line ':alt: ...' below its "
                f"{{code-cell}}"
            )
