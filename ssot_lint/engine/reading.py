"""Files to facts: in this process when there is little to read, else in supervised workers."""

from __future__ import annotations

import functools
import gc
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

from ssot_lint.facts.nearness import head_of
from ssot_lint.facts.read import OPAQUE, read, read_newer_syntax
from ssot_lint.facts.second_look import read_details, read_newer_details
from ssot_lint.facts.strings import marks_of
from ssot_lint.model.details import decode as decode_details
from ssot_lint.model.details import encode as encode_details
from ssot_lint.model.facts import WORD, Facts, SourceFile, decode, encode
from ssot_lint.model.finding import BLOCKING, Notice, NoticeKind
from ssot_lint.parsing.failure import Failure
from ssot_lint.parsing.reader import UnreadableSourceError, keeps_ascii
from ssot_lint.project.modules import module_name
from ssot_lint.workspace.pack import DIGEST_SIZE, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lint.model.details import Details
    from ssot_lint.project.modules import Root
    from ssot_lint.workspace.cache import Cache
    from ssot_lint.workspace.sources import Sources

_FEW_BYTES: Final = 1_500_000
_FALLBACK_STACK_MEGABYTES: Final = 256
_UNREAD: Final = bytes(DIGEST_SIZE)
"""Stands for the digest of what was not read."""

Item = TypeVar("Item")


Progress = Callable[[str, int, int], None]
"""Told of a stage, how many of its files are done, and how many there are."""


@dataclass(frozen=True)
class Work:
    """Where and how files are read: sources, worker processes, what is known of them, and who is told how far it is.

    `parsed` are the files whose facts were made in this run, and not taken from the cache.
    """

    sources: Sources
    jobs: int
    cache: Cache
    progress: Progress = lambda _stage, _done, _total: None
    parsed: set[str] = field(default_factory=set)


@dataclass
class Reading:
    """The files of a project as read; every discovered file is in `files`, opaque where it could not be read."""

    files: list[SourceFile] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    analysed: int = 0


def read_files(work: Work, paths: Sequence[str], roots: Sequence[Root], tokens: Sequence[str]) -> Reading:
    """Read every path; what the running interpreter cannot parse is tried again with libcst, in a worker.

    What the cache knows is taken from there, whatever it was read for.
    """
    results = _remembered(work, paths)
    unknown = [path for path in paths if path not in results]
    results |= _with_newer(work, _read_all(work, unknown, tokens), tokens)
    reading = Reading()
    for path in sorted(paths):
        name, is_package = module_name(path, roots)
        result = results[path]
        if isinstance(result, Facts):
            reading.analysed += 1
            reading.files.append(SourceFile(path, name, is_package, result))
        else:
            reading.files.append(SourceFile(path, name, is_package, OPAQUE))
            reading.notices.append(Notice(path, result.kind, result.message, blocking=result.kind in BLOCKING))
    return reading


def _remembered(work: Work, paths: Iterable[str]) -> dict[str, Result]:
    """Return what the cache knows of files."""
    found: dict[str, Result] = {}
    for path in paths:
        packed = work.cache.facts(work.sources, path)
        if packed is not None:
            with suppress(msgspec.DecodeError):
                found[path] = _unpacked(packed)
    return found


def _is_syntax_error(result: Result) -> bool:
    return isinstance(result, UnreadableSourceError) and result.kind == "syntax-error"


def read_again(work: Work, files: Sequence[SourceFile], tokens: Sequence[str], new: Sequence[str]) -> dict[str, Facts]:
    """Read for other tokens: the facts, by path, of those files that hold one of the `new` ones."""
    paths = [file.path for file in files if file.facts is not OPAQUE]
    work.cache.doubt(work.sources, paths)
    task = functools.partial(_again_task, _Marks.of(new), work.sources, tuple(tokens))
    results = _with_newer(work, _results(work, _How("names"), task, paths), tokens)
    return {path: result for path, result in results.items() if isinstance(result, Facts)}


