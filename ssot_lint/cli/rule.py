"""`ssot-lint rule`."""

from __future__ import annotations

import json

import click


@click.command("rule")
@click.argument("name", required=False, metavar="[CODE|NAME]")
@click.option("--all", "every", is_flag=True, help="Every rule.")
@click.option("--output-format", type=click.Choice(["markdown", "json"]), default="markdown", help="How to print it.")
def command(name: str | None, *, every: bool, output_format: str) -> int:
    """Explain a rule: what it finds, what it leaves alone, its kinds and their default severities."""
    from ssot_lint.reporters.rule_page import rule_markdown, rule_object  # noqa: PLC0415 - --help must be quick
    from ssot_lint.rules import all_rules  # noqa: PLC0415 - the same

    if every == (name is not None):
        raise click.UsageError("name one rule by its code or name, or ask for --all")
    rules = [rule for rule in all_rules() if every or name in (rule.code, rule.name)]
    if not rules:
        known = ", ".join(f"{rule.code} {rule.name}" for rule in all_rules())
        raise click.UsageError(f'no rule is called "{name}"; there are {known}')
    if output_format == "json":
        click.echo(json.dumps([rule_object(rule) for rule in rules], indent=1))
    else:
        click.echo("\n".join(rule_markdown(rule) for rule in rules), nl=False)
    return 0
