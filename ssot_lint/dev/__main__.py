"""`python -m ssot_lint.dev`: what whoever works on ssot-lint itself needs, in a checkout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ssot_lint.dev.new_rule import ScaffoldError, new_rule
from ssot_lint.dev.pages import stale_pages, write_pages


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    asked = _parser().parse_args(arguments)
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / "rules" / "packs").is_dir():
        return _said(f"{checkout} is no checkout of ssot-lint", 2)
    if asked.command == "new-rule":
        try:
            return _said(new_rule(checkout, asked.code, asked.name), 0)
        except ScaffoldError as error:
            return _said(str(error), 2)
    if asked.check:
        stale = stale_pages(checkout)
        return _said(
            "\n".join(f"{path} is stale: run python -m ssot_lint.dev pages" for path in stale), int(bool(stale))
        )
    return _said("\n".join(f"wrote {path}" for path in write_pages(checkout)), 0)


def _said(text: str, code: int) -> int:
    out = sys.stderr if code else sys.stdout
    out.write(f"{text.rstrip()}\n" if text else "")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ssot_lint.dev", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    pages = commands.add_parser("pages", help="make the rules' pages, and what README.md shows of them")
    pages.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    rule = commands.add_parser("new-rule", help="begin a rule: its module and its example")
    rule.add_argument("code", metavar="CODE", help="such as SSOT999")
    rule.add_argument("name", metavar="NAME", help="such as mixed-construction")
    return parser


if __name__ == "__main__":
    sys.exit(main())
