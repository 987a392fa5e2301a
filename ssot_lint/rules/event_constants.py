"""The remedy of a string that has a constant: how the constant is written, what is imported, and whether it is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.model.fix import NameConstant, Remedy
from ssot_lint.project.loading import load_graph
from ssot_lint.project.namespace import arm
from ssot_lint.rules.construction import definition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.details import EventUse
    from ssot_lint.model.facts import Import, SourceFile
    from ssot_lint.project.concepts import BoundVocabulary
    from ssot_lint.project.model import Project

_ENUMS: Final = frozenset(("enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"))
_PLAIN: Final = frozenset(("object", "str"))
_OWN_WAYS: Final = frozenset(
    ("__new__", "__init__", "_generate_next_value_", "value", "_missing_", "__str__", "__eq__")
)


class _Style(NamedTuple):
    """How members of the home stand for their strings: what is added to the name, and why that may not be so."""

    ending: str = ""
    doubt: str = ""


class ConstantWriter:
    """Writes the constants of one vocabulary's home into files."""

    def __init__(self, project: Project, bound: BoundVocabulary, files: Mapping[str, SourceFile]) -> None:
        self._project = project
        self._bound = bound
        self._style = self._style_of_home()
        self._graph = load_graph(project)
        home = bound.home.module if bound.home is not None else ""
        loads = {(file.module, home) for file in files.values()}
        self._circular = self._graph.closing(loads) | self._graph.circular(loads)

    def remedy(self, file: SourceFile, use: EventUse, constant: str) -> Remedy:
        """Return the remedy of a string, whose constant has this qualified name."""
        home = self._bound.home
        assert home is not None  # noqa: S101 - without a home there is no constant
        root, _, rest = constant.partition(".")
        spelled = constant + self._style.ending
        title = f"write {spelled}, from {home.module}"
        if not use.plain:
            return Remedy(title, "display", "it is not written as one string")
        there = next(self._imported(file, root, use), None)
        if there is not None:
            new = spelled.replace(root, there.bound_as, 1) if rest else there.bound_as + self._style.ending
            intent = NameConstant(file.path, use.at, use.text, new, home.module, root)
            return self._decided(title, list(filter(None, [self._style.doubt])), intent)
        if home.module == file.module:
            return Remedy(title, "display", "it stands in the home's own module")
        beside = self._beside(file, use)
        if beside is None:
            return Remedy(title, "display", "there is no import beside which the home could be imported")
        intent = NameConstant(file.path, use.at, use.text, spelled, home.module, root, beside.statement)
        return self._decided(title, list(self._against(file)), intent)

    def _decided(self, title: str, reasons: list[str], intent: NameConstant) -> Remedy:
        return Remedy(title, "unsafe" if reasons else "safe", "; ".join(reasons), (intent,))

    def _style_of_home(self) -> _Style:
        """Tell an enum from plain constants, as far as its bases show."""
        home = self._bound.home
        definition = definition_of(self._project, home) if home is not None else None
        if home is None or definition is None:
            return _Style()
        bases = {base: self._project.resolve(home.module, base).target for base in definition.bases}
        names = {base if base in _PLAIN or one.kind != "external" else one.name for base, one in bases.items()}
        if definition.metaclass or names - _ENUMS - _PLAIN:
            other = definition.metaclass or min(names - _ENUMS - _PLAIN)
            return _Style(
                ".value" if "Enum" in other or names & _ENUMS else "", f"{other} may make other values of them"
            )
        if not names & _ENUMS:
            return _Style()
        own = sorted(_OWN_WAYS.intersection((*definition.members, *definition.attributes)))
        doubt = f"{definition.name} has its own {own[0]}" if own else ""
        return _Style("" if names == {"enum.StrEnum"} else ".value", doubt)

    def _imported(self, file: SourceFile, root: str, use: EventUse) -> Iterator[Import]:
        """Yield the imports of the home's name, or constant, that always run before a use."""
        home = self._bound.home
        for one in file.facts.imports:
            if one.name and not one.block and one.at < use.at:
                target = self._project.resolve(file.module, one.bound_as).target
                if target == home or (home is not None and (target.module, target.name) == (home.module, root)):
                    yield one

    def _beside(self, file: SourceFile, use: EventUse) -> Import | None:
        """Return the last import at the module's top that stands above a use."""
        found = [one for one in file.facts.imports if not one.block and one.at < use.at]
        return found[-1] if found else None

    def _against(self, file: SourceFile) -> Iterator[str]:
        """Yield why importing the home here may not do."""
        home = self._bound.home
        assert home is not None  # noqa: S101 - without a home there is no constant
        if self._style.doubt:
            yield self._style.doubt
        if (file.module, home.module) in self._circular:
            yield f"{home.module} needs {file.module} to load: importing it here closes a cycle"
        if home.module in self._project.broken:
            yield f"{home.module} cannot be imported"
        more = self._graph.needs(home.module) - self._graph.needs(file.module)
        if more:
            yield f"{home.module} also needs {', '.join(sorted(more)[:3])}"
        top = home.module.partition(".")[0]
        taken = (one for one in file.facts.imports if not one.level and not arm(file.facts, one.block).typing_only)
        if file.module.partition(".")[0] != top and not any(one.module.partition(".")[0] == top for one in taken):
            yield f"nothing shows that {file.module} can import {top}"
