"""A rule as a page of Markdown, or as an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssot_lint.model.rule import Rule


def rule_markdown(rule: Rule) -> str:
    """Return the page of a rule, without the example that the book adds."""
    rows = [f"| `{kind}` | {levels.production} | {levels.tests} |" for kind, levels in rule.kinds.items()]
    return "\n".join(
        [
            f"# {rule.code}: {rule.name}",
            "",
            rule.doc.strip(),
            "",
            "| kind | production | tests |",
            "|---|---|---|",
            *rows,
            "",
            "Reported for declared concepts only." if rule.needs_policy else "Reported without a policy, too.",
            "",
        ]
    )


def rule_object(rule: Rule) -> dict[str, Any]:
    """Return what there is to know of a rule, for machines."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "kinds": {kind: {"production": one.production, "tests": one.tests} for kind, one in rule.kinds.items()},
        "needs_policy": rule.needs_policy,
        "fixable": rule.fixable,
        "explanation": rule.doc.strip(),
    }
