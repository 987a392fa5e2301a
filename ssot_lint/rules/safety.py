"""Whether an import may be taken from another address unread: every condition of a safe fix, and why one fails.

A fix is safe only if the program is the same afterwards for certain: both addresses give the same object; the new one
can be imported wherever the old one can; no cycle of imports is closed; the local name has one meaning; the same branch
of a `try` runs; and no test patches the old address where the import reads it again at every call.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.project.broken import BrokenModules
from ssot_lint.project.loading import load_graph
from ssot_lint.project.namespace import Arm, arm
from ssot_lint.rules.strings import patched_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssot_lint.model.facts import Import, SourceFile
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target
    from ssot_lint.project.sites import ImportSite
    from ssot_lint.rules.strings import StringSite
    from ssot_lint.rules.verdicts import Verdict


class Proposal(NamedTuple):
    """An import that could come from another address: `name` of `module`, "" for the module object.

    `trusted` says that the policy vouches for both addresses being one object.
    """

    verdict: Verdict
    module: str
    name: str
    trusted: bool = False

    @property
    def rereads(self) -> bool:
        """Whether the old address is read at every call: an import in a function, or a use through the module."""
        facts = self.verdict.file.facts
        return bool(self.verdict.uses) or facts.scope_is_local(self.verdict.one.block)

    @property
    def old_module(self) -> str:
        """The module that the import loads today."""
        target = self.verdict.resolution.target
        return target.module if target.kind == "module" else self.verdict.module

    @property
    def at_load(self) -> bool:
        """Whether the import runs while its module loads."""
        facts, block = self.verdict.file.facts, self.verdict.one.block
        return not facts.scope_is_local(block) and not arm(facts, block).typing_only

    @property
    def finds_it_bound(self) -> bool:
        """Whether the new address has bound the name for certain by the time the old one gives it, be it in a cycle."""
        if not self.name:
            return True
        resolution = self.verdict.resolution
        places = {(resolution.target.module, resolution.target.name)}
        places |= {(hop.module, hop.name) for hop in resolution.chain}
        return not self.verdict.uses and (self.module, self.name) in places


def reasons_against(
    project: Project, proposals: Sequence[Proposal], wanted: Sequence[Proposal]
) -> list[tuple[str, ...]]:
    """Return, for the wanted ones among some proposals, why each is not safe; nothing where it is proven to be."""
    judge = _Judge(project, proposals)
    return [tuple(dict.fromkeys(judge.reasons(one))) for one in wanted]


class Patch(NamedTuple):
    """A patch that would no longer reach what an import reads, and what it would have to name: "" if nothing would do.

    `address` is what it replaces today.
    """

    site: StringSite
    address: str
    instead: str


def patches_of(project: Project, proposal: Proposal) -> tuple[Patch, ...]:
    """Return the patches of the old address, and of what is read on the way, that the import would no longer meet."""
    patched = patched_addresses(project)
    new = f"{proposal.module}.{proposal.name}" if proposal.name else proposal.module
    instead = {address: f"{new}.{address[1]}" for address in _inside(project, proposal, patched)}
    if proposal.rereads:
        instead.update(dict.fromkeys(_holders(proposal), ""))
        instead.update(dict.fromkeys(_read_again(proposal), new))
    return tuple(
        Patch(site, ".".join(address), there) for address, there in instead.items() for site in patched.get(address, ())
    )


def _read_again(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """Yield the addresses of the object that are read at every call."""
    verdict = proposal.verdict
    chain = verdict.resolution.chain
    yield verdict.module, verdict.name
    for hop, after in pairwise(chain):
        if hop.how == "__getattr__":
            yield hop.module, hop.name
            if (after.module, after.name) != (proposal.module, proposal.name):
                yield after.module, after.name


def _holders(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """Yield the attributes through which the module object is reached at every call."""
    verdict = proposal.verdict
    if verdict.uses and (verdict.file.facts.scope_is_local(verdict.one.block) or not _binds_module(verdict.one)):
        holder = verdict.module
        while "." in holder:
            holder, _, name = holder.rpartition(".")
            yield holder, name


def _binds_module(one: Import) -> bool:
    """Whether an import binds the very module that it speaks of, and not its top package."""
    return bool(one.name) or one.explicit or "." not in one.module


def _inside(
    project: Project, proposal: Proposal, patched: Mapping[tuple[str, str], tuple[StringSite, ...]]
) -> Iterator[tuple[str, str]]:
    """Yield what is patched inside a module object that another one would take the place of."""
    old = proposal.verdict.resolution.target
    if old.kind != "module" or proposal.verdict.uses:
        return
    if project.resolver.resolve_from(proposal.verdict.file, proposal.module, proposal.name.strip("*")).target != old:
        yield from (address for address in patched if address[0] == old.module and address[1])


class _Judge:
    """Judges proposals, knowing all of them: together they must not close a cycle."""

    def __init__(self, project: Project, proposals: Sequence[Proposal]) -> None:
        self._project = project
        self._proposals = proposals
        self._graph = load_graph(project)
        loads = [self._loads(one) for one in proposals if one.at_load]
        self._closing = self._graph.closing(loads)
        self._circular = self._graph.circular(loads)

    def reasons(self, proposal: Proposal) -> Iterator[str]:
        """Yield every reason against a proposal."""
        verdict = proposal.verdict
        when = arm(verdict.file.facts, verdict.one.block)
        yield from self._other_object(proposal, when)
        yield from self._other_copy(verdict)
        yield from self._not_there(proposal)
        yield from self._cycle(proposal)
        yield from self._other_meaning(proposal)
        yield from self._lost_name(proposal)
        yield from self._other_branch(proposal, when)
        patches = patches_of(self._project, proposal)
        if patches:
            site, address, _ = patches[0]
            more = f"; so would {len(patches) - 1} more" if len(patches) > 1 else ""
            yield f"{site.file.path}:{site.argument.at.line} patches {address}, and would miss it{more}"

    def _other_object(self, proposal: Proposal, when: Arm) -> Iterator[str]:
        """Both addresses must give one object, whatever branch runs."""
        verdict = proposal.verdict
        if proposal.trusted or (proposal.name == "*" and verdict.verdict == "same"):
            return
        old = verdict.resolution
        new = self._project.resolver.resolve_from(verdict.file, proposal.module, proposal.name, typing=when.typing_only)
        if new.target in (old.target, *(other.target for other in old.others)):
            others = (one.target for one in old.outcomes if one.target != new.target)
            yield from (f"{verdict.address} may also be {other}, which is another object" for other in others)
        elif old.target.kind == "unresolved":
            yield "today the import fails, and nothing shows which object it means"
        else:
            yield f"another object: {old.target} becomes {new.target}"
        for other in new.others:
            yield f"{_address(proposal)} may also be {other.target}"

    def _other_copy(self, verdict: Verdict) -> Iterator[str]:
        """Find a module that is loaded twice, under two names: what it defines, or takes relatively, is there twice."""
        file, one = verdict.file, verdict.one
        spelled = self._project.index.absolute(file, one)
        if spelled is None or one.level:
            return
        located = self._project.index.locate(spelled, file)
        if located.state != "module" or located.name == spelled:
            return
        first = next(iter(verdict.resolution.chain), None)
        holder = self._project.file_of(located.name) if first is not None else None
        binders = holder.facts.imports if holder is not None else ()
        if first is None or not any(other.at.line == first.line and not other.level for other in binders):
            yield f"as {spelled} the module is loaded once more, under another name, with objects of its own"

    def _not_there(self, proposal: Proposal) -> Iterator[str]:
        module = self._new_module(proposal)
        fails_today = proposal.trusted and proposal.verdict.resolution.target.kind == "unresolved"
        broken = (self._left_broken if fails_today else self._project.broken).get(module)
        if broken is not None:
            yield f"{module} cannot be imported: {broken.path}:{broken.line} fails"
        elif self._project.index.locate(module, proposal.verdict.file).state == "missing":
            yield f"there is no module {module}"
        elif proposal.trusted and proposal.name != "*":
            new = self._project.resolver.resolve_from(proposal.verdict.file, proposal.module, proposal.name).target
            if new.kind == "unresolved":
                yield new.name

    @cached_property
    def _left_broken(self) -> BrokenModules:
        """The modules that cannot be imported even when every move that the policy vouches for has been made."""
        vouched = {(one.verdict.file.path, one.verdict.one.at) for one in self._proposals if one.trusted}
        project = self._project

        def left(path: str) -> list[ImportSite]:
            return [site for site in project.imports_in(path) if (path, site.one.at) not in vouched]

        return BrokenModules(project.index, left, project.resolver.plainly)

    def _new_module(self, proposal: Proposal) -> str:
        """Return the module that the import would load: `from a import b` loads `a.b` if that is a module."""
        inner = self._project.index.modules.get(f"{proposal.module}.{proposal.name}")
        return inner.module if inner is not None else proposal.module

    def _loads(self, proposal: Proposal) -> tuple[str, str]:
        return (proposal.verdict.file.module, self._new_module(proposal))

    def _cycle(self, proposal: Proposal) -> Iterator[str]:
        """Find a cycle that the import closes, or one that stands there and in which the name may come too late."""
        loads = self._loads(proposal)
        importer, module = loads
        if not proposal.at_load:
            return
        if loads in self._closing:
            yield f"{module} needs {importer} to load: importing it here closes a cycle"
        elif loads in self._circular and not proposal.finds_it_bound:
            yield f"{module} needs {importer} to load, and may not have {proposal.name} yet when it is taken here"

    def _other_meaning(self, proposal: Proposal) -> Iterator[str]:
        """Find the local name bound to something else in the same scope, fallbacks aside."""
        file, one = proposal.verdict.file, proposal.verdict.one
        if one.name == "*" or (not one.name and not one.explicit):
            return
        scope = file.facts.scope(one.block)
        same = {proposal.verdict.resolution.target}
        if proposal.trusted:
            same.add(self._project.resolver.resolve_from(file, proposal.module, proposal.name).target)
        for other in file.facts.imports:
            if other is one or other.bound_as != one.bound_as or file.facts.scope(other.block) != scope:
                continue
            fallback = arm(file.facts, other.block).handler or arm(file.facts, one.block).handler
            if not fallback and self._target(file, other) not in same:
                yield f"{one.bound_as} has a second meaning in line {other.at.line}"
        for definition in file.facts.definitions:
            rebinds = definition.name == one.bound_as and file.facts.scope(definition.block) == scope
            if rebinds and not arm(file.facts, definition.block).handler:
                yield f"{one.bound_as} has a second meaning in line {definition.at.line}"

    def _target(self, file: SourceFile, one: Import) -> Target | None:
        absolute = self._project.index.absolute(file, one)
        if absolute is None:
            return None
        return self._project.resolver.resolve_from(file, absolute, one.name).target

    def _lost_name(self, proposal: Proposal) -> Iterator[str]:
        """`import a.b` binds `a`: another root must not take away what other modules take from here."""
        verdict = proposal.verdict
        one, file = verdict.one, verdict.file
        if one.name or one.explicit or file.facts.scope_is_local(one.block):
            return
        root = one.bound_as
        if proposal.module.partition(".")[0] == root:
            return
        takers = [one for one in self._project.census.imports(names=(root,)) if one.module == file.module]
        listed = file.facts.exports is not None and root in file.facts.exports.names
        if takers or listed:
            who = f"{takers[0].file.path}:{takers[0].one.at.line} takes it" if takers else "`__all__` lists it"
            yield f"{file.module} would no longer bind {root}, and {who} from there"

    def _other_branch(self, proposal: Proposal, when: Arm) -> Iterator[str]:
        """Inside try and except ImportError the same branch must run before and after."""
        verdict = proposal.verdict
        if when.handler:
            yield "it is what a failing import falls back to"
        if not when.guarded:
            return
        if not proposal.trusted:
            yield from self._other_needs(proposal)
        if any(self._takes_from(proposal, other) for other in _handlers_of(verdict.file, verdict.one)):
            yield f"its except clause imports from {proposal.module}, too: it would be no other way any more"

    def _other_needs(self, proposal: Proposal) -> Iterator[str]:
        """Find out whether one of two modules can fail to load where the other does not.

        Of a move that the policy vouches for, the old module counts as what it was: it gave what the new one gives.
        """
        if proposal.verdict.resolution.target.kind == "unresolved" or proposal.old_module in self._project.broken:
            yield "in a try: the import fails today, and would not afterwards"
        old_module, new_module = proposal.old_module, self._new_module(proposal)
        old, new = self._graph.needs(old_module), self._graph.needs(new_module)
        for module, more in ((old_module, old - new), (new_module, new - old)):
            if more:
                libraries = ", ".join(sorted(more)[:3])
                yield f"in a try: {module} also needs {libraries}, so another branch may run afterwards"

    def _takes_from(self, proposal: Proposal, other: Import) -> bool:
        absolute = self._project.index.absolute(proposal.verdict.file, other)
        if absolute is None:
            return False
        return self._project.index.locate(absolute, proposal.verdict.file).name == proposal.module


def _handlers_of(file: SourceFile, one: Import) -> Iterator[Import]:
    """Yield the imports in the except clauses of the try statements around an import."""
    tries = {(block.parent, block.line) for block in file.facts.enclosing(one.block) if block.kind == "try"}
    for other in file.facts.imports:
        for block in file.facts.enclosing(other.block):
            if block.kind == "except" and (block.parent, block.line) in tries:
                yield other
                break


def _address(proposal: Proposal) -> str:
    return f"{proposal.module}:{proposal.name}" if proposal.name else proposal.module
