"""The second look: functions, classes and calls of one file, in full."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS, LEAVES, always_raises, own_nodes, own_statements, without_docstring
from ssot_lint.facts.names import annotated, callee, dotted
from ssot_lint.facts.shapes import shape
from ssot_lint.facts.text import Columns, LineIndex
from ssot_lint.model.details import Call, ClassDetail, Details, Events, FunctionDetail, Returned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EXPECTING: Final = frozenset(("raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns"))
_LOGGERS: Final = frozenset(("logger", "log", "logging", "_logger", "_log", "LOGGER", "LOG", "central_logger"))
_STORES: Final = frozenset(("append", "add", "setdefault", "register", "update", "insert"))


def details(text: str, tree: ast.Module, names: Sequence[str], events: Events) -> Details:
    """Return the details of the functions and statements that hold one of the names, and of all classes so named."""
    reader = _Reader(Columns(text), LineIndex(text, names), frozenset(names))
    reader.walk(tree)
    functions = sorted(reader.functions, key=lambda one: one.at)
    classes = tuple(sorted(reader.classes, key=lambda one: one.at))
    return Details(classes, tuple(functions), tuple(reader.calls), tuple(sorted(reader.mentions)), events)


def is_logging(name: str) -> bool:
    """Tell whether a callee logs, warns or prints."""
    return name in ("print", "warnings.warn", "warn") or not _LOGGERS.isdisjoint(name.split(".")[:-1])


class _Place(NamedTuple):
    """What is around a node: the qualified scope, the function, whether an except, a block that expects failure."""

    scope: str = ""
    inside: str = ""
    handler: bool = False
    expected: bool = False
    statement: int = 0
    whole: bool = False


class _Reader:
    """One walk over a file, scope by scope, without recursion."""

    def __init__(self, columns: Columns, lines: LineIndex, names: frozenset[str]) -> None:
        self._lines = lines
        self._names = names
        self.classes: list[ClassDetail] = []
        self.functions: list[FunctionDetail] = []
        self.calls: list[Call] = []
        self.mentions: set[str] = set()
        self._columns = columns

    def walk(self, tree: ast.Module) -> None:
        """Visit every node with the qualified name around it and the function it stands in."""
        pending: list[tuple[ast.AST, _Place]] = [(tree, _Place())]
        while pending:
            node, place = pending.pop()
            if isinstance(node, ast.stmt):
                if not place.whole and not self._lines.holds(node):
                    continue
                place = self._enter(node, place._replace(statement=node.lineno))
            elif isinstance(node, ast.ExceptHandler):
                place = place._replace(handler=True)
            elif isinstance(node, ast.Call):
                self._call(node, place)
            elif isinstance(node, ast.Name) and node.id in self._names and isinstance(node.ctx, ast.Load):
                self.mentions.add(node.id)
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
                self._assigned(node, place)
            if type(node) not in LEAVES:
                pending.extend((child, place) for child in ast.iter_child_nodes(node))
        self.calls = sorted(self._unique(), key=lambda call: (call.at, call.callee))

    def _enter(self, node: ast.stmt, place: _Place) -> _Place:
        """Record a function or class, and return what holds inside the statement."""
        if isinstance(node, FUNCTIONS):
            scope = f"{place.scope}.{node.name}" if place.scope else node.name
            self.functions.append(
                function_detail(node, scope, self._columns, shaped=place.whole or node.name in self._names)
            )
            return place._replace(scope=scope, inside=scope)
        if isinstance(node, ast.ClassDef):
            scope = f"{place.scope}.{node.name}" if place.scope else node.name
            self.classes.append(class_detail(node, scope, place.inside, self._columns, handler=place.handler))
            return place._replace(scope=scope, whole=place.whole or node.name in self._names)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            names = (callee(item.context_expr).rpartition(".")[2] for item in node.items)
            return place._replace(expected=place.expected or any(name in _EXPECTING for name in names))
        return place

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, place: _Place) -> None:
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call):
            first = node.targets[0] if isinstance(node, ast.Assign) else node.target
            target = dotted(first) or (f"{dotted(first.value)}[]" if isinstance(first, ast.Subscript) else "")
            self._call(value, place, target=target, awaited=isinstance(node.value, ast.Await))

    def _call(self, node: ast.Call, place: _Place, *, target: str = "", awaited: bool = False) -> None:
        name = dotted(node.func)
        if name:
            keywords = tuple(one.arg for one in node.keywords if one.arg is not None)
            starred = any(isinstance(one, ast.Starred) for one in node.args)
            open_ended = starred or len(keywords) < len(node.keywords)
            at = self._columns.span(node)
            call = Call(
                callee=name,
                at=at,
                scope=place.scope,
                awaited=awaited,
                positional=len(node.args),
                keywords=keywords,
                open_ended=open_ended,
                target=target,
                expected_to_fail=place.expected,
                statement=place.statement,
            )
            self.calls.append(call)

    def _unique(self) -> Iterator[Call]:
        """Keep one record a call: the one that knows where its result goes."""
        best: dict[tuple[object, str], Call] = {}
        for call in self.calls:
            key = (call.at, call.callee)
            if key not in best or (call.target and not best[key].target):
                best[key] = call
        return iter(best.values())


def class_detail(node: ast.ClassDef, qualname: str, inside: str, columns: Columns, *, handler: bool) -> ClassDetail:
    """Describe a class; `handler` says that it stands in an except clause."""
    attributes: list[tuple[str, str]] = []
    for method in node.body:
        if isinstance(method, ast.AnnAssign) and isinstance(method.target, ast.Name):
            attributes.append((method.target.id, annotated(method.annotation)))
        elif isinstance(method, FUNCTIONS):
            stated = ((one.arg, one.annotation) for one in method.args.args)
            given = {name: annotated(one) or callee(one) for name, one in stated if one is not None}
            local = dict(_local_callees(method))
            for statement in own_statements(method):
                attributes += _self_attributes(statement, given, local)
    bases = tuple(callee(base) for base in node.bases)
    return ClassDetail(qualname, columns.span(node), bases, inside, handler, tuple(dict.fromkeys(attributes)))


def _self_attributes(node: ast.AST, given: dict[str, str], local: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield `self.x = ...` with what x is assigned from, or declared to be."""
    stated = ""
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value, stated = [node.target], node.value, annotated(node.annotation)
    else:
        return
    source = value.value if isinstance(value, ast.Await) else value
    if isinstance(source, ast.BoolOp):
        source = source.values[-1]
    name = callee(source) if isinstance(source, (ast.Call, ast.Name, ast.Attribute)) else stated
    for target in targets:
        path = dotted(target)
        if path.startswith("self.") and path.count(".") == 1 and name:
            yield path[5:], given.get(name) or local.get(name) or name


