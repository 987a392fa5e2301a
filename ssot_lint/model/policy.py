"""The policy as data: what the user declares in `ssot.toml`, after packs are merged in.

Field names are the TOML keys with `_` for `-`; defaults are what an absent key means.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from ssot_lint.model.finding import Severity
from ssot_lint.model.location import Location

Level = Literal["error", "warning", "info", "off"]
Construction = Literal["factory", "singleton", "direct", "any"]
Profile = Literal["strict", "standard", "permissive"]
Strings = Literal["report", "fix", "ignore"]
# A rule's level, or the levels of its kinds by kind (`rule.kind = "info"` is such a table in TOML).
RuleLevels = Level | dict[str, Level]

_DOTTED = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
_NAME = r"[^\W\d]\w*"
_END = r"$(?!\n)"  # a `$` alone lets a final newline pass in Python

# A `pattern` must not stand in a union with a container: msgspec corrupts memory there (msgspec/msgspec#717).
Text = Annotated[str, Meta(min_length=1, description="a string that is not empty")]
HomeAddress = Annotated[
    str, Meta(pattern=f"^{_DOTTED}:{_NAME}{_END}", description='an address such as "shop.cart:Cart"')
]
DefinitionAddress = Annotated[
    str,
    Meta(
        pattern=f"^{_DOTTED}:{_DOTTED}{_END}",
        description='an address such as "shop.cart:Cart" or "shop.cart:Outer.Inner"',
    ),
]
ModuleOrAddress = Annotated[
    str,
    Meta(
        pattern=f"^{_DOTTED}(:{_NAME})?{_END}",
        description='a module such as "shop.cart" or an address such as "shop.cart:Cart"',
    ),
]
DottedName = Annotated[
    str, Meta(pattern=f"^{_DOTTED}{_END}", description='a dotted name such as "os.environ" or "shop.cart"')
]

TEST_PATHS = ("tests/**", "test/**", "**/tests/**", "**/test_*.py", "**/*_test.py", "**/conftest.py")

EMIT_CALLS = (
    "emit",
    "emit_*",
    "send_event",
    "notify_*",
    "send_to_user",
    "send_message",
    "send_json",
    "send_text",
    "broadcast*",
)


class ExceptionEntry(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A stated exception of one concept: where `rule` does not apply to it, why, and until when."""

    path: Text
    rule: Text
    reason: Text
    until: dt.date | None = None


