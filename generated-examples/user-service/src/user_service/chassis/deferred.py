"""Packages that are loaded when they are first needed: each is a good part of a service's start.

Nobody needs them to serve.  Whoever does need one awaits `load()` before, so that the import runs
in a thread beside the first requests, and neither before them nor in their way.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["Deferred", "aiohttp", "load"]


class Deferred:
    """Stands for a package that is imported at the first use of one of its names."""

    def __init__(self, package: str) -> None:
        self._package = package

    def __getattr__(self, name: str) -> Any:  # Any: whatever the package has
        return getattr(importlib.import_module(self._package), name)


if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = Deferred("aiohttp")


async def load(package: str) -> None:
    """Import this package in a thread, so that the event loop goes on meanwhile."""
    await asyncio.to_thread(importlib.import_module, package)
