"""Strings that name a module or an attribute to a call: `patch("a.b.C")`, `import_module("a.b")` and the like."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.callees import IMPORTERS
from ssot_lint.facts.constants import Constants
from ssot_lint.facts.names import dotted, text_of
from ssot_lint.facts.nearness import near_words
from ssot_lint.facts.nodes import children
from ssot_lint.facts.scopes import bound_by_imports, names_bound_in
from ssot_lint.facts.text import LineIndex, holds_word
from ssot_lint.model.facts import WORD, StringArgument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.facts.text import Columns
    from ssot_lint.model.facts import Block, Import, StringForm

_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_SETTERS: Final = frozenset(("setattr", "delattr"))
_CALLEES: Final = frozenset(("patch", "spy")) | _SETTERS | IMPORTERS
_MARKS: Final = ("patch", "setattr(", "import_", "spy(")
"""A file without any of these has no such call, whatever it is renamed to."""
_FIRST: Final = re.compile(r"""\(\s*(?:target\s*=\s*)?[uUrR]?["']([^\W\d]\w*)\.[^\W\d]""")
"""A dotted string as the first argument of a call, up to its first dot."""
_CALLED: Final = ("patch", "patch.dict", "setattr", "delattr", "import_module", "__import__", "importorskip")
_LONGEST: Final = 20
_UNTOLD: Final = re.compile(r"\bpatch\(\s*[^\s'\"]|\bsetattr\(\s*\w+\s*,\s*[^\s'\"]")
"""A patch whose target is no constant at that place."""


def marks_of(name: str) -> tuple[str, ...]:
    """Return what a file holds, one of it at least, where a name is looked for in it."""
    return f".{name}", f'"{name}"', f"'{name}'", f"{name}="


class Wanted(NamedTuple):
    """What the second tier reads for: names of attributes, old addresses in full, and last names of operations.

    Strings are read for the first two, of which the addresses are mostly modules, and for all that a project has:
    `tops` are the names of its top packages. Of `words` it is only told which of them the text holds, and which strings
    are `near` to one.
    """

    names: frozenset[str]
    modules: tuple[str, ...]
    operations: frozenset[str] = frozenset()
    tops: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    def of(self, text: str) -> Wanted:
        """Return what of it a file's text holds."""
        marked = any(mark in text for mark in _MARKS)
        return Wanted(
            frozenset(name for name in self.names if name in text and any(mark in text for mark in marks_of(name))),
            tuple(module for module in self.modules if module in text) if marked else (),
            frozenset(name for name in self.operations if holds_word(text, name)),
            self.tops if marked else frozenset(),
            tuple(word for word in self.words if word in text),
            near_words(text, self.words),
        )

    def lines(self, text: str) -> LineIndex:
        """Return the lines that may hold such a string, and every `importorskip`."""
        words = ["importorskip("] if "importorskip" in text else []
        if self.modules or (self.names and any(mark in text for mark in _MARKS)):
            for name in self.names:
                words += marks_of(name)
            for module in self.modules:
                words += [f'"{module}', f"'{module}"]
        return LineIndex(text, words, self._calls(text) if self.tops else ())

    def _calls(self, text: str) -> Iterator[int]:
        """Yield where calls are given a string of the project."""
        for found in _FIRST.finditer(text):
            at = found.start()
            if found[1] in self.tops and text[max(0, at - _LONGEST) : at].endswith(_CALLED):
                yield at

    def is_own(self, text: str) -> bool:
        """Tell whether a string is a dotted name that starts at one of the project's top packages."""
        return text.partition(".")[0] in self.tops and bool(_DOTTED.fullmatch(text))

    def asks_for(self, text: str) -> bool:
        """Tell whether a string is a dotted name that is wanted."""
        if not _DOTTED.fullmatch(text):
            return False
        if any(text == module or text.startswith(f"{module}.") for module in self.modules):
            return True
        return not self.names.isdisjoint(text.split(".")[1:])


@lru_cache(maxsize=4)
def wanted(tokens: tuple[str, ...]) -> Wanted:
    """Tell what the tokens are.

    An address ends in a dot, a top package in `.*`; the name of an operation starts with an at sign, a word with a
    quote.
    """
    words = sorted(token[1:] for token in tokens if token.startswith(WORD))
    tokens = tuple(token for token in tokens if not token.startswith(WORD))
    modules: list[str] = []
    for module in sorted(token[:-1] for token in tokens if token.endswith(".")):
        if not modules or not module.startswith(f"{modules[-1]}."):
            modules.append(module)
    operations = frozenset(token[1:] for token in tokens if token.startswith("@"))
    tops = frozenset(token[:-2] for token in tokens if token.endswith(".*"))
    names = frozenset(token for token in tokens if not token.endswith((".", ".*")) and not token.startswith("@"))
    return Wanted(names, tuple(modules), operations, tops, tuple(words))


class Statement(NamedTuple):
    """A statement on a wanted line: the block that its expressions belong to, and the functions around it."""

    node: ast.stmt
    block: int
    functions: tuple[tuple[ast.AST, int], ...]


def read_strings(  # noqa: PLR0913 - the file, as the extractor knows it
    text: str,
    tree: ast.Module,
    statements: Sequence[Statement],
    wanted: Wanted,
    imports: Sequence[Import],
    blocks: Sequence[Block],
    columns: Columns,
) -> tuple[StringArgument, ...]:
    """Return the strings, in source order, that the statements give to calls."""
    if not statements:
        return ()
    reader = _StringReader(tree, wanted, imports, blocks, columns)
    found = [one for statement in statements for one in reader.read(statement)]
    if _UNTOLD.search(text):
        told = {one.at for one in found}
        loose = [one for statement in statements for one in reader.loose(statement)]
        found += [one for one in loose if one.at not in told]
    return tuple(sorted(set(found), key=lambda one: (one.at, one.text)))


class _StringReader:
    """Reads the calls of one file."""

    def __init__(
        self,
        tree: ast.Module,
        wanted: Wanted,
        imports: Sequence[Import],
        blocks: Sequence[Block],
        columns: Columns,
    ) -> None:
        self._wanted = wanted
        self._columns = columns
        self._constants = Constants(tree)
        self._bound = bound_by_imports(blocks, imports)
        self._renamed = {one.bound_as: one.name for one in imports if one.explicit and one.name in _CALLEES}

    def read(self, statement: Statement) -> Iterator[StringArgument]:
        """Yield what the calls of a statement's own expressions name."""
        for node in _own_expressions(statement.node):
            if isinstance(node, ast.Call):
                yield from self._call(node, statement)

    def loose(self, statement: Statement) -> Iterator[StringArgument]:
        """Yield every wanted string of a statement."""
        for node in _own_expressions(statement.node):
            if not isinstance(node, ast.Constant):
                continue
            text = text_of(node)
            if text is not None and self._wanted.asks_for(text):
                yield StringArgument("", text, statement.block, self._columns.span(node), "loose")

    def _call(self, call: ast.Call, statement: Statement) -> Iterator[StringArgument]:
        name = dotted(call.func)
        root, _, rest = name.partition(".")
        parts = [self._renamed.get(root, root), *(rest.split(".") if rest else [])]
        last = parts[-1]
        if last in IMPORTERS:
            found = self._whole(_argument(call, 0, "name", "modname"))
        elif last == "patch":
            found = self._whole(_argument(call, 0, "target"))
        elif parts[-2:] == ["patch", "dict"]:
            found = self._whole(_argument(call, 0, "in_dict"))
        elif parts[-2:] == ["patch", "multiple"]:
            found = self._keywords(call, statement)
        elif parts[-2:] == ["patch", "object"] or (last == "spy" and rest):
            found = self._attribute(call, statement, "attribute" if last == "object" else "name")
        elif last in _SETTERS:
            target = _argument(call, 0, "target")
            found = self._whole(target) if rest and self._constants.value(target) else []
            found = found or self._attribute(call, statement, "name")
        else:
            return
        creates = any(_creates(one) for one in call.keywords)
        for text, node, form in found:
            if last == "importorskip" or self._wanted.asks_for(text) or self._wanted.is_own(text):
                yield StringArgument(".".join(parts), text, statement.block, self._columns.span(node), form, creates)

    def _whole(self, node: ast.expr | None) -> list[tuple[str, ast.expr, StringForm]]:
        """Return what a string names on its own."""
        value = self._constants.value(node)
        if node is None or not value:
            return []
        return [(value, node, "string" if self._is_one(node, value) else "computed")]

    def _is_one(self, node: ast.expr, value: str) -> bool:
        """Tell whether a value is written as one string, letter by letter."""
        written = self._columns.source(node).lstrip("uUrR")
        return any(written == f"{quote}{value}{quote}" for quote in ('"', "'", '"""', "'''"))

    def _attribute(self, call: ast.Call, statement: Statement, keyword: str) -> list[tuple[str, ast.expr, StringForm]]:
        """Return what an attribute's name, apart from what has it, names."""
        node = _argument(call, 1, keyword)
        name = text_of(node)
        if node is None or name not in self._wanted.names:
            return []
        return [(f"{holder}.{name}", node, form) for holder, form in self._holder(call, statement)]

    def _keywords(self, call: ast.Call, statement: Statement) -> list[tuple[str, ast.expr, StringForm]]:
        """Return what the keywords of `patch.multiple` name."""
        names = sorted({one.arg for one in call.keywords if one.arg} & self._wanted.names)
        target = _argument(call, 0, "target")
        if target is None:
            return []
        holders = self._holder(call, statement)
        return [(f"{holder}.{name}", target, form) for holder, form in holders for name in names]

    def _holder(self, call: ast.Call, statement: Statement) -> list[tuple[str, StringForm]]:
        """Return the first argument as the dotted name of a module, or of what an import of the file binds."""
        node = _argument(call, 0, "target", "obj")
        text = self._constants.value(node) or self._constants.value(_key_of_modules(node))
        if text:
            return [(text, "parts")] if _DOTTED.fullmatch(text) else []
        name = dotted(node)
        return [(name, "object")] if name and self._is_imported(name.partition(".")[0], statement) else []

    def _is_imported(self, root: str, statement: Statement) -> bool:
        for function, block in reversed(statement.functions):
            if (block, root) in self._bound:
                return True
            if root in names_bound_in(function, {root}):
                return False
        return (0, root) in self._bound


def _creates(keyword: ast.keyword) -> bool:
    """Recognise `create=True` of a patch, and `raising=False`, which allows for a name that is not there."""
    value = getattr(keyword.value, "value", None)
    return (keyword.arg == "create" and value is True) or (keyword.arg == "raising" and value is False)


def _own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement's expressions, those of statements inside it left out."""
    pending = [statement]
    inner = (ast.stmt, ast.ExceptHandler, ast.match_case)
    while pending:
        for node in children(pending.pop()):
            if not isinstance(node, inner):
                yield node
                pending.append(node)  # type: ignore[arg-type]


def _argument(call: ast.Call, position: int, *keywords: str) -> ast.expr | None:
    """Return an argument by its position or by one of its names."""
    if position < len(call.args):
        before = call.args[: position + 1]
        return None if any(isinstance(one, ast.Starred) for one in before) else call.args[position]
    return next((one.value for one in call.keywords if one.arg in keywords), None)


def _key_of_modules(node: ast.expr | None) -> ast.expr | None:
    """Return what names the module in `sys.modules["a.b"]` and `import_module("a.b")`."""
    if isinstance(node, ast.Subscript) and dotted(node.value) in ("sys.modules", "modules"):
        return node.slice
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "import_module":
        return _argument(node, 0, "name")
    return None
