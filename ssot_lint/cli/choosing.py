"""The part of `ssot-lint init` that finds out which home a hint means, with a person's help where there is one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.asking import chosen
from ssot_lint.cli.console import ProgressBar

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ssot_lint.engine import Index
    from ssot_lint.studies.hints import Candidate
    from ssot_lint.studies.proposal import Proposal


def proposal_of(whole: Index, hint: str, taken: Collection[str], *, asking: bool) -> Proposal:
    """Study what one hint means; a person is asked where it may mean several, or another address is used more."""
    from ssot_lint.studies.hints import candidates  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.studies.wording import said  # noqa: PLC0415 - the same

    found = candidates(whole.project, hint)
    home = _meant(hint, found, asking=asking).address
    proposal = _studied(whole, home, taken)
    others = proposal.other_homes
    if not (others and asking):
        return proposal
    choices = [(home, proposal.uses_of_home), *others]
    lines = [f"{address}  {said(number)}" for address, number in choices]
    which = chosen("More imports use another address than this home. Which is it to be?", lines)
    return _studied(whole, choices[which][0], taken) if which else proposal


def _studied(whole: Index, home: str, taken: Collection[str]) -> Proposal:
    """Study a home, with a progress bar that is gone before the next question."""
    from ssot_lint.studies.proposing import propose  # noqa: PLC0415 - --help must not wait for the engine

    progress = ProgressBar()
    work = dataclasses.replace(whole.work, progress=progress)
    try:
        return propose(dataclasses.replace(whole, work=work), home, taken)
    finally:
        progress.end()


def _meant(hint: str, found: Sequence[Candidate], *, asking: bool) -> Candidate:
    """Return the one that is meant. UsageError if there are several and nobody is asked."""
    from ssot_lint.engine import UsageError  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same
    from ssot_lint.studies.wording import MOST_SHOWN, said  # noqa: PLC0415 - the same

    if len(found) == 1:
        return found[0]
    lines = [f"{one.address}  {one.path}:{one.line}  {said(one.imports)}" for one in found]
    if asking:
        return found[chosen(f"{len(found)} modules define {hint}. Which of them is the home?", lines)]
    for line in lines[:MOST_SHOWN]:
        click.echo(one_line(f"  {line}"), err=True)
    if len(lines) > MOST_SHOWN:
        click.echo(f"  ... and {len(lines) - MOST_SHOWN} more", err=True)
    raise UsageError(f"{len(found)} modules define {hint}; say which of them is the home")
