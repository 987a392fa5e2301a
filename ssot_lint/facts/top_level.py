"""The statements at the level of a module by their lines, and an `if` statement of a function in one of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS
from ssot_lint.facts.suites import Alias, aliases
from ssot_lint.facts.text import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator


class TopStatement(NamedTuple):
    """A statement of a module: its first line (decorators included), the line of its keyword, its last one.

    `imports` is what an import statement brings, `straight` says that it is no `from` import; a `block` is a class or a
    function.
    """

    first: int
    line: int
    last: int
    is_docstring: bool
    is_block: bool
    straight: bool
    imports: tuple[Alias, ...]


class InnerIf(NamedTuple):
    """An `if` statement right in a function: its lines, the columns of both from 0, and the function's line.

    `top` is the number of the module's statement around them.
    """

    top: int
    line: int
    last: int
    column: int
    function: int
    function_column: int


def top_statements(tree: ast.Module) -> list[TopStatement]:
    """Return the statements of a module."""
    documented = ast.get_docstring(tree, clean=False) is not None
    return [_top(node, is_docstring=documented and not number) for number, node in enumerate(tree.body)]


def _top(node: ast.stmt, *, is_docstring: bool) -> TopStatement:
    return TopStatement(
        first_line(node),
        node.lineno,
        node.end_lineno or node.lineno,
        is_docstring,
        isinstance(node, (*FUNCTIONS, ast.ClassDef)),
        isinstance(node, ast.Import),
        tuple(aliases(node)) if isinstance(node, (ast.Import, ast.ImportFrom)) else (),
    )


def inner_if(tree: ast.Module, line: int) -> InnerIf | None:
    """Return the `if` statement of a function that begins on a line, None if there is none."""
    return next(_inner_ifs(tree, line), None)


def _inner_ifs(tree: ast.Module, line: int) -> Iterator[InnerIf]:
    for number, top in enumerate(tree.body):
        if not top.lineno <= line <= (top.end_lineno or 0):
            continue
        for function in (one for one in ast.walk(top) if isinstance(one, FUNCTIONS)):
            for node in function.body:
                if isinstance(node, ast.If) and node.lineno == line:
                    last = node.end_lineno or line
                    yield InnerIf(number, line, last, node.col_offset, function.lineno, function.col_offset)
