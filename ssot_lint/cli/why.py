"""`ssot-lint why`."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from ssot_lint.engine import Options
    from ssot_lint.model.finding import Finding


@click.command("why")
@click.argument("place", nargs=-1, required=True, metavar="FILE:LINE | CODE PATH")
@project_options
def command(options: Options, place: tuple[str, ...]) -> int:
    """Print the evidence of the findings at a line, or of one rule in a file."""
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.reporters.concise import notice_line  # noqa: PLC0415 - the same
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    code, file, line = _asked(place)
    root, _ = engine.load_policy(options)
    # As the user sees it from here, else as a report prints it, from the root.
    here = options.start / file
    path = engine.relative_path(root, here if here.exists() or not (root / file).exists() else root / file)
    report = engine.check(dataclasses.replace(options, select=(code,) if code else ("SSOT",)))
    found = [one for one in report.findings if one.at.path == path and line in (0, one.at.line, one.statement)]
    unread = [one for one in report.notices if one.path == path and one.blocking]
    for notice in unread:
        click.echo(notice_line(notice), err=True)
    if found:
        click.echo("\n\n".join("\n".join(_lines(one)) for one in found))
    elif not unread:
        click.echo(one_line(f"no finding at {' '.join(place)}"))
    return 2 if unread else 0


def _asked(place: tuple[str, ...]) -> tuple[str, str, int]:
    """Return rule, path and line; "" and 0 where they were not given. A column behind the line is left out."""
    from ssot_lint.rules import kinds_by_rule  # noqa: PLC0415 - --help must not wait for the rules

    if len(place) == 1:
        match = re.fullmatch(r"(.+?):([0-9]{1,9})(?::[0-9]+)?", place[0], re.DOTALL)
        if match is None:
            raise click.UsageError('write a place as FILE:LINE, or a rule and a file as "SSOT201 path/to/file.py"')
        return "", match[1], int(match[2])
    if len(place) > 2:  # noqa: PLR2004 - a rule and a file
        raise click.UsageError("why takes FILE:LINE, or a rule and a file")
    if place[0] not in kinds_by_rule():
        raise click.UsageError(f'no rule is called "{place[0]}"; "ssot-lint rule --all" lists them')
    return place[0], place[1], 0


def _lines(finding: Finding) -> list[str]:
    from ssot_lint.reporters.concise import finding_line  # noqa: PLC0415 - after the engine is loaded
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    lines = [finding_line(finding), f"  kind         {finding.kind}", f"  severity     {finding.severity}"]
    if finding.suppressed:
        lines.append("  suppressed   by a comment or an exception of the policy")
    lines += [f"  concept      {finding.concept}"] if finding.concept else []
    lines.append(f"  subject      {finding.subject}")
    lines.append(f"  fingerprint  {finding.fingerprint}")
    lines += [f"  {key:<12} {_shown(value)}" for key, value in finding.evidence.items()]
    lines += [f"  chain        {hop.path}:{hop.line}  {hop.name} {hop.how}" for hop in finding.chain]
    lines += [f"  place        {one.at}  {one.message}" for one in finding.related]
    return [one_line(line) for line in lines]


def _shown(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, (list, tuple)) else str(value)
