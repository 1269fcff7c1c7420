"""aiohttp, loaded when it is first needed: importing it is a fifth of a service's start.

Nobody needs it to serve.  Whoever calls others awaits `load()` once the service listens, so that
the import runs beside the first requests and not before them.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["aiohttp", "load"]

if TYPE_CHECKING:
    import aiohttp
else:

    class _Deferred:
        """Stands for a module that is imported at the first use of one of its names."""

        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module("aiohttp"), name)

    aiohttp = _Deferred()


async def load() -> None:
    """Import aiohttp in a thread, so that the event loop goes on meanwhile."""
    await asyncio.to_thread(importlib.import_module, "aiohttp")
