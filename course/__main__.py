"""``python -m course``: build the notebooks and pages, check that they are fresh, make slides, website and homework of
them.

Run it at the root of the course. ``python -m course COMMAND --help`` says more about each.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from course.settings import ROOT, BuildError, Course


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    whole = argparse.ArgumentParser(prog="python -m course", description="Build the course and what is made of it.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = commands.add_parser("build", help="build the notebooks and pages from source/")
    build.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NN[/kind]",
        help='a unit, "04"; one notebook, "04/lecture"; or "pages", no notebook; may be repeated',
    )
    build.add_argument("--fresh", action="store_true", help="execute notebooks whose code hasn't changed, too")
    build.add_argument("--no-execute", action="store_true", help="a quick draft without outputs, which check refuses")

    commands.add_parser("check", help="report what is stale, un-executed or edited by hand; execute and write nothing")

    for name, what in (
        ("slides", "write the lectures as decks, one HTML file each that needs no network"),
        ("site", "write the course as a website, ready for any static host"),
        ("homework", "write the exercises as assignments for nbgrader"),
    ):
        made = commands.add_parser(name, help=what)
        made.add_argument("folder", nargs="?", type=Path, help=f"where to; by default {name}/")

    questions = commands.add_parser("questions", help="prove the answers of the concept questions")
    questions.add_argument("files", nargs="*", type=Path, help="questions.md files; by default all")
    return whole


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run one command; the exit status is 0 if all went well."""
    options = parser().parse_args(arguments)
    course = Course.read(root)
    try:
        if options.command == "build":
            from course.build import build

            return build(course, options.only, fresh=options.fresh, run=not options.no_execute)
        if options.command == "check":
            from course.build import report_stale

            return report_stale(course)
        if options.command == "questions":
            from course.questions import prove_all

            return prove_all(options.files or sorted(root.glob("source/*/questions.md")))
        return made(options.command, course, options.folder or root / options.command)
    except BuildError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1


def made(command: str, course: Course, folder: Path) -> int:
    """Slides, site or homework in the folder; each needs packages that the course itself doesn't."""
    if folder.is_file():
        raise BuildError(f"{folder} is a file; name a folder")
    try:
        module = importlib.import_module(f"course.{command}")
    except ModuleNotFoundError as error:
        raise BuildError(f"{error.name} isn't installed; run: pip install -e '.[{command}]'") from None
    module.make(course, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
