"""An entry of the policy that no longer says anything.

A pattern that matches nothing guards nothing: a typo in it, or a folder that moved, switches a rule off in silence. And
a `moved-from` address without importers is work that is done. Kinds: `pattern` (a path or name pattern that matches
nothing, a `require-args` name that no maker of the concept takes), `moved-from` (nobody imports it any more: remove
it), `unreadable` (the file it accepts is gone). Entries that come from a pack or an extended file are reported where
they are extended, but for its patterns of names: it is written for more than one project.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssot_lint.model.patterns import is_under, path_matches
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.concept_calls import names_with_bases
from ssot_lint.rules.moved import moved_verdicts
from ssot_lint.rules.places import policy_finding
from ssot_lint.rules.signatures import signature_of
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.finding import Finding
    from ssot_lint.model.policy import ExceptionEntry, Moved, Operation, Vocabulary
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every entry that matches nothing."""
    if not project.asks_for(policy.loaded.path):
        return
    paths = [file.path for file in project.files]
    names = _names(project)
    for bound in policy.concepts:
        entry = f"concept[{bound.concept.name}]"
        yield from _patterns(policy, f"{entry}.scope", bound.concept.scope, paths)
        yield from _exceptions(policy, entry, bound.concept.exception, paths)
        yield from _names_of(policy, bound, names)
        yield from _moved_from(project, policy, bound)
        yield from _required(project, policy, bound)
    for moved in policy.moved:
        yield from _moved(project, policy, moved, paths)
    yield from _owned(project, policy, paths)
    for unreadable in policy.policy.unreadable:
        if not any(path_matches(path, (unreadable.path,)) for path in paths):
            message = f"there is no file {unreadable.path}"
            yield policy_finding(RULE, policy, "unreadable", f"unreadable[{unreadable.path}]", unreadable.path, message)
    for name, folders in sorted(policy.policy.service_folders.items()):
        for folder in folders:
            if not any(is_under(path, folder) for path in paths):
                message = f'no Python file stands under "{folder}", a folder of the service {name}'
                yield policy_finding(RULE, policy, "pattern", f"services.{name}", folder, message)


def _owned(project: Project, policy: BoundPolicy, paths: list[str]) -> Iterator[Finding]:
    """Yield what of operations and vocabularies matches nothing."""
    small: list[tuple[str, Operation | Vocabulary, str, tuple[str, ...]]] = []
    small += [("operation", one, "owners", one.owners) for one in policy.policy.operation]
    small += [("vocabulary", one, "emitters", one.emitters) for one in policy.policy.vocabulary]
    for kind, one, key, modules in small:
        entry = f"{kind}[{one.name}]"
        yield from _patterns(policy, f"{entry}.scope", one.scope, paths)
        yield from _exceptions(policy, entry, one.exception, paths)
        yield from _owners(project, policy, f"{entry}.{key}", modules)


def _moved(project: Project, policy: BoundPolicy, moved: Moved, paths: list[str]) -> Iterator[Finding]:
    entry = f"moved[{moved.from_}]"
    yield from _patterns(policy, f"{entry}.scope", moved.scope, paths)
    yield from _exceptions(policy, entry, moved.exception, paths)
    if not moved_verdicts(project, moved):
        message = f"nothing imports {moved.from_} any more; remove the [[moved]] entry"
        yield policy_finding(RULE, policy, "moved-from", entry, moved.from_, message)


def _patterns(policy: BoundPolicy, entry: str, texts: Iterable[str], paths: list[str]) -> Iterator[Finding]:
    for number, text in enumerate(texts):
        if not text.startswith("!") and not any(path_matches(path, (text,)) for path in paths):
            yield policy_finding(RULE, policy, "pattern", f"{entry}[{number}]", text, f'"{text}" matches no file')


def _owners(project: Project, policy: BoundPolicy, entry: str, owners: Iterable[str]) -> Iterator[Finding]:
    for number, owner in enumerate(owners):
        if project.index.locate(owner).state in ("missing", "external"):
            said = f"there is no module {owner}"
            yield policy_finding(RULE, policy, "pattern", f"{entry}[{number}]", owner, said)


def _exceptions(
    policy: BoundPolicy, entry: str, exceptions: Iterable[ExceptionEntry], paths: list[str]
) -> Iterator[Finding]:
    for number, one in enumerate(exceptions):
        if not any(path_matches(path, (one.path,)) for path in paths):
            message = f'"{one.path}" matches no file; the exception for {one.rule} covers nothing'
            place = f"{entry}.exception[{number}]"
            yield policy_finding(RULE, policy, "pattern", place, f"{one.rule} {one.path}", message)


def _names_of(policy: BoundPolicy, bound: BoundConcept, names: frozenset[str]) -> Iterator[Finding]:
    concept, extended = bound.concept, policy.policy.extend
    packs = {policy.loaded.place(f"extend[{number}]") for number in range(len(extended))}
    for key, texts in (("looks-like", concept.looks_like), ("unlike", concept.unlike)):
        if policy.loaded.place(f"concept[{concept.name}].{key}") in packs:
            continue  # a pack, or a file that is extended, is written for more than this project
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


def _required(project: Project, policy: BoundPolicy, bound: BoundConcept) -> Iterator[Finding]:
    """Yield what `require-args` asks for that neither constructor nor factories take, where all of them are known."""
    makers = [bound.target, *sorted(bound.factories)] if bound.concept.require_args else []
    signatures = [signature_of(project, one) for one in makers]
    parameters = [part for one in signatures if one is not None for part in one.parameters]
    if None in signatures or any(part.kind == "keywords" for part in parameters):
        return
    for number, name in enumerate(bound.concept.require_args):
        if all(part.name != name for part in parameters):
            message = f"{' and '.join(str(one) for one in makers)} have no parameter {name}"
            entry = f"concept[{bound.concept.name}].require-args[{number}]"
            yield policy_finding(RULE, policy, "pattern", entry, name, message, concept=bound.concept.name)


def _suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Name what makes the concepts with `require-args`, where it stands."""
    if not any(bound.concept.require_args for bound in policy.concepts):
        return {}
    return names_with_bases(project, policy)


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
    suspects=_suspects,
)
