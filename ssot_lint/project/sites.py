"""Imports and uses in their place, with what they resolve to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lint.project.resolution import Outcome, Resolution, Target

if TYPE_CHECKING:
    from ssot_lint.model.facts import Import, SourceFile, Use
    from ssot_lint.project.modules import Located
    from ssot_lint.project.namespace import Arm
    from ssot_lint.project.resolve import Resolver


class Resolve(Protocol):
    """A way to resolve a name of the module at a place."""

    def __call__(self, located: Located, name: str, *, typing: bool) -> Resolution:
        """Resolve it."""


class ImportSite:
    """One alias of an import that stays in the project.

    `located` is the module that is imported from, None beyond the top-level package; `when` says when the statement
    runs. What it gives is found out when somebody asks.
    """

    __slots__ = ("_resolution", "_resolver", "file", "located", "one", "when")

    def __init__(self, file: SourceFile, one: Import, located: Located | None, when: Arm, resolver: Resolver) -> None:
        self.file = file
        self.one = one
        self.located = located
        self.when = when
        self._resolver = resolver
        self._resolution: Resolution | None = None

    @property
    def module(self) -> str:
        """The full name of the module that is imported from, "" beyond the top-level package."""
        return self.located.name if self.located is not None else ""

    @property
    def resolution(self) -> Resolution:
        """What the import gives."""
        if self._resolution is None:
            self._resolution = self.resolved(self._resolver.resolve_located)
        return self._resolution

    def resolved(self, resolve: Resolve) -> Resolution:
        """Return what one of a resolver's ways says that the import gives."""
        if self.located is None:
            why = "the relative import goes beyond the top-level package"
            return Resolution((Outcome(Target("unresolved", self.file.module, why), ()),))
        return resolve(self.located, "" if self.one.name == "*" else self.one.name, typing=self.when.typing_only)

    @property
    def address(self) -> str:
        """How the import spells what it takes: `module:name`, or the module alone."""
        return f"{self.module}:{self.one.name}" if self.one.name else self.module

    @property
    def at_module_level(self) -> bool:
        """Whether the statement runs when the module is imported."""
        return not self.when.local


class UseSite(NamedTuple):
    """A use of `name` of `module` through the module object that `one` imports."""

    file: SourceFile
    use: Use
    one: Import
    module: str
    name: str
    resolution: Resolution
