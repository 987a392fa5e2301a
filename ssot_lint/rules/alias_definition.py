"""A second public name for a declared concept, made outside its home.

Whoever searches for the concept by its name misses everybody who uses the other one, and the two names look like two
things. Names that the team wants to keep belong to the home, and are listed in the policy's `aliases`. Kinds:

- `alias`: `X = Y`, `X: TypeAlias = Y`, `type X = Y` or `globals()["X"] = Y` at module level.
- `empty-subclass`: `class X(Y): pass`, with Y as its only base. It is an alias that `isinstance` and `except` see.
- `import-as`: `import Y as X` or `from home import Y as X`, where another module takes X from here or `__all__` lists
  it.

Not findings: the modules on the home's own chain; private names; a name inside a function or class; `import ... as`
that stays in its module; a constant that takes another one's value; empty subclasses that are types of their own: of
exceptions, of a concept that three other classes extend, and those that classes of the same module extend; other
services.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.model.facts import Binding, Import
from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.concepts import names_in_use
from ssot_lint.project.namespace import arm
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.places import advice, subject, taken, target_place
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target
    from ssot_lint.project.zones import Zone
    from ssot_lint.rules.verdicts import Verdict

_EXCEPTIONS: Final = ("Error", "Exception", "Warning")
_A_BASE: Final = 3


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every second name of a concept."""
    for bound in asked_concepts(project, policy):
        reader = _AliasReader(project, bound)
        yield from reader.definitions()
        yield from reader.imports()


def _candidates(files: Iterable[SourceFile]) -> dict[str, list[tuple[SourceFile, Binding | Definition]]]:
    """Return every alias and every empty subclass at module level, by the last name of what it stands for."""
    found: dict[str, list[tuple[SourceFile, Binding | Definition]]] = defaultdict(list)
    for file, one in _new_names(files):
        found[_old_name(one).rpartition(".")[2]].append((file, one))
    return found


def _new_names(files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, Binding | Definition]]:
    for file in files:
        for alias in file.facts.bindings:
            renames = alias.name != alias.target.rpartition(".")[2] and not alias.name.isupper()
            if alias.kind == "alias" and renames:
                yield file, alias
        empty = [one for one in file.facts.definitions if one.empty and len(one.bases) == 1 and not one.decorators]
        extended = {base for one in file.facts.definitions for base in one.bases} if empty else ()
        for one in empty:
            if one.name not in extended and not one.bases[0].endswith(_EXCEPTIONS):
                yield file, one


class _AliasReader:
    """Finds the second names of one concept."""

    def __init__(self, project: Project, bound: BoundConcept) -> None:
        self._project = project
        self._bound = bound
        self._objects = frozenset(bound.offered.values())
        self._takers: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in verdicts(project, bound):
            self._takers.setdefault((verdict.module, verdict.name), []).append(verdict)

    def definitions(self) -> Iterator[Finding]:
        """Yield assignments and classes that name the concept anew."""
        bound = self._bound
        project = self._project
        if project.asks_for(*(target.path for target in self._objects)):
            candidates = project.remember("new names", lambda: _candidates(project.files))
        else:
            candidates = project.remember("asked new names", lambda: _candidates(project.asked_files))
        names = sorted(names_in_use(self._project, bound.offered.values(), bound.offered))
        for file, one in (place for name in names for place in candidates.get(name, ())):
            if file.module in bound.own_modules or not bound.in_scope(file.path) or not self._is_public(file, one):
                continue
            old = _old_name(one)
            target = self._project.resolve(file.module, old).target
            if target not in self._objects:
                continue
            if isinstance(one, Binding):
                yield self._finding(file, one, "alias", f"{one.name} = {old}", target)
            elif not self._is_a_base(target, file):
                yield self._finding(file, one, "empty-subclass", f"class {one.name}({old}): pass", target)

    def _is_a_base(self, target: Target, file: SourceFile) -> bool:
        """Tell whether a class is made to be extended: three others do, in tests only where a test is asked about."""
        zones = self._project.remember(("extended", target), lambda: list(self._extended(target)))
        return zones.count("production") + (zones.count("tests") if self._zone(file) == "tests" else 0) >= _A_BASE

    def _extended(self, target: Target) -> Iterator[Zone]:
        """Yield the zone of every class that extends another one and has a body."""
        names = {target.name, *(verdict.one.bound_as for verdict in verdicts(self._project, self._bound))}
        for file in self._project.files:
            for one in file.facts.definitions:
                bases = (base for base in one.bases if not one.empty and not names.isdisjoint(base.split(".")))
                if any(self._project.resolve(file.module, base).target == target for base in bases):
                    yield self._zone(file)

    def _zone(self, file: SourceFile) -> Zone:
        return self._project.zone(file.path)

    def imports(self) -> Iterator[Finding]:
        """Yield imports under another name that others take from here."""
        for verdict in verdicts(self._project, self._bound):
            file, one, target = verdict.file, verdict.one, verdict.resolution.target
            renames = one.explicit and one.bound_as != one.name and not verdict.uses
            if not renames or target not in self._objects or not self._is_public(file, one):
                continue
            if not self._project.asks_for(file.path, target.path):
                continue
            listed = file.facts.exports is not None and one.bound_as in file.facts.exports.names
            if listed or (file.module, one.bound_as) in self._takers:
                how = f"from {verdict.module} import {one.name} as {one.bound_as}"
                yield self._finding(file, one, "import-as", how, target)

    def _is_public(self, file: SourceFile, one: Binding | Definition | Import) -> bool:
        """Tell whether a name is one that other modules can be meant to use."""
        name = _new_name(one)
        if name.startswith("_") or "." in name or file.facts.scope(one.block):
            return False
        when = arm(file.facts, one.block)
        return not when.never and not (when.typing_only and self._bound.concept.type_checking == "ignore")

    def _finding(
        self, file: SourceFile, one: Binding | Definition | Import, kind: str, how: str, target: Target
    ) -> Finding:
        bound, name = self._bound, _new_name(one)
        offered = bound.name_at_home(target)
        takers = self._takers.get((file.module, name), [])
        says = "is bound once more" if name in bound.offered else f"is a second name of {offered}"
        use = f"; {taken(self._project, (one.file for one in takers))}" if takers else ""
        return Finding(
            code=RULE.code,
            name=RULE.name,
            kind=kind,
            concept=bound.concept.name,
            subject=subject(file, one.block, name),
            message=f"{name} {says} outside its home {bound.home_module}: {how}{use}",
            at=Location.of(file.path, one.at),
            statement=one.statement.line if isinstance(one, Import) else 0,
            module=file.module,
            related=target_place(target, "what it names"),
            remedy=advice(
                f"use {bound.home_module}:{offered}, or list {name} in the policy's aliases and make it there"
            ),
            evidence={"names": str(target), "home": f"{bound.home_module}:{offered}", "how": how}
            | {"taken_by": [f"{one.file.path}:{one.one.at.line}" for one in takers[:10]]},
        )


def _old_name(one: Binding | Definition) -> str:
    return one.target if isinstance(one, Binding) else one.bases[0]


def _new_name(one: Binding | Definition | Import) -> str:
    return one.bound_as if isinstance(one, Import) else one.name


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Give the concept another name."""
    del project
    name = bound.concept.home_name
    return {spot.path(): f"from {bound.home_module} import {name}\nAnother{name.strip('_')} = {name}\n"}


RULE = Rule(
    code="SSOT103",
    name="alias-definition",
    summary="a second public name for a concept, made outside its home",
    kinds={kind: Levels("warning", "info") for kind in ("alias", "empty-subclass", "import-as")},
    check=check,
    departure=departure,
)
