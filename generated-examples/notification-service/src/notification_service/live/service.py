"""Tell a live topic something, if and when the transaction commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from ..chassis.database import Transaction, announce
from ..chassis.events import Event
from ..chassis.websocket import Hub
from . import repository

_OWN: Final = ("me/orders", "me/notifications")


class Shown(BaseModel):
    """An event as clients see it: by its id they know one that comes twice."""

    model_config = ConfigDict(frozen=True, extra="allow")

    event_id: UUID


async def tell(
    tx: Transaction, topic: str, type: str, data: BaseModel, *, to: UUID | None = None
) -> None:
    """`to` is whose topic it is, where the topic is everybody's own (`me/…`)."""
    owner = str(to) if to else None
    await repository.add(tx, topic, owner, type, to_json(data).decode())
    announce(repository.ANNOUNCEMENT)


async def show(tx: Transaction, event: Event, topic: str, *, to: UUID | None = None) -> None:
    """Pass an event on that arrived: `order.paid` with its data, and its id as `event_id`."""
    name = ".".join(event.TYPE.split(".")[1:-1])
    await tell(tx, topic, name, Shown(event_id=event.envelope.id, **event.model_dump()), to=to)


async def forget(tx: Transaction, hub: Hub, user_id: UUID, orders: Sequence[UUID]) -> None:
    """Keep nothing of what a user was told, or is still to be told; raises Unavailable."""
    owner, topics = str(user_id), [f"orders/{order}" for order in orders]
    await repository.lock_out(tx)
    await repository.remove_all_of(tx, owner, topics)
    for topic in _OWN:
        await hub.forget(topic, to=owner)
    for topic in topics:
        await hub.forget(topic)
