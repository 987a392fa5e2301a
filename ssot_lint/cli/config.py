"""`ssot-lint config`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import msgspec

from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from ssot_lint.engine import Options
    from ssot_lint.model.policy import Policy


@click.command("config")
@click.argument("key", required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a policy file, for editors.")
@project_options
def command(options: Options, key: str | None, *, schema: bool) -> int:
    """Print the policy in force, as merged from its file and all that it extends; with KEY that part of it."""
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.workspace import config  # noqa: PLC0415 - the same

    if schema:
        click.echo(json.dumps(config.schema(), indent=2))
        return 0
    policy = engine.load_policy(options)[1].policy
    if key is None:
        click.echo(settings_text(policy))
        return 0
    settings = msgspec.to_builtins(policy)
    if key not in settings:
        raise click.UsageError(f'the policy has no key "{key}"; there are {", ".join(settings)}')
    click.echo(_text(settings[key]))
    return 0


def settings_text(policy: Policy) -> str:
    """Return a policy as readable JSON."""
    return _text(msgspec.to_builtins(policy))


def _text(value: object) -> str:
    from ssot_lint.reporters.neutral import neutral_json  # noqa: PLC0415 - --help must be quick

    return neutral_json(json.dumps(value, indent=2))
