"""The functions that a home offers to get the concept from: what they return, or what they are named for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.engine import look_again
from ssot_lint.rules.construction import definition_of, given, named_like
from ssot_lint.studies.hints import imports_of
from ssot_lint.studies.proposal import Place

if TYPE_CHECKING:
    from ssot_lint.engine import Index
    from ssot_lint.model.details import FunctionDetail
    from ssot_lint.model.facts import Definition
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.resolution import Target


def makers(draft: Index, bound: BoundConcept) -> list[Place]:
    """Return the functions that others import from the home and that give the concept, with the evidence.

    They must be written in the home or in a module between it and the definition. Those files are read again.
    """
    offered = _functions(draft, bound)
    names = frozenset((*bound.offered, bound.target.name, *(one.name for _, one in offered.values())))
    paths = {target.path for target, _ in offered.values()}
    look_again(draft, dict.fromkeys(sorted(paths), names))
    found = []
    for name, (target, definition) in offered.items():
        number = imports_of(draft.project, bound.home_module, name).total
        why = _evidence(draft, bound, target, definition)
        if why and number:
            plural = "s" if number != 1 else ""
            found.append((number, Place(name, target.path, target.line, f"{why}; {number:,} import{plural} from here")))
    return [place for _, place in sorted(found, key=lambda pair: (-pair[0], pair[1]))]


def _functions(draft: Index, bound: BoundConcept) -> dict[str, tuple[Target, Definition]]:
    """Return the public functions of the home, by the name that it offers them under."""
    project = draft.project
    file = project.file_of(bound.home_module)
    found = {}
    for name in sorted(project.resolver.namespace(file).statements) if file is not None else ():
        target = project.resolve(bound.home_module, name).target
        definition = definition_of(project, target)
        own = target.module in bound.own_modules and target not in bound.offered.values()
        if own and definition is not None and definition.kind != "class" and not name.startswith("_"):
            found[name] = (target, definition)
    return found


def _evidence(draft: Index, bound: BoundConcept, target: Target, definition: Definition) -> str:
    """Say why a function gives the concept, "" if nothing shows it."""
    project = draft.project
    file = project.by_path[target.path]
    detail = _detail(draft, target, definition)
    if detail is not None and any(one == bound.target for one, _ in given(project, file, detail)):
        return "returns a call of it"
    return "is named for it" if named_like(bound, definition.name) else ""


def _detail(draft: Index, target: Target, definition: Definition) -> FunctionDetail | None:
    details = draft.project.details.get(target.path)
    found = details.functions if details is not None else ()
    return next((one for one in found if (one.qualname, one.at.line) == (definition.qualname, target.line)), None)
