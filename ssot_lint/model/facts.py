"""What one file says, as data: the contract between the readers and everything above them.

Facts depend on the bytes of one file (and, for the second tier, on the tokens that were asked for), never on its
path, the policy or the time. They are immutable, and encode to the same bytes wherever they are made.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from ssot_lint.model.location import Span

FACTS_VERSION = 9
"""Raised whenever the same bytes give other facts; part of every cache key."""

WORD = '"'
"""How a token begins that is a word: it is only told whether the text holds it."""

BlockKind = Literal[
    "module", "class", "function", "type-checking", "if", "else", "try", "except", "finally", "loop", "with", "case"
]


class Block(Struct, frozen=True, array_like=True, gc=False):
    """A suite of statements; block 0 is the module, and every fact names the block that it stands in.

    `detail` holds dotted names: decorators (class, function), context managers (with), the exceptions caught by all
    handlers (try) or by this one (except; "*" where nothing is named), `main`, `never` or `runtime` (if, else).
    `check` marks a try statement that asserts or fails by itself: a test about the import inside it.
    """

    kind: BlockKind
    parent: int
    line: int
    name: str = ""
    detail: tuple[str, ...] = ()
    check: bool = False


class Import(Struct, frozen=True, array_like=True, gc=False):
    """One alias of one import statement.

    `name` is "" for `import module` and "*" for a star; `bound_as` is the local name that it binds (`a` for
    `import a.b`, "" for a star); `explicit` says that it is written with `as`.
    """

    module: str
    name: str
    bound_as: str
    level: int
    explicit: bool
    block: int
    at: Span
    statement: Span


class Definition(Struct, frozen=True, array_like=True, gc=False):
    """A class or function; `block` contains it.

    Of a class, `members` are the functions and `attributes` the names that its body defines; `always_raises` says that
    its constructor does, `empty` that it adds nothing to its bases; an enum has the `values` of its members, unless one
    of them is computed. Of a function `always_raises` says that every call
    does.
    """

    name: str
    qualname: str
    kind: Literal["class", "function", "async-function"]
    block: int
    at: Span
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    metaclass: str = ""
    always_raises: bool = False
    empty: bool = False
    values: tuple[str, ...] = ()

    @property
    def is_enum(self) -> bool:
        """Tell whether it is an enum, as far as its bases show."""
        return any(base.endswith(ENUM_BASES) for base in self.bases)


ENUM_BASES = ("Enum", "Flag", "TextChoices", "IntegerChoices")
"""How the names of the bases of an enum end."""


class Binding(Struct, frozen=True, array_like=True, gc=False):
    """A module-level name that a statement other than an import or a definition binds, or deletes.

    An `alias` has the dotted name on its right-hand side as `target`, a `call` the dotted
    callee; a `value` is any other expression. A dotted
    `name` is an attribute that is set on something the module holds, perhaps on another module.
    """

    name: str
    kind: Literal["alias", "call", "value", "delete"]
    target: str
    block: int
    at: Span


class Exports(Struct, frozen=True, array_like=True, gc=False):
    """What `__all__` lists: `names` in order, `modules` whose `__all__` is added, `partial` if more is computed."""

    names: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    partial: bool = False


class Lazy(Struct, frozen=True, array_like=True, gc=False):
    """A name that a module `__getattr__` serves: from `module` (level dots) its `attribute` ("": the module).

    With neither module nor dots, `attribute` is a dotted name of the module's own namespace.
    """

    name: str
    module: str
    attribute: str
    level: int
    at: Span


class Replacement(Struct, frozen=True, array_like=True, gc=False):
    """`sys.modules[key] = target`; a key that starts with "." is relative to the module's own name ("." is itself).

    `target` is a dotted name of this module's namespace, or "" for any other expression.
    """

    key: str
    target: str
    block: int
    at: Span


class Use(Struct, frozen=True, array_like=True, gc=False):
    """A dotted name (`root.a.b`) whose root is bound by an import in the scope `scope` (a block). Second tier."""

    scope: int
    dotted: str
    block: int
    at: Span


Performance = Literal["call", "read", "write", "subclass", "decorate"]


class Performed(Struct, frozen=True, array_like=True, gc=False):
    """A dotted name that may be a declared operation, or hold one, and what is done with it. Second tier.

    `block` is the scope that binds its root: a function's by an import, else the module (0). `scope` is the qualified
    name around it, `statement` the line of its statement. Of a call, the rest says which arguments it has;
    `open_ended` that there are others than those.
    """

    how: Performance
    dotted: str
    block: int
    scope: str
    at: Span
    statement: int = 0
    positional: int = 0
    keywords: tuple[str, ...] = ()
    open_ended: bool = False


StringForm = Literal["string", "computed", "parts", "object", "loose"]


class StringArgument(Struct, frozen=True, array_like=True, gc=False):
    """A call that names something by a dotted string, such as `patch("a.b.C")`. Second tier, `importorskip` apart.

    `text` is the dotted name that is meant, `at` the place of the string. `form` says how it is written: as one
    `string` constant; `computed` from several constants; in `parts`, the attribute apart from its module; `object`: the
    attribute apart from a dotted name that an import of the file binds, as in `patch.object(m, "C")`. A `loose` string
    (no `callee`) stands in a file where some such call is given a name that only running tells. `creates` is
    `create=True`.
    """

    callee: str
    text: str
    block: int
    at: Span
    form: StringForm = "string"
    creates: bool = False


class Binder(Struct, frozen=True, array_like=True, gc=False):
    """A statement that binds a name; `target` is the dotted name on an alias's right-hand side."""

    kind: Literal["class", "function", "import", "alias"]
    at: Span
    target: str = ""


