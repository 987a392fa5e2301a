"""The reporters: pure functions from a report to text, in one registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.reporters.concise import concise
from ssot_lint.reporters.github import github
from ssot_lint.reporters.gitlab import gitlab
from ssot_lint.reporters.json import as_json
from ssot_lint.reporters.junit import junit

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lint.model.report import Report

PLAIN: Final[dict[str, Callable[[Report], str]]] = {"concise": concise, "json": as_json, "junit": junit}
"""The formats that are the same on every medium."""

IN_REPOSITORY: Final[dict[str, Callable[[Report, str], str]]] = {"github": github, "gitlab": gitlab}
"""The formats whose paths a server looks up in its repository, so that they also take where the root stands there."""

FORMATS: Final = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
"""Every format; `text` depends on the terminal, too, and `sarif` on the rules: whoever wants them calls them."""

FOR_MACHINES: Final = ("json", "sarif", "gitlab", "junit")
"""The formats that nothing may be put under."""
