"""How much a class is like a declared concept: the evidence, and the kind that follows from it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ssot_lint.rules.concept_names import FEW_MEMBERS, asked_definitions, face_of, public_members
from ssot_lint.rules.construction import DOUBLES, definition_of, named, names_for, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import ClassDetail, Details, FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.model.location import Span
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

Kind = Literal[
    "copy",
    "renamed-copy",
    "rival",
    "wrapper",
    "adapter",
    "runtime-created",
    "double-in-production",
    "impostor",
    "look-alike",
]

_RARE: Final = 0.004
SMALL_BODY: Final = 2
_DATA_DECORATORS: Final = frozenset(("dataclass", "define", "frozen", "attrs", "s"))
_NO_ROLE: Final = re.compile(
    r"(Enum|Flag|Error|Exception|Warning|TypedDict|NamedTuple|BaseModel|BaseSettings|TestCase)$"
)
_BARE_BASES: Final = frozenset(("Protocol", "ABC", "Generic", "object"))
_OTHER_THING: Final = re.compile(
    r"(Config|Configuration|Settings|Mode|Error|Exception|Warning|Protocol|Interface|Factory)$"
)


@dataclass(frozen=True)
class Likeness:
    """A class (or name) that is like a concept: where it is, the kind, the evidence in words."""

    kind: Kind
    file: SourceFile
    name: str
    at: Span
    evidence: tuple[str, ...]


def suspect_files(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Name the files that define what may be like a concept, and the definitions themselves."""
    wanted: dict[str, frozenset[str]] = {}
    for bound in asked_definitions(project, policy):
        for file, definition in [*_suspects(project, bound), *_definition(project, bound)]:
            wanted[file.path] = wanted.get(file.path, frozenset()) | {definition.name}
        for name in names_for(project, bound):
            for path in {file.path for file, _ in project.census.bindings.get(name, ())}:
                if bound.in_scope(path):
                    wanted[path] = wanted.get(path, frozenset()) | {name}
    return wanted


def likenesses(project: Project, bound: BoundConcept) -> Iterator[Likeness]:
    """Yield every class that is like a concept, with the kind that its evidence gives."""
    return (one for one in _judged(project, bound) if isinstance(one, Likeness))


def set_aside(project: Project, bound: BoundConcept) -> Counter[str]:
    """Count the classes that have a name or a face like a concept's and are no finding, by the reason."""
    return Counter(one for one in _judged(project, bound) if isinstance(one, str))


def _judged(project: Project, bound: BoundConcept) -> Iterator[Likeness | str]:
    """Yield, for every suspect, what it is like or why it is nothing."""
    rare = rare_members(project, bound)
    original = _detail(project, bound.target)
    shapes = _shapes(*original) if original is not None else {}
    for file, definition in _suspects(project, bound):
        details = project.details.get(file.path)
        detail = _class_at(details, definition.qualname) if details is not None else None
        if details is None or detail is None:
            yield "could not be read again"
            continue
        reason = _no_role(project, bound, file, definition, details)
        if reason:
            yield reason
            continue
        found = _Evidence(project, bound, file, definition, detail, details).likeness(rare, shapes)
        tests = project.zone(file.path) == "tests"
        yield found or ("test double or helper" if tests else "too little in common")


def rare_members(project: Project, bound: BoundConcept) -> frozenset[str]:
    """Return the public methods of a concept that under 0.4 % of the project's classes bear.

    Classes that claim the concept's name do not count: many rivals must not make its methods common.
    """

    def collect() -> frozenset[str]:
        face = face_of(project, bound)
        bearers = project.census.bearers(face)
        most = max(_RARE * len(project.census.classes), FEW_MEMBERS)
        own: Counter[str] = Counter()
        for _, one in _named_classes(project, bound):
            own.update(one.members)
        return frozenset(name for name in face if bearers[name] - own[name] < most)

    return project.remember(("rare members", bound.concept.name), collect)


def _named_classes(project: Project, bound: BoundConcept) -> list[tuple[SourceFile, Definition]]:
    """Return the classes whose name claims to be a concept."""

    def collect() -> list[tuple[SourceFile, Definition]]:
        places = (project.census.definitions.get(name, ()) for name in names_for(project, bound))
        return [(file, one) for where in places for file, one in where if one.kind == "class"]

    return project.remember(("classes named for", bound.concept.name), collect)


def _definition(project: Project, bound: BoundConcept) -> list[tuple[SourceFile, Definition]]:
    file = project.file_of(bound.target.module)
    if file is None:
        return []
    return [(file, one) for one in file.facts.definitions if one.qualname == bound.target.name and one.kind == "class"]


def _suspects(project: Project, bound: BoundConcept) -> list[tuple[SourceFile, Definition]]:
    """Return the classes with a name, or a face, like the concept's: what the first look shows."""
    return project.remember(("suspects", bound.concept.name), lambda: list(_find_suspects(project, bound)))


