"""The options of `ssot-lint check` that ask git: what a change brought, what is staged, what is tracked."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lint.cli.fixing import Asked
    from ssot_lint.engine import Options


def change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about git; they arrive in `options`."""

    @click.option("--since", metavar="REV", help="Report only what was brought since HEAD and REV parted.")
    @click.option("--staged", is_flag=True, help="Check what is staged, and report only what it brings.")
    @click.option("--tracked-only", is_flag=True, help="Leave out what git does not track.")
    @functools.wraps(command)
    def with_changes(
        *args: object,
        options: Options,
        fixes: Asked,
        since: str | None,
        staged: bool,
        tracked_only: bool,
        **rest: object,
    ) -> object:
        if staged and since is not None:
            raise click.UsageError("--since and --staged exclude each other; --staged compares with HEAD")
        if staged and (fixes.any or fixes.show or rest.get("add_ignore") is not None):
            raise click.UsageError("--staged checks the index, and fixes change the work tree; leave one of them out")
        options = dataclasses.replace(options, since=since, staged=staged, tracked_only=tracked_only)
        return command(*args, options=options, fixes=fixes, **rest)

    return with_changes
