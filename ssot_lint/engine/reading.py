"""Files to facts: in this process when there is little to read, else in supervised workers."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec

from ssot_lint.facts.details import read_details, read_newer_details
from ssot_lint.facts.read import OPAQUE, read, read_newer_syntax
from ssot_lint.model.details import decode as decode_details
from ssot_lint.model.details import encode as encode_details
from ssot_lint.model.facts import Facts, SourceFile, decode, encode
from ssot_lint.model.finding import BLOCKING, Notice, NoticeKind
from ssot_lint.parsing.pool import Failure, run
from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.project.modules import module_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lint.model.details import Details
    from ssot_lint.project.modules import Root
    from ssot_lint.workspace.sources import Sources

_FEW_BYTES: Final = 1_500_000
_FALLBACK_STACK_MEGABYTES: Final = 256

Item = TypeVar("Item")


Progress = Callable[[str, int, int], None]
"""Told of a stage, how many of its files are done, and how many there are."""


@dataclass(frozen=True)
class Work:
    """Where and how files are read: the project's sources, worker processes, and who is told how far it is."""

    sources: Sources
    jobs: int
    progress: Progress = lambda _stage, _done, _total: None


@dataclass
class Reading:
    """The files of a project as read; every discovered file is in `files`, opaque where it could not be read."""

    files: list[SourceFile] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    analysed: int = 0


def read_files(work: Work, paths: Sequence[str], roots: Sequence[Root], tokens: Sequence[str]) -> Reading:
    """Read every path; what the running interpreter cannot parse is tried again with libcst, in a worker."""
    facts: dict[str, Facts] = {}
    problems: dict[str, UnreadableSourceError] = {}
    for path, result in _read_all(work, paths, tokens):
        if isinstance(result, Facts):
            facts[path] = result
        else:
            problems[path] = result
    newer = sorted(path for path, problem in problems.items() if problem.kind == "syntax-error")
    for path, result in _read_newer(work, newer, tokens):
        if isinstance(result, Facts):
            facts[path] = result
            del problems[path]
        elif result.kind != "syntax-error":
            problems[path] = result
    reading = Reading(analysed=len(facts))
    for path in sorted(paths):
        name, is_package = module_name(path, roots)
        reading.files.append(SourceFile(path, name, is_package, facts.get(path, OPAQUE)))
        problem = problems.get(path)
        if problem is not None:
            reading.notices.append(Notice(path, problem.kind, problem.message, blocking=problem.kind in BLOCKING))
    return reading


def read_again(work: Work, files: Sequence[SourceFile], tokens: Sequence[str], new: Sequence[str]) -> dict[str, Facts]:
    """Read the uses of more names: the facts, by path, of those files that hold one of the `new` tokens."""
    paths = [file.path for file in files if file.facts is not OPAQUE]
    task = functools.partial(_again_task, tuple(new))
    results = _read_in_workers(work, "names", task, paths, tokens)
    return {path: result for path, result in results if isinstance(result, Facts) and result.blocks}


def read_details_of(work: Work, wanted: Mapping[str, frozenset[str]]) -> tuple[dict[str, Details], list[Notice]]:
    """Take the second look at files: what they do with some names. What fails now is a notice."""
    items = [(path, tuple(sorted(names))) for path, names in sorted(wanted.items())]
    few = sum(work.sources.size(path) for path, _ in items) <= _FEW_BYTES
    found, problems = _details_of(work, items, read_details, in_process=few)
    newer = [item for item in items if item[0] in problems and problems[item[0]].kind == "syntax-error"]
    more, left = _details_of(work, newer, read_newer_details, in_process=False)
    problems = {path: problem for path, problem in problems.items() if problem.kind != "syntax-error"} | left
    notices = [Notice(path, one.kind, f"second look: {one.message}", blocking=True) for path, one in problems.items()]
    return dict(sorted({**found, **more}.items())), sorted(notices)


_Asked = tuple[str, tuple[str, ...]]


def _details_of(
    work: Work, items: Sequence[_Asked], reader: Callable[[bytes, Sequence[str]], Details], *, in_process: bool
) -> tuple[dict[str, Details], dict[str, UnreadableSourceError]]:
    """Read the details of files, with what went wrong by path."""
    task = functools.partial(_details_task, reader, work.sources)
    results: Iterable[tuple[int, bytes | Failure]]
    if in_process:
        results = ((number, _guarded(task, item)) for number, item in enumerate(items))
    else:
        weights = [work.sources.size(path) for path, _ in items]
        stack = 0 if reader is read_details else _FALLBACK_STACK_MEGABYTES
        results = run(_in_worker(task), items, jobs=work.jobs, weights=weights, stack_megabytes=stack)
    found: dict[str, Details] = {}
    problems: dict[str, UnreadableSourceError] = {}
    for done, (number, result) in enumerate(results, 1):
        path = items[number][0]
        work.progress("second look", done, len(items))
        if isinstance(result, Failure):
            problems[path] = UnreadableSourceError(result.kind, result.message)
        elif result[:1] == b"f":
            found[path] = decode_details(result[1:])
        else:
            problems[path] = _problem(result)
    return found, problems


