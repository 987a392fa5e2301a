"""What a `with` block holds: a lock by its type, followed through attributes, imports and module globals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ssot_lint.model.details import Sharing
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

Family = Literal["task", "thread"]

_TYPES: Final[dict[str, tuple[Family, bool]]] = {
    **{f"asyncio.{name}": ("task", False) for name in ("Lock", "Condition", "Semaphore", "BoundedSemaphore")},
    **{f"asyncio.locks.{name}": ("task", False) for name in ("Lock", "Condition", "Semaphore")},
    **{f"{module}.{name}": ("task", False) for module in ("anyio", "trio") for name in ("Lock", "Semaphore")},
    **{f"{module}.Lock": ("thread", False) for module in ("threading", "multiprocessing")},
    **{f"{module}.RLock": ("thread", True) for module in ("threading", "multiprocessing")},
    **{f"threading.{name}": ("thread", True) for name in ("Condition", "Semaphore", "BoundedSemaphore")},
}
"""Locks by their type: whom they keep apart, and whether who holds it may take it again."""

_EXCLUSIVE: Final = frozenset(("asyncio.Lock", "asyncio.locks.Lock", "anyio.Lock", "trio.Lock", "threading.Lock"))
_HARMLESS: Final = frozenset(
    (
        *("contextlib.suppress", "contextlib.nullcontext", "contextlib.closing", "contextlib.redirect_stdout"),
        *("warnings.catch_warnings", "builtins.open", "aiohttp.ClientSession", "httpx.AsyncClient", "httpx.Client"),
        *("asyncio.timeout", "asyncio.TaskGroup", "async_timeout.timeout", "tempfile.TemporaryDirectory"),
    )
)


class Lock(NamedTuple):
    """A lock: which one it is, its type, whom it keeps apart, and whether its holder may take it again."""

    identity: Hashable
    type: str
    family: Family
    again: bool

    @property
    def exclusive(self) -> bool:
        """Whether who holds it waits for itself when it takes it again."""
        return self.type in _EXCLUSIVE


Held = Lock | Literal["nothing", "unknown"]
"""What a context is: a lock, nothing that keeps others out, or something that only running would tell."""


def held(project: Project, file: SourceFile, sharing: Sharing, scope: str, context: str) -> Held:
    """Return what one context of a function is."""
    if context.endswith("()"):
        name = _external(project.resolve_in(file, scope, context[:-2]).target, context[:-2])
        return "nothing" if name in _TYPES or name in _HARMLESS else "unknown"
    owner, _, name = context.rpartition(".")
    holder = owner_of(file, scope) if owner in ("self", "cls") else owner
    made = {one.made for one in sharing.kept if (one.owner, one.name) == (holder, name)} if owner else set()
    if len(made) == 1:
        return _lock(project.resolve_in(file, scope, made.pop()).target, (file.path, holder, name))
    if owner in ("self", "cls") or "?" in context:
        return "unknown"
    target = project.resolve_in(file, scope, context).target
    source = project.by_path.get(target.path)
    if target.kind != "value" or source is None:
        return "unknown"
    bound = [one for one in source.facts.bindings if one.name == target.name]
    if len(bound) != 1 or bound[0].kind != "call":
        return "unknown"
    return _lock(project.resolve(source.module, bound[0].target).target, target)


def owner_of(file: SourceFile, scope: str) -> str:
    """Return the qualified name of the innermost class around a function, "" if there is none."""
    classes = {one.qualname for one in file.facts.definitions if one.kind == "class"}
    while scope:
        scope = scope.rpartition(".")[0]
        if scope in classes:
            return scope
    return ""


def _lock(target: Target, identity: Hashable) -> Held:
    name = _external(target, "")
    if name in _TYPES:
        return Lock(identity, name, *_TYPES[name])
    return "nothing" if name in _HARMLESS else "unknown"


def _external(target: Target, written: str) -> str:
    if target.kind == "external":
        return target.name
    return "builtins.open" if written == "open" and target.kind == "unresolved" else ""
