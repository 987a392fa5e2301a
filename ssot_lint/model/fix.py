"""What a fix does, as intents: decided by rules and the project without bytes, carried out by `fixing`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ssot_lint.model.location import Span

Applicability = Literal["safe", "unsafe", "display"]


class RebindImport(Struct, frozen=True, tag="rebind-import"):
    """One alias of an import statement is taken from another address; its local name stays.

    `at` is the alias and `statement` the statement around it. `module` is the new module's full name and `name` what is
    taken from it: "" for the module object itself.
    """

    path: str
    statement: Span
    at: Span
    module: str
    name: str


class RedirectUses(Struct, frozen=True, tag="redirect-uses"):
    """Uses of what the alias at `at` imports are taken from `module` instead, where `name` stands for them.

    `uses` are the places and `dotted` is how they are spelled: `m.Cart` through a module object, or a plain name.
    """

    path: str
    statement: Span
    at: Span
    module: str
    name: str
    dotted: str
    uses: tuple[Span, ...]


class ExpandStar(Struct, frozen=True, tag="expand-star"):
    """`from old import *` becomes explicit imports of those names that the file needs.

    `module` is the full name of the old module, `offered` the names that the star may bind, `needed` those that others
    take from the file, and `moved` those that come from elsewhere now: (name, module, name there).
    """

    path: str
    statement: Span
    at: Span
    module: str
    offered: tuple[str, ...]
    needed: tuple[str, ...]
    moved: tuple[tuple[str, str, str], ...]


class ReplaceString(Struct, frozen=True, tag="replace-string"):
    """The string constant at `at`, whose value is `old`, gets the value `new`; quotes and prefix stay."""

    path: str
    at: Span
    old: str
    new: str


class NameConstant(Struct, frozen=True, tag="name-constant"):
    """The string constant at `at`, whose value is `old`, becomes the dotted name `new`.

    Its root is imported already, or else `name` of `module` is imported below the import `statement`.
    """

    path: str
    at: Span
    old: str
    new: str
    module: str
    name: str
    statement: Span | None = None


class DropSuppression(Struct, frozen=True, tag="drop-suppression"):
    """Of the suppression comment at `at`, which names `rules`, those in `unused` go; all of it if no rule is left."""

    path: str
    at: Span
    rules: tuple[str, ...]
    unused: tuple[str, ...]


class DropFallback(Struct, frozen=True, tag="drop-fallback"):
    """The try statement at `line` gives way to the imports in it; what its handler binds instead goes."""

    path: str
    line: int


class HoldLock(Struct, frozen=True, tag="hold-lock"):
    """The `if` statements at `lines`, which test and set the global `state`, are put under one new lock of the module.

    It is the `Lock` of `module`, which is imported where the file does not do so; its name is one that is free.
    """

    path: str
    state: str
    module: Literal["threading", "asyncio"]
    lines: tuple[int, ...]


class DeleteModule(Struct, frozen=True, tag="delete-module"):
    """A file that nobody needs any more is deleted."""

    path: str


Intent = (
    RebindImport
    | RedirectUses
    | ExpandStar
    | ReplaceString
    | NameConstant
    | DropSuppression
    | DropFallback
    | HoldLock
    | DeleteModule
)


class Remedy(Struct, frozen=True):
    """What would repair a finding; `title` says it as one thing to do.

    `safe` and `unsafe` ones have intents, which are carried out all together or not at all, over however many files;
    `reason` says why a remedy is not safe, or what cannot be done. `display` ones are for a person to carry out.
    """

    title: str
    applicability: Applicability
    reason: str = ""
    intents: tuple[Intent, ...] = ()

    @property
    def deed(self) -> frozenset[Intent]:
        """What it does, whatever the order: remedies with one deed are one fix."""
        return frozenset(self.intents)
