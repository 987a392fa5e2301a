"""The policy's operations bound to the project: which objects they are about, and who may use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model.patterns import path_matches
from ssot_lint.project.problems import HomeProblem, no_module, split_address
from ssot_lint.project.resolution import Outcome, Resolution, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.policy import Operation
    from ssot_lint.project.model import Project


@dataclass(frozen=True)
class BoundOperation:
    """An operation, the objects that its dotted names are, and the modules that may use them."""

    operation: Operation
    targets: tuple[tuple[str, Target], ...]
    instead: Target | None
    own_modules: frozenset[str]

    def owns(self, module: str) -> bool:
        """Tell whether a module may: an owner, the one that defines it, and the one that offers what to do instead."""
        return module in self.own_modules or is_one_of(module, self.operation.named_owners)

    def in_scope(self, path: str) -> bool:
        """Tell whether the operation is reserved for its owners in a file."""
        return not self.operation.scope or path_matches(path, self.operation.scope)

    def use(self, target: Target) -> str:
        """Return the dotted name that an object is, or is a part of; "" for another object."""
        return next((name for name, reserved in self.targets if _is_part(target, reserved)), "")


def is_one_of(module: str, owners: Iterable[str]) -> bool:
    """Tell whether a module is one of some modules and packages, or in one."""
    return any(module == one or module.startswith(f"{one}.") for one in owners)


def _is_part(target: Target, reserved: Target) -> bool:
    if reserved.kind == "module" and target.module:
        return is_one_of(target.module, (reserved.module,))
    both_outside = target.kind == reserved.kind == "external"
    if not both_outside and (target.module != reserved.module or not (target.known and reserved.known)):
        return False
    return is_one_of(target.name, (reserved.name,))


def bind_operation(project: Project, operation: Operation) -> BoundOperation | list[HomeProblem]:
    """Bind an operation to the project, or return what is wrong with its addresses."""
    entry = f"operation[{operation.name}]"
    problems: list[HomeProblem] = []
    targets: list[tuple[str, Target]] = []
    own: set[str] = set()
    for number, name in enumerate(operation.uses):
        found = _of_dotted(project, name)
        if isinstance(found, str) or found.target.kind == "unresolved":
            message = found if isinstance(found, str) else found.target.name
            chains = () if isinstance(found, str) or not found.chain else ((name, found.chain),)
            problems.append(HomeProblem(f"{entry}.uses[{number}]", message, chains))
        else:
            targets.append((name, found.target))
            own.add(found.target.module)
    instead = None
    module, name = split_address(operation.instead)
    located = project.index.locate(module) if module else None
    if located is not None and located.state == "missing":
        problems.append(HomeProblem(f"{entry}.instead", no_module(project, module)))
    elif located is not None and located.state in ("module", "namespace"):
        given = project.resolve(located.name, name)
        instead = given.target
        own |= {located.name, instead.module}
        if instead.kind == "unresolved":
            chains = (("instead", given.chain),) if given.chain else ()
            problems.append(HomeProblem(f"{entry}.instead", instead.name, chains))
    return problems or BoundOperation(operation, tuple(targets), instead, frozenset(own - {""}))


def _of_dotted(project: Project, dotted: str) -> Resolution | str:
    """Resolve a dotted name from its longest module on; return what is wrong where there is none."""
    parts = dotted.split(".")
    top = project.index.locate(parts[0])
    if top.state not in ("module", "namespace"):
        return no_module(project, dotted) if top.state == "missing" else _outside(dotted)
    for end in range(len(parts), 0, -1):
        located = project.index.locate(".".join(parts[:end]))
        if located.state in ("module", "namespace"):
            return project.resolve(located.name, ".".join(parts[end:]))
        if located.state in ("external", "unseen"):
            break
    return _outside(dotted)


def _outside(dotted: str) -> Resolution:
    return Resolution((Outcome(Target("external", "", dotted), ()),))
