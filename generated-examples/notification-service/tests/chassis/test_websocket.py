"""One connection: who may open it, what it may say, and how it ends."""

import asyncio
import time

import pytest
from websockets.exceptions import InvalidStatus

from notification_service.chassis.websocket import Hub
from notification_service.chassis.websocket.topics import Topics, public

from .fixtures_websocket import Names, Replica, Replicas


async def test_who_sends_a_token_in_the_handshake_is_known(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        answer = await talk.ask(op="sub", topic="orders/ann-1")

    assert answer == {"op": "subscribed", "topic": "orders/ann-1", "id": "0-0"}


async def test_who_sends_a_token_in_the_query_is_known(replica: Replica) -> None:
    async with replica.talk(query="?access_token=ann") as talk:
        assert (await talk.ask(op="sub", topic="orders/ann-1"))["op"] == "subscribed"


async def test_who_sends_a_token_in_the_first_frame_is_known(replica: Replica) -> None:
    async with replica.talk() as talk:
        assert await talk.ask(op="auth", token="ann") == {"op": "authenticated"}
        assert (await talk.ask(op="sub", topic="orders/ann-1"))["op"] == "subscribed"


async def test_a_bad_token_in_the_handshake_closes_with_4401(
    replica: Replica, names: Names
) -> None:
    names.revoked.add("ann")

    async with replica.talk("ann") as talk:
        assert await talk.closed() == (4401, "the token is revoked")


async def test_a_bad_token_in_the_first_frame_closes_with_4401(
    replica: Replica, names: Names
) -> None:
    names.revoked.add("ann")

    async with replica.talk() as talk:
        await talk.say(op="auth", token="ann")

        assert (await talk.closed())[0] == 4401


async def test_who_does_not_begin_with_a_token_is_closed_with_4401(replica: Replica) -> None:
    async with replica.talk() as talk:
        await talk.say(op="sub", topic="stock/1")

        assert (await talk.closed())[0] == 4401


async def test_a_reason_that_is_too_long_for_a_closing_is_cut(replica: Replica) -> None:
    async with replica.talk() as talk:
        await talk.say(op="ü" * 1000)

        code, reason = await talk.closed()

    assert (code, len(reason.encode()) <= 123) == (4401, True)


async def test_who_says_nothing_is_closed_with_4408(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_AUTH_SECONDS", "0.1")

    async with (await replicas()).talk() as talk:
        assert (await talk.closed())[0] == 4408


async def test_a_token_that_is_revoked_closes_with_4409(
    live_environment: pytest.MonkeyPatch, replicas: Replicas, names: Names
) -> None:
    live_environment.setenv("WEBSOCKET_CHECK_SECONDS", "0.05")

    async with (await replicas()).talk("ann") as talk:
        await talk.ask(op="sub", topic="orders/ann-1")
        names.revoked.add("ann")

        assert await talk.closed() == (4409, "the token is revoked")


async def test_a_token_is_looked_at_again_when_its_time_is_over(
    replica: Replica, names: Names
) -> None:
    names.seconds = 1

    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="orders/ann-1")
        names.revoked.add("ann")

        assert (await talk.closed())[0] == 4409


async def test_a_newer_token_keeps_the_connection(
    live_environment: pytest.MonkeyPatch, replicas: Replicas, names: Names
) -> None:
    live_environment.setenv("WEBSOCKET_CHECK_SECONDS", "0.05")

    async with (await replicas()).talk("ann") as talk:
        assert await talk.ask(op="auth", token="ann") == {"op": "authenticated"}
        assert (await talk.ask(op="sub", topic="orders/ann-1"))["op"] == "subscribed"


async def test_the_token_of_another_closes_with_4401(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.say(op="auth", token="bob")

        assert (await talk.closed())[0] == 4401


async def test_without_authentication_public_topics_may_be_followed(
    anonymous_replicas: Replicas,
) -> None:
    async with (await anonymous_replicas()).talk() as talk:
        assert (await talk.ask(op="sub", topic="stock/1"))["op"] == "subscribed"


@pytest.mark.parametrize("topic", ["orders/ann-1", "me/orders"])
async def test_without_authentication_other_topics_may_not(
    anonymous_replicas: Replicas, topic: str
) -> None:
    async with (await anonymous_replicas()).talk() as talk:
        answer = await talk.ask(op="sub", topic=topic)

    assert (answer["op"], answer["topic"], answer["code"]) == ("error", topic, 4403)


@pytest.mark.parametrize(
    "topic", ["orders/bob-1", "nothing", "stock/1/2", "stock/", "me/orders:bob"]
)
async def test_what_is_not_allowed_or_not_declared_is_refused_alike(
    replica: Replica, topic: str
) -> None:
    async with replica.talk("ann") as talk:
        answer = await talk.ask(op="sub", topic=topic)

    assert answer == {
        "op": "error",
        "topic": topic,
        "code": 4403,
        "detail": "you may not follow this topic",
    }


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"op":"dance"}', '{"op":"sub"}', '{"op":"sub","topic":"a","after":"x"}'],
)
async def test_what_is_no_frame_is_answered_and_the_connection_stays(
    replica: Replica, text: str
) -> None:
    async with replica.talk("ann") as talk:
        await talk.connection.send(text)

        assert (await talk.hear())["code"] == 4400
        assert (await talk.ask(op="sub", topic="stock/1"))["op"] == "subscribed"


