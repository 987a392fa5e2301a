"""`ssot-lint [check]`."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssot_lint.cli.console import ProgressBar
from ssot_lint.cli.options import project_options, wants_color

if TYPE_CHECKING:
    from ssot_lint.engine import Options
    from ssot_lint.model.finding import Severity
    from ssot_lint.model.report import Report

_PATHS = click.Path(path_type=Path)


@click.command("check")
@click.argument("paths", nargs=-1, type=_PATHS)
@click.option("--select", multiple=True, metavar="RULES", help="Codes, prefixes or names to check, comma-separated.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Codes, prefixes or names to leave out.")
@click.option("--extend-select", multiple=True, metavar="RULES", help="Check these as well.")
@click.option("--zone", type=click.Choice(["production", "tests", "all"]), default="all", help="Report one zone only.")
@click.option(
    "--output-format",
    "formats",
    multiple=True,
    metavar="FMT[:FILE]",
    help="text (default), concise or json; with :FILE written there; repeatable.",
)
@click.option("--statistics", is_flag=True, help="Count findings by rule and kind, and time the stages.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "info"]), help="The severity that makes a run fail.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in text output.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and notices, but nothing else.")
@click.option("--show-files", is_flag=True, help="List the files that would be read, with zone and state, and exit.")
@click.option("--show-settings", is_flag=True, help="Print the policy in force, and exit.")
@project_options
def command(options: Options, paths: tuple[Path, ...], **asked: Any) -> int:  # noqa: ANN401 - click's values, by name
    """Check the project. PATHS filter what is reported; the whole project is always read."""
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine

    if asked["show_settings"]:
        from ssot_lint.cli.config import settings_text  # noqa: PLC0415 - only for this option

        click.echo(settings_text(engine.load_policy(options)[1].policy))
        return 0
    if asked["show_files"]:
        click.echo(_files(engine.index(options)))
        return 0
    formats = _formats(asked["formats"])
    options = dataclasses.replace(
        options,
        paths=paths,
        zone=asked["zone"],
        extend_select=_rules(asked["extend_select"]),
        select=_rules(asked["select"]) or None,
        ignore=_rules(asked["ignore"]) or None,
    )
    progress = ProgressBar()
    try:
        report = engine.check(dataclasses.replace(options, progress=progress))
    finally:
        progress.end()
    report = dataclasses.replace(report, quiet=asked["quiet"], fails_at=asked["fail_on"] or report.fails_at)
    if not asked["statistics"]:
        report = dataclasses.replace(report, statistics={})
    for name, file in formats:
        _write(report, name, file, asked["color"])
    return 0 if asked["exit_zero"] and report.exit_code == 1 else report.exit_code


def _rules(values: tuple[str, ...]) -> tuple[str, ...]:
    """Split comma-separated selectors; each must name a rule."""
    from ssot_lint.rules import all_rules  # noqa: PLC0415 - --help must not wait for the rules

    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    for name in names:
        if not any(rule.matches(name) for rule in all_rules()):
            raise click.UsageError(f'no rule is called "{name}"; "ssot-lint rule --all" lists them')
    return names


def _formats(values: tuple[str, ...]) -> list[tuple[str, str]]:
    from ssot_lint.reporters import FORMATS  # noqa: PLC0415 - --help must not wait for the reporters

    found = [(name, file) for name, _, file in (value.partition(":") for value in values or ("text",))]
    for name, _ in found:
        if name not in FORMATS:
            raise click.UsageError(f'no output format is called "{name}"; there are {", ".join(FORMATS)}')
    return found


def _write(report: Report, name: str, file: str, color: str) -> None:
    from ssot_lint.reporters import PLAIN  # noqa: PLC0415 - the same

    if name == "text":
        from ssot_lint.reporters.text import text  # noqa: PLC0415 - rich takes a sixth of a second to import

        terminal = not file and sys.stdout.isatty()
        width = shutil.get_terminal_size((80, 24)).columns if terminal else None
        content = text(report, color=wants_color(color, terminal=terminal), width=width)
    else:
        content = PLAIN[name](report)
    if name != "json" and report.statistics:
        content += _statistics(report)
    if not file:
        click.echo(content, nl=False, color=True)
        return
    try:
        Path(file).write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror}") from None


def _statistics(report: Report) -> str:
    counts: Counter[tuple[str, str, Severity]] = Counter()
    for finding in report.active:
        counts[(f"{finding.code}[{finding.name}]", finding.kind, finding.severity)] += 1
    lines = [f"{number:>7}  {rule} {kind} ({severity})" for (rule, kind, severity), number in sorted(counts.items())]
    lines += [f"{seconds:>6.2f}s  {stage}" for stage, seconds in report.statistics.items()]
    return "\n".join(lines) + "\n"


def _files(whole: Any) -> str:  # noqa: ANN401 - the engine's index, not imported here
    """List every discovered file with its zone and state; the states add up to the number of files."""
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - only for this option

    states = {notice.path: notice.kind for notice in whole.notices if notice.kind != "nested-policy"}
    skipped = [path for path, kind in states.items() if kind == "skipped" and path.endswith(".py")]
    files = sorted([*whole.found.files, *skipped])
    lines = [f"{whole.project.zone(path):<10}  {states.get(path, 'analysed'):<12}  {one_line(path)}" for path in files]
    totals = Counter(states.get(path, "analysed") for path in files)
    lines.append(f"{len(files)} files: " + ", ".join(f"{n} {state}" for state, n in sorted(totals.items())))
    return "\n".join(lines)
