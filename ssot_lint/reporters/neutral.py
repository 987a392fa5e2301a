"""Text from the user's files, made harmless for the medium that shows it."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Final

_COMMAND = re.compile(r"\A(\s*):(?=:)|##(?=\w*\[)")
"""What build servers obey: `::error::` at the start of a line, `##[error]` and `##vso[...]` anywhere in it."""

_XML: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_COMMAND_DATA: Final = str.maketrans({"%": "%25"})
_COMMAND_PROPERTY: Final = str.maketrans({"%": "%25", ":": "%3A", ",": "%2C"})
_MARKDOWN: Final = re.compile(r"[\\`*\[\]{}<>&#|~@!$^]|(?<![^\W_])_|_(?![^\W_])|:(?=//|[\w+-]+:)|(?<=www)\.|(?<=WWW)\.")
_BACKSLASHED: Final = frozenset("_*[]{}#>~!`")
_BACKTICKS: Final = re.compile(r"`+")
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9./#?=&%+-]*[A-Za-z0-9/]|(?:[A-Za-z0-9.-]+/[A-Za-z0-9.-]+)?#[0-9]+")
_PLACEHOLDER: Final = re.compile(r"\{(\d+)\}")
_LINK: Final = re.compile(r"\[([^\]]*)\]\(")
_NOT_IN_URI: Final = re.compile(r"[^A-Za-z0-9._~/-]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return text without control, format or separator characters, and without commands to build servers.

    What is harmful is written as an escape.
    """
    if ":" in text or "#" in text:
        text = _COMMAND.sub(lambda found: r"#\x23" if found[1] is None else rf"{found[1]}\x3a", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) if _harmful(character) else character for character in text)


def neutral_json(text: str) -> str:
    """Return a JSON document without commands to build servers; it means the same."""
    return text.replace("##", "#\\u0023")


def toml_string(text: str) -> str:
    """Return text as a string of TOML, with its quotes; what is harmful is an escape, what UTF-8 lacks is replaced."""
    quoted = json.dumps(unicode_path(text), ensure_ascii=False)
    return "".join(f"\\U{ord(character):08X}" if _harmful(character) else character for character in quoted)


def xml_text(text: str) -> str:
    """Return text for XML 1.0, in an attribute or between tags; no character is left that XML forbids."""
    return one_line(text).translate(_XML)


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is, also in a table: no markup, no HTML, no link, no mention."""
    return _MARKDOWN.sub(_literal, one_line(text))


def _literal(found: re.Match[str]) -> str:
    """Return a sign that Markdown shows as it is; a backslash is easier to read, where every reader takes it."""
    return f"\\{found[0]}" if found[0] in _BACKSLASHED else f"&#{ord(found[0])};"


def markdown_code(text: str) -> str:
    """Return text as a code span of Markdown, whatever backticks it holds; not for a table, whose cells end at `|`."""
    inside = one_line(text)
    if not inside.strip():
        return markdown_text(inside)
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(inside)), default=0))
    space = " " if inside[0] == "`" or inside[-1] == "`" else ""
    return f"{fence}{space}{inside}{space}{fence}"


def markdown_link(text: str) -> str:
    """Return an address of the web, or the number of an issue, so that it is a link; other text as it is."""
    return text if _ADDRESS.fullmatch(text) else markdown_text(text)


def sarif_text(text: str) -> str:
    """Return text as a message of SARIF: no placeholder, and no link to anywhere."""
    return _LINK.sub(r"\\[\1\\](", _PLACEHOLDER.sub(r"{{\1}}", one_line(text)))


def command_data(text: str) -> str:
    """Return a line of the message of a workflow command of GitHub; lines are joined with `%0A`."""
    return one_line(text).translate(_COMMAND_DATA)


def command_property(text: str) -> str:
    """Return text as a property of a workflow command of GitHub."""
    return one_line(text).translate(_COMMAND_PROPERTY)


def uri_path(path: str) -> str:
    """Return a relative posix path as a relative URI; what is not in UTF-8 keeps its bytes."""
    return _NOT_IN_URI.sub(lambda found: "".join(f"%{byte:02X}" for byte in _path_bytes(found[0])), path)


def unicode_path(path: str) -> str:
    """Return a path that every reader of UTF-8 takes; bytes that are not in UTF-8 are replaced."""
    return _SURROGATE.sub("\ufffd", path)


def _path_bytes(character: str) -> bytes:
    return character.encode("utf-8", "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass")


def _harmful(character: str) -> bool:
    """Tell control (a tab is one), format, surrogate, private-use, unassigned and line-separating characters."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
