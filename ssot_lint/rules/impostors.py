"""Names of a concept that are bound to something else, and classes that are made by a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.rules.construction import bound_names, definition_of, names_for, plain_name
from ssot_lint.rules.likeness import Likeness, other_thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Binding, SourceFile
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project

_MAKERS = frozenset(("type", "make_dataclass", "dataclasses.make_dataclass", "types.new_class", "new_class"))


def impostors(project: Project, bound: BoundConcept) -> Iterator[Likeness]:
    """Yield the module-level names that claim to be a concept and are bound to another object."""
    for name in names_for(project, bound):
        for file, binding in project.census.bindings.get(name, ()):
            if project.zone(file.path) == "tests" or not bound.in_scope(file.path) or _typing_only(file, binding):
                continue
            found = _judge(project, bound, file, binding)
            if found is not None:
                yield found


def _is_its_name(bound: BoundConcept, name: str) -> bool:
    """Tell whether a name is one of the concept's, in whatever style; a constant's style is none."""
    return name in bound.offered or (plain_name(name) in bound_names(bound) and not name.isupper())


def _typing_only(file: SourceFile, binding: Binding) -> bool:
    return any(block.kind == "type-checking" for block in file.facts.enclosing(binding.block))


def _judge(project: Project, bound: BoundConcept, file: SourceFile, binding: Binding) -> Likeness | None:
    if binding.kind == "call" and binding.target in _MAKERS:
        if binding.name not in bound.offered and other_thing(binding.name):
            return None
        made = (f"the name {binding.name}", f"it is made by {binding.target}(...)")
        return Likeness("runtime-created", file, binding.name, binding.at, made)
    if binding.kind != "alias":
        return None
    target = project.resolve(file.module, binding.name).target
    if target.kind != "definition" or target in bound.offered.values():
        return None
    definition = definition_of(project, target)
    reasons: tuple[str, ...] = (f"{binding.name} is {target}",)
    if definition is not None and definition.always_raises:
        reasons = (*reasons, f"its constructor always raises ({target.path}:{target.line})")
    elif definition is None or not _is_its_name(bound, binding.name) or bound.claims(target.name.rpartition(".")[2]):
        return None
    return Likeness("impostor", file, binding.name, binding.at, reasons)
