"""The command line: `ssot-lint [check] [PATHS]... [OPTIONS]`, one file a command."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys

import click

from ssot_lint import __version__

_COMMANDS = {
    "baseline": "Accept the findings of today: write, check, prune or compare the baseline.",
    "check": "Check the project against its policy (the default command).",
    "clean": "Remove caches and journals.",
    "concepts": "List the declared concepts: home, definition, verdicts of every import, score.",
    "config": "Print the policy in force, one key of it, or its JSON Schema.",
    "init": "Write a commented ssot.toml for a concept whose home you know.",
    "plan": "Plan the repair of a concept: ordered steps, what --fix does of each, and its tests.",
    "report": "Write the tracker of the concepts: an issue's body whose check-boxes tick themselves.",
    "resolve": "Print what an address gives, with the chain of hops.",
    "rule": "Explain a rule.",
    "self-test": "Prove that every rule still fires.",
    "undo": "Roll the last --fix back from its journal.",
    "version": "Print the version.",
    "why": "Print the evidence of one finding.",
}


class _Commands(click.Group):
    """Loads a command's module when it is used; what is no command is a path or an option of `check`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = importlib.import_module(f"ssot_lint.cli.{name}").command
        return command if isinstance(command, click.Command) else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = ("--help", "-h", "--version")
        if not args or (args[0] not in own and args[0] not in _COMMANDS):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="ssot-lint", message="%(prog)s %(version)s")
def group() -> None:
    """Keep one concept in one place.

    ssot-lint reads a Python project without running it, follows every import of a declared concept to the object that
    it gives, and reports what departs from the policy in ssot.toml.

    With no command it checks: "ssot-lint", "ssot-lint src/", "ssot-lint --output-format json".
    """


def main() -> None:
    """Run the command line and end the process."""
    gc.disable()  # a short life: nothing that it builds goes in circles, and collecting costs a tenth of a long run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what the terminal's encoding lacks is no reason to fail
    try:
        code = run()
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader of the output is gone, or its disk is full
        code = 2
    os._exit(code)  # what a large project has built is not taken apart again, piece by piece


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; every failure is a message and 2, never a traceback."""
    try:
        result = group.main(arguments, prog_name="ssot-lint", standalone_mode=False)
    except click.ClickException as error:
        click.echo(_refusal(error), err=True)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
    except SystemExit:  # click ends the process itself, with 1, when nobody reads its output
        return 2
    except Exception as error:  # noqa: BLE001 - the last line of defence: any failure is a message
        from ssot_lint.cli.failure import failure_message  # noqa: PLC0415 - a failure is rare, and --help must be quick

        click.echo(failure_message(error), err=True)
    else:
        return result if isinstance(result, int) else 0
    return 2


def _refusal(error: click.ClickException) -> str:
    """Return what click says of a usage error; it repeats arguments, and those may be names of hostile files."""
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - a failure is rare, and --help must be quick

    said = io.StringIO()
    error.show(said)
    return "\n".join(one_line(line) for line in said.getvalue().rstrip("\n").split("\n"))
