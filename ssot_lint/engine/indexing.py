"""A project read and resolved, with its policy: what every command starts from."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ssot_lint.engine.changes import Chosen, choose
from ssot_lint.engine.options import Clock, UsageError
from ssot_lint.engine.reading import Work, read_again, read_files
from ssot_lint.facts.read import read
from ssot_lint.model.facts import WORD, SourceFile
from ssot_lint.model.finding import Notice
from ssot_lint.model.patterns import is_pattern, patterns
from ssot_lint.model.silencing import is_over
from ssot_lint.project.concepts import BoundPolicy, bind, names_in_use, other_names
from ssot_lint.project.model import Project
from ssot_lint.project.modules import Unseen, module_name, top_names
from ssot_lint.rules import kinds_by_rule
from ssot_lint.rules.moved import moved_names
from ssot_lint.rules.vocabularies import words_of
from ssot_lint.workspace import config
from ssot_lint.workspace.cache import Cache
from ssot_lint.workspace.discover import Discovered, discover
from ssot_lint.workspace.packs import holds_policy
from ssot_lint.workspace.roots import source_roots
from ssot_lint.workspace.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssot_lint.engine.changes import Changes
    from ssot_lint.engine.options import Options
    from ssot_lint.model.facts import Facts
    from ssot_lint.model.policy import LoadedPolicy, Policy
    from ssot_lint.project.modules import Root


@dataclass(frozen=True)
class Index:
    """A project as read, with its policy: what every command starts from."""

    root: Path
    loaded: LoadedPolicy
    found: Discovered
    work: Work
    project: Project
    policy: BoundPolicy
    notices: tuple[Notice, ...]
    analysed: int
    tokens: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    changes: Changes | None = None


@dataclass(frozen=True)
class Start:
    """What a run knows before it reads a file: the policy, what there is to read, and what of it was changed."""

    root: Path
    loaded: LoadedPolicy
    found: Discovered
    work: Work
    changes: Changes | None
    clock: Clock


def find_root(options: Options) -> tuple[Path, Path | None]:
    """Return the root of the project, and the file of its policy if there is one. Raises PolicyError, UsageError."""
    if options.root is not None and not os.path.isdir(options.root):  # noqa: PTH112 - Path.is_dir raises on some names
        raise UsageError(f"{options.root} is no folder")
    if options.isolated:
        path = None
    elif options.config_file is not None:
        path = options.config_file
    else:
        path = config.discover(options.root or options.start)
    if options.root is not None:
        root = options.root
    else:
        root = options.start if path is None or options.config_file is not None else path.parent
    return Path(os.path.abspath(root)), path  # noqa: PTH100 - resolve() would follow links that the user named


def load_policy(options: Options) -> tuple[Path, LoadedPolicy]:
    """Find and read the policy; return the root of the project with it. Raises PolicyError, UsageError."""
    root, path = find_root(options)
    loaded = config.load(path, root, options.overrides, rules=kinds_by_rule())
    return root, msgspec.structs.replace(loaded, today=options.day)


def index(options: Options) -> Index:
    """Read the whole project. Raises PolicyError, UsageError."""
    return read_project(start(options))


def start(options: Options) -> Start:
    """Find the policy and the files of a project. Raises PolicyError, UsageError."""
    clock = Clock()
    root, loaded = load_policy(options)
    policy = loaded.policy
    excludes = [*(options.exclude if options.exclude is not None else policy.exclude), *options.extend_exclude]
    _refuse_bad_patterns(excludes)
    chosen = Chosen(discover(root, excludes, respect_gitignore=options.respect_gitignore))
    if options.staged or options.tracked_only or options.since is not None:
        chosen = choose(options, root, chosen.found, excludes, loaded.path)
    if not chosen.found.files:
        raise UsageError(f"there is no Python file under {root}; is it the right folder, or is everything excluded?")
    clock.lap("discover")
    cache = Cache(root, options.cache_dir, enabled=options.cached)
    jobs = options.jobs or os.cpu_count() or 1
    work = Work(Sources(root, chosen.contents), jobs, cache, options.progress or (lambda _stage, _done, _total: None))
    return Start(root, loaded, chosen.found, work, chosen.changes, clock)


def read_project(begun: Start) -> Index:
    """Read the files of a project. Raises PolicyError."""
    root, loaded, found, work, clock = begun.root, begun.loaded, begun.found, begun.work, begun.clock
    roots = source_roots(loaded.policy, found)
    asked = (*wanted_tokens(loaded.policy), *(f"{name}.*" for name in top_names(found.files, roots)))
    known = work.cache.tokens
    first = tuple(sorted(asked)) if known is None else known  # those of the last run are mostly those of this one
    reading = read_files(work, found.files, roots, first)
    clock.lap("read")
    project, bound = _bound(reading.files, found, loaded, roots)
    _refuse_bad_homes(loaded, bound)
    clock.lap("resolve")
    tokens = tuple(sorted({*asked, *_aliases(project, bound)}))
    new = sorted(set(tokens).symmetric_difference(first))
    if new:
        again = read_again(work, reading.files, tokens, new)
        more = {path: facts for path, facts in again.items() if facts != project.by_path[path].facts}
        if more:
            project, bound = _bound(_with_facts(reading.files, more), found, loaded, roots)
    work.cache.keep_facts(tokens)
    clock.lap("aliases")
    notices = sorted([*found.notices, *accepted(reading.notices, loaded), *_nested(root, found)])
    counted = (tuple(notices), reading.analysed)
    return Index(root, loaded, found, work, project, bound, *counted, tokens, clock.seconds, begun.changes)


def with_contents(whole: Index, contents: Mapping[str, bytes | None]) -> Index:
    """Return the index as it would be with other bytes in some files, new ones among them (None: without the file).

    Raises UnreadableSourceError, and PolicyError if a home would be gone.
    """
    facts = {path: read(data, whole.tokens) for path, data in contents.items() if data is not None}
    deleted = {path for path, data in contents.items() if data is None}
    files = [file for file in whole.project.files if file.path not in deleted]
    roots = whole.project.index.roots
    new = [SourceFile(path, *module_name(path, roots), facts[path]) for path in facts.keys() - whole.project.by_path]
    project, bound = _bound([*_with_facts(files, facts), *new], whole.found, whole.loaded, roots)
    _refuse_bad_homes(whole.loaded, bound)
    return replace(whole, project=project, policy=bound)


def as_it_was(whole: Index, changes: Changes) -> tuple[Index, list[Notice]]:
    """Return the index of the project before it was changed, under the policy of now, and what could not be read."""
    contents = {path: data for path, data in changes.before.items() if data is not None}
    left = [file for file in whole.project.files if file.path not in changes.before]
    found = replace(whole.found, files=sorted([*(file.path for file in left), *contents]))
    roots = source_roots(whole.loaded.policy, found)
    sources = Sources(whole.root, {**whole.work.sources.contents, **contents})
    work = replace(whole.work, sources=sources)
    reading = read_files(work, sorted(contents), roots, whole.tokens)
    work.cache.keep_facts(whole.tokens)
    if roots != source_roots(whole.loaded.policy, whole.found):
        names = {file.path: module_name(file.path, roots) for file in left}
        left = [
            msgspec.structs.replace(file, module=names[file.path][0], is_package=names[file.path][1]) for file in left
        ]
    project, bound = _bound([*left, *reading.files], found, whole.loaded, roots)
    return replace(whole, found=found, work=work, project=project, policy=bound), reading.notices


def _bound(
    files: Iterable[SourceFile], found: Discovered, loaded: LoadedPolicy, roots: Sequence[Root]
) -> tuple[Project, BoundPolicy]:
    """Resolve files into a project, and bind the policy to it."""
    project = Project.build(
        files,
        roots=roots,
        unseen=Unseen(frozenset(found.folders), frozenset(found.stems)),
        former=frozenset(moved.from_.partition(":")[0].partition(".")[0] for moved in loaded.policy.moved),
        is_test_path=patterns(*loaded.policy.test_paths).match,
    )
    return project, bind(project, loaded)


def _with_facts(files: Iterable[SourceFile], facts: Mapping[str, Facts]) -> list[SourceFile]:
    return [msgspec.structs.replace(file, facts=facts.get(file.path, file.facts)) for file in files]


def wanted_tokens(policy: Policy) -> tuple[str, ...]:
    """Return what the policy asks the second tier for, each as `facts.strings:wanted` tells what it is."""
    names = {name for concept in policy.concept for name in concept.offered}
    names |= {one.partition(":")[2].partition(".")[0] for concept in policy.concept for one in concept.factory}
    names |= {name for moved in policy.moved for name in moved_names(moved)}
    old = {address for concept in policy.concept for address in concept.moved_from}
    old |= {moved.from_ for moved in policy.moved if not moved_names(moved)}
    operations = {f"@{use.rpartition('.')[2]}" for operation in policy.operation for use in operation.uses}
    words = {f"{WORD}{word}" for one in policy.vocabulary for word in words_of(one)}
    return tuple(sorted({*names, *words, *(f"{address.replace(':', '.')}." for address in old), *operations}))


def _aliases(project: Project, bound: BoundPolicy) -> set[str]:
    """Return the tokens of the other names under which modules offer what the policy speaks of."""
    found = set(other_names(project, bound.concepts))
    for operation in bound.operations:
        for use, target in operation.targets:
            found |= {f"@{name}" for name in names_in_use(project, (target,), (use.rpartition(".")[2],))}
    return found


def _refuse_bad_homes(loaded: LoadedPolicy, bound: BoundPolicy) -> None:
    """Raise the problems of homes as policy errors, with the chains that show them."""
    problems = []
    for one in bound.problems:
        chains = "".join(
            f"\n    {address} -> " + " -> ".join(f"{hop.path}:{hop.line} ({hop.name} {hop.how})" for hop in chain)
            for address, chain in one.chains
        )
        place = loaded.place(one.entry)
        file, line = (place.path, place.line) if loaded.path else ("--config", 0)
        problems.append(config.Problem(file=file, key=one.entry, line=line, what=one.message + chains))
    if problems:
        raise config.PolicyError(tuple(problems))


def accepted(notices: Sequence[Notice], loaded: LoadedPolicy) -> list[Notice]:
    """Make the notices of files that the policy accepts as unreadable non-blocking."""
    accepted = patterns(*(one.path for one in loaded.policy.unreadable if not is_over(one.until, loaded.today)))
    return [
        Notice(one.path, one.kind, f"{one.message} (accepted by the policy)", blocking=False)
        if one.blocking and accepted.match(one.path)
        else one
        for one in notices
    ]


def _nested(root: Path, found: Discovered) -> list[Notice]:
    message = "a second policy below the root is not read"
    projects = [f"{folder}/pyproject.toml" for folder in found.project_folders if folder]
    paths = [*found.nested_policies, *(path for path in projects if holds_policy(root / path))]
    return [Notice(path, "nested-policy", message) for path in paths]


def _refuse_bad_patterns(texts: Iterable[str]) -> None:
    for text in texts:
        if not is_pattern(text):
            raise UsageError(f'exclude: "{text}" is no pattern in the syntax of .gitignore')


def relative_path(root: Path, path: Path) -> str:
    """Return a path the user named relative to the root, "" for the root or above. Raises UsageError."""
    full = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are named
    if not os.path.lexists(full):
        raise UsageError(f"{path} does not exist")
    # The root may have been named through a link, and the path not, or the other way round.
    for one, base in ((full, root), (Path(os.path.realpath(full)), Path(os.path.realpath(root)))):
        if base.is_relative_to(one):
            return ""
        if one.is_relative_to(base):
            return one.relative_to(base).as_posix()
    raise UsageError(f"{path} lies outside the project, whose root is {root}")
