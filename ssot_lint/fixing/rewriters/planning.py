"""Plans what one import statement becomes by itself: which names stay, and which go into new statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lint.fixing.rewriters.pieces import readdressed, with_name, without
from ssot_lint.fixing.rewriters.reading import read_import
from ssot_lint.fixing.rewriters.written import Alias, Written, fresh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.fixing.rewriters.imports import Source, Statement


@dataclass(eq=False)
class Unit:
    """One statement of the result."""

    written: Written
    wraps: bool = True
    """Whether it is wrapped when it is too long: not where it was too long before."""
    is_gone: bool = False


@dataclass(eq=False)
class Plan:
    """What one statement becomes: what is left of it as it is written, and new ones."""

    index: int
    statement: Statement
    base: Unit | None = None
    new: list[Unit] = field(default_factory=list)
    suffix: str = ""
    """The comment behind the statement."""
    withheld: bool = False
    is_unknown: bool = False
    """Whether it may bind any name: a star that stays or moves, or what could not be read."""
    star: str = ""
    """The text of a star that moves."""

    @property
    def units(self) -> list[Unit]:
        """The statements that have not gone into another one."""
        units = [self.base, *self.new] if self.base is not None else self.new
        return [unit for unit in units if not unit.is_gone]

    def bindings(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the local names, and the module and name that each stands for."""
        for unit in self.units:
            for alias in unit.written.aliases:
                yield alias.binding(unit.written.module)


def planned(index: int, statement: Statement) -> Plan:
    """Plan a statement as if it were alone."""
    plan = Plan(index, statement)
    written = read_import(statement.text)
    if written is None:
        plan.is_unknown, plan.withheld = True, bool(statement.sources or statement.expand)
        return plan
    plan.suffix = written.suffix
    moved_star = statement.sources.get(0)
    if not written.aliases and moved_star is not None and moved_star.name == "*":
        plan.is_unknown = True
        plan.star = readdressed(written, moved_star.module).text + written.suffix
    elif not written.aliases:
        plan.new = _grouped((source.module, _named(source)) for source in statement.expand)
        plan.withheld = bool(statement.sources) or _is_ambiguous(plan)
        plan.is_unknown = plan.withheld or not plan.new
    elif statement.expand or not _divide(plan, written):
        plan.base, plan.new, plan.withheld = Unit(written), [], True
    return plan


def _divide(plan: Plan, written: Written) -> bool:
    """Divide the names between what is left of the statement and new ones; False where that cannot be done."""
    sources, layout = plan.statement.sources, plan.statement.layout
    if not all(0 <= position < len(written.aliases) for position in sources):
        return False
    homes = [_home(written, sources.get(position)) for position in range(len(written.aliases))]
    same_form = [home for home in (written.module, *homes) if home in homes and bool(home) == bool(written.module)]
    gone = [position for position, home in enumerate(homes) if home not in same_form[:1]]
    if same_form:
        renamed = [
            _in_place(written.module, alias, sources[position]) if position in sources else alias
            for position, alias in enumerate(written.aliases)
        ]
        left = readdressed(written._replace(aliases=tuple(renamed)), same_form[0])
        plan.base = Unit(without(left, gone, layout) if gone else left, wraps=layout.fits(plan.statement.text))
    plan.new = _grouped((homes[position], written.aliases[position].freed(sources[position].name)) for position in gone)
    return not gone or (_can_lose(plan, written, gone) and not _is_ambiguous(plan))


def _home(written: Written, source: Source | None) -> str:
    """Return the module that a name will be imported from; "" for a name of an `import` statement that stays one."""
    if source is None or (not written.module and not source.module.startswith(".")):
        return written.module
    return source.module


def _in_place(module: str, alias: Alias, source: Source) -> Alias:
    """Take an alias from elsewhere where it stands; one that leaves its module, or names a module, may be merged."""
    if module:
        return alias.renamed(source.name)._replace(moved=source.module != module)
    dotted = f"{source.module}.{source.name}" if source.module else source.name
    renamed = alias.renamed(dotted) if alias.local else alias._replace(name=dotted, name_text=dotted)
    return renamed._replace(moved=True)


def _named(source: Source) -> Alias:
    return Alias(source.name, name_text=source.name, moved=True)


def _grouped(names: Iterable[tuple[str, Alias]]) -> list[Unit]:
    """Make one new statement for every module; for every name where the names are modules themselves."""
    units: dict[tuple[str, str], Unit] = {}
    for module, alias in names:
        key = (module, "" if module else alias.bound)
        unit = units.get(key)
        if unit is None:
            units[key] = Unit(fresh(module, alias))
        elif alias.has_comments or not any(alias.is_like(other) for other in unit.written.aliases):
            unit.written = with_name(unit.written, alias)
    return list(units.values())


def _can_lose(plan: Plan, written: Written, gone: Iterable[int]) -> bool:
    """Whether names can go with all their comments, and the other comments keep their place."""
    if not written.is_clear or (plan.base is None and written.has_comments):
        return False
    leaving = [written.aliases[position] for position in gone]
    if plan.statement.layout.one_line and any(alias.has_comments for alias in leaving):
        return False
    if not written.module and not all(alias.local for alias in leaving):
        return False
    has_room = plan.statement.removable and not plan.suffix
    straight = [unit.written.aliases[0] for unit in plan.new if not unit.written.module]
    return not any(alias.above or (alias.after and not has_room) for alias in straight)


def _is_ambiguous(plan: Plan) -> bool:
    """Whether one local name stands for two things, so that the order in which they are bound counts."""
    bindings = set(plan.bindings())
    return len(bindings) > len({local for local, _ in bindings})
