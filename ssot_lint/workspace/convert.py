"""TOML data into msgspec Structs, with everything that does not fit reported at once.

msgspec itself stops at the first error. Here tables, arrays and their elements are taken apart by the declared types,
and only the leaves are left to `msgspec.convert`, so that the Structs stay the only description of what is valid.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import json
import re
import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)
_NAMES: dict[object, tuple[str, str]] = {
    str: ("a string", "strings"),
    bool: ("true or false", "booleans"),
    int: ("an integer", "integers"),
    float: ("a number", "numbers"),
    dt.date: ("a date such as 2026-12-31", "dates"),
}
_WIDTH = 80
_DEEPEST = 4


class Misfit(Struct, frozen=True, kw_only=True):
    """A part of a document that does not fit; `what` is said instead of "expected ..., got ..." where it says more."""

    path: Path
    what: str = ""
    value: str = ""
    expected: str = ""
    hint: str = ""


class Problem(Struct, frozen=True, kw_only=True):
    """A misfit as the user is told of it: with the file and, where it can be found, the line (else 0)."""

    file: str
    key: str = ""
    what: str = ""
    value: str = ""
    expected: str = ""
    hint: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])
        said = self.what or f"expected {self.expected}, got {self.value}"
        return ": ".join(filter(None, (place, self.key, said))) + (f"; {self.hint}" if self.hint else "")


class PolicyError(Exception):
    """A policy that cannot be used, with all of its problems."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def convert(data: object, kind: Any, *, partial: bool = False) -> tuple[Any, list[Misfit]]:  # noqa: ANN401 - any type
    """Convert data to a declared type; the value may be used only if there is no misfit.

    `partial` allows required keys to be absent, for a document that completes another one; it gives no value.
    """
    conversion = _Conversion(kind, partial=partial)
    value = conversion.value(data, kind, ())
    return value, conversion.misfits