def function_detail(
    node: ast.FunctionDef | ast.AsyncFunctionDef, qualname: str, columns: Columns, *, shaped: bool
) -> FunctionDetail:
    """Describe a function, with the digest of its body if that is wanted."""
    body = list(own_nodes(node))
    parameters = _parameters(node)
    local_callees = _local_callees(node)
    declared = {name for one in body if isinstance(one, (ast.Global, ast.Nonlocal)) for name in one.names}
    stored = {one.id for one in body if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    local = frozenset((*parameters, *(stored - declared)))
    digest, size = shape(node.body, local) if shaped else ("", len(list(own_statements(node))))
    calls = [dotted(one.func) or _chained(one.func) for one in body if isinstance(one, ast.Call)]
    return FunctionDetail(
        qualname=qualname,
        at=columns.span(node),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        parameters=parameters,
        decorators=tuple(callee(decorator) for decorator in node.decorator_list),
        returned=tuple(_returned(body, dict(local_callees), local, declared)),
        calls=tuple(name for name in calls if not is_logging(name)),
        plain=_is_plain(node.body),
        generator=any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in body),
        always_raises=always_raises(node),
        sets_globals=tuple(sorted(stored & declared)),
        locals=local_callees,
        shape=digest,
        size=size,
        typed=tuple(typed_parameters(node).items()),
    )


def _chained(function: ast.expr) -> str:
    """Return `get().name` for a method of what a call, awaited or not, returns, "?" for anything else."""
    if isinstance(function, ast.Attribute):
        value = function.value.value if isinstance(function.value, ast.Await) else function.value
        if isinstance(value, ast.Call) and dotted(value.func):
            return f"{dotted(value.func)}().{function.attr}"
    return "?"


def typed_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Return the parameters with the class that their annotation speaks of, the others left out."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    found = {one.arg: annotated(one.annotation) for one in every if one.annotation is not None}
    return {name: one for name, one in found.items() if one}


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return tuple(one.arg for one in every if one is not None)


def _local_callees(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[tuple[str, str], ...]:
    """Return the local names that are assigned the result of a call, with its callee."""
    found: list[tuple[str, str]] = []
    for one in own_statements(node):
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        if isinstance(one, (ast.Assign, ast.AnnAssign)) and len(targets) == 1 and isinstance(targets[0], ast.Name):
            value = one.value.value if isinstance(one.value, ast.Await) else one.value
            if isinstance(value, ast.Call) and dotted(value.func):
                found.append((targets[0].id, dotted(value.func)))
    return tuple(dict.fromkeys(found))


def _returned(
    body: list[ast.AST], local_callees: dict[str, str], local: frozenset[str], declared: set[str]
) -> Iterator[Returned]:
    published, keyed = set(_published(body)), set(_keyed(body))
    for one in body:
        if not isinstance(one, ast.Return) or one.value is None:
            continue
        value = one.value.value if isinstance(one.value, ast.Await) else one.value
        name = dotted(value)
        if isinstance(value, ast.Call):
            yield Returned("call", dotted(value.func), published=False, line=one.lineno)
        elif name in local_callees and name not in declared:
            yield Returned("call", local_callees[name], name in published, one.lineno, name in keyed)
        elif name and name.partition(".")[0] not in local - declared:
            yield Returned("name", name, published=True, line=one.lineno)
        elif not (isinstance(value, ast.Constant) and value.value is None):
            yield Returned("other", name, published=name in published, line=one.lineno)


def _keyed(body: list[ast.AST]) -> Iterator[str]:
    """Yield the local names that are stored under a key."""
    for one in body:
        if isinstance(one, ast.Assign) and any(isinstance(target, ast.Subscript) for target in one.targets):
            yield dotted(one.value)


def _published(body: list[ast.AST]) -> Iterator[str]:
    """Yield the local names that are stored where others reach them."""
    for one in body:
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Name):
            if any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in one.targets):
                yield one.value.id
        elif isinstance(one, ast.Assign) and len(one.targets) > 1:
            names = [target.id for target in one.targets if isinstance(target, ast.Name)]
            if len(names) < len(one.targets):
                yield from names
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in _STORES:
            yield from (argument.id for argument in one.args if isinstance(argument, ast.Name))


def _is_plain(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a body runs straight through, one enclosing try aside."""
    statements = list(without_docstring(body))
    straight = (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return, ast.Import, ast.ImportFrom, ast.Pass, ast.Raise)
    rest = [one for one in statements if not isinstance(one, straight)]
    if not rest:
        return True
    only = rest[0]
    if len(rest) > 1 or not isinstance(only, ast.Try):
        return False
    suites = [only.body, only.orelse, only.finalbody, *(handler.body for handler in only.handlers)]
    return all(isinstance(one, straight) for suite in suites for one in suite)
