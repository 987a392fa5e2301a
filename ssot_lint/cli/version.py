"""`ssot-lint version`."""

from __future__ import annotations

import click

from ssot_lint import __version__


@click.command("version")
def command() -> int:
    """Print the version."""
    click.echo(f"ssot-lint {__version__}")
    return 0
