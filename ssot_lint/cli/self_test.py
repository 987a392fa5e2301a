"""`ssot-lint self-test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.engine import Options
    from ssot_lint.studies.self_test import Trial

_SAID = {"found": "fires", "missed": "DOES NOT FIRE", "off": "is switched off", "silent": "is not tried"}


@click.command("self-test")
@project_options
def command(options: Options) -> int:
    """Prove that every rule still fires: make up a departure for each rule and entry of the policy, and look for it.

    Nothing is written: the departures are files in memory. Exit code 1 if a rule misses its own.
    """
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.studies.self_test import self_test  # noqa: PLC0415 - the same

    trials = self_test(options)
    for line in _lines(trials):
        click.echo(one_line(line))
    missed = sum(trial.state == "missed" for trial in trials)
    fired = sum(trial.state == "found" for trial in trials)
    click.echo(f"{fired} of {fired + missed} departures found")
    return 1 if missed else 0


def _lines(trials: list[Trial]) -> Iterator[str]:
    """Yield a line for each rule and what came of it, with the entries of the policy that it was tried on."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for trial in trials:
        alone = not trial.entry or trial.state in ("off", "silent")
        key = (f"{trial.rule.code}[{trial.rule.name}]", _SAID[trial.state], trial.why if alone else "")
        groups.setdefault(key, []).append(trial.entry if alone or not trial.why else f"{trial.entry} ({trial.why})")
    for (rule, said, why), entries in groups.items():
        listed = f" for {', '.join(entries)}" if any(entries) else ""
        yield f"{rule} {said}{listed}{': ' if why else ''}{why}"
