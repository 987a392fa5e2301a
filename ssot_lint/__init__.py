"""ssot-lint: one concept, one implementation, one import path, one way to make it."""

from __future__ import annotations

__version__ = "0.1.0"
