"""The tests of a concept: what names it, what reaches it through other modules, and what departs on purpose."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ssot_lint.model.plan import ConceptTests, Meant, Reach, Reference
from ssot_lint.project.concepts import names_in_use
from ssot_lint.rules.moved import moved_verdicts
from ssot_lint.rules.string_verdicts import moved_string_verdicts, string_verdicts
from ssot_lint.rules.strings import string_sites
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ssot_lint.engine.silencing import Silencer
    from ssot_lint.model.finding import Finding
    from ssot_lint.project.model import Project
    from ssot_lint.rules.string_verdicts import StringVerdict
    from ssot_lint.rules.strings import StringSite
    from ssot_lint.rules.verdicts import Verdict
    from ssot_lint.studies.entries import About


def tests_of(project: Project, about: About, findings: Iterable[Finding], silencer: Silencer) -> ConceptTests:
    """Return the tests of an entry; the strings are judged by what the rules' second look has seen."""
    imports = tuple(sorted(one for one in _imports(project, about) if project.zone(one.path) == "tests"))
    patches = tuple(sorted(one for one in _patches(project, about) if project.zone(one.path) == "tests"))
    direct = {one.path for one in (*imports, *patches)}
    return ConceptTests(imports, patches, _reached(project, about, direct), _legacy(project, findings, silencer))


def _imports(project: Project, about: About) -> Iterator[Reference]:
    """Yield every import of the entry's objects, and every one from its old addresses."""
    seen = set()
    for one in _judged(project, about):
        seen.add((one.file.path, one.one.at))
        yield Reference(one.file.path, one.one.at.line, one.address, one.verdict)
    for site in project.census.imports(names=names_in_use(project, about.objects), modules=(about.home_module,)):
        if site.resolution.target in about.objects and (site.file.path, site.one.at) not in seen:
            verdict = "canonical" if site.module == about.home_module else "same"
            if about.concept is not None and not about.concept.in_scope(site.file.path):
                verdict = "out of its scope"
            yield Reference(site.file.path, site.one.at.line, site.address, verdict)


def _judged(project: Project, about: About) -> Iterator[Verdict]:
    """Yield the verdicts of the rules."""
    if about.concept is not None:
        yield from verdicts(project, about.concept)
    elif about.moved is not None:
        yield from (moved.verdict for moved in moved_verdicts(project, about.moved))


def _patches(project: Project, about: About) -> Iterator[Reference]:
    """Yield every string of a call that names the entry's objects, imports its home, or names an old address."""
    departing = _departing(project, about)
    for site in string_sites(project):
        kind = departing.get((site.file.path, site.argument.at))
        here = site.module in about.own_modules
        names = any(one.target in about.objects for one in site.resolution.outcomes)
        if kind is None and (names or (here and site.how == "import")) and site.argument.form != "loose":
            kind = "canonical" if here else "where it is read"
        if kind is not None:
            yield Reference(site.file.path, site.argument.at.line, _spelled(site), kind)


def _spelled(site: StringSite) -> str:
    return f"{site.address}.{site.rest}" if site.rest else site.address


def _departing(project: Project, about: About) -> dict[tuple[str, object], str]:
    sites = string_sites(project)
    found: Iterable[StringVerdict] = ()
    if about.concept is not None:
        found = string_verdicts(project, about.concept, sites)
    elif about.moved is not None:
        found = moved_string_verdicts(project, about.moved, sites)
    return {(one.site.file.path, one.site.argument.at): one.kind for one in found}


def _reached(project: Project, about: About, direct: Collection[str]) -> tuple[Reach, ...]:
    """Return the test files from which imports lead to the home, through production code or else through any."""
    importers = project.remember(("importers at run time",), lambda: _importers(project))
    through_production = _ways(project, importers, about.own_modules, any_zone=False)
    through_any = _ways(project, importers, about.own_modules, any_zone=True)
    found = []
    for module in sorted(through_any):
        file = project.file_of(module)
        if file is None or file.path in direct or module in about.own_modules or project.zone(file.path) != "tests":
            continue
        if module in through_production:
            found.append(Reach(file.path, tuple(_way(through_production, module))))
        else:
            found.append(Reach(file.path, tuple(_way(through_any, module)), "tests"))
    return tuple(sorted(found, key=lambda one: (one.through, one.depth, one.path)))


def _importers(project: Project) -> Mapping[str, set[str]]:
    """Return who imports each module when it runs, anywhere in it."""
    found: dict[str, set[str]] = defaultdict(set)
    for edge in project.graph.edges:
        if edge.scope != "type-checking":
            found[edge.imported].add(edge.importer)
    return found


def _ways(
    project: Project, importers: Mapping[str, set[str]], start: Iterable[str], *, any_zone: bool
) -> dict[str, str]:
    """Return, for the modules that lead to some, the module that each imports on the shortest way."""
    following = dict.fromkeys(sorted(start), "")
    for module in (pending := list(following)):
        file = project.file_of(module)
        if following[module] and not any_zone and file is not None and project.zone(file.path) == "tests":
            continue
        for importer in sorted(importers.get(module, ())):
            if importer not in following:
                following[importer] = module
                pending.append(importer)
    return following


def _way(following: Mapping[str, str], module: str) -> Iterator[str]:
    while following[module]:
        module = following[module]
        yield module


def _legacy(project: Project, findings: Iterable[Finding], silencer: Silencer) -> tuple[Meant, ...]:
    """Return the departures in tests that stay on purpose: a test that means the old address, what is silenced."""
    found = []
    for one in findings:
        if project.zone(one.at.path) != "tests" or not (one.suppressed or one.kind == "legacy-intent"):
            continue
        why = str(one.evidence.get("legacy_intent", ""))
        if one.suppressed:
            why = "; ".join(silencer.reasons(one)) or "silenced without a reason"
        found.append(Meant(one.at.path, one.at.line, f"{one.code}[{one.name}]", why))
    return tuple(sorted(found))
