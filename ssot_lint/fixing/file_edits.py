"""The edits of one file: what its fixes ask for, suite by suite, as byte ranges."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.fixing.comments import dropped
from ssot_lint.fixing.draft import Draft, RefusalError
from ssot_lint.fixing.fallbacks import drop_fallback
from ssot_lint.fixing.locks import LockEdits
from ssot_lint.fixing.rewriters.imports import Source, Statement
from ssot_lint.fixing.rewriters.suite import rewrite_suite
from ssot_lint.fixing.spelling import Speller
from ssot_lint.fixing.uses import UseEdits
from ssot_lint.model.fix import (
    DropFallback,
    DropSuppression,
    ExpandStar,
    HoldLock,
    NameConstant,
    RebindImport,
    RedirectUses,
    ReplaceString,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lint.facts.sameness import Changes
    from ssot_lint.facts.suites import ImportStatement
    from ssot_lint.fixing.edits import Edit, EditableSource
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.fix import Intent
    from ssot_lint.model.location import Span
    from ssot_lint.project.model import Project

_NOWHERE: Final = "__nowhere__"
"""Where a name that is added moves from."""

_COMMENT: Final = re.compile(r"#[^\r\n]*")
_LITERAL: Final = re.compile(r"""(?P<prefix>[rRuU]?)(?P<quote>'''|\"\"\"|'|")(?P<body>.*)(?P=quote)""", re.DOTALL)


class FileEdits:
    """Collects the edits of one file."""

    def __init__(self, project: Project, file: SourceFile, source: EditableSource, width: int) -> None:
        self._source = source
        self._width = width
        self._draft = Draft(source)
        self._speller = Speller(project, file)
        self._uses = UseEdits(self._draft, self._speller, width)
        self._locks = LockEdits(self._draft)
        self._comments: set[Edit] = set()
        self._stars: dict[Span, list[tuple[ExpandStar, int]]] = defaultdict(list)

    @property
    def edits(self) -> list[Edit]:
        """The edits, in no order."""
        return [*self._draft.edits, *self._comments]

    @property
    def changes(self) -> Changes:
        """What the edits change in the syntax tree."""
        return self._draft.changes

    def make(self, fixes: Mapping[int, Sequence[Intent]]) -> list[tuple[int, str]]:
        """Collect what the fixes ask for; return those that are refused, with the reason: then nothing counts."""
        refused = []
        for number, intents in sorted(fixes.items()):
            try:
                self._collect(number, intents)
            except RefusalError as refusal:  # noqa: PERF203 - every fix gets its own reason
                refused.append((refusal.fix, str(refusal)))
        refused += self._redirect(fixes)
        self._draft.edits += self._locks.made()
        for suite in self._draft.suites:
            if any(statement.at in self._draft.touched for statement in suite):
                refused += self._rewrite(suite)
        return refused

    def lost_comments(self) -> str:
        """Say which comment inside the edits got lost or is new, "" if none; suppressions and code that goes apart."""
        old: Counter[str] = Counter()
        new: Counter[str] = Counter()
        for edit in self._draft.edits:
            old.update(_comments(self._source.decoded(self._source.data[edit.start : edit.end])))
            new.update(_comments(self._source.decoded(edit.content)))
        changed = [*(old - new - self._draft.gone), *(comment for comment in new if comment not in old)]
        return f"the comment {changed[0]} would not stay as it is" if changed else ""

    # What is asked for

    def _redirect(self, fixes: Mapping[int, Sequence[Intent]]) -> Iterator[tuple[int, str]]:
        """Redirect the uses of every alias: of all fixes together if the import moves whole, else fix by fix."""
        asked: dict[Span, dict[int, list[RedirectUses]]] = defaultdict(lambda: defaultdict(list))
        for number, intents in sorted(fixes.items()):
            for intent in intents:
                if isinstance(intent, RedirectUses):
                    asked[intent.at][number].append(intent)
        for by_fix in asked.values():
            every = [intent for intents in by_fix.values() for intent in intents]
            for number, intents in by_fix.items():
                try:
                    self._uses.redirect(number, intents, every)
                except RefusalError as refusal:  # noqa: PERF203 - every fix gets its own reason
                    yield refusal.fix, str(refusal)

    def _collect(self, fix: int, intents: Sequence[Intent]) -> None:
        for intent in intents:
            if isinstance(intent, RebindImport):
                position, alias = self._draft.alias(fix, intent.statement, intent.at)
                if alias.name is None and alias.local is None:
                    self._uses.follow(fix, alias, intent)
                else:
                    self._uses.still_loaded(fix, alias)
                self._draft.move(fix, intent.statement, position, (intent.module, intent.name))
            elif isinstance(intent, ExpandStar):
                self._draft.suite_of(fix, intent.statement)
                self._stars[intent.statement].append((intent, fix))
                self._draft.touched[intent.statement].add(fix)
            elif isinstance(intent, ReplaceString):
                self._string(fix, intent)
            elif isinstance(intent, DropFallback):
                drop_fallback(self._draft, fix, intent)
            elif isinstance(intent, HoldLock):
                self._locks.hold(fix, intent)
            elif isinstance(intent, NameConstant):
                self._uses.stand_in(fix, intent)
            elif isinstance(intent, DropSuppression):
                self._comments.add(dropped(self._source, fix, intent))

    def _string(self, fix: int, intent: ReplaceString) -> None:
        literal = _LITERAL.fullmatch(self._source.text(intent.at))
        if literal is None or literal["body"] != intent.old:
            raise RefusalError(fix, "the string is not written as one plain literal")
        self.changes.strings[(intent.at.line, intent.at.column)] = intent.new
        new = f"{literal['prefix']}{literal['quote']}{intent.new}{literal['quote']}"
        edit = self._source.edit(intent.at, new)
        if edit not in self._draft.edits:
            self._draft.edits.append(edit)

    # Suites

    def _rewrite(self, suite: Sequence[ImportStatement]) -> Iterator[tuple[int, str]]:
        """Rewrite the import statements of a suite; yield the fixes that this one refuses."""
        asked: list[tuple[ImportStatement, Statement, bool]] = []
        for statement in suite:
            try:
                asked.append((statement, self._asked(statement), False))
            except RefusalError as refusal:
                yield refusal.fix, str(refusal)
                return
            asked += [(statement, one, True) for one in self._beside(statement)]
        results = rewrite_suite([one for _, one, _ in asked], lambda name: self._is_rebound(suite, name))
        for (statement, one, is_new), result in zip(asked, results, strict=True):
            if result.withheld:
                for fix in sorted(self._draft.touched.get(statement.at, ())):
                    yield fix, "the statement cannot be rewritten without changing more of it"
            elif is_new:
                if result.text:
                    self._draft.edits.append(self._source.line_after(statement.at, one.layout, result.text))
            elif not result.text:
                self._draft.edits.append(self._source.removal(statement.at))
            elif result.text != one.text:
                self._draft.edits.append(self._source.edit(self._source.with_comment(statement.at), result.text))

    def _is_rebound(self, suite: Sequence[ImportStatement], name: str) -> bool:
        """Tell whether something else than the imports of this suite binds a name in the file."""
        others = (statement for other in self._draft.suites if other is not suite for statement in other)
        by_others = any(alias.bound == name for statement in others for _, alias in statement.names)
        return by_others or name in self._draft.references.bound

    def _asked(self, statement: ImportStatement) -> Statement:
        sources: dict[int, Source] = {}
        for position, taken in sorted(self._draft.moves.get(statement.at, {}).items()):
            span, alias = statement.names[position]
            source, after = self._speller.source(alias, taken.module, taken.name)
            sources[position] = source
            self.changes.aliases[(span.line, span.column)] = (after,)
        return Statement(
            text=self._source.text(self._source.with_comment(statement.at)),
            layout=self._source.layout(statement.at, self._width),
            sources=sources,
            expand=self._expanded(statement),
            removable=self._source.stands_alone(statement.at),
            run=statement.run,
        )

    def _beside(self, statement: ImportStatement) -> Iterator[Statement]:
        """Yield what is imported below a statement, as names that move there: they may go into another one."""
        layout = self._source.layout(statement.at, self._width)
        for one in self.changes.added.get((statement.at.line, statement.at.column), ()):
            text = f"from {_NOWHERE} import {one.name}"
            yield Statement(text, layout, {0: Source("." * one.level + one.module, one.name or "")}, run=statement.run)

    def _expanded(self, statement: ImportStatement) -> tuple[Source, ...]:
        """Return the explicit names that replace a star: those that the file mentions, and those taken from it."""
        if statement.at not in self._stars:
            return ()
        intents = [intent for intent, _ in self._stars[statement.at]]
        fix = self._stars[statement.at][0][1]
        span, star = statement.names[0]
        moved = {name: (module, new) for intent in intents for name, module, new in intent.moved}
        names = sorted((self._draft.references.names & set(intents[0].offered)) | set(intents[0].needed))
        if not names:
            raise RefusalError(fix, "nothing that the star brings is mentioned in the file")
        renamed = [name for name in names if name in moved and moved[name][1] != name]
        if renamed:
            raise RefusalError(fix, f"the star brings {renamed[0]}, which has another name at its home")
        stays = (Source("." * star.level + star.module, ""), star)
        found = [
            self._speller.source(star._replace(name=name), *moved[name]) if name in moved else stays for name in names
        ]
        self.changes.aliases[(span.line, span.column)] = tuple(
            one._replace(name=name) for name, (_, one) in zip(names, found, strict=True)
        )
        return tuple(source._replace(name=name) for name, (source, _) in zip(names, found, strict=True))


def _comments(text: str) -> Iterable[str]:
    return (found.rstrip() for found in _COMMENT.findall(text))