class Shadowed(Struct, frozen=True, array_like=True, gc=False):
    """A name that a module or class body binds twice; the second binding replaces the first, which nothing used.

    `scope` is the qualified name of the class, "" for the module.
    """

    name: str
    scope: str
    first: Binder
    second: Binder


LEAST_WEIGHT = 6
"""How many statements that say something a body must have to be worth comparing."""


class Body(Struct, frozen=True, array_like=True, gc=False):
    """The body of a class, method or module-level function that is long enough to be compared with others.

    Bodies that are equal up to local names and docstrings have one `sketch`; `weight` counts the statements that say
    something.
    """

    qualname: str
    line: int
    sketch: int
    weight: int


class Suppression(Struct, frozen=True, array_like=True, gc=False):
    """A `# ssot: ignore[...]` comment as written; judged by the rules, not by the reader.

    `until` is the text after `until=`; `error` says what is wrong with its form, "" if nothing.
    """

    codes: tuple[str, ...]
    whole_file: bool
    reason: str
    until: str
    at: Span
    error: str = ""


class Facts(Struct, frozen=True, array_like=True, gc=False):
    """All that is known of one file.

    `shares` says that it may keep an instance: a `global` statement, a cache decorator, something set on `app.state`.
    `races` says that a function of it may test shared state and set it afterwards, or hold a lock.
    `passes_names` says that the module only passes names on: imports, aliases, `__all__`, warnings and their guards.
    `raises_at` is the line where importing the module always raises, 0 if there is none.
    `words` are those of the words asked for that the text holds, `near` the strings that are nearly one. Second tier.
    """

    blocks: tuple[Block, ...] = ()
    imports: tuple[Import, ...] = ()
    definitions: tuple[Definition, ...] = ()
    bindings: tuple[Binding, ...] = ()
    exports: Exports | None = None
    lazy: tuple[Lazy, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    uses: tuple[Use, ...] = ()
    strings: tuple[StringArgument, ...] = ()
    performed: tuple[Performed, ...] = ()
    opaque_getattr: bool = False
    writes_namespace: bool = False
    shares: bool = False
    shadowed: tuple[Shadowed, ...] = ()
    passes_names: bool = False
    raises_at: int = 0
    bodies: tuple[Body, ...] = ()
    races: bool = False
    words: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    def scope(self, block: int) -> int:
        """Return the function, class or module block in which names of `block` are bound."""
        blocks = self.blocks
        while blocks[block].kind not in _SCOPES:
            block = blocks[block].parent
        return block

    def scope_is_local(self, block: int) -> bool:
        """Tell whether a block runs only when a function is called."""
        return any(one.kind == "function" for one in self.enclosing(block))

    def scope_name(self, block: int) -> str:
        """Return the qualified name of the scope that a block stands in, "" for the module."""
        names = [one.name for one in self.enclosing(block) if one.kind in ("class", "function")]
        return ".".join(reversed(names))

    def enclosing(self, block: int) -> list[Block]:
        """Return the block and those around it, innermost first."""
        found = []
        while block >= 0:
            found.append(self.blocks[block])
            block = self.blocks[block].parent
        return found


_SCOPES = frozenset(("module", "class", "function"))

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Facts).decode


class SourceFile(Struct, frozen=True, gc=False):
    """Facts in their place: a posix path relative to the root and the dotted name of the module."""

    path: str
    module: str
    is_package: bool
    facts: Facts
