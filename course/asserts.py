"""The asserts of a lecture: written at the end of the cell that they prove, kept in its metadata, where learners don't
see them, and run after it by the build, by nbval and by every test that executes the notebook."""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from course.settings import BuildError

KEY = "asserts"
QUIET = ("jax.config.update", "plots.show")
"""Methods whose calls may stand before asserts: they return nothing that a notebook would show. A function called by
its bare name is trusted, too."""


def split(source: str, where: str = "cell") -> tuple[str, str]:
    """A code cell without its asserts, and these."""
    if "assert " not in source:
        return source, ""
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a cell that shows one, or a magic
        return source, ""
    first = next((place for place, one in enumerate(statements) if isinstance(one, ast.Assert)), len(statements))
    if not all(isinstance(one, ast.Assert) for one in statements[first:]):
        raise BuildError(f"{where}: an assert stands before other code; asserts end a cell")
    if first in (0, len(statements)):
        return source, ""
    last = statements[first - 1]
    call = last.value.func if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else None
    if isinstance(last, ast.Expr) and not (isinstance(call, ast.Name) or call and ast.unparse(call) in QUIET):
        raise BuildError(f"{where}: the asserts hide a value that would be shown without them; print it")
    lines = source.splitlines()
    start = statements[first].lineno - 1
    return "\n".join(lines[:start]).rstrip(), "\n".join(lines[start:])


def restore(cell: NotebookNode) -> NotebookNode:
    """A cell with its asserts back, to be executed."""
    if asserts := cell.metadata.pop(KEY, ""):
        cell.source = f"{cell.source}\n{asserts}"
    return cell