class Concept(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What must have one source of truth, and the one address (`pkg.mod:Name`) from which it is imported."""

    name: Text
    home: HomeAddress
    definition: DefinitionAddress = ""
    aliases: tuple[Text, ...] = ()
    also: tuple[Text, ...] = ()
    scope: tuple[Text, ...] = ()
    looks_like: tuple[Text, ...] = ()
    unlike: tuple[Text, ...] = ()
    members: tuple[Text, ...] = ()
    construct: Construction = "any"
    factory: tuple[DefinitionAddress, ...] = ()
    owners: tuple[Text, ...] = ()
    require_args: tuple[Text, ...] = ()
    per_user: bool = False
    moved_from: tuple[ModuleOrAddress, ...] = ()
    type_checking: Literal["check", "ignore"] = "check"
    strings: Strings = "report"
    severity: Severity | None = None
    issue: str = ""
    priority: str = ""
    impact: str = ""
    exception: tuple[ExceptionEntry, ...] = ()

    @property
    def home_module(self) -> str:
        """The module part of the home."""
        return self.home.partition(":")[0]

    @property
    def home_name(self) -> str:
        """The name part of the home."""
        return self.home.partition(":")[2]

    @property
    def offered(self) -> tuple[str, ...]:
        """Every name under which the home offers the concept or a companion of it."""
        return (self.home_name, *self.aliases, *self.also)


class Moved(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Names, or a whole module or package, that moved from one address to another."""

    from_: ModuleOrAddress = field(name="from")
    to: ModuleOrAddress
    scope: tuple[Text, ...] = ()
    names: tuple[Text, ...] | dict[Text, Text] | None = None
    trust: bool = False
    strings: Strings = "report"
    severity: Severity | None = None
    issue: str = ""
    exception: tuple[ExceptionEntry, ...] = ()

    @property
    def name(self) -> str:
        """How findings call it: the old address."""
        return self.from_


class Operation(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What only its owners may do: call, read, write, subclass or decorate with some dotted names."""

    name: Text
    uses: tuple[DottedName, ...]
    owners: tuple[DottedName, ...] = ()
    instead: DefinitionAddress = ""
    scope: tuple[Text, ...] = ()
    severity: Severity | None = None
    issue: str = ""
    exception: tuple[ExceptionEntry, ...] = ()

    @property
    def named_owners(self) -> tuple[str, ...]:
        """The modules that may: those stated, else the one that has what is to be done instead."""
        return self.owners or ((self.instead.partition(":")[0],) if self.instead else ())


class Vocabulary(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Event names that one home defines and only the emitters may emit.

    `home` is an enum, a class of constants or a module of constants; `emit_calls` and `subscribe_calls` are patterns
    of the names of functions and methods.
    """

    name: Text
    names: tuple[Text, ...]
    home: ModuleOrAddress = ""
    together: bool = False
    emitters: tuple[Text, ...] = ()
    emit_calls: tuple[Text, ...] = EMIT_CALLS
    subscribe_calls: tuple[Text, ...] = ("on", "subscribe")
    scope: tuple[Text, ...] = ()
    severity: Severity | None = None
    issue: str = ""
    exception: tuple[ExceptionEntry, ...] = ()

    @property
    def home_module(self) -> str:
        """The module part of the home, "" without one."""
        return self.home.partition(":")[0]


class Unreadable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A file that cannot be analysed, accepted with a reason."""

    path: Text
    reason: Text
    until: dt.date | None = None


def flat_levels(stated: dict[str, Any]) -> dict[str, Any]:
    """Name the level of a kind `rule.kind`, also where TOML's dotted key made it a table of the rule."""
    flat: dict[str, Any] = {}
    for key, value in stated.items():
        flat.update(
            {f"{key}.{kind}": level for kind, level in value.items()} if isinstance(value, dict) else {key: value}
        )
    return flat


class Policy(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The whole policy of a project."""

    source_roots: tuple[Text, ...] | dict[Text, str] | None = None
    exclude: tuple[Text, ...] = ()
    test_paths: tuple[Text, ...] = TEST_PATHS
    services: dict[Text, Text | tuple[Text, ...]] = field(default_factory=dict)
    extend: tuple[Text, ...] = ()
    profile: Profile = "standard"
    select: tuple[Text, ...] = ("SSOT",)
    ignore: tuple[Text, ...] = ()
    fail_on: Severity | None = None
    require_reason: bool = False
    severity: dict[Text, Level | dict[str, RuleLevels]] = field(default_factory=dict)
    concept: tuple[Concept, ...] = ()
    moved: tuple[Moved, ...] = ()
    vocabulary: tuple[Vocabulary, ...] = ()
    operation: tuple[Operation, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def entries(self) -> tuple[Concept | Moved | Vocabulary | Operation, ...]:
        """Every concept, and every entry that is a small one: `[[moved]]`, `[[vocabulary]]` and `[[operation]]`."""
        return (*self.concept, *self.moved, *self.vocabulary, *self.operation)

    @property
    def fails_at(self) -> Severity:
        """The lowest severity that makes a run fail: `fail-on`, or what the profile means by default."""
        return self.fail_on or _FAIL_ON[self.profile]

    @property
    def severity_in_production(self) -> dict[str, Level]:
        """The stated levels outside tests, by `rule` or `rule.kind`."""
        return flat_levels({key: value for key, value in self.severity.items() if key != "tests"})

    @property
    def severity_in_tests(self) -> dict[str, Level]:
        """The levels stated in `[severity.tests]`, by `rule` or `rule.kind`."""
        stated = self.severity.get("tests", {})
        return flat_levels(stated) if isinstance(stated, dict) else {}

    @property
    def severity_in_all_tests(self) -> dict[str, Level]:
        """The levels that hold in tests: those stated for tests, and for the rest those stated for production."""
        return {**self.severity_in_production, **self.severity_in_tests}

    @property
    def service_folders(self) -> dict[str, tuple[str, ...]]:
        """The folders of each service; one folder alone may be stated as a string."""
        return {name: (at,) if isinstance(at, str) else at for name, at in self.services.items()}


_FAIL_ON: dict[Profile, Severity] = {"strict": "info", "standard": "warning", "permissive": "error"}


class LoadedPolicy(Struct, frozen=True, kw_only=True):
    """A policy with what only its reader knows: its file, and where its entries stand in that file.

    `path` is posix and relative to the root ("" without a policy file); `places` maps an entry's dotted path, for
    example `concept[websocket-manager].looks-like[0]`, to its place. Entries of packs stand where they are extended.
    `today` is the day that every `until` is compared with; it is the run's, and by default nothing has ended.
    """

    policy: Policy
    path: str = ""
    places: dict[str, Location] = field(default_factory=dict)
    today: dt.date = dt.date.min

    def place(self, entry: str) -> Location:
        """Return where an entry stands, or the nearest enclosing entry that has a place."""
        while entry:
            if entry in self.places:
                return self.places[entry]
            entry = entry[: max(entry.rfind("."), entry.rfind("["))] if ("." in entry or "[" in entry) else ""
        return Location(self.path or "ssot.toml", 1, 1, 1, 1)
