"""Whether a file means, after an edit, what it meant before but for the planned changes: both syntax trees compared.

This knows nothing of how the edit was made. A statement whose lines are the same in both texts, and which starts in the
same column, is the same; all others are compared node by node.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.names import dotted
from ssot_lint.facts.new_locks import NewLock, not_new, under, without_made
from ssot_lint.facts.references import read_references
from ssot_lint.facts.suites import Alias, aliases
from ssot_lint.facts.text import Columns
from ssot_lint.parsing.reader import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.facts.read import Parsed

Place = tuple[int, int]
"""A line and a column, both from 1, columns in code points."""


@dataclass
class Changes:
    """What an edit is planned to change, by the place where it stood.

    `aliases`: names of import statements, and what takes the place of each; `added`: import statements, and what is
    imported beside them; `names`: dotted names, each with what takes its place; `strings`: constants, each with its
    value afterwards; `constants`: strings, each with the dotted name that takes its place; `unwrapped`: try statements
    that give way to their own bodies; `locks`: statements, and the locks that are made above each; `held`: statements
    that are put under a lock, each with its name.
    """

    aliases: dict[Place, tuple[Alias, ...]] = field(default_factory=dict)
    added: dict[Place, tuple[Alias, ...]] = field(default_factory=dict)
    names: dict[Place, tuple[str, str]] = field(default_factory=dict)
    strings: dict[Place, str] = field(default_factory=dict)
    unwrapped: set[Place] = field(default_factory=set)
    constants: dict[Place, str] = field(default_factory=dict)
    locks: dict[Place, tuple[NewLock, ...]] = field(default_factory=dict)
    held: dict[Place, NewLock] = field(default_factory=dict)

    @property
    def places(self) -> frozenset[Place]:
        """The places of all changes."""
        found = (self.aliases, self.added, self.names, self.strings, self.constants, self.unwrapped, self.locks)
        return frozenset(self.held).union(*found)


def difference(before: Parsed, after: Parsed, changes: Changes) -> str:
    """Return what differs beyond the planned changes, "" if nothing does."""
    return _Comparison(before, after, changes).difference()


class _Import(NamedTuple):
    """What a suite should import: where at the latest, counted in other statements, and whether it moves there."""

    alias: Alias
    position: int
    line: int
    moves: bool = False


_Position = tuple[Alias, int]


class _Comparison:
    def __init__(self, before: Parsed, after: Parsed, changes: Changes) -> None:
        self._trees = (before.tree, after.tree)
        self._lines = (split_lines(before.text), split_lines(after.text))
        self._columns = Columns(before.text)
        self._changes = changes
        self._suites: list[tuple[Sequence[ast.stmt], Sequence[ast.stmt]]] = []
        self._met: set[Place] = set()
        self._left: set[str] = set()  # what `import a.b` bound that becomes another import

    def difference(self) -> str:
        self._suites.append((self._trees[0].body, self._trees[1].body))
        while self._suites:
            said = self._suite(*self._suites.pop())
            if said:
                return said
        missed = self._changes.places - self._met
        return f"line {min(missed)[0]}: what was planned did not happen" if missed else self._unbound()

    def _place(self, node: ast.stmt | ast.expr | ast.alias) -> Place:
        return (node.lineno, self._columns.column(node.lineno, node.col_offset))

    def _suite(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> str:
        before = self._unwrapped(before)
        after = self._without_locks(before, after)
        said = self._imports(before, after)
        if said:
            return said
        old = [node for node in before if not isinstance(node, (ast.Import, ast.ImportFrom))]
        new = [node for node in after if not isinstance(node, (ast.Import, ast.ImportFrom))]
        if len(old) != len(new):
            return f"line {before[0].lineno}: {len(old)} statements became {len(new)}"
        for one, there in zip(old, new, strict=True):
            other = self._released(one, there)
            if not self._unchanged(one, other):
                said = self._nodes(one, other)
                if said:
                    return said
        return ""

    def _unwrapped(self, suite: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
        """Return a suite with the bodies of those try statements in their place that are planned to go."""
        found: list[ast.stmt] = []
        for node in suite:
            goes = isinstance(node, ast.Try) and self._place(node) in self._changes.unwrapped
            found += node.body if isinstance(node, ast.Try) and goes else [node]
            self._met |= {self._place(node)} if goes else set()
        return found

    def _without_locks(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
        """Return a suite without the locks that are planned to be made in it, each right above another statement."""
        if not self._changes.locks:
            return after
        others = [node for node in before if not isinstance(node, (ast.Import, ast.ImportFrom))]
        planned = [self._changes.locks.get(self._place(node), ()) for node in others]
        left, found = without_made(after, planned)
        self._met.update(self._place(others[number]) for number in found)
        return left

    def _released(self, one: ast.stmt, other: ast.stmt) -> ast.stmt:
        """Return what stands under the lock that is planned for a statement."""
        lock = self._changes.held.get(self._place(one)) if self._changes.held else None
        inner = under(other, lock) if lock is not None else None
        if inner is None:
            return other
        self._met.add(self._place(one))
        return inner

    def _unchanged(self, one: ast.stmt, other: ast.stmt) -> bool:
        return one.col_offset == other.col_offset and self._text(0, one) == self._text(1, other)

    def _text(self, side: int, node: ast.stmt) -> list[str]:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(one.lineno for one in decorators)])
        return self._lines[side][first - 1 : node.end_lineno]

    # Imports

    def _imports(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> str:
        """Compare what a suite imports: what stays keeps its place, what moves stands there or in an import above."""
        old: list[_Import] = []
        for node, position in _import_statements(before):
            for alias, one in zip(node.names, aliases(node), strict=True):
                planned = self._changes.aliases.get(self._place(alias)) if self._changes.aliases else None
                if planned is None:
                    old.append(_Import(one, position, node.lineno))
                    continue
                self._met.add(self._place(alias))
                if one.name is None and not one.local:
                    self._left.add(one.bound)
                elif one.name != "*" and any(other.bound != one.bound for other in planned):
                    return f"line {node.lineno}: {one.bound} would no longer be bound"
                old += [_Import(other, position, node.lineno, moves=True) for other in planned]
            if self._place(node) in self._changes.added:
                self._met.add(self._place(node))
                added = self._changes.added[self._place(node)]
                old += [_Import(other, position, node.lineno, moves=True) for other in added]
        old += self._for_locks(before)
        new = [(one, position) for node, position in _import_statements(after) for one in aliases(node)]
        if not any(one.moves for one in old) and [one[:2] for one in old] == new:
            return ""
        return _strayed(old, new, before) or self._missing(old, new, before) or _order(old, new)

    def _for_locks(self, suite: Sequence[ast.stmt]) -> Iterator[_Import]:
        """Yield what is to be imported above the locks that are made in a suite."""
        others = [node for node in suite if not isinstance(node, (ast.Import, ast.ImportFrom))]
        for position, node in enumerate(others if self._changes.locks else ()):
            for lock in self._changes.locks.get(self._place(node), ()):
                if lock.imports:
                    yield _Import(Alias(0, lock.module, None, None), position, node.lineno, moves=True)

    def _missing(self, old: Sequence[_Import], new: Sequence[_Position], suite: Sequence[ast.stmt]) -> str:
        """Say what moves and is not bound where it was; above that place it may not mean anything else."""
        others = [node for node in suite if not isinstance(node, (ast.Import, ast.ImportFrom))]
        for one in old:
            if one.moves:
                idiom = one.alias._replace(local=one.alias.name) if one.alias.local is None else one.alias
                there = (where for alias, where in new if alias in (one.alias, idiom) and where <= one.position)
                at = max(there, default=-1)
                if at < 0:
                    return f"line {one.line}: {_spelled(one.alias)} is missing"
                first = min(other.position for other in old if other.alias in (one.alias, idiom))
                for number, node in enumerate(others[at : one.position], at):
                    if _meets(node, one.alias.bound, reads=number < first):
                        return f"line {one.line}: {one.alias.bound} means something else in line {node.lineno}"
        return ""

    def _unbound(self) -> str:
        """Say which name at the start of a dotted one nothing binds any more."""
        roots = {new.partition(".")[0] for _, new in self._changes.names.values()}
        roots |= {new.partition(".")[0] for new in self._changes.constants.values()}
        locks = [lock for made in self._changes.locks.values() for lock in made]
        roots |= {lock.module for lock in locks}
        if not (self._left or roots):
            return ""
        after = self._trees[1]
        imported = {
            one.bound
            for node in ast.walk(after)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for one in aliases(node)
        }
        gone = roots - imported
        if self._left - imported and "*" not in imported:
            references = read_references(after, self._columns)
            gone |= (self._left - imported - references.bound) & references.chains.keys()
        said = not_new(self._trees[0], self._columns, locks) if locks else ""
        return f"{min(gone)} would no longer be bound" if gone else said

    # Everything else

    def _nodes(self, before: ast.AST, after: ast.AST) -> str:
        pending: list[tuple[object, object]] = [(before, after)]
        while pending:
            one, other = pending.pop()
            if isinstance(one, ast.AST):
                if self._is_planned(one, other):
                    continue
                if type(one) is not type(other):
                    return f"line {getattr(one, 'lineno', 0)}: {type(one).__name__} became {type(other).__name__}"
                pending.extend((getattr(one, name, None), getattr(other, name, None)) for name in one._fields)
            elif isinstance(one, list):
                if not isinstance(other, list):
                    return "a list became something else"
                if one and isinstance(one[0], ast.stmt):
                    self._suites.append((one, other))
                elif len(one) != len(other):
                    return f"line {getattr(before, 'lineno', 0)}: {len(one)} parts became {len(other)}"
                else:
                    pending.extend(zip(one, other, strict=True))
            elif type(one) is not type(other) or one != other:
                return f"line {getattr(before, 'lineno', 0)}: {str(one)[:40]} became {str(other)[:40]}"
        return ""

    def _is_planned(self, one: ast.AST, other: object) -> bool:
        if isinstance(one, ast.Constant) and self._place(one) in self._changes.constants:
            place = self._place(one)
            self._met.add(place)
            return isinstance(other, (ast.Name, ast.Attribute)) and dotted(other) == self._changes.constants[place]
        if isinstance(one, ast.Constant) and self._changes.strings:
            place = self._place(one)
            if self._changes.strings.get(place) is not None and isinstance(other, ast.Constant):
                self._met.add(place)
                return bool(other.value == self._changes.strings[place])
        elif isinstance(one, (ast.Name, ast.Attribute)) and isinstance(other, (ast.Name, ast.Attribute)):
            place = self._place(one)
            old, new = self._changes.names.get(place, ("", ""))
            spelled = dotted(one)
            if old and f"{spelled}.".startswith(f"{old}."):
                self._met.add(place)
                return dotted(other) == new + spelled[len(old) :]
        return False


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _strayed(old: Sequence[_Import], new: Sequence[_Position], suite: Sequence[ast.stmt]) -> str:
    """Say what should have stayed and did not, and what is there and should not be."""
    kept = [one for one in old if not one.moves]
    rest = iter(new)
    for one in kept:
        if one[:2] not in rest:
            return f"line {one.line}: {_spelled(one.alias)} is lost, or stands elsewhere"
    first = int(bool(suite) and _is_docstring(suite[0]))
    for (alias, position), number in (Counter(new) - Counter(one[:2] for one in kept)).items():
        planned = [one.position for one in old if one.moves and one.alias == alias and one.position >= position]
        if number > len(planned) or position < first:
            return f"line {old[0].line if old else 0}: {_spelled(alias)} was not planned"
    futures = [alias.module == "__future__" for alias, _ in new]
    return "" if futures == sorted(futures, reverse=True) else "an import of __future__ is not the first"


def _order(old: Sequence[_Import], new: Sequence[_Position]) -> str:
    """Say which name is bound to several things, and would be in another order."""
    there, then = _meanings([one.alias for one in old]), _meanings([alias for alias, _ in new])
    changed = [name for name, found in there.items() if len(found) > 1 and then.get(name) != found]
    return f"line {old[0].line}: {changed[0]} would be bound in another order" if changed else ""


def _meanings(imported: Sequence[Alias]) -> dict[str, list[Alias]]:
    """Return what each name is bound to, one after the other; a star may bind each, binding again changes nothing."""
    found: dict[str, list[Alias]] = {one.bound: [] for one in imported}
    for one in imported:
        meaning = Alias(0, one.bound, None, None) if one.name is None and not one.local else one._replace(local=None)
        for name in found if one.name == "*" else (one.bound,):
            if found[name][-1:] != [meaning]:
                found[name].append(meaning)
    return found


def _meets(node: ast.AST, name: str, *, reads: bool) -> bool:
    """Tell whether a name is bound, or also read, when a statement runs; what functions do in it comes later."""
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Name):
            met = one.id == name and (reads or not isinstance(one.ctx, ast.Load))
        elif isinstance(one, ast.alias):
            met = (one.asname or one.name.partition(".")[0]) == name
        elif isinstance(one, ast.Global):
            met = name in one.names
        else:
            met = name in (getattr(one, "name", ""), getattr(one, "rest", ""))
        if met:
            return True
        pending += _run_with(one, name)
    return False


def _run_with(node: ast.AST, name: str) -> Iterator[ast.AST]:
    """Yield the parts of a node that run with it, and do not have this name for their own."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from (part for part in ast.walk(node) if isinstance(part, ast.Global))
        yield from (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults))
    elif isinstance(node, ast.ClassDef) and any(_meets(part, name, reads=False) for part in node.body):
        yield from (*node.decorator_list, *node.bases, *node.keywords)
    elif isinstance(node, _COMPREHENSIONS) and any(_meets(part, name, reads=False) for part in node.generators):
        yield node.generators[0].iter
    elif not isinstance(node, ast.Lambda):
        yield from ast.iter_child_nodes(node)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _import_statements(suite: Sequence[ast.stmt]) -> Iterator[tuple[ast.Import | ast.ImportFrom, int]]:
    """Yield the imports of a suite, each with the number of other statements before it."""
    position = 0
    for node in suite:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, position
        else:
            position += 1


def _spelled(one: Alias) -> str:
    source = f"import {one.module}" if one.name is None else f"from {'.' * one.level}{one.module} import {one.name}"
    return source + (f" as {one.local}" if one.local else "")
