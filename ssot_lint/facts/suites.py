"""The import statements of a file, suite by suite: what a rewriter must see at once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.facts.text import Columns
    from ssot_lint.model.location import Span


class Alias(NamedTuple):
    """One name of an import statement as it is written; `name` is None in `import module`, `local` without `as`."""

    level: int
    module: str
    name: str | None
    local: str | None

    @property
    def bound(self) -> str:
        """The local name that it binds."""
        return self.local or (self.module.partition(".")[0] if self.name is None else self.name)


class ImportStatement(NamedTuple):
    """An import statement; those of one suite with the same `run` have nothing but imports between them."""

    at: Span
    names: tuple[tuple[Span, Alias], ...]
    run: int


def import_suites(tree: ast.Module, columns: Columns) -> list[tuple[ImportStatement, ...]]:
    """Return the import statements of every suite that has any, in source order."""
    found = []
    pending: list[Sequence[ast.stmt]] = [tree.body]
    while pending:
        suite = pending.pop()
        statements = []
        run = 0
        for node in suite:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = tuple((columns.span(alias), one) for alias, one in zip(node.names, aliases(node), strict=True))
                statements.append(ImportStatement(columns.span(node), names, run))
            else:
                run += 1
                pending.extend(suites_of(node))
        if statements:
            found.append(tuple(statements))
    return sorted(found, key=lambda statements: statements[0].at)


def aliases(node: ast.Import | ast.ImportFrom) -> Iterator[Alias]:
    """Yield the names of an import statement."""
    for one in node.names:
        if isinstance(node, ast.Import):
            yield Alias(0, one.name, None, one.asname)
        else:
            yield Alias(node.level, node.module or "", one.name, one.asname)


def suites_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the suites directly inside a statement."""
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(node, name, None)
        if isinstance(suite, list) and suite and isinstance(suite[0], ast.stmt):
            yield suite
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body
