"""`ssot-lint init`."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, NoReturn

import click

from ssot_lint.cli.asking import agrees, ask, at_terminal
from ssot_lint.cli.choosing import proposal_of
from ssot_lint.cli.console import ProgressBar
from ssot_lint.cli.first_policy import first_run, write_policy
from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from ssot_lint.engine import Index, Options
    from ssot_lint.studies.proposal import Proposal


@click.command("init")
@click.argument("hints", nargs=-1, metavar="[HINT]...")
@click.option("--yes", is_flag=True, help="Write the file without asking.")
@project_options
def command(options: Options, hints: tuple[str, ...], *, yes: bool) -> int:
    """Write a commented ssot.toml for a concept whose home you know.

    HINT is the home: pkg.mod:Class, pkg.mod.Class, or the name alone if one module defines it. The definition, aliases,
    companions, old addresses and rivals are read from the code. On a terminal every concept is shown and asked about;
    elsewhere the file is printed, and written with --yes only. A policy that is there already is never changed.
    """
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.studies.setting import refuse_twice, rooted  # noqa: PLC0415 - the same

    asking = not yes and at_terminal()
    if not hints and asking:
        hints = tuple(ask("Which class or function must have one home? pkg.mod:Name, or the name:").split())
    if not hints:
        raise click.UsageError("say which class or function must have one home: ssot-lint init pkg.mod:Name")
    progress = ProgressBar()
    options = dataclasses.replace(rooted(options), progress=progress)
    try:
        whole = engine.index(options)
    finally:
        progress.end()
    proposals: list[Proposal] = []
    for hint in hints:
        taken = {bound.concept.name for bound in whole.policy.concepts} | {one.concept.name for one in proposals}
        proposals.append(proposal_of(whole, hint, taken, asking=asking))
        refuse_twice(whole, proposals)
    return _deliver(whole, options, proposals, yes=yes, asking=asking)


def _deliver(whole: Index, options: Options, proposals: list[Proposal], *, yes: bool, asking: bool) -> int:
    """Print or write what is proposed; only print it where a policy is already."""
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.studies.policy_text import policy_text  # noqa: PLC0415 - the same
    from ssot_lint.studies.setting import FILE, is_blank, setting_of  # noqa: PLC0415 - the same

    path = whole.root / FILE
    there = whole.loaded.path or (FILE if os.path.lexists(path) else "")
    redirected = there == FILE and is_blank(path) and not (yes or asking)
    if there and not redirected:
        _refuse_to_change(there, proposals)
    if asking:
        proposals = [one for one in proposals if _agreed(one)]
        if not proposals:
            click.echo("nothing is written", err=True)
            return 0
    text = policy_text(proposals, setting_of(whole, options))
    if yes or asking:
        write_policy(whole.root, text)
        first_run(options)
        return 0
    click.echo(text, nl=False)
    if not redirected:
        click.echo(one_line(f"nothing is written; --yes writes this to {path}"), err=True)
    return 0


def _refuse_to_change(policy: str, proposals: list[Proposal]) -> NoReturn:
    """Print what a person may add to the policy that is there."""
    from ssot_lint.studies.concept_text import concept_lines  # noqa: PLC0415 - --help must not wait for the engine

    prefix = "tool.ssot-lint." if policy.endswith("pyproject.toml") else ""
    click.echo("\n\n".join("\n".join(concept_lines(one, prefix)) for one in proposals))
    what = "this concept" if len(proposals) == 1 else "these concepts"
    raise click.ClickException(f"{policy} is there already, and is left as it is; add {what} to it")


def _agreed(proposal: Proposal) -> bool:
    from ssot_lint.studies.concept_text import concept_lines  # noqa: PLC0415 - --help must not wait for the engine

    click.echo("\n".join([*concept_lines(proposal), ""]), err=True)
    return agrees(f"declare {proposal.concept.name}?")
