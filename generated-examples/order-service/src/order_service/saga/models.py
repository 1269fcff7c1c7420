"""One saga: which step is next, and when."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis import context

PLACE_ORDER: Final = "place_order"
SEND_REFUND: Final = "send_refund"

_NOW: Final = timedelta()


class Step(StrEnum):
    """Forward to a paid order, back from one that ends before; and money that goes back."""

    snapshot = "snapshot"
    reserve = "reserve"
    pay = "pay"
    settle = "settle"
    commit = "commit"
    void = "void"
    release = "release"
    refund = "refund"
    done = "done"


# What a customer waits for when ordering; the rest goes on without her.
WAITED_FOR: Final = frozenset({Step.snapshot, Step.reserve, Step.pay})


class Saga(BaseModel):
    """One saga; what a step does to it is a new value. `pause` is the time until the next turn."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    order_id: UUID
    step: Step
    attempt: int = 0
    reservation_id: UUID | None = None
    pause: timedelta = _NOW
    traceparent: str = ""
    request_id: str = ""

    @classmethod
    def begin(cls, id: UUID, *, name: str, order_id: UUID, step: Step) -> Self:
        """A saga that belongs to the request in hand, as its logs, spans and events will say."""
        request = context.current.get()
        return cls(
            id=id,
            name=name,
            order_id=order_id,
            step=step,
            traceparent=request.traceparent if request else "",
            request_id=request.request_id if request else "",
        )

    @property
    def context(self) -> context.RequestContext:
        """The request that it belongs to, for whoever goes on with it."""
        headers = {b"traceparent": self.traceparent, b"x-request-id": self.request_id}
        return context.begin((name, value.encode()) for name, value in headers.items())

    def at(self, step: Step) -> Self:
        """This step is next, at once."""
        return self.model_copy(update={"step": step, "attempt": 0, "pause": _NOW})

    def holding(self, reservation_id: UUID) -> Self:
        return self.model_copy(update={"reservation_id": reservation_id})

    def again(self) -> Self:
        """The same step once more, after a pause that grows."""
        return self.model_copy(update={"attempt": self.attempt + 1})

    def after(self, pause: timedelta) -> Self:
        return self.model_copy(update={"pause": pause})
