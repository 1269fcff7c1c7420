"""Events: in order, without a gap, to every client of every replica, whatever breaks meanwhile."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from redis import Redis

from notification_service.chassis.errors import Unavailable
from notification_service.chassis.websocket import Hub, subscriber
from notification_service.chassis.websocket.channel import Follower
from notification_service.chassis.websocket.streams import Event, Position

from .fixtures_service import client_for
from .fixtures_websocket import PATIENCE, Replica, Replicas, live_service
from dev.valkey import ValkeyServer, running_valkey


@pytest.fixture
def stream(valkey_url: str) -> Redis:
    return Redis.from_url(valkey_url, decode_responses=True)


async def test_an_event_reaches_who_follows_its_topic(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        published = await replica.publish("stock/1", {"left": 3})

        event = await talk.hear()

    assert event == {
        "op": "event",
        "topic": "stock/1",
        "seq": 1,
        "id": published,
        "type": "changed",
        "data": {"left": 3},
    }


async def test_an_event_reaches_the_clients_of_every_replica(replicas: Replicas) -> None:
    here, there = await replicas(), await replicas()

    async with here.talk("ann") as ann, there.talk("bob") as bob:
        await ann.ask(op="sub", topic="stock/1")
        await bob.ask(op="sub", topic="stock/1")
        await here.publish("stock/1")
        await there.publish("stock/1")

        assert await ann.numbers(2) == await bob.numbers(2) == [1, 2]


async def test_events_of_other_topics_are_not_heard(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        await replica.publish("stock/2")
        await replica.publish("stock/1")

        assert (await talk.hear())["topic"] == "stock/1"


async def test_who_unsubscribes_hears_no_more(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        await talk.ask(op="sub", topic="stock/2")
        assert await talk.ask(op="unsub", topic="stock/1") == {
            "op": "unsubscribed",
            "topic": "stock/1",
        }
        await replica.publish("stock/1")
        await replica.publish("stock/2")

        assert (await talk.hear())["topic"] == "stock/2"


async def test_everybody_has_an_own_topic_below_me(replica: Replica) -> None:
    async with replica.talk("ann") as ann, replica.talk("bob") as bob:
        await ann.ask(op="sub", topic="me/orders")
        await bob.ask(op="sub", topic="me/orders")
        await replica.publish("me/orders", "for bob", to="bob")
        await replica.publish("me/orders", "for ann", to="ann")

        assert (await ann.hear())["data"] == "for ann"
        assert (await bob.hear())["data"] == "for bob"


async def test_who_publishes_must_say_whose_own_topic_it_is(replica: Replica) -> None:
    with pytest.raises(ValueError, match="say whose"):
        await replica.publish("me/orders")


async def test_to_an_undeclared_topic_nothing_is_published(replica: Replica) -> None:
    with pytest.raises(LookupError, match="no topic nothing"):
        await replica.publish("nothing")


async def test_an_event_that_is_too_large_is_not_published(replica: Replica) -> None:
    with pytest.raises(ValueError, match="65536 bytes"):
        await replica.publish("stock/1", "x" * 65536)


async def test_who_resumes_gets_what_was_published_since_once_and_in_order(
    replicas: Replicas,
) -> None:
    here, there = await replicas(), await replicas()
    async with here.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        await here.publish("stock/1")
        seen = (await talk.hear())["id"]
    for _ in range(250):
        await here.publish("stock/1")

    async with there.talk("ann") as talk:
        answer = await talk.ask(op="sub", topic="stock/1", after=seen)
        await there.publish("stock/1")

        assert answer == {"op": "subscribed", "topic": "stock/1", "id": seen}
        assert await talk.numbers(251) == list(range(2, 253))


async def test_who_had_seen_nothing_resumes_from_where_it_subscribed(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        begin = (await talk.ask(op="sub", topic="stock/1"))["id"]
    await replica.publish("stock/1")

    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1", after=begin)

        assert await talk.numbers(1) == [1]


async def test_who_resumes_while_events_come_gets_each_once_and_in_order(
    replicas: Replicas,
) -> None:
    here, there = await replicas(), await replicas()
    first = await here.publish("stock/1")

    async def publish() -> None:
        for _ in range(400):
            await here.publish("stock/1")

    async with there.talk("ann") as ann, there.talk("bob") as bob:
        publishing = asyncio.create_task(publish())
        await ann.ask(op="sub", topic="stock/1", after=first)
        assert await ann.numbers(100) == list(range(2, 102))
        await bob.ask(op="sub", topic="stock/1", after=first)

        assert await ann.numbers(300) == list(range(102, 402))
        assert await bob.numbers(400) == list(range(2, 402))
        await publishing


async def test_who_was_away_for_more_than_1000_events_is_reset(replica: Replica) -> None:
    first = await replica.publish("stock/1")
    for _ in range(1001):
        last = await replica.publish("stock/1")

    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1", after=first)
        assert await talk.hear() == {"op": "reset", "topic": "stock/1", "id": last}

        await replica.publish("stock/1")
        assert await talk.numbers(1) == [1003]


async def test_the_last_1000_events_are_kept_for_a_day(replica: Replica, stream: Redis) -> None:
    first = await replica.publish("stock/1")
    for _ in range(1000):
        await replica.publish("stock/1")

    [key] = stream.keys("rts:*stock/1")
    assert stream.xlen(key) == 1000
    assert 86_000 < stream.ttl(key) <= 86_400
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1", after=first)
        assert await talk.numbers(1000) == list(range(2, 1002))


@pytest.mark.parametrize("after", ["1-1", "999999999999999-999999999999999"])
async def test_who_resumes_after_what_never_was_is_reset(replica: Replica, after: str) -> None:
    last = await replica.publish("stock/1")

    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1", after=after)

        assert await talk.hear() == {"op": "reset", "topic": "stock/1", "id": last}


async def test_a_stream_that_is_over_resets_who_knew_it_and_who_follows_it(
    replica: Replica, stream: Redis
) -> None:
    async with replica.talk("ann") as ann, replica.talk("bob") as bob:
        await ann.ask(op="sub", topic="stock/1")
        old = await replica.publish("stock/1")
        assert await ann.numbers(1) == [1]
        stream.delete(*stream.keys("rts:*stock/1"))
        await replica.publish("stock/1")

        await bob.ask(op="sub", topic="stock/1", after=old)
        assert (await ann.hear())["op"] == "reset"
        assert (await bob.hear())["op"] == "reset"

        await replica.publish("stock/1")
        assert await ann.numbers(1) == await bob.numbers(1) == [2]


async def test_what_is_forgotten_is_kept_nowhere_and_resets_who_resumes(
    replica: Replica, stream: Redis
) -> None:
    first = await replica.publish("me/orders", to="ann")
    await replica.publish("me/orders", to="bob")

    await replica.app.resource(Hub).forget("me/orders", to="ann")

    assert stream.keys("rts:*me/orders:ann") == []
    assert len(stream.keys("rts:*me/orders:bob")) == 1
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="me/orders", after=first)
        assert (await talk.hear())["op"] == "reset"


class Recorder:
    """A client that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    def offer(self, frame: str) -> None:
        self.frames.append(frame)

    async def send(self, frame: str) -> None:
        self.frames.append(frame)


