"""The use cases of shipments: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..chassis.database import Database
from ..order import repository as orders
from ..order import transitions
from ..order.caller import Caller
from ..order.models import InvalidTransition
from . import repository
from .models import Shipment, ShipmentInput


async def ship(database: Database, caller: Caller, order_id: UUID, said: ShipmentInput) -> Shipment:
    """Raises InvalidTransition."""
    async with database.transaction() as tx:
        order = await orders.get_to_change(tx, order_id)
        shipment = Shipment.create(order_id, said, datetime.now(UTC))
        await transitions.ship(tx, order, shipment, caller.actor)
        await repository.add(tx, shipment)
    return shipment


async def deliver(database: Database, caller: Caller, order_id: UUID) -> Shipment:
    """Raises InvalidTransition."""
    async with database.transaction() as tx:
        order = await orders.get_to_change(tx, order_id)
        shipment = await repository.find_of_order(tx, order_id)
        if shipment is None:
            raise InvalidTransition(f"order {order.number} is {order.status}: ship it first")
        delivered = shipment.delivered(datetime.now(UTC))
        await transitions.deliver(tx, order, delivered, caller.actor)
        await repository.save(tx, delivered)
    return delivered
