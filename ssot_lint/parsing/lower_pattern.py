"""How the patterns of `case` are lowered."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from ssot_lint.parsing.lower_position import span
from ssot_lint.parsing.lower_tree import SINGLETONS, identifier

if TYPE_CHECKING:
    from ssot_lint.parsing.lower_tree import Lowering, Patterns


def _value(tree: Lowering, node: cst.MatchValue) -> ast.pattern:
    return ast.MatchValue(tree.expression(node.value), **tree.places.inside(node.value))


def _singleton(tree: Lowering, node: cst.MatchSingleton) -> ast.pattern:
    return ast.MatchSingleton(SINGLETONS[node.value.value], **tree.places.inside(node.value))


def _sequence(tree: Lowering, node: cst.MatchList | cst.MatchTuple) -> ast.pattern:
    if isinstance(node, cst.MatchTuple) and node.lpar:
        place = tree.places.between_brackets(node.lpar[-1], node.rpar[0])
    elif isinstance(node, cst.MatchList) and node.lbracket:
        place = tree.places.inside(node)
    else:
        place = span(tree.places.own_start(node), tree.places.last(node.patterns[-1]))
    patterns = [tree.pattern(each if isinstance(each, cst.MatchStar) else each.value) for each in node.patterns]
    return ast.MatchSequence(patterns, **place)


def _star(tree: Lowering, node: cst.MatchStar) -> ast.pattern:
    start = tree.places.own_start(node)
    if node.name is not None:
        return ast.MatchStar(identifier(node.name), **span(start, tree.places.own_end(node.name)))
    line, column = tree.places.own_end(node.whitespace_before_name)
    return ast.MatchStar(None, **span(start, (line, column + len("_"))))


def _mapping(tree: Lowering, node: cst.MatchMapping) -> ast.pattern:
    keys = [tree.expression(each.key) for each in node.elements]
    patterns = [tree.pattern(each.pattern) for each in node.elements]
    rest = identifier(node.rest) if node.rest else None
    return ast.MatchMapping(keys, patterns, rest, **tree.places.inside(node))


def _class(tree: Lowering, node: cst.MatchClass) -> ast.pattern:
    return ast.MatchClass(
        tree.expression(node.cls),
        [tree.pattern(each.value) for each in node.patterns],
        [identifier(each.key) for each in node.kwds],
        [tree.pattern(each.pattern) for each in node.kwds],
        **tree.places.inside(node),
    )


def _as(tree: Lowering, node: cst.MatchAs) -> ast.pattern:
    pattern = tree.pattern(node.pattern) if node.pattern else None
    return ast.MatchAs(pattern, identifier(node.name) if node.name else None, **tree.places.inside(node))


def _or(tree: Lowering, node: cst.MatchOr) -> ast.pattern:
    return ast.MatchOr([tree.pattern(each.pattern) for each in node.patterns], **tree.places.inside(node))


PATTERNS: Patterns = {
    "MatchAs": _as,
    "MatchClass": _class,
    "MatchList": _sequence,
    "MatchMapping": _mapping,
    "MatchOr": _or,
    "MatchSingleton": _singleton,
    "MatchStar": _star,
    "MatchTuple": _sequence,
    "MatchValue": _value,
}
