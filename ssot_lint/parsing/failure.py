"""Why an item that was given to a worker has no result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Failure:
    """Why an item has no result."""

    kind: Literal["crashed", "over-limit"]
    message: str
