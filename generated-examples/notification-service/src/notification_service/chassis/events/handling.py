"""From an entry to its handler: opened, timed, traced, and told what the handler did."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from time import perf_counter, time
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
from .publishing import cause
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
        self._unknown = tallies.unknown
        self._overtime = Overtime(seconds)
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
        subscription, tally = known
        envelope = Envelope.parse(delivery.fields)
        try:
            event = subscription.kind.opened(envelope)
        except ValidationError as error:
            raise Unprocessable(f"its data is no {envelope.type}: {_faults(error)}") from error
        handler, in_transaction = subscription.handler, subscription.in_transaction
        return Opened(delivery, envelope, event, handler, in_transaction, tally)

    async def _outside(self, run: Sequence[Opened]) -> Outcome:
        done = 0
        try:
            with Watched(self._overtime) as watched:
                for one in run:
                    watched.next()
                    with _InHand(one):
                        await self._call(one)
                    one.delivery.handled = True
                    done += 1
        except Exception as error:  # the border: whatever a handler raises is its failure
            return Outcome(done, error)
        return Outcome(done)

    async def _in_transaction(self, one: Opened, tx: Transaction) -> None:
        with Watched(self._overtime), _InHand(one):
            await self._call(one, tx)

    def _call(self, one: Opened, *transaction: Transaction) -> Awaitable[None]:
        if one.envelope.traceparent or self._tracing.enabled:
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


class _InHand:
    """While one event is with its handler: it is the cause of what is published, and is timed."""

    __slots__ = ("_begun", "_cause", "_one")

    def __init__(self, one: Opened) -> None:
        self._one = one

    def __enter__(self) -> None:
        one = self._one
        one.tally.age.observe(time() - one.envelope.time.timestamp())
        self._cause = cause.set(one.envelope)
        self._begun = perf_counter()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        seconds = perf_counter() - self._begun
        cause.reset(self._cause)
        self._one.tally.seconds.observe(seconds)
        self._one.tally.ended["failed" if kind else "done"] += 1


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
