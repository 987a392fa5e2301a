"""What a study proposes: a concept as it would be declared, with all that speaks for each line of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lint.model.policy import TEST_PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.policy import Concept
    from ssot_lint.project.resolution import Target

Role = Literal["old", "definition", "facade", "tests", "gone"]
"""What a module is that others take a concept from: an old address, one of the home's own, a package above it, ..."""


class Imports(NamedTuple):
    """How many imports there are, in production and in tests."""

    production: int = 0
    tests: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.production + self.tests

    @classmethod
    def summed(cls, numbers: Iterable[Imports]) -> Imports:
        """Return the sums."""
        pairs = list(numbers)
        return cls(sum(one.production for one in pairs), sum(one.tests for one in pairs))


class Place(NamedTuple):
    """A name that is bound in a file."""

    name: str
    path: str
    line: int
    note: str = ""


class Source(NamedTuple):
    """A module other than the home's that others take the concept from, and the imports by name."""

    module: str
    role: Role
    names: tuple[tuple[str, Imports], ...]
    note: str = ""
    broken: bool = False

    @property
    def imports(self) -> Imports:
        """All imports from there."""
        return Imports.summed(number for _, number in self.names)


@dataclass(frozen=True)
class Proposal:
    """A concept to declare, and the evidence.

    `kind` is what its object is, in words. `at_home` counts the imports from the home by name, `sources` says where
    else imports take it from. `others_at_home` are names of the home that look like aliases and are none, `makers` its
    functions that give the concept, `rivals` other objects with one of its names. `alike` are the classes of production
    whose names fit `pattern`, which is declared in `looks-like` only if it is narrow enough; `alike_in_tests` counts
    those of tests.
    """

    concept: Concept
    target: Target
    kind: str = "class"
    at_home: tuple[tuple[str, Imports], ...] = ()
    sources: tuple[Source, ...] = ()
    makers: tuple[Place, ...] = ()
    rivals: tuple[Place, ...] = ()
    others_at_home: tuple[Place, ...] = ()
    pattern: str = ""
    alike: tuple[Place, ...] = ()
    alike_in_tests: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def home_imports(self) -> Imports:
        """The imports of the concept from its home, under a name that is declared."""
        return Imports.summed(number for name, number in self.at_home if name in self.concept.offered)

    @property
    def odd_names_at_home(self) -> list[tuple[str, Imports]]:
        """The imports of the concept from its home under another name, such as a private one."""
        return [one for one in self.at_home if one[0] not in self.concept.offered]

    @property
    def uses_of_home(self) -> Imports:
        """The imports that use the address which is the home."""
        return dict(self.at_home).get(self.concept.home_name, Imports())

    @property
    def other_homes(self) -> list[tuple[str, Imports]]:
        """The addresses that more imports use than the home, most first; none that is broken or in test code."""
        found = [
            (f"{source.module}:{name}", number)
            for source in self.sources
            if source.role in ("old", "definition", "facade") and not source.broken
            for name, number in source.names
            if number.total > self.uses_of_home.total
        ]
        return sorted(found, key=lambda one: (-one[1].total, one[0]))


@dataclass(frozen=True)
class Setting:
    """What holds for the whole project: where names start, what is left out, and the files that cannot be analysed.

    `source_roots` are folders, each with the prefix of its names; `stated` says that a person gave them.
    """

    source_roots: tuple[tuple[str, str], ...] = ((".", ""),)
    stated: bool = False
    exclude: tuple[str, ...] = ()
    test_paths: tuple[str, ...] = TEST_PATHS
    unreadable: tuple[tuple[str, str], ...] = ()
