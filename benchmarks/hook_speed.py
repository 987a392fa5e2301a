"""How long a pre-commit hook takes: one file of a large project is changed, and only what concerns it is shown.

    python -m benchmarks.hook_speed TREE FILE... [--config 'extend=["pack:NAME"]'] [--runs N]

Each run appends a comment to the file, runs `ssot-lint` as a process on it, with a warm cache, and takes the comment
away again in the end. Printed are the median, the least and the most wall time, and what a whole run takes, cold and
warm. The tree is written to; give a copy.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL, AT_MOST = 1.0, 1.5


def seconds(tree: Path, arguments: Sequence[str]) -> float:
    """Return how long a run takes; 2 is no verdict, and then no figure. RuntimeError."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "ssot_lint", "--output-format", "concise", *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, check=False)  # noqa: S603 - our own command
    taken = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode() or done.stdout.decode()[-500:])
    return taken


def edited(tree: Path, file: str, arguments: Sequence[str], runs: int) -> list[float]:
    """Return the times of runs on a file, each after an edit."""
    path = tree / file
    before = path.read_bytes()
    try:
        taken = []
        for number in range(runs):
            path.write_bytes(before + f"# {number}\n".encode())
            taken.append(seconds(tree, [*arguments, file]))
        return taken
    finally:
        path.write_bytes(before)


def say(line: str) -> None:
    """Print a line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--config", action="append", default=[])
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        arguments = [f"--cache-dir={cache}", *(f"--config={one}" for one in asked.config)]
        say(f"whole run, cold {seconds(asked.tree, arguments):6.2f} s")
        say(f"whole run, warm {seconds(asked.tree, arguments):6.2f} s")
        for file in asked.files:
            taken = edited(asked.tree, file, arguments, asked.runs)
            middle = statistics.median(taken)
            verdict = "goal" if middle <= GOAL else "limit" if middle <= AT_MOST else "too slow"
            say(f"{middle:6.2f} s ({min(taken):.2f}-{max(taken):.2f})  {verdict}  {file}")


if __name__ == "__main__":
    main()
