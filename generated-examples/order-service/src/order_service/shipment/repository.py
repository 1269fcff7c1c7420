"""Every SQL statement about shipments."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from .models import Shipment


async def add(tx: Transaction, shipment: Shipment) -> None:
    await tx.execute(
        """
        INSERT INTO shipments (id, order_id, carrier, tracking_number, shipped_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        shipment.id,
        shipment.order_id,
        shipment.carrier,
        shipment.tracking_number,
        shipment.shipped_at,
    )


async def find_of_order(tx: Transaction, order_id: UUID) -> Shipment | None:
    row = await tx.fetchrow("SELECT * FROM shipments WHERE order_id = $1", order_id)
    return Shipment(**row) if row else None


async def save(tx: Transaction, shipment: Shipment) -> None:
    await tx.execute(
        "UPDATE shipments SET delivered_at = $2 WHERE id = $1", shipment.id, shipment.delivered_at
    )
