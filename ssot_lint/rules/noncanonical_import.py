"""An import that takes a declared concept from another address than its home.

One object that is imported through many paths is found by nobody: a search for one path misses the others, a patch of
one path does not reach them, and a "fix" that rewrites paths by text joins objects that only share a name. This rule
resolves every import to the object that it gives, and reports those of a concept that do not come from its home, with
the chain of hops. The kind of the finding is the verdict:

- `same`: the same object under the same name as at the home.
- `same-as`: the same object, which the home offers under another name.
- `different`: another object than the home's of that name; rewriting the path would change what the program does.
- `no-counterpart`: a name of the concept for which the home has nothing.
- `broken`: the module or the name does not exist, or its module cannot be imported.
- `missing-at-home`: imported from the home, which lacks it.
- `legacy-intent`: an import of a test that means the old address: inside `pytest.raises`, a try statement that is the
  test's own check, or a test about deprecation, legacy paths, compatibility or shims, by its own name or the local one.

Every form counts: `from a.b import C`, with `as`, relative, `import a.b` and `import a.b as m` with `m.C` used, star
imports, imports inside functions, under `TYPE_CHECKING` and in try statements. The modules on the home's own chain,
from the definition to the home, are exempt. Addresses listed under `moved-from`, and those of `[[moved]]` entries, are
judged for every name that claims to be the concept.

The fix rewrites the import in place: local name, scope, comments and form stay. It is safe only if it is proven that
nothing else changes. Both addresses give one object, whatever branch runs; the new one can be imported; no cycle of
imports is closed; the local name has one meaning; inside a `try` the same branch runs, since both modules need the same
libraries; and no test patches the old address where the import reads it at every call (in a function, or as `m.Cart`).
Otherwise `--unsafe-fixes` makes it, and the reason is printed.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.policy import Moved
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.moved import moved_names, moved_verdicts
from ssot_lint.rules.places import advice, chain_text, legacy_intent, passed_on, subject, target_place
from ssot_lint.rules.rebinding import Wish, rebinding_remedies
from ssot_lint.rules.safety import Proposal
from ssot_lint.rules.verdicts import VERDICTS, Verdict, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssot_lint.model.fix import Remedy
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.rules.moved import MovedVerdict


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every import whose verdict is not `canonical`."""
    if not any(_is_asked_for(project, verdict) for verdict in _departing(project, policy)):
        return
    # All of them, whatever is asked for: together they must not close a cycle.
    found = [*_of_concepts(project, policy), *_of_moved(project, policy)]
    proposals = [one.proposal for one in found if one.proposal is not None]
    asked = [(one, _intent(project, one)) for one in found if _is_asked_for(project, one.verdict)]
    wishes = [
        Wish(one.proposal, _advice(one.verdict, one.home), _doubt(one.verdict, intent))
        for one, intent in asked
        if one.proposal is not None
    ]
    fixes = iter(rebinding_remedies(project, proposals, wishes))
    for one, intent in asked:
        remedy = advice(_advice(one.verdict, one.home)) if one.proposal is None else next(fixes)
        yield _finding(one, intent, remedy)


def _departing(project: Project, policy: BoundPolicy) -> Iterator[Verdict]:
    for bound in asked_concepts(project, policy):
        yield from (one for one in verdicts(project, bound) if one.verdict != "canonical")
    for moved in policy.moved:
        yield from (one.verdict for one in moved_verdicts(project, moved))


def _is_asked_for(project: Project, verdict: Verdict) -> bool:
    """Tell whether a finding is asked for, be it only since it takes the place of an unresolved import."""
    hops = (hop.path for hop in verdict.resolution.chain[-1:])
    return project.asks_for(verdict.file.path, verdict.resolution.target.path, *hops)


class _Found(NamedTuple):
    """An import that departs, for a concept: its home, what could be done, and what makes the message.

    Without a `proposal` there is nothing that could take its place.
    """

    concept: str
    verdict: Verdict
    home: str
    proposal: Proposal | None
    message: Callable[[], str]


