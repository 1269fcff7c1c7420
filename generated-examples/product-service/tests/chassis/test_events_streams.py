"""What is so on streams of Valkey alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from product_service.chassis.events.delivery import TransportAway
from product_service.chassis.events.envelope import Envelope
from product_service.chassis.events.streams import Streams
from product_service.chassis.events.streams.fence import Fence
from product_service.chassis.events.streams.wire import wire
from product_service.chassis.tracing import Tracing, TracingSettings
from product_service.chassis.valkey import Valkey, ValkeySettings

from .fixtures_events import GROUP, TOPIC, Processes, Record, ValkeyBroker, envelopes, until

NOW = timedelta(0)


@pytest.fixture
async def valkey(bare_environment: pytest.MonkeyPatch, valkey_url: str) -> AsyncIterator[Valkey]:
    settings = ValkeySettings(url=SecretStr(valkey_url))
    async with Valkey(settings, Tracing("test", "0", TracingSettings())) as valkey:
        yield valkey


@pytest.fixture
def broker(valkey_url: str) -> ValkeyBroker:
    """Valkey alone: what these test is of its streams."""
    return ValkeyBroker(valkey_url)


def streams(valkey: Valkey, longest: int = 1_000_000) -> Streams:
    return Streams(valkey, consumer="a", lease_seconds=1.0, longest=longest)


async def length(valkey: Valkey) -> int:
    keys = await valkey.client.keys("ev:*.[0-3]?")
    return sum([await valkey.client.xlen(key) for key in keys])


async def test_what_everybody_has_handled_is_forgotten(
    processes: Processes, valkey: Valkey
) -> None:
    record = Record()
    reader = await processes.reader(record)
    await processes.send(envelopes(subjects=100, numbers=10))
    await until(lambda: record.count == 1000)
    await reader.stop()

    await streams(valkey).trim(TOPIC, NOW)

    assert await length(valkey) < 1000


async def test_what_a_group_has_not_read_is_kept(processes: Processes, valkey: Valkey) -> None:
    record = Record()
    reader = await processes.reader(record)
    slow = await processes.reader(record, group="notification-service")
    await until(lambda: slow.consumer.held == 5)
    await slow.stop()
    await processes.send(envelopes(subjects=100, numbers=10))
    await until(lambda: record.count == 1000)
    await reader.stop()

    assert await streams(valkey).trim(TOPIC, NOW) == 0


async def test_a_group_that_is_forgotten_holds_nothing_up(
    processes: Processes, valkey: Valkey
) -> None:
    gone = await processes.reader(Record())
    await until(lambda: gone.consumer.held == 5)
    await gone.stop()
    await processes.send(envelopes(subjects=100, numbers=10))
    transport = streams(valkey)

    await transport.forget(TOPIC, GROUP)

    assert await transport.lag(TOPIC) == []
    assert await transport.trim(TOPIC, NOW) > 0


async def test_a_stream_that_is_too_long_takes_nothing_more(valkey: Valkey) -> None:
    async with streams(valkey, longest=10).sender(TOPIC) as sender:
        await sender.send(envelopes(subjects=100, numbers=1))

        with pytest.raises(TransportAway, match="wait to be handled"):
            await sender.send(envelopes(subjects=1, numbers=1))


async def test_what_was_sent_is_settled_once_it_is_on_the_disk(valkey: Valkey) -> None:
    async with streams(valkey).sender(TOPIC) as sender:
        await sender.send(envelopes(subjects=10, numbers=1))

        async with asyncio.timeout(10):
            while (settled := await sender.settled()) == 0:
                continue

    assert settled == 10


async def test_a_command_is_not_done_after_its_lease_went_to_another(valkey: Valkey) -> None:
    await valkey.client.set("lease", "ours")
    async with wire(valkey) as line:
        fence = Fence(line, "ours")
        first = await fence.ask(("INCR", "done"), ["lease"])
        await valkey.client.set("lease", "theirs")

        second = await fence.ask(("INCR", "done"), ["lease"])

    assert (first.done, first.lost) == (True, frozenset())
    assert (second.done, second.lost) == (False, frozenset({"lease"}))
    assert await valkey.client.get("done") == b"1"


async def test_a_command_is_not_done_after_its_lease_ended(valkey: Valkey) -> None:
    await valkey.client.set("lease", "ours")
    async with wire(valkey) as line:
        fence = Fence(line, "ours")
        await fence.ask(("INCR", "done"), ["lease"])
        await valkey.client.pexpire("lease", 1)
        async with asyncio.timeout(10):
            while await valkey.client.exists("lease"):
                continue

        ended = await fence.ask(("INCR", "done"), ["lease"])

    assert (ended.done, ended.lost) == (False, frozenset({"lease"}))


async def test_what_a_suspect_did_is_acknowledged_before_the_next_one_begins(
    processes: Processes, valkey: Valkey
) -> None:
    begun: list[Envelope] = []
    pending: list[int] = []

    async def hangs(event: Envelope) -> None:
        begun.append(event)
        await asyncio.Event().wait()

    async def looks(event: Envelope) -> None:
        [lag] = await streams(valkey).lag(TOPIC)
        pending.append(lag.pending)

    await processes.send(envelopes(subjects=8, numbers=1))
    for deaths in (1, 2, 3):
        reader = await processes.reader(hangs)
        await until(lambda: len(begun) == 8 * deaths)  # noqa: B023 - it is waited for at once
        await reader.kill()
    await processes.reader(looks)

    await until(lambda: len(pending) == 8)
    assert pending == [8, 7, 6, 5, 4, 3, 2, 1]
