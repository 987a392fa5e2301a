from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ssot_lint.parsing.failure import Failure
from ssot_lint.parsing.pool import Limits, run

TIGHT = Limits(seconds=1.0, megabytes=300)
GOOD = [f"good {number}" for number in range(40)]
CRASHED = Failure("crashed", "the worker died of signal 11 (SIGSEGV)")
BAD = {
    "raise": Failure("crashed", "ValueError: " + "x" * 200),
    "recurse": Failure("crashed", "RecursionError: maximum recursion depth exceeded"),
    "exit": Failure("crashed", "the worker ended with exit status 3"),
    "leave": Failure("crashed", "SystemExit: 4"),
    "segfault": CRASHED,
    "hang": Failure("over-limit", "took longer than 1 s"),
    "memory": Failure("over-limit", "MemoryError: the limit is 300 MB"),
}
seen: list[str] = []

linux = pytest.mark.skipif(sys.platform != "linux", reason="signals, fork and memory limits are those of Linux")


def recurse(depth: int) -> int:
    return recurse(depth + 1) + 1


def act(item: str) -> bytes:
    if item == "raise":
        raise ValueError("x" * 1000)
    if item == "recurse":
        recurse(0)
    if item == "exit":
        os._exit(3)
    if item == "leave":
        sys.exit(4)
    if item == "segfault":
        faulthandler.disable()  # pytest has enabled it
        ctypes.string_at(0)
    if item == "hang":
        time.sleep(3600)
    if item == "memory":
        return bytes(4 << 30)
    return item.upper().encode()


def crash_unless_first(item: str) -> bytes:
    seen.append(item)
    if item == "touchy" and len(seen) > 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return item.upper().encode()


def hoard(item: str) -> bytes:
    seen.append("x" * (40 << 20))
    return item.upper().encode()


def enlarge(item: str) -> bytes:
    return item.encode() * 100_000


def descend(item: str) -> bytes:
    sys.setrecursionlimit(300_000)
    nested: list[object] = []
    for _ in range(int(item)):
        nested = [nested]
    return str(len(repr(nested))).encode()


def pause(item: str) -> bytes:
    time.sleep(0.02)
    return item.encode()


def end_at_once(*_: object) -> None:
    os._exit(5)


def identify(_: str) -> bytes:
    time.sleep(0.1)
    return str(os.getpid()).encode()


def outcomes(items: list[str], jobs: int = 2, limits: Limits = TIGHT) -> dict[str, bytes | Failure]:
    results = list(run(act, items, jobs=jobs, weights=[100] * len(items), limits=limits))
    assert sorted(index for index, _ in results) == list(range(len(items)))
    assert not multiprocessing.active_children()
    return {items[index]: result for index, result in results}


def good(items: list[str]) -> dict[str, bytes | Failure]:
    return {item: item.upper().encode() for item in items}


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_result_arrives_once(jobs: int) -> None:
    items = [f"item {number}" for number in range(3000)]
    results = list(run(act, items, jobs=jobs, weights=[number * 37 % 5000 for number in range(3000)]))
    assert sorted(results) == [(index, item.upper().encode()) for index, item in enumerate(items)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_large_results_arrive_whole(jobs: int) -> None:
    results = dict(run(enlarge, GOOD, jobs=jobs, weights=[1] * 40))
    assert results == {index: item.encode() * 100_000 for index, item in enumerate(GOOD)}


def test_no_items() -> None:
    assert outcomes([]) == {}


def test_one_item_and_many_jobs() -> None:
    assert outcomes(["a"], jobs=8) == {"a": b"A"}


def test_weights_must_fit_the_items() -> None:
    with pytest.raises(IndexError):
        list(run(act, GOOD, jobs=1, weights=[1]))


@linux
@pytest.mark.parametrize("bad", BAD)
def test_one_bad_item_never_hides_the_others(bad: str) -> None:
    result = outcomes([*GOOD[:17], bad, *GOOD[17:]])
    failure = result.pop(bad)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.message[:48]) == (BAD[bad].kind, BAD[bad].message[:48])
    assert len(failure.message) <= 220
    assert result == good(GOOD)


