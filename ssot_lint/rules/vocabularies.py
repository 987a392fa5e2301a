"""What the rules about events share: which files speak of one, which event a use means, and who is named for one."""

from __future__ import annotations

import functools
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from ssot_lint.model.facts import WORD
from ssot_lint.project.concepts import names_in_use
from ssot_lint.rules.construction import DOUBLES, definition_of, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lint.model.details import Events, EventUse, FunctionDetail
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Vocabulary
    from ssot_lint.project.concepts import BoundPolicy, BoundVocabulary
    from ssot_lint.project.model import Project
    from ssot_lint.project.sites import ImportSite

_VERBS: Final = frozenset(("emit", "notify", "send", "publish", "broadcast", "dispatch", "fire", "trigger"))
_ENDINGS: Final = frozenset(("event", "events", "notification", "message", "signal", "update", "async", "sync"))
_DOUBLES: Final = DOUBLES | {"null", "noop"}
_MOST: Final = 300
"""An enum of more members is asked for by the names of its events only."""


def words_of(vocabulary: Vocabulary) -> frozenset[str]:
    """Return what a file holds that speaks of an event: its name, as an identifier, and as a constant."""
    spelled = {re.sub(r"\W+", "_", name) for name in vocabulary.names}
    spelled |= {"_".join(words(name)) for name in vocabulary.names}
    return frozenset((*vocabulary.names, *spelled, *(name.upper() for name in spelled))) - {""}


