"""Rewrites the imports of one suite (a block of statements) so that some of their names come from elsewhere.

The local names stay what they were. Where all names of a statement move to one module, only the module and the changed
names differ from the original. Else a new statement stands beside the old one for every other module, in isort's
order. Names that move go into a statement that imports from their new module already, where nothing speaks against it.
Whatever cannot be done without losing a comment, or the meaning of a name, is withheld.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.fixing.rewriters.imports import Rewritten
from ssot_lint.fixing.rewriters.merging import merge
from ssot_lint.fixing.rewriters.order import module_key
from ssot_lint.fixing.rewriters.pieces import rendered
from ssot_lint.fixing.rewriters.planning import planned
from ssot_lint.fixing.rewriters.written import is_pragma

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssot_lint.fixing.rewriters.imports import Statement
    from ssot_lint.fixing.rewriters.planning import Plan


def rewrite_suite(
    statements: Sequence[Statement], is_rebound: Callable[[str], bool] = lambda _name: False
) -> list[Rewritten]:
    """Rewrite all import statements of a suite, given in their order; one result for each.

    `is_rebound` tells whether something else than an import binds a name in the file.
    """
    if not any(statement.sources or statement.expand for statement in statements):
        return [Rewritten(statement.text) for statement in statements]
    plans = [planned(index, statement) for index, statement in enumerate(statements)]
    merge(plans, is_rebound)
    return [_result(plan) for plan in plans]


def _result(plan: Plan) -> Rewritten:
    """Join what a statement has become; the comment behind it stays with what is left of it, else it comes last.

    A comment that speaks to a tool holds for all of it.
    """
    statement, layout = plan.statement, plan.statement.layout
    if plan.withheld or plan.is_unknown:
        return Rewritten(plan.star or statement.text, withheld=plan.withheld)
    units = sorted(plan.units, key=lambda unit: module_key(unit.written.module, unit.written.aliases[0].name))
    bearer = plan.base if plan.base in units and not layout.one_line else units[-1] if units else None
    texts = [
        rendered(
            unit.written,
            layout,
            plan.suffix if unit is bearer or (is_pragma(plan.suffix) and not layout.one_line) else "",
            wraps=unit.wraps,
            crowded=unit is units[-1] and not statement.removable and not plan.suffix,
        )
        for unit in units
    ]
    return Rewritten(layout.joint.join(texts))
