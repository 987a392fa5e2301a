"""Edits land on the right bytes, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.fixing.edits import Edit, EditableSource, OverlapError, apply_edits
from ssot_lint.fixing.rewriters.imports import Layout
from ssot_lint.model.location import Span


@pytest.mark.parametrize(
    ("data", "span", "text"),
    [
        (b"import a\nimport b\n", Span(2, 8, 2, 9), "b"),
        ("# \N{GREEK SMALL LETTER ALPHA}\nx = '\N{GRINNING FACE}'; import b".encode(), Span(2, 10, 2, 18), "import b"),
        (b"\xef\xbb\xbfimport a\n", Span(1, 8, 1, 9), "a"),
        ("# coding: latin-1\nx = '\xe9'; import b\n".encode("latin-1"), Span(2, 10, 2, 18), "import b"),
        (b"a\rb\r\nimport c\nd", Span(3, 8, 3, 9), "c"),
        (b"from a import (\r\n    b,\r\n)\r\n", Span(1, 1, 3, 2), "from a import (\r\n    b,\r\n)"),
        (b"x = 1\x0c\nimport b", Span(2, 8, 2, 9), "b"),
        (b"import a", Span(1, 8, 1, 9), "a"),
    ],
)
def test_text_and_edit_of_a_span(data: bytes, span: Span, text: str) -> None:
    source = EditableSource(data)
    assert source.exact
    assert source.text(span) == text
    edit = source.edit(span, "new")
    assert data[edit.start : edit.end] == text.encode()
    assert apply_edits(data, [edit]) == data[: edit.start] + b"new" + data[edit.end :]
    assert EditableSource(apply_edits(data, [edit])).data.count(b"new") == 1


@pytest.mark.parametrize(
    ("data", "span", "layout"),
    [
        (b"import a\n", Span(1, 1, 1, 9), Layout()),
        (b"def f():\r\n\timport a\r\n", Span(2, 2, 2, 10), Layout(indent="\t", newline="\r\n")),
        (b"if x: import a\n", Span(1, 7, 1, 15), Layout(one_line=True)),
        (b"import a; import b\n", Span(1, 1, 1, 9), Layout(one_line=True)),
        (b"import a; import b\n", Span(1, 11, 1, 19), Layout(one_line=True)),
        (b"x = 1\r\nimport a", Span(2, 1, 2, 9), Layout(newline="\r\n")),
        (b"import a", Span(1, 1, 1, 9), Layout()),
        (b"import a  # why; not\n", Span(1, 1, 1, 9), Layout()),
    ],
)
def test_layout(data: bytes, span: Span, layout: Layout) -> None:
    assert EditableSource(data).layout(span, 88) == layout


@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8), st.binary(max_size=4)), max_size=6),
)
def test_edits_change_only_their_bytes(data: bytes, drawn: list[tuple[int, int, bytes]]) -> None:
    edits, at = [], 0
    for gap, size, content in drawn:
        start = at + gap
        if start + size > len(data):
            break
        edits.append(Edit(start, start + size, content))
        at = start + size + 1
    result = apply_edits(data, reversed(edits))
    rest, position = b"", 0
    for edit in edits:
        rest += data[position : edit.start] + edit.content
        position = edit.end
    assert result == rest + data[position:]
    assert apply_edits(data, []) == data


@pytest.mark.parametrize("second", [Edit(2, 5, b""), Edit(0, 3, b""), Edit(0, 1, b"y"), Edit(1, 2, b"")])
def test_overlaps_are_refused(second: Edit) -> None:
    with pytest.raises(OverlapError, match="edits at bytes 0 to"):
        apply_edits(b"abcdef", [Edit(0, 3, b"x"), second])


def test_the_same_edit_twice_is_one() -> None:
    assert apply_edits(b"abc", [Edit(0, 1, b"x"), Edit(0, 1, b"x")]) == b"xbc"


def test_bytes_that_do_not_come_back_are_not_exact() -> None:
    assert not EditableSource(b"# coding: utf-7\nx = '+AGE-'\n").exact
    assert EditableSource(b"# coding: utf-7\nx = 'a'\n").exact