def _doubt(verdict: Verdict, intent: str) -> str:
    """Say what makes a fix unsafe, "" if nothing does by itself."""
    if intent:
        return f"the test seems to mean the old address: {intent}"
    if verdict.one.name == "*" and verdict.starred:
        return "a star import is made explicit"
    if verdict.verdict == "different":
        return f"another object: {verdict.resolution.target} becomes {verdict.at_home}"
    if verdict.verdict == "broken":
        return "today the import fails, and nothing shows which object it means"
    return ""


def _of_concepts(project: Project, policy: BoundPolicy) -> Iterator[_Found]:
    for bound in policy.concepts:
        for verdict in verdicts(project, bound):
            if verdict.verdict == "canonical":
                continue
            home = f"{bound.home_module}:{verdict.instead}" if verdict.instead else bound.concept.home
            proposal = Proposal(verdict, bound.home_module, verdict.instead) if verdict.instead else None
            yield _Found(bound.concept.name, verdict, home, proposal, functools.partial(_message, bound, verdict))


def _of_moved(project: Project, policy: BoundPolicy) -> Iterator[_Found]:
    for moved in policy.moved:
        for found in moved_verdicts(project, moved):
            verdict = found.verdict
            there = moved.trust or verdict.at_home is not None
            proposal = Proposal(verdict, found.module, found.name, moved.trust) if there else None
            yield _Found(moved.name, verdict, found.address, proposal, functools.partial(_moved_message, found))


def _intent(project: Project, found: _Found) -> str:
    """Say why a test may mean the old address, "" if nothing shows that it does."""
    file, one = found.verdict.file, found.verdict.one
    if project.zone(file.path) != "tests":
        return ""
    return legacy_intent(file, one.block, found.concept, one.bound_as if one.explicit else "")


def _finding(found: _Found, intent: str, remedy: Remedy) -> Finding:
    verdict, message = found.verdict, found.message()
    file, one = verdict.file, verdict.one
    evidence: dict[str, object] = {
        "verdict": verdict.verdict,
        "address": verdict.address,
        "home": found.home,
        "resolves_to": str(verdict.resolution.target),
    }
    if intent:
        evidence["legacy_intent"] = intent
        message = f"{message} (meant: {intent})"
    if verdict.resolution.others:
        evidence["or"] = [str(outcome.target) for outcome in verdict.resolution.others]
    if verdict.broken is not None:
        evidence["broken_by"] = f"{verdict.broken.path}:{verdict.broken.line}"
    uses = tuple(Related(Location.of(file.path, site.use.at), f"used as {site.use.dotted}") for site in verdict.uses)
    return Finding(
        code=RULE.code,
        name=RULE.name,
        concept=found.concept,
        module=file.module,
        message=message,
        kind="legacy-intent" if intent else verdict.verdict,
        subject=subject(file, one.block, verdict.address),
        at=Location.of(file.path, one.at),
        statement=one.statement.line,
        related=(*uses, *target_place(verdict.resolution.target, "what it gives")),
        chain=verdict.resolution.chain,
        evidence=evidence,
        remedy=remedy,
    )


def _advice(verdict: Verdict, home: str) -> str:
    """Say what to do about an import, given the address to take instead."""
    module, _, name = home.partition(":")
    if verdict.verdict == "different":
        return f"decide which object is meant; take {name} from {module} only if it is that one"
    if not verdict.instead and verdict.verdict != "same":
        return f"find what replaces {verdict.name}, or remove the import: {module} has nothing under that name"
    local = verdict.one.bound_as if verdict.one.name not in ("", "*") else name
    if verdict.uses and name:
        return f"take {', '.join(dict.fromkeys(site.use.dotted for site in verdict.uses))} from {module} as {name}"
    if not name:
        return f"import {module}" if verdict.one.name != "*" else f"from {module} import *"
    return f"from {module} import {name}" + (f" as {local}" if local != name else "")


