"""`ssot-lint resolve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from ssot_lint.engine import Options
    from ssot_lint.project.resolution import Outcome


@click.command("resolve")
@click.argument("address", metavar="DOTTED[:NAME]")
@click.option("--type-checking", is_flag=True, help="Resolve as under TYPE_CHECKING.")
@project_options
def command(options: Options, address: str, *, type_checking: bool) -> int:
    """Print what an address gives, with the chain of hops; every branch where there are several.

    Exit code 0 if it gives something, 1 if it gives nothing.
    """
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    project = engine.index(options).project
    module, _, name = address.partition(":")
    resolution = project.resolve(module, name, typing=type_checking)
    lines = _outcome_lines(address, resolution.outcomes[0])
    for outcome in resolution.others:
        lines += ["", "if that fails:" if outcome.fallback else "or:", *_outcome_lines(address, outcome)]
    broken = project.broken.get(module)
    if broken is not None:
        via = f" (through {broken.via})" if broken.via else ""
        lines += ["", f"but {module} cannot be imported: {broken.path}:{broken.line} fails{via}, since {broken.why}"]
    click.echo("\n".join(one_line(line) for line in lines))
    return 1 if resolution.target.kind == "unresolved" or broken is not None else 0


def _outcome_lines(address: str, outcome: Outcome) -> list[str]:
    target = outcome.target
    lines = [address]
    lines += [f"  -> {hop.path}:{hop.line}  {hop.name} {hop.how}" for hop in outcome.chain]
    place = f"  {target.path}:{target.line}" if target.path else ""
    lines.append(f"  => {target}  ({target.kind}){place}")
    return lines
