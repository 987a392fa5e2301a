"""The search for fixes that break the user's command, and the running of that command."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.fixing.verify import Dropped, Trial, Verified, run_command, verified

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell, and process groups")


class Simulated:
    """A command that fails with all fixes of one of some sets; it remembers what it was tried with."""

    def __init__(self, *breaking: Collection[int]) -> None:
        self.breaking = [frozenset(one) for one in breaking]
        self.tried: list[tuple[int, ...]] = []
        self.said: list[str] = []

    def passes(self, kept: Collection[int]) -> bool:
        return not any(one <= set(kept) for one in self.breaking)

    def __call__(self, kept: Sequence[int]) -> Trial:
        self.tried.append(tuple(kept))
        return Trial(self.passes(kept), (f"run {len(self.tried)} with {list(kept)}",))

    def verified(self, fixes: int, most_runs: int = 1000) -> Verified:
        return verified(fixes, self, most_runs=most_runs, said=self.said.append)


def dropped(result: Verified) -> list[int]:
    return [one.fix for one in result.dropped]


# The search


def test_no_fix_needs_no_run() -> None:
    assert Simulated().verified(0) == Verified((), (), 0, complete=True)


def test_if_all_pass_one_run_is_enough() -> None:
    command = Simulated()
    assert command.verified(5) == Verified((0, 1, 2, 3, 4), (), 1, complete=True)
    assert command.said == ["run 1: the command with all 5 fixes", "run 1: it passes"]


def test_a_command_that_fails_by_itself_judges_nothing() -> None:
    command = Simulated(())
    lines = ("run 2 with []",)
    assert command.verified(2) == Verified(
        (), (Dropped(0, lines, tried=False), Dropped(1, lines, tried=False)), 2, complete=False
    )
    assert command.said[-3:] == [
        "run 2: the command with no fix",
        "run 2: it fails",
        "the command fails without any fix, too: it cannot judge them, and none is kept",
    ]


def test_one_that_breaks_is_found_with_what_the_command_printed() -> None:
    command = Simulated([5])
    result = command.verified(8)
    assert result == Verified(
        (0, 1, 2, 3, 4, 6, 7), (Dropped(5, ("run 4 with [0, 1, 2, 3, 4, 5]",)),), 6, complete=True
    )
    assert command.tried[-1] == result.kept


def test_the_only_fix_breaks() -> None:
    command = Simulated([0])
    assert command.verified(1) == Verified((), (Dropped(0, ("run 1 with [0]",)),), 2, complete=True)


def test_of_a_pair_that_breaks_only_together_the_later_one_is_dropped() -> None:
    command = Simulated([1, 6])
    result = command.verified(8)
    assert (dropped(result), result.complete) == ([6], True)


def test_one_that_rests_on_a_dropped_one_is_dropped_as_well() -> None:
    """The last fix deletes a shim; it breaks where the second, which is dropped, still imports from there."""

    class Shim(Simulated):
        def passes(self, kept: Collection[int]) -> bool:
            return 1 not in kept and not (3 in kept and not {0, 1, 2} <= set(kept))

    command = Shim()
    result = command.verified(4)
    assert (result.kept, dropped(result), command.tried[-1]) == ((0, 2), [1, 3], (0, 2))


def test_when_the_runs_are_used_up_the_untried_are_dropped_and_it_is_said() -> None:
    command = Simulated([2], [40], [90])
    result = command.verified(100, most_runs=20)
    assert result.runs <= 20
    assert not result.complete
    assert command.tried[-1] == result.kept
    untried = [one.fix for one in result.dropped if not one.tried]
    assert [one.fix for one in result.dropped if one.tried] == [2, 40]
    assert command.said[-3] == f"20 runs are too few to judge every fix: {len(untried)} are dropped untried"
    assert all(not one.lines for one in result.dropped if not one.tried)


def test_with_two_runs_there_is_no_search() -> None:
    assert Simulated([3]).verified(8, most_runs=2).kept == ()
    assert Simulated().verified(8, most_runs=2).kept == tuple(range(8))
    with pytest.raises(ValueError, match="2 runs"):
        Simulated().verified(8, most_runs=1)


def test_a_command_that_fails_at_random_judges_nothing() -> None:
    class Flaky(Simulated):
        def passes(self, kept: Collection[int]) -> bool:
            return super().passes(kept) and self.tried.count(tuple(kept)) < 2

    command = Flaky([2], [3])
    result = command.verified(4)
    assert (result.kept, result.complete, command.tried[-1]) == ((), False, ())
    assert result.dropped == tuple(Dropped(one, ("run 6 with [0, 1]",), tried=False) for one in range(4))
    assert "the command failed where it had passed before: it cannot judge the fixes, and none is kept" in command.said


def test_what_the_trial_raises_is_raised() -> None:
    def interrupted(_: Sequence[int]) -> Trial:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verified(3, interrupted, most_runs=20, said=lambda _: None)


SETS = st.integers(1, 60).flatmap(
    lambda fixes: st.tuples(
        st.just(fixes), st.lists(st.frozensets(st.integers(0, fixes - 1), min_size=1, max_size=3), max_size=6)
    )
)


@given(SETS, st.integers(2, 60))
def test_what_is_kept_passed_last(case: tuple[int, list[frozenset[int]]], most_runs: int) -> None:
    fixes, breaking = case
    command = Simulated(*breaking)
    result = command.verified(fixes, most_runs)
    assert command.tried[-1] == result.kept
    assert command.passes(result.kept)
    assert result.runs == len(command.tried) <= most_runs
    assert sorted([*result.kept, *dropped(result)]) == list(range(fixes))
    assert result.complete == all(one.tried for one in result.dropped)
    for one in result.dropped:
        assert one.tried == bool(one.lines)
        assert not one.tried or not command.passes([*result.kept, one.fix])


@given(SETS)
def test_single_breakers_are_dropped_and_nothing_else(case: tuple[int, list[frozenset[int]]]) -> None:
    fixes, breaking = case
    breakers = {min(one) for one in breaking}
    command = Simulated(*({one} for one in breakers))
    most_runs = 3 + len(breakers) * (math.ceil(math.log2(fixes)) + 1)
    needed = command.verified(fixes).runs
    assert needed <= most_runs
    result = command.verified(fixes, most_runs + 1)
    assert dropped(result) == sorted(breakers)
    assert result.complete


@given(st.integers(1, 40), st.integers(2, 40), st.randoms(use_true_random=False))
def test_a_command_without_rhyme_or_reason_keeps_only_what_passed(fixes: int, most_runs: int, chance: object) -> None:
    """It need not be that fewer fixes break less, nor that the same fixes do the same."""
    tried: list[tuple[tuple[int, ...], bool]] = []

    def trial(kept: Sequence[int]) -> Trial:
        tried.append((tuple(kept), bool(chance.getrandbits(1))))  # type: ignore[attr-defined]
        return Trial(tried[-1][1], ())

    result = verified(fixes, trial, most_runs=most_runs, said=lambda _: None)
    assert tried[-1][0] == result.kept
    assert tried[-1][1] or not result.kept
    assert result.runs == len(tried) <= most_runs
    assert sorted([*result.kept, *dropped(result)]) == list(range(fixes))


# The command


def python(code: str) -> str:
    return f'"{sys.executable}" -c "{code}"'


def test_a_command_passes_with_0_and_runs_in_the_root(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    assert run_command(python("import os; print(os.listdir())"), tmp_path) == Trial(True, ("['here']",))
    failed = run_command(python("import sys; print('out'); sys.exit('err')"), tmp_path)
    assert (failed.passed, set(failed.lines)) == (False, {"out", "err"})


def test_only_the_last_lines_are_kept_and_they_may_be_any_bytes(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(b'x' * 10**7 + b''.join(b'%d\\xff\\n' % n for n in range(99)))"
    lines = run_command(python(code), tmp_path).lines
    assert lines == tuple(f"{number}\ufffd" for number in range(79, 99))
    long = run_command(python("print('x' * 10**7)"), tmp_path).lines
    assert [len(line) for line in long] == [500]


def test_the_command_reads_nothing(tmp_path: Path) -> None:
    assert run_command(python("import sys; print(repr(sys.stdin.read()))"), tmp_path, 20).lines == ("''",)


def test_no_compiled_python_is_left_that_would_hide_the_next_change(tmp_path: Path) -> None:
    """The files change within a second, and may keep their size; that is all that Python looks at."""
    for text in ("1", "2", "3"):
        (tmp_path / "mod.py").write_text(f"value = {text}")
        assert run_command(python("import mod; print(mod.value)"), tmp_path).lines == (text,)
    assert not (tmp_path / "__pycache__").exists()


def test_there_must_be_a_root(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        run_command("true", tmp_path / "none")


def running(tmp_path: Path, wait: float = 5) -> bool:
    """Say whether the process that wrote its number into `pid` still runs after that time."""
    number = int((tmp_path / "pid").read_text())
    end = time.monotonic() + wait
    while time.monotonic() < end:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
        if Path(f"/proc/{number}/stat").exists() and ") Z " in Path(f"/proc/{number}/stat").read_text():
            return False  # dead, and nobody here to bury it
        time.sleep(0.02)
    return True


@posix
@pytest.mark.parametrize("ending", ["wait", "exit 0"])
def test_what_the_command_leaves_running_is_ended_with_it(tmp_path: Path, ending: str) -> None:
    start = time.monotonic()
    result = run_command(f"sleep 60 & echo $! > pid; echo said; {ending}", tmp_path, 0.5)
    assert time.monotonic() - start < 10
    assert not running(tmp_path)
    if ending == "wait":
        assert result == Trial(False, ("said", "(ended after 0.5 seconds)"))
    else:
        assert result == Trial(True, ("said",))


@posix
def test_a_daemon_that_holds_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    code = (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n open('pid', 'w').write(str(os.getpid()))\n time.sleep(60)"
    )
    (tmp_path / "daemon.py").write_text(code)
    start = time.monotonic()
    result = run_command(f"'{sys.executable}' daemon.py; until [ -s pid ]; do sleep 0.1; done; echo said", tmp_path)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert result == Trial(True, ("said",))
    assert time.monotonic() - start < 20


STARTER = """
import sys
from pathlib import Path
from ssot_lint.fixing.verify import run_command
try:
    run_command("sleep 60 & echo $! > pid.new; mv pid.new pid; wait", Path(sys.argv[1]))
except (KeyboardInterrupt, SystemExit) as ending:
    print(repr(ending))
"""


@posix
@pytest.mark.parametrize(
    ("number", "raised"),
    [("SIGINT", "KeyboardInterrupt()"), ("SIGTERM", "SystemExit(143)"), ("SIGHUP", "SystemExit(129)")],
)
def test_a_signal_ends_the_command_too(tmp_path: Path, number: str, raised: str) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as starter:
        while not (tmp_path / "pid").exists():
            time.sleep(0.02)
        starter.send_signal(getattr(signal, number))
        out, _ = starter.communicate(timeout=20)
    assert out.strip() == raised
    assert not running(tmp_path)


@posix
def test_handlers_are_as_before(tmp_path: Path) -> None:
    names = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else [])]
    before: list[Callable[..., object] | int | None] = [signal.getsignal(name) for name in names]
    run_command("true", tmp_path)
    assert [signal.getsignal(name) for name in names] == before
