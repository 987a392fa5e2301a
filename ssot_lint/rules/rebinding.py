"""The remedies of imports that should come from another address: what is to be done, and whether it is safe."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.fix import ExpandStar, Intent, RebindImport, RedirectUses, Remedy, ReplaceString
from ssot_lint.rules.safety import patches_of, reasons_against

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.project.model import Project
    from ssot_lint.rules.safety import Proposal


class Wish(NamedTuple):
    """A proposal whose remedy is wanted; `title` says what to do, and a doubt that is not "" makes a fix unsafe."""

    proposal: Proposal
    title: str
    doubt: str


def rebinding_remedies(project: Project, proposals: Sequence[Proposal], wishes: Sequence[Wish]) -> list[Remedy]:
    """Return the remedies of the wishes, which are among the proposals.

    Where a test patches the old address, and the import reads it at every call, the imports of that address and the
    patches move together, or not at all.
    """
    reasons = reasons_against(project, proposals, [one.proposal for one in wishes])
    together = _by_address(proposals)
    remedies = []
    for (proposal, title, doubt), against in zip(wishes, reasons, strict=True):
        verdict = proposal.verdict
        why = "; ".join(dict.fromkeys([*([doubt] if doubt else []), *against]))
        intents: tuple[Intent, ...] | None = intents_of(project, proposal)
        patches = patches_of(project, proposal)
        if patches and intents:
            intents = None
            if all(patch.site.rewritable and patch.instead for patch in patches):
                moving = [one for other in together[verdict.address] for one in intents_of(project, other)]
                strings = [
                    ReplaceString(site.file.path, site.argument.at, site.argument.text, new) for site, _, new in patches
                ]
                intents = tuple(dict.fromkeys([*moving, *strings]))
        if not intents:
            remedies.append(Remedy(title, "display", why))
        else:
            remedies.append(Remedy(title, "unsafe" if why else "safe", why, intents))
    return remedies


def _by_address(proposals: Sequence[Proposal]) -> dict[str, list[Proposal]]:
    """Return the proposals that read their address, or a module object's attributes, at every call, by that address."""
    found: dict[str, list[Proposal]] = defaultdict(list)
    for one in proposals:
        if one.rereads or one.verdict.resolution.target.kind == "module":
            found[one.verdict.address].append(one)
    return found


def intents_of(project: Project, proposal: Proposal) -> tuple[Intent, ...]:
    """Return what carries a proposal out, for this import alone; nothing where it cannot be done."""
    verdict = proposal.verdict
    path, one = verdict.file.path, verdict.one
    if one.name == "*" != proposal.name:
        return _expansion(project, proposal)
    if not verdict.uses:
        return (RebindImport(path, one.statement, one.at, proposal.module, proposal.name),)
    return tuple(
        RedirectUses(
            path,
            one.statement,
            one.at,
            proposal.module,
            proposal.name,
            dotted,
            tuple(use.use.at for use in verdict.uses if use.use.dotted == dotted),
        )
        for dotted in dict.fromkeys(use.use.dotted for use in verdict.uses)
    )


def _expansion(project: Project, proposal: Proposal) -> tuple[Intent, ...]:
    """Return how a star is made explicit; nothing where another star takes its names on."""
    verdict = proposal.verdict
    file, one = verdict.file, verdict.one
    takers = {site.one.name for site in project.census.imports(modules=(file.module,))}
    if "*" in takers:
        return ()
    if file.facts.scope(one.block):
        return ()
    offered = project.resolver.star_names(verdict.module)
    taken = takers & offered
    if file.facts.exports is not None:
        taken |= set(file.facts.exports.names) & offered
    moved = tuple((name, proposal.module, instead) for name, instead in verdict.starred)
    names = (tuple(sorted(offered)), tuple(sorted(taken)))
    return (ExpandStar(file.path, one.statement, one.at, verdict.module, *names, moved),)
