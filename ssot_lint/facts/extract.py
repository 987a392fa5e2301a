"""A syntax tree to facts: one walk over the statements, into function bodies only where a line asks for it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.bindings import BindingReader
from ssot_lint.facts.bodies import FUNCTIONS, adds_nothing, always_raises
from ssot_lint.facts.checks import checks_itself
from ssot_lint.facts.lazy import read_getattr
from ssot_lint.facts.literals import enum_values
from ssot_lint.facts.names import callee, caught, class_attributes, dotted, meaning
from ssot_lint.facts.nodes import children
from ssot_lint.facts.operations import read_performed
from ssot_lint.facts.passing import passes_names
from ssot_lint.facts.shadowed import read_shadowed
from ssot_lint.facts.sharing import may_race, may_share
from ssot_lint.facts.sketches import SHORT, Sketch, class_sketch, function_sketch
from ssot_lint.facts.strings import Statement, Wanted, read_strings, wanted
from ssot_lint.facts.suppressions import read_suppressions
from ssot_lint.facts.text import Columns, LineIndex
from ssot_lint.facts.uses import read_uses
from ssot_lint.model.facts import ENUM_BASES, LEAST_WEIGHT, Binding, Block, BlockKind, Body, Definition, Facts, Import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ssot_lint.model.location import Span

_LOCAL_WORDS: Final = ("import", "sys.modules[", "global ", "class ")
_BEFORE_A_SUITE: Final = (*FUNCTIONS, ast.ClassDef, ast.With, ast.AsyncWith)
_NAMESPACE_WRITES: Final = frozenset(("exec", "globals.update", "vars.update", "locals.update", "setattr"))


def extract(text: str, tree: ast.Module, tokens: Sequence[str] = ()) -> Facts:
    """Turn one file's text and syntax tree into facts.

    `tokens` are what the second tier looks for, as `strings.wanted` tells them apart: names, whose uses through module
    objects and in strings are wanted, addresses and top packages, which only strings are read for, operations, and
    words.
    """
    return _Extractor(text, tree, wanted(tuple(tokens)).of(text)).facts(tree)


class _Extractor:
    """The walk over one file."""

    def __init__(self, text: str, tree: ast.Module, named: Wanted) -> None:
        self._text = text
        self._columns = Columns(text)
        self._wanted = LineIndex(text, _LOCAL_WORDS)
        self._blocks: list[Block] = [Block("module", -1, 1)]
        self._imports: list[Import] = []
        self._definitions: list[Definition] = []
        self._bound = BindingReader(self._columns)
        self._named = named
        self._naming = named.lines(text)
        self._statements: list[Statement] = []
        self._functions: list[tuple[ast.AST, int]] = []
        self._elsewhere: dict[str, Span] = {}
        self._suites: list[tuple[Sequence[ast.stmt], str]] = []
        self._getattr: ast.FunctionDef | None = None
        self._raises_at = 0
        self._bodies: list[Body] = []
        self._sketches: dict[ast.stmt, Sketch] = {}
        self._scope_of: dict[ast.AST, int] = {tree: 0}

    def facts(self, tree: ast.Module) -> Facts:
        """Walk the tree and put everything together."""
        self._suites.append((tree.body, ""))
        self._body(tree.body, 0, "module", "")
        self._bind_elsewhere(tree)
        lazy, opaque = read_getattr(self._getattr, tree, self._columns) if self._getattr else ((), False)
        return Facts(
            blocks=tuple(self._blocks),
            imports=tuple(self._imports),
            definitions=tuple(self._definitions),
            bindings=tuple(self._bound.bindings),
            exports=self._bound.exports.result(),
            lazy=lazy,
            replacements=tuple(self._bound.replacements),
            suppressions=read_suppressions(self._text),
            uses=read_uses(
                self._text, tree, self._named.names, self._imports, self._blocks, self._scope_of, self._columns
            ),
            strings=read_strings(
                self._text, tree, self._statements, self._named, self._imports, self._blocks, self._columns
            ),
            performed=read_performed(
                self._text,
                tree,
                self._named.operations,
                self._imports,
                self._bound.bindings,
                self._blocks,
                self._scope_of,
                self._columns,
            ),
            opaque_getattr=self._bound.opaque_getattr or opaque,
            writes_namespace=self._bound.writes_namespace,
            shadowed=read_shadowed(self._suites, self._columns),
            passes_names=passes_names(tree.body),
            shares=may_share(self._text),
            raises_at=self._raises_at,
            bodies=tuple(self._bodies),
            races=may_race(self._text),
            words=self._named.words,
            near=self._named.near,
        )

    # Statements

    def _body(self, body: Iterable[ast.stmt], block: int, scope: str, prefix: str) -> None:
        """Read a suite; `scope` is the kind of the scope around it, `prefix` the qualified name of that scope."""
        naming = bool(self._naming)
        for node in body:
            reader, first = _READERS.get(type(node)), len(self._blocks)
            if reader is not None:
                reader(self, node, block, scope, prefix)
            if naming and self._naming.holds(node):
                # Decorators belong to the function, and context managers to the suite, that they stand before.
                inner = first if isinstance(node, _BEFORE_A_SUITE) and len(self._blocks) > first else block
                self._statements.append(Statement(node, inner, tuple(self._functions)))

    def _add_block(  # noqa: PLR0913 - the fields of a block
        self,
        kind: BlockKind,
        parent: int,
        node: ast.stmt | ast.ExceptHandler | ast.match_case,
        name: str = "",
        detail: tuple[str, ...] = (),
        *,
        check: bool = False,
    ) -> int:
        line = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        self._blocks.append(Block(kind, parent, line, name, detail, check))
        return len(self._blocks) - 1

    def _import(self, node: ast.Import, block: int, scope: str, prefix: str) -> None:
        del scope, prefix
        statement = self._columns.span(node)
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            explicit = alias.asname is not None
            at = self._columns.span(alias)
            self._imports.append(Import(alias.name, "", bound, 0, explicit, block, at, statement))

    def _import_from(self, node: ast.ImportFrom, block: int, scope: str, prefix: str) -> None:
        del scope, prefix
        statement = self._columns.span(node)
        for alias in node.names:
            bound = "" if alias.name == "*" else alias.asname or alias.name
            explicit = alias.asname is not None
            at = self._columns.span(alias)
            self._imports.append(
                Import(node.module or "", alias.name, bound, node.level, explicit, block, at, statement)
            )

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, block: int, scope: str, prefix: str) -> None:
        if scope != "function":
            kind = "async-function" if isinstance(node, ast.AsyncFunctionDef) else "function"
            if scope == "module":
                self._define(node, kind, block, prefix)
            if scope == "module" and node.name == "__getattr__" and isinstance(node, ast.FunctionDef):
                self._getattr = node
            if (node.end_lineno or node.lineno) - node.lineno > SHORT:
                self._sketch(node, function_sketch(node.body), prefix)
        if self._wanted.within(node.lineno, node.end_lineno) or self._naming.holds(node):
            decorators = tuple(callee(decorator) for decorator in node.decorator_list)
            inner = self._add_block("function", block, node, node.name, decorators)
            self._scope_of[node] = inner
            self._functions.append((node, inner))
            self._body(node.body, inner, "function", f"{prefix}{node.name}.")
            self._functions.pop()

    def _class(self, node: ast.ClassDef, block: int, scope: str, prefix: str) -> None:
        if scope == "function" and not self._wanted.within(node.lineno, node.end_lineno):
            return
        self._define(node, "class", block, prefix)
        if scope != "function":
            self._suites.append((node.body, f"{prefix}{node.name}"))
        decorators = tuple(callee(decorator) for decorator in node.decorator_list)
        inner = self._add_block("class", block, node, node.name, decorators)
        self._scope_of[node] = inner
        self._body(node.body, inner, "class" if scope != "function" else scope, f"{prefix}{node.name}.")
        if scope != "function":
            self._sketch(node, class_sketch(node.body, self._sketches), prefix)

    def _sketch(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, sketch: Sketch, prefix: str) -> None:
        self._sketches[node] = sketch
        if sketch.weight >= LEAST_WEIGHT:
            self._bodies.append(Body(prefix + node.name, node.lineno, *sketch))

    def _define(
        self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, kind: str, block: int, prefix: str
    ) -> None:
        bases: tuple[str, ...] = ()
        members: tuple[str, ...] = ()
        attributes: tuple[str, ...] = ()
        values: tuple[str, ...] = ()
        metaclass = ""
        constructors: Sequence[ast.FunctionDef | ast.AsyncFunctionDef] = ()
        if isinstance(node, ast.ClassDef):
            bases = tuple(callee(base) for base in node.bases)
            functions = [member for member in node.body if isinstance(member, FUNCTIONS)]
            constructors = [member for member in functions if member.name in ("__init__", "__new__")]
            members = tuple(dict.fromkeys(member.name for member in functions))
            attributes = class_attributes(node)
            values = enum_values(node) if any(base.endswith(ENUM_BASES) for base in bases) else ()
            metaclass = next((callee(one.value) for one in node.keywords if one.arg == "metaclass"), "")
        else:
            constructors = (node,)
        self._definitions.append(
            Definition(
                name=node.name,
                qualname=prefix + node.name,
                kind=kind,  # type: ignore[arg-type]
                block=block,
                at=self._columns.span(node),
                bases=bases,
                decorators=tuple(callee(decorator) for decorator in node.decorator_list),
                members=members,
                attributes=attributes,
                metaclass=metaclass,
                always_raises=any(always_raises(one) for one in constructors),
                empty=isinstance(node, ast.ClassDef) and adds_nothing(node),
                values=values,
            )
        )

    def _if(self, node: ast.If, block: int, scope: str, prefix: str) -> None:
        test = meaning(node.test)
        other = {"type-checking": "runtime", "runtime": "never", "never": "runtime"}.get(test, "")
        if test == "type-checking":
            inner = self._add_block("type-checking", block, node)
        else:
            inner = self._add_block("if", block, node, detail=(test,) if test else ())
        self._body(node.body, inner, scope, prefix)
        if not node.orelse:
            return
        if isinstance(node.test, ast.UnaryOp) and meaning(node.test.operand) == "type-checking":
            orelse = self._add_block("type-checking", block, node)
        else:
            orelse = self._add_block("else", block, node, detail=(other,) if other else ())
        self._body(node.orelse, orelse, scope, prefix)

    def _try(self, node: ast.Try, block: int, scope: str, prefix: str) -> None:
        names = tuple(name for handler in node.handlers for name in caught(handler.type))
        inner = self._add_block("try", block, node, detail=names, check=checks_itself(node))
        self._body(node.body, inner, scope, prefix)
        for handler in node.handlers:
            arm = self._add_block("except", block, node, detail=caught(handler.type))
            self._body(handler.body, arm, scope, prefix)
        if node.orelse:
            self._body(node.orelse, self._add_block("else", block, node, detail=("try",)), scope, prefix)
        if node.finalbody:
            self._body(node.finalbody, self._add_block("finally", block, node), scope, prefix)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, block: int, scope: str, prefix: str) -> None:
        inner = self._add_block("loop", block, node)
        if not isinstance(node, ast.While):
            self._bound.bind_target(node.target, inner, scope)
        self._body(node.body, inner, scope, prefix)
        self._body(node.orelse, inner, scope, prefix)

    def _with(self, node: ast.With | ast.AsyncWith, block: int, scope: str, prefix: str) -> None:
        names = tuple(callee(item.context_expr) for item in node.items)
        inner = self._add_block("with", block, node, detail=names)
        for item in node.items:
            if item.optional_vars is not None:
                self._bound.bind_target(item.optional_vars, inner, scope)
        self._body(node.body, inner, scope, prefix)

    def _match(self, node: ast.Match, block: int, scope: str, prefix: str) -> None:
        for case in node.cases:
            inner = self._add_block("case", block, case)
            if scope == "module":
                for name in _captured(case):
                    self._bound.bind(name, node, inner)
            self._body(case.body, inner, scope, prefix)

    def _raise(self, node: ast.Raise, block: int, scope: str, prefix: str) -> None:
        del prefix
        if scope == "module" and not block and node.exc is not None and not self._raises_at:
            skipped = callee(node.exc).rpartition(".")[2] == "SkipTest"
            self._raises_at = 0 if skipped else node.lineno

    def _global(self, node: ast.Global, block: int, scope: str, prefix: str) -> None:
        del block, prefix
        if scope == "function":
            at = self._columns.span(node)
            self._elsewhere.update((name, at) for name in node.names if name not in self._elsewhere)

    # Bindings

    def _bind_elsewhere(self, tree: ast.Module) -> None:
        """Bind the names of the module that only `global` in a function, or a walrus in an expression, binds."""
        pending: list[ast.AST] = [tree] if ":=" in self._text else []
        while pending:
            for node in children(pending.pop()):
                if isinstance(node, ast.NamedExpr):
                    self._elsewhere.setdefault(node.target.id, self._columns.span(node.target))
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                    pending.append(node)
        if any(one.name == "*" for one in self._imports):
            return
        known = {one.name for one in self._bound.bindings}
        known |= {one.name for one in self._definitions if not self._is_local(one.block)}
        known |= {one.bound_as for one in self._imports if not self._is_local(one.block)}
        for name, at in self._elsewhere.items():
            if name not in known:
                self._bound.bindings.append(Binding(name, "value", "", 0, at))

    def _is_local(self, block: int) -> bool:
        while block >= 0 and self._blocks[block].kind != "function":
            block = self._blocks[block].parent
        return block >= 0

    def _assign(self, node: ast.Assign, block: int, scope: str, prefix: str) -> None:
        del prefix
        for target in node.targets:
            self._bound.assign(target, node.value, block, scope)

    def _annotated(self, node: ast.AnnAssign, block: int, scope: str, prefix: str) -> None:
        del prefix
        if node.value is not None:
            self._bound.assign(node.target, node.value, block, scope)

    def _augmented(self, node: ast.AugAssign, block: int, scope: str, prefix: str) -> None:
        del block, prefix
        if scope == "module" and dotted(node.target) == "__all__":
            self._bound.exports.add(node.value)

    def _type_alias(self, node: ast.stmt, block: int, scope: str, prefix: str) -> None:
        del prefix
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        if isinstance(name, ast.Name) and isinstance(value, ast.expr):
            self._bound.assign(name, value, block, scope)

    def _delete(self, node: ast.Delete, block: int, scope: str, prefix: str) -> None:
        del prefix
        if scope == "module":
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._bound.bind(target.id, target, block, "delete")

    def _expression(self, node: ast.Expr, block: int, scope: str, prefix: str) -> None:
        del block, prefix
        call = node.value
        if not isinstance(call, ast.Call) or scope != "module":
            return
        name = dotted(call.func)
        if name.startswith("__all__."):
            self._bound.exports.call(name, call)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
            name = f"{dotted(call.func.value.func)}.{call.func.attr}"
        if name in _NAMESPACE_WRITES:
            self._bound.writes_namespace = True


_READERS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.Import: _Extractor._import,  # noqa: SLF001 - the dispatch table belongs to the class
    ast.ImportFrom: _Extractor._import_from,  # noqa: SLF001 - the same
    ast.FunctionDef: _Extractor._function,  # noqa: SLF001 - the same
    ast.AsyncFunctionDef: _Extractor._function,  # noqa: SLF001 - the same
    ast.ClassDef: _Extractor._class,  # noqa: SLF001 - the same
    ast.Raise: _Extractor._raise,  # noqa: SLF001 - the same
    ast.Global: _Extractor._global,  # noqa: SLF001 - the same
    ast.If: _Extractor._if,  # noqa: SLF001 - the same
    ast.Try: _Extractor._try,  # noqa: SLF001 - the same
    ast.For: _Extractor._loop,  # noqa: SLF001 - the same
    ast.AsyncFor: _Extractor._loop,  # noqa: SLF001 - the same
    ast.While: _Extractor._loop,  # noqa: SLF001 - the same
    ast.With: _Extractor._with,  # noqa: SLF001 - the same
    ast.AsyncWith: _Extractor._with,  # noqa: SLF001 - the same
    ast.Match: _Extractor._match,  # noqa: SLF001 - the same
    ast.Assign: _Extractor._assign,  # noqa: SLF001 - the same
    ast.AnnAssign: _Extractor._annotated,  # noqa: SLF001 - the same
    ast.AugAssign: _Extractor._augmented,  # noqa: SLF001 - the same
    ast.Delete: _Extractor._delete,  # noqa: SLF001 - the same
    ast.Expr: _Extractor._expression,  # noqa: SLF001 - the same
}
for _newer in ("TryStar", "TypeAlias"):
    if hasattr(ast, _newer):
        _method = _Extractor._try if _newer == "TryStar" else _Extractor._type_alias  # noqa: SLF001 - the same
        _READERS[getattr(ast, _newer)] = _method


def _captured(case: ast.match_case) -> list[str]:
    """Return the names that the pattern of a case binds."""
    names = [getattr(node, "name", None) or getattr(node, "rest", None) for node in ast.walk(case.pattern)]
    return [name for name in names if isinstance(name, str)]
