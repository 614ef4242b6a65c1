"""The one build of the course: source/ -> lectures/, exercises/, solutions/, index.ipynb and the generated parts of README.md
and INSTRUCTORS.md.

    python tools/build.py                              build everything, executed
    python tools/build.py --only 04_hww_likelihood     one unit ("04" is enough; "04/lecture", "04/solution" for one notebook)
    python tools/build.py --only pages                 no notebook, only the generated parts of the pages
    python tools/build.py --no-execute --only 04       a quick draft without outputs, which --check refuses
    python tools/build.py --check                      fail on anything stale, un-executed or edited by hand; executes nothing

A unit is source/NN_topic/lecture.md and exercise.md in MyST Markdown. The front matter gives ``minutes``; code cells are
```{code-cell} blocks with ``:tags: [...]``. What the build does with the text:

- ``![alt](../../figures/NAME.svg)`` becomes an embedded PNG: the one form that JupyterLab, Colab, nbconvert and GitHub all show.
- Links between sources, ``[text](exercise.md)`` or ``[text](../05_toys/lecture.md)``, become links between notebooks; the
  solution's address is ``solution.md``.
- In an exercise the lines between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` give way to a stub: the ``### STUB: text`` lines
  right after BEGIN, or ``...  # your code here`` without any. In the solution the markers and stubs vanish and the code stays.
- Cells tagged ``solution`` or ``exercise`` appear only there. Speaker notes are folded.
- A cell meant to fail is tagged ``raises-exception``; any other error, a tagged cell that doesn't fail, text on stderr (unless
  tagged ``allow-stderr``), a warning or a path of this machine in an output stops the build.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import jupytext
import nbformat
import resvg_py
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from schedule import PLANS, ScheduleError, overview, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "benchmarks"))
import report  # noqa: E402

FOLDERS = {"lecture": "lectures", "exercise": "exercises", "solution": "solutions"}
SOURCES = {"lecture": "lecture", "exercise": "exercise", "solution": "exercise"}
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
BEGIN, END, STUB = "### BEGIN SOLUTION", "### END SOLUTION", "### STUB:"
DEFAULT_STUB = "...  # your code here"
NOTE = (
    "<details><summary>For the instructor</summary>\n\n",
    "\n\n</details>",
)  # around speaker notes: folded where learners read
FIGURE_WIDTH = 1920
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]+\.svg)\)")
LINK = re.compile(r"\]\((?:\.\./(?P<unit>\w+)/)?(?P<kind>lecture|exercise|solution)\.md(?P<anchor>#[^)]*)?\)")
INSIDE_LIBRARY = re.compile(r"File \S*(site-packages|python)/")  # a frame of a traceback that isn't the notebook's
EMBEDDED = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class BuildError(Exception):
    """Something in the course that the build refuses; the message says what, where and the way out."""


@dataclass(frozen=True)
class Course:
    """A course tree and its settings, [tool.course] of pyproject.toml."""

    root: Path
    repository: str
    branch: str
    limits: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Course:
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]
        return cls(root, settings["repository"].rstrip("/"), settings["branch"], settings["seconds"])

    @property
    def slug(self) -> str:
        """OWNER/NAME of the public repository."""
        return "/".join(self.repository.split("/")[-2:])

    @property
    def name(self) -> str:
        return self.slug.split("/")[1]

    @property
    def archive(self) -> str:
        return f"{self.repository}/archive/refs/heads/{self.branch}.zip"

    def colab(self, path: str) -> str:
        return f"https://colab.research.google.com/github/{self.slug}/blob/{self.branch}/{path}"

    def binder(self, path: str) -> str:
        return f"https://mybinder.org/v2/gh/{self.slug}/{self.branch}?urlpath=lab/tree/{path}"

    def hub(self, path: str) -> str:
        """The nbgitpuller link of a class on JupyterHub; HUB stands for the hub's address."""
        wishes = {"repo": self.repository, "branch": self.branch, "urlpath": f"lab/tree/{self.name}/{path}"}
        return f"https://HUB/hub/user-redirect/git-pull?{urlencode(wishes, safe='/:')}"

    def units(self) -> list[str]:
        return sorted(path.name for path in (self.root / "source").glob("[0-9][0-9]_*") if path.is_dir())

    def targets(self) -> list[Target]:
        every = [Target(self, unit, kind) for unit in self.units() for kind in FOLDERS]
        return [target for target in every if target.source.is_file()]


