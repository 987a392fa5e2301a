"""The options that several commands share."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable


_CACHE_DIR = click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of caches and journals (default: .ssot-lint-cache in the root).",
)


def project_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which project is read, with which policy; they arrive as one `options`."""

    @click.option(
        "--root",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="The root of the project (default: the policy's folder; with --config FILE the working folder).",
    )
    @click.option(
        "--config",
        "configs",
        multiple=True,
        metavar="FILE|KEY=VALUE",
        help="A policy file, or one key of the policy; repeatable.",
    )
    @click.option("--isolated", is_flag=True, help="Ignore every policy file.")
    @click.option("--exclude", multiple=True, metavar="PATTERN", help="Replace the policy's excludes; repeatable.")
    @click.option("--extend-exclude", multiple=True, metavar="PATTERN", help="Leave out more; repeatable.")
    @click.option("--no-respect-gitignore", is_flag=True, help="Read what .gitignore leaves out, too.")
    @click.option("-j", "--jobs", type=click.IntRange(min=0), default=0, help="Worker processes (default: one a core).")
    @_CACHE_DIR
    @click.option("--no-cache", is_flag=True, help="Read every file, and remember nothing.")
    @click.option(
        "--today",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="YYYY-MM-DD",
        help="The day that every `until` is compared with (default: SOURCE_DATE_EPOCH, else the day in UTC).",
    )
    @functools.wraps(command)
    def with_options(  # noqa: PLR0913 - one parameter an option
        *args: object,
        root: Path | None,
        configs: tuple[str, ...],
        isolated: bool,
        exclude: tuple[str, ...],
        extend_exclude: tuple[str, ...],
        no_respect_gitignore: bool,
        jobs: int,
        cache_dir: Path | None,
        no_cache: bool,
        today: dt.datetime | None,
        **rest: object,
    ) -> object:
        from ssot_lint.engine import Options  # noqa: PLC0415 - --help must not wait for the engine

        file, overrides = _split_configs(configs)
        options = Options(
            start=Path.cwd(),
            root=root,
            config_file=file,
            overrides=overrides,
            isolated=isolated,
            exclude=exclude or None,
            extend_exclude=extend_exclude,
            respect_gitignore=not no_respect_gitignore,
            jobs=jobs,
            cache_dir=cache_dir,
            cached=not no_cache,
            today=today.date() if today is not None else None,
        )
        return command(*args, options=options, **rest)

    return with_options


def storage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a project's caches and journals are; they arrive as `root` and `cache_dir`."""

    @click.option(
        "--root",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="The root of the project (default: the policy's folder, else the working folder).",
    )
    @_CACHE_DIR
    @functools.wraps(command)
    def with_options(*args: object, root: Path | None, **rest: object) -> object:
        return command(*args, root=_found_root(root), **rest)

    return with_options


def _found_root(root: Path | None) -> Path:
    """Return the root without reading the policy, which may be what a fix has broken."""
    from ssot_lint.workspace.config import discover  # noqa: PLC0415 - --help must be quick

    if root is not None and not os.path.isdir(root):  # noqa: PTH112 - Path.is_dir raises on some names
        raise click.UsageError(f"{root} is no folder")
    policy = discover(Path.cwd()) if root is None else None
    return Path(os.path.abspath(root or (policy.parent if policy else Path.cwd())))  # noqa: PTH100 - links stay


def _split_configs(configs: tuple[str, ...]) -> tuple[Path | None, tuple[str, ...]]:
    files = [text for text in configs if "=" not in text or Path(text).is_file()]
    if len(files) > 1:
        raise click.UsageError("--config takes one policy file; further values are KEY=VALUE")
    return (Path(files[0]) if files else None), tuple(text for text in configs if text not in files)


def wants_color(choice: str, *, terminal: bool) -> bool:
    """Decide on colour: --color first, NO_COLOR over FORCE_COLOR, else only on a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or terminal
