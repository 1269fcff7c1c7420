"""Publish an event in the transaction that makes it true."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_json

from .. import context
from ..database import Transaction
from ..identifiers import uuid7
from . import outbox
from .envelope import Envelope
from .event import Event

# The event in hand, which is the cause of what its handler publishes.
cause: Final[ContextVar[Envelope | None]] = ContextVar("cause", default=None)


async def publish(tx: Transaction, event: Event, *, sequence: int | None = None) -> UUID:
    """Tell everybody who listens, if and when the transaction commits; the answer is its id.

    `sequence` is the version of the aggregate that the event leads to.
    """
    if not event.TYPE or event.SOURCE is not None:
        owner = event.SOURCE or "a base of other events, nobody"
        raise TypeError(f"{type(event).__qualname__} is not ours to publish: it is of {owner}")
    request, causing = context.current.get(), cause.get()
    envelope = Envelope(
        id=uuid7(),
        source="",  # this service's name, which the relay knows
        type=event.TYPE,
        subject=event.subject,
        time=datetime.now(UTC),
        data=to_json(event),
        traceparent=request.traceparent if request else "",
        tracestate=request.tracestate if request else "",
        correlationid=request.request_id if request else "",
        causationid=str(causing.id) if causing else "",
        sequence=sequence,
        private=event.PRIVATE,
    )
    await outbox.add(tx, envelope)
    return envelope.id
