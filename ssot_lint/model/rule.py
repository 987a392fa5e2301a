"""What a rule is: a detector with a code, a name, the kinds of its findings and their default severities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ssot_lint.model.finding import Finding
from ssot_lint.model.policy import Level, Policy
from ssot_lint.model.silencing import Silenced


@dataclass(frozen=True)
class Levels:
    """The default severity of one kind of finding, in production code and in tests."""

    production: Level
    tests: Level


class Spot(NamedTuple):
    """A place for files that do not exist: a folder of the project, its package, and how their names begin.

    `folder` is posix and relative to the root, `package` dotted; both are "" at the top.
    """

    folder: str
    package: str
    stem: str

    def path(self, part: str = "") -> str:
        """Return the path of one of the files."""
        return f"{self.folder}/{self.stem}{part}.py".lstrip("/")

    def module(self, part: str = "") -> str:
        """Return the dotted name of one of the files."""
        return f"{self.package}.{self.stem}{part}".lstrip(".")


Departure = Mapping[str, str] | str
"""New files, path to text, that depart from the policy; or, as a text, why none can be made up."""


@dataclass(frozen=True)
class Rule:
    """A detector; its module's docstring is its documentation.

    `check(project, policy)` takes the built project and the loaded policy and yields findings without severities.
    `suspects(project, policy)` names the files that need a second look (path to names) before `check` runs.
    `judge(project, policy, silenced)` yields what can be said only once all others are settled.
    `needs_policy` says that it reports on declared concepts only, and so is silent without a policy.
    `departure(project, entry, spot)` makes up what the rule must find for an entry of the policy, of one of the kinds
    in `about`: a bound concept, or the entry itself. The entry is None for a rule that needs no policy, or is about no
    entry.
    """

    code: str
    name: str
    kinds: Mapping[str, Levels]
    check: Callable[[Any, Any], Iterable[Finding]]
    summary: str
    needs_policy: bool = True
    fixable: bool = False
    suspects: Callable[[Any, Any], Mapping[str, frozenset[str]]] | None = None
    judge: Callable[[Any, Any, Silenced], Iterable[Finding]] | None = None
    departure: Callable[[Any, Any, Spot], Departure] | None = None
    about: tuple[str, ...] = ("concept",)
    doc: str = field(default="", compare=False)

    def documented(self, doc: str) -> Rule:
        """Return the rule with its documentation."""
        return replace(self, doc=doc)

    def level(self, kind: str, stated: Mapping[str, Level], *, tests: bool) -> Level:
        """Return the severity of a kind in a zone: the policy's, by `rule` or `rule.kind`, else the rule's own."""
        for key in (f"{self.name}.{kind}", f"{self.code}.{kind}", self.name, self.code):
            if key in stated:
                return stated[key]
        return self.kinds[kind].tests if tests else self.kinds[kind].production

    def zones(self, policy: Policy) -> frozenset[str]:
        """Return the zones where a kind of the rule is not switched off: what it would find elsewhere is not shown."""
        production, tests = policy.severity_in_production, policy.severity_in_all_tests
        return frozenset(
            zone
            for zone, stated in (("production", production), ("tests", tests))
            if any(self.level(kind, stated, tests=zone == "tests") != "off" for kind in self.kinds)
        )

    def matches(self, selector: str) -> bool:
        """Tell whether a selector (code, code prefix or name, with or without `.kind`) names this rule."""
        return self.code.startswith(selector) or self.name == selector
