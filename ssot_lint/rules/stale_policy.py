"""An entry of the policy that no longer says anything.

A pattern that matches nothing guards nothing: a typo in it, or a folder that moved, switches a rule off in silence. And
a `moved-from` address without importers is work that is done. Kinds: `pattern` (a path or name pattern that matches
nothing), `moved-from` (nobody imports it any more: remove it), `unreadable` (the file it accepts is gone). Entries that
come from a pack or an extended file are reported where they are extended.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssot_lint.model.patterns import is_under, path_matches
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.moved import moved_verdicts
from ssot_lint.rules.places import policy_finding
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.finding import Finding
    from ssot_lint.model.policy import ExceptionEntry, Vocabulary
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every entry that matches nothing."""
    paths = [file.path for file in project.files]
    names = _names(project)
    for bound in policy.concepts:
        entry = f"concept[{bound.concept.name}]"
        yield from _patterns(policy, f"{entry}.scope", bound.concept.scope, paths)
        yield from _exceptions(policy, entry, bound.concept.exception, paths)
        yield from _names_of(policy, bound, names)
        yield from _moved_from(project, policy, bound)
    for moved in policy.moved:
        entry = f"moved[{moved.from_}]"
        yield from _patterns(policy, f"{entry}.scope", moved.scope, paths)
        yield from _exceptions(policy, entry, moved.exception, paths)
        if not moved_verdicts(project, moved):
            message = f"nothing imports {moved.from_} any more; remove the [[moved]] entry"
            yield policy_finding(RULE, policy, "moved-from", entry, moved.from_, message)
    for vocabulary in policy.policy.vocabulary:
        entry = f"vocabulary[{vocabulary.name}]"
        yield from _patterns(policy, f"{entry}.scope", vocabulary.scope, paths)
        yield from _exceptions(policy, entry, vocabulary.exception, paths)
        yield from _emitters(project, policy, vocabulary)
    for unreadable in policy.policy.unreadable:
        if not any(path_matches(path, (unreadable.path,)) for path in paths):
            message = f"there is no file {unreadable.path}"
            yield policy_finding(RULE, policy, "unreadable", f"unreadable[{unreadable.path}]", unreadable.path, message)
    for name, folders in sorted(policy.policy.service_folders.items()):
        for folder in folders:
            if not any(is_under(path, folder) for path in paths):
                message = f'no Python file stands under "{folder}", a folder of the service {name}'
                yield policy_finding(RULE, policy, "pattern", f"services.{name}", folder, message)


def _patterns(policy: BoundPolicy, entry: str, texts: Iterable[str], paths: list[str]) -> Iterator[Finding]:
    for number, text in enumerate(texts):
        if not text.startswith("!") and not any(path_matches(path, (text,)) for path in paths):
            yield policy_finding(RULE, policy, "pattern", f"{entry}[{number}]", text, f'"{text}" matches no file')


def _emitters(project: Project, policy: BoundPolicy, vocabulary: Vocabulary) -> Iterator[Finding]:
    modules = [file.module for file in project.files]
    for number, text in enumerate(vocabulary.emitters):
        if not any(f"{module}.".startswith(f"{text}.") for module in modules):
            entry = f"vocabulary[{vocabulary.name}].emitters[{number}]"
            yield policy_finding(RULE, policy, "pattern", entry, text, f"there is no module {text}")


def _exceptions(
    policy: BoundPolicy, entry: str, exceptions: Iterable[ExceptionEntry], paths: list[str]
) -> Iterator[Finding]:
    for number, one in enumerate(exceptions):
        if not any(path_matches(path, (one.path,)) for path in paths):
            message = f'"{one.path}" matches no file; the exception for {one.rule} covers nothing'
            place = f"{entry}.exception[{number}]"
            yield policy_finding(RULE, policy, "pattern", place, f"{one.rule} {one.path}", message)


def _names_of(policy: BoundPolicy, bound: BoundConcept, names: frozenset[str]) -> Iterator[Finding]:
    concept = bound.concept
    for key, texts in (("looks-like", concept.looks_like), ("unlike", concept.unlike)):
        for number, text in enumerate(texts):
            if not any(fnmatchcase(name, text) for name in names):
                message = f'"{text}" matches no name that the project defines or imports'
                yield policy_finding(RULE, policy, "pattern", f"concept[{concept.name}].{key}[{number}]", text, message)


def _moved_from(project: Project, policy: BoundPolicy, bound: BoundConcept) -> Iterator[Finding]:
    left = {bound.moved_from(one.module, one.name) for one in verdicts(project, bound) if one.verdict != "canonical"}
    for number, text in enumerate(bound.concept.moved_from):
        if text not in left:
            message = f"nothing takes {bound.concept.name} from {text} any more; remove it from moved-from"
            entry = f"concept[{bound.concept.name}].moved-from[{number}]"
            yield policy_finding(RULE, policy, "moved-from", entry, text, message, concept=bound.concept.name)


def _names(project: Project) -> frozenset[str]:
    names: set[str] = set()
    for file in project.files:
        names.update(one.name for one in file.facts.definitions)
        names.update(one.name for one in file.facts.bindings)
        names.update(one.name for one in file.facts.imports)
    return frozenset(names)


RULE = Rule(
    code="SSOT903",
    name="stale-policy",
    summary="an entry of the policy that matches nothing, or whose work is done",
    kinds={kind: Levels("warning", "warning") for kind in ("pattern", "moved-from", "unreadable")},
    check=check,
)
