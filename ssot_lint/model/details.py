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
    for anything else), logging and warnings left out; `plain` says that the
    body has no branch or loop beside one enclosing try. `locals` pairs local names with the callee that they were
    assigned from. `size` is its number of statements. `shape` is a digest of the body with local names erased, for
    functions that are looked for by name and the methods of such classes, "" for others; `statements` are the sums of
    their single statements.
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


class ClassDetail(Struct, frozen=True, array_like=True, gc=False):
    """A class; `inside` is the qualified name of the function that it stands in, `handler` that an except does.

    `attributes` pairs attributes of self with the dotted callee, name or annotation that they are assigned from.
    `statements` are the sums of its statements that are no methods, for classes that are looked for by name.
    """

    qualname: str
    at: Span
    bases: tuple[str, ...]
    inside: str
    handler: bool
    attributes: tuple[tuple[str, str], ...]
    statements: tuple[int, ...] = ()


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


class Constant(Struct, frozen=True, array_like=True, gc=False):
    """A module-level name that is bound to a value written out; `parts` are its elements in order, or the value."""

    name: str
    at: Span
    parts: tuple[str, ...]


class Details(Struct, frozen=True, array_like=True, gc=False):
    """All that the second look sees in one file; `mentions` are the names looked for that an expression reads.

    `generated` says that its first lines tell people not to edit it.
    """

    classes: tuple[ClassDetail, ...] = ()
    functions: tuple[FunctionDetail, ...] = ()
    calls: tuple[Call, ...] = ()
    mentions: tuple[str, ...] = ()
    generated: bool = False
    constants: tuple[Constant, ...] = ()


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Details).decode
