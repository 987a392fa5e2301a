"""A proposal as the text of a policy: TOML that can be used as it is, each line with its evidence in a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.policy import TEST_PATHS
from ssot_lint.reporters.neutral import one_line, toml_string
from ssot_lint.reporters.summary import counted
from ssot_lint.studies.concept_text import concept_lines
from ssot_lint.studies.wording import MOST_SHOWN, array, commented

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.studies.proposal import Proposal, Setting

_HEAD: Final = """\
The policy of ssot-lint: what must have one source of truth, and where that is. "ssot-lint" checks the project against \
it, "ssot-lint config" prints all that is in force. To use a line that is commented out, take its "# " away."""


def policy_text(proposals: Sequence[Proposal], setting: Setting) -> str:
    """Return a whole policy file."""
    lines = [*commented(_HEAD), "", 'extend = ["pack:recommended"]', "", *_settings(setting)]
    for proposal in proposals:
        lines += ["", *concept_lines(proposal)]
    lines += ["", *_endings(setting)]
    return "\n".join(lines) + "\n"


def _settings(setting: Setting) -> Iterator[str]:
    yield from commented("Where dotted names start, as the folders show it.")
    yield f"{'' if setting.stated else '# '}source-roots = {_roots(setting)}"
    yield ""
    yield from commented("Left out, on top of .gitignore and the usual (.venv, build); in the syntax of .gitignore.")
    yield f"exclude = {array(setting.exclude)}" if setting.exclude else '# exclude = ["backup*/"]'
    yield ""
    yield from commented("Which files are tests; this is the default. Rules have other severities there.")
    yield f"{'# ' if setting.test_paths == TEST_PATHS else ''}test-paths = {array(setting.test_paths)}"
    yield ""
    yield from commented("What makes a run fail: error, warning or info.")
    yield '# fail-on = "warning"'


def _roots(setting: Setting) -> str:
    """Return the source roots as an array, as a table where names have prefixes."""
    if not any(prefix for _, prefix in setting.source_roots):
        return array(folder for folder, _ in setting.source_roots)
    pairs = (f"{toml_string(folder)} = {toml_string(prefix)}" for folder, prefix in setting.source_roots)
    return f"{{ {', '.join(pairs)} }}"


def _endings(setting: Setting) -> Iterator[str]:
    yield from commented("Severities of rules, or of one kind of finding, in test code.")
    yield "# [severity.tests]"
    yield '# unresolved-import = "warning"'
    if setting.unreadable:
        number = len(setting.unreadable)
        yield ""
        yield from commented(
            f"{counted(number, 'file')} cannot be analysed, so that the verdict is incomplete and the exit code 2. "
            f"Repair {'it' if number == 1 else 'them'}, or accept {'it' if number == 1 else 'them'}:"
        )
    for path, why in setting.unreadable[:MOST_SHOWN]:
        yield "# [[unreadable]]"
        yield f"# path = {toml_string(path)}     # {one_line(why)}"
        yield '# reason = "to be repaired"'
    if len(setting.unreadable) > MOST_SHOWN:
        yield f"# ... and {len(setting.unreadable) - MOST_SHOWN} more"
