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
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.callees import RAISING
from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import RebindImport, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.places import advice, hop_related, subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.facts import Import
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.sites import ImportSite

_SKIPPING = frozenset(("skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure"))


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every import that gives nothing."""
    del policy
    nearest = _Nearest(project)
    causes = _causes(project)
    for site in project.imports:
        dead = site.when.never and not site.when.main
        if site.resolution.target.kind == "unresolved" and not dead and not _replaced_here(site):
            hidden = project.index.hidden.get(site.module, "")
            yield _finding(site, nearest, causes, hidden)


def _finding(site: ImportSite, nearest: _Nearest, causes: Mapping[tuple[str, int], int], hidden: str) -> Finding:
    file, one = site.file, site.one
    taken = one.name if one.name not in ("", "*") else ""
    candidates = nearest.addresses(site)
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
    if site.when.guarded or site.when.handler:
        return True
    for block in site.file.facts.enclosing(site.one.block):
        last_names = {name.rpartition(".")[2] for name in block.detail}
        if block.kind == "with" and last_names & RAISING:
            return True
        if block.kind in ("function", "class") and last_names & _SKIPPING:
            return True
    strings = site.file.facts.strings
    skipped = (one.text for one in strings if one.callee.rpartition(".")[2] == "importorskip")
    return any(f"{site.module}.".startswith(f"{text}.") for text in skipped)


def _replaced_here(site: ImportSite) -> bool:
    """Tell whether the file puts a module of its own under that name (or one above it) into `sys.modules`."""
    keys = (one.key for one in site.file.facts.replacements)
    return any(f"{site.module}.".startswith(f"{key}.") for key in keys)


def _causes(project: Project) -> dict[tuple[str, int], int]:
    """Count, for the place of every import that breaks its own module, the modules that fall with it."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for module in project.broken:
        cause, seen = project.broken[module], {module}
        while cause.via and cause.via not in seen:
            seen.add(cause.via)
            cause = project.broken[cause.via]
        counts[(cause.path, cause.line)] += 1
    return dict(counts)


class _Address(NamedTuple):
    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


class _Nearest:
    """Finds where a missing name really is."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._names: dict[str, list[_Address]] = defaultdict(list)
        self._modules: dict[str, list[_Address]] = defaultdict(list)
        for file in project.files:
            if project.index.is_hidden(file) or not all(part.isidentifier() for part in file.module.split(".")):
                continue  # nobody can import it by that name
            self._modules[file.module.rpartition(".")[2]].append(_Address(file.module, ""))
            for one in file.facts.definitions:
                if "." not in one.qualname and not file.facts.scope(one.block):
                    self._names[one.name].append(_Address(file.module, one.name))

    def addresses(self, site: ImportSite) -> list[str]:
        """Return the real addresses of a missing name or module, the nearest first; production before tests."""
        name = site.one.name if site.one.name != "*" else ""
        found = self._names.get(name, []) if name else []
        found = found or self._modules.get(name or site.module.rpartition(".")[2], [])
        if self._project.zone(site.file.path) == "production":
            found = [one for one in found if self._zone(one) == "production"]
        wanted = site.module.split(".")
        unique = dict.fromkeys(one for one in found if one.module != site.file.module)
        return [str(one) for one in sorted(unique, key=lambda one: self._distance(one, wanted))]

    def _zone(self, address: _Address) -> str:
        file = self._project.file_of(address.module)
        return self._project.zone(file.path) if file is not None else "production"

    def _distance(self, address: _Address, wanted: list[str]) -> tuple[bool, int, int, str]:
        parts = address.module.split(".")
        common = 0
        for one, other in zip(parts, wanted, strict=False):
            if one != other:
                break
            common += 1
        return (self._zone(address) != "production", -common, len(parts), str(address))


RULE = Rule(
    code="SSOT205",
    name="unresolved-import",
    summary="a first-party import that resolves to nothing",
    kinds={"unguarded": Levels("error", "error"), "guarded": Levels("info", "info")},
    check=check,
    needs_policy=False,
    fixable=True,
)
