"""A string that names something of the project by a dotted name, and names nothing.

`patch("shop.cart.Cart")` fails when nothing is there, so a test with such a string is red, or is never run. Kinds:

- `missing`: the module or the name does not exist. The finding names the nearest real address.
- `local`: the module imports that name only inside functions. It has no such attribute, and a patch of it cannot work;
  the function asks the module that it imports from, so that is what a patch must name.
- `guarded`: as these, in a place that takes care of the failure: `pytest.raises`, a try statement that catches
  it, `importorskip`, a skipped test.

Read are the dotted strings of this project that are the first argument of `patch`, `patch.dict`, `monkeypatch.setattr`
and `delattr`, `import_module`, `__import__` and `importorskip`. Not findings: `create=True`, `raising=False`, builtins
(which mock creates by itself), attributes of classes and other objects, what only running would tell, a name that
leads to a failing import (SSOT205 reports that import), a module that the file itself puts into `sys.modules`.

The fix, never a safe one, names the one place where it is, if there is one such place only.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.fix import Remedy, ReplaceString
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.nearest import nearest
from ssot_lint.rules.places import advice, is_guarded, is_replaced, subject
from ssot_lint.rules.strings import sites_of, string_sites

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.facts import Import
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.rules.strings import StringSite

_FORMS = ("string", "computed")
_SHOWN = 3


class _Nothing(NamedTuple):
    """Why a string names nothing, and where what it may mean is."""

    kind: str
    why: str
    candidates: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every string that names nothing."""
    del policy
    for site in _asked_for(project):
        if site.argument.form in _FORMS and not site.argument.creates:
            found = _import(project, site) if site.how == "import" else _patch(project, site)
            if found is not None:
                yield _finding(site, found)


def _asked_for(project: Project) -> Iterable[StringSite]:
    """Return the strings whose findings may be asked for: those in files that are, and those about such a module."""
    if project.only is None:
        return string_sites(project)
    names = {file.module.rpartition(".")[2] for file in project.asked_files}
    return sites_of(
        project,
        (
            (file, one)
            for file in project.files
            for one in file.facts.strings
            if project.asks_for(file.path) or not names.isdisjoint(one.text.split("."))
        ),
    )


def _import(project: Project, site: StringSite) -> _Nothing | None:
    """Judge a string that must name a module."""
    target = site.resolution.target
    if target.kind == "unresolved":
        return _missing(project, site)
    if site.name and target.kind == "definition":
        return _Nothing("missing", f"{target} is no module")
    return None


def _patch(project: Project, site: StringSite) -> _Nothing | None:
    """Judge a string that must name an attribute."""
    if site.resolution.target.kind != "unresolved" or not site.name:
        return None
    if hasattr(builtins, site.name) and not site.rest:
        return None
    return _local(project, site) or _missing(project, site)


def _missing(project: Project, site: StringSite) -> _Nothing | None:
    if not project.asks_for(site.file.path):  # it has no other place
        return None
    target = site.resolution.target
    bound = site.resolution.chain or is_replaced(site.file, site.dotted) or is_replaced(site.file, site.module)
    if bound or target.module not in (site.module, f"{site.module}.{site.name}"):
        return None
    found = nearest(project).addresses(site.file, site.module, site.name)
    if _zone(project, site.module) == "production":
        found = [one for one in found if _zone(project, one.partition(":")[0]) == "production"]
    hidden = project.index.hidden.get(site.module, "")
    why = f"{target.name} ({hidden} is hidden by the package of that name)" if hidden else target.name
    return _Nothing("missing", why, tuple(found))


def _zone(project: Project, module: str) -> str:
    file = project.file_of(module)
    return project.zone(file.path) if file is not None else "production"


def _local(project: Project, site: StringSite) -> _Nothing | None:
    """Judge a name that its module imports inside functions only: it is no attribute of the module."""
    file = project.file_of(site.module)
    imports = [one for one in file.facts.imports if one.bound_as == site.name] if file is not None else []
    if file is None or not imports or not all(file.facts.scope_is_local(one.block) for one in imports):
        return None
    sources = (_source(project.index.absolute(file, one), one) for one in imports)
    places = tuple(Related(Location.of(file.path, one.at), f"{site.name} is imported here") for one in imports[:_SHOWN])
    lines = ", ".join(str(one.at.line) for one in imports[:_SHOWN]) + (", ..." if len(imports) > _SHOWN else "")
    where = "a function (line" if len(imports) == 1 else "functions (lines"
    why = f"{site.module} imports {site.name} only inside {where} {lines})"
    return _Nothing("local", why, tuple(dict.fromkeys(filter(None, sources))), places)


def _source(absolute: str | None, one: Import) -> str:
    """Return the dotted name of what an import takes."""
    return ".".join(filter(None, (absolute, one.name))) if absolute and one.name != "*" else ""


def _finding(site: StringSite, found: _Nothing) -> Finding:
    file, argument = site.file, site.argument
    guarded = argument.callee.endswith("importorskip") or is_guarded(file, argument.block, "AttributeError")
    nearest_one = found.candidates[0].replace(":", ".") if found.candidates else ""
    more = f" (and {len(found.candidates) - 1} more)" if len(found.candidates) > 1 else ""
    what = "what it reads there is" if found.kind == "local" else "the nearest address is"
    near = f"; {what} {nearest_one}{more}" if nearest_one else ""
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="guarded" if guarded else found.kind,
        concept="",
        subject=subject(file, argument.block, site.dotted),
        message=f'"{site.dotted}" names nothing: {found.why}{near}',
        at=Location.of(file.path, argument.at),
        module=file.module,
        related=found.related,
        evidence={"why": found.why, "callee": argument.callee, "candidates": list(found.candidates[:5])},
        remedy=_remedy(site, found),
    )


def _remedy(site: StringSite, found: _Nothing) -> Remedy:
    """Name the one place where it is; nothing shows that it is the one that was meant."""
    if len(found.candidates) != 1:
        return advice("name what is there, or remove the string")
    new = ".".join(filter(None, (found.candidates[0].replace(":", "."), site.rest)))
    title = f'name "{new}"'
    if not site.rewritable:
        return advice(title)
    reason = "today it fails, and only the name says that this is what it means"
    if found.kind == "local":
        reason = "the function takes it from there at every call, and so does whoever else does"
    string = ReplaceString(site.file.path, site.argument.at, site.argument.text, new)
    return Remedy(title, "unsafe", reason, (string,))


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Patch what a module does not have."""
    del project, entry
    there = spot.module("_is")
    text = f'from unittest.mock import patch\n\npatched = patch("{there}.nothing")\n'
    return {spot.path("_is"): "", spot.path(): text}


RULE = Rule(
    code="SSOT206",
    name="unresolved-string",
    summary="a dotted string of the project that names nothing",
    kinds={
        **{kind: Levels("warning", "warning") for kind in ("missing", "local")},
        "guarded": Levels("info", "info"),
    },
    check=check,
    departure=departure,
    needs_policy=False,
    fixable=True,
)
