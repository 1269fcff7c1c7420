"""The use cases of reservations: load, decide, save, tell, in one transaction each.

Whoever locks a reservation does so before the stock that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ..chassis.database import Database, Transaction
from ..chassis.errors import IdempotencyKeyReused
from ..chassis.events import publish
from ..inventory import repository as inventory
from ..inventory.models import UnknownProduct
from . import repository
from .events import InventoryCommitted, InventoryReleased, InventoryReserved
from .inputs import Reason, ReservationInput
from .models import InsufficientStock, Reservation, ReservedLine, Status

_EXPIRED_AT_ONCE: Final = 50


async def reserve(database: Database, said: ReservationInput) -> tuple[Reservation, bool]:
    """Hold all of it or nothing; and whether it is held now that was not before.

    Raises InsufficientStock, UnknownProduct, IdempotencyKeyReused, ReservationExpired.
    """
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        reservation = Reservation.begin(said, now)
        if not await repository.add(tx, reservation):
            return await _reserve_again(tx, said, now)
        return await _hold(tx, reservation, said), True


async def get(database: Database, id: UUID) -> Reservation:
    async with database.connection() as tx:
        return await repository.get(tx, id)


async def commit(database: Database, actor: str, id: UUID) -> Reservation:
    """What was held is sold, and leaves the shelf; raises ReservationExpired."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        reservation = await repository.get_to_change(tx, id)
        if reservation.status is Status.committed:
            return reservation
        committed = reservation.committed(now)
        await inventory.free(tx, [id])
        await inventory.move(tx, committed.movements(actor))
        await repository.save(tx, [committed])
        await publish(tx, InventoryCommitted.of(committed), sequence=committed.version)
    return committed


async def release(database: Database, id: UUID, reason: Reason) -> Reservation:
    """What was held can be had by others; raises AlreadyCommitted."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        reservation = await repository.get_to_change(tx, id)
        if reservation.status in (Status.released, Status.expired):
            return reservation
        released = reservation.released(now)
        await _let_go(tx, [released], reason)
    return released


async def extend(database: Database, id: UUID, seconds: int) -> Reservation:
    """Raises AlreadyCommitted, ReservationExpired."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        reservation = await repository.get_to_change(tx, id)
        extended = reservation.extended(seconds, now)
        await repository.save(tx, [extended])
    return extended


async def expire(database: Database) -> int:
    """Take back what nobody has paid for in time; how many reservations those are."""
    taken = 0
    while True:
        now = datetime.now(UTC)
        async with database.transaction() as tx:
            due = await repository.list_due_to_change(tx, now, _EXPIRED_AT_ONCE)
            await _let_go(tx, [one.expired(now) for one in due], Reason.expired)
        taken += len(due)
        if len(due) < _EXPIRED_AT_ONCE:
            return taken


async def _reserve_again(
    tx: Transaction, said: ReservationInput, now: datetime
) -> tuple[Reservation, bool]:
    """The order has asked before: the same answer, unless what was held has been taken back."""
    reservation = await repository.get_of_order_to_change(tx, said.order_id)
    if reservation.wanted != said.wanted:
        raise IdempotencyKeyReused(f"order {said.order_id} has reserved other products")
    reservation.require_not_released()
    renewed = reservation.renewed(said.ttl_seconds, now)
    if reservation.status is Status.expired:
        await repository.save(tx, [renewed])
        return await _hold(tx, renewed, said), True
    if reservation.overdue(now):
        await repository.save(tx, [renewed])
        return renewed, False
    return reservation, False


async def _hold(tx: Transaction, reservation: Reservation, said: ReservationInput) -> Reservation:
    lines = await repository.hold(tx, reservation.id, said.wanted)
    if len(lines) < len(said.wanted):
        await _refuse(tx, said, lines)
    holding = reservation.holding(lines)
    await publish(tx, InventoryReserved.of(holding), sequence=holding.version)
    return holding


async def _refuse(tx: Transaction, said: ReservationInput, held: Iterable[ReservedLine]) -> None:
    """Raise what says why not all of it can be had; the transaction gives back the rest."""
    had = {line.product_id for line in held}
    missing = {one: said.wanted[one] for one in said.wanted if one not in had}
    shortages = await repository.list_shortages(tx, missing)
    if unknown := missing.keys() - {one.product_id for one in shortages}:
        raise UnknownProduct(said.places_of(unknown))
    raise InsufficientStock(shortages)


async def _let_go(tx: Transaction, reservations: list[Reservation], reason: Reason) -> None:
    """Save that these hold nothing any more, and tell."""
    await inventory.free(tx, [one.id for one in reservations])
    await repository.save(tx, reservations)
    for one in reservations:
        await publish(tx, InventoryReleased.of(one, reason=reason), sequence=one.version)
