"""What is read from some fixtures, in `tests/facts.json`: other facts for the same bytes need a new version.

`python -m tests.facts_digest` writes it anew. Everything is read with libcst, which is the same under every Python.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from ssot_lint.facts.read import read_newer_syntax
from ssot_lint.facts.second_look import read_newer_details
from ssot_lint.model import details, facts

FIXTURES = Path(__file__).parents[1] / "fixtures"
STORED = Path(__file__).with_name("facts.json")
CASES = (
    "*/example",
    "_projects/golden-path",
    "noncanonical-import/every-canonical-form",
    "noncanonical-string/every-form",
)
NAMES = ("Cart", "Basket", "Manager", "Hub", "WebSocketManager", "get_hub", "get_cart")
TOKENS = (*NAMES, "shop.core.", "shop.old.")
COMMAND = "python -m tests.facts_digest"
RAISE = (
    f"facts or details differ for the same bytes: raise FACTS_VERSION in ssot_lint/model/facts.py, then run {COMMAND}"
)


def made() -> dict[str, Any]:
    """Return the version, and by path the digests of a file's bytes and of what is read from them."""
    files = {}
    for case in sorted({folder for pattern in CASES for folder in FIXTURES.glob(pattern)}):
        for path in sorted(case.rglob("*.py")):
            data = path.read_bytes()
            first = facts.encode(read_newer_syntax(data, TOKENS))
            second = details.encode(read_newer_details(data, NAMES))
            files[path.relative_to(FIXTURES).as_posix()] = f"{_digest(data)} {_digest(first)} {_digest(second)}"
    return {"version": facts.FACTS_VERSION, "files": files}


def stored() -> dict[str, Any]:
    """Return what was written last."""
    found = json.loads(STORED.read_text(encoding="ascii"))
    assert isinstance(found, dict)
    return found


def changed(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the files of the same bytes for which something else is read."""
    old = was["files"]
    return [
        path
        for path, said in now["files"].items()
        if old.get(path, said)[:16] == said[:16] and old.get(path, said) != said
    ]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> int:
    """Write the file, unless the version must be raised first."""
    now = made()
    if STORED.exists() and stored()["version"] == now["version"] and changed(stored(), now):
        sys.stderr.write(f"{RAISE}\n")
        return 1
    STORED.write_text(json.dumps(now, indent=0) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
