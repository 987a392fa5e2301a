"""The strings that name a module or an attribute to a call, such as `patch("a.b.C")`, and what they lead to."""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lint.facts.callees import IMPORTERS
from ssot_lint.model.facts import Use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lint.model.facts import SourceFile, StringArgument
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution


class StringSite(NamedTuple):
    """A string in its place, and what it leads to.

    `module` is the last module on the way, by its own name, and `name` the attribute that is asked of it ("" for the
    module itself), `rest` what is asked of that. `dotted` is the whole as it is spelled, from the top package on.
    """

    file: SourceFile
    argument: StringArgument
    dotted: str
    module: str
    name: str
    rest: str
    resolution: Resolution

    @property
    def how(self) -> Literal["patch", "import"]:
        """Whether the string's attribute is replaced, or its module imported."""
        return "import" if self.argument.callee.rpartition(".")[2] in IMPORTERS else "patch"

    @property
    def rewritable(self) -> bool:
        """Whether the string is one constant that names all of it, which another could replace."""
        return self.argument.form == "string"

    @property
    def rebinds(self) -> bool:
        """Whether an attribute of a module is replaced, and not something inside the object that it is."""
        return self.how == "patch" and not self.rest and self.argument.callee.rpartition(".")[2] != "dict"

    @property
    def address(self) -> str:
        """What it names: `module:name`, or the module alone."""
        return f"{self.module}:{self.name}" if self.name else self.module


def string_sites(project: Project) -> tuple[StringSite, ...]:
    """Return every string that leads to a module of the project, in source order."""
    every = ((file, one) for file in project.files for one in file.facts.strings)
    return project.remember(("string sites",), lambda: tuple(sites_of(project, every)))


def patched_addresses(project: Project) -> Mapping[tuple[str, str], tuple[StringSite, ...]]:
    """Return the patches that rebind an attribute of a module, by the module's own name and the attribute.

    Not among them: patches of something inside the attribute (`a.b.C.method`). Strings count that perhaps are patched
    (`loose` ones), and those that name nothing today.
    """
    return project.remember(("patched addresses",), lambda: MappingProxyType(_patched(project)))


def follow(project: Project, file: SourceFile, dotted: str) -> Resolution | None:
    """Resolve a dotted string as a call in a file would; None outside of the project."""
    first, *names = dotted.split(".")
    located = project.index.locate(first, file)
    if located.state not in ("module", "namespace"):
        return None
    module, name, rest, resolution = _follow(project, located.name, names)
    return project.resolve(module, f"{name}.{rest}") if rest else resolution


def sites_of(project: Project, strings: Iterable[tuple[SourceFile, StringArgument]]) -> Iterator[StringSite]:
    """Yield those of some strings of files that lead to a module of the project."""
    for file, argument in strings:
        start = (_of_object if argument.form == "object" else _of_text)(project, file, argument)
        if start is not None:
            module, names = start
            dotted = ".".join([module, *names])
            yield StringSite(file, argument, dotted, *_follow(project, module, names))


def _of_text(project: Project, file: SourceFile, argument: StringArgument) -> tuple[str, list[str]] | None:
    """Return the top package of a dotted string and the names after it; None outside of the project."""
    first, *names = argument.text.split(".")
    located = project.index.locate(first, file)
    return (located.name, names) if located.state in ("module", "namespace") else None


def _of_object(project: Project, file: SourceFile, argument: StringArgument) -> tuple[str, list[str]] | None:
    """Return the module object that a patch is given, and the attribute that it asks for."""
    facts = file.facts
    root = argument.text.partition(".")[0]
    scopes = {facts.scope(one.block) for one in facts.imports if one.bound_as == root}
    block = argument.block
    while block >= 0:
        if block in scopes:
            found = project.use(file, Use(block, argument.text, argument.block, argument.at))
            return (found.module, [found.name]) if found is not None else None
        block = facts.blocks[block].parent
    return None


def _follow(project: Project, module: str, names: list[str]) -> tuple[str, str, str, Resolution]:
    """Take names from a module one by one as long as they give modules; return where that ends."""
    resolution = project.resolve(module)
    for position, name in enumerate(names):
        resolution = project.resolve(module, name)
        inner = project.index.locate(f"{module}.{name}")
        if resolution.target.kind == "module":
            module = resolution.target.module
        elif not resolution.target.known and inner.state == "module":
            module = inner.name
        else:
            return module, name, ".".join(names[position + 1 :]), resolution
    return module, "", "", resolution


def _patched(project: Project) -> dict[tuple[str, str], tuple[StringSite, ...]]:
    found: dict[tuple[str, str], list[StringSite]] = defaultdict(list)
    for site in string_sites(project):
        if site.rebinds:
            found[_rebound(project, site)].append(site)
    return {address: tuple(sites) for address, sites in found.items()}


def _rebound(project: Project, site: StringSite) -> tuple[str, str]:
    """Return the module whose attribute a patch rebinds, and the attribute; of a module it is the one that holds it."""
    if site.name:
        return site.module, site.name
    first, *names = site.dotted.split(".")
    holder = _follow(project, first, names[:-1])[0]
    return holder, names[-1] if names else ""
