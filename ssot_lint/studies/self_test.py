"""Does every rule still find what it is for? Departures are made up in memory, one for each rule and entry."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lint.engine import index
from ssot_lint.engine.checking import check_index, check_with_contents, chosen_rules
from ssot_lint.model.patterns import path_matches
from ssot_lint.model.rule import Spot
from ssot_lint.project.modules import module_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ssot_lint.engine import Index, Options
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.rule import Rule

State = Literal["found", "missed", "off", "silent"]


class Trial(NamedTuple):
    """One rule held against one entry of the policy ("" for a rule that needs none), and what came of it.

    found: a finding, at `why`; missed: none, though there should be one; off: the policy switches it off, or excepts
    it; silent: nothing can be made up for it, and `why` says for what reason.
    """

    rule: Rule
    entry: str
    state: State
    why: str = ""


class _Made(NamedTuple):
    """A departure: the rule and the entry that it is for, its files, and those of them that a finding may stand in."""

    rule: Rule
    entry: str
    files: Mapping[str, str]


def self_test(options: Options) -> list[Trial]:
    """Make up departures from the policy, check the project with all of them, and return what was found.

    Raises PolicyError, UsageError.
    """
    whole = index(options)
    rules = chosen_rules(options, whole.loaded.policy)
    checked = check_index(whole, rules)
    made: list[_Made] = []
    trials: list[Trial] = []
    for one in _departures(whole, rules):
        if isinstance(one, _Made):
            made.append(one)
        else:
            trials.append(one)
    contents = {path: text.encode() for one in made for path, text in one.files.items()}
    left = check_with_contents(checked, contents) if contents else None
    found: dict[str, list[Finding]] = {}
    for finding in left.settled() if left is not None else ():
        if finding.at.path in contents:
            found.setdefault(finding.at.path, []).append(finding)
    trials += [_judged(one, [finding for path in one.files for finding in found.get(path, ())]) for one in made]
    return sorted(trials, key=lambda one: (one.rule.code, one.entry))


def _judged(made: _Made, findings: list[Finding]) -> Trial:
    own = [one for one in findings if one.code == made.rule.code and made.entry in (one.concept, "")]
    shown = [one for one in own if not one.suppressed]
    if shown:
        return Trial(made.rule, made.entry, "found", f"{shown[0].kind}, {shown[0].severity}")
    if own:
        return Trial(made.rule, made.entry, "off", "an exception or a suppression covers it")
    return Trial(made.rule, made.entry, "missed")


def _departures(whole: Index, rules: list[Rule]) -> Iterator[_Made | Trial]:
    """Make up what each rule must find, or say why nothing can be."""
    for rule in rules:
        if rule.departure is None:
            yield Trial(rule, "", "silent", "it is about the policy itself")
        for number, entry in enumerate(_entries(whole, rule) if rule.departure is not None else ()):
            yield _departure(whole, rule, entry, number)


class _Entry(NamedTuple):
    """An entry of the policy by its name, as a rule is given it, and which files are in its scope."""

    name: str
    given: object
    covers: Callable[[str], bool]
    beside: str = ""


def _entries(whole: Index, rule: Rule) -> Iterator[_Entry]:
    policy = whole.policy
    if not rule.needs_policy or (not rule.about and policy.concepts):
        yield _Entry("", None, lambda _path: True)
        return
    if "concept" in rule.about:
        for bound in policy.concepts:
            home = whole.project.file_of(bound.home_module)
            yield _Entry(bound.concept.name, bound, bound.in_scope, home.path if home is not None else "")
    for moved in policy.moved if "moved" in rule.about else ():
        yield _Entry(moved.name, moved, functools.partial(_covers, moved.scope))
    for vocabulary in policy.vocabularies if "vocabulary" in rule.about else ():
        yield _Entry(vocabulary.vocabulary.name, vocabulary, vocabulary.in_scope)
    for operation in policy.operations if "operation" in rule.about else ():
        yield _Entry(operation.operation.name, operation, operation.in_scope)


def _covers(scope: tuple[str, ...], path: str) -> bool:
    return not scope or path_matches(path, scope)


def _departure(whole: Index, rule: Rule, entry: _Entry, number: int) -> _Made | Trial:
    if _is_off(whole, rule, entry.name):
        return Trial(rule, entry.name, "off", "its severity is off")
    spot = _spot(whole, entry, f"ssot_departs_{rule.code.lower()}_{number}")
    if spot is None:
        return Trial(rule, entry.name, "silent", "no folder of production code is in its scope")
    assert rule.departure is not None  # noqa: S101 - asked before
    made = rule.departure(whole.project, entry.given, spot)
    return Trial(rule, entry.name, "silent", made) if isinstance(made, str) else _Made(rule, entry.name, made)


def _is_off(whole: Index, rule: Rule, entry: str) -> bool:
    """Tell whether the policy switches every kind of a rule off, in production."""
    policy = whole.loaded.policy
    if any(one.name == entry and one.severity for one in policy.entries):
        return False
    stated = policy.severity_in_production
    for kind, levels in rule.kinds.items():
        keys = (f"{rule.name}.{kind}", f"{rule.code}.{kind}", rule.name, rule.code)
        if next((stated[key] for key in keys if key in stated), levels.production) != "off":
            return False
    return True


def _spot(whole: Index, entry: _Entry, stem: str) -> Spot | None:
    """Return where the files of a departure are to stand: beside the home, else in the first folder that will do."""
    project = whole.project
    paths = [file.path for file in project.files if project.zone(file.path) == "production"]
    for folder in dict.fromkeys(path.rpartition("/")[0] for path in (entry.beside, *paths) if path):
        path = f"{folder}/{stem}.py".lstrip("/")
        if not project.is_test_path(path) and entry.covers(path) and path not in project.by_path:
            return Spot(folder, module_name(path, project.index.roots)[0].rpartition(".")[0], stem)
    return None
