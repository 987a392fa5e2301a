"""How operators and the expressions made with them are lowered."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from ssot_lint.parsing.lower_tree import Expressions, Lowering

OPERATORS: dict[type[cst.CSTNode], ast.operator] = {
    cst.Add: ast.Add(),
    cst.AddAssign: ast.Add(),
    cst.BitAnd: ast.BitAnd(),
    cst.BitAndAssign: ast.BitAnd(),
    cst.BitOr: ast.BitOr(),
    cst.BitOrAssign: ast.BitOr(),
    cst.BitXor: ast.BitXor(),
    cst.BitXorAssign: ast.BitXor(),
    cst.Divide: ast.Div(),
    cst.DivideAssign: ast.Div(),
    cst.FloorDivide: ast.FloorDiv(),
    cst.FloorDivideAssign: ast.FloorDiv(),
    cst.LeftShift: ast.LShift(),
    cst.LeftShiftAssign: ast.LShift(),
    cst.MatrixMultiply: ast.MatMult(),
    cst.MatrixMultiplyAssign: ast.MatMult(),
    cst.Modulo: ast.Mod(),
    cst.ModuloAssign: ast.Mod(),
    cst.Multiply: ast.Mult(),
    cst.MultiplyAssign: ast.Mult(),
    cst.Power: ast.Pow(),
    cst.PowerAssign: ast.Pow(),
    cst.RightShift: ast.RShift(),
    cst.RightShiftAssign: ast.RShift(),
    cst.Subtract: ast.Sub(),
    cst.SubtractAssign: ast.Sub(),
}

_BOOLEANS: dict[type[cst.CSTNode], ast.boolop] = {cst.And: ast.And(), cst.Or: ast.Or()}

_UNARIES: dict[type[cst.CSTNode], ast.unaryop] = {
    cst.BitInvert: ast.Invert(),
    cst.Minus: ast.USub(),
    cst.Not: ast.Not(),
    cst.Plus: ast.UAdd(),
}

_COMPARISONS: dict[type[cst.CSTNode], ast.cmpop] = {
    cst.Equal: ast.Eq(),
    cst.GreaterThan: ast.Gt(),
    cst.GreaterThanEqual: ast.GtE(),
    cst.In: ast.In(),
    cst.Is: ast.Is(),
    cst.IsNot: ast.IsNot(),
    cst.LessThan: ast.Lt(),
    cst.LessThanEqual: ast.LtE(),
    cst.NotEqual: ast.NotEq(),
    cst.NotIn: ast.NotIn(),
}


def _unary(tree: Lowering, node: cst.UnaryOperation) -> ast.expr:
    operand = tree.expression(node.expression)
    return ast.UnaryOp(_UNARIES[type(node.operator)], operand, **tree.places.inside(node))


def _binary(tree: Lowering, node: cst.BinaryOperation) -> ast.expr:
    left, right = tree.expression(node.left), tree.expression(node.right)
    return ast.BinOp(left, OPERATORS[type(node.operator)], right, **tree.places.inside(node))


def _boolean(tree: Lowering, node: cst.BooleanOperation) -> ast.expr:
    kind = type(node.operator)
    values = [tree.expression(node.right)]
    left = node.left
    while isinstance(left, cst.BooleanOperation) and type(left.operator) is kind and not left.lpar:
        values.append(tree.expression(left.right))
        left = left.left
    values.append(tree.expression(left))
    return ast.BoolOp(_BOOLEANS[kind], values[::-1], **tree.places.inside(node))


def _comparison(tree: Lowering, node: cst.Comparison) -> ast.expr:
    operators = [_COMPARISONS[type(each.operator)] for each in node.comparisons]
    others = [tree.expression(each.comparator) for each in node.comparisons]
    return ast.Compare(tree.expression(node.left), operators, others, **tree.places.inside(node))


OPERATIONS: Expressions = {
    "BinaryOperation": _binary,
    "BooleanOperation": _boolean,
    "Comparison": _comparison,
    "UnaryOperation": _unary,
}
