"""The build: what it makes of a source, what it refuses, and what it keeps."""

import base64
import shutil
from pathlib import Path

import nbformat
import pytest

from course.__main__ import main
from course.assemble import link_notebooks
from course.build import check, select
from course.execute import clean
from course.settings import ROOT, BuildError, Course
from course.source import keep_solution, strip_solution

COURSE = Course.read(ROOT)

# --- what the build makes ---------------------------------------------------------------------------------------------

EXERCISE_CELL = '''\
def area(r):
    """Of a circle."""
    ### BEGIN SOLUTION
    ### STUB: square = ...
    ### STUB: if square:
    ### STUB:     return ...
    square = r * r
    return 3.14 * square
    ### END SOLUTION

### BEGIN SOLUTION
print(area(1.0))
### END SOLUTION
'''


def test_strip_solution_leaves_the_stub():
    assert strip_solution(EXERCISE_CELL) == (
        'def area(r):\n    """Of a circle."""\n    square = ...\n    if square:\n        return ...\n\n'
        "...  # your code here"
    )


def test_keep_solution_leaves_the_code():
    assert keep_solution(EXERCISE_CELL) == (
        'def area(r):\n    """Of a circle."""\n    square = r * r\n    return 3.14 * square\n\nprint(area(1.0))'
    )


@pytest.mark.parametrize(
    "source, complaint",
    [
        ("### BEGIN SOLUTION\nx = 1", "without '### END"),
        ("x = 1\n### END SOLUTION", "without '### BEGIN"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "inside another"),
        ("### STUB: x = ...", "right after"),
        ("### BEGIN SOLUTION\nx = 1\n### STUB: x = ...\n### END SOLUTION", "right after"),
    ],
)
def test_unbalanced_markers_are_refused(source, complaint):
    with pytest.raises(BuildError, match=f"cell 7.*{complaint}"):
        strip_solution(source, "cell 7")


def test_links_between_sources_become_links_between_notebooks():
    text = (
        "[a](exercise.md) [b](../01_jaxprs/lecture.md#top) [c](solution.md) [d](https://x.org/lecture.md) [e](notes.md)"
    )
    assert link_notebooks(text, "04_x") == (
        "[a](../exercises/04_x.ipynb) [b](../lectures/01_jaxprs.ipynb#top) [c](../solutions/04_x.ipynb)"
        " [d](https://x.org/lecture.md) [e](notes.md)"
    )


LECTURE = """\
# A unit

## 1 One section

![A black square.](../../figures/square.svg)

```{code-cell}
1 + 1
```

```{code-cell}
two = 2
assert two == 2
```

## Further: More

```{code-cell}
:tags: [raises-exception]

raise ValueError("on purpose")
```
"""

EXERCISE = f"""\
# Its exercise (3 minutes)

## Task 1 Areas (67 minutes)

```{{code-cell}}
{EXERCISE_CELL}```

```{{code-cell}}
:tags: [solution]

assert area(1.0) > 3
```
"""
SHOW = """\
import base64, io
from IPython.display import display
from PIL import Image
png = io.BytesIO()
Image.new("RGB", (9, 9)).save(png, "PNG")
display({"image/png": base64.b64encode(png.getvalue()).decode()}, raw=True)"""


