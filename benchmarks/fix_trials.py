"""That `--fix` loses nothing: real processes that are killed, raced by editors, and run out of space.

    python -m benchmarks.fix_trials --kills 300 --races 500

- kills: SIGKILL at a random time of `ssot-lint --fix`; then the next `--fix`, `undo` or `clean`. Every file must be
  wholly old or wholly new, all of one fix alike, and after `undo` every byte must be the original.
- races: an editor saves files, in place or by renaming, at random times while they are written. Every edit must
  be there in the end.
- space: a limit of file size, and where a file system can be mounted, a full disk. The tree must stay as it was,
  or be fixed.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHECKOUT = Path(__file__).parents[1]
CACHE = ".ssot-lint-cache"
FILES = 40
POLICY = 'select = ["SSOT201"]\n\n[[moved]]\nfrom = "acme.old"\nto = "acme.new"\n'
FILLER = "".join(f"def step_{number}(item):\n    return [item, {number}]\n\n\n" for number in range(60))
MARK = b"# edited\n"

Contents = dict[str, bytes]


def main() -> int:
    """Run the trials, and print a table; 1 if any of them lost something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--races", type=int, default=30, help="of each kind")
    parser.add_argument("--limits", type=int, default=20, help="how many limits of space are tried")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), chance)
        trials.kills(given.kills)
        for kind in EDITORS if given.races else ():
            trials.races(kind, given.races)
        if given.limits:
            trials.file_size_limits(given.limits)
            trials.full_disks(given.limits)
    return trials.print_table()


def project() -> Contents:
    """Return the files of a project; each of its fixes changes one file, or an import in a function and its patch."""
    files = {
        "ssot.toml": POLICY,
        "acme/__init__.py": "",
        "acme/impl.py": "class Cart:\n    pass\n\n\nclass Bag:\n    pass\n",
        "acme/old.py": "from acme.impl import Bag, Cart\n",
        "acme/new.py": "from acme.impl import Bag, Cart\n",
    }
    for number in range(FILES):
        files[f"acme/part_{number % 4}/use_{number}.py"] = f"from acme.old import Cart\n\n\n{FILLER * (1 + number % 3)}"
    for number in range(4):
        files[f"acme/part_{number}/__init__.py"] = ""
    return {path: text.encode() for path, text in files.items()}


def held(root: Path) -> Contents:
    """Return what every file holds, without the cache and the editor's own."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and CACHE not in path.parts and ".git" not in path.parts
    }


def start(root: Path, *arguments: str, limit: int | None = None) -> subprocess.Popen[bytes]:
    """Start the command line."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    own = None if limit is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "ssot_lint", *arguments, "--root", str(root)],
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=own,  # noqa: PLW1509 - there is one thread
        start_new_session=True,
    )


