"""What is wrong with an address of the policy, and with the project where it should lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssot_lint.model.finding import Hop
    from ssot_lint.project.model import Project


@dataclass(frozen=True)
class HomeProblem:
    """A home that is not what the policy says: the entry, what is wrong, and the chains that show it."""

    entry: str
    message: str
    chains: tuple[tuple[str, tuple[Hop, ...]], ...] = ()


def split_address(address: str) -> tuple[str, str]:
    """Return the module and the name of an address."""
    module, _, name = address.partition(":")
    return module, name


def no_module(project: Project, module: str) -> str:
    """Say that a home's module does not exist, and which one it may mean."""
    last = module.rpartition(".")[2]
    alike = sorted(name for name in project.index.modules if name.rpartition(".")[2] == last)
    near = (
        f"; is it {alike[0]}?"
        if len(alike) == 1
        else f"; modules of that name: {', '.join(alike[:3])}"
        if alike
        else ""
    )
    return f"there is no module {module} under the source roots{near}"
