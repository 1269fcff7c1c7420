"""Processes that read events, on every transport: the tests of delivery run against each.

A reader here is what a process of a service is: it has a name among those of its group, and it can
be stopped, or end like one that is killed.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr

from order_service.chassis import events
from order_service.chassis.events.delivery import Delivery, Outcome
from order_service.chassis.events.envelope import Envelope
from order_service.chassis.events.jetstream import JetStream
from order_service.chassis.events.jetstream.link import linked
from order_service.chassis.events.lanes import Intake
from order_service.chassis.events.pace import Patience
from order_service.chassis.events.streams import Streams
from order_service.chassis.events.transport import Consumer, Transport
from order_service.chassis.identifiers import uuid7
from order_service.chassis.tracing import Tracing, TracingSettings
from order_service.chassis.valkey import Valkey, ValkeySettings

from dev.nats import NatsServer, running_nats
from dev.valkey import ValkeyServer, running_valkey

TOPIC = "order-service"
GROUP = "cart-service"
PATIENCE = 20.0
LEASE_SECONDS = 1.0
QUICK = Patience(attempts=3, first_seconds=0.01, longest_seconds=0.02)

Handler = Callable[[Envelope], Awaitable[None]]


@pytest.fixture
def events_settings(valkey_settings: dict[str, str]) -> dict[str, str]:
    """Events need no settings besides those of PostgreSQL and Valkey, which they bring along."""
    return valkey_settings


async def until(condition: Callable[[], object]) -> None:
    """Wait until it is true, at most 20 s."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - of whatever it is, there may be no event
            await asyncio.sleep(0.002)


def envelope(subject: str, number: int, type: str = "shop.order.paid.v1") -> Envelope:
    """The event of this number about this subject."""
    return Envelope(
        id=uuid7(),
        source=TOPIC,
        type=type,
        subject=subject,
        time=datetime.now(UTC),
        data=b"{}",
        sequence=number,
    )


def envelopes(subjects: int, numbers: int, first: int = 0) -> list[Envelope]:
    """So many events about each of so many subjects, which take turns."""
    return [
        envelope(f"order-{subject}", number)
        for number in range(first, first + numbers)
        for subject in range(subjects)
    ]


class Record:
    """What readers handled, whoever of them it was."""

    def __init__(self) -> None:
        self.handled: dict[str, list[int]] = defaultdict(list)
        self.events: list[Envelope] = []

    async def __call__(self, event: Envelope) -> None:
        self.events.append(event)
        assert event.sequence is not None
        self.handled[event.subject].append(event.sequence)

    @property
    def count(self) -> int:
        return len(self.events)

    def has(self, subjects: int, numbers: int) -> bool:
        """Whether every subject has these numbers, once each and in order."""
        expected = {f"order-{subject}": list(range(numbers)) for subject in range(subjects)}
        return self.handled == expected


class Firsts(Record):
    """The same, without what was delivered twice, as an inbox would have it."""

    async def __call__(self, event: Envelope) -> None:
        if event.sequence not in self.handled[event.subject]:
            await super().__call__(event)


class Broker(Protocol):
    """A server that transports work on."""

    def transport(self, consumer: str) -> AbstractAsyncContextManager[Transport]:
        """What a process of this name sees of it."""
        ...

    async def kill(self) -> None: ...

    async def start(self) -> None: ...

    async def lose_everything(self) -> None:
        """Delete all streams, under the running processes."""
        ...


class ValkeyBroker:
    """Streams on a Valkey."""

    def __init__(self, url: str, server: ValkeyServer | None = None) -> None:
        self.url = url
        self._server = server

    @asynccontextmanager
    async def transport(self, consumer: str) -> AsyncIterator[Transport]:
        settings = ValkeySettings(url=SecretStr(self.url))
        async with Valkey(settings, Tracing("test", "0", TracingSettings())) as valkey:
            yield Streams(valkey, consumer=consumer, lease_seconds=LEASE_SECONDS, longest=1_000_000)

    async def kill(self) -> None:
        assert self._server is not None
        await self._server.kill()

    async def start(self) -> None:
        assert self._server is not None
        await self._server.start()

    async def lose_everything(self) -> None:
        async with Valkey(
            ValkeySettings(url=SecretStr(self.url)), Tracing("test", "0", TracingSettings())
        ) as valkey:
            await valkey.client.flushdb()


