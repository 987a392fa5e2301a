"""Source text to `ast` nodes by way of libcst, for syntax that the running interpreter's own parser does not know."""

from __future__ import annotations

import ast
import re
import warnings

import libcst as cst

from ssot_lint.parsing.lower_block import BLOCKS
from ssot_lint.parsing.lower_expression import EXPRESSIONS
from ssot_lint.parsing.lower_operator import OPERATIONS
from ssot_lint.parsing.lower_pattern import PATTERNS
from ssot_lint.parsing.lower_position import Places
from ssot_lint.parsing.lower_statement import STATEMENTS
from ssot_lint.parsing.lower_string import STRINGS
from ssot_lint.parsing.lower_tree import Lowering, Rules

_RULES = Rules({**EXPRESSIONS, **OPERATIONS, **STRINGS}, PATTERNS, {**STATEMENTS, **BLOCKS})
_PLACE = re.compile(r"error at (\d+):(\d+)")


def lower(text: str) -> ast.Module:
    """Parse source of any Python 3 with libcst, and return what `ast.parse` would.

    Raises SyntaxError where libcst finds no valid source, RecursionError where it is nested too deeply. Nested deeper
    still, libcst's native parser needs more stack than a thread usually has, and kills the process.
    """
    text = text.removeprefix("\ufeff")
    try:
        module = cst.parse_module(text)
        tree = Lowering(Places(module, text), _RULES)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in literals are not this linter's matter
            return ast.Module(tree.statements(module.body), type_ignores=[])
    except (SyntaxError, RecursionError, MemoryError):
        raise
    except cst.ParserSyntaxError as error:
        raise _located(error) from None
    except Exception as error:  # noqa: BLE001 - libcst raises many types for source that it cannot read
        raise SyntaxError(f"{type(error).__name__}: {error}") from None


def _located(error: cst.ParserSyntaxError) -> SyntaxError:
    """Turn libcst's error into Python's; only errors of its grammar, not of its tokenizer, know their place."""
    reason = error.message.split(": expected one of", 1)[0]
    place = _PLACE.search(reason)
    if place is None:
        return SyntaxError(reason)
    return SyntaxError("invalid syntax", (None, int(place[1]), max(int(place[2]), 1), None))
