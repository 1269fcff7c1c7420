"""All that the services keep, to see whether anything has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tools.shop.shop import Shop

# What goes on by itself: queues, and notes of what was done when.
_MOVING: Final = frozenset({"inbox", "outbox", "job_runs", "live_messages", "stack_views"})

_DIGEST: Final = """
SELECT md5(string_agg(row, ' ' ORDER BY row)) AS digest FROM (SELECT t::text AS row FROM TABLE AS t)
"""


async def state(shop: Shop) -> Mapping[str, str]:
    """A digest of each table of each service."""
    return {
        f"{service} {table}": await _digest(shop, service, table)
        for service in shop.running.databases
        for table in await shop.tables(service)
        if table not in _MOVING
    }


async def _digest(shop: Shop, service: str, table: str) -> str:
    [row] = await shop.rows(service, _DIGEST.replace("TABLE", table))
    return str(row["digest"])
