"""Who receives a call that emits an event: an emitter or what passes on to one, somebody else, or nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ssot_lint.rules.construction import definition_of
from ssot_lint.rules.vocabularies import class_around, emits_by_name, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.details import ClassDetail, FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundPolicy, BoundVocabulary
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_DEEPEST: Final = 3
_INTERFACES: Final = frozenset(("ABC", "Protocol"))
_OPEN_TYPES: Final = ("typing.", "builtins.", "collections.abc.", "types.")


class Receiver(NamedTuple):
    """Whether the call goes to an emitter, to something else that is known, or to what only running tells; and what."""

    kind: Literal["emitter", "other", "unknown"]
    name: str = ""
    target: Target | None = None


_UNKNOWN: Final = Receiver("unknown")


class Receivers:
    """Tells the receivers of calls for one vocabulary."""

    def __init__(self, project: Project, policy: BoundPolicy, bound: BoundVocabulary) -> None:
        self._project = project
        self._bound = bound
        self._made = {factory: one.target for one in policy.concepts for factory in one.factories}
        emitters = [file for file in project.files if bound.emits(file.module)]
        defined = [one for file in emitters for one in file.facts.definitions]
        self._offered = {name for one in defined for name in (one.name, *one.members, *one.attributes)}

    def of(self, file: SourceFile, scope: str, callee: str, source: str, depth: int = 0) -> Receiver:
        """Return who receives a call; `source` is what a local root of the callee comes from."""
        if depth > _DEEPEST:
            return _UNKNOWN
        holder, _, method = callee.rpartition(".")
        root, _, rest = holder.partition(".")
        if root in ("self", "cls", "super()"):
            return self._through_self(file, scope, callee, depth)
        made_from = holder[:-2] if holder.endswith("()") else source
        if made_from:
            known = made_from != "?" and holder and not (source and rest)
            return self._object(file, scope, made_from, method, depth) if known else _UNKNOWN
        if not holder:
            return self._function(file, scope, callee, depth)
        return self._named(file, scope, callee, depth)

    # What a name stands for

    def _named(self, file: SourceFile, scope: str, callee: str, depth: int) -> Receiver:
        """Judge `module.emit(...)` or `EMITTER.emit(...)`."""
        holder, _, method = callee.rpartition(".")
        target = self._project.resolve_in(file, scope, holder).target
        if target.kind == "definition":
            return self._class(target, method, depth)
        if target.kind == "value":
            maker = self._project.file_of(target.module)
            bindings = maker.facts.bindings if maker is not None else ()
            called = {one.target for one in bindings if one.name == target.name and one.kind == "call"}
            if maker is not None and len(called) == 1:
                return self._object(maker, "", called.pop(), method, depth)
            return Receiver("emitter", str(target)) if self._bound.emits(target.module) else _UNKNOWN
        if target.kind == "external":
            return self._outside(target)
        return self._function(file, scope, callee, depth) if target.kind == "module" else _UNKNOWN

    def _function(self, file: SourceFile, scope: str, name: str, depth: int) -> Receiver:
        """Judge a call of a function, or of a class."""
        target = self._project.resolve_in(file, scope, name).target
        if target.kind == "external":
            return self._outside(target)
        if target.kind != "definition":
            return _UNKNOWN
        if self._bound.emits(target.module):
            return Receiver("emitter", str(target), target)
        return self._passes_on(target, target.name, depth)

    def _object(self, file: SourceFile, scope: str, made_from: str, method: str, depth: int) -> Receiver:
        """Judge a method of what a class or a factory gives."""
        target = self._project.resolve_in(file, scope, made_from).target
        if target.kind == "external":
            return self._outside(target)
        if target.kind != "definition":
            return _UNKNOWN
        if self._bound.emits(target.module):
            return Receiver("emitter", str(target), target)
        target = self._made.get(target, target)
        definition = definition_of(self._project, target)
        if definition is None or definition.kind != "class":
            return _UNKNOWN  # what a function gives, nothing says
        return self._class(target, method, depth)

    def _through_self(self, file: SourceFile, scope: str, callee: str, depth: int) -> Receiver:
        """Judge `self.emit(...)`, `super().emit(...)` or `self.x.emit(...)`."""
        own = class_around(self._project, file, scope)
        root, *path, method = callee.split(".")
        target = self._project.resolve(file.module, own).target if own else None
        if path:
            return self._attribute(file, own, ".".join(path), method, depth)
        if target is None or target.kind != "definition":
            return _UNKNOWN
        return self._class(target, method, depth, above=root == "super()")

    def _attribute(self, file: SourceFile, own: str, path: str, method: str, depth: int) -> Receiver:
        """Judge a method of `self.x`, by all that x is assigned from."""
        details = self._project.details.get(file.path)
        classes = details.events.classes if details is not None else ()
        one: ClassDetail | None = next((one for one in classes if one.qualname == own), None)
        sources = [source for name, source in one.attributes if name == path] if one is not None else []
        found = [self._object(file, own, source, method, depth + 1) for source in sources if source]
        for kind in ("emitter", "unknown"):
            there = next((receiver for receiver in found if receiver.kind == kind), None)
            if there is not None:
                return there
        return found[0] if found else _UNKNOWN

    def _outside(self, target: Target) -> Receiver:
        known = target.name and not target.name.startswith(_OPEN_TYPES)
        return Receiver("other", target.name, target) if known else _UNKNOWN

    # Classes and functions

    def _class(self, target: Target, method: str, depth: int, *, above: bool = False) -> Receiver:
        """Judge a method of an object of a class, through its bases."""
        pending, seen = [target], set[object]()
        while pending:
            one = pending.pop(0)
            if self._bound.emits(one.module):
                return Receiver("emitter", str(one), one)
            definition, file = definition_of(self._project, one), self._project.file_of(one.module)
            if definition is None or file is None or one in seen:
                continue
            seen.add(one)
            if method in definition.members and not (above and one == target):
                if _is_interface(definition):
                    return _UNKNOWN
                return self._passes_on(one, f"{one.name}.{method}", depth)
            pending += [self._project.resolve(file.module, base).target for base in definition.bases if base]
        return _UNKNOWN

    def _passes_on(self, target: Target, qualname: str, depth: int) -> Receiver:
        """Judge a function by what it calls in its turn: what passes on to an emitter is none of the others."""
        function = function_at(self._project, target.path, qualname)
        file = self._project.file_of(target.module)
        if function is None or file is None:
            return _UNKNOWN
        kinds = {one.kind for one in self.further(file, function, depth=depth + 1)}
        kind: Literal["emitter", "other", "unknown"] = (
            "emitter" if "emitter" in kinds else "unknown" if "unknown" in kinds else "other"
        )
        return Receiver(kind, f"{target.module}:{qualname}", target)

    def further(
        self, file: SourceFile, function: FunctionDetail, event: str = "", *, depth: int = 0
    ) -> Iterable[Receiver]:
        """Yield who receives the calls of a function that emit, or are named for the event (any, if it is "")."""
        given: dict[str, str] = dict.fromkeys(function.parameters, "?")
        given |= dict(function.typed) | dict(function.locals)
        vocabulary = self._bound.vocabulary
        own = function.qualname.rpartition(".")[2]
        for callee in function.calls:
            if callee in (own, f"self.{own}", f"cls.{own}"):
                continue
            named = emits_by_name(vocabulary, callee)
            if named:
                yield from [Receiver("emitter", callee)] if event in ("", named) else []
            elif matches(callee, vocabulary.emit_calls):
                found = self.of(file, function.qualname, callee, given.get(callee.partition(".")[0], ""), depth)
                yield found if found.kind != "unknown" or self._may_be_offered(callee) else Receiver("other", callee)

    def _may_be_offered(self, callee: str) -> bool:
        """Tell whether an emitter has a function or method that is called so."""
        return callee.rpartition(".")[2] in self._offered or "__getattr__" in self._offered


def function_at(project: Project, path: str, qualname: str) -> FunctionDetail | None:
    """Return what the second look has seen of a function of a file that has to do with events."""
    details = project.details.get(path)
    functions = details.events.functions if details is not None else ()
    return next((one for one in functions if one.qualname == qualname), None)


def _is_interface(definition: Definition) -> bool:
    return not _INTERFACES.isdisjoint(base.rpartition(".")[2] for base in (*definition.bases, definition.metaclass))
