"""What the rules that lower single kinds of nodes have in common: the walk from node to rule, and contexts."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import libcst as cst

from ssot_lint.parsing.lower_position import end_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lint.parsing.lower_position import Mark, Places

LOAD = ast.Load()
STORE = ast.Store()
DELETE = ast.Del()

SINGLETONS = {"True": True, "False": False, "None": None}

# By the name of the libcst class: older releases of libcst lack some of them.
Expressions = Mapping[str, Callable[["Lowering", Any], ast.expr]]
Patterns = Mapping[str, Callable[["Lowering", Any], ast.pattern]]
Statements = Mapping[str, Callable[["Lowering", Any], ast.stmt]]


class Rules(NamedTuple):
    """How to lower each kind of node."""

    expressions: Expressions
    patterns: Patterns
    statements: Statements


class Lowering:
    """One module on its way from libcst to `ast`."""

    def __init__(self, places: Places, rules: Rules) -> None:
        self.places = places
        self._rules = rules

    def expression(self, node: cst.CSTNode) -> ast.expr:
        """Lower an expression that is read."""
        rule = self._rules.expressions.get(type(node).__name__)
        if rule is None:
            raise self.unknown(node)
        return rule(self, node)

    def optional(self, node: cst.CSTNode | None) -> ast.expr | None:
        """Lower an expression that may be absent."""
        return None if node is None else self.expression(node)

    def target(self, node: cst.CSTNode, context: ast.expr_context = STORE) -> ast.expr:
        """Lower an expression that is bound or deleted."""
        return in_context(self.expression(node), context)

    def elements(self, nodes: Iterable[cst.BaseElement]) -> list[ast.expr]:
        """Lower the elements of a tuple, list or set."""
        return [self.expression(node.value if isinstance(node, cst.Element) else node) for node in nodes]

    def pattern(self, node: cst.CSTNode) -> ast.pattern:
        """Lower a pattern of a case."""
        rule = self._rules.patterns.get(type(node).__name__)
        if rule is None:
            raise self.unknown(node)
        return rule(self, node)

    def statements(self, nodes: Sequence[cst.CSTNode]) -> list[ast.stmt]:
        """Lower statements; a line of several gives as many."""
        found: list[ast.stmt] = []
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                found.extend(self._statement(small) for small in node.body)
            else:
                found.append(self._statement(node))
        return found

    def suite(self, node: cst.BaseSuite) -> tuple[list[ast.stmt], Mark]:
        """Lower the suite of a compound statement; also return where it ends, a last semicolon included."""
        body = self.statements(node.body)
        return body, self._suite_end(node, body[-1])

    def literal(self, text: str, node: cst.CSTNode) -> Any:  # noqa: ANN401 - ast.Constant takes any value
        """Return the value of a literal that is written as `text` in `node`."""
        try:
            return ast.literal_eval(text)
        except (SyntaxError, ValueError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise self.error(reason, node) from None

    def error(self, reason: str, node: cst.CSTNode) -> SyntaxError:
        """Return the error for a node that makes no sense."""
        line, column = self.places.own_start(node)
        return SyntaxError(reason, (None, line, column + 1, None))

    def unknown(self, node: cst.CSTNode) -> SyntaxError:
        """Return the error for a node that has no rule."""
        return self.error(f"unknown syntax: {type(node).__name__}", node)

    def _statement(self, node: cst.CSTNode) -> ast.stmt:
        rule = self._rules.statements.get(type(node).__name__)
        if rule is None:
            raise self.unknown(node)
        return rule(self, node)

    def _suite_end(self, node: cst.BaseSuite, lowered: ast.stmt) -> Mark:
        final: cst.CSTNode = node
        while isinstance(final, (cst.BaseSuite, cst.SimpleStatementLine)):
            final = final.body[-1]
        semicolon = getattr(final, "semicolon", None)
        if isinstance(semicolon, cst.Semicolon):
            return self.places.own_end(semicolon)
        return end_of(lowered)


def in_context(node: ast.expr, context: ast.expr_context) -> ast.expr:
    """Mark a lowered expression, and what it is unpacked into, as bound or deleted."""
    if isinstance(node, (ast.Tuple, ast.List)):
        for element in node.elts:
            in_context(element, context)
    elif isinstance(node, ast.Starred):
        in_context(node.value, context)
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Starred, ast.Tuple, ast.List)):
        node.ctx = context
    return node


def identifier(node: cst.Name) -> str:
    """Return the name as the compiler knows it."""
    return node.value if node.value.isascii() else unicodedata.normalize("NFKC", node.value)
