"""From an entry to its handler: opened, timed, traced, and told what the handler did."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from .. import context
from ..database import Database, Transaction
from ..tracing import Span, Tracing
from .batches import Batches
from .delivery import Delivery, Outcome
from .envelope import Envelope, Unprocessable
from .opened import Opened
from .overtime import Overtime, Watched
from .steps import begun
from .subscriptions import Subscription
from .tallies import Tallies

_CONNECTIONS: Final = 3  # of the pool, at most


class Handling:
    """The work of one service: what its subscriptions do with what arrives."""

    def __init__(
        self,
        service: str,
        subscriptions: Mapping[str, Subscription],
        database: Database,
        tracing: Tracing,
        tallies: Tallies,
        *,
        seconds: float,
    ) -> None:
        self._subscriptions = {
            name.encode(): (one, tallies.of(name)) for name, one in subscriptions.items()
        }
        self._service = service
        self._tracing = tracing
        self._traces = tracing.enabled
        self._unknown = tallies.unknown
        self._overtime = Overtime(seconds)
        self._batches = Batches(database, service, self._in_transaction, most=_CONNECTIONS)

    async def __call__(self, run: Sequence[Delivery]) -> Outcome:
        """Handle the first of these, as many as go together."""
        together: list[Opened] = []
        done = 0
        try:
            for delivery in run:
                one = self._open(delivery)
                if one is not None and one.in_transaction:
                    if done or not _go_together(together, one):
                        break
                    together.append(one)
                    continue
                if together:
                    break
                if one is None:
                    self._unknown.inc()
                else:
                    await self._outside(one)
                delivery.handled = True
                done += 1
        except Exception as error:  # the border: whatever a handler raises is its failure
            if not together:
                return Outcome(done, error)
        return await self._batches.handle(together) if together else Outcome(done)

    def _open(self, delivery: Delivery) -> Opened | None:
        """The event; None if it is of a type that nobody here handles."""
        known = self._subscriptions.get(delivery.fields.get(b"type", b""))
        if known is None:
            Envelope.parse(delivery.fields)
            return None
        subscription, tally = known
        envelope = Envelope.parse(delivery.fields)
        try:
            event = subscription.kind.opened(envelope)
        except ValidationError as error:
            raise Unprocessable(f"its data is no {envelope.type}: {_faults(error)}") from error
        handler, in_transaction = subscription.handler, subscription.in_transaction
        return Opened(delivery, envelope, event, handler, in_transaction, tally)

    async def _outside(self, one: Opened) -> None:
        with one:
            rest = begun(self._call(one))
            if rest is not None:
                with Watched(self._overtime):
                    await rest

    async def _in_transaction(self, one: Opened, tx: Transaction) -> None:
        with Watched(self._overtime), one:
            await self._call(one, tx)

    def _call(self, one: Opened, *transaction: Transaction) -> Awaitable[None]:
        if self._traces or one.envelope.traceparent:
            return self._call_traced(one, *transaction)
        return one.handler(one.event, *transaction)

    async def _call_traced(self, one: Opened, *transaction: Transaction) -> None:
        with self._tracing.hop(_continued(one.envelope), self._span(one.envelope)):
            await one.handler(one.event, *transaction)

    def _span(self, envelope: Envelope) -> Span:
        return Span(
            f"process {envelope.type}",
            "consumer",
            {
                "messaging.operation.type": "process",
                "messaging.destination.name": envelope.source,
                "messaging.consumer.group.name": self._service,
                "messaging.message.id": str(envelope.id),
            },
        )


def _continued(envelope: Envelope) -> context.RequestContext:
    """The request that the event continues, or a new one."""
    return context.begin(
        [
            (b"traceparent", envelope.traceparent.encode()),
            (b"tracestate", envelope.tracestate.encode()),
            (b"x-request-id", envelope.correlationid.encode()),
        ]
    )


def _go_together(before: Sequence[Opened], one: Opened) -> bool:
    """Whether it may be handled with these: what broke a connection is handled alone."""
    return not (before and (before[-1].delivery.blamed or one.delivery.blamed))


def _faults(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
