"""Under which names files speak of concepts, and which concepts a run is about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.project.concepts import claimed, names_in_use
from ssot_lint.rules.construction import VERBS, bound_names, definition_of, is_for, named, named_like, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

FEW_MEMBERS: Final = 3
"""As many public methods of a concept a class must share at least, to be like it by them."""


def asked_concepts(project: Project, policy: BoundPolicy) -> tuple[BoundConcept, ...]:
    """Return the concepts that a run is about: all, or those that the files it is about have to do with."""

    def collect() -> tuple[BoundConcept, ...]:
        about = asked_definitions(project, policy)
        files = project.asked_files
        return tuple(
            one for one in policy.concepts if one in about or any(_takes(project, one, file) for file in files)
        )

    return policy.concepts if project.only is None else project.remember("asked concepts", collect)


def asked_definitions(project: Project, policy: BoundPolicy) -> tuple[BoundConcept, ...]:
    """Return the concepts of which the files that a run is about may hold the definition, or what is like it."""

    def collect() -> tuple[BoundConcept, ...]:
        files = project.asked_files
        return tuple(one for one in policy.concepts if any(_defines(project, one, file) for file in files))

    return policy.concepts if project.only is None else project.remember("asked definitions", collect)


def _takes(project: Project, bound: BoundConcept, file: SourceFile) -> bool:
    """Tell whether a file may import or use a concept, as far as its own words show."""
    facts = file.facts
    if facts.uses or facts.replacements:  # uses are read for the names of concepts only
        return True
    known = names_in_use(project, _objects(bound), bound.offered) | {"*"}
    modules = {one.rpartition(".")[2] for one in bound.own_modules}
    if any(one.name in modules or (not one.name and one.module.rpartition(".")[2] in modules) for one in facts.imports):
        return True  # it holds the module, and may pass it on
    old = tuple(one.partition(":")[0] for one in bound.concept.moved_from)
    if any(one.text.startswith(old) or not known.isdisjoint(one.text.split(".")) for one in facts.strings):
        return True
    taken = [*(one.target for one in facts.bindings), *(one.attribute for one in facts.lazy)]
    return any(one.name in known or is_for(bound, one.name) for one in facts.imports) or any(
        name.rpartition(".")[2] in known for name in taken
    )


def _defines(project: Project, bound: BoundConcept, file: SourceFile) -> bool:
    """Tell whether a file holds a concept's definition or a part of its chain, or may define something like it."""
    if file.module in bound.own_modules or any(one.path == file.path for one in _objects(bound)):
        return True
    face = frozenset(face_of(project, bound))
    new = [*(one.name for one in file.facts.bindings), *(one.name for one in file.facts.lazy)]
    return any(is_for(bound, name) or named(bound, name) for name in new) or any(
        _is_like(bound, one, face) for one in file.facts.definitions
    )


def _objects(bound: BoundConcept) -> tuple[Target, ...]:
    return (*bound.offered.values(), *bound.factories)


def _is_like(bound: BoundConcept, one: Definition, face: frozenset[str]) -> bool:
    by_name = is_for(bound, one.name) or named(bound, one.name) or plain_name(one.name) in bound_names(bound)
    return by_name or one.always_raises or len(face.intersection(one.members)) >= FEW_MEMBERS


def face_of(project: Project, bound: BoundConcept) -> tuple[str, ...]:
    """Return the public methods of a concept: as declared, else those of its definition."""
    if bound.concept.members:
        return bound.concept.members
    definition = definition_of(project, bound.target)
    return public_members(definition) if definition is not None and definition.kind == "class" else ()


def public_members(definition: Definition) -> tuple[str, ...]:
    """Return the public methods of a class."""
    return tuple(name for name in definition.members if not name.startswith("_"))


def names_of_concepts(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return, by path, the names that a file binds or imports for a concept, or that claim to be one.

    Only of concepts that are asked about.
    """
    return project.remember(
        ("names of concepts",), lambda: _names_of_concepts(project, asked_concepts(project, policy))
    )


def _names_of_concepts(project: Project, concepts: Sequence[BoundConcept]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    claiming = claimed(project.census.names, concepts)
    for bound in concepts:
        likely = {name for name in claiming if bound.claims(name)}.union(_makers(project, bound))
        known = names_in_use(project, bound.offered.values(), bound.offered)
        known |= names_in_use(project, bound.factories)
        for file, name in [*_imported(project, bound, known, likely), *_bound(project, bound, known, likely)]:
            found[file.path].add(name)
    for file in project.files:
        if file.facts.uses:
            found[file.path].update(use.dotted.rpartition(".")[2] for use in file.facts.uses)
    return {path: frozenset(names - {""}) for path, names in found.items()}


def _makers(project: Project, bound: BoundConcept) -> Iterator[str]:
    """Yield the names of the project that are like those of functions that make a concept."""
    verbal = project.remember("names that begin with a verb", lambda: _verbal(project))
    for name in bound_names(bound):
        for plain, names in verbal.items() if name else ():
            if name in plain:
                yield from (one for one in names if named_like(bound, one))


def _verbal(project: Project) -> dict[str, list[str]]:
    """Return the names that begin with a verb of making, by their plain form."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in project.census.names:
        plain = plain_name(name)
        if plain.startswith(VERBS):
            found[plain].append(name)
    return found


def _imported(
    project: Project, bound: BoundConcept, known: AbstractSet[str], likely: AbstractSet[str]
) -> Iterator[tuple[SourceFile, str]]:
    """Yield what files import for a concept, under the names that they give it."""
    objects = {*bound.offered.values(), *bound.factories}
    for site in project.census.imports(names=known | likely):
        if site.one.name in likely or site.resolution.target in objects:
            yield site.file, site.one.bound_as
    for site in project.census.imports(names=("*",)):
        for name in sorted(known & project.resolver.star_names(site.module)):
            if project.resolve(site.file.module, name).target in objects:
                yield site.file, name


def _bound(
    project: Project, bound: BoundConcept, known: AbstractSet[str], likely: AbstractSet[str]
) -> Iterator[tuple[SourceFile, str]]:
    """Yield what files define or assign for a concept."""
    census = project.census
    for name in (*likely, bound.target.name):
        for places in (census.definitions.get(name, ()), census.bindings.get(name, ())):
            yield from ((file, name) for file, _ in places)
    for name in known:
        for file, one in census.bindings.get(name, ()):
            if one.kind == "alias" and project.resolve(file.module, name).target == bound.target:
                yield file, name
