"""What may perform a declared operation, as one file says it."""

from __future__ import annotations

import pytest

from ssot_lint.engine.indexing import wanted_tokens
from ssot_lint.facts.read import read, read_newer_syntax
from ssot_lint.model.policy import Operation, Policy

SOURCE = b"""\
import os
import os as o
from os import environ as e, getenv
from unittest import TestCase

class Case(TestCase, metaclass=getenv("M")):
    @o.environ.get("decorator", fget=1)
    def method(self, environ, size: o.environ = 1) -> o.environ:
        return environ, o.environ, (
            e["x"],
            [getenv for getenv in self.environ],
        )

def function():
    from os import getenv as look
    look(*e, a=1, **o.environ)
    global everything
    everything = e
    del os.environ["x"]

alias = os.environ
alias.update(other.environ)
environ = 1
"""
TOKENS = ("@TestCase", "@environ", "@getenv")


def test_uses_are_read_with_what_is_done_with_them() -> None:
    found = [(one.at.line, one.how, one.dotted, one.scope) for one in read(SOURCE, TOKENS).performed]
    assert found == [
        (6, "subclass", "TestCase", "Case"),
        (6, "call", "getenv", "Case"),
        (7, "decorate", "o.environ.get", "Case.method"),
        (9, "read", "o.environ", "Case.method"),
        (10, "read", "e", "Case.method"),
        (16, "call", "look", "function"),
        (16, "read", "e", "function"),
        (16, "read", "o.environ", "function"),
        (18, "read", "e", "function"),
        (19, "write", "os.environ", "function"),
        (21, "read", "os.environ", ""),
        (22, "call", "alias.update", ""),
    ]


def test_a_use_knows_its_statement_its_arguments_and_where_its_root_is_bound() -> None:
    facts = read(SOURCE, TOKENS)
    by_line = {(one.at.line, one.dotted): one for one in facts.performed}
    assert by_line[10, "e"].statement == 9
    look = by_line[16, "look"]
    assert (look.positional, look.keywords, look.open_ended) == (1, ("a",), True)
    assert facts.blocks[look.block].name == "function"
    assert by_line[6, "getenv"].positional == 1
    assert by_line[21, "os.environ"].block == 0


def test_both_parsers_read_the_same() -> None:
    assert read_newer_syntax(SOURCE, TOKENS) == read(SOURCE, TOKENS)


@pytest.mark.parametrize("tokens", [(), ("environ",), ("@other",)])
def test_nothing_is_read_that_is_not_asked_for(tokens: tuple[str, ...]) -> None:
    assert read(SOURCE, tokens).performed == ()


def test_operations_are_asked_for_by_their_last_names() -> None:
    operations = (Operation(name="a", uses=("os.environ", "os.getenv")), Operation(name="b", uses=("subprocess",)))
    assert wanted_tokens(Policy(operation=operations)) == ("@environ", "@getenv", "@subprocess")
