"""Production or tests: by path first, then by who imports whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.graph import Graph

Zone = Literal["production", "tests"]

_TEST_LIBRARIES: Final = frozenset(("pytest", "unittest", "hypothesis", "mock", "nose", "doctest"))
_TEST_WORDS: Final = frozenset(
    ("test", "tests", "testing", "mock", "mocks", "fixture", "fixtures", "fake", "fakes", "stubs")
)


class ZoneReader:
    """Assigns every file its zone.

    A file under a test path is test code unless production imports it while its module runs. A file elsewhere is
    production, unless only tests import it and it shows itself that it is for tests: by a word of its path, or by
    importing a test library. (Importers alone do not tell: nothing but its tests imports a library.)
    """

    def __init__(self, files: Sequence[SourceFile], graph: Graph, is_test_path: Callable[[str], bool]) -> None:
        self._files = files
        self._graph = graph
        self._by_path = {file.module for file in files if is_test_path(file.path)}

    def zones(self) -> dict[str, Zone]:
        """Return path to zone."""
        importers, needed_by = self._graph.importers, self._graph.needed_by
        tests = set(self._by_path)
        candidates = [file.module for file in self._files if file.module not in tests and for_tests(file)]
        changed = True
        while changed:
            only_tests = [name for name in candidates if name not in tests and name in importers]
            found = {name for name in only_tests if importers[name] - {name} and importers[name] - {name} <= tests}
            changed = bool(found)
            tests |= found
        pending = [name for name in tests if needed_by.get(name, set()) - tests]
        while pending:
            name = pending.pop()
            if name in tests:
                tests.discard(name)
                pending += [one for one in self._needs(name, needed_by) if one in tests]
        return {file.path: "tests" if file.module in tests else "production" for file in self._files}

    def _needs(self, name: str, needed_by: dict[str, set[str]]) -> list[str]:
        return [imported for imported, by in needed_by.items() if name in by]


def for_tests(file: SourceFile) -> bool:
    """Tell whether a file shows itself that it may be for tests."""
    words = {word for word in re.split(r"[/_.]", file.path.lower()) if word}
    if words & _TEST_WORDS:
        return True
    return any(one.module.partition(".")[0] in _TEST_LIBRARIES for one in file.facts.imports if not one.level)
