"""The transaction that writes users' files: it survives any end of the process, and an editor always wins."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from ssot_lint.fixing import exchange, journal
from ssot_lint.fixing.write import BusyError, Change, JournalError, Outcome, Refused, recover, undo, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHECKOUT = Path(__file__).parents[1]
CHANGED = "it has changed since it was read"
FOLDER = ".cache/journal"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, signals and modes are those of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can exchange two names")


class Tree:
    """A root with files, and runs over them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journals = root / FOLDER

    def put(self, **files: str) -> Tree:
        for stem, content in files.items():
            path = self.root / f"{stem}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
        return self

    def write(self, *groups: Sequence[tuple[str, str, str | None]]) -> Outcome:
        return write(self.root, self.journals, [[change(*one) for one in group] for group in groups])

    def undo(self) -> Outcome:
        return undo(self.root, self.journals)

    def recover(self) -> tuple[str, ...]:
        return recover(self.root, self.journals)

    def held(self) -> dict[str, str]:
        """Return what every file holds, less the journal folder."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes().decode()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_relative_to(self.root / ".cache")
        }

    def journal_names(self) -> set[str]:
        return {path.name for path in self.journals.iterdir()} - {"lock"}


def change(path: str, before: str, after: str | None) -> Change:
    return Change(path, before.encode(), None if after is None else after.encode())


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    root = tmp_path / "root"
    root.mkdir()
    return Tree(root)


@pytest.fixture(params=["exchange", "replace"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to put a file in: the one of Linux, and the one of every other system."""
    if request.param == "replace":
        monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    elif sys.platform != "linux":
        pytest.skip("only Linux can exchange two names")
    return str(request.param)


def reasons(outcome: Outcome) -> dict[str, str]:
    return {one.path: one.reason for one in outcome.refused}


# What is written


@pytest.mark.usefixtures("way")
def test_files_are_written_and_keep_what_they_were(tree: Tree) -> None:
    (tree.root / "pkg").mkdir()
    tree.put(a="a1", b="b1", gone="g1", same="s1", untouched="u1")
    tree.put(**{"pkg/c": "c1"})
    (tree.root / "a.py").chmod(0o754)
    (tree.root / "pkg/c.py").chmod(0o600)
    os.utime(tree.root / "same.py", ns=(1, 10**18))
    os.utime(tree.root / "untouched.py", ns=(1, 10**18))
    outcome = tree.write(
        [("a.py", "a1", "a2 é"), ("pkg/c.py", "c1", ""), ("same.py", "s1", "s1")],
        [("b.py", "b1", "b2"), ("gone.py", "g1", None)],
    )
    assert outcome == Outcome(("a.py", "pkg/c.py", "b.py", "gone.py"), ())
    assert tree.held() == {"a.py": "a2 é", "pkg/c.py": "", "b.py": "b2", "same.py": "s1", "untouched.py": "u1"}
    assert (tree.root / "a.py").stat().st_mode & 0o7777 == 0o754
    assert (tree.root / "pkg/c.py").stat().st_mode & 0o7777 == 0o600
    for name in ("same.py", "untouched.py"):
        assert (tree.root / name).stat().st_mtime_ns == 10**18
    assert tree.journal_names() == {"last.journal"}
    assert (tree.journals / "last.journal").stat().st_mode & 0o7777 == 0o600


def test_a_changed_file_gets_a_new_time(tree: Tree) -> None:
    """Compiled modules are found out of date by the time of their source."""
    tree.put(a="1")
    os.utime(tree.root / "a.py", ns=(1, 10**18))
    tree.write([("a.py", "1", "2")])
    assert (tree.root / "a.py").stat().st_mtime_ns != 10**18


@linux
def test_owner_group_and_extended_attributes_are_kept(tree: Tree) -> None:
    if sys.platform == "linux":
        tree.put(a="1", b="1")
        try:
            os.setxattr(tree.root / "a.py", "user.note", b"kept")
        except OSError:
            pytest.skip("this file system has no extended attributes")
        if os.geteuid() == 0:
            os.chown(tree.root / "a.py", 1234, 4321)
        status = (tree.root / "a.py").stat()
        tree.write([("a.py", "1", "2"), ("b.py", "1", None)])
        assert os.getxattr(tree.root / "a.py", "user.note") == b"kept"
        assert (tree.root / "a.py").stat()[:1] + (tree.root / "a.py").stat()[4:6] == status[:1] + status[4:6]


