"""The pipeline, top to bottom: paths, sources, facts, project, findings, report."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from ssot_lint.engine.reading import Progress, Work, read_again, read_details_of, read_files
from ssot_lint.engine.settle import selected, settle
from ssot_lint.model.finding import Finding, Notice
from ssot_lint.model.patterns import is_pattern, is_under, patterns
from ssot_lint.model.report import ConceptScore, Report
from ssot_lint.parsing.reader import UnreadableSourceError, decode, split_lines
from ssot_lint.project.concepts import BoundPolicy, bind, other_names
from ssot_lint.project.model import Project
from ssot_lint.project.modules import Unseen
from ssot_lint.rules import all_rules, kinds_by_rule
from ssot_lint.rules.moved import moved_names
from ssot_lint.rules.verdicts import verdict_table
from ssot_lint.workspace import config
from ssot_lint.workspace.discover import Discovered, discover
from ssot_lint.workspace.packs import holds_policy
from ssot_lint.workspace.roots import source_roots
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssot_lint.model.facts import Facts, SourceFile
    from ssot_lint.model.policy import LoadedPolicy, Policy
    from ssot_lint.model.rule import Rule


@dataclass(frozen=True)
class Options:
    """What a run is asked for; None leaves it to the policy."""

    start: Path
    root: Path | None = None
    config_file: Path | None = None
    overrides: tuple[str, ...] = ()
    isolated: bool = False
    paths: tuple[Path, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    zone: Literal["production", "tests", "all"] = "all"
    jobs: int = 0
    progress: Progress | None = None


@dataclass(frozen=True)
class Index:
    """A project as read, with its policy: what every command starts from."""

    root: Path
    loaded: LoadedPolicy
    found: Discovered
    project: Project
    policy: BoundPolicy
    notices: tuple[Notice, ...]
    analysed: int
    seconds: dict[str, float] = field(default_factory=dict)


class UsageError(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


def load_policy(options: Options) -> tuple[Path, LoadedPolicy]:
    """Find and read the policy; return the root of the project with it. Raises PolicyError, UsageError."""
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
    root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links that the user named
    return root, config.load(path, root, options.overrides, rules=kinds_by_rule())


def index(options: Options) -> Index:
    """Read the whole project. Raises PolicyError, UsageError."""
    clock = _Clock()
    root, loaded = load_policy(options)
    policy = loaded.policy
    excludes = [*(options.exclude if options.exclude is not None else policy.exclude), *options.extend_exclude]
    _refuse_bad_patterns(excludes)
    found = discover(root, excludes, respect_gitignore=options.respect_gitignore)
    if not found.files:
        raise UsageError(f"there is no Python file under {root}; is it the right folder, or is everything excluded?")
    clock.lap("discover")
    roots = source_roots(policy, found)
    work = _work(root, options)
    tokens = wanted_tokens(policy)
    reading = read_files(work, found.files, roots, tokens)
    clock.lap("read")
    unseen = Unseen(frozenset(found.folders), frozenset(found.stems))
    is_test_path = patterns(*policy.test_paths).match
    build = functools.partial(Project.build, roots=roots, unseen=unseen, is_test_path=is_test_path)
    project = build(reading.files)
    bound = bind(project, loaded)
    _refuse_bad_homes(loaded, bound)
    clock.lap("resolve")
    aliases = sorted(other_names(project, bound.concepts))
    if aliases:
        again = read_again(work, reading.files, [*tokens, *aliases], aliases)
        uses = {path: facts for path, facts in again.items() if facts.uses != project.by_path[path].facts.uses}
        if uses:
            project = build(_with_facts(reading.files, uses))
            bound = bind(project, loaded)
    clock.lap("aliases")
    notices = sorted([*found.notices, *_accepted(reading.notices, policy), *_nested(root, found)])
    return Index(root, loaded, found, project, bound, tuple(notices), reading.analysed, clock.seconds)


def _with_facts(files: Iterable[SourceFile], facts: Mapping[str, Facts]) -> list[SourceFile]:
    return [msgspec.structs.replace(file, facts=facts.get(file.path, file.facts)) for file in files]


def check(options: Options) -> Report:
    """Run the rules over the project and settle what they find. Raises PolicyError, UsageError."""
    whole = index(options)
    clock = _Clock()
    policy = whole.loaded.policy
    shown = _Filter(whole, options)
    if not shown.covers_something():
        return Report([], [], len(whole.found.files), 0, policy.fails_at, has_concepts=True, nothing_asked=True)
    chosen = chosen_rules(options, policy)
    failed = look_again(whole, options, chosen)
    clock.lap("details")
    raw: list[Finding] = []
    for rule in chosen:
        raw += rule.check(whole.project, whole.policy)
    findings = settle(raw, whole.project, policy, all_rules())
    findings = [finding for finding in findings if shown.wants(finding)]
    clock.lap("check")
    return Report(
        findings=findings,
        notices=sorted([*whole.notices, *_accepted(failed, policy)]),
        files=len(whole.found.files),
        analysed=whole.analysed,
        fails_at=policy.fails_at,
        has_concepts=bool(policy.concept or policy.moved),
        scores=scores(whole),
        lines=source_lines(whole.root, findings),
        statistics={**whole.seconds, **clock.seconds},
    )


def _work(root: Path, options: Options) -> Work:
    jobs = options.jobs or os.cpu_count() or 1
    return Work(root, jobs, options.progress) if options.progress is not None else Work(root, jobs)


def look_again(whole: Index, options: Options, rules: Iterable[Rule]) -> list[Notice]:
    """Take the second look that rules ask for; the project holds its details afterwards. Return what failed."""
    whole.project.details, failed = read_details_of(_work(whole.root, options), suspects(whole, rules))
    return failed


def suspects(whole: Index, rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Return the files that the rules want a second look at, each with the names to look for."""
    wanted: dict[str, frozenset[str]] = {}
    for rule in rules:
        if rule.suspects is not None:
            for path, names in rule.suspects(whole.project, whole.policy).items():
                wanted[path] = wanted.get(path, frozenset()) | names
    return wanted