def read_details_of(work: Work, wanted: Mapping[str, frozenset[str]]) -> tuple[dict[str, Details], list[Notice]]:
    """Take the second look at files: what they do with some names. What fails now is a notice."""
    found: dict[str, Details] = {}
    items: list[_Asked] = []
    for path, names in sorted(wanted.items()):
        known = work.cache.details(work.sources, path, sorted(names))
        with suppress(msgspec.DecodeError):
            if known is not None:
                found[path] = decode_details(known[1:])
                continue
        items.append((path, tuple(sorted(names))))
    few = sum(work.sources.size(path) for path, _ in items) <= _FEW_BYTES
    problems = _details_of(work, items, read_details, found, _How("second look", in_process=few))
    newer = [item for item in items if item[0] in problems and _is_syntax_error(problems[item[0]])]
    how = _How("second look", stack_megabytes=_FALLBACK_STACK_MEGABYTES)
    left = _details_of(work, newer, read_newer_details, found, how)
    work.cache.keep_details()
    problems = {path: one for path, one in problems.items() if not _is_syntax_error(one)} | left
    notices = [Notice(path, one.kind, f"second look: {one.message}", blocking=True) for path, one in problems.items()]
    return dict(sorted(found.items())), sorted(notices)


_Asked = tuple[str, tuple[str, ...]]


def _details_of(
    work: Work,
    items: Sequence[_Asked],
    reader: Callable[[bytes, Sequence[str]], Details],
    found: dict[str, Details],
    how: _How,
) -> dict[str, UnreadableSourceError]:
    """Add the details of files to what is found; return what went wrong by path."""
    problems: dict[str, UnreadableSourceError] = {}
    task = functools.partial(_details_task, reader, work.sources)
    for (path, names), reply in _run(work, how, task, items, [path for path, _ in items]):
        if reply.is_problem:
            problems[path] = reply.problem()
        else:
            found[path] = decode_details(reply.packed[1:])
            work.cache.note_details(reply.digest, names, reply.packed)
    return problems


def _details_task(reader: Callable[[bytes, Sequence[str]], Details], sources: Sources, item: _Asked) -> bytes:
    path, names = item
    return _reply(sources, path, lambda data: encode_details(reader(data, names)))


Result = Facts | UnreadableSourceError


def _read_all(work: Work, paths: Sequence[str], tokens: Sequence[str]) -> dict[str, Result]:
    few = sum(work.sources.size(path) for path in paths) <= _FEW_BYTES
    task = functools.partial(_read_task, read, work.sources, tuple(tokens))
    return _results(work, _How("reading", in_process=few), task, paths)


def _with_newer(work: Work, results: dict[str, Result], tokens: Sequence[str]) -> dict[str, Result]:
    """Return results in which libcst has had its say on what the running interpreter cannot parse.

    Where it cannot either, the interpreter's own message stays.
    """
    said = {
        path: result
        for path, result in sorted(results.items())
        if isinstance(result, UnreadableSourceError) and result.kind == "syntax-error"
    }
    task = functools.partial(_read_task, read_newer_syntax, work.sources, tuple(tokens))
    how = _How("newer syntax", stack_megabytes=_FALLBACK_STACK_MEGABYTES)
    return results | _results(work, how, task, list(said), said)


def _results(
    work: Work,
    how: _How,
    task: Callable[[str], bytes],
    paths: Sequence[str],
    said: Mapping[str, UnreadableSourceError] | None = None,
) -> dict[str, Result]:
    """Return what a task reads from files; the cache is told what will be the same next time.

    `said` has the syntax errors that the running interpreter found; without it, this is what it finds.
    """
    found: dict[str, Result] = {}
    for path, reply in _run(work, how, task, paths, paths):
        if not reply.packed:
            work.cache.confirm(reply.digest)
            continue
        result = found[path] = _unpacked(reply.packed)
        packed = reply.packed
        if isinstance(result, UnreadableSourceError):
            if result.kind == "syntax-error" and said is not None:
                result = found[path] = said[path]
            elif result.kind != "undecodable":
                continue
            packed = _packed_problem(result)
        else:
            work.parsed.add(path)
        work.cache.note_facts(work.sources, path, reply.digest, packed)
    return found


def _read_task(
    reader: Callable[[bytes, Sequence[str]], Facts], sources: Sources, tokens: tuple[str, ...], path: str
) -> bytes:
    return _reply(sources, path, lambda data: encode(reader(data, tokens)))


def _again_task(marks: _Marks, sources: Sources, tokens: tuple[str, ...], path: str) -> bytes:
    """Read a file that holds one of the marks."""
    return _reply(sources, path, lambda data: encode(read(data, tokens)) if marks.held_by(data) else b"")


