"""The course tree and its settings: what there is to build, and where it is published."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"lecture": "lectures", "exercise": "exercises", "solution": "solutions"}
SOURCES = {"lecture": "lecture", "exercise": "exercise", "solution": "exercise"}


class BuildError(Exception):
    """Something in the course that the build refuses; the message says what, where and the way out."""


@dataclass(frozen=True)
class Course:
    """A course tree and its settings, [tool.course] of pyproject.toml."""

    root: Path
    repository: str
    branch: str
    limits: dict[str, int] = field(default_factory=dict)
    planned: int = 0

    @classmethod
    def read(cls, root: Path) -> Course:
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]
        return cls(root, settings["repository"].rstrip("/"), settings["branch"], settings["seconds"], settings["units"])

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

    def begun(self) -> list[str]:
        """What units that are begun still lack, a sentence each."""
        files = {"lecture.md": "a lecture", "exercise.md": "an exercise", "questions.md": "concept questions"}
        return [
            f"{unit} doesn't have {what} yet (source/{unit}/{name})"
            for unit in self.units()
            for name, what in files.items()
            if not (self.root / "source" / unit / name).is_file()
        ]


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