@dataclass(frozen=True)
class Target:
    """One notebook to build."""

    course: Course
    unit: str
    kind: str

    @property
    def source(self) -> Path:
        return self.course.root / "source" / self.unit / f"{SOURCES[self.kind]}.md"

    @property
    def path(self) -> str:
        """Of the notebook, from the root of the course."""
        return f"{FOLDERS[self.kind]}/{self.unit}.ipynb"

    @property
    def file(self) -> Path:
        return self.course.root / self.path


# --- reading the source -----------------------------------------------------------------------------------------------


def read_source(path: Path) -> NotebookNode:
    """The cells of a source file as an un-executed notebook; its front matter is the metadata."""
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        raise BuildError(f"{path}: no front matter; begin the file with '---', 'minutes: N' and '---'")
    notebook = jupytext.reads(text, fmt="md:myst")
    if not isinstance(notebook.metadata.get("minutes"), int):
        raise BuildError(f"{path}: the front matter needs 'minutes: N', the time that this unit takes")
    return notebook


def title(notebook: NotebookNode) -> str:
    """The first heading."""
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and line.startswith("# "):
                return line[2:].strip()
    raise BuildError("a source file needs a title, a line that begins with '# '")


# --- exercise and solution --------------------------------------------------------------------------------------------


def _regions(source: str, where: str) -> Iterator[tuple[list[str], list[str], list[str] | None]]:
    """Split a code cell into (plain lines, stub lines, solution lines); the last part has no solution (None)."""
    plain: list[str] = []
    stub: list[str] = []
    solution: list[str] | None = None
    indent = ""
    for line in source.splitlines():
        mark = line.strip()
        if mark == BEGIN:
            if solution is not None:
                raise BuildError(f"{where}: '{BEGIN}' inside another region; close the first with '{END}'")
            solution, indent = [], line[: len(line) - len(line.lstrip())]
        elif mark == END:
            if solution is None:
                raise BuildError(f"{where}: '{END}' without '{BEGIN}'")
            yield plain, stub or [indent + DEFAULT_STUB], solution
            plain, stub, solution = [], [], None
        elif mark.startswith(STUB):
            if solution is None or solution:
                raise BuildError(f"{where}: '{STUB}' lines stand right after '{BEGIN}'")
            stub.append((indent + mark[len(STUB) :].removeprefix(" ")).rstrip())
        else:
            (plain if solution is None else solution).append(line)
    if solution is not None:
        raise BuildError(f"{where}: '{BEGIN}' without '{END}'")
    yield plain, [], None


def strip_solution(source: str, where: str = "cell") -> str:
    """The learner's view of a code cell: every solution region replaced by its stub."""
    return "\n".join(line for plain, stub, _ in _regions(source, where) for line in plain + stub)


def keep_solution(source: str, where: str = "cell") -> str:
    """The teacher's view of a code cell: the markers and stubs removed."""
    return "\n".join(line for plain, _, solution in _regions(source, where) for line in plain + (solution or []))


def solutions(source: str, where: str = "cell") -> list[str]:
    """The code of each solution region."""
    return ["\n".join(solution) for _, _, solution in _regions(source, where) if solution is not None]


# --- figures and links ------------------------------------------------------------------------------------------------


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def render(svg: bytes) -> bytes:
    """The figure as a small PNG, carrying the fingerprint of the SVG that it shows."""
    pixels = resvg_py.svg_to_bytes(svg_string=svg.decode(), width=FIGURE_WIDTH, background="white")
    note = PngInfo()
    note.add_text("Source", fingerprint(svg))
    png = io.BytesIO()
    Image.open(io.BytesIO(bytes(pixels))).convert("RGB").quantize(128).save(png, "PNG", optimize=True, pnginfo=note)
    return png.getvalue()


def rendered_from(png: bytes) -> str:
    """The fingerprint that ``render`` left in the PNG."""
    return Image.open(io.BytesIO(png)).info.get("Source", "none")


def embed_figures(source: str, folder: Path, where: str, as_png: bool = True) -> str:
    """Replace each figure's address by the figure itself, or by its fingerprint only."""

    def replace(match: re.Match[str]) -> str:
        path = folder / match["path"]
        if not match["alt"].strip():
            raise BuildError(f"{where}: the figure {match['path']} has no alt text")
        if not path.is_file():
            raise BuildError(f"{where}: there is no figure {match['path']} (seen from {folder.name}/)")
        svg = path.read_bytes()
        content = base64.b64encode(render(svg)).decode() if as_png else fingerprint(svg)
        return f"![{match['alt']}](data:image/png;base64,{content})"

    return IMAGE.sub(replace, source)


