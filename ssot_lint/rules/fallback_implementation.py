"""An import of a concept that falls back to something else where it fails.

`try: from shop.cart import Cart` and `except ImportError: class Cart` are two implementations of one concept, and the
second comes into force in silence: when a library is missing, when the import closes a cycle, when somebody moves the
module. What was an error at start-up becomes a wrong object in production. Kinds:

- `defined`: the handler makes something of its own: a class, a function, the result of a call, another name.
- `imported`: the handler imports another object than the one that the try statement imports.

Each branch is resolved, and the message says what it gives; also where the import of the concept can never work, so
that the fallback is always in force. Not findings: a handler that binds the name to `None` or a constant (a guard), or
that imports the same object from another address; a test's own check of the import; the modules on the home's own
chain. Inside functions only imports and classes of the handler are seen.

The fix leaves the import of the concept alone, without the try statement. It is never a safe one: the import can fail
where a library is missing or a cycle closes. It is offered where the import works as far as the project shows, and not
made where the statement does more than to import names or bind them to something else.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.facts import Binding, Definition, Import
from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.fix import DropFallback, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.concepts import names_in_use
from ssot_lint.project.namespace import IMPORT_ERRORS
from ssot_lint.project.resolution import Target
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.places import advice, subject, target_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Facts, SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution


class _Fallback(NamedTuple):
    """A name that a try statement imports and a handler binds to something else; `never`: the import cannot work."""

    name: str
    tried: Import
    gives: Resolution
    other: Import | Definition | Binding
    instead: Target | None
    never: bool


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every fallback of a concept."""
    for bound in asked_concepts(project, policy):
        names = names_in_use(project, bound.offered.values(), bound.offered)
        sites = project.census.imports(names=names)
        files = {site.file.path: site.file for site in sites if site.when.guarded or site.when.handler}
        for path, file in sorted(files.items()):
            if file.module not in bound.own_modules and bound.in_scope(path):
                for found in _fallbacks(project, bound, file):
                    yield _finding(bound, file, found)


def _fallbacks(project: Project, bound: BoundConcept, file: SourceFile) -> Iterator[_Fallback]:
    facts = file.facts
    objects = frozenset(bound.offered.values())
    for tried in facts.imports:
        handlers = _handlers(facts, tried.block) if tried.name not in ("", "*") else ()
        if not handlers:
            continue
        gives = _given(project, file, tried)
        claims = _claims(project, bound, file, tried)
        never = gives.target.kind == "unresolved"
        for other in _bound_in(facts, handlers, tried):
            instead = _instead(project, file, other)
            if instead is not None and (instead == gives.target or not instead.known):
                continue
            is_it = (claims and instead not in objects) if never else gives.target in objects or instead in objects
            if is_it:
                yield _Fallback(tried.bound_as, tried, gives, other, instead, never)


def _handlers(facts: Facts, block: int) -> tuple[int, ...]:
    """Return the handlers, as blocks, of the nearest try statement that catches a failing import in a block."""
    while block > 0 and facts.blocks[block].kind not in ("function", "class"):
        one = facts.blocks[block]
        if one.kind == "try" and not one.check:
            beside = [
                number
                for number, other in enumerate(facts.blocks)
                if other.kind == "except" and (other.parent, other.line) == (one.parent, one.line)
            ]
            found = tuple(number for number in beside if IMPORT_ERRORS.intersection(facts.blocks[number].detail))
            if found:
                return found
        block = one.parent
    return ()


def _bound_in(facts: Facts, handlers: tuple[int, ...], tried: Import) -> Iterator[Import | Definition | Binding]:
    """Yield what handlers bind to the name of an import, constants left out."""
    for one in facts.imports:
        if one.block in handlers and one.bound_as == tried.bound_as and one.name:
            yield one
    for definition in facts.definitions:
        if definition.block in handlers and definition.name == tried.bound_as:
            yield definition
    for binding in facts.bindings:
        if binding.block in handlers and binding.name == tried.bound_as and binding.kind in ("alias", "call"):
            yield binding


