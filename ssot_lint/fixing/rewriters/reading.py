"""Reads the text of one import statement into its pieces, with libcst."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst

from ssot_lint.fixing.rewriters.written import NEW_LINE, Alias, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LONGEST: Final = 100_000
"""A longer statement is not read."""

_DEEPEST: Final = 1_000
"""One with more dots is not read: every dot nests the nodes one deeper."""

_LINES: Final = re.compile(r"(?:\r\n|\r|\n)[^\r\n]*")
_SPACING: Final = re.compile(r"[\s\\]+")


def read_import(statement: str) -> Written | None:
    """Read a statement; None for what is no single import, or does not come back as it was.

    The text may have the comment that follows the statement on its line, and nothing else around it.
    """
    if len(statement) > _LONGEST or statement.count(".") > _DEEPEST:
        return None
    try:
        written = _pieces(libcst.parse_module(statement))
    except Exception:  # noqa: BLE001 - whatever the parser trips over, the statement stays as it is
        return None
    if written is None or not statement.startswith(written.text):
        return None
    suffix = statement[len(written.text) :]
    if suffix.strip() and (not suffix.lstrip().startswith("#") or NEW_LINE.search(suffix)):
        return None
    return written._replace(suffix=suffix, flat=NEW_LINE.search(written.text) is None)


def _pieces(module: libcst.Module) -> Written | None:
    line = module.body[0] if len(module.body) == 1 else None
    node = line.body[0] if isinstance(line, libcst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(node, libcst.ImportFrom):
        return _from(node, module.code_for_node)
    if isinstance(node, libcst.Import):
        aliases, close = _aliases(node.names, "", None, module.code_for_node)
        return Written(f"import{module.code_for_node(node.whitespace_after_import)}", "", "", "", aliases, close)
    return None


def _from(node: libcst.ImportFrom, code: Callable[[libcst.CSTNode], str]) -> Written:
    dotted = "".join(code(part) for part in (*node.relative, *([node.module] if node.module is not None else [])))
    text = dotted.strip()
    start = dotted.index(text)
    before = f"from{code(node.whitespace_after_from)}{dotted[:start]}"
    rest = dotted[start + len(text) :] + code(node.whitespace_before_import)
    between = f"{rest}import{code(node.whitespace_after_import)}"
    module = _SPACING.sub("", text)
    if isinstance(node.names, libcst.ImportStar):
        return Written(before, module, text, f"{between}*", ())
    same_line, lead = "", ""
    if node.lpar is not None:
        same_line, lead = _at_line_end(code(node.lpar.whitespace_after))
        between += f"({same_line}"
    aliases, close = _aliases(node.names, lead, node.rpar, code)
    return Written(before, module, text, between, aliases, close, bracket=node.lpar is not None)


def _aliases(
    nodes: Sequence[libcst.ImportAlias],
    lead: str,
    bracket: libcst.RightParen | None,
    code: Callable[[libcst.CSTNode], str],
) -> tuple[tuple[Alias, ...], str]:
    """Return the names, the first after some text, and the text that closes the statement."""
    found = []
    for node in nodes:
        comma = isinstance(node.comma, libcst.Comma)
        gap = code(node.comma.whitespace_before) if isinstance(node.comma, libcst.Comma) else ""
        behind = code(node.comma.whitespace_after) if isinstance(node.comma, libcst.Comma) else ""
        if node is nodes[-1] and bracket is not None:
            behind += code(bracket.whitespace_before)
        after, following = _at_line_end(behind) if bracket is not None else ("", behind)
        loose, above, lead = _lines(lead)
        name, local = node.evaluated_name, node.evaluated_alias or ""
        as_text = code(node.asname) if isinstance(node.asname, libcst.AsName) else ""
        found.append(
            Alias(
                name,
                local,
                code(node.name),
                as_text,
                loose=loose,
                above=above,
                lead=lead,
                gap=gap,
                comma=comma,
                after=after,
            )
        )
        lead = following
    return tuple(found), lead + (")" if bracket is not None else "")


def _at_line_end(text: str) -> tuple[str, str]:
    """Split the text behind a name where its line ends; nothing is its own where it does not, or is continued."""
    end = NEW_LINE.search(text)
    return (text[: end.start()], text[end.start() :]) if end is not None and "\\" not in text else ("", text)


def _lines(text: str) -> tuple[str, str, str]:
    """Split the text above a name: what is not its own, the comment lines directly above, and what leads to it."""
    lines = _LINES.findall(text)
    if not lines or "\\" in text:
        return "", "", text
    own = len(lines) - 1
    while own and "#" in lines[own - 1]:
        own -= 1
    return "".join(lines[:own]), "".join(lines[own:-1]), lines[-1]
