"""The second look: functions, classes and calls of one file, in full."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.bodies import (
    FUNCTIONS,
    LEAVES,
    always_raises,
    local_callees,
    own_nodes,
    own_statements,
    without_docstring,
)
from ssot_lint.facts.callees import EXPECTING, LOGGERS
from ssot_lint.facts.containers import mutations
from ssot_lint.facts.literals import parts_of
from ssot_lint.facts.names import annotated, callee, dotted
from ssot_lint.facts.nodes import children
from ssot_lint.facts.races import read_sharing
from ssot_lint.facts.shapes import shape
from ssot_lint.facts.signatures import fields, options, signature
from ssot_lint.facts.text import Columns, LineIndex
from ssot_lint.model.details import (
    SHARING,
    Call,
    ClassDetail,
    Constant,
    Details,
    Events,
    FunctionDetail,
    Returned,
    Sharing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GENERATED: Final = re.compile(r"^#.*(@generated\b|\bdo not (?:edit|modify)\b)", re.IGNORECASE | re.MULTILINE)
_HEAD: Final = 1000
_STORES: Final = frozenset(("append", "add", "setdefault", "register", "update", "insert"))


def details(text: str, tree: ast.Module, names: Sequence[str], events: Events) -> Details:
    """Return the details of the functions and statements that hold one of the names, and of all classes so named."""
    columns = Columns(text)
    reader = _Reader(columns, LineIndex(text, names), frozenset(names))
    reader.walk(tree)
    functions = sorted(reader.functions, key=lambda one: one.at)
    classes = tuple(sorted(reader.classes, key=lambda one: one.at))
    return Details(
        classes=classes,
        functions=tuple(functions),
        calls=tuple(reader.calls),
        mentions=tuple(sorted(reader.mentions)),
        generated=is_generated(text),
        events=events,
        sharing=read_sharing(text, tree, columns) if SHARING in names else Sharing(),
        constants=tuple(_constants(tree, frozenset(names), columns)),
    )


def _constants(tree: ast.Module, names: frozenset[str], columns: Columns) -> Iterator[Constant]:
    """Yield the module-level constants of some names whose values are written out."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target: ast.expr = node.targets[0]
        elif isinstance(node, ast.AnnAssign):
            target = node.target
        else:
            continue
        if isinstance(target, ast.Name) and target.id in names:
            parts = parts_of(node.value)
            if parts:
                yield Constant(target.id, columns.span(target), parts)


def is_generated(text: str) -> bool:
    """Tell whether the first lines of a file tell people not to edit it."""
    return _GENERATED.search(text[:_HEAD]) is not None


def is_logging(name: str) -> bool:
    """Tell whether a callee logs, warns or prints."""
    return name in ("print", "warnings.warn", "warn") or not LOGGERS.isdisjoint(name.split(".")[:-1])


class _Place(NamedTuple):
    """What is around a node: the qualified scope, the function, whether an except, a block that expects failure."""

    scope: str = ""
    inside: str = ""
    handler: bool = False
    expected: bool = False
    statement: int = 0
    whole: bool = False
    opened: frozenset[str] = frozenset()


class _Reader:
    """One walk over a file, scope by scope, without recursion."""

    def __init__(self, columns: Columns, lines: LineIndex, names: frozenset[str]) -> None:
        self._lines = lines
        self._names = names
        self._module: Sequence[ast.stmt] = ()
        self.classes: list[ClassDetail] = []
        self.functions: list[FunctionDetail] = []
        self.calls: list[Call] = []
        self.mentions: set[str] = set()
        self._columns = columns

    def walk(self, tree: ast.Module) -> None:
        """Visit every node with the qualified name around it and the function it stands in."""
        self._module = tree.body
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
            elif isinstance(node, (ast.Await, ast.Attribute)) and isinstance(node.value, ast.Call):
                awaited = isinstance(node, ast.Await)
                self._call(node.value, place, awaited=awaited, opened=not awaited)
            elif isinstance(node, ast.Name) and node.id in self._names and isinstance(node.ctx, ast.Load):
                self.mentions.add(node.id)
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
                self._assigned(node, place)
            if type(node) not in LEAVES:
                pending.extend((child, place) for child in children(node))
        self.calls = sorted(self._unique(), key=lambda call: (call.at, call.callee))

    def _enter(self, node: ast.stmt, place: _Place) -> _Place:
        """Record a function or class, and return what holds inside the statement."""
        if isinstance(node, FUNCTIONS):
            scope = f"{place.scope}.{node.name}" if place.scope else node.name
            body = list(own_nodes(node))
            shaped = place.whole or node.name in self._names
            self.functions.append(function_detail(node, scope, self._columns, body, shaped=shaped))
            return place._replace(scope=scope, inside=scope, opened=frozenset(_opened(body)))
        if isinstance(node, ast.ClassDef):
            scope = f"{place.scope}.{node.name}" if place.scope else node.name
            written = mutations(node, self._module, scope, self._columns) if node.name in self._names else ()
            whole = place.whole or node.name in self._names
            detail = class_detail(node, scope, place.inside, self._columns, handler=place.handler, shaped=whole)
            self.classes.append(detail.writing(written) if written else detail)
            return place._replace(scope=scope, whole=whole)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            names = (callee(item.context_expr).rpartition(".")[2] for item in node.items)
            return place._replace(expected=place.expected or any(name in EXPECTING for name in names))
        return place

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, place: _Place) -> None:
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call):
            first = node.targets[0] if isinstance(node, ast.Assign) else node.target
            target = dotted(first) or (f"{dotted(first.value)}[]" if isinstance(first, ast.Subscript) else "")
            awaited = isinstance(node.value, ast.Await)
            self._call(value, place, target=target, awaited=awaited, opened=not awaited and target in place.opened)

    def _call(
        self, node: ast.Call, place: _Place, *, target: str = "", awaited: bool = False, opened: bool = False
    ) -> None:
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
                opened=opened,
            )
            self.calls.append(call)

    def _unique(self) -> Iterator[Call]:
        """Keep one record a call: what is known of the place of its result, and of whether it is awaited."""
        best: dict[tuple[object, str], Call] = {}
        for call in self.calls:
            key = (call.at, call.callee)
            best[key] = call.with_uses_of(best[key]) if key in best else call
        return iter(best.values())


