"""Merges names that move into statements of the suite that import from their new module already."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from typing import TYPE_CHECKING

from ssot_lint.fixing.rewriters.pieces import with_name, without
from ssot_lint.fixing.rewriters.written import is_pragma

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from ssot_lint.fixing.rewriters.planning import Plan, Unit
    from ssot_lint.fixing.rewriters.written import Alias

Place = tuple["Plan", "Unit"]
"""A statement of the result, and the plan that it belongs to."""


def merge(plans: Sequence[Plan], is_rebound: Callable[[str], bool]) -> None:
    """Merge whatever moves, in order; a name that the suite binds to several things stays where it stands.

    A name that something else than an import binds, too, goes no further than the imports around it.
    """
    meanings: dict[str, set[tuple[str, str]]] = defaultdict(set)
    by_module: dict[str, list[Place]] = defaultdict(list)
    for plan in plans:
        for local, meaning in plan.bindings():
            meanings[local].add(meaning)
        if not plan.withheld and not plan.statement.layout.one_line:
            for unit in plan.units:
                by_module[unit.written.module].append((plan, unit))
    unclear = {local for local, found in meanings.items() if len(found) > 1}
    unknown = [plan.index for plan in plans if plan.is_unknown]
    for places in by_module.values():
        settled = [place for place in places if not _moves(place)]
        for guest in filter(_moves, places):
            hosts = [unit for plan, unit in settled if _may_host(plan, unit, guest, unknown, is_rebound)]
            _merge_unit(guest, hosts, unclear)
            if not guest[1].is_gone:
                insort(settled, guest, key=lambda place: place[0].index)


def _moves(place: Place) -> bool:
    return any(alias.moved for alias in place[1].written.aliases)


def _may_host(plan: Plan, unit: Unit, guest: Place, unknown: Sequence[int], is_rebound: Callable[[str], bool]) -> bool:
    """Whether names may go to another statement: with nothing but imports between, or an earlier one.

    Not to one whose comment speaks to a tool, which would then hold for them too.
    """
    if unit is plan.base and is_pragma(plan.suffix):
        return False
    first, last = sorted((plan.index, guest[0].index))
    if first == last or any(first < index < last for index in unknown):
        return False
    if plan.statement.run == guest[0].statement.run:
        return True
    return first == plan.index and not any(is_rebound(alias.bound) for alias in guest[1].written.aliases)


def _merge_unit(place: Place, hosts: Sequence[Unit], unclear: Container[str]) -> None:
    """Move the names of one statement into the first host that has them, else the first that takes them."""
    plan, unit = place
    aliases = unit.written.aliases
    if is_pragma(plan.suffix) or not unit.written.is_clear or len({alias.bound for alias in aliases}) < len(aliases):
        return
    going: dict[int, tuple[Unit, Alias]] = {}
    for position, alias in enumerate(aliases):
        guest = _guest(plan, unit, alias)
        host = next((host for host in hosts if _has(host, guest)), None)
        host = host or next((host for host in hosts if _takes(host, guest)), None)
        if host is not None and alias.moved and alias.binding(unit.written.module)[0] not in unclear:
            going[position] = host, guest
    if len(going) == len(aliases):
        if not _may_go(plan, unit):
            return
        unit.is_gone = True
    elif going:
        unit.written = without(unit.written, going, plan.statement.layout)
    for host, guest in going.values():
        if not _has(host, guest):
            host.written = with_name(host.written, guest)


def _guest(plan: Plan, unit: Unit, alias: Alias) -> Alias:
    """Return a name as it goes into another statement; a single one takes along the comment behind its statement."""
    if plan.suffix and unit is plan.base and len(unit.written.aliases) == 1 and not alias.has_comments:
        alias = alias._replace(after=plan.suffix)
    return alias.freed(alias.name)._replace(moved=False)


def _has(host: Unit, guest: Alias) -> bool:
    """Whether a host imports the same already, so that nothing need be put in."""
    return not guest.has_comments and any(guest.is_like(alias) for alias in host.written.aliases)


def _takes(host: Unit, guest: Alias) -> bool:
    """Whether a name can be put into a host and nothing else there changes."""
    written = host.written
    return bool(written.module) and written.is_open and all(alias.bound != guest.bound for alias in written.aliases)


def _may_go(plan: Plan, unit: Unit) -> bool:
    """Whether a statement may vanish: no comment goes with it that belongs to none of its names."""
    others = [other for other in plan.units if other is not unit]
    written = unit.written
    if others:
        return unit is not plan.base or not (written.has_comments or plan.suffix)
    is_one = unit is plan.base and len(written.aliases) == 1 and not written.aliases[0].has_comments
    return plan.statement.removable and not written.has_comments and (not plan.suffix or is_one)
