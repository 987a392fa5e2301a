"""The part of `ssot-lint init` that writes the first policy of a project, and says what a run with it finds."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.console import ProgressBar

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.engine import Options
    from ssot_lint.model.report import Report


def write_policy(root: Path, text: str) -> None:
    """Make the file, unless anything of its name is there."""
    from ssot_lint.fixing.create import create  # noqa: PLC0415 - only when something is written
    from ssot_lint.fixing.exchange import RefusalError  # noqa: PLC0415 - the same
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same
    from ssot_lint.studies.setting import FILE  # noqa: PLC0415 - the same

    path = root / FILE
    try:
        create(root, FILE, text.encode())
    except FileExistsError:
        raise click.ClickException(f"{path} is there already, and is left as it is") from None
    except (RefusalError, OSError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(f"{path} cannot be written: {said.lower()}") from None
    click.echo(one_line(f"wrote {path}"))


def first_run(options: Options) -> None:
    """Check the project as `ssot-lint` would, count the findings by rule, and name the next commands."""
    from ssot_lint import engine  # noqa: PLC0415 - after the engine is loaded

    progress = ProgressBar()
    plain = engine.Options(options.start, options.root, jobs=options.jobs, cache_dir=options.cache_dir)
    plain = dataclasses.replace(plain, respect_gitignore=options.respect_gitignore, cached=options.cached)
    try:
        report = engine.check(dataclasses.replace(plain, today=options.today, progress=progress))
    finally:
        progress.end()
    click.echo("\n".join(_summary(report)))


def _summary(report: Report) -> list[str]:
    from ssot_lint.reporters.summary import closing  # noqa: PLC0415 - only when something is written

    rules = Counter(f"{one.code}[{one.name}]" for one in report.active)
    lines = [f"{number:>7,}  {rule}" for rule, number in sorted(rules.items())]
    lines += [*closing(report), "", "next: read ssot.toml, then"]
    lines.append("  ssot-lint                  to see what it finds")
    if report.fixable("safe"):
        lines.append("  ssot-lint --diff           to see what --fix would change")
    if report.active or report.blocked:
        lines.append("  ssot-lint baseline write   to accept what is there today, and fail for new findings only")
    return lines
