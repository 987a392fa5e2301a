"""The second look at a file: what its functions return and call. Read only where a rule suspects something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct, structs

from ssot_lint.model.location import Span

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class Returned(Struct, frozen=True, array_like=True, gc=False):
    """What one return statement gives.

    call: the result of calling `target`; name: a name or attribute `target` that is no local variable; other: anything
    else. A local variable stands for what it was assigned. `published` says that the object is also stored where others
    reach it: in a global, an attribute or a container; `keyed` that it is stored under a key.
    """

    kind: Literal["call", "name", "other"]
    target: str
    published: bool
    line: int
    keyed: bool = False


class Parameter(Struct, frozen=True, array_like=True, gc=False):
    """A parameter: given by its place, by its name or either way; `places` is `*args`, `keywords` is `**kwargs`."""

    name: str
    kind: Literal["positional", "either", "keyword", "places", "keywords"]
    default: bool


class FunctionDetail(Struct, frozen=True, array_like=True, gc=False):
    """A function or method.

    `calls` are the dotted callees of its body in source order (`get().name` for a method of what a call returns, "?"
    for anything else), logging and warnings left out; `plain` says that the body has no branch or loop beside one
    enclosing try. `locals` pairs local names with the callee that they were assigned from, and `typed` parameters with
    the class that they are annotated with. `size` is its number of statements. `shape` is a digest of the body with
    local names erased, for functions that are looked for by name and the methods of such classes, "" for others;
    `statements` are the sums of their single statements. `returns` is the dotted name of the annotation of what is
    returned.
    """

    qualname: str
    at: Span
    is_async: bool
    parameters: tuple[str, ...]
    decorators: tuple[str, ...]
    returned: tuple[Returned, ...]
    calls: tuple[str, ...]
    plain: bool
    generator: bool
    always_raises: bool
    sets_globals: tuple[str, ...]
    locals: tuple[tuple[str, str], ...]
    shape: str
    size: int
    statements: tuple[int, ...] = ()
    signature: tuple[Parameter, ...] = ()
    returns: str = ""
    typed: tuple[tuple[str, str], ...] = ()


class Mutation(Struct, frozen=True, array_like=True, gc=False):
    """A container that outlives an instance, and the line of a method that writes to it.

    It belongs to the class, to the module, or is the default of a parameter; `made` is where it is made.
    """

    container: str
    level: Literal["class", "module", "default"]
    made: Span
    scope: str
    line: int


class ClassDetail(Struct, frozen=True, array_like=True, gc=False):
    """A class; `inside` is the qualified name of the function that it stands in, `handler` that an except does.

    `attributes` pairs attributes of self with the dotted callee, name or annotation that they are assigned from.
    `statements` are the sums of its statements that are no methods, for classes that are looked for by name. `fields`
    are what its decorators, whose keywords are in `options`, may make parameters of. `mutations` are what its methods
    write to that other instances have too, for classes that are looked for by name.
    """

    qualname: str
    at: Span
    bases: tuple[str, ...]
    inside: str
    handler: bool
    attributes: tuple[tuple[str, str], ...]
    statements: tuple[int, ...] = ()
    fields: tuple[Parameter, ...] = ()
    options: tuple[str, ...] = ()
    mutations: tuple[Mutation, ...] = ()

    def writing(self, mutations: tuple[Mutation, ...]) -> ClassDetail:
        """Return the class with what its methods write to."""
        return structs.replace(self, mutations=mutations)


class Call(Struct, frozen=True, array_like=True, gc=False):
    """A call of a dotted name; `scope` is the qualified name around it, `target` what its result is assigned to.

    `opened` says that nothing is done with the result, awaiting it included, but to take attributes of it.
    """

    callee: str
    at: Span
    scope: str
    awaited: bool
    positional: int
    keywords: tuple[str, ...]
    open_ended: bool
    target: str
    expected_to_fail: bool
    statement: int
    opened: bool = False

    def with_uses_of(self, other: Call) -> Call:
        """Return the call with what another record of it knows of its result."""
        return structs.replace(
            self,
            target=self.target or other.target,
            awaited=self.awaited or other.awaited,
            opened=self.opened or other.opened,
        )


SHARING: Final = "<sharing>"
"""Asked for in the place of a name: what the functions of a file do with what they share."""


class Window(Struct, frozen=True, array_like=True, gc=False):
    """A test that shared state is missing, and the statement behind it that sets it; both are lines of `scope`.

    `state` is written as there (`_bus`, `self._bus`, `_rooms` with `keyed`). `made` is the dotted callee of what is
    set, "=" for a constant, "" for the rest. `awaited` is the line of the first await between, `started` that of an
    await of the method `starter` of what was set: 0 if there is none. `around` are the contexts that hold both: dotted
    names, `f()` for the result of a call, "?" for anything else. `fast` is the line of an outer test that fewer hold.
    `whole` says that all of it is one `if` of the function's own suite, that this tests nothing else, and that its
    lines mean the same when they are indented.
    """

    state: str
    keyed: bool
    scope: str
    is_async: bool
    decorators: tuple[str, ...]
    check: int
    set: int
    at: Span
    made: str = ""
    awaited: int = 0
    started: int = 0
    starter: str = ""
    around: tuple[str, ...] = ()
    fast: int = 0
    whole: bool = False

    def closed(self, line: int, made: str, awaited: int, started: tuple[int, str]) -> Window:
        """Return the window with the statement that sets the state."""
        at, starter = started
        return structs.replace(self, set=line, made=made, awaited=awaited, started=at, starter=starter)

    def as_whole(self) -> Window:
        """Return the window as one that is a statement of its own."""
        return structs.replace(self, whole=True)


class Hold(Struct, frozen=True, array_like=True, gc=False):
    """A `with` block around `context`: the line of its first await, 0 if there is none, its calls, what it polls.

    `is_async` says that it is an `async with`, `in_async` that it stands in an async function.
    `calls` are dotted callees with their lines and whether they are awaited; `polls` pairs the state that a loop with a
    sleep waits for with its line.
    """

    context: str
    scope: str
    is_async: bool
    in_async: bool
    at: Span
    awaited: int
    calls: tuple[tuple[str, int, bool], ...]
    polls: tuple[tuple[str, int], ...]

    def calling(self, names: AbstractSet[str]) -> Hold:
        """Return the hold with only those calls whose last name is one of some."""
        calls = tuple(call for call in self.calls if call[0].rpartition(".")[2] in names)
        return structs.replace(self, calls=calls)


class SharedWrite(Struct, frozen=True, array_like=True, gc=False):
    """A statement that sets or deletes shared state, with the contexts around it."""

    state: str
    scope: str
    line: int
    around: tuple[str, ...]


class SharedCall(Struct, frozen=True, array_like=True, gc=False):
    """A call of a function of the same file, with the contexts around it."""

    callee: str
    scope: str
    around: tuple[str, ...]


class Kept(Struct, frozen=True, array_like=True, gc=False):
    """An attribute of a class or its instances, with the dotted callee or annotation that it comes from."""

    owner: str
    name: str
    made: str


class Sharing(Struct, frozen=True, array_like=True, gc=False):
    """What the functions of one file do with state that outlives a call."""

    windows: tuple[Window, ...] = ()
    holds: tuple[Hold, ...] = ()
    writes: tuple[SharedWrite, ...] = ()
    calls: tuple[SharedCall, ...] = ()
    kept: tuple[Kept, ...] = ()


class Constant(Struct, frozen=True, array_like=True, gc=False):
    """A module-level name that is bound to a value written out; `parts` are its elements in order, or the value."""

    name: str
    at: Span
    parts: tuple[str, ...]


EventForm = Literal["literal", "constant", "part"]


class EventUse(Struct, frozen=True, array_like=True, gc=False):
    """An event that is given to a call, as an argument or in a message, or compared with.

    `text` is the string of a `literal`, the dotted name of a `constant`, or the word in an f-string that is an event
    (`part`); `at` is its place, and `call` that of the call or comparison. `callee` is the dotted callee, "" for a
    comparison; `source` is what a local root of the callee is assigned from, or annotated with. `plain` says that a
    literal is written as one string.
    """

    how: Literal["argument", "message", "comparison"]
    form: EventForm
    text: str
    at: Span
    call: Span
    scope: str
    callee: str
    source: str
    statement: int
    plain: bool = True


class EventConstant(Struct, frozen=True, array_like=True, gc=False):
    """A name of a module or class body with a string that is asked for as its value, or (`name[]`) somewhere in it."""

    qualname: str
    value: str
    at: Span


class Events(Struct, frozen=True, array_like=True, gc=False):
    """What one file does with the words that were asked for.

    `functions` are those that are named for one, and those of the file that are given one; `classes` are around uses.
    `calls` pairs scopes with the callees there that are named for one.
    """

    uses: tuple[EventUse, ...] = ()
    constants: tuple[EventConstant, ...] = ()
    functions: tuple[FunctionDetail, ...] = ()
    classes: tuple[ClassDetail, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()


class Details(Struct, frozen=True, array_like=True, gc=False):
    """All that the second look sees in one file; `mentions` are the names looked for that an expression reads.

    `generated` says that its first lines tell people not to edit it.
    """

    classes: tuple[ClassDetail, ...] = ()
    functions: tuple[FunctionDetail, ...] = ()
    calls: tuple[Call, ...] = ()
    mentions: tuple[str, ...] = ()
    sharing: Sharing = Sharing()
    generated: bool = False
    constants: tuple[Constant, ...] = ()
    events: Events = Events()


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Details).decode
