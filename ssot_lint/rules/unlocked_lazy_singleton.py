"""Shared state that is tested and then set without a lock around both.

`if _bus is None: _bus = await connect()` makes two buses when two tasks come at once: the second tests while the first
awaits. One is lost, with whatever was registered there. Shared state is a global of the module, an attribute of a class
or of self, or what a container of these holds under a key; never a local. The lines of the test, the await and the
assignment are printed.

Kinds: `await-before-publish` awaits between test and assignment. `publish-before-init` assigns first and awaits the
start of what it assigned: others find it before it is ready, also behind double-checked locking, whose first test holds
no lock. `registry-read-unlocked` tests and sets without the lock that another function holds to set the same state.
`held-lock` waits, while it holds a lock, for what needs the same lock. `plain` is any other: two threads may come at
once, or an instance may be shared between tasks, and nothing in the code tells.

A lock is known by its type (`asyncio.Lock()`, `threading.RLock()` and the like, of anyio and trio too), followed
through attributes, imports and module globals, and held by `with`, by `async with`, or from `acquire` to `release`. A
lock that each call makes anew keeps nobody out. What may be a lock and is not known keeps the rule silent, and so does
a function with a decorator that is not known, or one that is only called under a lock. Not findings: double-checked
locking, concepts with `construct = "singleton"`, the members of an enum.

Fix: a lock (unsafe). Where the state is a global of the module and each of its windows is one `if` right in a function,
those are put under one new lock, an `asyncio.Lock` in async functions and a `threading.Lock` in others; it is made
above the first of them and imported if need be. A lock that is there already is named, and everything else is advice.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.details import SHARING
from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.held_locks import held_locks
from ssot_lint.rules.lock_fixes import lock_remedy
from ssot_lint.rules.places import advice
from ssot_lint.rules.race_windows import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.fix import Remedy
    from ssot_lint.model.location import Span
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project


def suspects(project: Project, policy: BoundPolicy) -> Mapping[str, frozenset[str]]:
    """Name the production files in which a function may test shared state and set it, or hold a lock."""
    del policy
    if project.only is not None and not any(map(functools.partial(_is_suspect, project), project.asked_files)):
        return {}
    return {file.path: frozenset((SHARING,)) for file in project.files if _is_suspect(project, file)}


def _is_suspect(project: Project, file: SourceFile) -> bool:
    return file.facts.races and project.zone(file.path) == "production"


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every window, and for every lock that is held while something waits for it."""
    asked = ((path, details) for path, details in project.details.items() if project.asks_for(path))
    for path, details in asked:
        file, sharing = project.by_path[path], details.sharing
        judged = ((window, judge(project, policy, file, sharing, window)) for window in sharing.windows)
        verdicts = {window: verdict for window, verdict in judged if verdict is not None}
        for window, verdict in verdicts.items():
            lines = {
                "test": window.check,
                "await": window.awaited,
                "set": window.set,
                "start": 0 if window.awaited else window.started,
            }
            remedy = lock_remedy(project, file, sharing, window, verdicts)
            what = _What(window.state, window.scope, verdict.kind, verdict.message, remedy, window.at)
            yield _finding(file, what, lines, {"shared": verdict.shared, "locks": list(window.around)})
        for wait in held_locks(project, file, sharing):
            what = _What(wait.context, wait.scope, "held-lock", wait.message, advice(wait.remedy), wait.at)
            yield _finding(file, what, {"waits": wait.line, "needs it": wait.other}, {"lock": wait.type})


class _What(NamedTuple):
    """What is found, where, and what to do."""

    name: str
    scope: str
    kind: str
    message: str
    remedy: Remedy
    at: Span


def _finding(file: SourceFile, what: _What, lines: Mapping[str, int], evidence: dict[str, object]) -> Finding:
    known = {name: line for name, line in lines.items() if line}
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=what.kind,
        concept="",
        subject=f"{file.module}:{what.scope} {what.name}",
        message=what.message,
        at=Location.of(file.path, what.at),
        module=file.module,
        related=tuple(
            Related(Location(file.path, line, 1, line, 1), name) for name, line in known.items() if line != what.at.line
        ),
        remedy=what.remedy,
        evidence={"window": known, **evidence},
    )


_HERE = ("await-before-publish", "publish-before-init", "registry-read-unlocked", "held-lock")


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Wait between the test and the setting of what all share."""
    del project, entry
    make = "class Bus: ...\n\n\nasync def make_bus():\n    return Bus()\n\n\n_bus = None\n\n\n"
    body = "    global _bus\n    if _bus is None:\n        _bus = await make_bus()\n    return _bus\n"
    return {spot.path(): f"{make}async def get_bus():\n{body}"}


RULE = Rule(
    code="SSOT306",
    name="unlocked-lazy-singleton",
    summary="shared state that is tested and then set without a lock around both",
    kinds={**{kind: Levels("warning", "off") for kind in _HERE}, "plain": Levels("info", "off")},
    check=check,
    departure=departure,
    needs_policy=False,
    fixable=True,
    suspects=suspects,
)
