"""Whether a file may keep something for others, told from its text: what a parse would cost is not worth it."""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = (
    ("global ", re.compile(r"[ \t]+global \w")),
    ("cache", re.compile(r"[ \t]*@[\w.]*cache\b")),
    (".state.", re.compile(r"[ \t]*[\w.]*app(?:lication)?\.state\.\w+[^=\n]*=(?!=)")),
)
_AT_ONCE: Final = ("await ", "global ", "threading", "Lock(", "cls.")
"""What a file holds in which two may be at work at once, or share something; else only its constants are shared."""
_TEST: Final = re.compile(r"[ \t]+(?:el)?if (?:not )?([A-Za-z_][\w.]*)[ :\[.]")
_MEMBER: Final = re.compile(r"[ \t]+(?:el)?if [^\n]*? in ([A-Za-z_][\w.]*)")
_OUTER: Final = frozenset("_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""How names begin that are not a function's own."""
_REACH: Final = 4_000
"""How many characters behind a test the statement may stand that sets what is tested."""


def may_share(text: str) -> bool:
    """Tell whether a line is a `global` statement, a cache decorator or an assignment to `app.state`."""
    for word, line in _MARKS:
        at = text.find(word)
        while at >= 0:
            if line.match(text, text.rfind("\n", 0, at) + 1):
                return True
            at = text.find(word, at + len(word))
    return False


def may_race(text: str) -> bool:
    """Tell whether a function may test something and set it afterwards, where two may do so at once."""
    at_once = any(word in text for word in _AT_ONCE)
    at = text.find("if ")
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        for form in (_MEMBER, _TEST):
            found = form.match(text, start)
            if found and (at_once or found[1][0] in _OUTER) and _is_set(text, found[1], found.end()):
                return True
        at = text.find("if ", at + 3)
    return "Lock(" in text and "with " in text


def _is_set(text: str, name: str, start: int) -> bool:
    """Tell whether something is assigned, whole or under a key, or whether what it is called on is."""
    name = name.removesuffix(".get")
    end = start + _REACH
    return any(text.find(f"{name}{mark}", start, end) >= 0 for mark in (" =", "[", ": "))
