"""`ssot-lint [check]`."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssot_lint.cli.baseline import baseline_option
from ssot_lint.cli.changes import change_options
from ssot_lint.cli.console import ProgressBar
from ssot_lint.cli.fixing import Asked, fix_options, print_diff, run_fixes
from ssot_lint.cli.ignoring import WithBareIgnore, ignore_option, refuse_with_fixes, run_ignores
from ssot_lint.cli.options import project_options
from ssot_lint.cli.outputs import Outputs, split_formats

if TYPE_CHECKING:
    from ssot_lint.engine import Options
    from ssot_lint.model.report import Report

INCOMPLETE = 2
_FOR_PERSONS = ("text", "concise")
_WITH_EDITS = ("json", "sarif")
_PATHS = click.Path(path_type=Path)


@click.command("check", cls=WithBareIgnore)
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
    help="text (default), concise, json, sarif, github, gitlab or junit; with :FILE written there; repeatable.",
)
@baseline_option
@click.option("--no-baseline", is_flag=True, help="Report what the baseline covers, too.")
@click.option("--statistics", is_flag=True, help="Count findings by rule and kind, and time the stages.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "info"]), help="The severity that makes a run fail.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in text output.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and notices, but nothing else.")
@click.option("--show-files", is_flag=True, help="List the files that would be read, with zone and state, and exit.")
@click.option("--show-settings", is_flag=True, help="Print the policy in force, and exit.")
@click.option(
    "--force-exclude",
    is_flag=True,
    expose_value=False,
    help="Report nothing of excluded PATHS; it never does, and pre-commit hooks say so.",
)
@ignore_option
@fix_options
@project_options
@change_options
def command(options: Options, paths: tuple[Path, ...], fixes: Asked, **asked: Any) -> int:  # noqa: ANN401 - click's values, by name
    """Check the project. PATHS filter what is reported; the whole project is always read.

    The paths of a diff are relative to the root. In the root, wherever in a git repository it is, this applies it:

    \b
    ssot-lint --diff | git apply --directory="$(git rev-parse --show-prefix)"
    """  # noqa: D301 - click takes this for a paragraph that is not wrapped
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine

    if asked["show_settings"]:
        from ssot_lint.cli.config import settings_text  # noqa: PLC0415 - only for this option

        click.echo(settings_text(engine.load_policy(options)[1].policy))
        return 0
    if asked["show_files"]:
        click.echo(_files(engine.index(options)))
        return 0
    _refuse_contradictions(fixes, asked)
    formats = _formats(asked["formats"], fixes)
    options = dataclasses.replace(
        options,
        paths=paths,
        zone=asked["zone"],
        extend_select=_rules(asked["extend_select"]),
        select=_rules(asked["select"]) or None,
        ignore=_rules(asked["ignore"]) or None,
    )
    if not asked["no_baseline"]:
        options = engine.with_baseline(options, asked["baseline"])
    fixes = dataclasses.replace(fixes, fixable=_rules(fixes.fixable or ()) or None, unfixable=_rules(fixes.unfixable))
    report, diff = _run(options, fixes, asked, formats)
    report = dataclasses.replace(report, quiet=asked["quiet"], fails_at=asked["fail_on"] or report.fails_at)
    if not asked["statistics"]:
        report = dataclasses.replace(report, statistics={})
    outputs = Outputs(
        color=asked["color"],
        show_fixes=fixes.show,
        closing=not (fixes.diff or fixes.only),
        summary=not fixes.only,
        root=lambda: engine.find_root(options)[0],
    )
    _tell(report, diff, fixes, formats, outputs)
    return _exit_code(report, fixes, exit_zero=asked["exit_zero"], changed=bool(diff))


def _run(options: Options, fixes: Asked, asked: dict[str, Any], formats: list[tuple[str, str]]) -> tuple[Report, bytes]:
    """Check, with the fixes or suppressions that are asked for; return the report, and the diff if one is to be."""
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine

    color, with_edits = asked["color"], any(name in _WITH_EDITS for name, _ in formats)
    progress = ProgressBar()
    options = dataclasses.replace(options, progress=progress if not fixes.interactive else None)
    try:
        if asked["add_ignore"] is not None:
            machine = any(not file and name not in _FOR_PERSONS for name, file in formats)
            return run_ignores(options, asked["add_ignore"], err=machine), b""
        if fixes.any:
            return run_fixes(options, fixes, color, with_edits=with_edits)
        if fixes.show:
            return run_fixes(options, dataclasses.replace(fixes, diff=True), color, with_edits=with_edits).report, b""
        return engine.check(options), b""
    finally:
        progress.end()


def _tell(report: Report, diff: bytes, fixes: Asked, formats: list[tuple[str, str]], outputs: Outputs) -> None:
    if fixes.diff:
        print_diff(diff, outputs.color)
        if diff and sys.stdout.isatty():
            click.echo("", err=True)
        _say_what_was_done(report, fixes, err=True)
    elif fixes.only:
        report = dataclasses.replace(report, findings=[])
        _say_what_was_done(report, fixes, err=any(not file and name != "github" for name, file in formats))
    elif fixes.unsafe and not fixes.any and not fixes.show:
        click.echo("--unsafe-fixes alone changes nothing; add --fix or --diff", err=True)
    outputs.write(report, formats)


def _say_what_was_done(report: Report, fixes: Asked, *, err: bool) -> None:
    """Say what the fixes came to, and nothing of what is left."""
    from ssot_lint.reporters.concise import notice_line  # noqa: PLC0415 - only for these options
    from ssot_lint.reporters.fixes import listed_fixes  # noqa: PLC0415 - the same
    from ssot_lint.reporters.summary import closing, fixes_made  # noqa: PLC0415 - the same

    last = closing(report) if fixes.diff else fixes_made(report)
    for said in [*map(notice_line, report.notices), *last]:
        line = said
        if (sys.stderr if err else sys.stdout).isatty():
            width = shutil.get_terminal_size((80, 24)).columns
            line = textwrap.fill(said, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        click.echo(line, err=err)
    if fixes.show:
        click.echo(listed_fixes(report), nl=False, err=err)


def _exit_code(report: Report, fixes: Asked, *, exit_zero: bool, changed: bool) -> int:
    code = report.exit_code
    if code != INCOMPLETE:
        code = 0 if fixes.only else code
        fixed = report.fixing is not None and not report.fixing.would and bool(report.fixing.fixed)
        code = max(code, int(changed), int(fixes.fail_on_fix and fixed))
    return 0 if exit_zero and code == 1 else code


def _rules(values: tuple[str, ...]) -> tuple[str, ...]:
    """Split comma-separated selectors; each must name a rule."""
    from ssot_lint.rules import all_rules  # noqa: PLC0415 - --help must not wait for the rules

    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    for name in names:
        if not any(rule.matches(name) for rule in all_rules()):
            raise click.UsageError(f'no rule is called "{name}"; "ssot-lint rule --all" lists them')
    return names


def _refuse_contradictions(fixes: Asked, asked: dict[str, Any]) -> None:
    if asked["baseline"] is not None and asked["no_baseline"]:
        raise click.UsageError("--baseline and --no-baseline exclude each other")
    if asked["add_ignore"] is not None:
        refuse_with_fixes(fixes)
    if fixes.diff and fixes.verify is not None:
        raise click.UsageError("--diff writes nothing, so there is nothing for --verify to run on")


def _formats(values: tuple[str, ...], fixes: Asked) -> list[tuple[str, str]]:
    """Return the formats, each with its file, "" for stdout; what --diff or --fix-only says takes the place of text."""
    from ssot_lint.reporters import FORMATS  # noqa: PLC0415 - --help must not wait for the reporters

    found = split_formats(values or ("text",), FORMATS)
    if fixes.diff and any(not file and name not in (*_FOR_PERSONS, "github") for name, file in found):
        raise click.UsageError("--diff prints the diff on stdout; give the output format a file, as in json:FILE")
    return [one for one in found if one[1] or one[0] not in _FOR_PERSONS or not (fixes.diff or fixes.only)]


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
