"""The findings of a concept taken apart into steps, in the order in which they are best taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.model.plan import Cycle, Step, Touched, Work, most_first
from ssot_lint.project.loading import load_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lint.model.finding import Finding
    from ssot_lint.model.plan import Doer, StepName
    from ssot_lint.project.model import Project
    from ssot_lint.studies.entries import About

_STEPS: Final[Mapping[str, StepName]] = {
    "SSOT202": "shims",
    "SSOT203": "strings",
    "SSOT206": "strings",
    "SSOT1": "second implementations",
    "SSOT2": "imports",
    "SSOT3": "construction",
    "SSOT4": "events",
    "SSOT5": "uses",
    "SSOT9": "policy",
}
"""The step of a rule, by its code or how that begins; the longer one counts."""

_LEGACY: Final = "legacy-intent"
"""The kind of a finding in a test that means the old address: it goes when the old address goes."""

_OF_ENTRY: Final[Mapping[str, tuple[StepName, ...]]] = {
    "concept": ("imports", "strings", "construction", "second implementations", "shims"),
    "moved": ("imports", "strings", "shims"),
    "vocabulary": ("events",),
    "operation": ("uses",),
}
_ORDER: Final[tuple[StepName, ...]] = (
    *("imports", "strings", "events", "uses", "construction", "second implementations", "policy", "shims"),
)
_DOERS: Final[Mapping[str, Doer]] = {"safe": "fix", "unsafe": "unsafe"}


def step_of(finding: Finding) -> StepName:
    """Return the step in which a finding is repaired."""
    if finding.kind == _LEGACY:
        return "shims"
    return step_of_rule(finding.code)


def step_of_rule(code: str) -> StepName:
    """Return the step in which a rule's findings are repaired."""
    return next(_STEPS[start] for start in (code, code[:5]) if start in _STEPS)


def steps_of(project: Project, about: About, findings: Iterable[Finding]) -> tuple[Step, ...]:
    """Return the steps of an entry: those that its sort always has, and whatever else there are findings for."""
    by_step: dict[StepName, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_step[step_of(finding)].append(finding)
    usual = _OF_ENTRY[about.what]
    return tuple(
        _step(project, name, about, by_step.get(name, [])) for name in _ORDER if name in usual or name in by_step
    )


def _step(project: Project, name: StepName, about: About, findings: list[Finding]) -> Step:
    doers: dict[str, Counter[Doer]] = defaultdict(Counter)
    for finding in findings:
        doers[finding.at.path][doer_of(finding)] += 1
    files = [_touched(project, path, count) for path, count in doers.items()]
    files.sort(key=lambda one: (one.zone != "production", -one.findings, one.path))
    return Step(name, _work(findings), tuple(files), _cycles(project, about, sorted(doers)))


def _work(findings: Iterable[Finding]) -> tuple[Work, ...]:
    places: dict[tuple[str, str, Doer, str, str], list[tuple[str, int]]] = defaultdict(list)
    for one in findings:
        title, reason = (one.remedy.title, one.remedy.reason) if one.remedy is not None else (one.message, "")
        key = (f"{one.code}[{one.name}]", one.kind, doer_of(one), title, reason)
        places[key].append((one.at.path, one.at.line))
    return most_first(Work(*key, tuple(sorted(where))) for key, where in places.items())


def doer_of(finding: Finding) -> Doer:
    """Return who repairs a finding."""
    remedy = finding.remedy
    return _DOERS.get(remedy.applicability, "person") if remedy is not None else "person"


def _touched(project: Project, path: str, doers: Counter[Doer]) -> Touched:
    counts = (doers["fix"], doers["unsafe"], doers["person"])
    zone = project.zone(path) if path in project.by_path else "policy"
    return Touched(path, zone, *counts, *importers_of(project, path))


def importers_of(project: Project, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the modules that import a file: those of production, and those of tests."""
    file = project.by_path.get(path)
    zones: dict[str, list[str]] = {"production": [], "tests": []}
    for module in sorted(project.graph.importers.get(file.module, ())) if file is not None else ():
        importer = project.file_of(module)
        if importer is not None and importer.path != path:
            zones[project.zone(importer.path)].append(module)
    return tuple(zones["production"]), tuple(zones["tests"])


def _cycles(project: Project, about: About, paths: Iterable[str]) -> tuple[Cycle, ...]:
    """Return the files, the home's own aside, in which an import of the home at module level could close a cycle."""
    if project.file_of(about.home_module) is None:
        return ()
    graph = load_graph(project)
    found = []
    for path in paths:
        file = project.by_path.get(path)
        if file is None or file.module in about.own_modules:
            continue
        way = graph.way_back(file.module, about.home_module)
        if way:
            found.append(Cycle(path, way))
    return tuple(found)
