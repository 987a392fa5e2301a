"""A string that names a concept by another address than its home, or a patch that does not name who reads it.

`patch("a.b.Cart")` replaces the attribute `Cart` of the module `a.b`, and nothing else. Whoever has imported the name
before keeps the old object. So a patch must name the module that *reads* the name: that is right, and no finding, even
though it is not the concept's home. A patch of a module that only passes the name on reaches nobody but those who fetch
it from there at every call; when their imports move to the home, it silently stops. Kinds:

- `patch`: the patched module only passes the name on. The finding says who reads it.
- `import`: `import_module`, `__import__` or `importorskip` of an old address (`moved-from`, `[[moved]]`) that still
  works.
- `broken`: the string names an old address that is gone, or a module that cannot be imported.
- `legacy-intent`: a string of a test that means the old address, as in noncanonical-import.

Read are the strings given to `patch`, `patch.dict`, `patch.multiple` and `patch.object` (of any mock library),
`monkeypatch.setattr` and `delattr`, `mocker.spy`, and the imports above. Not findings: strings about the modules on the
home's own chain; a module with code that mentions the name; text that is no argument of such a call.

The fix is unsafe: only a test run shows whether the test means the reader. Where a module reads the name at every call,
its import and all patches of that address move together. With `strings = "fix"` in the concept, the policy takes the
responsibility for the strings that can move alone; with `"ignore"` there are no findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.callees import IMPORTERS
from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.fix import RebindImport, Remedy, ReplaceString
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.concepts import names_in_use
from ssot_lint.project.namespace import arm
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.moved import moved_names
from ssot_lint.rules.places import chain_text, legacy_intent, passed_on, subject, target_place
from ssot_lint.rules.readers import loaded_with, readers, who_may_read
from ssot_lint.rules.string_verdicts import moved_string_verdicts, string_verdicts
from ssot_lint.rules.strings import follow, patched_addresses, sites_of, string_sites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.model.fix import Applicability, Intent
    from ssot_lint.model.policy import Strings
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.rules.readers import Reader
    from ssot_lint.rules.string_verdicts import StringVerdict
    from ssot_lint.rules.strings import StringSite

_SHOWN = 10
_NAMED = 3


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return the modules that are patched and those who import from them: some of them may mention the name."""
    offered = {target for bound in asked_concepts(project, policy) for target in bound.offered.values()}
    moved = {name for one in policy.moved for name in (one.names or ())}
    moved |= {one.from_.partition(":")[2] for one in policy.moved}
    wanted: dict[str, frozenset[str]] = {}
    addresses = {
        (site.module, site.name)
        for site in _strings(project, policy)
        if site.name and (site.name in moved or any(one.target in offered for one in site.resolution.outcomes))
    }
    for address in sorted(addresses):
        for path, names in who_may_read(project, *address).items():
            wanted[path] = wanted.get(path, frozenset()) | names
    return wanted


def _strings(project: Project, policy: BoundPolicy) -> tuple[StringSite, ...]:
    """Return the strings that may be about what a run is about: all, or those with its names or old addresses."""
    if project.only is None:
        return string_sites(project)
    names: set[str] = set()
    old: list[str] = []
    for bound in asked_concepts(project, policy):
        names |= names_in_use(project, bound.offered.values(), bound.offered)
        old += (address.partition(":")[0] for address in bound.concept.moved_from)
    for moved in policy.moved:
        names.update(moved_names(moved))
        old.append(moved.from_.partition(":")[0])
    strings = ((file, one) for file in project.files for one in file.facts.strings)
    about = (
        (file, one)
        for file, one in strings
        if one.text.startswith(tuple(old))
        or not names.isdisjoint(one.text.split("."))
        or one.callee.rpartition(".")[2] in IMPORTERS
    )
    return project.remember("asked strings", lambda: tuple(sites_of(project, about)))


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every string that departs."""
    sites = _strings(project, policy)
    for bound in asked_concepts(project, policy):
        if bound.concept.strings != "ignore":
            for verdict in string_verdicts(project, bound, sites):
                yield _finding(project, bound.concept.name, bound.concept.strings, verdict)
    for moved in policy.moved:
        if moved.strings != "ignore":
            for verdict in moved_string_verdicts(project, moved, sites):
                yield _finding(project, moved.name, moved.strings, verdict)


class _Following(NamedTuple):
    """Who reads what a patch replaces, and the addresses that a patch of them names."""

    readers: tuple[Reader, ...]
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, project: Project, verdict: StringVerdict) -> _Following:
        """Find the readers in production that the patch's file may load; without any, those in that file itself."""
        if not verdict.follows:
            return cls((), (verdict.home,) if verdict.home else ())
        site = verdict.site
        module = site.module if site.name == verdict.name else verdict.module
        found = readers(project, module, verdict.name)
        loaded = loaded_with(project, site.file)
        chosen = [
            one for one in found if project.zone(one.file.path) == "production" and one.file.module in loaded
        ] or [one for one in found if one.file is site.file]
        addresses = [one.address or verdict.home for one in chosen]
        return cls(tuple(chosen), tuple(dict.fromkeys(one for one in addresses if one)))


