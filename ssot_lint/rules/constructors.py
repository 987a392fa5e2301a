"""Classes as far as their construction goes: their lineage, and the constructors that are made of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.details import Parameter
from ssot_lint.rules.construction import definition_of

if TYPE_CHECKING:
    from ssot_lint.model.details import ClassDetail, FunctionDetail
    from ssot_lint.model.facts import Definition
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_PLAIN_BASES: Final = frozenset(
    ("object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "typing.Hashable")
)
_ATTRS: Final = frozenset(
    f"{module}.{name}" for module in ("attr", "attrs") for name in ("define", "mutable", "frozen", "dataclass")
)
_MAKING: Final = {"dataclasses.dataclass", *_ATTRS, "attr.s", "attr.attrs"}
_PLAIN_DECORATORS: Final = frozenset(("final", "runtime_checkable", "total_ordering"))

ALLOWED: Final[tuple[Parameter, ...]] = (Parameter("", "places", default=True),)
"""Stands for a class that makes no constructor, and takes over that of its bases."""


def detail_of(project: Project, path: str, qualname: str) -> list[FunctionDetail]:
    """Return what the second look has seen of the functions of a qualified name."""
    details = project.details.get(path)
    return [one for one in details.functions if one.qualname == qualname] if details is not None else []


def lineage(project: Project, target: Target) -> list[Target]:
    """Return a class and its bases in the order in which they are asked; nothing where that is not known."""
    found: list[Target] = []
    pending = [target]
    while pending:
        one = pending.pop(0)
        definition = definition_of(project, one)
        if definition is None or definition.kind != "class" or not _is_plain(project, one, definition):
            return []
        found = [other for other in found if other != one] + [one]
        bases = _bases(project, one, definition)
        if bases is None or len(found) > _MOST:
            return []
        pending = [*bases, *pending]
    return found


_MOST: Final = 50


def base_places(project: Project, target: Target) -> list[Target]:
    """Return the classes of the project that a class inherits from, itself first."""
    found: list[Target] = []
    pending = [target]
    while pending and len(found) <= _MOST:
        one = pending.pop(0)
        definition = definition_of(project, one)
        if one not in found and definition is not None and definition.kind == "class":
            found.append(one)
            pending += [project.resolve(one.module, base).target for base in definition.bases if base]
    return found


def _bases(project: Project, target: Target, definition: Definition) -> list[Target] | None:
    """Return the bases of a class that the project defines; None where another may decide how it is made."""
    found = []
    for base in definition.bases:
        resolution = project.resolve(target.module, base) if base else None
        if base == "object" or (resolution is not None and resolution.target.name in _PLAIN_BASES):
            continue
        if resolution is None or resolution.target.kind != "definition" or resolution.others:
            return None
        found.append(resolution.target)
    return found


def _is_plain(project: Project, target: Target, definition: Definition) -> bool:
    """Tell whether a class is made in the usual way: no metaclass, no decorator, no attribute interferes."""
    if definition.metaclass and project.resolve(target.module, definition.metaclass).target.name != "abc.ABCMeta":
        return False
    if not {"__init__", "__new__"}.isdisjoint(definition.attributes):
        return False
    for name in definition.decorators:
        known = project.resolve(target.module, name).target
        if known.name not in _MAKING and (
            known.kind != "external" or known.name.rpartition(".")[2] not in _PLAIN_DECORATORS
        ):
            return False
    return True


def made_of_fields(project: Project, target: Target, classes: list[Target]) -> tuple[Parameter, ...] | None:
    """Return the parameters of the constructor that a decorator makes of fields.

    ALLOWED where no decorator makes one, None where it is not known what it makes.
    """
    maker = _maker(project, target)
    if not maker:
        return ALLOWED
    found: dict[str, Parameter] = {}
    for one in reversed(classes[classes.index(target) :]):
        detail, own = _class_detail(project, one), _maker(project, one)
        if not own:
            continue
        if detail is None or _family(own) != _family(maker) or not _is_usual(own, detail):
            return None
        for field in detail.fields:
            kind = "keyword" if "kw_only=True" in detail.options and field.kind == "either" else field.kind
            name = field.name.lstrip("_") if _family(own) == "attrs" else field.name
            found[name] = Parameter(name, kind, field.default)
    placed = [one for one in found.values() if one.kind == "either"]
    return (*placed, *(one for one in found.values() if one.kind != "either"))


def _is_usual(maker: str, detail: ClassDetail) -> bool:
    """Tell whether the options of a decorator leave it at a constructor of all fields."""
    stated = set(detail.options)
    if any(one.endswith("=?") or one.startswith("**") for one in stated) or "init=False" in stated:
        return False
    return maker not in ("attr.s", "attr.attrs") or "auto_attribs=True" in stated


def _family(maker: str) -> str:
    return "dataclasses" if maker == "dataclasses.dataclass" else "attrs"


def _maker(project: Project, target: Target) -> str:
    """Return the decorator that makes the constructor of a class, "" if there is none."""
    definition = definition_of(project, target)
    names = [project.resolve(target.module, one).target.name for one in definition.decorators] if definition else []
    return next((name for name in names if name in _MAKING), "")


def _class_detail(project: Project, target: Target) -> ClassDetail | None:
    details = project.details.get(target.path)
    classes = details.classes if details is not None else ()
    found = [one for one in classes if one.qualname == target.name]
    return found[0] if len(found) == 1 else None
