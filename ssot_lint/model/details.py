"""The second look at a file: what its functions return and call. Read only where a rule suspects something."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from ssot_lint.model.location import Span


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


class FunctionDetail(Struct, frozen=True, array_like=True, gc=False):
    """A function or method.

    `calls` are the dotted callees of its body in source order (`get().name` for a method of what a call returns, "?"
    for anything else), logging and warnings left out; `plain` says that the body has no branch or loop beside one
    enclosing try. `locals` pairs local names with the callee that they were assigned from, and `typed` parameters with
    the class that they are annotated with. `size` is its number of statements. `shape` is a digest of the body with
    local names erased, for functions that are looked for by name and the methods of such classes, "" for others.
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
    typed: tuple[tuple[str, str], ...] = ()


class ClassDetail(Struct, frozen=True, array_like=True, gc=False):
    """A class; `inside` is the qualified name of the function that it stands in, `handler` that an except does.

    `attributes` pairs attributes of self with the dotted callee, name or annotation that they are assigned from.
    """

    qualname: str
    at: Span
    bases: tuple[str, ...]
    inside: str
    handler: bool
    attributes: tuple[tuple[str, str], ...]


class Call(Struct, frozen=True, array_like=True, gc=False):
    """A call of a dotted name; `scope` is the qualified name around it, `target` what its result is assigned to."""

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
    """All that the second look sees in one file; `mentions` are the names looked for that an expression reads."""

    classes: tuple[ClassDetail, ...] = ()
    functions: tuple[FunctionDetail, ...] = ()
    calls: tuple[Call, ...] = ()
    mentions: tuple[str, ...] = ()
    events: Events = Events()


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Details).decode
