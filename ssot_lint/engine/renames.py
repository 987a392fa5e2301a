"""What the entries of a baseline are called after files were renamed in git."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ssot_lint.project.modules import module_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssot_lint.project.modules import Root
    from ssot_lint.workspace.baseline_format import Entry

_NAME: Final = re.compile(r"[\w.]+")
_NOTICE: Final = 2


class RenamedEntries:
    """What became of entries when files were renamed."""

    def __init__(self, paths: Mapping[str, str], roots: Sequence[Root]) -> None:
        self._paths = paths
        self._modules = {
            module_name(old, roots)[0]: module_name(new, roots)[0]
            for old, new in self._paths.items()
            if old.endswith(".py") and new.endswith(".py")
        }

    def names(self, entry: Entry) -> Iterator[Entry]:
        """Yield what an entry may be called now: in its renamed file, and with what it speaks of renamed, too."""
        if len(entry) == _NOTICE:
            if entry[1] in self._paths:
                yield (entry[0], self._paths[entry[1]])
            return
        module, colon, rest = entry[-1].partition(":")
        scope, space, what = rest.partition(" ")
        renamed = self._modules.get(module, module)
        if ":" in what or "." in what:
            address = _NAME.sub(lambda found: self._dotted(found[0]), what)
            if address != what:
                yield (*entry[:-1], f"{renamed}{colon}{scope}{space}{address}")
        if renamed != module:
            yield (*entry[:-1], f"{renamed}{colon}{rest}")

    def _dotted(self, name: str) -> str:
        """Return a dotted name with the longest module at its start renamed."""
        end = len(name)
        while end > 0:
            if name[:end] in self._modules:
                return self._modules[name[:end]] + name[end:]
            end = name.rfind(".", 0, end)
        return name