class NatsBroker:
    """JetStream on a NATS."""

    def __init__(self, server: NatsServer) -> None:
        self._server = server

    @asynccontextmanager
    async def transport(self, consumer: str) -> AsyncIterator[Transport]:
        # Longer than on Valkey: each renewal is several calls.
        seconds = 3 * LEASE_SECONDS
        yield JetStream(
            self._server.url, consumer=consumer, lease_seconds=seconds, longest=1_000_000
        )

    async def kill(self) -> None:
        await self._server.kill()

    async def start(self) -> None:
        await self._server.start()

    async def lose_everything(self) -> None:
        async with linked(self._server.url) as js:
            for stream in await js.streams_info():
                await js.delete_stream(str(stream.config.name))


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    """One NATS for all tests."""
    with asyncio.Runner() as runner:
        server = running_nats()
        yield runner.run(server.__aenter__())
        runner.run(server.__aexit__(None, None, None))


@pytest.fixture(params=["valkey", "nats"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """One that is shared by all tests."""
    if request.param == "valkey":
        return ValkeyBroker(request.getfixturevalue("valkey_url"))
    return NatsBroker(request.getfixturevalue("nats_server"))


@pytest.fixture(params=["valkey", "nats"])
async def own_broker(
    request: pytest.FixtureRequest, bare_environment: pytest.MonkeyPatch
) -> AsyncIterator[Broker]:
    """One of the test's own, to kill and start."""
    if request.param == "valkey":
        async with running_valkey() as valkey:
            yield ValkeyBroker(valkey.url, valkey)
    else:
        async with running_nats() as nats:
            yield NatsBroker(nats)


def work_of(handler: Handler) -> Callable[[Sequence[Delivery]], Awaitable[Outcome]]:
    """What hands each event of a run to a handler."""

    async def work(run: Sequence[Delivery]) -> Outcome:
        for done, delivery in enumerate(run):
            try:
                await handler(Envelope.parse(delivery.fields))
            except Exception as error:
                return Outcome(done, error)
            delivery.handled = True
        return Outcome(len(run))

    return work


class Reader:
    """One process that reads a topic."""

    def __init__(self, transport: Transport, consumer: Consumer) -> None:
        self.transport = transport
        self.consumer = consumer
        self._before = asyncio.all_tasks()
        self._task = asyncio.create_task(consumer.run())

    async def stop(self, seconds: float = 5.0) -> None:
        await self.consumer.stop(seconds)
        await self._task

    async def kill(self) -> None:
        """End at once: nothing is finished, acknowledged or given back."""
        own = [task for task in asyncio.all_tasks() - self._before if _is_of_events(task)]
        while alive := [task for task in own if not task.done()]:
            for task in alive:
                task.cancel()
            await asyncio.wait(alive, timeout=1.0)


def _is_of_events(task: asyncio.Task[Any]) -> bool:
    coroutine: Any = task.get_coro()  # Any: a coroutine, or a generator that looks like one
    return Path(events.__file__).parent in Path(coroutine.cr_code.co_filename).parents


class Processes:
    """The processes of a test, and what they handled."""

    def __init__(self, broker: Broker, stack: AsyncExitStack) -> None:
        self.broker = broker
        self._stack = stack
        self._sender = "publisher"

    async def transport(self, name: str = "operator") -> Transport:
        return await self._stack.enter_async_context(self.broker.transport(name))

    async def reader(
        self, handler: Handler, name: str = "a", group: str = GROUP, topic: str = TOPIC
    ) -> Reader:
        """A process of this name, that reads from now on; it is killed after the test."""
        transport = await self.transport(name)
        consumer = transport.consumer(topic, group, Intake(work_of(handler), QUICK))
        reader = Reader(transport, consumer)
        self._stack.push_async_callback(reader.kill)
        return reader

    async def send(self, events: Sequence[Envelope]) -> None:
        transport = await self.transport(self._sender)
        async with transport.sender(TOPIC) as sender:
            for begin in range(0, len(events), 100):
                await sender.send(events[begin : begin + 100])


@pytest.fixture
async def processes(
    broker: Broker, bare_environment: pytest.MonkeyPatch
) -> AsyncIterator[Processes]:
    await broker.lose_everything()
    async with AsyncExitStack() as stack:
        yield Processes(broker, stack)


@pytest.fixture
async def own_processes(own_broker: Broker) -> AsyncIterator[Processes]:
    """On a broker of its own."""
    async with AsyncExitStack() as stack:
        yield Processes(own_broker, stack)
