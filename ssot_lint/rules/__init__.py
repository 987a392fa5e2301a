"""The rules: one module each, found by its `RULE`; registration is existence."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from ssot_lint.model.rule import Rule


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by code."""
    found = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        rule = getattr(module, "RULE", None)
        if isinstance(rule, Rule):
            found.append(rule.documented(module.__doc__ or ""))
    return tuple(sorted(found, key=lambda rule: rule.code))


@lru_cache(maxsize=1)
def kinds_by_rule() -> dict[str, frozenset[str]]:
    """Return the kinds of every rule, by its code and by its name."""
    return {key: frozenset(rule.kinds) for rule in all_rules() for key in (rule.code, rule.name)}
