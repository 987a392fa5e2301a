"""Imports and uses in their place, with what they resolve to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ssot_lint.model.facts import Import, SourceFile, Use
    from ssot_lint.project.modules import Located
    from ssot_lint.project.namespace import Arm
    from ssot_lint.project.resolution import Resolution


class ImportSite(NamedTuple):
    """One alias of an import that stays in the project.

    `module` is the full name of the module that is imported from; `when` says when the statement runs.
    """

    file: SourceFile
    one: Import
    module: str
    located: Located
    resolution: Resolution
    when: Arm

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
