"""The scaffold of a new rule: its module, and its example with what is to be found in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ssot_lint.dev.cases import EXAMPLE
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from pathlib import Path

_CODE: Final = re.compile(r"SSOT[0-9]{3}")
_NAME: Final = re.compile(r"[a-z]+(-[a-z]+)+")

_MODULE: Final = '''"""One sentence: what it finds.

Why that is bad, and what is not a finding. This text is the rule's page. Until you write the detector, the rule finds
every class that is called `Departure`, so that everything runs from the start. Kinds: `plain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.places import subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every departure."""
    del policy
    for file in project.files:
        for one in file.facts.definitions:
            if one.kind == "class" and one.name == "Departure":
                yield _finding(file, one)


def _finding(file: SourceFile, one: Definition) -> Finding:
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="plain",
        concept="",
        module=file.module,
        message=f"{{one.qualname}} is a departure",
        subject=subject(file, one.block, one.qualname),
        at=Location.of(file.path, one.at),
        evidence={{"qualname": one.qualname}},
    )


RULE = Rule(
    code="{code}",
    name="{name}",
    summary="what it finds, in half a sentence",
    kinds={{"plain": Levels("warning", "info")}},
    check=check,
    needs_policy=False,
)
'''

_EXAMPLE: Final = '''"""The clearest case: the rule's page shows it."""


class Departure:  # expect[{code}.plain]: is a departure
    """Found."""


class Something:
    """Not found."""
'''

_NEXT: Final = """\
wrote {module}
wrote {example}

Next:
1. Say in {example} what must be found: "# expect[{code}.KIND]: part of the message" on the line.
2. Run "python -m pytest tests/test_fixtures.py -k {name}" and see it fail.
3. Write the detector, its docstring and its kinds in {module}.
4. Add more folders beside "example" for what must be found and what must not.
5. Run "python -m ssot_lint.dev pages", which also refreshes README.md, and add a line to CHANGELOG.md.
"""


class ScaffoldError(Exception):
    """A rule that cannot be begun; the message says why."""


def new_rule(checkout: Path, code: str, name: str) -> str:
    """Write a rule that runs and its example; return what to do next. Raises ScaffoldError, and writes nothing then."""
    if not _CODE.fullmatch(code):
        raise ScaffoldError(f'"{code}" is no code; write SSOT and three digits')
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f'"{name}" is no name; write at least two small words with dashes, such as "mixed-import"')
    for rule in all_rules():
        if code == rule.code or name == rule.name:
            raise ScaffoldError(f"there is already {rule.code} {rule.name}")
    module = f"ssot_lint/rules/{name.replace('-', '_')}.py"
    example = f"fixtures/{name}/{EXAMPLE}/example.py"
    texts = {module: _MODULE.format(code=code, name=name), example: _EXAMPLE.format(code=code)}
    for path in texts:
        if (checkout / path).exists():
            raise ScaffoldError(f"{path} is there already")
    for path, text in texts.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8", newline="\n")
    return _NEXT.format(module=module, example=example, code=code, name=name)
