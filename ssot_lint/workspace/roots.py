"""Where dotted names start: the policy's source roots, else those that the tree shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.patterns import is_under
from ssot_lint.project.modules import Root

if TYPE_CHECKING:
    from ssot_lint.model.policy import Policy
    from ssot_lint.workspace.discover import Discovered


def source_roots(policy: Policy, found: Discovered) -> tuple[Root, ...]:
    """Return the source roots: as declared, or the root, every nested project's folder, and their `src` folders."""
    declared = policy.source_roots
    if declared is not None:
        pairs = declared.items() if isinstance(declared, dict) else ((folder, "") for folder in declared)
        return tuple(Root(_folder(folder), prefix) for folder, prefix in pairs)
    files = set(found.files)
    folders = {"", *(folder for folder in found.project_folders if f"{folder}/__init__.py" not in files)}
    sources = {f"{folder}/src".lstrip("/") for folder in folders}
    holding = {
        source
        for source in sources
        if f"{source}/__init__.py" not in files and any(is_under(path, source) for path in found.files)
    }
    return tuple(Root(folder) for folder in sorted(folders | holding))


def _folder(text: str) -> str:
    return text.strip("/").removeprefix("./").removeprefix(".")