def _instead(project: Project, file: SourceFile, other: Import | Definition | Binding) -> Target | None:
    """Return the object that a handler binds, None where it makes one."""
    if isinstance(other, Import):
        return _given(project, file, other).target
    if isinstance(other, Definition) or other.kind == "call":
        return None
    target = project.resolve(file.module, other.target).target
    if target.kind == "unresolved" and hasattr(builtins, other.target):
        return Target("external", "", f"builtins.{other.target}")
    return target


def _given(project: Project, file: SourceFile, one: Import) -> Resolution:
    """Return what an import takes."""
    absolute = project.index.absolute(file, one) or ""
    return project.resolver.resolve_from(file, absolute, one.name)


def _claims(project: Project, bound: BoundConcept, file: SourceFile, one: Import) -> bool:
    """Tell whether an import means the concept, by its address."""
    module = project.index.absolute(file, one) or ""
    return (module == bound.home_module or bool(bound.moved_from(module, one.name))) and bound.claims(one.name)


def _finding(bound: BoundConcept, file: SourceFile, found: _Fallback) -> Finding:
    other, tried, target = found.other, found.tried, found.gives.target
    instead = _described(found)
    if found.never:
        message = f"{found.name} is always {instead}: the import before it gives {target}"
    else:
        message = f"{found.name} is {target}, but {instead} where that import fails"
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="imported" if isinstance(other, Import) else "defined",
        concept=bound.concept.name,
        subject=subject(file, other.block, found.name),
        message=f"{message}; import it from its home, {bound.home_module}, and let a failing import fail",
        at=Location.of(file.path, other.at),
        module=file.module,
        statement=other.statement.line if isinstance(other, Import) else 0,
        related=(
            Related(Location.of(file.path, tried.at), f"{found.name} is imported here"),
            *target_place(target, "what that gives"),
        ),
        chain=found.gives.chain,
        evidence={
            "import_gives": str(target),
            "fallback_gives": str(found.instead) if found.instead is not None else instead,
            "home": bound.concept.home,
        },
        remedy=_remedy(bound, file, found),
    )


def _remedy(bound: BoundConcept, file: SourceFile, found: _Fallback) -> Remedy:
    """Return what to do: drop the try statement where the concept is what it imports, and it stands for itself."""
    facts, title = file.facts, f"import {found.name} without a fallback"
    tried = facts.blocks[found.tried.block]
    same = [one for one in facts.blocks if (one.parent, one.line) == (tried.parent, tried.line)]
    plain = sorted(one.kind for one in same) == ["except", "try"]
    if found.never or found.gives.target not in bound.offered.values() or not plain:
        return advice(f"import {found.name} from {bound.home_module} without a try statement")
    reason = "where the import fails, the module will fail, too"
    return Remedy(title, "unsafe", reason, (DropFallback(file.path, tried.line),))


def _described(found: _Fallback) -> str:
    """Say what a handler binds."""
    other = found.other
    if isinstance(other, Definition):
        return f"a {'class' if other.kind == 'class' else 'function'} of this file (line {other.at.line})"
    if isinstance(other, Binding) and other.kind == "call":
        return f"what {other.target}(...) gives (line {other.at.line})"
    return f"{found.instead} (line {other.at.line})"


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Import the concept, and define it where that fails."""
    del project
    name = bound.concept.home_name
    text = f"try:\n    from {bound.home_module} import {name}\nexcept ImportError:\n    {name} = object()\n"
    return {spot.path(): text}


RULE = Rule(
    code="SSOT204",
    name="fallback-implementation",
    summary="an import of a concept that falls back to something else where it fails",
    kinds={kind: Levels("info", "info") for kind in ("defined", "imported")},
    check=check,
    departure=departure,
    fixable=True,
)
