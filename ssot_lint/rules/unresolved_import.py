"""A first-party import that resolves to nothing in the project.

The module or the name does not exist: the import fails as soon as it runs, and with it every module that needs this
one. The finding names the nearest real address of the name, and counts the modules that cannot be imported because of
it. Kind `guarded`: inside a try that catches the failing import, `importorskip`, `pytest.raises` or a skipped test.

Silent where only running would tell: modules that write their own namespace, star imports from outside the project,
compiled or stub siblings, names that a build makes (`_version`, `*_pb2`), and whatever exists on disk but is excluded.

The fix, never a safe one, takes the name from where it is, if there is one such place only.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import RebindImport, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.nearest import nearest
from ssot_lint.rules.places import advice, hop_related, is_guarded, is_replaced, subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssot_lint.model.facts import Import
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.sites import ImportSite
    from ssot_lint.rules.nearest import Nearest


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every import that gives nothing."""
    del policy
    found = [site for site in _asked_for(project) if site.resolution.target.kind == "unresolved"]
    found = [site for site in found if project.asks_for(site.file.path, *(hop.path for hop in site.resolution.chain))]
    if not found:
        return
    known = nearest(project)
    causes = _causes(project)
    for site in found:
        dead = site.when.never and not site.when.main
        if not dead and not is_replaced(site.file, site.module):
            hidden = project.index.hidden.get(site.module, "")
            yield _finding(site, known, causes, hidden)


def _asked_for(project: Project) -> Sequence[ImportSite]:
    """Return the imports whose findings may be asked for: all, if what is asked for may pass on what is not there."""
    if project.only is None:
        return project.imports
    files = project.asked_files
    own = [site for file in files for site in project.imports_in(file.path)]
    for file in files:
        names = [*(one.name for one in file.facts.bindings), *(one.name for one in file.facts.lazy)]
        if any(project.resolve(file.module, name).target.kind == "unresolved" for name in names):
            return project.imports
    passes_on = any(site.one.name == "*" or site.resolution.target.kind == "unresolved" for site in own)
    return project.imports if passes_on else own


def _finding(site: ImportSite, known: Nearest, causes: Mapping[tuple[str, int], int], hidden: str) -> Finding:
    file, one = site.file, site.one
    taken = one.name if one.name not in ("", "*") else ""
    candidates = known.addresses(file, site.module, taken)
    evidence: dict[str, object] = {"why": site.resolution.target.name, "candidates": candidates[:5]}
    message = site.resolution.target.name
    if taken and not message.endswith(f" has no {taken}"):
        message = f"{taken} cannot be imported: {message}"
    if hidden and message == f"{site.module} has no {taken}":
        evidence["hidden"] = hidden
        message = f"{message} ({hidden} is hidden by the package of that name)"
    if candidates:
        more = f" (and {len(candidates) - 1} more)" if len(candidates) > 1 else ""
        message = f"{message}; the nearest address is {candidates[0]}{more}"
    dependants = causes.get((file.path, one.at.line), 0)
    if dependants:
        evidence["unimportable_modules"] = dependants
        message = f"{message}; it makes {dependants} module{'s' if dependants > 1 else ''} unimportable"
    return Finding(
        code=RULE.code,
        name=RULE.name,
        concept="",
        module=file.module,
        message=message,
        kind="guarded" if _guarded(site) else "unguarded",
        subject=subject(file, one.block, site.address or f"{'.' * one.level}{one.module}:{one.name}"),
        at=Location.of(file.path, one.at),
        statement=one.statement.line,
        related=hop_related(site.resolution.chain[-1:]),
        chain=site.resolution.chain,
        evidence=evidence,
        remedy=_remedy(site, candidates),
    )


def _remedy(site: ImportSite, candidates: list[str]) -> Remedy:
    """Take the name from the one place where it is; nothing shows that it is the one that was meant."""
    title = _advice(site.one, candidates)
    if len(candidates) != 1 or site.one.name == "*":
        return advice(title)
    module, _, name = candidates[0].partition(":")
    reason = "the import fails today, and only the name says that this is what it means"
    intent = RebindImport(site.file.path, site.one.statement, site.one.at, module, name)
    return Remedy(title, "unsafe", reason, (intent,))


def _advice(one: Import, candidates: list[str]) -> str:
    if len(candidates) != 1:
        return "remove the import, restore what it names, or take it from where it is now"
    module, _, name = candidates[0].partition(":")
    if not name:
        return f"import it from {module}"
    return f"from {module} import {name}" + (f" as {one.bound_as}" if one.bound_as != name else "")


def _guarded(site: ImportSite) -> bool:
    """Tell whether the file takes care of the failure."""
    if is_guarded(site.file, site.one.block):
        return True
    strings = site.file.facts.strings
    skipped = (one.text for one in strings if one.callee.rpartition(".")[2] == "importorskip")
    return any(f"{site.module}.".startswith(f"{text}.") for text in skipped)


def _causes(project: Project) -> dict[tuple[str, int], int]:
    """Count, for the place of every import that breaks its own module, the modules that fall with it."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    broken = project.broken.all()
    for module in broken:
        cause, seen = broken[module], {module}
        while cause.via and cause.via not in seen:
            seen.add(cause.via)
            cause = broken[cause.via]
        counts[(cause.path, cause.line)] += 1
    return dict(counts)


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Import what a module does not have."""
    del project, entry
    return {spot.path("_is"): "", spot.path(): f"from {spot.module('_is')} import nothing\n"}


RULE = Rule(
    code="SSOT205",
    name="unresolved-import",
    summary="a first-party import that resolves to nothing",
    kinds={"unguarded": Levels("error", "error"), "guarded": Levels("info", "info")},
    check=check,
    departure=departure,
    needs_policy=False,
    fixable=True,
)
