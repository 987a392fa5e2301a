"""The rule book's pages, made from the rules: an index, and one page a rule with its example; and what README shows."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ssot_lint import engine
from ssot_lint.dev.cases import EXAMPLE, POLICY, lay_out, read_case, selection, without_expectations
from ssot_lint.reporters.concise import concise
from ssot_lint.reporters.rule_page import rule_markdown
from ssot_lint.reporters.text import text
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

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

README: Final = "README.md"
WIDTH: Final = 100
"""How wide the terminal is whose screen README shows."""

_SCREEN: Final = re.compile(
    r"(?P<command>^```console\n\$ cd (?P<folder>\S+)\n\$ ssot-lint (?P<paths>[^\n]*)\n).*?^```$",
    flags=re.MULTILINE | re.DOTALL,
)
_TABLE: Final = re.compile(r"(?P<head>^\| code \| rule \| finds \|\n[|-]+\n)(?:\|.*\n)*", flags=re.MULTILINE)
_LANGUAGES: Final = {"py": "python", "toml": "toml"}
_MADE: Final = "<!-- Made by `python -m ssot_lint.dev pages`; edit the rule's docstring or its example instead. -->\n\n"


def made_pages(checkout: Path) -> dict[str, str]:
    """Return every generated page of a checkout by its path under it, and README with what it shows."""
    pages = {README: _with_screen(checkout, _with_rules(_read(checkout / README)))}
    pages["rules/README.md"] = _MADE + "\n".join(_index()) + "\n"
    for rule in all_rules():
        pages[f"rules/{rule.name}.md"] = _MADE + "\n".join([rule_markdown(rule), *_example(checkout, rule)])
    return pages


def stale_pages(checkout: Path) -> list[str]:
    """Return the paths of the pages that are missing, differ from what is made now, or have no rule any more."""
    made = made_pages(checkout)
    existing = {README, *(path.relative_to(checkout).as_posix() for path in (checkout / "rules").glob("*.md"))}
    differing = {path for path, page in made.items() if path not in existing or _read(checkout / path) != page}
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


def _with_rules(page: str) -> str:
    """Put today's rules into the table of rules."""
    rows = "".join(f"| {rule.code} | [{rule.name}](rules/{rule.name}.md) | {rule.summary} |\n" for rule in all_rules())
    return _TABLE.sub(lambda match: match["head"] + rows, page)


def _with_screen(checkout: Path, page: str) -> str:
    """Put what ssot-lint prints today under the command that a page shows."""

    def printed(match: re.Match[str]) -> str:
        folder = checkout / match["folder"]
        paths = tuple(Path(path) for path in match["paths"].split())
        report = engine.check(engine.Options(start=folder, root=folder, paths=paths, jobs=1))
        return f"{match['command']}{text(report, color=False, width=WIDTH)}```"

    return _SCREEN.sub(printed, page)


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
    for path, content in sorted(texts.items(), key=lambda item: (item[0] != POLICY, item[0])):
        shown = without_expectations(content).strip("\n")
        if shown:
            yield from [f"`{path}`", "", *_fenced(shown, _LANGUAGES.get(path.rpartition(".")[2], "text")), ""]
    yield from ["`ssot-lint --output-format concise` says:", ""]
    isolated = not (folder / POLICY).is_file()
    with tempfile.TemporaryDirectory() as place:
        root = lay_out(folder, Path(place) / EXAMPLE)
        options = engine.Options(
            start=root, root=root, select=selection(rule), isolated=isolated, respect_gitignore=False, jobs=1
        )
        said = concise(engine.check(options))
    yield from [*_fenced(said.rstrip("\n"), "text"), ""]


def _fenced(content: str, language: str) -> list[str]:
    """Return a block of code whose fence the content cannot end."""
    fence = "```"
    while fence in content:
        fence += "`"
    return [f"{fence}{language}", content, fence]