@linux
@pytest.mark.parametrize("jobs", [1, 3])
def test_several_bad_items_in_one_chunk(jobs: int) -> None:
    items = [*GOOD, *(f"more {number}" for number in range(400))]
    mixed = [*items[:100], "segfault", "exit", "memory", *items[100:102], "hang", "raise", *items[102:]]
    result = outcomes(mixed, jobs=jobs)
    for bad in ("segfault", "exit", "memory", "hang", "raise"):
        assert result.pop(bad) == BAD[bad]
    assert result == good(items)


@linux
def test_nothing_but_crashes() -> None:
    results = list(run(act, ["segfault"] * 12, jobs=3, weights=[0] * 12))
    assert sorted(index for index, _ in results) == list(range(12))
    assert {result for _, result in results} == {CRASHED}


@linux
def test_a_verdict_does_not_depend_on_earlier_items() -> None:
    items = [*GOOD, "touchy"]
    results = dict(run(crash_unless_first, items, jobs=1, weights=[1] * 41))
    assert {items[index]: result for index, result in results.items()} == good(items)


@linux
def test_memory_kept_by_earlier_items_fails_no_later_one() -> None:
    results = dict(run(hoard, GOOD, jobs=1, weights=[1] * 40, limits=TIGHT))
    assert {GOOD[index]: result for index, result in results.items()} == good(GOOD)


@linux
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on, recursion in C has a limit of its own")
def test_a_large_stack_bears_deep_recursion() -> None:
    assert list(run(descend, ["100000"], jobs=1, weights=[1], stack_megabytes=256)) == [(0, b"200002")]


@linux
def test_failures_on_a_large_stack() -> None:
    items = [*GOOD, *BAD]
    results = dict(run(act, items, jobs=2, weights=[1] * 47, limits=TIGHT, stack_megabytes=64))
    assert [items[index] for index in sorted(results) if isinstance(results[index], Failure)] == list(BAD)
    assert results[45] == BAD["hang"]
    assert results[46] == BAD["memory"]


def test_a_slow_consumer_makes_no_item_late() -> None:
    limits = Limits(seconds=0.3)
    results: list[tuple[int, bytes | Failure]] = []
    for result in run(enlarge, GOOD, jobs=2, weights=[1] * 40, limits=limits):
        if not len(results) % 20:
            time.sleep(1.0)
        results.append(result)
    assert sorted(results) == [(index, item.encode() * 100_000) for index, item in enumerate(GOOD)]


def test_the_limit_is_for_an_item_and_not_for_a_chunk() -> None:
    results = run(pause, GOOD, jobs=1, weights=[0] * 40, limits=Limits(seconds=0.5))
    assert sorted(results) == [(index, item.encode()) for index, item in enumerate(GOOD)]


def test_a_process_with_threads_spawns_its_workers() -> None:
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    try:
        assert outcomes([*GOOD, "exit"], limits=Limits(seconds=30)) == {**good(GOOD), "exit": BAD["exit"]}
    finally:
        leave.set()
        thread.join()


def test_closing_the_generator_ends_the_workers() -> None:
    results = run(pause, GOOD, jobs=2, weights=[1] * 40)
    next(results)
    assert len(multiprocessing.active_children()) == 2
    results.close()
    assert not multiprocessing.active_children()


def test_an_interrupt_ends_the_workers_and_goes_on() -> None:
    results = run(pause, GOOD, jobs=2, weights=[1] * 40)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert not multiprocessing.active_children()


def test_workers_that_never_begin_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssot_lint.parsing.pool._work", end_at_once)  # a name, which spawned workers find too
    with pytest.raises(RuntimeError, match="no worker process begins its work: the worker ended with exit status 5"):
        list(run(act, GOOD, jobs=2, weights=[1] * 40))
    assert not multiprocessing.active_children()


PARENT = """
import os, signal
from ssot_lint.parsing.pool import Limits, run
from tests.test_pool import identify
results = run(identify, ["a"] * 400, jobs=3, weights=[1] * 400)
pids = set()
while len(pids) < 3:
    pids.add(next(results)[1].decode())
print(*pids, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@linux
def test_workers_end_with_their_parent() -> None:
    root = Path(__file__).resolve().parents[1]
    ended = subprocess.run([sys.executable, "-c", PARENT], cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    pids = [int(word) for word in ended.stdout.split()]
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, pids))


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
