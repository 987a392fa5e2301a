"""`ssot-lint baseline`."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.console import ProgressBar
from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ssot_lint.engine import Options
    from ssot_lint.engine.baseline import Compared
    from ssot_lint.workspace.baseline import Baseline

_INCOMPLETE = 2

baseline_option = click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file of accepted findings (default: .ssot-baseline.json in the root).",
)


@click.group("baseline")
def command() -> None:
    """Accept the findings of today, so that "ssot-lint check" fails for new ones only.

    The baseline is a file to commit. Lines that move and files that are renamed in git keep their entries.
    """


def _subcommand(name: str) -> Callable[[Callable[..., int]], click.Command]:
    """Make a subcommand of a function that is given the project's options and the baseline's file, None for usual."""

    def decorated(function: Callable[..., int]) -> click.Command:
        return command.command(name)(baseline_option(project_options(function)))

    return decorated


@_subcommand("write")
def _write(options: Options, baseline: Path | None) -> int:
    """Accept all that is found now.

    The findings, and the files that cannot be analysed, take the place of the old baseline; "ssot-lint baseline diff"
    says how they differ. What is suppressed is not written.
    """
    from ssot_lint.reporters.summary import counted  # noqa: PLC0415 - --help must be quick

    before, now = _compared(options, baseline, must_exist=False)
    size = _put(before.path, now.there)
    files = sum(len(entry) == len(("kind", "path")) for entry in now.there)
    also = f" and {counted(files, 'file')} that could not be analysed" if files else ""
    _say(f"wrote {before.path}: {counted(now.there.total() - files, 'finding')}{also}; {size:,} bytes")
    if before.entries:
        _say(f"{now.new.total():,} new, {now.gone.total():,} gone, {now.kept.total():,} unchanged")
    return 0


@_subcommand("check")
def _check(options: Options, baseline: Path | None) -> int:
    """Exit 1 if entries are gone; 2 if nobody knows.

    New findings do not matter here. "ssot-lint baseline prune" drops what is gone.
    """
    from ssot_lint.reporters.summary import gone_entries  # noqa: PLC0415 - --help must be quick

    before, now = _compared(options, baseline)
    if now.blocked:
        return _incomplete(now)
    if now.gone:
        gone = gone_entries(now.gone.total(), before.path.name)
        _say(f'{gone}: "ssot-lint baseline prune" drops what is gone, "ssot-lint baseline diff" lists it')
        return 1
    _say(f"{before.path.name} has no entry that is gone; {now.kept.total():,} are there")
    return 0


@_subcommand("prune")
def _prune(options: Options, baseline: Path | None) -> int:
    """Drop the entries that are gone.

    Those of files that were renamed in git get their new names. Nothing is added.
    """
    before, now = _compared(options, baseline)
    if now.blocked:
        return _incomplete(now)
    if now.kept == before.entries:
        _say(f"nothing to prune: all {now.kept.total():,} entries of {before.path.name} are there")
        return 0
    size = _put(before.path, now.kept)
    renamed = (now.kept - before.entries).total()
    also = f", {renamed:,} renamed" if renamed else ""
    _say(f"{now.gone.total():,} dropped{also}, {now.kept.total():,} left in {before.path}; {size:,} bytes")
    return 0


@_subcommand("diff")
def _diff(options: Options, baseline: Path | None) -> int:
    """List what is new and what is gone.

    And count by rule what is new, gone and unchanged.
    """
    from ssot_lint.reporters.concise import finding_line, notice_line  # noqa: PLC0415 - --help must be quick

    before, now = _compared(options, baseline)
    _say(f"{'new':>7} {'gone':>7} {'unchanged':>10}  {before.path.name}")
    for rule, numbers in sorted(_by_rule({"new": now.new, "gone": now.gone, "unchanged": now.kept}).items()):
        _say(f"{numbers['new']:>7,} {numbers['gone']:>7,} {numbers['unchanged']:>10,}  {rule}")
    lines = [finding_line(one) for one in now.findings if one.baseline_state == "new"]
    for line in [*lines, *(notice_line(one) for one in now.notices if one.blocking)]:
        _say(f"new   {line}")
    for entry, number in sorted(now.gone.items()):
        _say(f"gone  {' '.join(filter(None, entry))}" + (f" ({number} times)" if number > 1 else ""))
    if now.use is not None and now.use.renames_unknown:
        _say(f"renamed files are told as new and gone: {now.use.renames_unknown}")
    return _INCOMPLETE if now.blocked else 0


def _compared(options: Options, file: Path | None, *, must_exist: bool = True) -> tuple[Baseline, Compared]:
    """Read the baseline, and compare the project with it."""
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine

    baseline = engine.open_baseline(options, file, must_exist=must_exist)
    progress = ProgressBar()
    try:
        return baseline, engine.check_against(dataclasses.replace(options, progress=progress), baseline)
    finally:
        progress.end()


def _say(line: str) -> None:
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - --help must be quick

    click.echo(one_line(line))


def _put(path: Path, entries: Counter[tuple[str, ...]]) -> int:
    from ssot_lint.workspace.baseline import Baseline, BaselineError, write  # noqa: PLC0415 - --help must be quick

    try:
        return write(Baseline(path, entries))
    except BaselineError as error:
        raise click.ClickException(str(error)) from None


def _incomplete(now: Compared) -> int:
    """Say what could not be analysed: what is gone is not known then."""
    from ssot_lint.reporters.concise import notice_line  # noqa: PLC0415 - --help must be quick
    from ssot_lint.reporters.summary import counted  # noqa: PLC0415 - the same

    blocking = [one for one in now.notices if one.blocking]
    for notice in blocking:
        click.echo(notice_line(notice), err=True)
    said = f"{counted(len(blocking), 'file')} could not be analysed, so nobody knows which entries are gone; "
    click.echo(f'{said}repair them, or accept them with "ssot-lint baseline write"', err=True)
    return _INCOMPLETE


def _by_rule(entries: Mapping[str, Counter[tuple[str, ...]]]) -> dict[str, Counter[str]]:
    """Return the numbers of each state by rule, or by the kind of notice."""
    from ssot_lint.rules import all_rules  # noqa: PLC0415 - --help must not wait for the rules

    names = {rule.code: f"{rule.code}[{rule.name}]" for rule in all_rules()}
    found: dict[str, Counter[str]] = {}
    for state, counts in entries.items():
        for entry, number in counts.items():
            found.setdefault(names.get(entry[0], entry[0]), Counter())[state] += number
    return found