def chosen_rules(options: Options, policy: Policy) -> list[Rule]:
    """Return the rules that the options and the policy select."""
    select = [*(options.select if options.select is not None else policy.select), *options.extend_select]
    ignore = options.ignore if options.ignore is not None else policy.ignore
    return selected(all_rules(), select, ignore)


def scores(whole: Index) -> dict[str, ConceptScore]:
    """Return the share of every concept's references that refer to its home."""
    found = {}
    for bound in whole.policy.concepts:
        table = verdict_table(whole.project, bound)
        counts = [(row["canonical"], sum(row.values())) for row in table.values()]
        found[bound.concept.name] = ConceptScore(sum(one for one, _ in counts), sum(total for _, total in counts))
    return found


def wanted_tokens(policy: Policy) -> tuple[str, ...]:
    """Return the names whose uses through module objects the policy asks for."""
    names = {name for concept in policy.concept for name in concept.offered}
    names |= {name for moved in policy.moved for name in moved_names(moved)}
    return tuple(sorted(names))


def source_lines(root: Path, findings: Iterable[Finding]) -> dict[tuple[str, int], str]:
    """Read the lines that the findings stand on."""
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        wanted.setdefault(finding.at.path, set()).add(finding.at.line)
    lines: dict[tuple[str, int], str] = {}
    for path, numbers in wanted.items():
        try:
            content = split_lines(decode(read_source(root, path)))
        except UnreadableSourceError:
            continue
        lines.update({(path, number): content[number - 1] for number in numbers if number <= len(content)})
    return lines


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


def _accepted(notices: Sequence[Notice], policy: Policy) -> list[Notice]:
    """Make the notices of files that the policy accepts as unreadable non-blocking."""
    accepted = patterns(*(one.path for one in policy.unreadable))
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


class _Filter:
    """Which findings are shown: those with a place in the given paths, in the given zone."""

    def __init__(self, whole: Index, options: Options) -> None:
        self._zone = options.zone
        self._project = whole.project
        self._policy = whole.loaded.path
        self._prefixes = [relative_path(whole.root, options.start / path) for path in options.paths]

    def covers_something(self) -> bool:
        """Tell whether a file that is read, or the policy, stands under the given paths."""
        paths = (*self._project.by_path, self._policy)
        return not self._prefixes or any(self._within(path) for path in paths)

    def _within(self, path: str) -> bool:
        return any(path == prefix or is_under(path, prefix) for prefix in self._prefixes)

    def wants(self, finding: Finding) -> bool:
        if self._zone != "all" and self._project.zone(finding.at.path) != self._zone:
            return False
        places = {finding.at.path, *(one.at.path for one in finding.related)}
        return not self._prefixes or any(self._within(place) for place in places)


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


class _Clock:
    """Wall time, stage by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