def _finding(project: Project, concept: str, strings: Strings, verdict: StringVerdict) -> Finding:
    site = verdict.site
    file, argument = site.file, site.argument
    following = _Following.of(project, verdict)
    intent = _intent(verdict, concept) if project.zone(file.path) == "tests" else ""
    evidence: dict[str, object] = {
        "callee": argument.callee,
        "address": site.dotted,
        "home": verdict.home,
        "resolves_to": str(site.resolution.target),
        "readers": [one.place for one in following.readers[:_SHOWN]],
    }
    message = _message(verdict, following)
    if intent:
        evidence["legacy_intent"] = intent
        message = f"{message} (meant: {intent})"
    places = [Location.of(one.file.path, one.one.at) for one in following.readers[:_NAMED]]
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="legacy-intent" if intent else verdict.kind,
        concept=concept,
        subject=subject(file, argument.block, site.dotted),
        message=message,
        at=Location.of(file.path, argument.at),
        module=file.module,
        related=(
            *(Related(place, f"{verdict.name} is read here") for place in places),
            *target_place(site.resolution.target, "what it gives"),
        ),
        chain=site.resolution.chain,
        evidence=evidence,
        remedy=_remedy(project, verdict, following, strings, intent),
    )


def _intent(verdict: StringVerdict, concept: str) -> str:
    """Say why a test means the old address, "" if nothing shows that it does."""
    file, block = verdict.site.file, verdict.site.argument.block
    if verdict.site.how == "import" and arm(file.facts, block).guarded:
        return "inside a try statement that catches the failing import"
    return legacy_intent(file, block, concept)


def _message(verdict: StringVerdict, following: _Following) -> str:
    site, name = verdict.site, verdict.name
    who = _who(following) if verdict.follows else ""
    if verdict.kind == "broken":
        home = f"; the home has {verdict.home}" if verdict.home else ""
        return f'"{site.dotted}" names nothing: {verdict.why}{home}{who}'
    if not name:
        return f'"{site.dotted}" is an old address of {verdict.home}{verdict.rest}'
    where = who or f"; its home is {verdict.home}"
    return f'"{site.dotted}" names {name} where it is only passed on: {chain_text(site.module, site.resolution)}{where}'


def _who(following: _Following) -> str:
    """Say who reads the name."""
    if not following.readers:
        return "; nothing that this file loads takes it from there"
    modules = list(dict.fromkeys(one.file.module for one in following.readers))
    more = f" and {len(modules) - _NAMED} more" if len(modules) > _NAMED else ""
    at_call = " at every call" if not any(one.address for one in following.readers) else ""
    return f"; it is read{at_call} in {', '.join(modules[:_NAMED])}{more}"


def _remedy(project: Project, verdict: StringVerdict, following: _Following, strings: Strings, intent: str) -> Remedy:
    """Return what to do: a new string where exactly one is right, else advice."""
    site, addresses = verdict.site, following.addresses
    if intent:
        return Remedy("leave it, or say with a suppression why it stays", "display")
    if not addresses:
        return Remedy("name the module that reads it, or remove the string", "display", "nothing is known to read it")
    if len(addresses) > 1:
        more = f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else ""
        title = f"name the module that the test means: {', '.join(addresses[:_NAMED])}{more}"
        return Remedy(title, "display", "more than one module reads it")
    new = f"{addresses[0]}{verdict.rest}"
    title = f'name "{new}"'
    reason = _against(project, verdict, new)
    if reason:
        return Remedy(title, "display", reason)
    again = [one for one in following.readers if not one.address]
    if again and verdict.kind == "patch":
        return _together(project, verdict, again, title, new)
    string = ReplaceString(site.file.path, site.argument.at, site.argument.text, new)
    return Remedy(title, *_consent(strings, verdict, following), (string,))


def _against(project: Project, verdict: StringVerdict, new: str) -> str:
    """Say why a string cannot be rewritten."""
    if not verdict.site.rewritable:
        return "it is not written as one string"
    if verdict.site.how == "import" and not verdict.as_whole:
        return f"what is taken from it may not be in {verdict.home}"
    found = follow(project, verdict.site.file, new)
    return found.target.name if found is not None and found.target.kind == "unresolved" else ""


def _consent(strings: Strings, verdict: StringVerdict, following: _Following) -> tuple[Applicability, str]:
    """Decide whether a string that can move alone may: only the policy's word makes it safe."""
    if strings == "fix":
        return "safe", ""
    if verdict.kind == "broken":
        return "unsafe", "today it fails, and nothing shows which object it means"
    if following.readers:
        return "unsafe", f"the test will reach {following.readers[0].file.module}, which it does not reach now"
    return "unsafe", "only a test run shows whether the test means it"


def _together(project: Project, verdict: StringVerdict, again: Sequence[Reader], title: str, new: str) -> Remedy:
    """Return the remedy that moves what reads the name at every call, and all patches of that address."""
    home, _, name = verdict.home.rpartition(".")
    patches = patched_addresses(project).get((verdict.site.module, verdict.name), ())
    if any(one.through_module for one in again) or not all(one.rewritable for one in patches):
        return Remedy(title, "display", "imports and patches of the old address must move together")
    intents: list[Intent] = [RebindImport(one.file.path, one.one.statement, one.one.at, home, name) for one in again]
    intents += [ReplaceString(one.file.path, one.argument.at, one.argument.text, new) for one in patches]
    reason = f"it moves together with the import in {again[0].place}, which runs at every call"
    return Remedy(title, "unsafe", reason, tuple(intents))


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Patch the concept in a module that passes it on."""
    del project
    if bound.concept.strings == "ignore":
        return "the policy ignores its strings"
    return passed_on(bound, spot, "string")


RULE = Rule(
    code="SSOT203",
    name="noncanonical-string",
    summary="a string that names a concept by another address than its home or its reader",
    kinds={
        **{kind: Levels("warning", "warning") for kind in ("patch", "import", "broken")},
        "legacy-intent": Levels("info", "info"),
    },
    check=check,
    departure=departure,
    suspects=suspects,
    fixable=True,
)