def class_detail(  # noqa: PLR0913 - a class in its place
    node: ast.ClassDef, qualname: str, inside: str, columns: Columns, *, handler: bool, shaped: bool = False
) -> ClassDetail:
    """Describe a class; `handler` says that it stands in an except clause, `shaped` that its body is compared."""
    attributes: list[tuple[str, str]] = []
    for method in node.body:
        if isinstance(method, ast.AnnAssign) and isinstance(method.target, ast.Name):
            attributes.append((method.target.id, annotated(method.annotation)))
        elif isinstance(method, FUNCTIONS):
            stated = ((one.arg, one.annotation) for one in method.args.args)
            given = {name: annotated(one) or callee(one) for name, one in stated if one is not None}
            local = dict(local_callees(method))
            for statement in own_statements(method):
                attributes += _self_attributes(statement, given, local)
    return ClassDetail(
        qualname=qualname,
        at=columns.span(node),
        bases=tuple(callee(base) for base in node.bases),
        inside=inside,
        handler=handler,
        attributes=tuple(dict.fromkeys(attributes)),
        statements=_no_methods(node) if shaped else (),
        fields=fields(node),
        options=options(node),
    )


def _no_methods(node: ast.ClassDef) -> tuple[int, ...]:
    """Return the sums of the statements of a class that are no methods."""
    rest = [one for one in without_docstring(node.body) if not isinstance(one, FUNCTIONS)]
    return shape(rest, frozenset()).statements


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
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    qualname: str,
    columns: Columns,
    body: Sequence[ast.AST],
    *,
    shaped: bool,
) -> FunctionDetail:
    """Describe a function whose own nodes are its `body`, with the digest of them if that is wanted."""
    parameters = _parameters(node)
    assigned = local_callees(node)
    declared = {name for one in body if isinstance(one, (ast.Global, ast.Nonlocal)) for name in one.names}
    stored = {one.id for one in body if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    local = frozenset((*parameters, *(stored - declared)))
    digest, statements = shape(node.body, local) if shaped else ("", ())
    calls = [dotted(one.func) or _chained(one.func) for one in body if isinstance(one, ast.Call)]
    return FunctionDetail(
        qualname=qualname,
        at=columns.span(node),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        parameters=parameters,
        decorators=tuple(callee(decorator) for decorator in node.decorator_list),
        returned=tuple(_returned(body, dict(assigned), local, declared)),
        calls=tuple(name for name in calls if not is_logging(name)),
        plain=_is_plain(node.body),
        generator=any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in body),
        always_raises=always_raises(node),
        sets_globals=tuple(sorted(stored & declared)),
        locals=assigned,
        shape=digest,
        size=len(statements) if shaped else len(list(own_statements(node))),
        statements=statements,
        signature=signature(node),
        returns=callee(node.returns) if node.returns is not None else "",
        typed=tuple(typed_parameters(node).items()),
    )


def _opened(body: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the local names that are bound once and of which nothing but attributes is used."""
    if any(isinstance(one, (*FUNCTIONS, ast.Lambda)) for one in body):
        return
    opened = Counter(one.value.id for one in body if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name))
    names = [one for one in body if isinstance(one, ast.Name)]
    read = Counter(one.id for one in names if isinstance(one.ctx, ast.Load))
    stored = Counter(one.id for one in names if isinstance(one.ctx, ast.Store))
    yield from (name for name, count in opened.items() if read[name] == count and stored[name] == 1)


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


def _returned(
    body: Sequence[ast.AST], assigned: dict[str, str], local: frozenset[str], declared: set[str]
) -> Iterator[Returned]:
    published, keyed = set(_published(body)), set(_keyed(body))
    for one in body:
        if not isinstance(one, ast.Return) or one.value is None:
            continue
        value = one.value.value if isinstance(one.value, ast.Await) else one.value
        name = dotted(value)
        if isinstance(value, ast.Call):
            yield Returned("call", dotted(value.func), published=False, line=one.lineno)
        elif name in assigned and name not in declared:
            yield Returned("call", assigned[name], name in published, one.lineno, name in keyed)
        elif name and name.partition(".")[0] not in local - declared:
            yield Returned("name", name, published=True, line=one.lineno)
        elif not (isinstance(value, ast.Constant) and value.value is None):
            yield Returned("other", name, published=name in published, line=one.lineno)


def _keyed(body: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the local names that are stored under a key."""
    for one in body:
        if isinstance(one, ast.Assign) and any(isinstance(target, ast.Subscript) for target in one.targets):
            yield dotted(one.value)


def _published(body: Sequence[ast.AST]) -> Iterator[str]:
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
