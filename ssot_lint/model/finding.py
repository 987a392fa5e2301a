"""Findings, notices and what they carry."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final, Literal

from msgspec import Struct, field

from ssot_lint.model.fix import Remedy
from ssot_lint.model.location import Location

Severity = Literal["error", "warning", "info"]
NoticeKind = Literal[
    "unreadable",
    "undecodable",
    "syntax-error",
    "over-limit",
    "crashed",
    "skipped",
    "nested-policy",
    "no-policy",
    "fix-withheld",
    "fix-failed",
    "write-refused",
    "rolled-back",
]
BLOCKING = frozenset(("unreadable", "undecodable", "syntax-error", "over-limit", "crashed"))


_NUMBER: Final = re.compile(r" #\d+\Z")


def without_number(subject: str) -> str:
    """Return the subject of a finding without the number that tells equal ones of a scope apart."""
    return _NUMBER.sub("", subject)


class Related(Struct, frozen=True):
    """Another place that a finding speaks of."""

    at: Location
    message: str


class Hop(Struct, frozen=True):
    """One step of a resolution: `module` binds `name` at `path:line`, by `how` (import, star, alias, ...)."""

    module: str
    name: str
    path: str
    line: int
    how: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """A departure from the policy, with the facts that it rests on.

    The identity is (code, kind, concept, subject); places, message and severity are no part of it, so that a
    baseline survives moved lines and new wording. `severity` is the policy's and is filled in when settled, and
    `baseline_state` (None: no baseline is in use, or it is suppressed) when compared with the baseline.
    """

    code: str
    kind: str
    concept: str
    subject: str
    message: str
    at: Location
    module: str
    statement: int = 0
    name: str = ""
    severity: Severity = "error"
    related: tuple[Related, ...] = ()
    chain: tuple[Hop, ...] = ()
    evidence: dict[str, object] = field(default_factory=dict)
    remedy: Remedy | None = None
    suppressed: bool = False
    baseline_state: Literal["new", "unchanged"] | None = None

    @property
    def unnumbered(self) -> tuple[str, str, str, str]:
        """The identity, without the number that tells equal ones of a scope apart."""
        return (self.code, self.kind, self.concept, without_number(self.subject))

    @property
    def fingerprint(self) -> str:
        """The first 16 hex digits of SHA-256 over the identity as JSON."""
        identity = json.dumps([self.code, self.kind, self.concept, self.subject], ensure_ascii=True)
        return hashlib.sha256(identity.encode()).hexdigest()[:16]


class Notice(Struct, frozen=True, order=True):
    """Something that could not be analysed or done; the blocking kinds make the verdict incomplete."""

    path: str
    kind: NoticeKind
    message: str
    blocking: bool = False
