"""A definition, alias or import that a later one of the same name silently replaces.

Both stand in the same module or class body and always run, one after the other, and nothing can use the first before
the second takes its name: the first is dead, and whoever edits it changes nothing. A second test of one name is worse:
the first never runs. The finding stands on the second one; the kind says what that is: `definition`, `import` or
`alias`.

Not findings: `@overload`, property setters, `singledispatch` and any other decorator that may register what it
decorates; the branches of `if`, `try` and `match`, loops and `with`; names that are used or deleted in between; an
import of the very same object; names that are bound to plain values; `_` and the module's dunder names. (The type of a
module variable, and what a plain function is declared to return, are no use.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.resolution import Target
from ssot_lint.rules.places import advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Binder, Import, Shadowed, SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every binding that replaces another one."""
    del policy
    for file in project.files:
        for one in file.facts.shadowed:
            if _replaces(project, file, one):
                yield _finding(file, one)


def _finding(file: SourceFile, one: Shadowed) -> Finding:
    place = f"class {one.scope}" if one.scope else "module"
    first, second = _described(file, one.first), _described(file, one.second)
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=_kind(one.second),
        concept="",
        subject=f"{file.module}:{one.scope} {one.name}",
        message=(
            f"{one.name} is bound twice in this {place}: {second} silently replaces {first} of line "
            f"{one.first.at.line}, which is dead"
        ),
        at=Location.of(file.path, one.second.at),
        module=file.module,
        related=(Related(Location.of(file.path, one.first.at), f"{first} that is replaced"),),
        remedy=advice(f"delete {first} of line {one.first.at.line}, or give one of the two another name"),
        evidence={"dead": first, "dead_line": one.first.at.line, "survives": second},
    )


def _kind(binder: Binder) -> str:
    return "definition" if binder.kind in ("class", "function") else binder.kind


def _described(file: SourceFile, binder: Binder) -> str:
    if binder.kind == "alias":
        return f"the alias of {binder.target}"
    one = _import(file, binder)
    if one is None:
        return f"the {binder.kind}"
    return f"the import from {'.' * one.level}{one.module}" if one.name else f"the import of {one.module}"


def _import(file: SourceFile, binder: Binder) -> Import | None:
    if binder.kind != "import":
        return None
    return next((one for one in file.facts.imports if one.at == binder.at), None)


def _replaces(project: Project, file: SourceFile, one: Shadowed) -> bool:
    """Tell whether the first is lost: two objects, no plain values, and no import that runs for what it does."""
    imported = _import(file, one.first)
    if one.name == "*":
        return False  # a star adds to another one
    if imported is not None and "." in imported.module and not imported.name and not imported.explicit:
        return False
    kinds = (_kind(one.first), _kind(one.second))
    if kinds[1] == "definition" or kinds == ("definition", "alias"):
        return True
    second = _target(project, file, one.second)
    if kinds[0] == "definition":
        return second.known and second.module != file.module
    first = _target(project, file, one.first)
    if kinds == ("alias", "alias") and {first.kind, second.kind} != {"definition"}:
        return False
    return first.known and second.known and first != second


def _target(project: Project, file: SourceFile, binder: Binder) -> Target:
    """Return what an import or alias binds its name to."""
    one = _import(file, binder)
    if one is None:
        return project.resolve(file.module, binder.target).target
    absolute = project.index.absolute(file, one)
    if absolute is None:
        return Target("unresolved", file.module)
    if not one.name and not one.explicit:
        absolute = absolute.partition(".")[0]
    return project.resolver.resolve_from(file, absolute, one.name).target


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Define a class twice."""
    del project, entry
    return {spot.path(): "class Twice:\n    first = 1\n\n\nclass Twice:\n    second = 2\n"}


RULE = Rule(
    code="SSOT106",
    name="shadowed-definition",
    summary="a definition, alias or import that a later one of the same name silently replaces",
    kinds={kind: Levels("warning", "warning") for kind in ("definition", "import", "alias")},
    check=check,
    departure=departure,
    needs_policy=False,
)
