"""What the fixes of one file have asked for so far: names that move, uses that are respelled, strings replaced."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.references import References, read_references
from ssot_lint.facts.sameness import Changes
from ssot_lint.facts.suites import Alias, ImportStatement, import_suites
from ssot_lint.facts.text import Columns
from ssot_lint.model.location import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.fixing.edits import Edit, EditableSource


class RefusalError(Exception):
    """Why one of the fixes of a file cannot be made."""

    def __init__(self, fix: int, reason: str) -> None:
        super().__init__(reason)
        self.fix = fix


class Taken(NamedTuple):
    """What an alias is to become: taken from an address, by a fix; `name` is "" for the module object."""

    fix: int
    module: str
    name: str


class Draft:
    """A file with its import statements by suite, and what is to become of it.

    `edits` are ready; `moves` are by statement and position, `touched` says which fixes ask something of a statement.
    `changes` says the same of the syntax tree, for the check afterwards. `gone` are the comments in code that goes.
    """

    def __init__(self, source: EditableSource) -> None:
        self.source = source
        self.edits: list[Edit] = []
        self.changes = Changes()
        self.gone: Counter[str] = Counter()
        self.moves: dict[Span, dict[int, Taken]] = defaultdict(dict)
        self.touched: dict[Span, set[int]] = defaultdict(set)
        text, self._tree = source.parse()
        self._columns = Columns(text)
        self.suites = import_suites(self._tree, self._columns)
        self._references: References | None = None

    @property
    def references(self) -> References:
        """What the file does with its names; read when first asked for."""
        if self._references is None:
            self._references = read_references(self._tree, self._columns)
        return self._references

    def names(self) -> Iterator[Alias]:
        """Yield every name that an import statement of the file brings."""
        return (alias for suite in self.suites for statement in suite for _, alias in statement.names)

    def suite_of(self, fix: int, span: Span) -> tuple[Sequence[ImportStatement], ImportStatement]:
        """Return an import statement, and the imports of its suite. RefusalError if it is not there."""
        for suite in self.suites:
            for statement in suite:
                if statement.at == span:
                    return suite, statement
        raise RefusalError(fix, "the file has changed since it was read")

    def alias(self, fix: int, statement: Span, at: Span) -> tuple[int, Alias]:
        """Return an alias and its position in its statement. RefusalError if it is not there."""
        for position, (span, alias) in enumerate(self.suite_of(fix, statement)[1].names):
            if span == at:
                return position, alias
        raise RefusalError(fix, "the file has changed since it was read")

    def move(self, fix: int, statement: Span, position: int, target: tuple[str, str]) -> None:
        """Take an alias from another address. RefusalError if another fix takes it elsewhere."""
        there = self.moves[statement].setdefault(position, Taken(fix, *target))
        if there[1:] != target:
            raise RefusalError(fix, f"another fix takes the same name from {there.module}")
        self.touched[statement].add(fix)

    def name_constant(self, fix: int, span: Span, old: str, new: str) -> None:
        """Put a dotted name in the place of a string. RefusalError if the string is not written as one."""
        if self.source.text(span) not in (f'"{old}"', f"'{old}'"):
            raise RefusalError(fix, "the string is not written as one plain literal")
        place = (span.line, span.column)
        if place not in self.changes.constants:
            self.changes.constants[place] = new
            self.edits.append(self.source.edit(span, new))

    def respell(self, span: Span, old: str, new: str) -> None:
        """Replace the dotted name that stands at the start of a span."""
        place = (span.line, span.column)
        if old == new or place in self.changes.names:
            return
        self.changes.names[place] = (old, new)
        end = Span(span.line, span.column, span.line, span.column + len(old))
        self.edits.append(self.source.edit(end, new))