def test_what_a_client_has_seen_already_is_not_given_again() -> None:
    client = Recorder()
    follower = Follower(client, "stock/1", Position(7, 5))

    for seq in (4, 5, 6):
        follower.give(Event(Position(7, seq), "{}"), f"event {seq}")

    assert client.frames == ["event 6"]


def test_past_a_gap_a_client_is_given_nothing_without_a_reset() -> None:
    client = Recorder()
    follower = Follower(client, "stock/1", Position(7, 5))

    follower.give(Event(Position(7, 8), "{}"), "event 8")

    assert client.frames == ['{"op":"reset","topic":"stock/1","id":"7-8"}', "event 8"]


class DeafClient:
    """A client that asks for a topic and then reads nothing, over a socket with little room."""

    def __init__(self, port: int | None) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(
            b"GET /v1/ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"authorization: Bearer deaf\r\n\r\n"
        )
        assert b" 101 " in self.socket.recv(4096)
        said = json.dumps({"op": "sub", "topic": "stock/1"}).encode()
        masked_with_zeros = bytes([0x81, 0x80 | len(said), 0, 0, 0, 0])
        self.socket.sendall(masked_with_zeros + said)

    def hears(self, text: bytes) -> bool:
        """Whether this comes when it reads at last."""
        self.socket.settimeout(PATIENCE)
        heard = b""
        while text not in heard:
            more = self.socket.recv(65536)
            if not more:
                return False
            heard = heard[-len(text) :] + more
        return True


