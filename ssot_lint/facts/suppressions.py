"""Suppression comments: `# ssot: ignore[SSOT201] reason until=2026-12-31`, `# ssot: ignore-file[...] reason`."""

from __future__ import annotations

import re

from ssot_lint.model.facts import Suppression
from ssot_lint.model.location import Span
from ssot_lint.parsing.reader import comments

_COMMENT = re.compile(r"#\s*ssot:\s*(?P<word>[\w-]*)\s*(?P<codes>\[[^\]#]*\]?)?(?P<rest>[^#]*)")
_UNTIL = re.compile(r"\buntil=(\S*)")


def read_suppressions(text: str) -> tuple[Suppression, ...]:
    """Return every suppression comment of a file as written."""
    if "ssot:" not in text:
        return ()
    found = []
    for comment, line, column in comments(text):
        for match in _COMMENT.finditer(comment):
            at = Span(line, column + match.start(), line, column + len(match.group().rstrip()) + match.start())
            found.append(_suppression(match, at))
    return tuple(found)


def _suppression(match: re.Match[str], at: Span) -> Suppression:
    word, codes, rest = match["word"], match["codes"], match["rest"]
    error = ""
    if word not in ("ignore", "ignore-file"):
        error = f'"ssot: {word}" is no directive; write "ssot: ignore[RULE] reason"'
    elif codes is None:
        error = f'a bare "ssot: {word}" hides everything; name the rule: "ssot: {word}[RULE] reason"'
    elif not codes.endswith("]"):
        error = 'the list of rules has no closing "]"'
    names = tuple(name.strip() for name in (codes or "").strip("[]").split(",") if name.strip())
    if not error and not names:
        error = "the list of rules is empty"
    until = _UNTIL.search(rest)
    if not error and until and not until[1]:
        error = '"until=" names no date; write until=YYYY-MM-DD'
    reason = _UNTIL.sub("", rest).strip()
    return Suppression(names, word == "ignore-file", reason, until[1] if until else "", at, error)
