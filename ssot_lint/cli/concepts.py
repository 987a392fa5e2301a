"""`ssot-lint concepts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from ssot_lint.engine import Index, Options
    from ssot_lint.project.concepts import BoundConcept


@click.command("concepts")
@click.argument("name", required=False)
@project_options
def command(options: Options, name: str | None) -> int:
    """List the declared concepts: home, definition, the verdicts of every import by zone, score.

    With NAME also the classes like it: what they are, and how many were set aside as what.
    """
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.reporters.concise import notice_line  # noqa: PLC0415 - the same
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    whole = engine.index(options)
    concepts = [bound for bound in whole.policy.concepts if name in (None, bound.concept.name)]
    if not concepts:
        if name is None:
            click.echo("no concepts declared: run ssot-lint init")
            return 0
        known = ", ".join(bound.concept.name for bound in whole.policy.concepts)
        raise click.UsageError(f'no concept is called "{name}"; there are {known}')
    scores = engine.scores(whole)
    for bound in concepts:
        score = scores[bound.concept.name]
        lines = [*_lines(whole, bound), f"  score       {score.score:g} = 100 x {score.canonical} / {score.total}"]
        if name is not None:
            lines += _like(whole, bound)
        click.echo("\n".join(one_line(line) for line in lines))
    blocking = [notice_line(notice) for notice in whole.notices if notice.blocking]
    for line in blocking:
        click.echo(line, err=True)
    return 2 if blocking else 0


def _like(whole: Index, bound: BoundConcept) -> list[str]:
    """List what is like the concept, by kind, and count what was set aside."""
    from ssot_lint import engine  # noqa: PLC0415 - after the engine is loaded
    from ssot_lint.rules.duplicate_implementation import RULE, resemblances  # noqa: PLC0415 - the same
    from ssot_lint.rules.likeness import set_aside  # noqa: PLC0415 - the same

    engine.look_again(whole, engine.suspects(whole, [RULE]))
    found = sorted((one.kind, one.file.path, one.at.line, one.name) for one in resemblances(whole.project, bound))
    lines = [f"  like it     {len(found)} classes and names"]
    lines += [f"    {kind:<22}{path}:{line}  {name}" for kind, path, line, name in found]
    aside = set_aside(whole.project, bound)
    lines.append(f"  set aside   {aside.total()} classes with its name or face")
    lines += [f"    {number:>6,}  {reason}" for reason, number in sorted(aside.items())]
    return lines


def _lines(whole: Index, bound: BoundConcept) -> list[str]:
    from ssot_lint.rules.verdicts import VERDICTS, verdict_table  # noqa: PLC0415 - after the engine is loaded

    table = verdict_table(whole.project, bound)
    lines = [
        bound.concept.name,
        f"  home        {bound.concept.home}",
        f"  definition  {bound.target}  {bound.target.path}:{bound.target.line}",
        f"  offers      {', '.join(bound.offered)}",
        f"  {'verdict':<18}{'production':>12}{'tests':>10}{'all':>10}",
    ]
    for verdict in VERDICTS:
        production, tests = table["production"][verdict], table["tests"][verdict]
        lines.append(f"  {verdict:<18}{production:>12,}{tests:>10,}{production + tests:>10,}")
    totals = [sum(table["production"].values()), sum(table["tests"].values())]
    lines.append(f"  {'all':<18}{totals[0]:>12,}{totals[1]:>10,}{sum(totals):>10,}")
    return lines
