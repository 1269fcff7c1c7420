"""The services that this one hears: what they say goes the same way as in the shop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from notification_service.chassis.events.envelope import Envelope
from notification_service.chassis.events.streams import Streams
from notification_service.chassis.identifiers import uuid7
from notification_service.chassis.valkey import Valkey

Json = dict[str, Any]  # Any: JSON

_PUBLISHERS: Final = {
    "user": "user-service",
    "notification": "user-service",
    "order": "order-service",
    "cart": "cart-service",
    "inventory": "product-service",
}
_SUBJECTS: Final = {
    "user": "user_id",
    "notification": "dedupe_key",
    "order": "order_id",
    "cart": "cart_id",
    "inventory": "product_id",
}


class Neighbours:
    """Publishes what the neighbours say."""

    def __init__(self, valkey: Valkey) -> None:
        self._streams = Streams(valkey, consumer="test", lease_seconds=1, longest=1_000_000)

    async def say(
        self, name: str, data: Json, *, sequence: int | None = None, id: UUID | None = None
    ) -> UUID:
        """`order.paid` with this data; the answer is the event's id."""
        aggregate = name.partition(".")[0]
        event = Envelope(
            id=id or uuid7(),
            source=_PUBLISHERS[aggregate],
            type=f"shop.{name}.v1",
            subject=str(data[_SUBJECTS[aggregate]]),
            time=datetime.now(UTC),
            data=json.dumps(data).encode(),
            sequence=sequence,
            private=aggregate == "notification",
        )
        await self.send([event])
        return event.id

    async def send(self, events: list[Envelope]) -> None:
        async with self._streams.sender(events[0].source) as sender:
            await sender.send(events)
