"""Every SQL statement about payments."""

from __future__ import annotations

import json
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.money import Money
from .models import Payment


async def add(tx: Transaction, payment: Payment) -> None:
    await tx.execute(
        """
        INSERT INTO payments (id, order_id, attempt, provider, method, status, amount_minor,
            currency, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        payment.id,
        payment.order_id,
        payment.attempt,
        payment.provider,
        payment.method,
        payment.status,
        payment.amount.amount,
        payment.amount.currency,
        payment.created_at,
        payment.updated_at,
    )


async def list_of_order(tx: Transaction, order_id: UUID) -> list[Payment]:
    """The attempts, the first one first; an order that is locked locks them too."""
    rows = await tx.fetch("SELECT * FROM payments WHERE order_id = $1 ORDER BY attempt", order_id)
    return [_payment(row) for row in rows]


async def find_order(tx: Transaction, provider: str, provider_id: str) -> UUID | None:
    """Whose payment the provider speaks of."""
    found: UUID | None = await tx.fetchval(
        "SELECT order_id FROM payments WHERE provider = $1 AND provider_id = $2",
        provider,
        provider_id,
    )
    return found


async def save(tx: Transaction, payment: Payment) -> None:
    await tx.execute(
        """
        UPDATE payments SET provider_id = $2, status = $3, decline_code = $4, client_secret = $5,
            next_action = $6, updated_at = $7
        WHERE id = $1
        """,
        payment.id,
        payment.provider_id,
        payment.status,
        payment.decline_code,
        payment.client_secret,
        json.dumps(payment.next_action) if payment.next_action else None,
        payment.updated_at,
    )


def _payment(row: Record) -> Payment:
    columns = dict(row)
    amount = Money(amount=columns.pop("amount_minor"), currency=columns.pop("currency"))
    action = columns.pop("next_action")
    return Payment(**columns, amount=amount, next_action=action and json.loads(action))
