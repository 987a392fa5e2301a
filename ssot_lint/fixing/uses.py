"""Uses of what an import brings, such as `m.Cart`: respelled when the module moves, redirected when a name does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.facts.suites import Alias
from ssot_lint.fixing.draft import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.facts.references import Chain
    from ssot_lint.fixing.draft import Draft
    from ssot_lint.fixing.spelling import Speller
    from ssot_lint.model.fix import NameConstant, RebindImport, RedirectUses
    from ssot_lint.model.location import Span


class UseEdits:
    """Edits the uses of one file."""

    def __init__(self, draft: Draft, speller: Speller, width: int) -> None:
        self._draft = draft
        self._speller = speller
        self._width = width
        self._beside: set[tuple[Span, Alias]] = set()

    def follow(self, fix: int, alias: Alias, intent: RebindImport) -> None:
        """Give the uses of `import a.b`, which binds `a`, the name of the module that takes its place."""
        if intent.name:
            raise RefusalError(fix, f"{alias.module} is used by its full name, and what takes its place is no module")
        root, old = alias.bound, alias.module
        self._needs_one_meaning(fix, root, old)
        top = intent.module.partition(".")[0]
        if top in self._draft.references.bound:
            raise RefusalError(fix, f"{top} is the name of something else in this file")
        by_others = sum(one.bound == root and one.name is None for one in self._draft.names()) > 1
        for chain in self._chains(root):
            if f"{chain.dotted}.".startswith(f"{old}."):
                self._draft.respell(chain.at, old, intent.module)
            elif not by_others and top != root:
                raise RefusalError(fix, f"line {chain.at.line} uses {chain.dotted} through the same import")

    def still_loaded(self, fix: int, alias: Alias) -> None:
        """Refuse to take a name from elsewhere where the file reaches its old module through an import of a package.

        `import shop` and `shop.basket.LIMIT` work only as long as something loads `shop.basket`.
        """
        old = self._speller.says(alias)[0]
        for other in self._draft.names():
            if other.name is not None or not old.startswith(f"{other.module}."):
                continue
            spelled = (other.local or other.module) + old[len(other.module) :]
            for chain in self._chains(spelled.partition(".")[0]):
                if f"{chain.dotted}.".startswith(f"{spelled}."):
                    raise RefusalError(fix, f"line {chain.at.line} uses {chain.dotted}, and this import loads {old}")

    def redirect(self, fix: int, asked: Sequence[RedirectUses], every: Sequence[RedirectUses]) -> None:
        """Take uses of one alias from elsewhere: by moving the import whole, or by another one beside it.

        `every` is what all fixes ask of that alias: it moves whole only if all of its uses move to one module.
        """
        first = asked[0]
        position, alias = self._draft.alias(fix, first.statement, first.at)
        root = alias.bound
        self._needs_one_meaning(fix, root, root if alias.local or alias.name else alias.module)
        uses = {(span.line, span.column): one for one in asked for span in one.uses}
        for chain in self._chains(root):
            if chain.stored and (chain.at.line, chain.at.column) in uses:
                raise RefusalError(fix, f"line {chain.at.line} assigns to {chain.dotted}")
        plain = alias.name is None and alias.local is None
        telling = plain or alias.local or first.module.rpartition(".")[2] == root  # no module under another one's name
        whole = len({one.module for one in every}) == 1 and telling and self._is_all(root, every)
        if whole:
            self._draft.move(fix, first.statement, position, (first.module, ""))
        for one in asked:
            if not whole:
                self._import_beside(fix, one.statement, (one.module, one.name), min(one.uses))
            holder = f"{one.module if plain else root}." if whole else ""
            for span in one.uses:
                self._draft.respell(span, one.dotted, holder + one.name)

    def _is_all(self, root: str, asked: Sequence[RedirectUses]) -> bool:
        """Tell whether the file uses a module object for nothing else, and has it from one import."""
        uses = {(span.line, span.column) for one in asked for span in one.uses}
        binders = sum(one.bound == root for one in self._draft.names())
        everything = all((chain.at.line, chain.at.column) in uses for chain in self._chains(root))
        return everything and binders == 1 and all("." in one.dotted for one in asked)

    def stand_in(self, fix: int, intent: NameConstant) -> None:
        """Put the name of a constant in the place of its value, and import what it is taken from."""
        root = intent.new.partition(".")[0]
        if intent.statement is not None:
            self._import_beside(fix, intent.statement, (intent.module, intent.name), intent.at)
        elif not any(one.bound == root for one in self._draft.names()):
            raise RefusalError(fix, "the file has changed since it was read")
        if root in self._draft.references.bound:
            raise RefusalError(fix, f"{root} is also bound to something else in this file")
        self._draft.name_constant(fix, intent.at, intent.old, intent.new)

    def _import_beside(self, fix: int, beside: Span, asked: tuple[str, str], first: Span) -> None:
        """Import a name of a module below an import and above its first use, unless the same suite does so already."""
        module, name = asked
        suite, statement = self._draft.suite_of(fix, beside)
        level = statement.names[0][1].level
        wanted = Alias(*self._speller.alias(module, level=level), name, None)
        key = (suite[0].at, wanted)
        address = (module, name, name)
        above = [line for line in suite if line.at < first]  # one below its use would come too late
        if key in self._beside or any(self._speller.says(one) == address for line in above for _, one in line.names):
            return
        if name in self._draft.references.names or any(one.bound == name for one in self._draft.names()):
            raise RefusalError(fix, f"{name} already means something in this file")
        if self._draft.source.layout(statement.at, self._width).one_line:
            raise RefusalError(fix, "the import shares its line with other statements")
        self._beside.add(key)
        self._draft.touched[statement.at].add(fix)
        place = (statement.at.line, statement.at.column)
        added = self._draft.changes.added
        added[place] = (*added.get(place, ()), wanted)

    def _chains(self, root: str) -> Sequence[Chain]:
        return self._draft.references.chains.get(root, ())

    def _needs_one_meaning(self, fix: int, root: str, dotted: str) -> None:
        if root in self._draft.references.bound:
            raise RefusalError(fix, f"{root} is also bound to something else in this file")
        if any("." in one and f"{one}.".startswith(f"{dotted}.") for one in self._draft.references.strings):
            raise RefusalError(fix, f"a string of the file speaks of {dotted}")
