"""Statements are put under a new lock of their module, which is made above them."""

from __future__ import annotations

import sys
from itertools import count, takewhile
from typing import TYPE_CHECKING

from ssot_lint.facts.new_locks import NewLock
from ssot_lint.facts.top_level import inner_if, top_statements
from ssot_lint.fixing.draft import RefusalError
from ssot_lint.model.location import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.facts.top_level import InnerIf, TopStatement
    from ssot_lint.fixing.draft import Draft
    from ssot_lint.fixing.edits import Edit
    from ssot_lint.model.fix import HoldLock


class LockEdits:
    """Edits what is put under locks in one file; what is above one statement is put there in one piece."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._source = draft.source
        self._tops: list[TopStatement] = []
        self._above: dict[int, list[NewLock]] = {}
        self._names: set[str] = set()

    def hold(self, fix: int, intent: HoldLock) -> None:
        """Put statements under one new lock. RefusalError where they do not stand as they should."""
        tree = self._source.parse().tree
        self._tops = self._tops or top_statements(tree)
        places = [one for one in (inner_if(tree, line) for line in intent.lines) if one is not None]
        if len(places) < len(intent.lines):
            raise RefusalError(fix, "the file has changed since it was read")
        number = min(one.top for one in places)
        imported = self._is_imported(fix, intent.module, number)
        lock = NewLock(self._free(intent.state), intent.module, imports=not imported)
        changes = self._draft.changes
        for one in places:
            self._draft.edits += self._indented(fix, one, lock)
            changes.held[(one.line, one.column + 1)] = lock
        if lock.imports:
            edit = self._import(fix, intent.module, number)
            self._draft.edits += [edit] if edit not in self._draft.edits else []
        place = (self._tops[number].line, 1)
        changes.locks[place] = (*changes.locks.get(place, ()), lock)
        self._above.setdefault(number, []).append(lock)

    def made(self) -> Iterator[Edit]:
        """Yield the edits that make the locks, each above the first statement that needs it."""
        for number, locks in self._above.items():
            line = self._start(number)
            lines = [f"{lock.name} = {lock.module}.Lock()" for lock in locks]
            yield self._insertion(line, [*self._gap(line), *lines, *_empty_above(self._tops[number])])

    # What is there

    def _free(self, state: str) -> str:
        """Return a name for the lock of some state that nothing in the file has."""
        imported = {one.bound for one in self._draft.names()}
        taken = self._draft.references.names | imported | self._names
        name = "_" + "_".join([*filter(None, [state.strip("_").lower()]), "lock"])
        found = next(
            one for one in (f"{name}_{number}" if number > 1 else name for number in count(1)) if one not in taken
        )
        self._names.add(found)
        return found

    def _is_imported(self, fix: int, module: str, number: int) -> bool:
        """Tell whether a module is bound to its own name above a statement. RefusalError if that means another."""
        above = (one for top in self._tops[:number] for one in top.imports)
        there = any(one.bound == module for one in above)
        bound = [one for one in self._draft.names() if one.bound == module]
        references = self._draft.references
        if module in references.bound or any(one.name is not None or one.local for one in bound):
            raise RefusalError(fix, f"{module} means something else in this file")
        if not there and (bound or module in references.chains):
            raise RefusalError(fix, f"{module} is imported in another place of this file")
        return there

    # What is added

    def _indented(self, fix: int, place: InnerIf, lock: NewLock) -> Iterator[Edit]:
        """Yield the edits that put a statement, and the comments that belong to it, into a `with` block."""
        indent = self._source.line(place.line)[: place.column]
        outer = self._source.line(place.function)[: place.function_column]
        unit = indent[len(outer) :]
        if indent.strip() or not indent.startswith(outer) or not unit or len(set(indent)) > 1:
            raise RefusalError(fix, f"line {place.line} is not indented by spaces alone, or tabs alone")
        block = "async with" if lock.module == "asyncio" else "with"
        yield self._insertion(place.line, [f"{indent}{block} {lock.name}:", unit], ends=False)
        for line in range(place.line + 1, self._last_line(place, indent) + 1):
            if self._source.line(line).strip():
                yield self._insertion(line, [unit], ends=False)

    def _last_line(self, place: InnerIf, indent: str) -> int:
        """Return the last line of a statement, with the comments right below that are indented as what is in it."""
        last = place.last
        while last < self._source.lines:
            text = self._source.line(last + 1)
            if not text.startswith((f"{indent} ", f"{indent}\t")) or not text.lstrip().startswith("#"):
                break
            last += 1
        return last

    def _import(self, fix: int, module: str, number: int) -> Edit:
        """Return the edit that imports a module: in its place among those of the standard library, or above all."""
        first, run = self._imports()
        standard = [one for one in run if _is_standard(one)]
        before = [one for one in standard if one.straight and one.imports[0].module < module]
        text = [f"import {module}"]
        if before:
            line = before[-1].last + 1
        elif standard:
            line = standard[0].line
        elif first and not run:
            line = self._tops[first - 1].last + 1
            text = ["", *text, *([""] if self._source.line(line).strip() else [])]
        else:
            line, text = self._start(first), [*text, *_empty_above(self._tops[first])]
        shared = any(one.first < line <= one.last for one in self._tops)
        if shared or line >= self._start(number):
            raise RefusalError(fix, f"there is no place for an import of {module}")
        return self._insertion(line, text)

    def _imports(self) -> tuple[int, Sequence[TopStatement]]:
        """Return how many statements come before any import, and the imports that stand there together."""
        lead = takewhile(
            lambda top: top.is_docstring or any(one.module == "__future__" for one in top.imports), self._tops
        )
        first = sum(1 for _ in lead)
        return first, list(takewhile(lambda top: top.imports, self._tops[first:]))

    def _start(self, number: int) -> int:
        """Return the line where a statement of the module begins, with the comments right above it.

        Those that begin the file are the file's.
        """
        start = line = self._tops[number].first
        end = self._tops[number - 1].last if number else 0
        while line - 1 > end and self._source.line(line - 1).startswith("#"):
            line -= 1
        return line if line > 1 else start

    def _gap(self, line: int) -> list[str]:
        """Return the empty lines that are missing above what is put on a line: two behind a block, else one."""
        there = 0
        while line - there > 1 and not self._source.line(line - there - 1).strip():
            there += 1
        if line - there == 1:
            return []
        wanted = 2 if self._source.line(line - there - 1)[:1].isspace() else 1
        return [""] * max(0, wanted - there)

    def _insertion(self, line: int, lines: Sequence[str], *, ends: bool = True) -> Edit:
        """Return the edit that puts lines above another one; unless it `ends`, that one goes on with the last."""
        here = Span(line, 1, line, 1)
        newline = self._source.layout(here, 0).newline
        return self._source.edit(here, newline.join([*lines, ""] if ends else lines))


def _empty_above(top: TopStatement) -> list[str]:
    """Return the empty lines that stand above a statement of a module."""
    return [""] * (2 if top.is_block else 1)


def _is_standard(top: TopStatement) -> bool:
    return all(not one.level and one.module.partition(".")[0] in sys.stdlib_module_names for one in top.imports)