def event_files(project: Project, policy: BoundPolicy, rule: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the files that speak of an event, each with what to look for there.

    `rule` is the code and the name of who asks: tests are read only where the policy gives it a level for them.
    """
    tests = reads_tests(policy, rule)
    return project.remember(("event files", tests), lambda: _event_files(project, policy, everywhere=tests))


def _event_files(project: Project, policy: BoundPolicy, *, everywhere: bool) -> dict[str, frozenset[str]]:
    wanted: dict[str, frozenset[str]] = {}
    asked = asked_vocabularies(project, policy)
    for bound in asked:
        own = words_of(bound.vocabulary)
        at_home = _names_at_home(project, bound)
        importing = {site.file.path for site in _imports_of_home(project, bound)} if at_home else set()
        for file in project.files:
            held = own.intersection(file.facts.words)
            if file.path in importing:
                held |= at_home
            if held and (everywhere or project.zone(file.path) == "production"):
                wanted[file.path] = wanted.get(file.path, frozenset()) | {f"{WORD}{word}" for word in held}
    for bound in asked if wanted else ():
        for path, names in _possible_adapters(project, bound).items():
            if everywhere or project.zone(path) == "production":
                wanted[path] = wanted.get(path, frozenset()) | names
    return wanted


def asked_vocabularies(project: Project, policy: BoundPolicy) -> tuple[BoundVocabulary, ...]:
    """Return the vocabularies that a run is about: all, or those that the files it is about have to do with."""
    if project.only is None:
        return policy.vocabularies
    return project.remember(
        "asked vocabularies",
        lambda: tuple(one for one in policy.vocabularies if any(_speaks(one, file) for file in project.asked_files)),
    )


def _speaks(bound: BoundVocabulary, file: SourceFile) -> bool:
    """Tell whether a file may hold something of a vocabulary, as far as its own words show."""
    facts, home = file.facts, bound.home
    if home is not None:
        last = home.module.rpartition(".")[2]
        known = {home.name, last, "*"}
        if file.path == home.path or any(one.name in known or one.module.endswith(last) for one in facts.imports):
            return True
    if facts.near or not words_of(bound.vocabulary).isdisjoint(facts.words):
        return True
    calls = bound.vocabulary.emit_calls
    return any(matches(name, calls) for one in facts.definitions for name in (one.name, *one.members))


def _possible_adapters(project: Project, bound: BoundVocabulary) -> dict[str, frozenset[str]]:
    """Return the files that define what may be called to emit an event: it may pass it on to an emitter."""
    found: dict[str, set[str]] = {}
    census = project.census
    members = {name for _, one in census.classes for name in one.members}
    calls = {name for name in members.union(census.definitions) if matches(name, bound.vocabulary.emit_calls)}
    for name in calls & census.definitions.keys():
        for file, _ in census.definitions[name]:
            found.setdefault(file.path, set()).add(f"{WORD}{name}")
    for file, one in census.classes:
        for name in calls.intersection(one.members):
            found.setdefault(file.path, set()).add(f"{WORD}{name}")
    return {path: frozenset(names) for path, names in found.items() if bound.in_scope(path)}


def emission(vocabulary: Vocabulary, event: str) -> str:
    """Make up a module that emits an event."""
    return f'def tell(bus):\n    bus.{plain_call(vocabulary.emit_calls)}("{event}")\n'


def plain_call(calls: Sequence[str]) -> str:
    """Return a name that one of some patterns of calls stands for."""
    return next((one for one in calls if one.isidentifier()), calls[0].replace("*", "it") if calls else "emit")


def reads_tests(policy: BoundPolicy, rule: Sequence[str]) -> bool:
    """Tell whether the policy gives a rule (its code and name) a level for tests."""
    levels = {**policy.policy.severity_in_production, **policy.policy.severity_in_tests}
    return any(level != "off" and key.partition(".")[0] in rule for key, level in levels.items())


def _names_at_home(project: Project, bound: BoundVocabulary) -> frozenset[str]:
    """Return the names that the home binds: members of a class, or constants of a module."""
    home = bound.home
    file = project.file_of(home.module) if home is not None else None
    if home is None or file is None:
        return frozenset()
    definition = definition_of(project, home)
    names = definition.attributes if definition else [one.name for one in file.facts.bindings if one.kind == "value"]
    return frozenset(names) if len(names) <= _MOST else frozenset()


def _imports_of_home(project: Project, bound: BoundVocabulary) -> Iterable[ImportSite]:
    home = bound.home
    if home is None:
        return ()
    if home.kind == "module":
        return project.census.imports(modules=[home.module], names=[home.module.rpartition(".")[2]])
    return project.census.imports(names=names_in_use(project, (home,)), modules=[home.module])


def events_in(project: Project, bound: BoundVocabulary) -> Iterator[tuple[SourceFile, Events]]:
    """Yield the files in the scope of a vocabulary in which something is said of events."""
    for path, details in project.details.items():
        if (details.events.uses or details.events.functions) and bound.in_scope(path):
            yield project.by_path[path], details.events


def event_of(project: Project, bound: BoundVocabulary, file: SourceFile, use: EventUse) -> str:
    """Return the event of a vocabulary that a use means, "" if it means none for certain."""
    value = use.text if use.form != "constant" else value_of(project, file, use)
    return value if value in bound.vocabulary.names else ""


def value_of(project: Project, file: SourceFile, use: EventUse) -> str:
    """Return the string that a constant stands for, "" if that is not known."""
    return event_constants(project).get(constant_of(project, file, use), "")


def constant_of(project: Project, file: SourceFile, use: EventUse) -> tuple[str, str]:
    """Return the module and the qualified name that a dotted name resolves to."""
    name = use.text.removesuffix(".value")
    root, _, rest = name.partition(".")
    if root in ("self", "cls"):
        return file.module, f"{class_around(project, file, use.scope)}.{rest}"
    target = project.resolve_in(file, use.scope, name).target
    return (target.module, target.name) if target.kind == "value" else ("", "")


def event_constants(project: Project) -> Mapping[tuple[str, str], str]:
    """Return the value of every constant that was asked for, by module and qualified name."""

    def collect() -> dict[tuple[str, str], str]:
        return {
            (project.by_path[path].module, one.qualname): one.value
            for path, details in project.details.items()
            for one in details.events.constants
            if not one.qualname.endswith("[]")
        }

    return project.remember("event constants", collect)


def home_constants(project: Project, bound: BoundVocabulary) -> Mapping[str, str]:
    """Return the qualified names of the constants that the home has for events, by their value."""
    home = bound.home
    if home is None:
        return {}
    prefix = f"{home.name}." if home.name else ""
    names: dict[str, str] = {}
    for (module, name), value in event_constants(project).items():
        if module == home.module and name.startswith(prefix) and name[len(prefix) :].isidentifier():
            names.setdefault(value, name)
    return names


def class_around(project: Project, file: SourceFile, scope: str) -> str:
    """Return the qualified name of the innermost class around a scope, "" if there is none."""
    details = project.details.get(file.path)
    known = {one.qualname for one in details.events.classes} if details is not None else set()
    while scope and scope not in known:
        scope = scope.rpartition(".")[0]
    return scope


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a dotted callee is one of some calls: a pattern with a dot is about the whole name."""
    of_whole, of_last = _patterns(patterns)
    return bool(of_last.match(name.rpartition(".")[2]) or of_whole.match(name))


@functools.lru_cache(maxsize=256)
def _patterns(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what matches the patterns that are about a whole name, and those about its last part."""
    whole = [translate(one) for one in patterns if "." in one]
    last = [translate(one) for one in patterns if "." not in one]
    return re.compile("|".join(whole) or "(?!)"), re.compile("|".join(last) or "(?!)")


def emits_by_name(vocabulary: Vocabulary, function: str) -> str:
    """Return the event that a function is named for emitting (`notify_agent_started`), "" if for none."""
    parts = words(function.rpartition(".")[2])
    if not parts or parts[0] not in _VERBS | {words(one)[0] for one in vocabulary.emit_calls if words(one)}:
        return ""
    for name in vocabulary.names:
        event = words(name)
        for start in range(1, len(parts) - len(event) + 1):
            end = start + len(event)
            if event and parts[start:end] == event and _ENDINGS.issuperset(parts[end:]):
                return name
    return ""


def does_nothing(function: FunctionDetail) -> bool:
    """Tell whether a function only says what others do, or stands in for one that does something."""
    abstract = any(name.rpartition(".")[2] == "abstractmethod" for name in function.decorators)
    return abstract or function.always_raises or not function.calls


def is_double(qualname: str) -> bool:
    """Tell whether a class of a qualified name is a double, by its words."""
    return any(_DOUBLES & set(words(part)) for part in qualname.split(".") if part.lstrip("_")[:1].isupper())
