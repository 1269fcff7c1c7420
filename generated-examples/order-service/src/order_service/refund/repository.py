"""Every SQL statement about refunds."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.money import Money
from .models import Refund


async def add(tx: Transaction, refund: Refund) -> None:
    """The database refuses what would exceed the captured amount, as a last guard."""
    await tx.execute(
        """
        INSERT INTO refunds (id, order_id, payment_id, amount_minor, currency, reason, status,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        refund.id,
        refund.order_id,
        refund.payment_id,
        refund.amount.amount,
        refund.amount.currency,
        refund.reason,
        refund.status,
        refund.created_at,
        refund.updated_at,
    )


async def list_of_order(tx: Transaction, order_id: UUID) -> list[Refund]:
    rows = await tx.fetch("SELECT * FROM refunds WHERE order_id = $1 ORDER BY id", order_id)
    return [_refund(row) for row in rows]


async def save(tx: Transaction, refund: Refund) -> None:
    await tx.execute(
        "UPDATE refunds SET provider_id = $2, status = $3, updated_at = $4 WHERE id = $1",
        refund.id,
        refund.provider_id,
        refund.status,
        refund.updated_at,
    )


def _refund(row: Record) -> Refund:
    columns = dict(row)
    amount = Money(amount=columns.pop("amount_minor"), currency=columns.pop("currency"))
    return Refund(**columns, amount=amount)
