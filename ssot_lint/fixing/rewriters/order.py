"""The order of imports as isort has it by default: of statements by their module, of names in a statement."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DIGITS: Final = re.compile(r"(\d+)")

Key = tuple[object, ...]


def module_key(module: str, name: str) -> Key:
    """Return the place of a statement: `import name` first, then absolute modules, then relative ones."""
    rest = module.lstrip(".")
    dots = module[: len(module) - len(rest)]
    relative = f"{dots}_{rest}" if dots else rest
    return bool(module), bool(dots), _natural(relative), module, _natural(name), name


def place(names: Sequence[str], new: str) -> int:
    """Return the position for a new name: its sorted place, or the end where the names are in no known order."""
    for order in _ORDERS:
        keys = [order(name) for name in names]
        if keys == sorted(keys):
            return sum(key <= order(new) for key in keys)
    return len(names)


@lru_cache(maxsize=4096)
def _natural(text: str) -> Key:
    """Numbers in a text count as numbers; capitals do not count."""
    return tuple(int(part) if number % 2 else part for number, part in enumerate(_DIGITS.split(text.lower())))


def _by_kind(name: str) -> Key:
    """Constants first, then classes, then the others."""
    if name.isupper() and len(name) > 1:
        return 0, *_natural(name)
    return (1 if name[:1].isupper() else 2), *_natural(name)


def _as_written(name: str) -> Key:
    return (name,)


_ORDERS: Final[tuple[Callable[[str], Key], ...]] = (_by_kind, _as_written, _natural)