def wait_for_writing(root: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a run begins its journal; False if it ends before."""
    folder = root / CACHE / "journal"
    while process.poll() is None:
        if folder.is_dir() and any("journal" in name for name in os.listdir(folder)):  # noqa: PTH208 - must be quick
            return True
    return False


def wait_for_change(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run has put a file in, or ends."""
    inode = path.stat().st_ino
    while process.poll() is None and path.stat().st_ino == inode:
        pass


FIX = ("check", "--fix", "-j", "1")


class Trials:
    """The trials, and what they came to."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder = folder
        self._chance = chance
        self._old = project()
        self._new = {
            path: data.replace(b"from acme.old import", b"from acme.new import") if "use_" in path else data
            for path, data in self._old.items()
        }
        self._counts: dict[str, Counter[str]] = {}
        root = self._laid_out(folder / "first")
        began = time.perf_counter()
        names = sorted(path for path in self._old if "use_" in path)
        self._ends = names[0], names[-1]
        process = start(root, *FIX)
        wait_for_writing(root, process)
        writing = time.perf_counter()
        wait_for_change(root / self._ends[0], process)
        exchanging = time.perf_counter()
        wait_for_change(root / self._ends[1], process)
        self._exchanging = time.perf_counter() - exchanging
        process.wait()
        self._seconds = time.perf_counter() - began
        self._writing = time.perf_counter() - writing
        if held(root) != self._new:
            raise SystemExit("an undisturbed run does not make the expected fixes")
        self._journal = (root / CACHE / "journal/last.journal").stat().st_size

    def _laid_out(self, root: Path) -> Path:
        shutil.rmtree(root, ignore_errors=True)
        (root / ".git").mkdir(parents=True)
        for path, data in self._old.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    def kills(self, count: int) -> None:
        """Kill runs at random times: half of them while files are being written."""
        counts = self._counts["kills"] = Counter(dict.fromkeys(("lost", "mixed files", "not undone"), 0))
        for number in range(count):
            root = self._laid_out(self._folder / "kills")
            process = start(root, *FIX)
            self._wait_to_kill(root, process, phase=number % 3)
            os.killpg(process.pid, signal.SIGKILL)
            ended = process.wait()
            counts["killed"] += ended == -signal.SIGKILL
            state = held(root)
            touched = sum(state.get(path) == self._new[path] for path in self._old if "use_" in path)
            counts["killed while the tree was half new"] += 0 < touched < FILES
            counts["mixed files"] += self._mixed(state)
            command = self._chance.choice(("fix", "undo", "clean"))
            counts[f"then {command}"] += 1
            start(root, *(FIX if command == "fix" else (command,))).wait()
            after = held(root)
            counts["mixed files"] += self._mixed(after)
            wanted = (self._new,) if command == "fix" else (self._old, self._new)
            counts["lost"] += after not in wanted
            if held(root) != self._old:
                start(root, "undo").wait()
            if command != "clean":  # which forgets the way back
                counts["not undone"] += held(root) != self._old
            counts["left behind"] += len(held(root).keys() - self._old.keys())

    def _wait_to_kill(self, root: Path, process: subprocess.Popen[bytes], *, phase: int) -> None:
        """Wait for a random time of the run: of all of it, of what follows its journal, or of its exchange of files."""
        first, last = (root / path for path in self._ends)
        if phase == 0:
            time.sleep(self._chance.random() * self._seconds)
        elif phase == 1:
            wait_for_writing(root, process)
            time.sleep(self._chance.random() * self._writing)
        elif self._chance.random() < 1 / 4:
            wait_for_change(last, process)
        else:
            wait_for_change(first, process)
            until = time.perf_counter() + self._chance.random() * self._exchanging
            while time.perf_counter() < until:
                pass

    def _mixed(self, state: Contents) -> int:
        """Count the files that are neither old nor new, and those that are gone."""
        return sum(state.get(path) not in (self._old[path], self._new[path]) for path in self._old)

    def races(self, kind: str, count: int) -> None:
        """Let an editor save one file or two in every run, at random times."""
        counts = self._counts[f"races, {kind}"] = Counter(dict.fromkeys(("edits lost", "mixed files"), 0))
        targets = [path for path in self._old if "use_" in path]
        for _ in range(count):
            root = self._laid_out(self._folder / "races")
            process = start(root, *FIX)
            edits = {path: self._chance.random() for path in self._chance.sample(targets, 3)}
            saved = self._edited(root, process, edits, EDITORS[kind])
            process.wait()
            counts["edits"] += len(saved)
            state = held(root)
            counts["edits lost"] += sum(MARK not in state.get(path, b"") for path in saved)
            left = {path: data for path, data in state.items() if not path.endswith("~") and path not in saved}
            counts["mixed files"] += sum(
                data not in (self._old.get(path), self._new.get(path)) for path, data in left.items()
            )
            fixed = {path for path in saved if b"acme.new" in state[path]}
            counts["edited after the fix"] += len(fixed)
            counts["edited before it was read, or refused"] += len(saved) - len(fixed)
        self._counts[f"races, {kind}"]["runs"] = count

    def _edited(
        self,
        root: Path,
        process: subprocess.Popen[bytes],
        edits: dict[str, float],
        save: Callable[[Path], None],
    ) -> list[str]:
        """Save the files at the given parts of the time of writing; a thread looks for when that begins."""
        wait_for_writing(root, process)
        began = time.perf_counter()
        for path, part in sorted(edits.items(), key=lambda one: one[1]):
            while time.perf_counter() < began + part * self._writing:
                pass
            save(root / path)
        return list(edits)

    def file_size_limits(self, count: int) -> None:
        """Let no file grow over a limit: the journal cannot be written, or one of the files."""
        counts = self._counts["file size limits"] = Counter(dict.fromkeys(("tree changed", "left behind"), 0))
        largest = int(self._journal * 1.02)
        for number in range(count):
            root = self._laid_out(self._folder / "limits")
            ended = start(root, *FIX, limit=1 + largest * number // max(1, count - 1)).wait()
            self._judge(counts, root, ended)

    def full_disks(self, count: int) -> None:
        """Let the disk be full at some point of the run, on a file system of its own."""
        disk = self._folder / "disk"
        disk.mkdir()
        mounted = (
            shutil.which("mount")
            and not subprocess.run(  # noqa: S603 - the same always
                ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk)],  # noqa: S607 - wherever it is
                check=False,
                capture_output=True,
            ).returncode
        )
        if not mounted:
            self._counts["full disks"] = Counter({"not tried: nothing can be mounted here": 1})
            return
        try:
            counts = self._counts["full disks"] = Counter(dict.fromkeys(("tree changed", "left behind"), 0))
            for number in range(count):
                root = self._laid_out(disk / "root")
                filler = disk / "filler"
                fill(filler, free=4096 * (number * 160 // max(1, count - 1)))
                ended = start(root, *FIX).wait()
                filler.unlink()
                self._judge(counts, root, ended)
        finally:
            subprocess.run(["umount", str(disk)], check=False, capture_output=True)  # noqa: S603, S607 - the same

    def _judge(self, counts: Counter[str], root: Path, ended: int) -> None:
        state = held(root)
        counts["fixed"] += state == self._new
        counts["unchanged"] += state == self._old
        counts["tree changed"] += state not in (self._old, self._new)
        counts["left behind"] += len(state.keys() - self._old.keys())
        counts["ended with 2"] += ended == 2  # noqa: PLR2004 - an error
        start(root, "undo").wait()
        counts["not undone"] += held(root) != self._old

    def print_table(self) -> int:
        """Print the counts; 1 if one is not nought that should be."""
        bad = 0
        for title, counts in self._counts.items():
            sys.stdout.write(f"{title}\n")
            for what, number in counts.items():
                bad += number if what in NOUGHT else 0
                sys.stdout.write(f"  {what:45}{number:8}\n")
        return min(bad, 1)


NOUGHT: Sequence[str] = ("lost", "mixed files", "not undone", "edits lost", "tree changed", "left behind")
"""What must never be counted."""


def save_in_place(path: Path) -> None:
    """Save as a simple editor does."""
    with path.open("rb+") as file:
        content = file.read()
        file.seek(0)
        file.truncate()
        file.write(content + MARK)


def save_by_renaming(path: Path) -> None:
    """Save as a careful editor does."""
    swap = path.with_name(f"{path.name}~")
    swap.write_bytes(path.read_bytes() + MARK)
    swap.replace(path)


EDITORS: dict[str, Callable[[Path], None]] = {"in place": save_in_place, "by renaming": save_by_renaming}


def fill(path: Path, free: int) -> None:
    """Fill the disk up to some bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() // 4096 * 4096 - free))


if __name__ == "__main__":
    sys.exit(main())
