"""`python -m ssot_lint`."""

from __future__ import annotations

import os
import sys


def _forget_working_folder() -> None:
    """Take the working folder, which `-m` puts first, off the module path: code that is linted must not be imported."""
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - before any other import
    if sys.path and os.path.abspath(sys.path[0]) == os.getcwd() != home:  # noqa: PTH100, PTH109 - the same
        del sys.path[0]


if __name__ == "__main__":
    _forget_working_folder()
    from ssot_lint.cli import main

    main()
