"""Functions that are like a declared one: a copy, a stand-in, a function that only calls it, one of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.rules.construction import bound_names, definition_of, plain_name
from ssot_lint.rules.likeness import SMALL_BODY, Kind, Likeness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project


def namesakes(project: Project, bound: BoundConcept) -> list[tuple[SourceFile, Definition]]:
    """Return the functions of modules that bear a name of a concept which is a function itself."""
    original = definition_of(project, bound.target)
    if original is None or original.kind == "class":
        return []
    own = {(target.module, target.name) for target in bound.offered.values()}
    names = bound_names(bound)
    return [
        (file, one)
        for name, places in project.census.definitions.items()
        if plain_name(name) in names
        for file, one in places
        if one.kind != "class" and bound.in_scope(file.path) and (file.module, one.qualname) not in own
    ]


def like_functions(project: Project, bound: BoundConcept) -> Iterator[Likeness]:
    """Yield every function that is like a concept, with the kind that its evidence gives."""
    original = _detail(project, bound.target.path, bound.target.name, bound.target.line)
    for file, one in namesakes(project, bound):
        blocks = {block.kind for block in file.facts.enclosing(one.block)}
        detail = _detail(project, file.path, one.qualname, one.at.line)
        if detail is None or "type-checking" in blocks:
            continue
        kind, reason = _judge(project, bound, file, detail, original)
        if kind == "look-alike" and "except" in blocks:
            kind, reason = "runtime-created", "it is defined where an import failed"
        if kind == "copy" or project.zone(file.path) == "production":
            reasons = [f"the name {one.name}", *([reason] if reason else [])]
            yield Likeness(kind, file, one.qualname, one.at, tuple(reasons))


def _judge(
    project: Project, bound: BoundConcept, file: SourceFile, detail: FunctionDetail, original: FunctionDetail | None
) -> tuple[Kind, str]:
    if original is not None and detail.shape == original.shape and detail.size > SMALL_BODY:
        return "copy", "its body is the same"
    if detail.always_raises:
        return "impostor", "it always raises"
    if detail.plain and len(detail.calls) == 1:
        target = project.resolve_in(file, detail.qualname, detail.calls[0]).target
        if target == bound.target:
            return "adapter", "it only calls the concept"
    return "look-alike", ""


def _detail(project: Project, path: str, name: str, line: int) -> FunctionDetail | None:
    details = project.details.get(path)
    found = details.functions if details is not None else ()
    return next((one for one in found if (one.qualname, one.at.line) == (name, line)), None)
