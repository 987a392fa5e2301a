"""The last names of callees that mean something to several readers."""

from __future__ import annotations

from typing import Final

RAISING: Final = frozenset(("raises", "assertRaises", "assertRaisesRegex"))
"""A block under one of these is expected to fail ..."""
EXPECTING: Final = RAISING | {"warns", "assertWarns", "assertWarnsRegex", "deprecated_call"}
"""... and under one of these to fail or to warn."""
IMPORTERS: Final = frozenset(("import_module", "__import__", "importorskip"))
"""What imports the module that its first argument names."""
LOGGERS: Final = frozenset(("logger", "log", "logging", "_logger", "_log", "LOGGER", "LOG", "central_logger"))
"""What loggers are called."""
