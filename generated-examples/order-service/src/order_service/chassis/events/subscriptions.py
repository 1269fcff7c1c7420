"""What this service does when others speak: a handler for each type of event.

    subscriptions = Subscriptions()

    @subscriptions.subscribe(OrderPaid)
    async def convert_cart(event: OrderPaid, tx: Transaction) -> None:
        await repository.close(tx, event.order_id)

What a handler does in `tx` takes effect exactly once, however often the event arrives.  A handler
without `tx` has its effect elsewhere, and is called at least once.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from ..database import Transaction
from .event import Event

AnyEvent = TypeVar("AnyEvent", bound=Event)
InTransaction = Callable[[AnyEvent, Transaction], Awaitable[None]]
Outside = Callable[[AnyEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One handler, and the type of event that it is for."""

    kind: type[Event]
    handler: Callable[..., Awaitable[None]]
    in_transaction: bool


class Subscriptions:
    """The handlers of one part of a service."""

    def __init__(self) -> None:
        self._by_type: dict[str, Subscription] = {}

    def subscribe(self, kind: type[AnyEvent]) -> _Subscribe[AnyEvent]:
        """Call the decorated function for every event of this type, in order for each subject."""
        return _Subscribe(self, kind)

    def add(self, subscription: Subscription) -> None:
        """Raises TypeError for a second handler of a type: one function can do both things."""
        kind = subscription.kind
        if not kind.TYPE:
            raise TypeError(f"{kind.__qualname__} is a base of other events, and never arrives")
        if kind.TYPE in self._by_type:
            raise TypeError(f"{kind.TYPE} has a handler already; one function can do both things")
        self._by_type[kind.TYPE] = subscription

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self._by_type.values())


class _Subscribe(Generic[AnyEvent]):
    def __init__(self, subscriptions: Subscriptions, kind: type[AnyEvent]) -> None:
        self._subscriptions = subscriptions
        self._kind = kind

    @overload
    def __call__(self, handler: InTransaction[AnyEvent]) -> InTransaction[AnyEvent]: ...
    @overload
    def __call__(self, handler: Outside[AnyEvent]) -> Outside[AnyEvent]: ...
    def __call__(self, handler: Any) -> Any:  # Any: one of the two above
        parameters = len(inspect.signature(handler).parameters)
        self._subscriptions.add(Subscription(self._kind, handler, in_transaction=parameters == 2))
        return handler
