"""Whether a file may keep an instance for others, told from its text: what a parse would cost is not worth it."""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = (
    ("global ", re.compile(r"[ \t]+global \w")),
    ("cache", re.compile(r"[ \t]*@[\w.]*cache\b")),
    (".state.", re.compile(r"[ \t]*[\w.]*app(?:lication)?\.state\.\w+[^=\n]*=(?!=)")),
)


def may_share(text: str) -> bool:
    """Tell whether a line is a `global` statement, a cache decorator or an assignment to `app.state`."""
    for word, line in _MARKS:
        at = text.find(word)
        while at >= 0:
            if line.match(text, text.rfind("\n", 0, at) + 1):
                return True
            at = text.find(word, at + len(word))
    return False
