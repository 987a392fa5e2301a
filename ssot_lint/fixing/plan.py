"""From intents to the new bytes of files: several fixes planned together, each whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.read import parsed
from ssot_lint.facts.sameness import difference
from ssot_lint.fixing.edits import Edit, EditableSource, OverlapError, apply_edits
from ssot_lint.fixing.file_edits import FileEdits
from ssot_lint.model.fix import DeleteModule
from ssot_lint.parsing.reader import UnreadableSourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssot_lint.model.fix import Intent
    from ssot_lint.project.model import Project


class PlannedFile(NamedTuple):
    """A file that fixes change: its bytes before and after (None: deleted), which fixes do it, and by which edits."""

    path: str
    before: bytes
    after: bytes | None
    fixes: frozenset[int]
    edits: tuple[Edit, ...] = ()


class Withheld(NamedTuple):
    """A fix that is not made, since this file cannot be changed as it asks; `bug` says that the fault is ours."""

    fix: int
    path: str
    reason: str
    bug: bool = False


class Plan(NamedTuple):
    """What a set of fixes does to the files, and which of them were withheld."""

    files: dict[str, PlannedFile]
    withheld: tuple[Withheld, ...]

    @property
    def fixes(self) -> frozenset[int]:
        """The fixes that are made."""
        return frozenset().union(*(file.fixes for file in self.files.values()))


class Planner:
    """Plans fixes over the files of a project as `read` gives them; remembers what it parsed."""

    def __init__(self, project: Project, read: Callable[[str], bytes], width_of: Callable[[str], int]) -> None:
        self._project = project
        self._read = read
        self._width_of = width_of
        self._sources: dict[str, EditableSource | str] = {}

    def plan(self, fixes: Mapping[int, Sequence[Intent]]) -> Plan:
        """Return what the fixes do together; a fix that one of its files refuses is left out of all of them."""
        by_path: dict[str, dict[int, list[Intent]]] = {}
        for number, intents in sorted(fixes.items()):
            for intent in intents:
                by_path.setdefault(intent.path, {}).setdefault(number, []).append(intent)
        files: dict[str, PlannedFile] = {}
        withheld: list[Withheld] = []
        out: set[int] = set()
        pending = set(by_path)
        while pending:
            path = min(pending)
            pending.remove(path)
            left = {number: intents for number, intents in by_path[path].items() if number not in out}
            files.pop(path, None)
            refused = self._file(path, left, files) if left else []
            if refused:
                withheld += refused
                new = {one.fix for one in refused}
                out |= new
                pending |= {other for other, asked in by_path.items() if new & asked.keys()}
        return Plan(files, tuple(withheld))

    def _file(self, path: str, fixes: Mapping[int, Sequence[Intent]], files: dict[str, PlannedFile]) -> list[Withheld]:
        """Plan one file into `files`, or return what is withheld."""
        source = self._source(path)
        if isinstance(source, str):
            return [Withheld(number, path, source) for number in fixes]
        if any(isinstance(intent, DeleteModule) for intents in fixes.values() for intent in intents):
            return self._deletion(path, fixes, source, files)
        edits = FileEdits(self._project, self._project.by_path[path], source, self._width_of(path))
        refused = [Withheld(number, path, reason) for number, reason in edits.make(fixes)]
        if refused:
            return refused
        try:
            after = apply_edits(source.data, edits.edits)
        except OverlapError as error:
            return [Withheld(max(fixes), path, f"it meets another fix: {error}")]
        wrong = edits.lost_comments() or self._wrong(source, after, edits)
        if wrong:
            return self._culprits(path, fixes, wrong)
        if after != source.data:
            files[path] = PlannedFile(path, source.data, after, frozenset(fixes), tuple(sorted(edits.edits)))
        return []

    def _culprits(self, path: str, fixes: Mapping[int, Sequence[Intent]], wrong: str) -> list[Withheld]:
        """Return which of the fixes of a file fail the check when they are made alone; all, if only together."""
        if len(fixes) == 1:
            return [Withheld(number, path, wrong, bug=True) for number in fixes]
        scratch: dict[str, PlannedFile] = {}
        alone = [one for number in fixes for one in self._file(path, {number: fixes[number]}, scratch)]
        return alone or [Withheld(number, path, wrong, bug=True) for number in fixes]

    def _deletion(
        self,
        path: str,
        fixes: Mapping[int, Sequence[Intent]],
        source: EditableSource,
        files: dict[str, PlannedFile],
    ) -> list[Withheld]:
        deleting = {number for number, asked in fixes.items() if any(isinstance(one, DeleteModule) for one in asked)}
        others = fixes.keys() - deleting
        if others:
            return [Withheld(number, path, "the module is still being changed") for number in deleting]
        files[path] = PlannedFile(path, source.data, None, frozenset(fixes))
        return []

    def _source(self, path: str) -> EditableSource | str:
        """Return a file ready to be edited, or why it cannot be."""
        found = self._sources.get(path)
        if found is None:
            found = self._sources[path] = self._opened(path)
        return found

    def _opened(self, path: str) -> EditableSource | str:
        try:
            source = EditableSource(self._read(path))
            source.parse()
        except UnreadableSourceError as error:
            if error.kind == "syntax-error":
                return "the Python that runs ssot-lint cannot parse the file"
            return error.message
        return source if source.exact else "its encoding carries state from line to line"

    def _wrong(self, source: EditableSource, after: bytes, edits: FileEdits) -> str:
        """Return what a file would say beyond the plan, "" if nothing: decoded strictly and parsed anew."""
        try:
            new = parsed(after)
        except UnreadableSourceError as error:
            return f"it could not be read afterwards: {error.message}"
        return difference(source.parse(), new, edits.changes)
