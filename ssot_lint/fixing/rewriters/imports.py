"""Rewrites one `from ... import ...` statement so that some of its names come from elsewhere.

The local names stay what they were. Where all names move to one module, only the module and the changed names differ
from the original: comments, parentheses, continuations and trailing commas stay. Else the names that stay are kept as
they stand, and a new statement follows for every module that the others move to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST: Final = 100_000
"""A longer statement is not rewritten."""


class Source(NamedTuple):
    """Where a name is taken from: the module as it is spelled (`a.b`, `.c`), and its name there."""

    module: str
    name: str


class Layout(NamedTuple):
    """How new lines look: the indentation, the line end, the line length, and what joins two statements."""

    indent: str = ""
    newline: str = "\n"
    width: int = 88
    one_line: bool = False

    @property
    def joint(self) -> str:
        """What stands between two statements: a line end, or `; ` where they must share the line."""
        return "; " if self.one_line else self.newline + self.indent


def rewrite_import(statement: str, sources: Mapping[int, Source], layout: Layout) -> str | None:
    """Return the statement with the aliases at some positions taken from elsewhere, None where that is withheld.

    `statement` is the text of one `from` import without what follows it on its line; `sources` maps the position of an
    alias to its new source. Withheld where libcst does not give back the same text, and for a star.
    """
    module = _parsed(statement)
    node = _import_in(module) if module is not None else None
    if module is None or node is None or isinstance(node.names, libcst.ImportStar):
        return None
    moved = {source.module for source in sources.values()}
    if len(sources) == len(node.names) and len(moved) == 1:
        return _in_place(module, node, sources, layout)
    kept = [alias for position, alias in enumerate(node.names) if position not in sources]
    statements = [module.code_for_node(_with_names(node, kept))] if kept else []
    for home in dict.fromkeys(source.module for _, source in sorted(sources.items())):
        names = [
            _spelled(node.names[position], source.name)
            for position, source in sorted(sources.items())
            if source.module == home
        ]
        statements.append(_new_statement(home, names, layout))
    return layout.joint.join(statements)


def _parsed(statement: str) -> libcst.Module | None:
    """Parse a text; None where it does not come back as it was."""
    if len(statement) > _LONGEST:
        return None
    try:
        module = libcst.parse_module(statement)
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    return module if module.code == statement else None


def _import_in(module: libcst.Module) -> libcst.ImportFrom | None:
    """Return the one statement of a module if it is a `from` import."""
    line = module.body[0] if len(module.body) == 1 else None
    if not isinstance(line, libcst.SimpleStatementLine) or len(line.body) != 1:
        return None
    node = line.body[0]
    return node if isinstance(node, libcst.ImportFrom) else None


def _in_place(
    module: libcst.Module, node: libcst.ImportFrom, sources: Mapping[int, Source], layout: Layout
) -> str | None:
    """Change the module and the names, and nothing else; wrap what was one line and has become too long for it."""
    if isinstance(node.names, libcst.ImportStar):
        return None
    home = sources[0].module
    aliases = [_renamed(alias, sources[position].name) for position, alias in enumerate(node.names)]
    dots, dotted = _module_nodes(home)
    code = module.code_for_node(node.with_changes(names=aliases, relative=dots, module=dotted))
    plain = "\n" not in module.code and "\r" not in module.code and node.lpar is None
    room = layout.width - len(layout.indent)
    if plain and not layout.one_line and len(code) > room >= len(module.code):
        return _wrapped(home, [_spelled(alias) for alias in aliases], layout)
    return code


def _module_nodes(module: str) -> tuple[list[libcst.Dot], libcst.Name | libcst.Attribute | None]:
    """Return the dots and the dotted name of a module as it is spelled."""
    name = module.lstrip(".")
    dots = [libcst.Dot() for _ in range(len(module) - len(name))]
    if not name:
        return dots, None
    dotted: libcst.Name | libcst.Attribute = libcst.Name(name.partition(".")[0])
    for part in name.split(".")[1:]:
        dotted = libcst.Attribute(dotted, libcst.Name(part))
    return dots, dotted


def _renamed(alias: libcst.ImportAlias, name: str) -> libcst.ImportAlias:
    """Give an alias another name, so that the local name stays; what need not be said twice is said once."""
    old = alias.evaluated_name
    if name == old:
        return alias
    local = alias.evaluated_alias or old
    asname = None
    if local != name:
        asname = alias.asname or libcst.AsName(libcst.Name(local))
    return alias.with_changes(name=libcst.Name(name), asname=asname)


def _spelled(alias: libcst.ImportAlias, name: str | None = None) -> str:
    """Return an alias as text, taken under a name of its new module, without the comma and comments around it."""
    renamed = _renamed(alias, name) if name is not None else alias
    local = renamed.evaluated_alias
    return renamed.evaluated_name if local is None else f"{renamed.evaluated_name} as {local}"


def _with_names(node: libcst.ImportFrom, kept: Sequence[libcst.ImportAlias]) -> libcst.ImportFrom:
    """Return the statement with some of its names only; the last one loses a comma that nothing closes."""
    names = list(kept)
    everything = list(node.names) if not isinstance(node.names, libcst.ImportStar) else []
    if everything and names[-1] is not everything[-1]:
        names[-1] = names[-1].with_changes(comma=everything[-1].comma)
    return node.with_changes(names=names)


def _new_statement(module: str, names: Sequence[str], layout: Layout) -> str:
    line = f"from {module} import {', '.join(names)}"
    if layout.one_line or len(layout.indent) + len(line) <= layout.width:
        return line
    return _wrapped(module, names, layout)


def _wrapped(module: str, names: Sequence[str], layout: Layout) -> str:
    """Put every name on a line of its own in parentheses, as black does."""
    inner = "".join(f"{layout.newline}{layout.indent}    {name}," for name in names)
    return f"from {module} import ({inner}{layout.newline}{layout.indent})"
