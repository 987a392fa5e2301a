"""From raw findings to the report's: severity, suppressions, exceptions, precedence, filters, order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from ssot_lint.engine.silencing import Silencer
from ssot_lint.model.silencing import Silenced
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssot_lint.model.finding import Finding, Severity
    from ssot_lint.model.policy import Policy
    from ssot_lint.model.rule import Rule
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project

_OVER: Final[Mapping[str, frozenset[str]]] = {
    "SSOT102": frozenset(("SSOT101",)),
    "SSOT103": frozenset(("SSOT101",)),
    "SSOT204": frozenset(("SSOT101", "SSOT201")),
    "SSOT205": frozenset(("SSOT201",)),
    "SSOT206": frozenset(("SSOT203",)),
    "SSOT402": frozenset(("SSOT401",)),
    "SSOT403": frozenset(("SSOT401", "SSOT402")),
}
"""One place, one finding: a rule gives way to these at the same place."""


@dataclass(frozen=True)
class Ran:
    """The rules of a run, the files that they could not see whole, and whether they saw all the others."""

    rules: Sequence[Rule]
    unjudged: frozenset[str] = frozenset()
    complete: bool = True


def settle(findings: Iterable[Finding], project: Project, policy: BoundPolicy, ran: Ran) -> list[Finding]:
    """Return the findings in order, with severities and numbered subjects, the excepted and suppressed ones marked.

    Rules that judge the others are asked last, when it is known what was silenced.
    """
    by_code = {rule.code: rule for rule in all_rules()}
    severities = _Severities(project, policy.policy, by_code)
    silencer = Silencer(project, policy)
    found = _asked_for(project, _without_shadowed(list(findings)))
    for finding in found:
        silencer.silences(finding)
    silenced = Silenced(silencer.used, _judged(ran.rules, policy), ran.unjudged, ran.complete)
    for rule in ran.rules:
        if rule.judge is not None:
            found += rule.judge(project, policy, silenced)
    settled = []
    for finding in found:
        severity = severities.of(finding)
        if severity is not None:
            settled.append(msgspec.structs.replace(finding, severity=severity))
    settled.sort(key=_order)
    return [
        msgspec.structs.replace(finding, suppressed=True) if silencer.silences(finding) else finding
        for finding in _numbered(settled)
    ]


def _judged(rules: Iterable[Rule], policy: BoundPolicy) -> frozenset[str]:
    """Return the codes and names of the rules that could have found something; those that judge others are not."""
    able = (one for one in rules if one.judge is None and (policy.policy.entries or not one.needs_policy))
    return frozenset(name for rule in able for name in (rule.code, rule.name))


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.at, finding.code, finding.kind, finding.concept, finding.subject, finding.message)


def _without_shadowed(findings: list[Finding]) -> list[Finding]:
    codes_at: dict[object, set[str]] = {}
    for finding in findings:
        codes_at.setdefault(finding.at, set()).add(finding.code)
    return [one for one in findings if _OVER.get(one.code, frozenset()).isdisjoint(codes_at[one.at])]


def _asked_for(project: Project, findings: list[Finding]) -> list[Finding]:
    """Return the findings that a run is about, with those that are numbered together with one of them."""
    if project.only is None:
        return findings
    asked = {
        _identity(one) for one in findings if project.asks_for(one.at.path, *(other.at.path for other in one.related))
    }
    return [one for one in findings if _identity(one) in asked]


def _identity(finding: Finding) -> tuple[str, str, str, str]:
    return finding.code, finding.kind, finding.concept, finding.subject


def _numbered(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Give equal identities a number (#2, #3, ...) in source order."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for finding in findings:
        identity = _identity(finding)
        seen[identity] += 1
        number = seen[identity]
        yield finding if number == 1 else msgspec.structs.replace(finding, subject=f"{finding.subject} #{number}")


class _Severities:
    """The policy's severity of a finding: concept, then the stated levels of its zone, then the rule's own."""

    def __init__(self, project: Project, policy: Policy, rules: Mapping[str, Rule]) -> None:
        self._project = project
        self._rules = rules
        self._concepts = {one.name: one.severity for one in policy.entries if one.severity}
        self._production = policy.severity_in_production
        self._tests = policy.severity_in_all_tests

    def of(self, finding: Finding) -> Severity | None:
        """Return the severity, None for what is switched off."""
        tests = self._project.zone(finding.at.path) == "tests"
        rule = self._rules[finding.code]
        default = rule.kinds[finding.kind].tests if tests else rule.kinds[finding.kind].production
        own = self._concepts.get(finding.concept)
        if own is not None and default != "off":
            return own
        level = rule.level(finding.kind, self._tests if tests else self._production, tests=tests)
        return None if level == "off" else level


def selected(rules: Sequence[Rule], select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """Return the rules that a selection leaves; the longest selector that matches a rule decides, ignore on a tie."""
    return [rule for rule in rules if _reach(rule, select) > _reach(rule, ignore)]


def _reach(rule: Rule, selectors: Sequence[str]) -> int:
    """Return how closely the selectors name a rule: 0 not at all, a full name most."""
    return max(
        (100 if one in (rule.name, rule.code) else len(one) for one in selectors if rule.matches(one)), default=0
    )