def without_pixels(source: str) -> str:
    """The text of a cell with each embedded figure replaced by its fingerprint, as ``embed_figures(as_png=False)`` leaves it."""
    return EMBEDDED.sub(lambda m: f"data:image/png;base64,{rendered_from(base64.b64decode(m[1]))}", source)


def link_notebooks(source: str, unit: str) -> str:
    return LINK.sub(lambda m: f"](../{FOLDERS[m['kind']]}/{m['unit'] or unit}.ipynb{m['anchor'] or ''})", source)


# --- assembling -------------------------------------------------------------------------------------------------------


def bootstrap_source(course: Course) -> str:
    """tools/bootstrap.py with this course's address and what it needs."""
    project = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = [project["requires-python"], *(wish for wish in project["dependencies"] if wish.startswith("jax>="))]
    numbers = [tuple(map(int, wish.split(">=")[1].split("."))) for wish in lowest]
    values = ", ".join([f'"{course.archive}"', f'"{project["version"]}"', *map(str, numbers)])
    source = (Path(__file__).parent / "bootstrap.py").read_text(encoding="utf-8").strip()
    return re.sub(
        r"^(ARCHIVE, VERSION, PYTHON, JAX = ).*$", lambda match: match[1] + values, source, flags=re.MULTILINE
    )


