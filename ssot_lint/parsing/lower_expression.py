"""How each kind of expression is lowered, except literals of text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from ssot_lint.parsing.lower_function import arguments
from ssot_lint.parsing.lower_position import slice_parts, span
from ssot_lint.parsing.lower_tree import LOAD, SINGLETONS, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.parsing.lower_tree import Expressions, Lowering


def _name(tree: Lowering, node: cst.Name) -> ast.expr:
    place = tree.places.inside(node)
    if node.value in SINGLETONS:
        return ast.Constant(SINGLETONS[node.value], kind=None, **place)
    return ast.Name(identifier(node), LOAD, **place)


def _number(tree: Lowering, node: cst.Integer | cst.Float | cst.Imaginary) -> ast.expr:
    return ast.Constant(tree.literal(node.value, node), kind=None, **tree.places.inside(node))


def _ellipsis(tree: Lowering, node: cst.Ellipsis) -> ast.expr:
    return ast.Constant(..., kind=None, **tree.places.inside(node))


def _attribute(tree: Lowering, node: cst.Attribute) -> ast.expr:
    return ast.Attribute(tree.expression(node.value), identifier(node.attr), LOAD, **tree.places.inside(node))


def _conditional(tree: Lowering, node: cst.IfExp) -> ast.expr:
    test, body, orelse = tree.expression(node.test), tree.expression(node.body), tree.expression(node.orelse)
    return ast.IfExp(test, body, orelse, **tree.places.inside(node))


def _walrus(tree: Lowering, node: cst.NamedExpr) -> ast.expr:
    target = tree.target(node.target)
    if not isinstance(target, ast.Name):
        raise tree.unknown(node.target)
    return ast.NamedExpr(target, tree.expression(node.value), **tree.places.inside(node))


def _lambda(tree: Lowering, node: cst.Lambda) -> ast.expr:
    return ast.Lambda(arguments(tree, node.params), tree.expression(node.body), **tree.places.inside(node))


def _await(tree: Lowering, node: cst.Await) -> ast.expr:
    return ast.Await(tree.expression(node.expression), **tree.places.inside(node))


def _yield(tree: Lowering, node: cst.Yield) -> ast.expr:
    start = tree.places.own_start(node)
    if isinstance(node.value, cst.From):
        return ast.YieldFrom(tree.expression(node.value.item), **span(start, tree.places.end(node.value.item)))
    end = tree.places.own_end(node) if node.value is None else tree.places.end(node.value)
    return ast.Yield(tree.optional(node.value), **span(start, end))


def _call(tree: Lowering, node: cst.Call) -> ast.expr:
    positional, keywords = call_arguments(tree, node.args)
    sole = positional[0] if positional else None
    if isinstance(sole, ast.GeneratorExp) and not node.args[0].value.lpar:
        sole.lineno, sole.col_offset = tree.places.own_end(node.whitespace_after_func)
        sole.end_lineno, sole.end_col_offset = tree.places.own_end(node)
    return ast.Call(tree.expression(node.func), positional, keywords, **tree.places.inside(node))


def call_arguments(tree: Lowering, nodes: Sequence[cst.Arg]) -> tuple[list[ast.expr], list[ast.keyword]]:
    """Lower what is passed to a call or class statement."""
    positional: list[ast.expr] = []
    keywords: list[ast.keyword] = []
    for node in nodes:
        value = tree.expression(node.value)
        place = span(tree.places.own_start(node), tree.places.end(node.value))
        if node.star == "*":
            positional.append(ast.Starred(value, LOAD, **place))
        elif node.star == "**" or node.keyword is not None:
            keywords.append(ast.keyword(identifier(node.keyword) if node.keyword else None, value, **place))
        else:
            positional.append(value)
    return positional, keywords


def _starred(tree: Lowering, node: cst.StarredElement) -> ast.expr:
    return ast.Starred(tree.expression(node.value), LOAD, **tree.places.inside(node))


def _tuple(tree: Lowering, node: cst.Tuple) -> ast.expr:
    if node.lpar:
        place = tree.places.between_brackets(node.lpar[-1], node.rpar[0])
    else:
        place = span(tree.places.own_start(node), tree.places.last(node.elements[-1]))
    return ast.Tuple(tree.elements(node.elements), LOAD, **place)


def _list(tree: Lowering, node: cst.List) -> ast.expr:
    return ast.List(tree.elements(node.elements), LOAD, **tree.places.inside(node))


def _set(tree: Lowering, node: cst.Set) -> ast.expr:
    return ast.Set(tree.elements(node.elements), **tree.places.inside(node))


def _dict(tree: Lowering, node: cst.Dict) -> ast.expr:
    keys = [tree.expression(each.key) if isinstance(each, cst.DictElement) else None for each in node.elements]
    values = [tree.expression(each.value) for each in node.elements]
    return ast.Dict(keys, values, **tree.places.inside(node))


def _clauses(tree: Lowering, node: cst.CompFor) -> list[ast.comprehension]:
    clauses: list[ast.comprehension] = []
    clause: cst.CompFor | None = node
    while clause is not None:
        target, source = tree.target(clause.target), tree.expression(clause.iter)
        conditions = [tree.expression(each.test) for each in clause.ifs]
        clauses.append(ast.comprehension(target, source, conditions, int(clause.asynchronous is not None)))
        clause = clause.inner_for_in
    return clauses


def _list_comprehension(tree: Lowering, node: cst.ListComp) -> ast.expr:
    return ast.ListComp(tree.expression(node.elt), _clauses(tree, node.for_in), **tree.places.inside(node))


def _set_comprehension(tree: Lowering, node: cst.SetComp) -> ast.expr:
    return ast.SetComp(tree.expression(node.elt), _clauses(tree, node.for_in), **tree.places.inside(node))


def _generator(tree: Lowering, node: cst.GeneratorExp) -> ast.expr:
    place = tree.places.inside(node)  # without parentheses of its own, the call puts it right
    if node.lpar:
        place = tree.places.between_brackets(node.lpar[-1], node.rpar[0])
    return ast.GeneratorExp(tree.expression(node.elt), _clauses(tree, node.for_in), **place)


def _dict_comprehension(tree: Lowering, node: cst.DictComp) -> ast.expr:
    key, value = tree.expression(node.key), tree.expression(node.value)
    return ast.DictComp(key, value, _clauses(tree, node.for_in), **tree.places.inside(node))


def _starred_dict_comprehension(tree: Lowering, node: cst.StarredDictComp) -> ast.expr:
    """Lower `{**one for one in many}` (3.15), for which older trees have no shape, as if its key were None."""
    place = tree.places.inside(node)
    key = ast.Constant(None, kind=None, **place)
    return ast.DictComp(key, tree.expression(node.value), _clauses(tree, node.for_in), **place)


def _subscript(tree: Lowering, node: cst.Subscript) -> ast.expr:
    parts = [tree.expression(each.slice) for each in node.slice]
    index = parts[0]
    last = node.slice[-1]
    if len(parts) > 1 or isinstance(last.comma, cst.Comma) or isinstance(index, ast.Starred):
        end = tree.places.end(last.comma if isinstance(last.comma, cst.Comma) else last.slice)
        index = ast.Tuple(parts, LOAD, **span(tree.places.own_start(node.slice[0]), end))
    return ast.Subscript(tree.expression(node.value), index, LOAD, **tree.places.inside(node))


def _index(tree: Lowering, node: cst.Index) -> ast.expr:
    value = tree.expression(node.value)
    return value if node.star is None else ast.Starred(value, LOAD, **tree.places.inside(node))


def _slice(tree: Lowering, node: cst.Slice) -> ast.expr:
    parts = slice_parts(node)
    lower, upper, step = tree.optional(node.lower), tree.optional(node.upper), tree.optional(node.step)
    return ast.Slice(lower, upper, step, **tree.places.between(parts[0], parts[-1]))


EXPRESSIONS: Expressions = {
    "Attribute": _attribute,
    "Await": _await,
    "Call": _call,
    "Dict": _dict,
    "DictComp": _dict_comprehension,
    "Ellipsis": _ellipsis,
    "Float": _number,
    "GeneratorExp": _generator,
    "IfExp": _conditional,
    "Imaginary": _number,
    "Index": _index,
    "Integer": _number,
    "Lambda": _lambda,
    "List": _list,
    "ListComp": _list_comprehension,
    "Name": _name,
    "NamedExpr": _walrus,
    "Set": _set,
    "SetComp": _set_comprehension,
    "Slice": _slice,
    "StarredDictComp": _starred_dict_comprehension,
    "StarredElement": _starred,
    "Subscript": _subscript,
    "Tuple": _tuple,
    "Yield": _yield,
}
