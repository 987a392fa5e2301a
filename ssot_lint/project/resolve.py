"""The resolver: from an address to the object that it gives, with the chain of hops. Iterative and bounded."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.model.facts import Definition, Import
from ssot_lint.model.finding import Hop
from ssot_lint.project.namespace import Event, Namespace, alternatives, arm
from ssot_lint.project.resolution import Outcome, Resolution, Target, ordered
from ssot_lint.project.stars import StarReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lint.model.facts import Lazy, SourceFile
    from ssot_lint.project.modules import Located, ModuleIndex

_MAX_HOPS: Final = 2_000
_THERE: Final = ("module", "namespace")
_MODULE_ATTRIBUTES: Final = frozenset(
    ("__name__", "__doc__", "__file__", "__path__", "__dict__", "__spec__", "__loader__", "__package__", "__builtins__")
)


_Key = tuple[str, str, bool]
"""A full module name, a name, and whether what stands under `if TYPE_CHECKING` counts."""


class Step(NamedTuple):
    """Where one path of the search stands: `name` of `module` (a full name; "" is the module itself), then `rest`."""

    module: str
    name: str
    rest: tuple[str, ...] = ()
    before: tuple[int, int] | None = None
    chain: tuple[Hop, ...] = ()
    fallback: bool = False

    @property
    def asked(self) -> str:
        """The dotted name that is asked of the module."""
        return ".".join((*([self.name] if self.name else []), *self.rest))

    def ends(self, target: Target) -> Outcome:
        """Return the outcome of a path that ends here."""
        return Outcome(target, self.chain, self.fallback)


class Resolver:
    """Resolves names against the modules of a project; remembers every answer.

    A guarded import of a broken module takes its fallback; `is_broken` tells which modules are broken. To find that
    out, names are resolved `plainly`, as if no module were broken. Answers that no guarded import had a part in are the
    same both ways.
    """

    def __init__(self, index: ModuleIndex, is_broken: Callable[[str], bool] = lambda _module: False) -> None:
        self._index = index
        self._namespaces: dict[str, Namespace] = {}
        self._answers: dict[_Key, Resolution] = {}
        self._unsure: tuple[dict[_Key, Resolution], dict[_Key, Resolution]] = ({}, {})
        self._is_broken = is_broken
        self._plain = False
        self._tried = False
        self._stars = StarReader(index, self.namespace)
        self._replaced = self._find_replacements()
        self._set_outside: dict[str, set[str]] | None = None

    def namespace(self, file: SourceFile) -> Namespace:
        """Return the module-level names of a file."""
        found = self._namespaces.get(file.module)
        if found is None:
            found = self._namespaces[file.module] = Namespace.of(file)
        return found

    def star_names(self, module: str) -> frozenset[str]:
        """Return the names that `from module import *` binds, as far as they are known."""
        return self._stars.names(module)

    def resolve(self, module: str, name: str = "", *, typing: bool = False) -> Resolution:
        """Resolve a (dotted) name of a module by its full name; "" is the module object.

        With `typing`, what stands under `if TYPE_CHECKING` counts too.
        """
        key = (module, name, typing)
        answer = self._answers.get(key) or self._unsure[self._plain].get(key)
        if answer is None:
            answer = self._defined(module, name)
            if answer is None:
                return self._searched(key)
            self._answers[key] = answer
        return answer

    def plainly(self, located: Located, name: str, *, typing: bool = False) -> Resolution:
        """Resolve a name of the module at a place as if no module were broken."""
        before, self._plain = self._plain, True
        try:
            return self.resolve_located(located, name, typing=typing)
        finally:
            self._plain = before

    def _defined(self, module: str, name: str) -> Resolution | None:
        """Answer at once for the module itself, and for a name that is defined there once and unconditionally."""
        file = self._index.modules.get(module)
        if file is None or file.module in self._replaced or "." in name:
            return None
        if not name:
            return Resolution((Outcome(Target("module", file.module, "", file.path, 1), ()),))
        names = self.namespace(file)
        statements = names.statements.get(name, ())
        if names.stars or len(statements) != 1:
            return None
        one = statements[0]
        if not isinstance(one, Definition) or one.block:
            return None
        return Resolution((Outcome(Target("definition", file.module, one.qualname, file.path, one.at.line), ()),))

    def _searched(self, key: _Key) -> Resolution:
        """Follow a name, and note whether the answer depends on which modules are broken."""
        module, name, typing = key
        first, *rest = name.split(".")
        before, self._tried = self._tried, False
        answer = self._run(Step(module, first, tuple(rest)), typing=typing)
        (self._unsure[self._plain] if self._tried else self._answers)[key] = answer
        self._tried = self._tried or before
        return answer

    def resolve_from(self, file: SourceFile, absolute: str, name: str, *, typing: bool = False) -> Resolution:
        """Resolve a (dotted) name of the module that `file` reaches as `absolute`."""
        return self.resolve_located(self._index.locate(absolute, file), name, typing=typing)

    def resolve_located(self, located: Located, name: str, *, typing: bool = False) -> Resolution:
        """Resolve a (dotted) name of the module at a place."""
        if located.state in _THERE:
            return self.resolve(located.name, name, typing=typing)
        first, *rest = name.split(".")
        entered = self._enter(located, Step(located.name, first, tuple(rest)))
        return Resolution((entered,)) if isinstance(entered, Outcome) else self._run(entered, typing=typing)

    def _find_replacements(self) -> dict[str, tuple[str, str, Hop]]:
        """Find the modules that module-level code puts into `sys.modules`.

        What a file puts under another module's name counts only where it is known: tests put doubles there.
        """
        replaced = {}
        for file in sorted(self._index.modules.values(), key=lambda one: one.path):
            for one in file.facts.replacements:
                own = one.key.startswith(".")
                if file.facts.scope(one.block) or not (own or one.target):
                    continue
                key = file.module + one.key.rstrip(".") if own else one.key
                hop = Hop(file.module, key, file.path, one.at.line, "sys.modules")
                replaced[key] = (file.module, one.target, hop)
        return replaced

    def _names_set_outside(self) -> dict[str, set[str]]:
        """Find the names that modules set on other modules (`module.NAME = ...`), by the module they are set on."""
        if self._set_outside is None:
            found: dict[str, set[str]] = {}
            self._set_outside = found
            for file in self._index.modules.values():
                for one in file.facts.bindings:
                    holder, _, name = one.name.rpartition(".")
                    if holder and not file.facts.scope(one.block):
                        target = self.resolve(file.module, holder).target
                        if target.kind == "module":
                            found.setdefault(target.module, set()).add(name)
        return self._set_outside

    def _run(self, start: Step, *, typing: bool) -> Resolution:
        """Follow every branch from `start`; a place that was reached already adds nothing new."""
        outcomes: list[Outcome] = []
        seen: set[tuple[object, ...]] = set()
        circled = False
        pending: list[Step | Outcome] = [start]
        while pending:
            step = pending.pop()
            if isinstance(step, Outcome):
                outcomes.append(step)
                continue
            key = (step.module, step.name, step.rest, step.before, step.fallback)
            if key in seen:
                before = _before_the_circle(step)
                circled = circled or bool(before)
                pending += before
                continue
            seen.add(key)
            if len(seen) > _MAX_HOPS:
                outcomes.append(step.ends(Target("dynamic", step.module, "too many hops")))
                break
            pending += self._expand(step, typing=typing)
        if not outcomes or (circled and all(one.target.kind == "unresolved" for one in outcomes)):
            outcomes.clear()
            why = f"{start.module} imports {start.name} in a circle that never defines it"
            outcomes.append(start.ends(Target("unresolved", start.module, why)))
        return Resolution(ordered(outcomes))

    def _expand(self, step: Step, *, typing: bool) -> list[Step | Outcome]:
        """Go one step: into a module, to the statements that bind a name in it."""
        located = self._index.locate(step.module)
        replaced = self._replaced.get(located.name)
        if replaced is not None and not any(hop.how == "sys.modules" for hop in step.chain):
            module, target, hop = replaced
            if not target:
                return [step.ends(Target("dynamic", step.module, step.asked))]
            first, *more = target.split(".")
            rest = (*more, *([step.name] if step.name else []), *step.rest)
            return [Step(module, first, rest, None, (*step.chain, hop), step.fallback)]
        if located.state not in _THERE:
            entered = self._enter(located, step)
            return [entered] if isinstance(entered, Outcome) else []
        file = self._index.modules.get(located.name)
        if not step.name:
            if not step.rest:
                path, line = (file.path, 1) if file else ("", 0)
                return [step.ends(Target("module", located.name, "", path, line))]
            step = step._replace(name=step.rest[0], rest=step.rest[1:])
        if file is None:
            return [self._submodule(step, located.name) or step.ends(self._absent(step, located.name))]
        return self._member(step._replace(module=file.module), file, typing=typing)

    def _enter(self, located: Located, step: Step) -> Step | Outcome:
        """Turn the place of a module into the step that goes on in it, or into an outcome where there is none."""
        if located.state in _THERE or located.name in self._replaced:
            return step._replace(module=located.name, before=None)
        if located.state == "external":
            return step.ends(Target("external", "", ".".join(part for part in (located.name, step.asked) if part)))
        if located.state == "unseen" or self._package_writes(located.name):
            return step.ends(Target("dynamic", located.name, step.asked))
        return step.ends(Target("unresolved", located.name, f"there is no module {located.name}"))

    def _package_writes(self, missing: str) -> bool:
        """Tell whether the nearest existing package above a missing module writes its own namespace."""
        owner = missing
        while owner and owner not in self._index.modules:
            owner = owner.rpartition(".")[0]
        return bool(owner) and self._index.modules[owner].facts.writes_namespace

    def _member(self, step: Step, file: SourceFile, *, typing: bool) -> list[Step | Outcome]:
        """Take one name of a module that has a file."""
        names = self.namespace(file)
        events = names.events(step.name)
        stars = [event for event in names.stars if self._stars.gives(file, event, step.name)]
        if events:  # whoever comes first in a circle of stars, its names are those that were bound otherwise
            stars = [event for event in stars if not self._stars.in_a_circle(file, event)]
        if stars:
            events = sorted([*events, *stars], key=lambda event: event.position)
        found = alternatives(file.facts, events, step.before, typing=typing)
        if not found:
            return [self._unbound(step, file)]
        return [self._follow(step._replace(fallback=step.fallback or one.fallback), file, one.event) for one in found]

    def _follow(self, step: Step, file: SourceFile, event: Event) -> Step | Outcome:
        """Follow the statement that binds the name of `step`."""
        one = event.statement
        if isinstance(one, Definition):
            return step.ends(_definition(step, file, one))
        if isinstance(one, Import):
            return self._import(step, file, event, one)
        if one.kind == "alias":
            hop = Hop(file.module, step.name, file.path, one.at.line, f"= {one.target}")
            first, *more = one.target.split(".")
            return Step(file.module, first, (*more, *step.rest), event.position, (*step.chain, hop), step.fallback)
        return step.ends(Target("value", file.module, step.asked, file.path, one.at.line))

    def _import(self, step: Step, file: SourceFile, event: Event, one: Import) -> Step | Outcome:
        how = "star import" if one.name == "*" else "import"
        chain = (*step.chain, Hop(file.module, step.name, file.path, one.at.line, how))
        name = step.name if one.name == "*" else one.name
        step = Step(file.module, name, step.rest, None, chain, step.fallback)
        absolute = self._index.absolute(file, one)
        if absolute is None:
            why = "the relative import goes beyond the top-level package"
            return step.ends(Target("unresolved", file.module, why))
        if not one.name and not one.explicit:
            absolute = absolute.partition(".")[0]
        located = self._index.locate(absolute, file)
        attempt = arm(file.facts, one.block).attempt
        self._tried = self._tried or attempt
        if attempt and not self._plain and self._is_broken(located.name):
            why = f"the module {located.name} cannot be imported"
            return step.ends(Target("unresolved", located.name, why))
        entered = self._enter(located, step)
        if isinstance(entered, Step) and entered.module == file.module:
            # A package that imports from itself: what stood there before, else its submodule.
            return entered._replace(before=event.position)
        return entered

    def _unbound(self, step: Step, file: SourceFile) -> Step | Outcome:
        """Answer for a name that no statement of the module binds."""
        if step.before is not None and (hasattr(builtins, step.name) or step.name in _MODULE_ATTRIBUTES):
            return step.ends(Target("external", "", f"builtins.{step.asked}"))
        submodule = self._submodule(step, file.module)
        if submodule is not None:
            return submodule
        lazy = next((one for one in file.facts.lazy if one.name == step.name), None)
        if lazy is not None:
            return self._lazy(step, file, lazy)
        if step.name in _MODULE_ATTRIBUTES or (step.name == "__all__" and file.facts.exports is not None):
            return step.ends(Target("value", file.module, step.asked, file.path, 1))
        facts = file.facts
        if (
            facts.opaque_getattr
            or step.name in self._names_set_outside().get(file.module, ())
            or facts.writes_namespace
            or self._stars.open_ended(file)
        ):
            return step.ends(Target("dynamic", file.module, step.asked, file.path))
        return step.ends(self._absent(step, file.module))

    def _lazy(self, step: Step, file: SourceFile, lazy: Lazy) -> Step | Outcome:
        hop = Hop(file.module, step.name, file.path, lazy.at.line, "__getattr__")
        first, *more = lazy.attribute.split(".")
        step = Step(file.module, first, (*more, *step.rest), None, (*step.chain, hop), step.fallback)
        if not lazy.module and not lazy.level:
            return step
        absolute = self._index.relative(file, lazy.module, lazy.level) if lazy.level else lazy.module
        return self._enter(self._index.locate(absolute or "", file), step)

    def _submodule(self, step: Step, package: str) -> Step | None:
        name = f"{package}.{step.name}"
        if not (name in self._replaced or self._exists(name)):
            return None
        return Step(name, "", step.rest, None, step.chain, step.fallback)

    def _exists(self, name: str) -> bool:
        return self._index.locate(name).state in ("module", "namespace", "unseen")

    def _absent(self, step: Step, module: str) -> Target:
        file = self._index.modules.get(module)
        events = self.namespace(file).events(step.name) if file is not None else []
        typing_only = file is not None and any(arm(file.facts, event.block).typing_only for event in events)
        why = f"{module} binds {step.name} only for type checkers" if typing_only else f"{module} has no {step.name}"
        return Target("unresolved", module, why)


def _before_the_circle(step: Step) -> list[Step]:
    """Return where a circle that came back to a name goes on: at what the module bound to it before the circle."""
    if step.before is not None:
        return []
    left = (hop.line for hop in step.chain if (hop.module, hop.name) == (step.module, step.name))
    return [step._replace(before=(line, 0)) for line in left]


def _definition(step: Step, file: SourceFile, one: Definition) -> Target:
    """Return the target for a definition, or for what `rest` names inside it."""
    qualname = ".".join((one.qualname, *step.rest))
    if not step.rest:
        return Target("definition", file.module, qualname, file.path, one.at.line)
    inner = [other for other in file.facts.definitions if other.qualname == qualname]
    if inner:
        return Target("definition", file.module, qualname, file.path, inner[-1].at.line)
    return Target("value", file.module, qualname, file.path, one.at.line)
