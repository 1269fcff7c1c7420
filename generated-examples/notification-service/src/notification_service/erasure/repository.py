"""The SQL statement that makes an export whole."""

from __future__ import annotations

from ..chassis.database import Transaction


async def freeze(tx: Transaction) -> None:
    """Whatever this transaction reads from now on is as of one moment; it comes first."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
