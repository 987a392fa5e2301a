"""How compound statements are lowered."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import libcst as cst

from ssot_lint.parsing.lower_expression import call_arguments
from ssot_lint.parsing.lower_function import arguments, type_parameters
from ssot_lint.parsing.lower_position import end_of, span
from ssot_lint.parsing.lower_tree import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.parsing.lower_position import Mark, Span
    from ssot_lint.parsing.lower_tree import Lowering, Statements


def _rest(tree: Lowering, node: cst.Else | cst.Finally | None, end: Mark) -> tuple[list[ast.stmt], Mark]:
    """Lower a clause that may be absent; the statement then ends where it did before, at `end`."""
    return tree.suite(node.body) if node else ([], end)


def _place(tree: Lowering, node: cst.CSTNode, end: Mark) -> Span:
    return span(tree.places.own_start(node), end)


def _if(tree: Lowering, node: cst.If) -> ast.stmt:
    test = tree.expression(node.test)
    body, end = tree.suite(node.body)
    orelse: list[ast.stmt]
    if isinstance(node.orelse, cst.If):
        nested = _if(tree, node.orelse)
        orelse, end = [nested], end_of(nested)
    else:
        orelse, end = _rest(tree, node.orelse, end)
    return ast.If(test, body, orelse, **_place(tree, node, end))


def _while(tree: Lowering, node: cst.While) -> ast.stmt:
    test = tree.expression(node.test)
    body, end = tree.suite(node.body)
    orelse, end = _rest(tree, node.orelse, end)
    return ast.While(test, body, orelse, **_place(tree, node, end))


def _for(tree: Lowering, node: cst.For) -> ast.stmt:
    target, source = tree.target(node.target), tree.expression(node.iter)
    body, end = tree.suite(node.body)
    orelse, end = _rest(tree, node.orelse, end)
    kind = ast.AsyncFor if node.asynchronous else ast.For
    return kind(target, source, body, orelse, type_comment=None, **_place(tree, node, end))


def _with(tree: Lowering, node: cst.With) -> ast.stmt:
    items = [
        ast.withitem(tree.expression(each.item), tree.target(each.asname.name) if each.asname else None)
        for each in node.items
    ]
    body, end = tree.suite(node.body)
    kind = ast.AsyncWith if node.asynchronous else ast.With
    return kind(items, body, type_comment=None, **_place(tree, node, end))


def _try(tree: Lowering, node: cst.Try | cst.TryStar) -> ast.stmt:
    body, end = tree.suite(node.body)
    handlers, end = _handlers(tree, node.handlers, end)
    orelse, end = _rest(tree, node.orelse, end)
    final, end = _rest(tree, node.finalbody, end)
    place = _place(tree, node, end)
    if sys.version_info >= (3, 11) and isinstance(node, cst.TryStar):
        return ast.TryStar(body, handlers, orelse, final, **place)
    return ast.Try(body, handlers, orelse, final, **place)


def _handlers(
    tree: Lowering, nodes: Sequence[cst.ExceptHandler | cst.ExceptStarHandler], end: Mark
) -> tuple[list[ast.ExceptHandler], Mark]:
    handlers: list[ast.ExceptHandler] = []
    for node in nodes:
        bound = node.name.name if node.name else None
        name = identifier(bound) if isinstance(bound, cst.Name) else None
        kind = tree.optional(node.type)
        body, end = tree.suite(node.body)
        handlers.append(ast.ExceptHandler(kind, name, body, **_place(tree, node, end)))
    return handlers, end


def _function(tree: Lowering, node: cst.FunctionDef) -> ast.stmt:
    decorators = [tree.expression(each.decorator) for each in node.decorators]
    parameters = arguments(tree, node.params)
    returns = tree.optional(node.returns.annotation if node.returns else None)
    body, end = tree.suite(node.body)
    kind = ast.AsyncFunctionDef if node.asynchronous else ast.FunctionDef
    generic, place = type_parameters(tree, node.type_parameters), _place(tree, node, end)
    name = identifier(node.name)
    return kind(name, parameters, body, decorators, returns, type_comment=None, **generic, **place)


def _class(tree: Lowering, node: cst.ClassDef) -> ast.stmt:
    decorators = [tree.expression(each.decorator) for each in node.decorators]
    bases, keywords = call_arguments(tree, [*node.bases, *node.keywords])
    body, end = tree.suite(node.body)
    generic, place = type_parameters(tree, node.type_parameters), _place(tree, node, end)
    return ast.ClassDef(identifier(node.name), bases, keywords, body, decorators, **generic, **place)


def _match(tree: Lowering, node: cst.Match) -> ast.stmt:
    subject = tree.expression(node.subject)
    cases: list[ast.match_case] = []
    end = tree.places.end(node.subject)
    for case in node.cases:
        pattern, guard = tree.pattern(case.pattern), tree.optional(case.guard)
        body, end = tree.suite(case.body)
        cases.append(ast.match_case(pattern, guard, body))
    return ast.Match(subject, cases, **_place(tree, node, end))


BLOCKS: Statements = {
    "ClassDef": _class,
    "For": _for,
    "FunctionDef": _function,
    "If": _if,
    "Match": _match,
    "Try": _try,
    "TryStar": _try,
    "While": _while,
    "With": _with,
}