def _guarded(task: Callable[[_Asked], bytes], item: _Asked) -> bytes | Failure:
    """Run a task in this process as a worker would: one file must not hide the findings of the others."""
    try:
        return task(item)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this file
        return Failure("crashed", f"{type(error).__name__}: {str(error)[:200]}")


def _details_task(reader: Callable[[bytes, Sequence[str]], Details], sources: Sources, item: _Asked) -> bytes:
    path, names = item
    try:
        return b"f" + encode_details(reader(sources.read(path), names))
    except UnreadableSourceError as error:
        return _packed_problem(error)
    except RecursionError:
        return _packed_problem(UnreadableSourceError("over-limit", "nested too deeply to read"))


Result = Facts | UnreadableSourceError


def _read_all(work: Work, paths: Sequence[str], tokens: Sequence[str]) -> Iterator[tuple[str, Result]]:
    if sum(work.sources.size(path) for path in paths) > _FEW_BYTES:
        yield from _read_in_workers(work, "reading", _read_task, paths, tokens)
        return
    for path in paths:
        yield path, _read_here(work.sources, path, tokens)


def _read_here(sources: Sources, path: str, tokens: Sequence[str]) -> Result:
    try:
        return read(sources.read(path), tokens)
    except UnreadableSourceError as error:
        return error
    except Exception as error:  # noqa: BLE001 - as in a worker: one file must not hide the findings of the others
        return UnreadableSourceError("crashed", f"{type(error).__name__}: {str(error)[:200]}")


def _read_newer(work: Work, paths: Sequence[str], tokens: Sequence[str]) -> Iterator[tuple[str, Result]]:
    stack = _FALLBACK_STACK_MEGABYTES
    yield from _read_in_workers(work, "newer syntax", _newer_task, paths, tokens, stack_megabytes=stack)


def _read_in_workers(  # noqa: PLR0913 - the files and how to read them
    work: Work,
    stage: str,
    task: Callable[[Sources, tuple[str, ...], str], bytes],
    paths: Sequence[str],
    tokens: Sequence[str],
    *,
    stack_megabytes: int = 0,
) -> Iterator[tuple[str, Result]]:
    if not paths:
        return
    bound = _in_worker(functools.partial(task, work.sources, tuple(tokens)))
    weights = [work.sources.size(path) for path in paths]
    jobs = min(work.jobs, len(paths))
    results = run(bound, paths, jobs=jobs, weights=weights, stack_megabytes=stack_megabytes)
    for done, (index, result) in enumerate(results, 1):
        work.progress(stage, done, len(paths))
        if isinstance(result, Failure):
            yield paths[index], UnreadableSourceError(result.kind, result.message)
        else:
            yield paths[index], _unpacked(result)


@dataclass(frozen=True)
class _in_worker(Generic[Item]):  # noqa: N801 - used as a function
    """A task as a worker runs it: without the garbage collector, since syntax trees hold no circles."""

    task: Callable[[Item], bytes]

    def __call__(self, item: Item) -> bytes:
        gc.disable()
        return self.task(item)


class _Problem(msgspec.Struct, frozen=True, array_like=True):
    kind: NoticeKind
    message: str


_decode_problem = msgspec.msgpack.Decoder(_Problem).decode


def _unpacked(packed: bytes) -> Result:
    if packed[:1] == b"f":
        return decode(packed[1:])
    return _problem(packed)


def _problem(packed: bytes) -> UnreadableSourceError:
    problem = _decode_problem(packed[1:])
    return UnreadableSourceError(problem.kind, problem.message)


def _packed_problem(error: UnreadableSourceError) -> bytes:
    return b"p" + msgspec.msgpack.encode(_Problem(error.kind, error.message[:500]))


def _read_task(sources: Sources, tokens: tuple[str, ...], path: str) -> bytes:
    return _packed(read, sources, tokens, path)


def _again_task(new: tuple[str, ...], sources: Sources, tokens: tuple[str, ...], path: str) -> bytes:
    def reader(data: bytes, tokens: Sequence[str]) -> Facts:
        names = (token.encode() for token in new)
        if not any(mark % name in data for name in names for mark in (b".%s", b'"%s"', b"'%s'", b"%s=")):
            return Facts()
        return read(data, tokens)

    return _packed(reader, sources, tokens, path)


def _newer_task(sources: Sources, tokens: tuple[str, ...], path: str) -> bytes:
    return _packed(read_newer_syntax, sources, tokens, path)


def _packed(
    reader: Callable[[bytes, Sequence[str]], Facts], sources: Sources, tokens: tuple[str, ...], path: str
) -> bytes:
    """Read one file in a worker; nothing but bytes crosses back."""
    try:
        return b"f" + encode(reader(sources.read(path), tokens))
    except UnreadableSourceError as error:
        return _packed_problem(error)