def _find_suspects(project: Project, bound: BoundConcept) -> Iterator[tuple[SourceFile, Definition]]:
    rare = rare_members(project, bound)
    own = {(target.module, target.name) for target in bound.offered.values()}
    found = {(file.path, one.at): (file, one) for file, one in _named_classes(project, bound)}
    for file, one in project.census.classes:
        if not rare.isdisjoint(one.members) and len(rare & set(public_members(one))) >= FEW_MEMBERS:
            found[file.path, one.at] = (file, one)
    for _, (file, one) in sorted(found.items()):
        if bound.in_scope(file.path) and (file.module, one.qualname) not in own:
            yield file, one


def _detail(project: Project, target: Target) -> tuple[str, Details] | None:
    details = project.details.get(target.path)
    return (target.name, details) if details is not None else None


def _class_at(details: Details, qualname: str) -> ClassDetail | None:
    return next((one for one in reversed(details.classes) if one.qualname == qualname), None)


def methods_of(qualname: str, details: Details) -> list[FunctionDetail]:
    """Return the methods of a class."""
    return [one for one in details.functions if one.qualname.rpartition(".")[0] == qualname]


def _shapes(qualname: str, details: Details) -> dict[str, str]:
    """Return the digests of the methods of a class that are long enough to tell something, with their names."""
    return {
        one.shape: one.qualname.rpartition(".")[2] for one in methods_of(qualname, details) if one.size > SMALL_BODY
    }


def _no_role(project: Project, bound: BoundConcept, file: SourceFile, one: Definition, details: Details) -> str:
    """Say why a class only carries the words of a concept, "" if it does more.

    What the concept is itself is no reason.
    """

    def own() -> frozenset[str]:
        held = project.details.get(bound.target.path)
        places = _definition(project, bound) if held is not None else []
        return frozenset(why for home, it in places for why in _reasons(project, home, it, held or details))

    itself = project.remember(("what it is", bound.concept.name), own)
    return next((why for why in _reasons(project, file, one, details) if why not in itself), "")


def _reasons(project: Project, file: SourceFile, one: Definition, details: Details) -> Iterator[str]:
    """Yield why a class may only carry words: interfaces, enums, exceptions, data, settings, factories."""
    if any(block.kind == "type-checking" for block in file.facts.enclosing(one.block)):
        yield "stub for type checkers"
    if any(_NO_ROLE.search(base) for base in _all_bases(project, file, one)):
        yield "enum, exception, test case or data"
    if other_thing(one.name):
        yield "settings, error, interface or factory by its name"
    last = {name.rpartition(".")[2] for name in one.decorators}
    if _DATA_DECORATORS & last and not public_members(one):
        yield "enum, exception, test case or data"
    if not one.always_raises and _is_interface(project, file, one, details):
        yield "interface"


def other_thing(name: str) -> bool:
    """Tell whether a name says that it only belongs to a concept: its settings, errors, interface or factory."""
    return _OTHER_THING.search(name) is not None


def _is_interface(project: Project, file: SourceFile, one: Definition, details: Details) -> bool:
    """Tell whether a class only says what others do: a protocol, or nothing but abstract methods and such bases."""
    if any(base.rpartition(".")[2] == "Protocol" for base in one.bases):
        return True
    methods = [
        method
        for method in methods_of(one.qualname, details)
        if not method.qualname.rpartition(".")[2].startswith("__")
    ]
    if methods:
        return all(_is_abstract(method) for method in methods)
    return bool(one.bases) and all(_is_bare_base(project, file, base) for base in one.bases)


def _is_bare_base(project: Project, file: SourceFile, base: str, depth: int = 0) -> bool:
    """Tell whether a base is an interface, as far as the first look shows: a protocol, or an abstract class."""
    if base.rpartition(".")[2] in _BARE_BASES:
        return True
    target = project.resolve(file.module, base).target
    holder = project.file_of(target.module)
    definition = definition_of(project, target)
    if definition is None or holder is None or depth > 10:  # noqa: PLR2004 - a class that names itself as its base
        return False
    if not definition.members:
        bases = definition.bases
        return bool(bases) and all(_is_bare_base(project, holder, one, depth + 1) for one in bases)
    names = {one.rpartition(".")[2] for one in (*definition.bases, definition.metaclass)}
    return not names.isdisjoint(("Protocol", "ABC", "ABCMeta"))


def _is_abstract(method: FunctionDetail) -> bool:
    if any(name.rpartition(".")[2] in ("abstractmethod", "abstractproperty") for name in method.decorators):
        return True
    return method.always_raises and method.size <= 1


