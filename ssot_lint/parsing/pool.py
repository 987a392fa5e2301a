"""Supervised worker processes: an item whose task crashes, hangs or eats memory fails alone.

Every worker knows all items and is sent chunks of positions; it answers in batches, and says in shared memory which
position it has begun. When a worker dies, that position is the suspect: it is tried again as the first item of a new
worker, and fails only if it brings that one down too, so that no verdict depends on what ran before it. Whatever else
the dead worker had not answered is run again. An item that takes too long fails at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ssot_lint.parsing.failure import Failure

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, SpawnContext

Item = TypeVar("Item")

_CHUNK = struct.Struct("<QQ")  # the first position of a chunk, and the one behind its last
_HEADER = struct.Struct("<?Q")  # before each result: did the task raise, and the size of what follows
_CHUNK_WEIGHT = 1 << 19
_BATCH_BYTES = 1 << 16
_BATCH_SECONDS = 0.05
_CHUNKS_AHEAD = 2  # a worker has its next chunk at hand while the parent is busy
_START_SECONDS = 60.0
_MESSAGE_LENGTH = 200
_OUT_OF_MEMORY = 77  # the exit status of a worker that met a MemoryError


@dataclass(frozen=True)
class Limits:
    """What one item may take: wall time, and growth of its worker's address space (enforced on Linux only)."""

    seconds: float = 10.0
    megabytes: int = 1536


def run(  # noqa: PLR0913 - the task, its items and four options that are named at every call
    task: Callable[[Item], bytes],
    items: Sequence[Item],
    *,
    jobs: int,
    weights: Sequence[int],
    limits: Limits = Limits(),
    stack_megabytes: int = 0,
) -> Generator[tuple[int, bytes | Failure], None, None]:
    """Yield (index of the item, result of the task or why there is none), in the order of completion.

    `task` and `items` must be picklable, and `weights` foretell the effort for each item: the heaviest go first.
    With `stack_megabytes` the task runs on a stack of that size. Closing the generator ends the workers.
    RuntimeError: workers die again and again before they begin any item (which is no item's fault).
    """
    ranks = sorted(range(len(items)), key=weights.__getitem__, reverse=True)
    order = _Order(task, [items[index] for index in ranks], limits, stack_megabytes)
    pool = _Pool(order, _chunks([weights[index] for index in ranks], jobs), jobs)
    try:
        for position, result in pool.results():
            yield ranks[position], result
    finally:
        pool.end()


