"""Which findings the suppressions and exceptions of a project silence; it remembers which suppressions did."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.model.patterns import path_matches
from ssot_lint.model.silencing import is_over

if TYPE_CHECKING:
    from ssot_lint.model.facts import Suppression
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.location import Span
    from ssot_lint.model.policy import ExceptionEntry
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project

_OF_TWO: Final = "SSOT1"
"""Rules about definitions: where a finding has one other place, that is the second definition, and speaks for both."""


class Silencer:
    """Tells which findings are silenced; what is past its last day silences nothing."""

    def __init__(self, project: Project, policy: BoundPolicy) -> None:
        today = policy.loaded.today
        self._of_file: dict[str, list[Suppression]] = defaultdict(list)
        self._of_line: dict[tuple[str, int], list[Suppression]] = defaultdict(list)
        for file in project.files:
            for one in file.facts.suppressions:
                if one.error or is_over(one.until, today):
                    continue
                if one.whole_file:
                    self._of_file[file.path].append(one)
                else:
                    self._of_line[file.path, one.at.line].append(one)
        self._exceptions: dict[str, list[ExceptionEntry]] = defaultdict(list)
        for entry in policy.policy.entries:
            self._exceptions[entry.name] += [one for one in entry.exception if not is_over(one.until, today)]
        self._used: dict[tuple[str, Span], set[str]] = defaultdict(set)

    @property
    def used(self) -> dict[tuple[str, Span], frozenset[str]]:
        """The suppressions that silenced something, by path and place, each with the rules it names and did."""
        return {place: frozenset(rules) for place, rules in self._used.items()}

    def silences(self, finding: Finding) -> bool:
        """Tell whether a suppression or an exception covers a finding."""
        names = {finding.code, finding.name}
        covering = self._covering(finding)
        for path, one in covering:
            self._used[path, one.at] |= names.intersection(one.codes)
        return bool(covering or self._excepting(finding))

    def reasons(self, finding: Finding) -> tuple[str, ...]:
        """Return the reasons that are stated where a finding is silenced."""
        stated = [one.reason for one in self._excepting(finding)] + [one.reason for _, one in self._covering(finding)]
        return tuple(dict.fromkeys(filter(None, stated)))

    def _excepting(self, finding: Finding) -> list[ExceptionEntry]:
        """Return the exceptions that cover a finding."""
        names = (finding.code, finding.name)
        of_concept = self._exceptions.get(finding.concept, ())
        return [one for one in of_concept if one.rule in names and path_matches(finding.at.path, (one.path,))]

    def _covering(self, finding: Finding) -> list[tuple[str, Suppression]]:
        """Return the suppressions that name the rule of a finding at one of its places, each with its path."""
        names = (finding.code, finding.name)
        return [(path, one) for path, one in self._around(finding) if not set(names).isdisjoint(one.codes)]

    def _around(self, finding: Finding) -> list[tuple[str, Suppression]]:
        """Return the suppressions at the places of a finding: its file, its lines, and the other one of two places."""
        path = finding.at.path
        lines = {(path, finding.at.line), (path, finding.statement)}
        if finding.code.startswith(_OF_TWO) and len(finding.related) == 1:
            lines.add((finding.related[0].at.path, finding.related[0].at.line))
        found = [(path, one) for one in self._of_file.get(path, ())]
        return found + [(place[0], one) for place in sorted(lines) for one in self._of_line.get(place, ())]
