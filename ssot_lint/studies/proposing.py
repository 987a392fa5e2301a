"""From an address to a proposal: the concept whose home it is, as the project's own code describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ssot_lint.model.policy import Concept
from ssot_lint.rules.construction import definition_of, words
from ssot_lint.studies.drafting import bound_again, drafted
from ssot_lint.studies.makers import makers
from ssot_lint.studies.namesakes import alike, others_at_home, pattern_of, rivals
from ssot_lint.studies.proposal import Proposal
from ssot_lint.studies.sources import gone_sources, home_and_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ssot_lint.engine import Index
    from ssot_lint.project.model import Project


def propose(whole: Index, home: str, taken: Collection[str] = ()) -> Proposal:
    """Study one home, an address `module:name` of the project; `taken` are the names of other concepts."""
    concept = _told(whole.project, home, taken)
    draft, bound = drafted(whole, concept)
    project = draft.project
    at_home, sources = home_and_sources(project, bound)
    pattern, narrow = pattern_of(concept.home_name, {name for source in sources for name, _ in source.names})
    definition = definition_of(project, bound.target)
    kind = bound.target.kind if definition is None else definition.kind.replace("-", " ")
    like, in_tests = alike(project, bound, pattern) if kind == "class" else ([], 0)
    if narrow and (like or in_tests):
        concept = msgspec.structs.replace(concept, looks_like=(pattern,))
        bound = bound_again(draft, concept)
    found = makers(draft, bound)
    old = tuple(source.module for source in sources if source.role == "old")
    concept = msgspec.structs.replace(concept, also=tuple(one.name for one in found), moved_from=old)
    return Proposal(
        concept=concept,
        target=bound.target,
        kind=kind,
        at_home=at_home,
        sources=(*sources, *gone_sources(project, bound, {source.module for source in sources})),
        makers=tuple(found),
        rivals=tuple(rivals(project, bound)),
        others_at_home=tuple(others_at_home(project, bound, pattern)),
        pattern=pattern,
        alike=tuple(like),
        alike_in_tests=in_tests,
        remarks=tuple(_remarks(project, concept)),
    )


def _told(project: Project, home: str, taken: Collection[str]) -> Concept:
    """Return what the resolver alone tells of a concept: its definition, and its other names at the home."""
    module, _, name = home.partition(":")
    target = project.resolve(module, name).target
    definition = f"{target.module}:{target.name}" if target.kind in ("definition", "value") else ""
    if definition == home or project.resolve(target.module, target.name).target != target:
        definition = ""  # a later statement may have taken its name
    return Concept(
        name=_free_name(module, name, taken),
        home=home,
        definition=definition,
        aliases=tuple(_aliases(project, module, name)),
    )


def _aliases(project: Project, module: str, name: str) -> Iterator[str]:
    """Yield the other public names under which a module offers the object of a name."""
    file, target = project.file_of(module), project.resolve(module, name).target
    bound = set(project.resolver.namespace(file).statements) if file is not None else set()
    for other in sorted(bound | project.resolver.star_names(module)):
        public = other.isidentifier() and not other.startswith("_") and other != name
        if public and project.resolve(module, other).target == target:
            yield other


def _free_name(module: str, name: str, taken: Collection[str]) -> str:
    """Name a concept by the words of its name, with more of its module in front until nobody else is called so."""
    plain = "-".join(words(name)) if name.isascii() and words(name) else name
    parts = module.split(".")
    tried = [plain, *("-".join([*parts[-end:], plain]) for end in range(1, len(parts) + 1))]
    return next((one for one in tried if one not in taken), f"{tried[-1]}-{len(taken)}")


def _remarks(project: Project, concept: Concept) -> Iterator[str]:
    """Yield what a person should know about a home before it becomes one."""
    resolution = project.resolve(concept.home_module, concept.home_name)
    for other in resolution.others:
        yield f"in another branch it is {other.target}"
    broken = project.broken.get(concept.home_module)
    if broken is not None:
        yield f"the home cannot be imported: {broken.path}:{broken.line} fails, since {broken.why}"
    file = project.file_of(concept.home_module)
    if file is not None and project.zone(file.path) == "tests":
        yield "the home is test code"
