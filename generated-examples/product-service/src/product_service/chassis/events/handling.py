"""From an entry to its handler: opened, timed, traced, and told what the handler did."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter, time
from typing import Final

from pydantic import ValidationError

from .. import context
from ..database import Database, Transaction
from ..tracing import Span, Tracing
from .batches import Batches
from .delivery import Delivery, Outcome
from .envelope import Envelope, Unprocessable
from .metrics import HandlingMetrics
from .opened import Opened
from .publishing import cause
from .subscriptions import Subscription

_CONNECTIONS: Final = 3  # of the pool, at most


class Handling:
    """The work of one service: what its subscriptions do with what arrives."""

    def __init__(
        self,
        service: str,
        subscriptions: Mapping[str, Subscription],
        database: Database,
        tracing: Tracing,
        metrics: HandlingMetrics,
        *,
        seconds: float,
    ) -> None:
        self._subscriptions = {
            name.encode(): (one, metrics.of(name)) for name, one in subscriptions.items()
        }
        self._service = service
        self._tracing = tracing
        self._unknown = metrics.unknown
        self._seconds = seconds
        self._batches = Batches(database, service, self._in_transaction, most=_CONNECTIONS)

    async def __call__(self, run: Sequence[Delivery]) -> Outcome:
        """Handle the first of these, as many as go together."""
        together: list[Opened] = []
        for delivery in run:
            try:
                one = self._open(delivery)
            except Unprocessable as error:
                if not together:
                    return Outcome(0, error)
                break
            if one is None and not together:
                self._unknown.inc()
                return Outcome(1)
            if one is None or (together and not _go_together(together[-1], one)):
                break
            together.append(one)
        if together[0].in_transaction:
            return await self._batches.handle(together)
        return await self._outside(together)

    def _open(self, delivery: Delivery) -> Opened | None:
        """The event; None if it is of a type that nobody here handles."""
        known = self._subscriptions.get(delivery.fields.get(b"type", b""))
        if known is None:
            Envelope.parse(delivery.fields)
            return None
        subscription, metrics = known
        envelope = Envelope.parse(delivery.fields)
        try:
            event = subscription.kind.opened(envelope)
        except ValidationError as error:
            raise Unprocessable(f"its data is no {envelope.type}: {_faults(error)}") from error
        handler, in_transaction = subscription.handler, subscription.in_transaction
        return Opened(delivery, envelope, event, handler, in_transaction, metrics)

    async def _outside(self, run: Sequence[Opened]) -> Outcome:
        done, loop = 0, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                for one in run:
                    limit.reschedule(loop.time() + self._seconds)
                    with self._handling(one):
                        await one.handler(one.event)
                    one.delivery.handled = True
                    done += 1
        except Exception as error:  # the border: whatever a handler raises is its failure
            return Outcome(done, error)
        return Outcome(done)

    async def _in_transaction(self, one: Opened, tx: Transaction) -> None:
        with self._handling(one):
            async with asyncio.timeout(self._seconds):
                await one.handler(one.event, tx)

    @contextmanager
    def _handling(self, one: Opened) -> Iterator[None]:
        envelope, outcome = one.envelope, "failed"
        one.metrics.begun(time() - envelope.time.timestamp())
        begun = perf_counter()
        token = cause.set(envelope)
        try:
            if envelope.traceparent or self._tracing.enabled:
                with self._tracing.hop(_continued(envelope), self._span(envelope)):
                    yield
            else:
                yield
            outcome = "done"
        finally:
            cause.reset(token)
            one.metrics.ended(outcome, perf_counter() - begun)

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


def _go_together(before: Opened, one: Opened) -> bool:
    """Whether they may be handled in one go: what broke a connection is handled alone."""
    alone = before.delivery.blamed or one.delivery.blamed
    return before.in_transaction == one.in_transaction and not alone


def _faults(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
