"""The baseline, a project's accepted findings, as a file: read whole or not at all, and written so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.workspace.baseline_format import DamageError, Entry, as_text, from_text
from ssot_lint.workspace.replacing import NoPlainFileError, replace_file
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = ".ssot-baseline.json"
"""Its name in the root of the project."""


class BaselineError(Exception):
    """A baseline that cannot be read or written; the text names the file, and says what to do."""


@dataclass(frozen=True)
class Baseline:
    """What a project accepts: how often each entry, and the file that says so."""

    path: Path
    entries: Counter[Entry] = field(default_factory=Counter)


def read(path: Path) -> Baseline:
    """Read a baseline. BaselineError."""
    try:
        text = read_source(path.parent, path.name).decode("utf-8-sig")
        return Baseline(path, from_text(text))
    except UnreadableSourceError as error:
        raise BaselineError(f"the baseline {path} cannot be read: {error}") from None
    except OSError as error:
        raise BaselineError(f"the baseline {path} cannot be read: {_reason(error)}") from None
    except UnicodeDecodeError as error:
        raise BaselineError(f"the baseline {path} is not UTF-8 at byte {error.start}") from None
    except DamageError as error:
        raise BaselineError(f"the baseline cannot be read: {path}:{error}") from None


def write(baseline: Baseline) -> int:
    """Write a baseline beside its old self, then in its place; return its size. BaselineError, and nothing changes."""
    path = baseline.path
    data = as_text(baseline.entries).encode("ascii")
    try:
        replace_file(path, data)
    except NoPlainFileError:
        raise BaselineError(f"the baseline {path} is not a regular file, and is left as it is") from None
    except OSError as error:
        raise BaselineError(f"the baseline {path} cannot be written: {_reason(error)}") from None
    return len(data)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
