"""The rules run over an indexed project, and what of their findings is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.engine.indexing import accepted, as_it_was, relative_path, with_contents
from ssot_lint.engine.reading import read_details_of
from ssot_lint.engine.settle import Ran, selected, settle
from ssot_lint.facts.second_look import read_details
from ssot_lint.model.patterns import is_under
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ssot_lint.engine.changes import Changes
    from ssot_lint.engine.indexing import Index
    from ssot_lint.engine.options import Options
    from ssot_lint.model.details import Details
    from ssot_lint.model.finding import Finding, Notice
    from ssot_lint.model.policy import Policy
    from ssot_lint.model.rule import Rule
    from ssot_lint.project.model import Project

Suspects = dict[str, frozenset[str]]
"""The files that rules want a second look at, each with the names to look for."""


@dataclass(frozen=True)
class Checked:
    """An indexed project with the raw findings of some rules, and the notices of their second look."""

    whole: Index
    rules: tuple[Rule, ...]
    suspects: Suspects
    raw: tuple[Finding, ...]
    notices: tuple[Notice, ...] = ()

    def settled(self) -> list[Finding]:
        """Return the findings in order, with their severities."""
        return settle(self.raw, self.whole.project, self.whole.policy, self._ran())

    def _ran(self) -> Ran:
        """Return the rules that ran, and what they could not see."""
        blocking = any(one.blocking for one in (*self.whole.notices, *self.notices))
        return Ran(self.rules, frozenset(one.path for one in self.notices), complete=not blocking)


def check_index(whole: Index, rules: Sequence[Rule]) -> Checked:
    """Take the second look that the rules ask for, and run them."""
    wanted = suspects(whole, rules)
    failed = look_again(whole, wanted)
    notices = tuple(accepted(failed, whole.loaded))
    return Checked(whole, tuple(rules), wanted, _run(whole, rules), notices)


def check_with_contents(before: Checked, contents: Mapping[str, bytes | None]) -> Checked:
    """Check the project as it would be with other bytes in some files; what is known of the others is not read again.

    Raises UnreadableSourceError, PolicyError.
    """
    whole = with_contents(before.whole, contents)
    wanted = suspects(whole, before.rules)
    known = _known(before, wanted, contents)
    for path in wanted.keys() & contents.keys():
        data = contents[path]
        if data is not None:
            known[path] = read_details(data, sorted(wanted[path]))
    return _check_rest(before, whole, wanted, known)


def check_as_it_was(after: Checked, changes: Changes) -> tuple[Checked, list[Notice]]:
    """Check the project before it was changed, under the policy of now; return what could not be read, too."""
    whole, failed = as_it_was(after.whole, changes)
    wanted = suspects(whole, after.rules)
    checked = _check_rest(after, whole, wanted, _known(after, wanted, changes.before))
    return checked, [*failed, *checked.notices]


def _known(one: Checked, wanted: Suspects, changed: Collection[str]) -> dict[str, Details]:
    """Return what another check has seen of files that are not changed, when it looked for the same."""
    details = one.whole.project.details
    return {
        path: details[path]
        for path, names in wanted.items()
        if path not in changed and one.suspects.get(path) == names and path in details
    }


def _check_rest(one: Checked, whole: Index, wanted: Suspects, known: Mapping[str, Details]) -> Checked:
    """Take the second look at what is not known of it from another check, and run its rules."""
    failed = look_again(whole, {path: names for path, names in wanted.items() if path not in known})
    whole.project.details = dict(sorted({**whole.project.details, **known}.items()))
    notices = tuple(accepted(failed, whole.loaded))
    return Checked(whole, one.rules, wanted, _run(whole, one.rules), notices)


def _run(whole: Index, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    return tuple(finding for rule in rules for finding in rule.check(whole.project, whole.policy))


def look_again(whole: Index, wanted: Suspects) -> list[Notice]:
    """Take a second look at files; the project holds its details afterwards. Return what failed."""
    whole.project.details, failed = read_details_of(whole.work, wanted)
    return failed


def suspects(whole: Index, rules: Iterable[Rule]) -> Suspects:
    """Return the files that the rules want a second look at, each with the names to look for."""
    wanted: Suspects = {}
    for rule in rules:
        if rule.suspects is not None:
            for path, names in rule.suspects(whole.project, whole.policy).items():
                wanted[path] = wanted.get(path, frozenset()) | names
    return wanted


def chosen_rules(options: Options, policy: Policy) -> list[Rule]:
    """Return the rules that the options and the policy select."""
    select = [*(options.select if options.select is not None else policy.select), *options.extend_select]
    ignore = options.ignore if options.ignore is not None else policy.ignore
    return selected(all_rules(), select, ignore)


class Shown:
    """Which findings are shown: those with a place in the given paths, in the given zone, and of a given change.

    A given policy may have changed any verdict, so with it all are shown; fixes keep to the paths.
    """

    def __init__(self, whole: Index, options: Options) -> None:
        self._zone = options.zone
        self._project = whole.project
        self._policy = whole.loaded.path
        self._changed = whole.changes is None or bool(whole.changes)
        self._prefixes = [relative_path(whole.root, options.start / path) for path in options.paths]
        self._policy_given = bool(self._policy) and self._policy in self._prefixes
        self._brought: Callable[[Finding], bool] = lambda _finding: True

    def only(self, brought: Callable[[Finding], bool]) -> None:
        """Show what a change brought only."""
        self._brought = brought

    def covers_something(self) -> bool:
        """Tell whether a file that is read, or the policy, stands under the given paths, and something was changed."""
        if not self._changed:
            return False
        paths = (*self._project.by_path, self._policy)
        return any(self.covers(path) for path in paths)

    def narrow(self, project: Project) -> None:
        """Tell a project which findings are asked for, if they are those of some paths whatever was changed."""
        if not self._prefixes or self._policy_given:
            return
        modules = {file.module for file in project.files if self.covers(file.path)}
        paths = (file.path for file in project.files if file.module in modules)  # those of one name share identities
        project.only = frozenset((*paths, *([self._policy] if self.covers(self._policy) else [])))

    def covers(self, path: str) -> bool:
        """Tell whether a path is one of the given ones, or under one."""
        return not self._prefixes or any(path == prefix or is_under(path, prefix) for prefix in self._prefixes)

    def wants(self, finding: Finding) -> bool:
        """Tell whether a finding is shown."""
        if self._zone != "all" and self._project.zone(finding.at.path) != self._zone:
            return False
        places = {finding.at.path, *(one.at.path for one in finding.related)}
        covered = self._policy_given or any(self.covers(place) for place in places)
        return covered and self._brought(finding)
