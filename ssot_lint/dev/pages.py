"""The rule book's pages, made from the rules: an index, and one page a rule with its example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint import engine
from ssot_lint.dev.cases import EXAMPLE, POLICY, read_case, without_expectations
from ssot_lint.reporters.concise import concise
from ssot_lint.reporters.rule_page import rule_markdown
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssot_lint.model.rule import Rule

GROUPS: Final = {
    "1": "Definitions: more than one implementation",
    "2": "Imports: more than one path",
    "3": "Construction: more than one way to make it",
    "4": "Events: more than one voice",
    "5": "Operations: done outside the owner",
    "9": "The policy itself",
}
"""What the first digit of a code says."""

_LANGUAGES: Final = {"py": "python", "toml": "toml"}
_MADE: Final = "<!-- Made by `python -m ssot_lint.dev pages`; edit the rule's docstring or its example instead. -->\n\n"


def made_pages(checkout: Path) -> dict[str, str]:
    """Return every generated page of a checkout by its path under it."""
    pages = {"rules/README.md": _MADE + "\n".join(_index()) + "\n"}
    for rule in all_rules():
        pages[f"rules/{rule.name}.md"] = _MADE + "\n".join([rule_markdown(rule), *_example(checkout, rule)])
    return pages


def stale_pages(checkout: Path) -> list[str]:
    """Return the paths of the pages that are missing, differ from what is made now, or have no rule any more."""
    made = made_pages(checkout)
    existing = {path.relative_to(checkout).as_posix() for path in (checkout / "rules").glob("*.md")}
    differing = {path for path, text in made.items() if path not in existing or _read(checkout / path) != text}
    return sorted(differing | (existing - made.keys()))


def write_pages(checkout: Path) -> list[str]:
    """Write the pages that are stale, remove those of rules that are gone; return their paths."""
    made = made_pages(checkout)
    stale = stale_pages(checkout)
    for path in stale:
        if path in made:
            (checkout / path).write_text(made[path], encoding="utf-8", newline="\n")
        else:
            (checkout / path).unlink()
    return stale


def _read(path: Path) -> str:
    return path.read_bytes().decode()


def _index() -> Iterator[str]:
    yield "# The rules"
    yield ""
    yield 'A name says what is found, and reads after "allow ...". `ssot-lint rule NAME` prints a page at the terminal.'
    for digit, title in GROUPS.items():
        rules = [rule for rule in all_rules() if rule.code.startswith(f"SSOT{digit}")]
        if rules:
            yield from ["", f"## {digit}xx {title}", "", "| code | name | what it finds |", "|---|---|---|"]
            yield from (f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.summary} |" for rule in rules)


def _example(checkout: Path, rule: Rule) -> Iterator[str]:
    """Show the files of a rule's example and what is found in them; nothing where there is no example yet."""
    folder = checkout / "fixtures" / rule.name / EXAMPLE
    if not folder.is_dir():
        return
    yield from ["## Example", ""]
    texts = read_case(folder).texts
    for path, text in sorted(texts.items(), key=lambda item: (item[0] != POLICY, item[0])):
        shown = without_expectations(text).strip("\n")
        if shown:
            yield from [f"`{path}`", "", *_fenced(shown, _LANGUAGES.get(path.rpartition(".")[2], "text")), ""]
    isolated = not (folder / POLICY).is_file()
    options = engine.Options(
        start=folder, root=folder, select=(rule.code,), isolated=isolated, respect_gitignore=False, jobs=1
    )
    yield from ["`ssot-lint --output-format concise` says:", ""]
    yield from [*_fenced(concise(engine.check(options)).rstrip("\n"), "text"), ""]


def _fenced(text: str, language: str) -> list[str]:
    """Return a block of code whose fence the text cannot end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}{language}", text, fence]
