"""`ssot-lint plan`."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Final

import click

from ssot_lint.cli.console import ProgressBar
from ssot_lint.cli.options import project_options
from ssot_lint.cli.outputs import put, split_formats

if TYPE_CHECKING:
    from ssot_lint.engine import Options
    from ssot_lint.model.plan import Plan

_FORMATS: Final = ("markdown", "json")
_MOST_SHOWN: Final = 12


@click.command("plan")
@click.argument("concept", required=False)
@click.option(
    "--output-format",
    "formats",
    multiple=True,
    metavar="FMT[:FILE]",
    help="markdown (default) or json, which leaves nothing out; with :FILE written there; repeatable.",
)
@project_options
def command(options: Options, concept: str | None, formats: tuple[str, ...]) -> int:
    """Plan the repair of a concept: ordered steps, and the tests that speak of it.

    Each step has its files with who imports them, the imports that could close a cycle, what --fix and --unsafe-fixes
    do, and what a person must decide. CONCEPT is the name of an entry of the policy; it may be left out where there is
    but one.
    """
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.reporters.concise import notice_line  # noqa: PLC0415 - the same
    from ssot_lint.studies.entries import chosen_names, listed_names  # noqa: PLC0415 - the same
    from ssot_lint.studies.plan import plan_of, survey  # noqa: PLC0415 - the same

    wanted = split_formats(formats or ("markdown",), _FORMATS)
    names = chosen_names(engine.load_policy(options)[1].policy, [concept] if concept is not None else [])
    if len(names) != 1:
        said = listed_names(names)
        raise click.UsageError(f"say which concept: ssot-lint plan NAME; {said}" if names else said)
    progress = ProgressBar()
    try:
        found = survey(dataclasses.replace(options, progress=progress))
        plan = plan_of(found, names[0])
    finally:
        progress.end()
    for name, file in wanted:
        put(_content(plan, name, file), file)
    blocking = [notice_line(notice) for notice in found.report.notices if notice.blocking]
    for line in blocking:
        click.echo(line, err=True)
    return 2 if blocking else 0


def _content(plan: Plan, name: str, file: str) -> str:
    """Return a plan in one of the formats; what a terminal shows is not written for a browser."""
    from ssot_lint.reporters.medium import markdown, terminal  # noqa: PLC0415 - --help must not wait for the reporters
    from ssot_lint.reporters.plan_json import plan_json  # noqa: PLC0415 - the same
    from ssot_lint.reporters.plan_text import plan_text  # noqa: PLC0415 - the same

    if name == "json":
        return plan_json(plan)
    medium = terminal if not file and sys.stdout.isatty() else markdown
    return plan_text(plan, medium(_MOST_SHOWN))