async def test_a_client_that_stops_reading_is_closed_and_nobody_else_notices(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_QUEUE", "16")
    replica = await replicas()

    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        deaf = await asyncio.to_thread(DeafClient, replica.port)
        await replica.until("websocket_subscriptions 2.0")
        for seq in range(1, 301):
            await replica.publish("stock/1", "x" * 20_000)
            assert await talk.numbers(1) == [seq]

        await replica.until('websocket_closed_total{code="4429"} 1.0')
        await replica.until("websocket_connections 1.0")
        with deaf.socket:
            told = await asyncio.to_thread(deaf.hears, b"you do not read; resume after the last id")

    assert told


async def test_a_client_that_never_reads_again_does_not_hold_up_the_stop(
    live_environment: pytest.MonkeyPatch,
) -> None:
    live_environment.setenv("WEBSOCKET_PONG_SECONDS", "0.1")
    app = live_service()

    with ExitStack() as stack:
        async with client_for(app) as http:
            replica = Replica(app, http)
            deaf = await asyncio.to_thread(DeafClient, replica.port)
            stack.enter_context(deaf.socket)
            await replica.until("websocket_subscriptions 1.0")
            for _ in range(300):
                await replica.publish("stock/1", "x" * 20_000)
            begun = time.monotonic()

        assert time.monotonic() - begun < 5


@pytest.fixture
async def server() -> AsyncIterator[ValkeyServer]:
    """A Valkey of this test's own, to stop and start."""
    async with running_valkey() as server:
        yield server


@pytest.fixture
async def stoppable(
    live_environment: pytest.MonkeyPatch, replicas: Replicas, server: ValkeyServer
) -> Replica:
    live_environment.setenv("REDIS_URL", server.url)
    return await replicas()


async def until_published(replica: Replica) -> None:
    """Publish, as soon as that is possible again, within 10 s."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await replica.publish("stock/1")
            except Unavailable:
                continue
            return


async def test_without_valkey_connections_stay_and_go_on_when_it_is_back(
    stoppable: Replica, server: ValkeyServer
) -> None:
    async with stoppable.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        await stoppable.publish("stock/1")
        assert await talk.numbers(1) == [1]

        await server.stop()
        with pytest.raises(Unavailable):
            await stoppable.publish("stock/1")
        await server.start()
        await until_published(stoppable)

        assert await talk.numbers(1) == [2]


async def test_without_valkey_a_new_subscription_is_told_to_try_again(
    stoppable: Replica, server: ValkeyServer
) -> None:
    await server.stop()

    async with stoppable.talk("ann") as talk:
        assert (await talk.ask(op="sub", topic="stock/1"))["code"] == 1013

        await server.start()
        async with asyncio.timeout(PATIENCE):
            while (await talk.ask(op="sub", topic="stock/1"))["op"] != "subscribed":
                continue


async def test_what_was_published_while_a_replica_was_cut_off_comes_when_it_is_back(
    replicas: Replicas, stream: Redis
) -> None:
    here, there = await replicas(), await replicas()

    async with here.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        for _ in range(20):
            stream.client_kill_filter(_type="pubsub")
            for _ in range(10):
                await there.publish("stock/1")

        assert await talk.numbers(200) == list(range(1, 201))


async def test_a_service_without_valkey_is_degraded_and_ready(
    stoppable: Replica, server: ValkeyServer
) -> None:
    await server.stop()

    ready = await stoppable.until_websocket("fail")

    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")


async def test_a_valkey_that_says_nothing_any_more_is_given_up_and_found_again(
    stoppable: Replica, server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "_QUIET_SECONDS", 0.5)
    async with stoppable.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        server.freeze()
        await stoppable.until_websocket("fail")

        server.thaw()
        await stoppable.until_websocket("ok")
        await until_published(stoppable)

        assert await talk.numbers(1) == [1]


async def test_a_client_that_leaves_leaves_nothing_behind(replica: Replica, stream: Redis) -> None:
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        assert len(stream.pubsub_channels("rts:*stock/1")) == 1

    await replica.until("websocket_subscriptions 0.0")
    async with asyncio.timeout(PATIENCE):
        while stream.pubsub_channels("rts:*stock/1"):
            await replica.metrics()