class _Marks(NamedTuple):
    """What a file holds for which tokens make a difference.

    `texts` pairs a text with what it must stand in, one of it at least; `words` are looked for as words.
    """

    texts: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    words: re.Pattern[bytes]

    @classmethod
    def of(cls, tokens: Sequence[str]) -> _Marks:
        """Return the marks of some tokens."""
        texts: list[tuple[str, tuple[str, ...]]] = []
        words: list[str] = []
        for token in tokens:
            if not token.isascii():  # the file may have another encoding
                texts.append(("", ("",)))
            elif token.startswith("@"):
                words.append(re.escape(token[1:]))
            elif token.startswith(WORD):
                texts.append((head_of(token[1:]), ("",)))
            elif token.endswith(".*"):
                texts.append((token[:-1], (f'"{token[:-1]}', f"'{token[:-1]}")))
            else:
                texts.append((token[:-1], ("",)) if token.endswith(".") else (token, marks_of(token)))
        pattern = rf"\b(?:{'|'.join(words)})\b" if words else "(?!)"
        encoded = ((text.encode(), tuple(mark.encode() for mark in marks)) for text, marks in texts)
        return cls(tuple(encoded), re.compile(pattern.encode()))

    def held_by(self, data: bytes) -> bool:
        """Tell whether a file holds one of them, as far as its bytes tell."""
        texts = (marks for text, marks in self.texts if text in data)
        if any(mark in data for marks in texts for mark in marks):
            return True
        return self.words.search(data) is not None or not keeps_ascii(data)


@dataclass(frozen=True)
class _How:
    """How files are read: the stage's name, in which process, with how much stack."""

    stage: str
    in_process: bool = False
    stack_megabytes: int = 0


class _Reply(NamedTuple):
    """What is said of a file: the digest of the bytes that were read, and what was made of them, packed."""

    digest: bytes
    packed: bytes

    @property
    def is_problem(self) -> bool:
        return self.packed[:1] == b"p"

    def problem(self) -> UnreadableSourceError:
        problem = _decode_problem(self.packed[1:])
        return UnreadableSourceError(problem.kind, problem.message)


def _run(
    work: Work, how: _How, task: Callable[[Item], bytes], items: Sequence[Item], paths: Sequence[str]
) -> Iterator[tuple[Item, _Reply]]:
    """Run a task on items, each about a file, and yield the replies."""
    results: Iterable[tuple[int, bytes | Failure]]
    if how.in_process:
        results = ((number, _guarded(task, item)) for number, item in enumerate(items))
    elif items:
        from ssot_lint.parsing.pool import run  # noqa: PLC0415 - with little to read no worker is needed

        weights = [work.sources.size(path) for path in paths]
        jobs = min(work.jobs, len(items))
        results = run(_in_worker(task), items, jobs=jobs, weights=weights, stack_megabytes=how.stack_megabytes)
    else:
        return
    for done, (number, result) in enumerate(results, 1):
        work.progress(how.stage, done, len(items))
        if isinstance(result, Failure):
            yield items[number], _Reply(_UNREAD, _packed_problem(UnreadableSourceError(result.kind, result.message)))
        else:
            yield items[number], _Reply(result[:DIGEST_SIZE], result[DIGEST_SIZE:])


def _guarded(task: Callable[[Item], bytes], item: Item) -> bytes | Failure:
    """Run a task in this process as a worker would: one file must not hide the findings of the others."""
    try:
        return task(item)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this file
        return Failure("crashed", f"{type(error).__name__}: {str(error)[:200]}")


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
    return decode(packed[1:]) if packed[:1] == b"f" else _Reply(_UNREAD, packed).problem()


def _packed_problem(error: UnreadableSourceError) -> bytes:
    return b"p" + msgspec.msgpack.encode(_Problem(error.kind, error.message[:500]))


def _reply(sources: Sources, path: str, made: Callable[[bytes], bytes]) -> bytes:
    """Read one file and return what is made of it, or what went wrong; nothing but bytes crosses from a worker."""
    digest = _UNREAD
    try:
        data = sources.read(path)
        digest = digest_of(data)
        body = made(data)
    except UnreadableSourceError as error:
        return digest + _packed_problem(error)
    except RecursionError:
        return digest + _packed_problem(UnreadableSourceError("over-limit", "nested too deeply to read"))
    return digest + (b"f" + body if body else b"")