async def test_a_binary_frame_is_no_frame(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.connection.send(b'{"op":"sub","topic":"stock/1"}')

        assert (await talk.hear())["code"] == 4400


async def test_a_frame_over_16_kib_closes_with_4413(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.connection.send("x" * (16 * 1024 + 1))

        assert await talk.closed() == (4413, "a frame has 16384 bytes at most")


async def test_a_frame_that_is_much_too_large_is_not_even_read(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.connection.send("x" * 1024 * 1024)

        assert (await talk.closed())[0] == 1009


async def test_who_sends_too_fast_is_read_more_slowly(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_FRAMES_PER_SECOND", "10")
    begun = time.monotonic()

    async with (await replicas()).talk("ann") as talk:
        for _ in range(25):
            await talk.say(op="unsub", topic="stock/1")
        for _ in range(25):
            await talk.hear()

    assert time.monotonic() - begun > 0.3


async def test_only_so_many_topics_can_be_followed_at_once(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_SUBSCRIPTIONS", "1")

    async with (await replicas()).talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        assert (await talk.ask(op="sub", topic="stock/2"))["code"] == 4429

        await talk.ask(op="unsub", topic="stock/1")
        assert (await talk.ask(op="sub", topic="stock/2"))["op"] == "subscribed"


async def test_a_principal_has_only_so_many_connections(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_CONNECTIONS_PER_PRINCIPAL", "1")
    replica = await replicas()

    async with replica.talk("ann") as first, replica.talk("ann") as second:
        assert await second.closed() == (4429, "you have too many connections")
        async with replica.talk("bob") as other:
            assert (await other.ask(op="sub", topic="stock/1"))["op"] == "subscribed"
        assert (await first.ask(op="sub", topic="stock/1"))["op"] == "subscribed"


async def test_there_are_only_so_many_connections_in_all(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_CONNECTIONS", "1")
    replica = await replicas()

    async with replica.talk("ann"):
        with pytest.raises(InvalidStatus) as refused:
            async with replica.talk("bob"):
                pass

    assert refused.value.response.status_code == 503
    assert refused.value.response.headers["retry-after"] == "5"


async def test_a_page_of_a_named_origin_may_connect(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_ORIGINS", "https://shop.example,https://desk.example")

    async with (await replicas()).talk("ann", origin="https://desk.example") as talk:
        assert (await talk.ask(op="sub", topic="stock/1"))["op"] == "subscribed"


async def test_a_page_of_another_origin_is_turned_away(replica: Replica) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with replica.talk("ann", origin="https://evil.example"):
            pass

    assert refused.value.response.status_code == 403
    assert refused.value.response.headers["content-type"] == "application/problem+json"


async def test_nothing_is_compressed(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        assert talk.connection.protocol.extensions == []


async def test_a_client_is_pinged(live_environment: pytest.MonkeyPatch, replicas: Replicas) -> None:
    live_environment.setenv("WEBSOCKET_PING_SECONDS", "0.05")
    live_environment.setenv("WEBSOCKET_PONG_SECONDS", "0.2")
    replica = await replicas()
    begun = time.monotonic()

    async with replica.talk("ann", ping_interval=None) as talk:
        while time.monotonic() - begun < 0.5:
            await talk.ask(op="unsub", topic="stock/1")


async def test_a_client_that_answers_no_ping_is_closed(
    live_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    live_environment.setenv("WEBSOCKET_PING_SECONDS", "0.05")
    live_environment.setenv("WEBSOCKET_PONG_SECONDS", "0.05")
    replica = await replicas()
    reader, writer = await asyncio.open_connection("127.0.0.1", replica.port)
    writer.write(
        b"GET /v1/ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"authorization: Bearer ann\r\n\r\n"
    )

    async with asyncio.timeout(10):
        heard = await reader.read()
    writer.close()

    assert b" 101 " in heard.partition(b"\r\n")[0]
    closing = heard.index(b"\x88", heard.index(b"\r\n\r\n"))
    assert int.from_bytes(heard[closing + 2 : closing + 4]) == 1011
    async with asyncio.timeout(10):
        while "websocket_connections 0.0" not in await replica.metrics():
            pass


async def test_a_service_that_stops_closes_with_1012_and_takes_nobody_in(
    replica: Replica,
) -> None:
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")

        await replica.app.drain()

        assert (await talk.closed())[0] == 1012
        with pytest.raises(InvalidStatus) as refused:
            async with replica.talk("ann"):
                pass
        assert refused.value.response.status_code == 503


async def test_a_policy_that_fails_closes_with_1011_and_says_no_more(
    replica: Replica, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> bool:
        raise ZeroDivisionError("the secret of the house")

    replica.app.resource(Hub).topics.declare("broken", policy=broken)

    async with replica.talk("ann") as talk:
        await talk.say(op="sub", topic="broken")

        code, reason = await talk.closed()
    assert (code, "secret" in reason) == (1011, False)
    assert "the secret of the house" in capsys.readouterr().out


async def test_connections_subscriptions_and_frames_are_counted(replica: Replica) -> None:
    async with replica.talk("ann") as talk:
        await talk.ask(op="sub", topic="stock/1")
        await replica.until("websocket_connections 1.0")
        metrics = await replica.metrics()
    await replica.until('websocket_closed_total{code="client"} 1.0')
    left = await replica.metrics()

    assert "websocket_subscriptions 1.0" in metrics
    assert 'websocket_frames_total{direction="in"} 1.0' in metrics
    assert 'websocket_frames_total{direction="out"} 1.0' in metrics
    assert "websocket_connections 0.0" in left
    assert "websocket_subscriptions 0.0" in left


@pytest.mark.parametrize("pattern", ["", "/orders", "orders/{Id}", "orders/*", "or ders"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="is no pattern"):
        Topics().declare(pattern, policy=public)