def test_the_journal_folder_may_be_elsewhere_and_is_made(tmp_path: Path, tree: Tree) -> None:
    tree.put(a="1")
    tree.journals = tmp_path / "far" / "away"
    assert tree.write([("a.py", "1", "2")]).written == ("a.py",)
    assert tree.undo().written == ("a.py",)
    assert tree.held() == {"a.py": "1"}


def test_many_folders_need_few_descriptors(tree: Tree) -> None:
    for number in range(60):
        (tree.root / f"p{number}").mkdir()
    tree.put(**{f"p{number}/m": "1" for number in range(60)})
    script = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n" + SCRIPT
    changes = [[f"p{number}/m.py", "1", "2"] for number in range(60)]
    assert run_script(tree, {"mode": "plain", "groups": [changes]}, script) == {"written": 60, "refused": {}}


def test_a_path_stands_once_in_a_run(tree: Tree) -> None:
    tree.put(a="1")
    with pytest.raises(ValueError, match=r"changed twice: \['a.py'\]"):
        tree.write([("a.py", "1", "2")], [("a.py", "1", "3")])
    assert tree.held() == {"a.py": "1"}


# What is refused


def link(tree: Tree) -> None:
    (tree.root / "a.py").rename(tree.root / "real")
    (tree.root / "a.py").symlink_to("real")


def hard_link(tree: Tree) -> None:
    os.link(tree.root / "a.py", tree.root / "twin")


def linked_folder(tree: Tree) -> None:
    (tree.root / "pkg").rename(tree.root.parent / "outside")
    (tree.root / "pkg").symlink_to("../outside")


def pipe(tree: Tree) -> None:
    (tree.root / "a.py").unlink()
    os.mkfifo(tree.root / "a.py")


def folder(tree: Tree) -> None:
    (tree.root / "a.py").unlink()
    (tree.root / "a.py").mkdir()