def _all_bases(project: Project, file: SourceFile, one: Definition) -> list[str]:
    """Return the names of all bases, followed through the project's own classes."""
    found: list[str] = []
    pending = [(file, base) for base in one.bases]
    while pending and len(found) < 100:  # noqa: PLR2004 - no class has so many bases
        holder, base = pending.pop()
        if base in found or not base:
            continue
        found.append(base)
        target = project.resolve(holder.module, base).target
        other = project.file_of(target.module) if target.kind == "definition" else None
        if other is not None:
            for definition in other.facts.definitions:
                if definition.qualname == target.name:
                    pending += [(other, name) for name in definition.bases]
    return found


class _Evidence:
    """One class held against a concept."""

    def __init__(  # noqa: PLR0913 - a class in its place
        self,
        project: Project,
        bound: BoundConcept,
        file: SourceFile,
        definition: Definition,
        detail: ClassDetail,
        details: Details,
    ) -> None:
        self._project = project
        self._bound = bound
        self._file = file
        self._definition = definition
        self._detail = detail
        self._details = details

    def likeness(self, rare: frozenset[str], shapes: dict[str, str]) -> Likeness | None:
        """Weigh the evidence; None for what is none, a test double above all."""
        tests = self._project.zone(self._file.path) == "tests"
        name, members = self._name(), self._members(rare)
        same, share = self._bodies(shapes)
        relation, relation_text = self._relation()
        made = self._made()
        reasons = [text for text in (name, members, same, relation_text, made) if text]
        strong = len(reasons) > 1
        kind: Kind
        if name and self._always_raises():
            kind, reasons = "impostor", [*reasons, "its constructor always raises"]
        elif DOUBLES & set(words(self._definition.name)):
            kind = "double-in-production"
        elif not strong:
            kind = "look-alike"
        elif share >= 0.6:  # noqa: PLR2004 - most of the bodies
            same_name = self._definition.name in (*self._bound.offered, self._bound.target.name)
            kind = "copy" if same_name else "renamed-copy"
        elif relation:
            kind = relation
        elif made:
            kind = "runtime-created"
        else:
            kind = "rival"
        if not reasons or (tests and kind not in ("copy", "renamed-copy", "wrapper", "impostor")):
            return None
        if kind == "double-in-production" and not name:
            kind = "look-alike"
        return Likeness(kind, self._file, self._definition.qualname, self._definition.at, tuple(reasons))

    def _always_raises(self) -> bool:
        return self._definition.always_raises

    def _name(self) -> str:
        return f"the name {self._definition.name}" if named(self._bound, self._definition.name) else ""

    def _members(self, rare: frozenset[str]) -> str:
        own = public_members(self._definition)
        shared = sorted(rare & set(own))
        if len(shared) < FEW_MEMBERS or 3 * len(shared) < len(own):
            return ""
        more = ", ..." if len(shared) > 5 else ""  # noqa: PLR2004 - five names are enough to see it
        return f"{len(shared)} of its {len(own)} public methods are its rare ones ({', '.join(shared[:5])}{more})"

    def _bodies(self, shapes: dict[str, str]) -> tuple[str, float]:
        own = _shapes(self._definition.qualname, self._details)
        equal = sorted(own[digest] for digest in own.keys() & shapes.keys())
        if not equal or not own:
            return "", 0.0
        text = f"{len(equal)} of {len(own)} method bodies are the same ({', '.join(equal[:5])})"
        return text, len(equal) / len(own)

    def _relation(self) -> tuple[Kind | None, str]:
        target = self._bound.target
        for base in self._definition.bases:
            if base and self._project.resolve_in(self._file, self._detail.inside, base).target == target:
                return "wrapper", f"it subclasses {target.name}"
        methods = [one for one in methods_of(self._definition.qualname, self._details) if self._is_public(one)]
        if methods and all(self._delegates(method) for method in methods):
            return "adapter", f"its {len(methods)} public methods only call the concept"
        return None, ""

    def _is_public(self, method: FunctionDetail) -> bool:
        return not method.qualname.rpartition(".")[2].startswith("_")

    def _delegates(self, method: FunctionDetail) -> bool:
        """Tell whether one call remains of a method's body once the concept is fetched, and it is to the concept."""
        if not method.plain:
            return False
        given = {**dict(self._detail.attributes), **dict(method.locals)}
        remaining = [name for name in method.calls if not self._fetches(method, name)]
        if len(remaining) != 1:
            return False
        receiver = remaining[0].rpartition(".")[0].removesuffix("()")
        source = given.get(receiver.removeprefix("self."), receiver)
        return bool(receiver) and self._fetches(method, source)

    def _fetches(self, method: FunctionDetail, name: str) -> bool:
        """Tell whether a callee gives the concept: its class or a factory of it."""
        if not name or name == "?":
            return False
        target = self._project.resolve_in(self._file, method.qualname, name).target
        return target == self._bound.target or target in self._bound.factories

    def _made(self) -> str:
        if self._detail.inside:
            return f"it is made anew in every call of {self._detail.inside}"
        return "it is defined where an import failed" if self._detail.handler else ""
