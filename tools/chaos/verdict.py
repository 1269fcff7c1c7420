"""What came of it: every number that was written is to have had its effect once, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

_SQL: Final = """
SELECT
  (SELECT coalesce(sum(n), 0) FROM counters WHERE key NOT LIKE 'poison-%')::bigint AS written,
  (SELECT count(*) FROM effects) AS effects,
  (SELECT count(*) FROM (SELECT DISTINCT key, n FROM effects) AS once) AS once,
  (SELECT count(*) FROM disorder) AS disordered,
  (SELECT count(*) FROM outbox) AS waiting
"""


@dataclass(frozen=True)
class Count:
    """How many numbers were written, and what has become of them so far."""

    written: int = 0
    effects: int = 0
    once: int = 0
    disordered: int = 0
    waiting: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way any more."""
        return self.waiting == 0 and self.once >= self.written

    @property
    def sound(self) -> bool:
        return self.once == self.effects == self.written and self.disordered == 0

    def sentence(self, kills: int) -> str:
        lost, twice = self.written - self.once, self.effects - self.once
        return (
            f"{self.written:,} events, {kills} kills, "
            f"{lost} lost, {twice} twice, {self.disordered} out of order"
        )


async def count(url: str) -> Count:
    """Raises OSError or asyncpg.PostgresError while PostgreSQL is not there."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        row = await connection.fetchrow(_SQL)
        assert row is not None, "the statement has one row"
        return Count(**dict(row))
    finally:
        await connection.close()