def lay(root):
    """Write the sources of a course of one unit."""
    files = {
        "source/01_unit/lecture.md": LECTURE,
        "source/01_unit/exercise.md": EXERCISE,
        "source/index.md": "# Course\n\n<!-- generated: map -->\n<!-- end -->\n",
        "README.md": "# Course\n\n<!-- generated: get -->\nold\n<!-- end -->\n",
        "INSTRUCTORS.md": "# Guide\n\n<!-- generated: hub -->\n<!-- end -->\n",
        "figures/square.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" '
        'height="9"/></svg>',
        "pyproject.toml": (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
        "tests/nbval.cfg": (ROOT / "tests" / "nbval.cfg").read_text(encoding="utf-8"),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small course, built."""
    root = tmp_path_factory.mktemp("built")
    lay(root)
    assert main(["build"], root) == 0
    return root


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the small course, to be spoilt."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_build_of_a_small_course(built):
    course = Course.read(built)
    lecture, exercise, solution = (nbformat.read(target.file, as_version=4) for target in course.targets())
    kinds = [cell.cell_type for cell in lecture.cells]
    assert kinds == ["markdown", "code", "markdown", "code", "code", "markdown", "code"]
    assert (
        "https://colab.research.google.com/github/" in lecture.cells[0].source
        and "mybinder.org" in lecture.cells[0].source
    )
    assert course.archive in lecture.cells[1].source and lecture.cells[1].outputs == []
    assert "![A black square.](data:image/png;base64," in lecture.cells[2].source
    assert lecture.cells[3].outputs[0].data["text/plain"] == "2"
    assert (lecture.cells[4].source, lecture.cells[4].metadata["asserts"]) == ("two = 2", "assert two == 2")
    assert lecture.cells[6].outputs[0].evalue == "on purpose"
    assert "# A unit\n\n*1 minute in all; further sections: 1*" in lecture.cells[2].source
    assert "## 1 One section\n\n*1 minute, 0 so far*" in lecture.cells[2].source
    assert "## Further: More\n\n*1 minute*" in lecture.cells[5].source
    assert [len(notebook.cells) for notebook in (exercise, solution)] == [4, 5]
    assert "...  # your code here" in exercise.cells[3].source and "3.14" not in exercise.cells[3].source
    assert solution.cells[3].outputs[0].text == "3.14\n"


def test_build_fills_the_pages(built):
    assert "git clone https" in (built / "README.md").read_text() and "old" not in (built / "README.md").read_text()
    (page,) = nbformat.read(built / "index.ipynb", as_version=4).cells
    assert "[1 min](lectures/01_unit.ipynb)" in page.source and "<!--" not in page.source


def test_rebuild_is_byte_identical(built, copy):
    assert main(["build", "--fresh"], copy) == 0
    for target in Course.read(copy).targets():
        assert target.file.read_bytes() == (built / target.path).read_bytes()


def test_fresh_course_passes_the_check(built):
    assert check(Course.read(built)) == []


@pytest.mark.parametrize(
    "file, old, new, complaint",
    [
        (
            "source/01_unit/lecture.md",
            "# A unit",
            "# Another unit",
            "lectures/01_unit.ipynb differs from its source in cell 3",
        ),
        ("source/01_unit/lecture.md", "1 + 1", "1 + 2", "lectures/01_unit.ipynb differs from its source in cell 4"),
        ("source/01_unit/exercise.md", "(67 minutes)", "(68 minutes)", "index.ipynb is stale"),
        (
            "source/01_unit/exercise.md",
            "3.14 *",
            "3.1416 *",
            "solutions/01_unit.ipynb differs from its source in cell 4",
        ),
        (
            "source/01_unit/exercise.md",
            "square = ...",
            "squared = ...",
            "exercises/01_unit.ipynb differs from its source",
        ),
        (
            "figures/square.svg",
            'height="9"/>',
            'height="8"/>',
            "lectures/01_unit.ipynb differs from its source in cell 3",
        ),
        ("lectures/01_unit.ipynb", "1 + 1", "1 + 2", "lectures/01_unit.ipynb differs from its source in cell 4"),
        ("lectures/01_unit.ipynb", '"execution_count": 3', '"execution_count": null', "un-executed or out of order"),
        ("lectures/01_unit.ipynb", '"slide_type": "skip"', '"slide_type": "slide"', "other id or metadata"),
        ("lectures/01_unit.ipynb", "\n}", "\n }", "saved by something other than the build"),
        (
            "lectures/01_unit.ipynb",
            '"name": "python"\n',
            '"name": "python",\n   "version": "3.12.1"\n',
            "other metadata",
        ),
        (
            "pyproject.toml",
            'branch = "main"',
            'branch = "next"',
            "lectures/01_unit.ipynb differs from its source in cell 1",
        ),
        ("README.md", "git clone", "git  clone", "README.md is stale"),
        ("INSTRUCTORS.md", "git-pull", "git-push", "INSTRUCTORS.md is stale"),
    ],
)
def test_check_finds_what_is_stale(copy, file, old, new, complaint):
    edit(copy / file, old, new)
    assert complaint in "\n".join(check(Course.read(copy)))
    assert main(["check"], copy) == 1


def test_check_finds_a_missing_notebook_and_a_stray_one(copy):
    (copy / "lectures" / "01_unit.ipynb").rename(copy / "lectures" / "02_unit.ipynb")
    problems = "\n".join(check(Course.read(copy)))
    assert "lectures/01_unit.ipynb is missing" in problems and "lectures/02_unit.ipynb has no source" in problems


def test_check_refuses_a_draft(copy):
    assert main(["build", "--no-execute", "--only", "01/lecture"], copy) == 0
    assert "un-executed" in "\n".join(check(Course.read(copy)))


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ("1 + 1", "1 / 0", "the cell '1 / 0' failed and isn't tagged raises-exception"),
        ('raise ValueError("on purpose")', "1", "is tagged raises-exception but did not fail"),
        ("1 + 1", "import warnings; warnings.warn('careful')", "wrote to stderr"),
        ("1 + 1", "print('UserWarning: careful')", "shows a warning"),
        ("1 + 1", "import os; print(os.getcwd() + '/data')", "shows a path of this machine"),
        ("1 + 1", SHOW, "a figure without description; say what one sees in a line ':alt: ...'"),
        ("![A black square.]", "![]", "has no alt text"),
        ("square.svg", "circle.svg", "there is no figure"),
        ("1 + 1", "### BEGIN SOLUTION\n1\n### END SOLUTION", "belong in exercise.md"),
        ("One section", "One (9 minutes)", "the heading '1 One' has minutes; the build counts those of a lecture"),
        ("two == 2", "two == 3", "the cell 'two = 2' failed"),
        ("assert two == 2", "assert two == 2\nprint(two)", "an assert stands before other code; asserts end a cell"),
        ("assert two", "two\nassert two", "the asserts hide a value that would be shown without them; print it"),
        ("assert two", "two.bit_length()\nassert two", "the asserts hide a value that would be shown without them"),
        ("# A unit\n", "# A unit\n\n<!-- generated: training -->\n", "a generated block without its end, <!-- end -->"),
        ("1 + 1", "x = " + 12 * "1000000 + ", "a line of code has 124 columns, more than 90; wrap it: x = 1000000"),
    ],
)
def test_build_refuses(tmp_path, capsys, old, new, complaint):
    lay(tmp_path)
    edit(tmp_path / "source" / "01_unit" / "lecture.md", old, new)
    assert main(["build", "--only", "01/lecture"], tmp_path) == 1
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "lectures" / "01_unit.ipynb").exists()


# --- what the build keeps ---------------------------------------------------------------------------------------------


@pytest.fixture
def unexecuted(monkeypatch):
    """No kernel may start; collects the notebooks for which one would have."""
    asked = []
    monkeypatch.setattr("course.build.execute", lambda notebook, target: asked.append(target.path) or 0.0)
    return asked


def test_outputs_of_unchanged_code_are_kept(copy, unexecuted, capsys):
    before = (copy / "lectures" / "01_unit.ipynb").read_text()
    edit(copy / "source" / "01_unit" / "lecture.md", "# A unit", "# A whole unit")
    assert main(["build"], copy) == 0 and unexecuted == []
    assert "lectures/01_unit.ipynb: outputs kept" in capsys.readouterr().out
    after = (copy / "lectures" / "01_unit.ipynb").read_text()
    changed = set(after.splitlines()) - set(before.splitlines())
    assert all("A whole unit" in line or '"id": ' in line for line in changed) and len(changed) == 2
    assert check(Course.read(copy)) == []


@pytest.mark.parametrize(
    "old, new",
    [
        ("1 + 1", "1 + 2"),
        ("raises-exception]", "raises-exception, nbval-ignore-output]"),
        ("```{code-cell}\n1 + 1\n```\n", ""),
    ],
)
def test_other_code_or_metadata_is_executed_again(copy, unexecuted, old, new):
    edit(copy / "source" / "01_unit" / "lecture.md", old, new)
    main(["build"], copy)
    assert unexecuted == ["lectures/01_unit.ipynb"]


def test_fresh_executes_everything(copy, unexecuted):
    main(["build", "--fresh"], copy)
    assert unexecuted == [target.path for target in Course.read(copy).targets()]


def test_an_error_leaves_the_tree_as_it_was(copy, capsys):
    before = {file: file.read_bytes() for file in copy.rglob("*.*")}
    edit(copy / "source" / "01_unit" / "lecture.md", "# A unit", "# Another unit")
    edit(copy / "README.md", "generated: get", "generated: got")
    before |= {file: file.read_bytes() for file in (copy / "README.md", copy / "source" / "01_unit" / "lecture.md")}
    assert main(["build"], copy) == 1
    assert "no generated block is called got" in capsys.readouterr().err
    assert {file: file.read_bytes() for file in copy.rglob("*.*")} == before


def test_a_unit_may_have_only_a_lecture(copy, capsys):
    lecture = copy / "source" / "02_begun" / "lecture.md"
    lecture.parent.mkdir()
    lecture.write_text("# Begun\n\n## 1 A section\n\n" + 520 * "Text. ")
    edit(copy / "INSTRUCTORS.md", "generated: hub", "generated: overview")
    assert main(["build"], copy) == 0
    assert "02_begun doesn't have an exercise yet (source/02_begun/exercise.md)" in capsys.readouterr().out
    assert check(Course.read(copy)) == []
    assert (
        "| 02 | **4 minutes:** 1 A section (4); the rest is opening and summary | not yet |"
        in (copy / "INSTRUCTORS.md").read_text()
    )
    assert (
        "| 02 | Begun | [4 min](lectures/02_begun.ipynb)"
        in nbformat.read(copy / "index.ipynb", as_version=4).cells[0].source
    )


def test_the_description_of_a_figure_is_beside_the_code(tmp_path, capsys):
    lay(tmp_path)
    lecture = tmp_path / "source" / "01_unit" / "lecture.md"
    edit(
        lecture, "```{code-cell}\n1 + 1", f'```{{code-cell}}\n:tags: [picture-square]\n:alt: "A square: black."\n{SHOW}'
    )
    assert main(["build", "--only", "01/lecture"], tmp_path) == 0
    (cell,) = [
        cell for cell in nbformat.read(tmp_path / "lectures" / "01_unit.ipynb", 4).cells if "display" in cell.source
    ]
    (figure,) = cell.outputs
    assert figure.metadata == {"image/png": {"alt": "A square: black."}} and "alt" not in cell.metadata
    assert base64.b64decode(figure.data["image/png"]) == (tmp_path / "figures" / "square.png").read_bytes()
    edit(lecture, "A square: black.", "Black: a square.")
    assert "its figure is described in other words" in "\n".join(check(Course.read(tmp_path)))
    (tmp_path / "figures" / "square.png").write_bytes(b"another")
    edit(lecture, "Black: a square.", "A square: black.")
    assert "shows another figure than figures/square.png" in "\n".join(check(Course.read(tmp_path)))


def test_only_names_what_there_is(built, capsys):
    assert main(["build", "--only", "07"], built) == 1
    assert "01_unit/lecture" in capsys.readouterr().err
    course = Course.read(built)
    assert [target.kind for target in select(course, ["01/solution", "01_unit/lecture", "01"])] == [
        "solution",
        "lecture",
        "exercise",
    ]


def test_outputs_lose_addresses_and_paths():
    text = (
        "<f at 0x7f3a12bc> in /tmp/ipykernel_12/345.py:1, /opt/venv/lib/python3.12/site-packages/jax/a.py, "
        "/usr/lib/python3.11/abc.py"
    )
    outputs = [nbformat.v4.new_output("stream", text=text)]
    clean(outputs, COURSE)
    assert outputs[0].text == "<f at 0x...> in <cell>:1, site-packages/jax/a.py, python/abc.py"