def _chunks(weights: Sequence[int], jobs: int) -> deque[range]:
    enough = min(_CHUNK_WEIGHT, (sum(weights) + len(weights)) // (8 * jobs))
    chunks: deque[range] = deque()
    start = weight = 0
    for position, own in enumerate(weights, 1):
        weight += own + 1
        if weight >= enough or position == len(weights):
            chunks.append(range(start, position))
            start, weight = position, 0
    return chunks


@dataclass(frozen=True)
class _Order(Generic[Item]):
    """What a worker is given when it starts."""

    task: Callable[[Item], bytes]
    items: Sequence[Item]
    limits: Limits
    stack_megabytes: int


class _Pool(Generic[Item]):
    """The parent's side. Every worker in `workers` has at least one chunk to answer."""

    def __init__(self, order: _Order[Item], chunks: deque[range], jobs: int) -> None:
        self.context = _context()
        self.order = order
        self.waiting = chunks
        self.jobs = jobs
        self.workers: list[_Worker] = []
        self.false_starts = 0

    def results(self) -> Generator[tuple[int, bytes | Failure], None, None]:
        for _ in range(min(self.jobs, len(self.waiting))):
            self.hire()
        seconds = self.order.limits.seconds
        while self.workers:
            ready = wait([worker.connection for worker in self.workers], min(0.1, seconds / 10))
            for worker in tuple(self.workers):
                if worker.connection in ready:
                    yield from self.receive(worker)
                elif worker.hangs(seconds):
                    worker.overdue = True
                    worker.process.kill()  # what it has sent is read first, then the end of its pipe

    def hire(self) -> None:
        worker = _Worker(self.context, self.order, [worker.connection for worker in self.workers])
        self.workers.append(worker)
        self.supply(worker)

    def supply(self, worker: _Worker) -> None:
        while self.waiting and len(worker.chunks) < _CHUNKS_AHEAD:
            worker.assign(self.waiting.popleft())
        if not worker.chunks:
            self.workers.remove(worker)
            worker.end()

    def receive(self, worker: _Worker) -> list[tuple[int, bytes | Failure]]:
        try:
            results = worker.receive()
        except (EOFError, OSError):
            return self.replace(worker)
        self.false_starts = 0
        self.supply(worker)
        return results

    def replace(self, worker: _Worker) -> list[tuple[int, bytes | Failure]]:
        """Bury a dead worker, and hand its chunks to a new one, the suspect first."""
        self.workers.remove(worker)
        status = worker.end()
        failure = _failure(status, self.order.limits, overdue=worker.overdue)
        at, head = worker.progress.value, worker.chunks.popleft()
        guilty, left = False, [head]
        if at in head and (worker.overdue or not _is_alarm(status)):
            guilty = worker.overdue or at == worker.first
            left = [range(head.start, at), range(at + 1, head.stop)]
            if not guilty:
                left.insert(0, range(at, at + 1))
        else:
            self.false_starts += 1
            if self.false_starts > self.jobs + 2:
                raise RuntimeError(f"no worker process begins its work: {failure.message}")
        self.waiting.extendleft(chunk for chunk in reversed([*left, *worker.chunks]) if chunk)
        if self.waiting:
            self.hire()
        return [(at, failure)] if guilty else []

    def end(self) -> None:
        for worker in self.workers:
            worker.end()


class _Worker:
    """A worker process as the parent sees it."""

    def __init__(
        self, context: ForkContext | SpawnContext, order: _Order[Any], others: list[Connection[Any, Any]]
    ) -> None:
        self.connection, theirs = context.Pipe()
        self.progress = context.RawValue(ctypes.c_longlong, -1)
        inherited = [self.connection, *others] if context.get_start_method() == "fork" else []
        self.process = context.Process(target=_work, args=(order, theirs, self.progress, inherited), daemon=True)
        self.process.start()
        theirs.close()
        self.chunks: deque[range] = deque()
        self.first = -1
        self.at, self.spent, self.looked = -1, 0.0, monotonic()
        self.overdue = False

    def assign(self, chunk: range) -> None:
        if self.first < 0:
            self.first = chunk.start
        self.chunks.append(chunk)
        with suppress(OSError):  # a dead worker is noticed when its pipe is read
            self.connection.send_bytes(_CHUNK.pack(chunk.start, chunk.stop))

    def receive(self) -> list[tuple[int, bytes | Failure]]:
        """Take one batch, which belongs to the first chunk; EOFError or OSError: the worker is dead."""
        batch = self.connection.recv_bytes()
        self.spent, self.looked = 0.0, monotonic()
        chunk, offset = self.chunks.popleft(), 0
        results: list[tuple[int, bytes | Failure]] = []
        while offset < len(batch):
            raised, size = _HEADER.unpack_from(batch, offset)
            offset += _HEADER.size + size
            body = batch[offset - size : offset]
            results.append((chunk[len(results)], Failure("crashed", body.decode()) if raised else body))
        if len(results) < len(chunk):
            self.chunks.appendleft(chunk[len(results) :])
        return results

    def hangs(self, seconds: float) -> bool:
        """Whether it has been at one item for too long, not counting the time in which nobody looked.

        That is the time of a slow consumer, or of all processes when a terminal stopped them.
        """
        at, now = self.progress.value, monotonic()
        self.spent = self.spent + min(now - self.looked, seconds / 4) if at == self.at else 0.0
        self.at, self.looked = at, now
        allowed = seconds if at in self.chunks[0] else max(seconds, _START_SECONDS)
        return self.spent > allowed and not self.connection.poll()  # it may be waiting for us to read

    def end(self) -> int:
        self.process.kill()
        self.process.join()
        status = self.process.exitcode or 0
        self.process.close()
        self.connection.close()
        return status


def _context() -> ForkContext | SpawnContext:
    """Fork where that is safe: on Linux, in a process with one thread (native ones count too)."""
    if sys.platform == "linux":
        threads = Path("/proc/self/task")
        if threads.is_dir() and len(list(threads.iterdir())) == 1:
            return get_context("fork")
    return get_context("spawn")


def _is_alarm(status: int) -> bool:
    return sys.platform != "win32" and status == -signal.SIGALRM


def _failure(status: int, limits: Limits, *, overdue: bool) -> Failure:
    if overdue:
        return Failure("over-limit", f"took longer than {limits.seconds:g} s")
    if status == _OUT_OF_MEMORY:
        return Failure("over-limit", f"MemoryError: the limit is {limits.megabytes} MB")
    if status < 0:
        name = next((known.name for known in signal.Signals if known == -status), "unnamed")
        return Failure("crashed", f"the worker died of signal {-status} ({name})")
    return Failure("crashed", f"the worker ended with exit status {status}")


def _work(
    order: _Order[Any],
    connection: Connection[Any, Any],
    progress: ctypes.c_longlong,
    inherited: list[Connection[Any, Any]],
) -> None:
    """Be a worker until the parent closes the pipe, or dies: so no copy of the parent's ends may stay open here."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for end in inherited:
        end.close()
    if order.stack_megabytes:
        threading.stack_size(order.stack_megabytes << 20)
        thread = threading.Thread(target=_serve, args=(order, connection, progress))
        thread.start()
        thread.join()
    else:
        _serve(order, connection, progress)


def _serve(order: _Order[Any], connection: Connection[Any, Any], progress: ctypes.c_longlong) -> None:
    _limit_memory(order.limits.megabytes)
    with suppress(EOFError, OSError):
        try:
            while True:
                chunk = range(*_CHUNK.unpack(connection.recv_bytes()))
                _answer(order, chunk, connection, progress)
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)


def _answer(order: _Order[Any], chunk: range, connection: Connection[Any, Any], progress: ctypes.c_longlong) -> None:
    alone_after = 2 * order.limits.seconds + 1
    batch, sent = bytearray(), monotonic()
    for position in chunk:
        progress.value = position
        _alarm(alone_after)
        raised, body = _attempt(order.task, order.items[position])
        batch += _HEADER.pack(raised, len(body))
        batch += body
        if len(batch) > _BATCH_BYTES or monotonic() - sent > _BATCH_SECONDS or position == chunk[-1]:
            _alarm(0)
            connection.send_bytes(batch)
            batch, sent = bytearray(), monotonic()


def _attempt(task: Callable[[Item], bytes], item: Item) -> tuple[bool, bytes]:
    try:
        return False, task(item)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the panic of a native parser is no Exception
        text = f"{type(error).__name__}: {str(error)[:_MESSAGE_LENGTH]}"
        return True, text.encode(errors="replace")


def _alarm(seconds: float) -> None:
    """Die by oneself after so long. The parent is sooner, unless it is gone or has been stopped."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(megabytes: int) -> None:
    if sys.platform == "linux":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        ceilings = [ceiling for ceiling in (soft, hard) if ceiling != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min([used + (megabytes << 20), *ceilings]), hard))
