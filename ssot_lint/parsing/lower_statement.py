"""How statements without a suite are lowered."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import libcst as cst

from ssot_lint.parsing.lower_function import type_parameters
from ssot_lint.parsing.lower_operator import OPERATORS
from ssot_lint.parsing.lower_position import span
from ssot_lint.parsing.lower_tree import DELETE, STORE, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.parsing.lower_position import Span
    from ssot_lint.parsing.lower_tree import Lowering, Statements


def _until(tree: Lowering, node: cst.CSTNode, last: cst.CSTNode | None) -> Span:
    """Return the span of a statement whose last part is given, if it has one."""
    return span(tree.places.own_start(node), tree.places.end(last) if last else tree.places.own_end(node))


def _expression(tree: Lowering, node: cst.Expr) -> ast.stmt:
    return ast.Expr(tree.expression(node.value), **_until(tree, node, node.value))


def _assign(tree: Lowering, node: cst.Assign) -> ast.stmt:
    targets = [tree.target(each.target) for each in node.targets]
    return ast.Assign(targets, tree.expression(node.value), type_comment=None, **_until(tree, node, node.value))


def _annotated(tree: Lowering, node: cst.AnnAssign) -> ast.stmt:
    target = tree.target(node.target)
    if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
        raise tree.unknown(node.target)
    annotation = tree.expression(node.annotation.annotation)
    simple = int(isinstance(target, ast.Name) and not node.target.lpar)
    place = _until(tree, node, node.value or node.annotation.annotation)
    return ast.AnnAssign(target, annotation, tree.optional(node.value), simple, **place)


def _augmented(tree: Lowering, node: cst.AugAssign) -> ast.stmt:
    target = tree.target(node.target)
    if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
        raise tree.unknown(node.target)
    operator = OPERATORS[type(node.operator)]
    return ast.AugAssign(target, operator, tree.expression(node.value), **_until(tree, node, node.value))


def _delete(tree: Lowering, node: cst.Del) -> ast.stmt:
    target = tree.target(node.target, DELETE)
    targets = target.elts if isinstance(target, ast.Tuple) and not node.target.lpar else [target]
    return ast.Delete(targets, **_until(tree, node, node.target))


def _return(tree: Lowering, node: cst.Return) -> ast.stmt:
    return ast.Return(tree.optional(node.value), **_until(tree, node, node.value))


def _raise(tree: Lowering, node: cst.Raise) -> ast.stmt:
    cause = node.cause.item if node.cause else None
    return ast.Raise(tree.optional(node.exc), tree.optional(cause), **_until(tree, node, cause or node.exc))


def _assert(tree: Lowering, node: cst.Assert) -> ast.stmt:
    return ast.Assert(tree.expression(node.test), tree.optional(node.msg), **_until(tree, node, node.msg or node.test))


def _global(tree: Lowering, node: cst.Global) -> ast.stmt:
    return ast.Global([identifier(each.name) for each in node.names], **tree.places.inside(node))


def _nonlocal(tree: Lowering, node: cst.Nonlocal) -> ast.stmt:
    return ast.Nonlocal([identifier(each.name) for each in node.names], **tree.places.inside(node))


def _pass(tree: Lowering, node: cst.Pass) -> ast.stmt:
    return ast.Pass(**tree.places.inside(node))


def _break(tree: Lowering, node: cst.Break) -> ast.stmt:
    return ast.Break(**tree.places.inside(node))


def _continue(tree: Lowering, node: cst.Continue) -> ast.stmt:
    return ast.Continue(**tree.places.inside(node))


def _import(tree: Lowering, node: cst.Import | cst.LazyImport) -> ast.stmt:
    return _laziness(ast.Import(_aliases(tree, node.names), **tree.places.inside(node)), node)


def _import_from(tree: Lowering, node: cst.ImportFrom | cst.LazyImportFrom) -> ast.stmt:
    module = _dotted(node.module) if node.module else None
    place = tree.places.inside(node)
    if isinstance(node.names, cst.ImportStar):
        names = [ast.alias("*", None, **tree.places.inside(node.names))]
    else:
        names = _aliases(tree, node.names)
    return _laziness(ast.ImportFrom(module, names, len(node.relative), **place), node)


def _laziness(statement: ast.Import | ast.ImportFrom, node: cst.CSTNode) -> ast.stmt:
    """Say whether an import is lazy, where the running interpreter's tree can (3.15)."""
    if "is_lazy" in statement._fields:
        vars(statement)["is_lazy"] = int(type(node).__name__.startswith("Lazy"))
    return statement


def _aliases(tree: Lowering, nodes: Sequence[cst.ImportAlias]) -> list[ast.alias]:
    aliases: list[ast.alias] = []
    for node in nodes:
        bound = node.asname.name if node.asname else None
        name = identifier(bound) if isinstance(bound, cst.Name) else None
        aliases.append(ast.alias(_dotted(node.name), name, **tree.places.between(node.name, bound or node.name)))
    return aliases


def _dotted(node: cst.BaseExpression) -> str:
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(identifier(node.attr))
        node = node.value
    if isinstance(node, cst.Name):
        names.append(identifier(node))
    return ".".join(reversed(names))


def _type_alias(tree: Lowering, node: cst.TypeAlias) -> ast.stmt:
    """Lower `type A = int`; trees before Python 3.12 have no shape for it but that of an assignment."""
    name = ast.Name(identifier(node.name), STORE, **tree.places.inside(node.name))
    value = tree.expression(node.value)
    place = _until(tree, node, node.value)
    lowered: ast.stmt
    if sys.version_info >= (3, 12):
        lowered = ast.TypeAlias(name, value=value, **type_parameters(tree, node.type_parameters), **place)
    else:
        lowered = ast.Assign([name], value, type_comment=None, **place)
    return lowered


STATEMENTS: Statements = {
    "AnnAssign": _annotated,
    "Assert": _assert,
    "Assign": _assign,
    "AugAssign": _augmented,
    "Break": _break,
    "Continue": _continue,
    "Del": _delete,
    "Expr": _expression,
    "Global": _global,
    "Import": _import,
    "ImportFrom": _import_from,
    "LazyImport": _import,
    "LazyImportFrom": _import_from,
    "Nonlocal": _nonlocal,
    "Pass": _pass,
    "Raise": _raise,
    "Return": _return,
    "TypeAlias": _type_alias,
}
