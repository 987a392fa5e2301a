"""The policy's concepts bound to the project: which object each home gives, and what is wrong with a home."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from ssot_lint.model.patterns import is_under, path_matches
from ssot_lint.project.operations import BoundOperation, bind_operation, is_one_of
from ssot_lint.project.problems import HomeProblem, no_module, split_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Concept, LoadedPolicy, Moved, Policy, Vocabulary
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution, Target


@dataclass(frozen=True)
class BoundConcept:
    """A concept and what its home gives: the object of every offered name, and the modules of the home's own chain."""

    concept: Concept
    home_module: str
    offered: Mapping[str, Target]
    own_modules: frozenset[str]
    factories: frozenset[Target] = frozenset()
    others: tuple[str, ...] = ()
    _claims: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @property
    def target(self) -> Target:
        """The object that the concept is."""
        return self.offered[self.concept.home_name]

    def name_at_home(self, target: Target) -> str:
        """Return the first name under which the home offers an object, "" if it does not."""
        return next((name for name, offered in self.offered.items() if offered == target), "")

    def claims(self, name: str) -> bool:
        """Tell whether a name claims to be the concept: a name of the home, or one that looks like it."""
        known = self._claims.get(name)
        if known is None:
            like = _matches(name, self.concept.looks_like) and not _matches(name, self.concept.unlike)
            known = self._claims[name] = like or name in self.offered
        return known

    def moved_from(self, module: str, name: str) -> str:
        """Return the `moved-from` entry that names an address, "" if none does."""
        return next((one for one in self.concept.moved_from if one in (module, f"{module}:{name}")), "")

    def owns(self, module: str) -> bool:
        """Tell whether a module may construct the concept: an owner, or home, definition and factories by default."""
        if self.concept.owners:
            return is_one_of(module, self.concept.owners)
        return module in self.own_modules or any(one.module == module for one in self.factories)

    def in_scope(self, path: str) -> bool:
        """Tell whether the concept must be single in a file: its `scope`, else all but other services' folders."""
        if self.concept.scope:
            return path_matches(path, self.concept.scope)
        return not any(is_under(path, folder) for folder in self.others)


def claimed(names: Iterable[str], concepts: Iterable[BoundConcept]) -> list[str]:
    """Return those of some names that look like one of some concepts, or are names of a home."""
    concepts = tuple(concepts)
    looks = _pattern(tuple(dict.fromkeys(text for one in concepts for text in one.concept.looks_like)))
    offered = {name for one in concepts for name in one.offered}
    return [name for name in names if name in offered or looks.match(name)]


def _matches(name: str, texts: tuple[str, ...]) -> bool:
    """Tell whether a name matches one of some patterns, letter case included."""
    return _pattern(texts).match(name) is not None


@lru_cache(maxsize=1024)
def _pattern(texts: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, texts)) or "(?!)")


@dataclass(frozen=True)
class BoundVocabulary:
    """A vocabulary, and the module or class that its home is (None without one)."""

    vocabulary: Vocabulary
    home: Target | None = None
    others: tuple[str, ...] = ()

    def emits(self, module: str) -> bool:
        """Tell whether a module may emit the events."""
        return any(module == one or module.startswith(f"{one}.") for one in self.vocabulary.emitters)

    def in_scope(self, path: str) -> bool:
        """Tell whether a file must keep to the vocabulary: its `scope`, else all but other services' folders."""
        if self.vocabulary.scope:
            return path_matches(path, self.vocabulary.scope)
        return not any(is_under(path, folder) for folder in self.others)


@dataclass(frozen=True)
class BoundPolicy:
    """What the rules see of the policy: as loaded, and its concepts bound to the project."""

    loaded: LoadedPolicy
    concepts: tuple[BoundConcept, ...] = ()
    moved: tuple[Moved, ...] = ()
    operations: tuple[BoundOperation, ...] = ()
    vocabularies: tuple[BoundVocabulary, ...] = ()
    problems: tuple[HomeProblem, ...] = field(default=(), compare=False)

    @property
    def policy(self) -> Policy:
        """The policy as data."""
        return self.loaded.policy


def bind(project: Project, loaded: LoadedPolicy) -> BoundPolicy:
    """Bind every concept to the project; a concept with a problem is left out and its problem returned."""
    concepts: list[BoundConcept] = []
    problems: list[HomeProblem] = []
    for concept in loaded.policy.concept:
        bound = _bind(project, loaded.policy, concept)
        if isinstance(bound, BoundConcept):
            concepts.append(bound)
        else:
            problems += bound
    for moved in loaded.policy.moved:
        problems += _check_moved(project, moved)
    operations: list[BoundOperation] = []
    for operation in loaded.policy.operation:
        known = bind_operation(project, operation)
        operations += [known] if isinstance(known, BoundOperation) else []
        problems += known if isinstance(known, list) else []
    vocabularies: list[BoundVocabulary] = []
    for vocabulary in loaded.policy.vocabulary:
        found = _bind_vocabulary(project, loaded.policy, vocabulary)
        if isinstance(found, BoundVocabulary):
            vocabularies.append(found)
        else:
            problems.append(found)
    small = (loaded.policy.moved, tuple(operations), tuple(vocabularies))
    return BoundPolicy(loaded, tuple(concepts), *small, tuple(problems))


def other_names(project: Project, concepts: Iterable[BoundConcept]) -> frozenset[str]:
    """Return the names, other than those of the homes, under which modules offer the concepts' objects."""
    own: set[str] = set()
    found: set[str] = set()
    for bound in concepts:
        own.update((*bound.offered, bound.target.name))
        found |= names_in_use(project, bound.offered.values(), bound.offered)
    return frozenset(found - own)


