"""Where a first policy goes, and what it says of the project as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ssot_lint.engine import UsageError
from ssot_lint.studies.proposal import Setting
from ssot_lint.workspace.config import discover, top_of_checkout
from ssot_lint.workspace.roots import source_roots

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.engine import Index, Options
    from ssot_lint.studies.proposal import Proposal

FILE: Final = "ssot.toml"


def rooted(options: Options) -> Options:
    """Return the options with the root of the project: the policy's folder, else the top of the checkout."""
    if options.root is not None or options.config_file is not None or discover(options.start) is not None:
        return options
    return replace(options, root=top_of_checkout(options.start) or options.start)


def is_blank(path: Path) -> bool:
    """Tell whether a file is empty, as a shell makes it for `ssot-lint init ... > ssot.toml`."""
    return path.is_file() and not path.is_symlink() and not path.stat().st_size


def setting_of(whole: Index, options: Options) -> Setting:
    """Return what a policy says of the project as a whole: what the command line states, and what was found."""
    policy = whole.loaded.policy
    exclude = options.exclude if options.exclude is not None else policy.exclude
    return Setting(
        source_roots=tuple((root.folder or ".", root.prefix) for root in source_roots(policy, whole.found)),
        stated=policy.source_roots is not None,
        exclude=(*exclude, *options.extend_exclude),
        test_paths=policy.test_paths,
        unreadable=tuple((one.path, one.message) for one in whole.notices if one.blocking),
    )


def refuse_twice(whole: Index, proposals: list[Proposal]) -> None:
    """Refuse a concept that is declared already, or proposed twice. UsageError."""
    known = {target: bound.concept.name for bound in whole.policy.concepts for target in bound.offered.values()}
    for proposal in proposals:
        name = known.setdefault(proposal.target, proposal.concept.home)
        if name != proposal.concept.home:
            where = whole.loaded.place(f"concept[{name}]")
            place = f", {where.path}:{where.line}" if ":" not in name else ""
            raise UsageError(f"{proposal.concept.home} is the same object as that of {name}{place}")