class _Conversion:
    """One pass over a document."""

    def __init__(self, kind: object, *, partial: bool) -> None:
        self.partial = partial
        self.misfits: list[Misfit] = []
        self._top = fields_of(kind) if _is_struct(kind) else {}

    def value(self, data: object, kind: Any, path: Path) -> Any:  # noqa: ANN401 - any type, hence any value
        """Convert one value, by the option of its type that has the same shape."""
        for option in _options(kind):
            if isinstance(data, dict) and _is_struct(option):
                return self._table(data, option, path)
            if isinstance(data, dict) and get_origin(option) is dict:
                return self._mapping(data, option, path)
            if isinstance(data, list) and get_origin(option) is tuple:
                element = get_args(option)[0]
                return tuple(self.value(item, element, (*path, index)) for index, item in enumerate(data))
        for option in _options(kind):  # one by one: msgspec may crash on a union, see the note in model/policy.py
            if _fits(data, option):
                return _leaf(data, option)
        hint = _nearly(data, kind, path)
        self.misfits.append(Misfit(path=path, value=shown(data), expected=expected(kind), hint=hint))
        return None

    def _table(self, data: dict[str, Any], kind: Any, path: Path) -> Any:  # noqa: ANN401 - an instance of `kind`
        fields = fields_of(kind)
        self.misfits.extend(self._unknown(key, data[key], fields, path) for key in data if key not in fields)
        values = {
            field.name: self.value(data[key], field.type, (*path, key)) for key, field in fields.items() if key in data
        }
        absent = [key for key, field in fields.items() if field.required and key not in data]
        if not self.partial:
            self.misfits.extend(missing((*path, key), fields[key].type) for key in absent)
        return None if absent or self.partial else kind(**values)

    def _mapping(self, data: dict[str, Any], kind: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401 - any type
        key_kind, value_kind = get_args(kind)
        wanted = expected(key_kind)
        for key in data:
            if not _fits(key, key_kind):
                said = f"bad key; expected {wanted}"
                self.misfits.append(Misfit(path=(*path, key), what=said, value=shown(key), expected=wanted))
        return {key: self.value(value, value_kind, (*path, key)) for key, value in data.items()}

    def _unknown(self, key: str, value: object, fields: Iterable[str], path: Path) -> Misfit:
        known = ", ".join(fields)
        hint = did_you_mean(key, fields)
        if path and not hint and key in self._top:
            hint = f'"{key}" belongs at the top of the file, before the first [table]'
        hint = hint or f"known keys: {known}"
        return Misfit(path=(*path, key), what="unknown key", value=shown(value), expected=f"one of {known}", hint=hint)


def missing(path: Path, kind: object) -> Misfit:
    """Return the misfit of a required key that is absent."""
    return Misfit(path=path, what=f"missing; expected {expected(kind)}", expected=expected(kind))


@functools.cache
def fields_of(kind: Any) -> dict[str, msgspec.structs.FieldInfo]:  # noqa: ANN401 - a class of Structs
    """Return the fields of a Struct class by their TOML keys."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _is_struct(kind: object) -> bool:
    return get_origin(kind) is None and isinstance(kind, type) and issubclass(kind, Struct)


def _options(kind: object) -> tuple[object, ...]:
    """Return what a type may be, without the None that TOML cannot state."""
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(option for option in get_args(kind) if option is not types.NoneType)
    return (kind,)


def _leaf(data: object, kind: Any) -> Any:  # noqa: ANN401 - any type
    if isinstance(data, str):
        data.encode()  # a lone surrogate, from the command line, is no text
    return msgspec.convert(data, kind, strict=True)


def _fits(data: object, kind: object) -> bool:
    try:
        _leaf(data, kind)
    except (msgspec.ValidationError, UnicodeError, RecursionError):
        return False
    return True


def _nearly(data: object, kind: Any, path: Path) -> str:  # noqa: ANN401 - any type
    """Return a hint if a small change would make the value fit."""
    arrays = [get_args(option)[0] for option in _options(kind) if get_origin(option) is tuple]
    if isinstance(data, dict) and arrays and _is_struct(arrays[0]):
        return f"write [[{key_text(path)}]]"
    if not isinstance(data, str):
        return ""
    candidates = (data.strip(), data.strip().lower(), ":".join(data.rsplit(".", 1)), data.replace("/", "."))
    fitting = (candidate for candidate in candidates for option in _options(kind) if _fits(candidate, option))
    return next((f"did you mean {shown(candidate)}?" for candidate in fitting), "")


def expected(kind: object) -> str:
    """Say in words what a type accepts."""
    words = [word for option in _options(kind) for word in _in_words(option)]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _in_words(kind: object) -> list[str]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        described = [meta.description for meta in arguments[1:] if isinstance(meta, msgspec.Meta) and meta.description]
        return described[:1] or _in_words(arguments[0])
    if origin is Literal:
        return [shown(value) for value in arguments]
    if origin is tuple:
        element = get_args(arguments[0])[0] if get_origin(arguments[0]) is Annotated else arguments[0]
        return [f"an array of {_NAMES[element][1] if element in _NAMES else 'tables'}"]
    return [_NAMES[kind][0] if kind in _NAMES else "a table"]


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return a hint at the option that is nearest to a word, or nothing."""
    plain = {option.lower().replace("_", "-"): option for option in options}
    near = difflib.get_close_matches(word[:_WIDTH].lower().replace("_", "-"), plain, n=1)
    return f'did you mean "{plain[near[0]]}"?' if near else ""


def key_text(path: Path) -> str:
    """Write a path as the user knows it: `concept[2].home`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = len(part) <= _WIDTH and _BARE.fullmatch(part)
            text += ("." if text else "") + (part if bare else _quoted(part))
    return text


def shown(value: object) -> str:
    """Write a value as in TOML, on one line, harmless for a terminal, cut at 80 characters."""
    text = _shown(value, 0)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def _shown(value: object, depth: int) -> str:
    if isinstance(value, dict | list):
        inner = "..." if value and depth == _DEEPEST else _joined(_parts(value, depth + 1))
        return f"{{{inner}}}" if isinstance(value, dict) else f"[{inner}]"
    if isinstance(value, str):
        return _quoted(value)
    try:
        return str(value).lower() if isinstance(value, bool) else neutral(str(value))
    except ValueError:
        return "an integer of thousands of digits"


def _parts(value: dict[str, Any] | list[Any], depth: int) -> Iterator[str]:
    if isinstance(value, list):
        yield from (_shown(item, depth) for item in value)
    else:
        yield from (f"{key_text((key,))} = {_shown(item, depth)}" for key, item in value.items())


def _joined(parts: Iterable[str]) -> str:
    """Join as many parts as will be shown."""
    text = ""
    for part in parts:
        text += ", " + part if text else part
        if len(text) > _WIDTH:
            break
    return text


def _quoted(text: str) -> str:
    return neutral(json.dumps(text[: _WIDTH + 1], ensure_ascii=False))


def neutral(text: str) -> str:
    """Write what is not printable as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