REFUSALS: dict[str, tuple[str, Callable[[Tree], object], str]] = {
    "link": ("a.py", link, "it is a link"),
    "hard link": ("a.py", hard_link, "it has 2 hard links"),
    "read-only": ("a.py", lambda tree: (tree.root / "a.py").chmod(0o464), "it is read-only"),
    "read-only folder": ("pkg/m.py", lambda tree: (tree.root / "pkg").chmod(0o555), "its folder is read-only"),
    "linked folder": ("pkg/m.py", linked_folder, "its folder is a link, or no folder"),
    "a file as folder": ("a.py/m.py", lambda _: None, "its folder is a link, or no folder"),
    "pipe": ("a.py", pipe, "it is no regular file"),
    "folder": ("a.py", folder, "it is no regular file"),
    "gone": ("a.py", lambda tree: (tree.root / "a.py").unlink(), "it is gone"),
    "no such folder": ("no/m.py", lambda _: None, "it is gone"),
    "changed": ("a.py", lambda tree: (tree.root / "a.py").write_text("2"), CHANGED),
    "above": ("../out.py", lambda _: None, "it is outside the root"),
    "absolute": ("/etc/hostname", lambda _: None, "it is outside the root"),
    "dotted": ("pkg/../a.py", lambda _: None, "it is outside the root"),
    "nul": ("a\0.py", lambda _: None, "it is outside the root"),
    "git": (".git/hooks/m.py", lambda _: None, "it belongs to git"),
    "git in capitals": ("sub/.GIT/m.py", lambda _: None, "it belongs to git"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused_takes_its_group_along_and_nothing_else(case: str, tree: Tree) -> None:
    path, prepare, reason = REFUSALS[case]
    for name in ("pkg", ".git/hooks", "sub/.GIT"):
        (tree.root / name).mkdir(parents=True)
    tree.put(a="1", friend="1", other="1")
    tree.put(**{"pkg/m": "1", ".git/hooks/m": "1", "sub/.GIT/m": "1"})
    prepare(tree)
    before = tree.held()
    outcome = tree.write([("friend.py", "1", "2"), (path, "1", "2")], [("other.py", "1", "2")])
    assert reasons(outcome) == {path: reason, "friend.py": f"it belongs together with {path}"}
    assert outcome.written == ("other.py",)
    assert tree.held() == {**before, "other.py": "2"}
    (tree.root / "pkg").chmod(0o755)


def test_files_of_others_are_refused(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1")
    monkeypatch.setattr(os, "geteuid", lambda: (tree.root / "a.py").stat().st_uid + 1)
    assert tree.write([("a.py", "1", "2")]) == Outcome((), (Refused("a.py", "it belongs to another user"),))
    assert tree.held() == {"a.py": "1"}


def test_a_journal_of_others_is_not_believed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1").write([("a.py", "1", "2")])
    monkeypatch.setattr(os, "geteuid", lambda: (tree.root / "a.py").stat().st_uid + 1)
    with pytest.raises(JournalError, match=r"last.journal belongs to another user"):
        tree.undo()


def test_what_the_system_forbids_is_refused(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1", b="1")
    whole = exchange._rename  # noqa: SLF001 - the one call that moves names

    def forbid(folder: exchange.Folder, name: str, new: str, flag: int) -> bool:
        if new == "b.py":
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return whole(folder, name, new, flag)

    monkeypatch.setattr(exchange, "_rename", forbid)
    outcome = tree.write([("a.py", "1", "2"), ("b.py", "1", "2")])
    assert reasons(outcome)["b.py"] == "the system forbids it: Operation not permitted"
    assert tree.held() == {"a.py": "1", "b.py": "1"}


def test_git_is_never_touched(tree: Tree) -> None:
    tree.put(a="1", b="1")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(tree.root)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "a.py"], check=True)
    (tree.root / "a.py").write_bytes(b"2")
    before = contents_and_times(tree.root / ".git")
    assert tree.write([("a.py", "2", "3"), ("b.py", "1", "2")]).written == ("a.py", "b.py")
    tree.undo()
    assert contents_and_times(tree.root / ".git") == before


def contents_and_times(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")
    }


# The editor wins


def edit_in_place(path: Path, content: str) -> None:
    path.write_text(content)


def edit_by_rename(path: Path, content: str) -> None:
    path.with_name("swap~").write_text(content)
    path.with_name("swap~").replace(path)


def edit_by_backup(path: Path, content: str) -> None:
    path.replace(path.with_name("backup~"))
    path.write_text(content)


EDITORS = [edit_in_place, edit_by_rename, edit_by_backup]


@linux
@pytest.mark.parametrize("edit", EDITORS)
@pytest.mark.parametrize("deletion", [False, True])
@pytest.mark.parametrize("moments", [(1,), (1, 2), (1, 2, 3), (2, 3), (1, 3, 4)])
def test_an_edit_in_the_middle_is_never_lost(
    edit: Callable[[Path, str], None],
    deletion: bool,
    moments: tuple[int, ...],
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The edits are saved right before the n-th time that names are moved: the exchange, and those that put back."""
    tree.put(a="1", first="1")
    path = tree.root / "a.py"
    whole, moves, saved = exchange._rename, Counter[str](), ["1"]  # noqa: SLF001 - the one call that moves names

    def interrupted(folder: exchange.Folder, name: str, new: str, flag: int) -> bool:
        moves["all"] += "a.py" in (name, new)
        if "a.py" in (name, new) and moves["all"] in moments:
            saved.append(f"edit {moves['all']}")
            if path.exists():
                edit(path, saved[-1])
            else:
                path.write_text(saved[-1])
        return whole(folder, name, new, flag)

    monkeypatch.setattr(exchange, "_rename", interrupted)
    outcome = tree.write([("first.py", "1", "2"), ("a.py", "1", None if deletion else "2")])
    held = tree.held()
    assert held["a.py"] == saved[-1] if len(saved) > 1 else held.get("a.py") == (None if deletion else "2")
    if 1 in moments:
        assert reasons(outcome)["a.py"] == CHANGED
        assert held["first.py"] == "1"
    assert not [name for name in held if ".ssot-" in name]


@linux
def test_a_file_that_is_open_for_writing_is_refused(tree: Tree) -> None:
    tree.put(a="1", b="1")
    for after in ("2", None):
        with (tree.root / "b.py").open("r+b", buffering=0) as writer:
            outcome = tree.write([("a.py", "1", "2"), ("b.py", "1", after)])
            assert reasons(outcome)["b.py"] == "it is open for writing elsewhere"
            writer.write(b"1")
        assert tree.held() == {"a.py": "1", "b.py": "1"}
    with (tree.root / "b.py").open("rb"):
        assert tree.write([("b.py", "1", "2")]).written == ("b.py",)


EDITOR = """
import os, random, sys, time
path, how = sys.argv[1:]
for line in sys.stdin:
    content = line.strip().encode()
    until = time.perf_counter() + random.random() * 0.004
    while time.perf_counter() < until:
        pass
    if how == "rename":
        with open(path + "~", "wb") as file:
            file.write(content)
        os.replace(path + "~", path)
    else:
        fd = os.open(path, os.O_WRONLY | (os.O_TRUNC if how == "truncate" else 0))
        os.write(fd, content[:5])
        os.write(fd, content[5:])
        os.close(fd)
    print("saved", flush=True)
"""


def race(tree: Tree, how: str, rounds: int) -> Counter[str]:
    """In every round let an editor save once while a run writes: the file must hold that edit then."""
    path = tree.put(a="round -001").root / "a.py"
    counts = Counter[str]()
    command = [sys.executable, "-I", "-S", "-c", EDITOR, str(path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as editor:
        assert editor.stdin
        assert editor.stdout
        for number in range(rounds):
            before, edit = path.read_text(), f"round {number:04}"
            editor.stdin.write(edit + "\n")
            editor.stdin.flush()
            outcome = tree.write([("a.py", before, f"fixed {number:04}")])
            assert editor.stdout.readline() == "saved\n"
            counts["refused" if outcome.refused else "written"] += 1
            counts["lost"] += path.read_text() != edit
    return counts


@linux
@pytest.mark.parametrize("how", ["rename", "truncate", "overwrite"])
def test_races_with_an_editor_lose_no_edit(how: str, tree: Tree) -> None:
    counts = race(tree, how, rounds=120)
    assert counts["lost"] == 0, counts


# Ends of the process

SCRIPT = '''
"""Runs over the same tree, each in a forked child that ends in some way; prints what is there afterwards."""
import errno, json, os, random, signal, sys, time
from pathlib import Path
from ssot_lint.fixing import exchange
from ssot_lint.fixing.write import Change, recover, undo, write

order = json.load(sys.stdin)
root, journals = Path(order["root"]), Path(order["journals"])
groups = [
    [Change(path, before.encode(), None if after is None else after.encode()) for path, before, after in group]
    for group in order["groups"]
]
if order.get("weak"):
    exchange._renameat2 = lambda: None
CALLS = ("open", "write", "fsync", "unlink", "replace", "rename", "ftruncate", "fchmod")


def stop_at(point, end):
    """Let this process end before or after its n-th call that changes something; half a write is one, too."""
    seen = [0]

    def counted(function):
        def call(*arguments, **options):
            seen[0] += 1
            if seen[0] == point:
                if function is whole_write:
                    function(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                end()
            result = function(*arguments, **options)
            seen[0] += 1
            if seen[0] == point:
                end()
            return result
        return call

    whole_write = os.write
    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    exchange._rename = counted(exchange._rename)
    return seen


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(act, delay=None):
    """Run it in a child; kill that after a delay, in seconds. Return how it ended."""
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException as error:
            os._exit(100 + min(getattr(error, "errno", None) or 0, 100))
        os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def held():
    return {str(path.relative_to(root)): path.read_bytes().decode() for path in root.rglob("*") if path.is_file()}


def lay_out():
    for group in groups:
        for change in group:
            (root / change.path).write_bytes(change.before)


def trial(act, delay=None):
    lay_out()
    (journals / "last.journal").unlink(missing_ok=True)
    return in_child(act, delay)


def killed(point, delay=None):
    def act():
        if point:
            stop_at(point, die)
        write(root, journals, groups)

    def again():
        stop_at(rng.randrange(1, 120), die)
        recover(root, journals)

    end = trial(act, delay)
    second = in_child(again) if rng.random() < 0.5 else 0
    recover(root, journals)
    state = held()
    undone = undo(root, journals)
    return {"end": end, "second": second, "held": state, "undone": len(undone.written), "after": held()}


def limited(bytes_):
    import resource

    def act():
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))
        write(root, journals, groups)

    end = trial(act)
    return {"end": end, "held": held(), "journals": sorted(os.listdir(journals))}


def full(free_pages):
    lay_out()
    (journals / "last.journal").unlink(missing_ok=True)
    filler = root.parent / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
        file.truncate(file.tell() // 4096 * 4096 - free_pages * 4096)
    end = in_child(lambda: write(root, journals, groups))
    filler.unlink()
    return {"end": end, "held": held(), "journals": sorted(os.listdir(journals))}


rng = random.Random(order.get("seed", 0))
if order["mode"] == "plain":
    outcome = write(root, journals, groups)
    answer = {"written": len(outcome.written), "refused": dict(outcome.refused)}
elif order["mode"] == "points":
    lay_out()
    seen = stop_at(0, die)
    write(root, journals, groups)
    answer = seen[0]
else:
    journals.mkdir(parents=True, exist_ok=True)
    act = {"killed": killed, "delayed": lambda delay: killed(0, delay), "limited": limited, "full": full}
    answer = [act[order["mode"]](number) for number in order["numbers"]]
print(json.dumps(answer))
'''

Groups: TypeAlias = "list[list[tuple[str, str, str | None]]]"

OLD = {f"f{number}.py": f"old {number} " * number * 20 for number in range(8)}
NEW = {f"f{number}.py": f"new {number} " * (number * 30 + 1) for number in range(7)}
NEW_GROUPS: Groups = [
    [(path, OLD[path], NEW.get(path)) for path in names]
    for names in (["f0.py", "f1.py", "f2.py"], ["f3.py", "f4.py", "f5.py", "f7.py"], ["f6.py"])
]


def run_script(tree: Tree, order: dict[str, object], script: str = "", start: Sequence[str] = ()) -> object:
    order = {"root": str(tree.root), "journals": str(tree.journals), "groups": NEW_GROUPS, **order}
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*start, sys.executable, "-S", "-c", script or SCRIPT]
    done = subprocess.run(
        command, input=json.dumps(order), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def trials(tree: Tree, order: dict[str, object], start: Sequence[str] = ()) -> list[dict[str, object]]:
    answer = run_script(tree, order, start=start)
    assert isinstance(answer, list)
    return answer


def assert_whole(results: Sequence[dict[str, object]]) -> Counter[str]:
    """Every file is old, or every file is new; then it can be undone."""
    outcomes = Counter[str]()
    for number, result in enumerate(results):
        assert result["held"] in (OLD, NEW), (number, result)
        assert result["after"] == OLD, (number, result)
        assert result["undone"] == (8 if result["held"] == NEW else 0), (number, result)
        assert result["end"] in (0, -signal.SIGKILL), (number, result)
        outcomes["killed"] += result["end"] != 0
        outcomes["killed again in recovery"] += result["second"] != 0
        outcomes["new"] += result["held"] == NEW
    assert outcomes["killed"] > 0
    return outcomes


@pytest.mark.parametrize("weak", [False, True])
def test_a_kill_at_any_point_leaves_all_old_or_all_new(weak: bool, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "root")
    tree.root.mkdir()
    tree.journals = tmp_path / "journals"
    points = run_script(tree, {"mode": "points", "weak": weak})
    assert isinstance(points, int)
    shutil.rmtree(tree.journals)
    step = 4 if weak else 3
    numbers = list(range(1, points + 1, step))
    assert len(numbers) >= 60
    assert_whole(trials(tree, {"mode": "killed", "numbers": numbers, "weak": weak}))


def test_a_kill_at_any_time_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "root")
    tree.root.mkdir()
    tree.journals = tmp_path / "journals"
    delays = [random.random() * 0.012 for _ in range(60)]  # noqa: S311 - no secret
    assert_whole(trials(tree, {"mode": "delayed", "numbers": delays}))


def assert_as_it_was(results: Sequence[dict[str, object]], number: int, groups: Groups = NEW_GROUPS) -> None:
    """Every file is new, or the error was raised, and every file is old and nothing else lies there."""
    old = {path: before for group in groups for path, before, _ in group}
    new = {path: after for group in groups for path, _, after in group if after is not None}
    assert {result["end"] for result in results} == {0, 100 + number}
    for result in results:
        done = result["end"] == 0
        assert result["held"] == (new if done else old), result
        assert result["journals"] == (["last.journal", "lock"] if done else ["lock"]), result


LARGE_FILE: Groups = [[("f0.py", "", "x"), ("f1.py", "1", "y" * 9000)]]


@pytest.mark.parametrize("groups", [NEW_GROUPS, LARGE_FILE], ids=["large journal", "large file"])
def test_a_limit_of_file_size_leaves_the_tree_as_it_was(groups: Groups, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "root")
    tree.journals = tmp_path / "journals"
    tree.put(**{path.removesuffix(".py"): before for group in groups for path, before, _ in group})
    tree.write(*groups)
    size = max((tree.journals / "last.journal").stat().st_size, 9000 if groups == LARGE_FILE else 0)
    limits = [*range(0, size, 500), *range(size - 200, size + 20, 11)]
    assert_as_it_was(trials(tree, {"mode": "limited", "numbers": limits, "groups": groups}), errno.EFBIG, groups)


@linux
def test_a_full_disk_leaves_the_tree_as_it_was(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=256k none {disk} && mkdir {disk}/root && exec "$@"'
    start = ["unshare", "--mount", "--map-root-user", "sh", "-c", mount, "sh"]
    if not shutil.which("unshare") or subprocess.run([*start, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    tree = Tree(disk / "root")
    tree.journals = disk / "journals"
    assert_as_it_was(trials(tree, {"mode": "full", "numbers": list(range(24))}, start), errno.ENOSPC)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_any_call_that_fails_rolls_back(call: str, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The n-th call fails, for every n until the run succeeds: all old or all new, and nothing else lies there."""
    tree.put(a="1", b="1", c="1")
    whole, calls, failures = getattr(os, call), Counter[str](), 0

    def failing(*arguments: object, **options: object) -> object:
        calls["all"] += 1
        if calls["all"] == failures:
            raise OSError(errno.EIO, "Input/output error")
        return whole(*arguments, **options)

    tree.recover()
    for failures in range(1, 400):
        calls.clear()
        with monkeypatch.context() as patched:
            patched.setattr(os, call, failing)
            try:
                tree.write([("a.py", "1", "2"), ("b.py", "1", "2")], [("c.py", "1", None)])
            except OSError as error:
                assert error.errno == errno.EIO  # noqa: PT017 - the run may also succeed
        tree.recover()
        state = tree.held()
        assert state in ({"a.py": "1", "b.py": "1", "c.py": "1"}, {"a.py": "2", "b.py": "2"}), failures
        tree.undo()
        assert tree.held() == {"a.py": "1", "b.py": "1", "c.py": "1"}
        if calls["all"] < failures:
            break
    assert calls["all"] < failures


@pytest.mark.parametrize(
    ("number", "raised"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)],
)
def test_signals_roll_back(
    number: signal.Signals, raised: type[BaseException], tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.put(a="1", b="1")
    whole = exchange.put_in
    former = signal.getsignal(number)

    def interrupted(*arguments: object) -> None:
        whole(*arguments)  # type: ignore[arg-type]
        signal.raise_signal(number)

    monkeypatch.setattr("ssot_lint.fixing.write.put_in", interrupted)
    with pytest.raises(raised):
        tree.write([("a.py", "1", "2"), ("b.py", "1", "2")])
    assert tree.held() == {"a.py": "1", "b.py": "1"}
    assert not tree.journal_names()
    assert signal.getsignal(number) == former


def test_a_signal_after_the_commit_is_raised_and_the_files_stay(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1")
    whole = journal.Store.keep

    def interrupted(store: journal.Store) -> None:
        signal.raise_signal(signal.SIGINT)
        whole(store)

    monkeypatch.setattr(journal.Store, "keep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tree.write([("a.py", "1", "2")])
    assert tree.held() == {"a.py": "2"}
    assert tree.undo().written == ("a.py",)


def test_in_another_thread_signals_are_left_alone(tree: Tree) -> None:
    tree.put(a="1")
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(tree.write([("a.py", "1", "2")])))
    thread.start()
    thread.join()
    assert outcomes == [Outcome(("a.py",), ())]


# Two runs at once, journals, undo


def test_a_second_run_at_the_same_time_is_told_so(tree: Tree) -> None:
    tree.put(a="1")
    with journal.locked(tree.root, tree.journals, create=True):
        for act in (tree.undo, tree.recover, lambda: tree.write([("a.py", "1", "2")])):
            with pytest.raises(BusyError, match="another run is writing"):
                act()
    assert tree.held() == {"a.py": "1"}
    assert tree.write([("a.py", "1", "2")]).written == ("a.py",)


def test_runs_at_once_never_mix(tree: Tree) -> None:
    """Processes that write the same files over and over, each all of them: the files always hold one number."""
    tree.put(**{f"m{number}": "0" for number in range(4)})
    script = """
import sys
from pathlib import Path
from ssot_lint.fixing.write import BusyError, Change, write
root, own, done = Path(sys.argv[1]), sys.argv[2].encode(), 0
while done < 15:
    group = [Change(f"m{n}.py", (root / f"m{n}.py").read_bytes(), own + b" %d" % done) for n in range(4)]
    try:
        done += bool(write(root, root / ".cache/journal", [group]).written)
    except BusyError:
        pass
"""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    runs = [
        subprocess.Popen([sys.executable, "-c", script, str(tree.root), name], env=environment) for name in ("x", "y")
    ]
    assert [run.wait() for run in runs] == [0, 0]
    held = tree.held()
    assert len(held) == 4
    assert len(set(held.values())) == 1


def interrupted_run(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a tree as a kill behind the first exchange leaves it."""

    def nothing(*_: object, **__: object) -> tuple[str, ...]:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("ssot_lint.fixing.write.roll_back", nothing)
        patched.setattr("ssot_lint.fixing.write._Run._sync", nothing)
        with pytest.raises(InterruptedError):
            tree.write([("a.py", "1", "2"), ("b.py", "1", "2"), ("c.py", "1", None)])
    assert tree.journal_names() == {"running.journal"}


@pytest.mark.usefixtures("way")
def test_recovery_restores_what_was_written(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1", b="1", c="1")
    interrupted_run(tree, monkeypatch)
    assert tree.held() != {"a.py": "1", "b.py": "1", "c.py": "1"}
    assert tree.recover() == ("a.py", "b.py", "c.py")
    assert tree.held() == {"a.py": "1", "b.py": "1", "c.py": "1"}
    assert not tree.journal_names()


def test_a_commit_that_failed_is_none_even_if_the_process_ends_then(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.put(a="1")
    whole = journal.Store.mark

    def failing(store: journal.Store, mark: str, groups: Sequence[int] = ()) -> None:
        with monkeypatch.context() as patched:
            if mark == journal.COMMITTED:
                patched.setattr(os, "fsync", nothing)
            whole(store, mark, groups)

    def nothing(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(journal.Store, "mark", failing)
        patched.setattr("ssot_lint.fixing.write.roll_back", nothing)
        with pytest.raises(OSError, match="Input/output error"):
            tree.write([("a.py", "1", "2")])
    assert tree.held()["a.py"] == "2"
    assert tree.recover() == ("a.py",)
    assert tree.held() == {"a.py": "1"}


@linux
def test_recovery_restores_the_very_file(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1", b="1", c="1")
    os.utime(tree.root / "a.py", ns=(1, 10**18))
    number = (tree.root / "a.py").stat().st_ino
    interrupted_run(tree, monkeypatch)
    tree.recover()
    status = (tree.root / "a.py").stat()
    assert (status.st_ino, status.st_mtime_ns) == (number, 10**18)


@pytest.mark.usefixtures("way")
def test_recovery_needs_nothing_but_the_journal(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody has cleaned up what lay beside: the originals are in the journal."""
    tree.put(a="1", b="1", c="1")
    (tree.root / "a.py").chmod(0o750)
    interrupted_run(tree, monkeypatch)
    for path in tree.root.glob(".ssot-*"):
        path.unlink()
    assert tree.recover() == ("a.py", "b.py")
    assert tree.held() == {"a.py": "1", "b.py": "1"}
    assert (tree.root / "a.py").stat().st_mode & 0o777 == 0o750


@pytest.mark.usefixtures("way")
def test_edits_after_a_kill_win(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1", b="1", c="1")
    interrupted_run(tree, monkeypatch)
    tree.put(a="mine", c="mine, too")
    assert tree.recover() == ("b.py",)
    assert tree.held() == {"a.py": "mine", "b.py": "1", "c.py": "mine, too"}


def test_the_next_run_recovers_first(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1", b="1", c="1")
    interrupted_run(tree, monkeypatch)
    assert tree.write([("a.py", "1", "3")]).written == ("a.py",)
    assert tree.held() == {"a.py": "3", "b.py": "1", "c.py": "1"}


def test_recovery_of_a_clean_tree_does_nothing(tree: Tree) -> None:
    tree.put(a="1")
    assert tree.recover() == ()
    assert tree.undo() == Outcome((), ())
    assert not (tree.root / ".cache").exists()
    tree.write([("a.py", "1", "2")])
    before = contents_and_times(tree.root)
    assert tree.recover() == ()
    assert contents_and_times(tree.root).keys() == before.keys()
    assert tree.held() == {"a.py": "2"}


def test_a_torn_journal_means_that_nothing_was_changed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put(a="1", b="1", c="1")
    interrupted_run(tree, monkeypatch)
    whole = (tree.journals / "running.journal").read_bytes()
    held = tree.held()
    body = whole.index(b"staged")
    rng = random.Random(1)  # noqa: S311 - no secret
    torn = [whole[:length] for length in range(0, body, 7)]
    for _ in range(200):
        position = rng.randrange(body)
        torn.append(whole[:position] + bytes([whole[position] ^ (1 << rng.randrange(8))]) + whole[position + 1 :])
    for data in torn:
        assert journal.parsed(data) is None
    (tree.journals / "running.journal").write_bytes(torn[30])
    assert tree.recover() == ()
    assert tree.held() == held
    assert not tree.journal_names()


def test_a_torn_mark_was_never_made(tree: Tree) -> None:
    tree.put(a="1").write([("a.py", "1", "2")])
    whole = (tree.journals / "last.journal").read_bytes()
    start, end = whole.index(b"staged"), whole.index(b"committed")
    for length in range(start, len(whole)):
        read = journal.parsed(whole[:length])
        assert read is not None
        assert (read.staged, read.committed) == (length >= end, None)
    read = journal.parsed(whole)
    assert read
    assert read.committed == frozenset([0])
    read = journal.parsed(whole.replace(b"committed 0", b"committed 1"))
    assert read
    assert read.committed is None


@pytest.mark.parametrize("path", ["../out.py", ".git/config", "/out.py", "pkg/m.py"])
def test_a_hostile_journal_reaches_nothing_outside(path: str, tree: Tree) -> None:
    (tree.root / ".git").mkdir()
    (tree.root.parent / "outside").mkdir()
    (tree.root / "pkg").symlink_to("../outside")
    targets = [tree.root.parent / "out.py", tree.root / ".git/config", tree.root.parent / "outside/m.py"]
    for target in targets:
        target.write_text("2")
    entry = journal.Entry(0, path, journal.new_name(), b"1", exchange.digest(b"2"), exchange.Traits(0o644, 0, 0, {}))
    with journal.locked(tree.root, tree.journals, create=True) as store:
        store.begin([entry], is_undo=False)
        store.mark(journal.STAGED)
    assert tree.recover() == ()
    assert [target.read_text() for target in targets] == ["2", "2", "2"]


def test_no_link_leads_to_the_journal(tree: Tree) -> None:
    (tree.root.parent / "outside").mkdir()
    (tree.root / ".cache").symlink_to("../outside")
    with pytest.raises(OSError, match="Not a directory"):
        tree.put(a="1").write([("a.py", "1", "2")])
    assert not list((tree.root.parent / "outside").iterdir())
    assert tree.held()["a.py"] == "1"


@pytest.mark.usefixtures("way")
def test_undo_restores_every_byte(tree: Tree) -> None:
    tree.put(a="1\r\n\f", b="1", gone="g")
    (tree.root / "gone.py").chmod(0o640)
    before = tree.held()
    tree.write([("a.py", "1\r\n\f", "2"), ("gone.py", "g", None)], [("b.py", "1", "2")])
    (tree.root / "a.py").chmod(0o600)
    assert sorted(tree.undo().written) == ["a.py", "b.py", "gone.py"]
    assert tree.held() == before
    assert (tree.root / "gone.py").stat().st_mode & 0o777 == 0o640
    assert (tree.root / "a.py").stat().st_mode & 0o777 == 0o600
    assert tree.undo() == Outcome((), ())


def test_undo_after_an_edit_leaves_that_group(tree: Tree) -> None:
    tree.put(a="1", b="1", c="1", gone="1")
    tree.write([("a.py", "1", "2"), ("b.py", "1", "2")], [("c.py", "1", "2")], [("gone.py", "1", None)])
    tree.put(a="mine", gone="new")
    outcome = tree.undo()
    assert outcome.written == ("c.py",)
    assert reasons(outcome) == {
        "a.py": "it has changed since it was written",
        "b.py": "it belongs together with a.py",
        "gone.py": "it has changed since it was written",
    }
    assert tree.held() == {"a.py": "mine", "b.py": "2", "c.py": "1", "gone.py": "new"}
    tree.put(a="2")
    (tree.root / "gone.py").unlink()
    assert sorted(tree.undo().written) == ["a.py", "b.py", "gone.py"]
    assert tree.held() == {"a.py": "1", "b.py": "1", "c.py": "1", "gone.py": "1"}
    assert tree.undo() == Outcome((), ())


def test_a_run_that_writes_nothing_leaves_the_last_one_to_undo(tree: Tree) -> None:
    tree.put(a="1", b="1").write([("a.py", "1", "2")])
    assert tree.write([("b.py", "other", "2")]).written == ()
    if sys.platform == "linux":
        with (tree.root / "b.py").open("r+b"):  # refused late
            assert tree.write([("b.py", "1", "2")]).written == ()
    assert tree.journal_names() == {"last.journal"}
    assert tree.undo().written == ("a.py",)


def test_undo_knows_late_groups_by_their_number(tree: Tree) -> None:
    tree.put(**{f"m{number}": "1" for number in range(6)})
    groups = [[(f"m{number}.py", "1" if number in (2, 5) else "stale", "2")] for number in range(6)]
    assert tree.write(*groups).written == ("m2.py", "m5.py")
    assert tree.undo().written == ("m2.py", "m5.py")
