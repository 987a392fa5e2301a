"""A second public name for a declared concept, made outside its home.

Whoever searches for the concept by its name misses everybody who uses the other one, and the two names look like two
things. Names that the team wants to keep belong to the home, and are listed in the policy's `aliases`. Kinds:

- `alias`: `X = Y`, `X: TypeAlias = Y`, `type X = Y` or `globals()["X"] = Y` at module level.
- `empty-subclass`: `class X(Y): pass`, with Y as its only base. It is an alias that `isinstance` and `except` see.
- `import-as`: `import Y as X` or `from home import Y as X`, where another module takes X from here or `__all__` lists
  it.

Not findings: the modules on the home's own chain; private names; a name inside a function or class; `import ... as`
that stays in its module; subclasses of exceptions, which are types of their own; other services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.namespace import arm
from ssot_lint.rules.places import subject, target_place
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Binding, Definition, Import, SourceFile
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target
    from ssot_lint.rules.verdicts import Verdict

_EXCEPTIONS = ("Error", "Exception", "Warning")


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every second name of a concept."""
    for bound in policy.concepts:
        reader = _AliasReader(project, bound)
        for file in project.files:
            if file.module not in bound.own_modules and bound.in_scope(file.path):
                yield from reader.aliases(file)
                yield from reader.empty_subclasses(file)
        yield from reader.imports()


class _AliasReader:
    """Finds the second names of one concept."""

    def __init__(self, project: Project, bound: BoundConcept) -> None:
        self._project = project
        self._bound = bound
        self._objects = frozenset(bound.offered.values())
        self._takers: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in verdicts(project, bound):
            self._takers.setdefault((verdict.module, verdict.name), []).append(verdict)

    def aliases(self, file: SourceFile) -> Iterator[Finding]:
        """Yield what assignments name anew."""
        for one in file.facts.bindings:
            if one.kind == "alias" and one.name != one.target.rpartition(".")[2] and self._is_public(file, one):
                target = self._target(file, one.target)
                if target is not None:
                    yield self._finding(file, one, "alias", f"{one.name} = {one.target}", target)

    def empty_subclasses(self, file: SourceFile) -> Iterator[Finding]:
        """Yield classes that add nothing to the concept but a name."""
        for one in file.facts.definitions:
            if one.empty and len(one.bases) == 1 and not one.decorators and self._is_public(file, one):
                target = self._target(file, one.bases[0])
                if target is not None and not one.bases[0].endswith(_EXCEPTIONS):
                    how = f"class {one.name}({one.bases[0]}) with an empty body"
                    yield self._finding(file, one, "empty-subclass", how, target)

    def imports(self) -> Iterator[Finding]:
        """Yield imports under another name that others take from here."""
        for verdict in verdicts(self._project, self._bound):
            one, target = verdict.one, verdict.resolution.target
            if one.explicit and one.name and one.bound_as != one.name and target in self._objects:
                exports = verdict.file.facts.exports
                published = exports is not None and one.bound_as in exports.names
                taken = (verdict.file.module, one.bound_as) in self._takers
                if (published or taken) and self._is_public(verdict.file, one):
                    how = f"from {verdict.module} import {one.name} as {one.bound_as}"
                    yield self._finding(verdict.file, one, "import-as", how, target)

    def _is_public(self, file: SourceFile, one: Binding | Definition | Import) -> bool:
        """Tell whether a name is one that other modules can be meant to use."""
        name = one.bound_as if isinstance(one, Import) else one.name
        if name.startswith("_") or "." in name or file.facts.scope(one.block):
            return False
        when = arm(file.facts, one.block)
        return not when.never and not (when.typing_only and self._bound.concept.type_checking == "ignore")

    def _target(self, file: SourceFile, name: str) -> Target | None:
        """Return the concept's object that a dotted name of a module gives, None for anything else."""
        if name.partition(".")[0] == name and not self._may_name(name):
            return None
        target = self._project.resolve(file.module, name).target
        return target if target in self._objects else None

    def _finding(
        self, file: SourceFile, one: Binding | Definition | Import, kind: str, how: str, target: Target
    ) -> Finding:
        bound = self._bound
        name = one.bound_as if isinstance(one, Import) else one.name
        takers = self._takers.get((file.module, name), [])
        offered = bound.name_at_home(target)
        what = f"{name} is a second name of {offered}" if name not in bound.offered else f"{name} is made a second time"
        return Finding(
            code=RULE.code,
            name=RULE.name,
            kind=kind,
            concept=bound.concept.name,
            subject=subject(file, one.block, name),
            message=f"{what}, outside its home {bound.home_module} ({how}){_taken(takers)}",
            at=Location.of(file.path, one.at),
            module=file.module,
            related=(*_places(takers), *target_place(target, "what it names")),
            evidence={"name": name, "names": str(target), "home": f"{bound.home_module}:{offered}", "how": how}
            | {"taken_from_here_by": len(takers)},
        )
