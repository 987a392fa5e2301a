"""What may be the same in two files, and what is kept twice on purpose."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from ssot_lint.model.patterns import is_under
from ssot_lint.project.modules import is_generated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Policy
    from ssot_lint.project.model import Project

Item = TypeVar("Item")

_ON_PURPOSE: Final = re.compile(
    r"(^|/)(migrations?|versions|alembic|_?vendor(ed)?|third_party|extern|examples?|samples?|demos?|docs?|tutorials?"
    r"|benchmarks?|templates?|setup\.py|versioneer\.py)(/|$)"
)
_VERSION: Final = re.compile(r"(v|api_?v?)\d+\w*")


class Ground(NamedTuple):
    """Where a file stands: the folders of its path that name a version, and its service, "" for none."""

    path: str
    version: tuple[str, ...]
    service: str

    def is_apart(self, other: Ground) -> bool:
        """Tell whether both may hold the same: they are one file, two services, or two versions of a package."""
        services = {self.service, other.service}
        return self.path == other.path or self.version != other.version or ("" not in services and len(services) > 1)


def compared_files(
    project: Project, policy: Policy, zones: frozenset[str], holds: Callable[[SourceFile], bool]
) -> Iterator[tuple[SourceFile, Ground]]:
    """Yield the files of some zones that hold something and in which nothing is meant to be a copy."""
    folders = policy.service_folders.items()
    for file in filter(holds, project.files):
        path = file.path
        if project.zone(path) in zones and not _ON_PURPOSE.search(path) and not is_generated(file.module):
            service = next((name for name, at in folders if any(is_under(path, one) for one in at)), "")
            yield file, Ground(path, tuple(one for one in path.split("/") if _VERSION.fullmatch(one)), service)


def together(items: Iterable[Item], ground: Callable[[Item], Ground]) -> Iterator[list[Item]]:
    """Yield what should be one, from several files: of one version, and of one service or of none."""
    versions: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in items:
        versions[ground(item).version].append(item)
    for some in versions.values():
        services = sorted({ground(one).service for one in some})
        for service in services if "" not in services else ("",):
            own = [one for one in some if not service or ground(one).service == service]
            if len({ground(one).path for one in own}) > 1:
                yield own
