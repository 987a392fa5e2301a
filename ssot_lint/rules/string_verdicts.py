"""The strings that name a concept by another address than its home, and what they should name instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lint.model.patterns import path_matches
from ssot_lint.rules.moved import moved_names
from ssot_lint.rules.readers import passes_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.policy import Moved
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project
    from ssot_lint.rules.strings import StringSite

StringKind = Literal["patch", "import", "broken"]


class StringVerdict(NamedTuple):
    """A string that departs: `module` and `name` are the address that it uses, `home` (dotted) what replaces that.

    `home` is "" where the home offers nothing for it; `why` says why a broken one names nothing. `follows` says that
    the string must name whoever reads the name; otherwise `home` takes the place of the address in any case.
    """

    kind: StringKind
    site: StringSite
    module: str
    name: str
    home: str
    why: str = ""
    follows: bool = False
    as_whole: bool = False

    @property
    def rest(self) -> str:
        """What the string asks of the object at the address, with a dot in front."""
        return self.site.dotted[len(f"{self.module}.{self.name}" if self.name else self.module) :]


def string_verdicts(project: Project, bound: BoundConcept, sites: tuple[StringSite, ...]) -> Iterator[StringVerdict]:
    """Yield the verdicts on the strings that name a concept."""
    for site in sites:
        skipped = site.argument.form == "loose" or site.file.module in bound.own_modules
        if not skipped and bound.in_scope(site.file.path):
            found = _import(project, bound, site) if site.how == "import" else _patch(project, bound, site)
            if found is not None:
                yield found


def moved_string_verdicts(project: Project, moved: Moved, sites: tuple[StringSite, ...]) -> Iterator[StringVerdict]:
    """Yield the verdicts on the strings that name the old address of a `[[moved]]` entry."""
    old, new = moved.from_.partition(":")[0], moved.to.partition(":")[0]
    names = moved_names(moved)
    for site in sites:
        skipped = site.argument.form == "loose" or site.file.module in (old, new)
        if skipped or (moved.scope and not path_matches(site.file.path, moved.scope)):
            continue
        found = _moved_name(project, moved, site, names) if names else _moved_module(project, moved, site)
        if found is not None:
            yield found


def _import(project: Project, bound: BoundConcept, site: StringSite) -> StringVerdict | None:
    """Judge the import of a module: one of the old addresses that is gone, or that only passes names on."""
    if not (bound.moved_from(site.dotted, "") or (not site.name and bound.moved_from(site.module, ""))):
        return None
    if site.resolution.target.kind == "unresolved":
        return StringVerdict("broken", site, site.dotted, "", bound.home_module, site.resolution.target.name)
    file = project.file_of(site.module)
    if site.name or file is None or not file.facts.passes_names or file.module in bound.own_modules:
        return None
    return StringVerdict("import", site, site.dotted, "", bound.home_module)


def _patch(project: Project, bound: BoundConcept, site: StringSite) -> StringVerdict | None:
    objects = frozenset(bound.offered.values())
    live = (outcome.target for outcome in site.resolution.outcomes if not outcome.fallback)
    target = next((one for one in live if one in objects), site.resolution.target)
    if target in objects:
        name = site.name if bound.offered.get(site.name) == target else bound.name_at_home(target)
        if site.module in bound.own_modules or target.module == site.module:
            return None
        return _of_passed_on(project, site, f"{bound.home_module}.{name}")
    if target.kind != "unresolved" or site.argument.form == "object" or _is_created(site):
        return None
    for module, name in _splits(site.dotted):
        if module != bound.home_module and bound.moved_from(module, name) and bound.claims(name):
            offered = project.resolve(bound.home_module, name).target.known
            home = f"{bound.home_module}.{name}" if offered else ""
            return StringVerdict("broken", site, module, name, home, target.name, not _rest(site, module, name))
    return None


def _of_passed_on(project: Project, site: StringSite, home: str) -> StringVerdict | None:
    """Judge a string that reaches the object: its module must read the name itself."""
    file = project.file_of(site.module)
    if file is None or not passes_on(project, file, site.name):
        return None
    asked = f".{site.name}.{site.rest}" if site.rest else f".{site.name}"
    module = site.dotted[: -len(asked)]
    broken = project.broken.get(site.module)
    if broken is not None:
        via = f" (through {broken.via})" if broken.via else ""
        why = f"{broken.path}:{broken.line} fails{via}, since {broken.why}"
        return StringVerdict("broken", site, module, site.name, home, why, site.rebinds)
    return StringVerdict("patch", site, module, site.name, home, follows=site.rebinds)


def _moved_name(project: Project, moved: Moved, site: StringSite, names: tuple[str, ...]) -> StringVerdict | None:
    old = moved.from_.partition(":")[0]
    target = site.resolution.target
    for module, name in _splits(site.dotted):
        if name in names and old in (module, site.module if name == site.name else ""):
            new_module, new_name = _new_address(moved, name)
            home = f"{new_module}.{new_name}"
            if target.kind == "unresolved" and (site.argument.form == "object" or _is_created(site)):
                return None
            if target.kind == "unresolved":
                return StringVerdict("broken", site, module, name, home, target.name, not _rest(site, module, name))
            same = project.resolver.resolve_from(site.file, new_module, new_name).target == target
            if (same or moved.trust) and target.module != site.module:
                return _of_passed_on(project, site, home)
    return None


def _moved_module(project: Project, moved: Moved, site: StringSite) -> StringVerdict | None:
    """Judge a string about a module or package that moved as a whole."""
    old = moved.from_
    real = ".".join(part for part in (site.module, site.name, site.rest) if part)
    dotted = next((one for one in (site.dotted, real) if f"{one}.".startswith(f"{old}.")), "")
    if not dotted or site.argument.form == "object":
        return None
    spelled = site.dotted[: len(site.dotted) - len(dotted) + len(old)]
    kind: StringKind = site.how
    why = ""
    file = project.file_of(site.module)
    if site.resolution.target.kind == "unresolved":
        kind, why = "broken", site.resolution.target.name
    elif site.how == "patch" and file is not None and not file.facts.passes_names:
        return None
    return StringVerdict(kind, site, spelled, "", moved.to, why, as_whole=True)


def _new_address(moved: Moved, name: str) -> tuple[str, str]:
    module, _, new_name = moved.to.partition(":")
    renamed = moved.names if isinstance(moved.names, dict) else {}
    return module, new_name or renamed.get(name, name)


def _is_created(site: StringSite) -> bool:
    """Tell whether a patch makes the attribute that its module does not have."""
    return site.argument.creates and not site.rest


def _splits(dotted: str) -> Iterator[tuple[str, str]]:
    """Yield every module and name that a dotted string may mean."""
    parts = dotted.split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end]), parts[end]


def _rest(site: StringSite, module: str, name: str) -> str:
    return site.dotted[len(f"{module}.{name}") :]