def _message(bound: BoundConcept, verdict: Verdict) -> str:
    name, home, concept = verdict.name, bound.home_module, bound.concept.name
    chain = chain_text(verdict.module, verdict.resolution)
    if verdict.verdict == "same":
        why = f"the same object: {chain}"
        if verdict.resolution.target not in bound.offered.values():
            why = f"the same object, {verdict.resolution.target}, which is not {concept}"
        return f"{name} comes from {verdict.module}; its home is {home} ({why})"
    if verdict.verdict == "same-as":
        return f"{name} from {verdict.module} is {verdict.instead} of {home} (the same object: {chain})"
    if verdict.verdict == "different":
        return (
            f"{name} from {verdict.module} is another object than {name} of {home}: "
            f"{verdict.resolution.target}, not {verdict.at_home}; rewriting the path would change the program"
        )
    if verdict.verdict == "no-counterpart":
        return f"{name} from {verdict.module} is {verdict.resolution.target}; the home {home} has no {name}"
    return _broken_message(bound, verdict)


def _broken_message(bound: BoundConcept, verdict: Verdict) -> str:
    if verdict.verdict == "missing-at-home":
        return f"the home {bound.home_module} has no {verdict.name}; it offers {', '.join(bound.offered)}"
    why = f"{verdict.name} cannot be imported from {verdict.module}: {_why_broken(verdict)}"
    return f"{why}; {_offer(bound, verdict)}"


def _offer(bound: BoundConcept, verdict: Verdict) -> str:
    """Say what the home has for a broken import."""
    if not verdict.instead:
        return f"the home {bound.home_module} has no {verdict.name}"
    if verdict.at_home is None or bound.name_at_home(verdict.at_home):
        return f"the home {bound.home_module} offers {verdict.instead}"
    return f"{verdict.instead} of the home {bound.home_module} is {verdict.at_home}, not {bound.concept.name}"


def _moved_message(found: MovedVerdict) -> str:
    verdict = found.verdict
    old = f"{verdict.name} from {verdict.module}" if verdict.name not in ("", "*") else verdict.module
    if verdict.verdict in ("same", "same-as"):
        return f"{old} moved to {found.address}"
    if verdict.verdict == "broken":
        return f"{old} moved to {found.address} and cannot be imported any more: {_why_broken(verdict)}"
    if verdict.verdict == "no-counterpart":
        return f"{old} is declared to have moved to {found.address}, which does not exist"
    return (
        f"{old} is declared to have moved to {found.address}, but is another object: "
        f"{verdict.resolution.target}, not {verdict.at_home or 'known to be that one'}"
    )


def _why_broken(verdict: Verdict) -> str:
    if verdict.broken is None:
        return verdict.resolution.target.name
    via = f" (through {verdict.broken.via})" if verdict.broken.via else ""
    return f"{verdict.broken.path}:{verdict.broken.line} fails{via}, since {verdict.broken.why}"


def departure(project: Project, entry: BoundConcept | Moved, spot: Spot) -> Departure:
    """Import a concept from a module that passes it on, or a moved name from its old address."""
    del project
    if not isinstance(entry, Moved):
        return passed_on(entry, spot, "import")
    module = entry.from_.partition(":")[0]
    names = moved_names(entry)
    return {spot.path(): f"from {module} import {names[0]}\n" if names else f"import {module}\n"}


RULE = Rule(
    code="SSOT201",
    name="noncanonical-import",
    summary="an import of a concept through another address than its home",
    kinds={
        **{verdict: Levels("error", "error") for verdict in VERDICTS if verdict != "canonical"},
        "legacy-intent": Levels("info", "info"),
    },
    check=check,
    departure=departure,
    about=("concept", "moved"),
    fixable=True,
)
