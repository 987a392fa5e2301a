"""Bytes to text to syntax tree: the one place that parses with the standard library's `ast`."""

from __future__ import annotations

import ast
import codecs
import importlib.util
import io
import os
import re
import sys
import tokenize
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.finding import NoticeKind

_COOKIE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))?[ \t\f]*#[^\r\n]*?coding[:=]")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass
class UnreadableSourceError(Exception):
    """A file that could not be turned into a syntax tree; `kind` is the notice that says so."""

    kind: NoticeKind
    message: str

    def __str__(self) -> str:
        return self.message


def source_encoding(data: bytes) -> tuple[str, int]:
    """Return the encoding of source bytes by PEP 263, and the length of their byte order mark.

    Raises SyntaxError or LookupError for a declaration that is none.
    """
    encoding = "utf-8"
    if _COOKIE.match(data):
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    marked = data.startswith(codecs.BOM_UTF8)
    return ("utf-8" if marked else encoding), (len(codecs.BOM_UTF8) if marked else 0)


def keeps_ascii(data: bytes) -> bool:
    """Tell whether what is ASCII in a text surely stands as the same bytes in the source."""
    try:
        return source_encoding(data)[0] in ("utf-8", "utf-8-sig", "iso-8859-1")
    except (SyntaxError, LookupError):
        return False


def decode(data: bytes) -> str:
    """Decode source bytes strictly by PEP 263, without a byte order mark.

    Raises UnreadableSourceError (undecodable) for bytes that the declared encoding does not allow: `ast` itself would
    accept invalid bytes in comments.
    """
    try:
        encoding, mark = source_encoding(data)
        return data[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        message = f"not {error.encoding} at byte {error.start}: {error.reason}"
        raise UnreadableSourceError("undecodable", message) from None
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise UnreadableSourceError("undecodable", str(error)[:200]) from None


def parse(text: str) -> ast.Module:
    """Parse decoded source with the running interpreter's grammar.

    Raises UnreadableSourceError: syntax-error where it is none, over-limit where the parser gives up on its depth.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        where = f"line {error.lineno}" + (f", column {error.offset}" if error.offset else "")
        raise UnreadableSourceError("syntax-error", f"{where}: {error.msg}") from None
    except ValueError as error:
        raise UnreadableSourceError("syntax-error", str(error)[:200]) from None
    except (RecursionError, MemoryError) as error:
        raise UnreadableSourceError("over-limit", f"nested too deeply to parse ({type(error).__name__})") from None


def parse_newer(text: str) -> ast.Module:
    """Parse decoded source with libcst, which knows syntax that the running interpreter may not.

    Only in a supervised worker: deep nesting ends the process. Raises UnreadableSourceError (syntax-error, over-limit).
    """
    from ssot_lint.parsing.lower import lower  # noqa: PLC0415 - libcst takes a quarter of a second to import

    try:
        return lower(text)
    except SyntaxError as error:
        raise UnreadableSourceError("syntax-error", f"line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise UnreadableSourceError("over-limit", "nested too deeply to parse") from None


def grammar() -> str:
    """Return what decides which text can be parsed: the running Python, and the libcst that is installed."""
    spec = importlib.util.find_spec("libcst")
    status = os.stat(spec.origin) if spec is not None and spec.origin is not None else None  # noqa: PTH116 - no Path here
    libcst = f"{status.st_mtime_ns}-{status.st_size}" if status is not None else "none"
    return f"{sys.implementation.cache_tag} {sys.hexversion:x}, libcst {libcst}"


def split_lines(text: str) -> list[str]:
    """Split text into lines as the tokenizer counts them: at LF, CR LF and CR, nowhere else."""
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def open_lines(text: str) -> frozenset[int]:
    """Return the lines behind which no comment can stand: a string, or a backslash, goes on in the next one.

    What cannot be tokenized is open.
    """
    found: set[int] = set()
    closed: set[int] = set()
    starts: list[int] = []
    lines = split_lines(text)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            kind = tokenize.tok_name[token.type]
            if kind.endswith("STRING_START"):  # of an f-string, in which newer versions see tokens
                starts.append(token.start[0])
            elif kind.endswith("STRING_END"):
                found.update(range(starts.pop(), token.end[0]))
            elif kind == "STRING":
                found.update(range(token.start[0], token.end[0]))
            elif kind == "COMMENT":
                closed.add(token.start[0])
    except (tokenize.TokenError, SyntaxError):
        return frozenset(range(1, len(lines) + 1))
    continued = {number for number, line in enumerate(lines, 1) if line.endswith("\\")}
    return frozenset(found | (continued - closed))


def comments(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield every comment with its line and column (1-based, code points); stops at what cannot be tokenized."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type == tokenize.COMMENT:
                yield token.string, token.start[0], token.start[1] + 1
    except (tokenize.TokenError, SyntaxError):
        return
