"""A diff for a person at a terminal: nothing in it speaks to the terminal, and colours tell old from new."""

from __future__ import annotations

from typing import Final

from ssot_lint.reporters.neutral import one_line

_BOLD: Final = "1"
_RED: Final = "31"
_GREEN: Final = "32"
_CYAN: Final = "36"


def shown_diff(diff: bytes, *, color: bool) -> list[str]:
    """Return the lines of a diff, as a terminal may have them; tabs stay, and carriage returns at the end go."""
    lines = []
    in_head = True
    for line in diff.decode("utf-8", "backslashreplace").rstrip("\n").split("\n"):
        in_head = line.startswith("diff ") or (in_head and not line.startswith("@@"))
        shown = "\t".join(one_line(part) for part in line.rstrip("\r").split("\t"))
        code = _BOLD if in_head else {"@": _CYAN, "-": _RED, "+": _GREEN}.get(line[:1])
        lines.append(f"\x1b[{code}m{shown}\x1b[0m" if color and code and shown else shown)
    return lines
