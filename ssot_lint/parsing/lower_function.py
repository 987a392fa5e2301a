"""How parameters and type parameters are lowered."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, TypedDict

import libcst as cst

from ssot_lint.parsing.lower_position import span
from ssot_lint.parsing.lower_tree import LOAD, identifier

if TYPE_CHECKING:
    from ssot_lint.parsing.lower_position import Span
    from ssot_lint.parsing.lower_tree import Lowering


def arguments(tree: Lowering, node: cst.Parameters) -> ast.arguments:
    """Lower the parameters of a function or lambda."""
    positional = [*node.posonly_params, *node.params]
    return ast.arguments(
        posonlyargs=[_argument(tree, each) for each in node.posonly_params],
        args=[_argument(tree, each) for each in node.params],
        vararg=_argument(tree, node.star_arg) if isinstance(node.star_arg, cst.Param) else None,
        kwonlyargs=[_argument(tree, each) for each in node.kwonly_params],
        kw_defaults=[tree.optional(each.default) for each in node.kwonly_params],
        kwarg=_argument(tree, node.star_kwarg) if node.star_kwarg else None,
        defaults=[tree.expression(each.default) for each in positional if each.default],
    )


def _argument(tree: Lowering, node: cst.Param) -> ast.arg:
    annotation = node.annotation.annotation if node.annotation else None
    place = tree.places.between(node.name, annotation or node.name)
    return ast.arg(identifier(node.name), tree.optional(annotation), type_comment=None, **place)


if sys.version_info >= (3, 12):

    class TypeParameters(TypedDict):
        """The field for what stands in the brackets of a generic function, class or type alias."""

        type_params: list[ast.type_param]

    def type_parameters(tree: Lowering, node: cst.TypeParameters | None) -> TypeParameters:
        """Lower what stands in the brackets of a generic function, class or type alias."""
        return {"type_params": [_type_parameter(tree, each) for each in node.params] if node else []}

    def _type_parameter(tree: Lowering, node: cst.TypeParam) -> ast.type_param:
        place = _place(tree, node)
        name = identifier(node.param.name)
        lowered: ast.type_param
        if isinstance(node.param, cst.TypeVar):
            lowered = ast.TypeVar(name, tree.optional(node.param.bound), **place)
        elif isinstance(node.param, cst.TypeVarTuple):
            lowered = ast.TypeVarTuple(name, **place)
        else:
            lowered = ast.ParamSpec(name, **place)
        if sys.version_info >= (3, 13) and isinstance(lowered, (ast.TypeVar, ast.TypeVarTuple, ast.ParamSpec)):
            lowered.default_value = _default(tree, node)
        return lowered

    def _place(tree: Lowering, node: cst.TypeParam) -> Span:
        final: cst.CSTNode = node.param
        if sys.version_info >= (3, 13) and node.default is not None:
            final = node.default
        elif isinstance(node.param, cst.TypeVar) and node.param.bound is not None:
            final = node.param.bound
        return tree.places.between(node.param, final)

    def _default(tree: Lowering, node: cst.TypeParam) -> ast.expr | None:
        default = tree.optional(node.default)
        if default is None or node.default is None or not node.star:
            return default
        line, column = tree.places.own_start(node.whitespace_after_star)
        return ast.Starred(default, LOAD, **span((line, column - 1), tree.places.end(node.default)))

else:

    class TypeParameters(TypedDict):
        """Trees before Python 3.12 have no field for type parameters."""

    def type_parameters(_tree: Lowering, _node: cst.TypeParameters | None) -> TypeParameters:
        """Drop the type parameters."""
        return {}