def names_in_use(project: Project, objects: Iterable[Target], names: Iterable[str] = ()) -> frozenset[str]:
    """Return every name under which a module of the project offers one of some objects; `names` are known to be such.

    Grows with what it finds: an alias of an alias is one too.
    """
    objects, names = frozenset(objects), frozenset(names)
    return project.remember(("names in use", objects, names), lambda: frozenset(_names_in_use(project, objects, names)))


def _names_in_use(project: Project, objects: frozenset[Target], names: frozenset[str]) -> set[str]:
    known = {*names, *(target.name.rpartition(".")[2] for target in objects)} - {""}
    renames = project.remember("renames", lambda: _renames(project))
    pending = list(known)
    while pending:
        for module, name in renames.get(pending.pop(), ()):
            if name not in known and project.resolve(module, name).target in objects:
                known.add(name)
                pending.append(name)
    return known


def _renames(project: Project) -> dict[str, list[tuple[str, str]]]:
    """Return what modules bind under another name than it has where they take it: module and name, by the old name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in project.files:
        facts = file.facts
        pairs = [(one.target, one.name) for one in facts.bindings if one.kind == "alias"]
        pairs += [(one.name, one.bound_as) for one in facts.imports if one.explicit]
        pairs += [(one.attribute, one.name) for one in facts.lazy]
        for old, new in pairs:
            last = old.rpartition(".")[2]
            if last != new:
                found.setdefault(last, []).append((file.module, new))
    return found


def _bind(project: Project, policy: Policy, concept: Concept) -> BoundConcept | list[HomeProblem]:
    entry = f"concept[{concept.name}]"
    home_file = project.file_of(concept.home_module)
    if home_file is None:
        return [HomeProblem(f"{entry}.home", no_module(project, concept.home_module))]
    problems: list[HomeProblem] = []
    home = project.resolve(concept.home_module, concept.home_name)
    if not home.target.known:
        problems.append(HomeProblem(f"{entry}.home", home.target.name, (("home", home.chain),)))
    offered = {name: project.resolve(concept.home_module, name) for name in concept.offered}
    if concept.definition:
        problems += _check_definition(project, concept, home)
    problems += _check_names(concept, home, offered)
    factories = [project.resolve(*split_address(address)) for address in concept.factory]
    problems += [
        HomeProblem(f"{entry}.factory[{number}]", found.target.name)
        for number, found in enumerate(factories)
        if not found.target.known
    ]
    if problems:
        return problems
    own = {home_file.module, home.target.module, *(hop.module for hop in home.chain)}
    targets = {name: resolution.target for name, resolution in offered.items()}
    return BoundConcept(
        concept,
        home_file.module,
        targets,
        frozenset(own),
        frozenset(one.target for one in factories),
        _other_services(policy, home_file),
    )


def _bind_vocabulary(project: Project, policy: Policy, vocabulary: Vocabulary) -> BoundVocabulary | HomeProblem:
    if not vocabulary.home:
        return BoundVocabulary(vocabulary)
    entry = f"vocabulary[{vocabulary.name}].home"
    module, name = split_address(vocabulary.home)
    home_file = project.file_of(module)
    if home_file is None:
        return HomeProblem(entry, no_module(project, module))
    found = project.resolve(module, name)
    if not found.target.known:
        return HomeProblem(entry, found.target.name, (("home", found.chain),))
    if found.target.kind not in ("module", "definition"):
        return HomeProblem(entry, f"{found.target} is neither a class nor a module", (("home", found.chain),))
    return BoundVocabulary(vocabulary, found.target, _other_services(policy, home_file))


def _check_definition(project: Project, concept: Concept, home: Resolution) -> list[HomeProblem]:
    definition = project.resolve(*split_address(concept.definition))
    if definition.target == home.target and home.target.known:
        return []
    entry = f"concept[{concept.name}].definition"
    if not definition.target.known:
        return [HomeProblem(entry, definition.target.name)]
    message = f"the home gives {home.target}, but the stated definition is {definition.target}"
    return [HomeProblem(entry, message, ((concept.home, home.chain), (concept.definition, definition.chain)))]


def _check_names(concept: Concept, home: Resolution, offered: Mapping[str, Resolution]) -> Iterator[HomeProblem]:
    """Yield what is wrong with the other names of the home: it must have them, and an alias must be the same object."""
    for key, names in (("aliases", concept.aliases), ("also", concept.also)):
        for number, name in enumerate(names):
            entry = f"concept[{concept.name}].{key}[{number}]"
            found = offered[name]
            if not found.target.known:
                yield HomeProblem(entry, found.target.name)
            elif key == "aliases" and found.target != home.target:
                address = f"{concept.home_module}:{name}"
                message = f"{address} is {found.target}, another object than {concept.home}"
                yield HomeProblem(entry, message, ((address, found.chain), (concept.home, home.chain)))


def _other_services(policy: Policy, home: SourceFile) -> tuple[str, ...]:
    """Return the folders of every service but the home's."""
    others: list[str] = []
    for folders in policy.service_folders.values():
        if not any(is_under(home.path, folder) for folder in folders):
            others += folders
    return tuple(others)


def _check_moved(project: Project, moved: Moved) -> list[HomeProblem]:
    """Return a problem for a target inside the project that does not exist; outside of it nothing can be checked."""
    module = moved.to.partition(":")[0]
    if moved.trust or project.index.locate(module).state != "missing":
        return []
    return [HomeProblem(f"moved[{moved.from_}].to", no_module(project, module))]