def header(target: Target) -> list[NotebookNode]:
    """Where else this notebook opens, and the cell that installs the course where it is missing (Colab)."""
    course = target.course
    others = [other for other in course.targets() if other.unit == target.unit and other.kind != target.kind]
    launch = [f"[Open in Colab]({course.colab(target.path)})", f"[Launch on Binder]({course.binder(target.path)})"]
    links = [f"[{other.kind.capitalize()}](../{other.path})" for other in others]
    badges = nbformat.v4.new_markdown_cell(" · ".join([*launch, *links, "[Course map](../index.ipynb)"]))
    bootstrap = nbformat.v4.new_code_cell(bootstrap_source(course))
    bootstrap.metadata.update({"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["bootstrap"]})
    for cell in (badges, bootstrap):
        cell.metadata["slideshow"] = {"slide_type": "skip"}
    return [badges, bootstrap]


def assemble(target: Target, as_png: bool = True) -> NotebookNode:
    """The notebook as it is before execution."""
    cells = []
    for number, cell in enumerate(read_source(target.source).cells, start=1):
        tags = cell.metadata.get("tags", [])
        where = f"{target.source.relative_to(target.course.root)}, cell {number} ({headline(cell.source)})"
        if not cell.source.strip():
            raise BuildError(f"{where}: an empty cell")
        if any(only in tags and target.kind != only for only in ("exercise", "solution")):
            continue
        if cell.cell_type == "code":
            if target.kind == "lecture" and solutions(cell.source, where):
                raise BuildError(f"{where}: solution regions belong in exercise.md")
            cell.source = (strip_solution if target.kind == "exercise" else keep_solution)(cell.source, where)
        else:
            cell.source = link_notebooks(cell.source, target.unit)
            if cell.metadata.get("slideshow", {}).get("slide_type") == "notes":
                cell.source = cell.source.join(NOTE)
        cells.append((cell, where))

    cells = [*((cell, "header") for cell in header(target)), *cells]
    seen: dict[str, int] = {}
    for cell, where in cells:
        text = f"{cell.cell_type}\n{cell.source}"
        seen[text] = seen.get(text, 0) + 1
        cell["id"] = fingerprint(f"{seen[text]}\n{text}".encode())[:8]
        if cell.cell_type == "markdown":
            cell.source = embed_figures(cell.source, target.source.parent, where, as_png)
    notebook = nbformat.v4.new_notebook(cells=[cell for cell, _ in cells])
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5
    return notebook


def headline(source: str) -> str:
    """The first line of a cell, to name it in messages."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), "empty")
    return line if len(line) <= 60 else line[:57] + "..."


def serialise(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


# --- executing --------------------------------------------------------------------------------------------------------


def sanitisers(course: Course) -> list[tuple[re.Pattern[str], str]]:
    """The same substitutions that nbval makes before it compares."""
    text = (course.root / "tests" / "nbval.cfg").read_text(encoding="utf-8")
    pairs = re.findall(r"^regex: (.*)$\n^replace: (.*)$", text, flags=re.MULTILINE)
    return [(re.compile(pattern), replacement) for pattern, replacement in pairs]


def execute(notebook: NotebookNode, target: Target) -> float:
    """Run the notebook in its folder, clean its outputs and refuse what must not be published; return the seconds it took."""
    limit = target.course.limits[target.kind]
    folder = target.file.parent
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
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
                for cell in notebook.cells
                if failure(cell) and "raises-exception" not in cell.metadata.get("tags", [])
            )
            clean(cell.outputs, target.course)
            trace = "\n".join(failure(cell).traceback)
            raise BuildError(
                f"{target.path}: the cell '{headline(cell.source)}' failed and isn't tagged raises-exception\n{trace}"
            ) from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise BuildError(f"{target.path}: {error}") from None
    seconds = time.monotonic() - start
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            clean(cell.outputs, target.course)
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
    """Take out of the outputs what changes from run to run or from machine to machine, and a traceback's frames in libraries."""
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
            if "image/png" in output.get("data", {}) and not output.metadata.get("image/png", {}).get("alt"):
                yield f"{where} shows a figure without alt text; end it with plots.show(fig, alt=...)"


# --- the landing page -------------------------------------------------------------------------------------------------


def course_map(course: Course) -> str:
    """The table of units with minutes and links."""
    rows = ["| | Unit | Lecture | Exercise | Solution |", "|---|---|---|---|---|"]
    for unit in course.units():
        targets = {target.kind: target for target in course.targets() if target.unit == unit}
        cells = []
        for kind in FOLDERS:
            if kind not in targets:
                cells.append("")
                continue
            minutes = read_source(targets[kind].source).metadata["minutes"]
            path = targets[kind].path
            label = "open" if kind == "solution" else f"{minutes} min"
            cells.append(f"[{label}]({path}) · [Colab]({course.colab(path)})")
        name = title(read_source(next(iter(targets.values())).source))
        rows.append(f"| {unit[:2]} | {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def badges(course: Course) -> str:
    return (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({course.colab('index.ipynb')})\n"
        f"[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({course.binder('index.ipynb')})\n"
    )


def commands(course: Course) -> dict[str, str]:
    """The two one-line commands of the README."""
    setup = f"git clone {course.repository} && cd {course.name} && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
    return {"learn": f"{setup} && .venv/bin/jupyter lab index.ipynb", "test": f"{setup} && .venv/bin/pytest"}


def blocks(course: Course) -> dict[str, Callable[[], str]]:
    """What makes the generated parts of README.md, INSTRUCTORS.md and source/index.md."""
    fenced = {name: lambda line=line: f"```bash\n{line}\n```\n" for name, line in commands(course).items()}
    source = course.root / "source"
    schedules = {name: lambda plan=plan: table(source, plan) for name, plan in PLANS.items()}
    return {
        "map": lambda: course_map(course),
        "badges": lambda: badges(course),
        "overview": lambda: overview(source),
        "benchmark": lambda: report.block(report.read(course.root / "benchmarks" / "results.json")),
        "hub": lambda: f"```\n{course.hub('index.ipynb')}\n```\n",
        **fenced,
        **schedules,
    }


def fill_blocks(text: str, course: Course) -> str:
    parts = blocks(course)
    unknown = {name for _, name, _ in BLOCK.findall(text)} - set(parts)
    if unknown:
        raise BuildError(f"no generated block is called {', '.join(sorted(unknown))}; known: {', '.join(parts)}")
    return BLOCK.sub(lambda m: m[1] + parts[m[2]]() + m[3], text)


def filled(name: str) -> Callable[..., str]:
    """What makes a page that is filled in place."""
    return lambda course, as_png=True: fill_blocks((course.root / name).read_text(encoding="utf-8"), course)


def index(course: Course, as_png: bool = True) -> str:
    """index.ipynb, the page on which JupyterLab opens: source/index.md with the map filled in."""
    source = course.root / "source" / "index.md"
    text = fill_blocks(source.read_text(encoding="utf-8"), course)
    text = re.sub(r"<!-- (generated: \w+|end) -->\n?", "", text)
    text = embed_figures(text, source.parent, "source/index.md", as_png)
    cell = nbformat.v4.new_markdown_cell(text.strip(), id="index")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata = nbformat.from_dict(METADATA)
    return serialise(notebook)


PAGES = {"README.md": filled("README.md"), "INSTRUCTORS.md": filled("INSTRUCTORS.md"), "index.ipynb": index}


# --- building and checking --------------------------------------------------------------------------------------------


def build(target: Target, run: bool = True) -> bool:
    """Write one notebook; whether it ran within its limit."""
    notebook = assemble(target)
    seconds = execute(notebook, target) if run else 0.0
    target.file.parent.mkdir(parents=True, exist_ok=True)
    target.file.write_text(serialise(notebook), encoding="utf-8")
    print(f"{target.path}: {f'executed in {seconds:.1f} s' if run else 'not executed'}", flush=True)
    limit = target.course.limits[target.kind]
    if seconds > limit:
        print(
            f"build: {target.path} is too slow, a {target.kind} may take {limit} s on an idle machine", file=sys.stderr
        )
    return seconds <= limit


def staleness(target: Target) -> str | None:
    """Why a stored notebook isn't what the build would write, apart from the values in its outputs; None if it is."""
    if not target.file.is_file():
        return "is missing"
    text = target.file.read_text(encoding="utf-8")
    try:
        stored = nbformat.reads(text, as_version=4)
        nbformat.validate(stored)
    except Exception as error:
        return f"isn't a valid notebook: {error}"
    if serialise(stored) != text:
        return "was saved by something other than the build"
    fresh = assemble(target, as_png=False)
    if stored.metadata != fresh.metadata:
        return f"has other metadata than the build writes: {dict(stored.metadata)}"
    executed = 0
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells), start=1):
        where = f"differs from its source in cell {number} ('{headline(new.source)}')"
        if old.cell_type != new.cell_type or without_pixels(old.source) != new.source:
            return f"{where}: other text"
        if old.id != new.id or old.metadata != new.metadata or old.get("attachments"):
            return f"{where}: other id or metadata"
        if old.cell_type == "code":
            executed += 1
            if old.execution_count != executed:
                return f"holds cell {number} ('{headline(old.source)}') un-executed or out of order"
    if len(stored.cells) != len(fresh.cells):
        return f"has {len(stored.cells)} cells where its source gives {len(fresh.cells)}"
    return next(output_problems(stored, target.course), None)


def check(course: Course) -> list[str]:
    """Everything in the tree that isn't as the build would leave it."""
    problems = [f"{target.path} {reason}" for target in course.targets() if (reason := staleness(target))]
    expected = {target.file for target in course.targets()}
    for folder in FOLDERS.values():
        strays = set((course.root / folder).glob("**/*")) - expected
        problems += [
            f"{folder}/{path.name} has no source" for path in sorted(strays) if ".ipynb_checkpoints" not in path.parts
        ]
    for name, make in PAGES.items():
        file = course.root / name
        if not file.is_file() or without_pixels(file.read_text(encoding="utf-8")) != make(course, as_png=False):
            problems.append(f"{name} is stale")
    return problems


def select(course: Course, only: list[str]) -> list[Target]:
    """The targets named by ``--only``: NN, NN_topic or NN_topic/kind; none for "pages"."""
    if not only:
        return course.targets()
    chosen = []
    for wish in only:
        if wish == "pages":
            continue
        unit, _, kind = wish.partition("/")
        found = [t for t in course.targets() if t.unit.startswith(unit) and kind in ("", t.kind)]
        if not found:
            known = ", ".join(f"{t.unit}/{t.kind}" for t in course.targets())
            raise BuildError(f"--only {wish} names no notebook; there are: {known or 'none'}")
        chosen += [target for target in found if target not in chosen]
    return chosen


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description="Build the course's notebooks and pages from source/.")
    parser.add_argument("--check", action="store_true", help="only report what is stale; execute and write nothing")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NN_topic[/kind]",
        help="a unit, a notebook, or pages; may be repeated",
    )
    parser.add_argument("--no-execute", action="store_true", help="draft without outputs")
    options = parser.parse_args(arguments)
    course = Course.read(root)
    try:
        if options.check:
            problems = check(course)
            print("\n".join(problems) or "every built file is fresh")
            if problems:
                print("Edit source/, then run: python tools/build.py", file=sys.stderr)
            return bool(problems)
        if find_spec("jaxhep") is None:
            raise BuildError("the package jaxhep isn't installed here; run: pip install -r requirements.txt")
        in_time = [build(target, run=not options.no_execute) for target in select(course, options.only)]
        for name, make in PAGES.items():
            (course.root / name).write_text(make(course), encoding="utf-8")
    except (BuildError, ScheduleError) as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return not all(in_time)


if __name__ == "__main__":
    sys.exit(main())
