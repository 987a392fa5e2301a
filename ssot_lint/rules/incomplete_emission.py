"""A class that emits most events of a group, and not all.

Events that belong together (`together = true` in a `[[vocabulary]]`) tell one story: who waits for the last one waits
for ever if it never comes. A class that emits at least four of them must emit all. An event counts as emitted by a
method that is named for it and does something, or where it is given to a call that matches `emit-calls`; it does not
count as missing if a base class of the project emits it, if a method is named for it, or if the class gives it to any
call at all. Interfaces, doubles, and classes with a base that cannot be found are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.construction import definition_of
from ssot_lint.rules.places import advice
from ssot_lint.rules.vocabularies import (
    asked_vocabularies,
    class_around,
    does_nothing,
    emits_by_name,
    event_files,
    event_of,
    events_in,
    is_double,
    matches,
    plain_call,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import ClassDetail
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.location import Span
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy, BoundVocabulary
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_MOST: Final = 4
_INTERFACES: Final = frozenset(("Protocol",))


class _Spoken(NamedTuple):
    """What a class says of events: where it emits each, and all that it speaks of."""

    emitted: dict[str, Span]
    mentioned: set[str]


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return the files that speak of an event."""
    return event_files(project, policy, (RULE.code, RULE.name))


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every class that stops too early."""
    for bound in asked_vocabularies(project, policy):
        if bound.vocabulary.together and len(bound.vocabulary.names) > _MOST:
            spoken = {file.path: _spoken(project, bound, file) for file, _ in events_in(project, bound)}
            for path, classes in spoken.items():
                for detail in project.details[path].events.classes:
                    own = classes.get(detail.qualname)
                    if own is not None and not is_double(detail.qualname):
                        yield from _judge(project, bound, project.by_path[path], detail, spoken)


def _spoken(project: Project, bound: BoundVocabulary, file: SourceFile) -> dict[str, _Spoken]:
    """Return what each class of a file says of events."""
    found: dict[str, _Spoken] = {}
    events, vocabulary = project.details[file.path].events, bound.vocabulary

    def of(scope: str) -> _Spoken:
        return found.setdefault(class_around(project, file, scope), _Spoken({}, set()))

    for function in events.functions:
        event = emits_by_name(vocabulary, function.qualname)
        if event:
            of(function.qualname).mentioned.add(event)
            if not does_nothing(function):
                of(function.qualname).emitted.setdefault(event, function.at)
    for scope, callee in events.calls:
        of(scope).mentioned.add(emits_by_name(vocabulary, callee))
    for use in events.uses:
        event = event_of(project, bound, file, use) if use.how != "comparison" else ""
        if event and not matches(use.callee, vocabulary.subscribe_calls):
            of(use.scope).mentioned.add(event)
            if matches(use.callee, vocabulary.emit_calls):
                of(use.scope).emitted.setdefault(event, use.at)
    found.pop("", None)
    return found


def _judge(
    project: Project,
    bound: BoundVocabulary,
    file: SourceFile,
    detail: ClassDetail,
    spoken: dict[str, dict[str, _Spoken]],
) -> Iterator[Finding]:
    names = bound.vocabulary.names
    own = spoken[file.path][detail.qualname]
    emitted, mentioned = set(own.emitted), set(own.mentioned)
    bases = _bases(project, file, detail)
    if bases is None:
        return
    for base in bases:
        there = spoken.get(base.path, {}).get(base.name)
        if there is not None:
            emitted |= set(there.emitted)
            mentioned |= there.mentioned
    missing = [name for name in names if name not in mentioned]
    if len(emitted) < _MOST or not missing or not own.emitted:
        return
    said = ", ".join(name for name in names if name in emitted)
    yield Finding(
        code=RULE.code,
        name=RULE.name,
        kind="incomplete",
        concept=bound.vocabulary.name,
        subject=f"{file.module}:{detail.qualname}",
        message=f"{detail.qualname} emits {len(emitted)} of {len(names)} events that belong together ({said}), "
        f"and never {', '.join(missing)}",
        at=Location.of(file.path, detail.at),
        module=file.module,
        related=tuple(
            Related(Location.of(file.path, own.emitted[name]), f"it emits {name} here")
            for name in names
            if name in own.emitted
        ),
        evidence={"emitted": [name for name in names if name in emitted], "missing": missing},
        remedy=advice(f"emit {', '.join(missing)} too, or leave all of them to an emitter"),
    )


def _bases(project: Project, file: SourceFile, detail: ClassDetail) -> list[Target] | None:
    """Return the project's classes that a class derives from; None for an interface, or if a base is not known."""
    found: list[Target] = []
    bases = [base for base in detail.bases if base != "object"]
    pending = [project.resolve_in(file, detail.inside, base).target if base else None for base in bases]
    if not _INTERFACES.isdisjoint(base.rpartition(".")[2] for base in detail.bases):
        return None
    while pending:
        one = pending.pop()
        if one is None or one.kind not in ("definition", "external"):
            return None
        holder, definition = project.file_of(one.module), definition_of(project, one)
        if definition is not None and definition.kind != "class":
            return None
        if definition is not None and holder is not None and one not in found:
            found.append(one)
            above = [base for base in definition.bases if base != "object"]
            pending += [project.resolve(holder.module, base).target if base else None for base in above]
    return found


def departure(project: Project, bound: BoundVocabulary, spot: Spot) -> Departure:
    """Emit all events but the last."""
    del project
    names = bound.vocabulary.names
    if not bound.vocabulary.together or len(names) <= _MOST:
        return "its events need not come together"
    call = plain_call(bound.vocabulary.emit_calls)
    made = "".join(f'        bus.{call}("{name}")\n' for name in names[:-1])
    return {spot.path(): f"class Teller:\n    def tell(self, bus):\n{made}"}


RULE = Rule(
    code="SSOT404",
    name="incomplete-emission",
    summary="a class that emits most events of a group, and not all",
    kinds={"incomplete": Levels("info", "off")},
    check=check,
    departure=departure,
    about=("vocabulary",),
    suspects=suspects,
)
