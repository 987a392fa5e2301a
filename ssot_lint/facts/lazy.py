"""What a module `__getattr__` (PEP 562) serves, where it can be read; what cannot be read makes it opaque."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ssot_lint.facts.names import dotted, text_of, texts_of
from ssot_lint.model.facts import Lazy

if TYPE_CHECKING:
    from ssot_lint.facts.text import Columns

_IMPORTERS = ("import_module", "importlib.import_module", "__import__")


def read_getattr(node: ast.FunctionDef, tree: ast.Module, columns: Columns) -> tuple[tuple[Lazy, ...], bool]:
    """Return the names that a module `__getattr__` serves, and whether it may serve others that cannot be read."""
    reader = _GetattrReader(node, tree, columns)
    reader.suite(node.body, ())
    return tuple(reader.found), reader.opaque


class _GetattrReader:
    """One `__getattr__`, read branch by branch."""

    def __init__(self, node: ast.FunctionDef, tree: ast.Module, columns: Columns) -> None:
        self.found: list[Lazy] = []
        self.opaque = False
        self._columns = columns
        self._parameter = node.args.args[0].arg if node.args.args else ""
        self._tables = _string_tables(tree)
        self._imported: dict[str, tuple[str, str, int]] = {}
        self._loaded: dict[str, ast.expr] = {}

    def suite(self, body: list[ast.stmt], names: tuple[str, ...]) -> None:
        """Read statements that run when the asked name is one of `names` (empty: any name)."""
        for node in body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(node)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._loaded[node.targets[0].id] = node.value
            elif isinstance(node, ast.If):
                self.suite(node.body, self._asked(node.test) or names)
                left = self._left(node)
                self.suite(node.orelse, left or names)
                names = left or names
            elif isinstance(node, ast.Try):
                self.suite(node.body, names)
            elif isinstance(node, ast.Return) and node.value is not None:
                self._returned(node.value, names)

    def _left(self, node: ast.If) -> tuple[str, ...]:
        """Return the names that get past `if name not in TABLE: raise ...`."""
        raises = isinstance(node.body[-1], ast.Raise)
        return self._asked(node.test, ast.NotEq, ast.NotIn) if raises else ()

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                self._imported[alias.asname or alias.name] = (node.module or "", alias.name, node.level)
            elif alias.asname or "." not in alias.name:
                self._imported[alias.asname or alias.name] = (alias.name, "", 0)

    def _asked(
        self, test: ast.expr, equal: type[ast.cmpop] = ast.Eq, contained: type[ast.cmpop] = ast.In
    ) -> tuple[str, ...]:
        """Return the names for which `name == "X"`, `name in (...)` or `name in TABLE` holds."""
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or dotted(test.left) != self._parameter:
            return ()
        other = test.comparators[0]
        if isinstance(test.ops[0], equal):
            text = text_of(other)
            return (text,) if text is not None else ()
        if isinstance(test.ops[0], contained):
            names, _ = texts_of(other)
            return names or tuple(self._tables.get(dotted(other), {}))
        return ()

    def _returned(self, value: ast.expr, names: tuple[str, ...]) -> None:
        served = [self._served(value, name) for name in names]
        at = self._columns.span(value)
        for name, source in zip(names, served, strict=True):
            if source is not None:
                self.found.append(Lazy(name, *source, at))
        if not names or None in served:
            self.opaque = True

    def _served(self, value: ast.expr, name: str) -> tuple[str, str, int] | None:
        """Return (module, attribute, level) of what is returned for `name`, None where it cannot be read."""
        if isinstance(value, ast.Name) and value.id in self._loaded:
            value = self._loaded[value.id]
        path = dotted(value)
        if path:
            root, _, rest = path.partition(".")
            if root not in self._imported:
                return ("", path, 0)
            module, attribute, level = self._imported[root]
            return (module, ".".join(part for part in (attribute, rest) if part), level)
        if isinstance(value, ast.Attribute):
            return self._of_module(value.value, name, value.attr)
        if isinstance(value, ast.Call) and dotted(value.func) == "getattr" and len(value.args) > 1:
            asked = name if dotted(value.args[1]) == self._parameter else text_of(value.args[1])
            return self._of_module(value.args[0], name, asked)
        return self._of_module(value, name, "")

    def _of_module(self, module: ast.expr, name: str, attribute: str | None) -> tuple[str, str, int] | None:
        """Return the address of an attribute of a module that is imported by name or by `import_module(...)`."""
        if isinstance(module, ast.Name) and module.id in self._loaded:
            module = self._loaded[module.id]
        if attribute is None:
            return None
        if isinstance(module, ast.Call) and dotted(module.func) in _IMPORTERS and module.args:
            path = self._text(module.args[0], name)
            stripped = (path or "").lstrip(".")
            return (stripped, attribute, len(path) - len(stripped)) if path else None
        root = dotted(module)
        if root in self._imported:
            source, inner, level = self._imported[root]
            return (source, f"{inner}.{attribute}" if inner else attribute, level)
        return None

    def _text(self, node: ast.expr, name: str) -> str | None:
        """Return a string constant, or what a table of the module holds for `name`."""
        if isinstance(node, ast.Name) and node.id in self._loaded:
            node = self._loaded[node.id]
        if isinstance(node, ast.Subscript) and dotted(node.slice) == self._parameter:
            return self._tables.get(dotted(node.value), {}).get(name)
        return text_of(node)


def _string_tables(tree: ast.Module) -> dict[str, dict[str, str]]:
    """Return the module-level dictionaries of strings to strings."""
    tables: dict[str, dict[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(value, ast.Dict) and isinstance(target, ast.Name):
            pairs = [(text_of(key), text_of(one)) for key, one in zip(value.keys, value.values, strict=True)]
            if pairs and all(key is not None and one is not None for key, one in pairs):
                tables[target.id] = {key: one for key, one in pairs if key is not None and one is not None}
    return tables
