import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from httpx import AsyncClient
from prometheus_client import CollectorRegistry

from registry.chassis.application import Application
from registry.instance.models import Change, Instance
from registry.instance.registration import Registration
from registry.instance.view import View
from registry.settings import WatchSettings
from registry.watch.stream import EventStream
from registry.watch.watchers import Watchers

from tests.chassis.fixtures_service import client_for
from tests.clock import Clock
from tests.conftest import HEADERS
from tests.fleet import Fleet
from tests.instance.calls import register, renew, unregister
from tests.watch.watcher import watching


@pytest.fixture
async def small(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    """A registry that remembers two changes and lets two watch."""
    bare_environment.setenv("WATCH_HISTORY", "2")
    bare_environment.setenv("WATCH_MOST", "2")
    bare_environment.setenv("WATCH_HEARTBEAT_SECONDS", "0.05")
    async with client_for(create_app(), HEADERS) as client:
        yield client


async def test_a_watcher_is_first_sent_what_the_list_says(client: AsyncClient) -> None:
    await register(client)

    async with watching(client) as watcher:
        snapshot = await watcher.next("snapshot")

    listed = (await client.get("/services")).json()
    assert snapshot.data["services"].keys() == {"orders"}
    assert {**snapshot.data, "services": {}} == {**listed, "services": {}}
    assert snapshot.id == f"{listed['epoch']}-{listed['revision']}"


async def test_a_watcher_hears_who_comes_and_who_goes(client: AsyncClient) -> None:
    async with watching(client) as watcher:
        await watcher.next("snapshot")

        lease = await register(client)
        came = await watcher.next("changed")
        await unregister(client, lease)
        went = await watcher.next("gone")

    assert (came.data["service"], came.data["revision"]) == ("orders", 1)
    assert came.data["instance"]["id"] == lease["instance_id"]
    assert came.data["instance"]["state"] == "healthy"
    assert went.data == {
        "revision": 2,
        "service": "orders",
        "id": lease["instance_id"],
        "why": "left",
    }


async def test_a_watcher_hears_who_falls_silent_and_who_is_forgotten(
    client: AsyncClient, clock: Clock
) -> None:
    await register(client, ttl=15)
    async with watching(client) as watcher:
        await watcher.next("snapshot")

        clock.advance(15)
        silent = await watcher.next("changed")
        clock.advance(75)
        forgotten = await watcher.next("gone")

    assert silent.data["instance"]["state"] == "unhealthy"
    assert forgotten.data["why"] == "evicted"


async def test_a_heartbeat_is_no_news(client: AsyncClient) -> None:
    lease = await register(client)
    async with watching(client) as watcher:
        await watcher.next("snapshot")

        await renew(client, lease)
        await register(client, "users")
        news = await watcher.next("changed")

    assert news.data["service"] == "users"


async def test_who_comes_back_is_told_only_what_happened_since(client: AsyncClient) -> None:
    await register(client)
    async with watching(client) as watcher:
        seen = await watcher.next("snapshot")
    await register(client, "users")
    await register(client, "carts")

    async with watching(client, last_event_id=seen.id) as watcher:
        first, second = await watcher.next("changed"), await watcher.next("changed")

    assert [first.data["service"], second.data["service"]] == ["users", "carts"]
    assert len(watcher.seen) == 2


async def test_a_gap_is_closed_by_a_new_snapshot(small: AsyncClient) -> None:
    await register(small)
    async with watching(small) as watcher:
        seen = await watcher.next("snapshot")
    await register(small, "users")
    await register(small, "carts")
    await register(small, "mails")

    async with watching(small, last_event_id=seen.id) as watcher:
        snapshot = await watcher.next("snapshot")

    assert snapshot.data["revision"] == 4
    assert len(snapshot.data["services"]) == 4


@pytest.mark.parametrize(
    "stranger", ["", "x", "0123456789abcdef-1", "-1", "a-b-c", "e-99999999999"]
)
async def test_an_id_of_another_memory_is_answered_with_a_snapshot(
    client: AsyncClient, stranger: str
) -> None:
    await register(client)

    async with watching(client, last_event_id=stranger) as watcher:
        await watcher.next("snapshot")

    assert len(watcher.seen) == 1


async def test_a_comment_shows_that_the_registry_lives(small: AsyncClient) -> None:
    async with watching(small) as watcher:
        await watcher.next("snapshot")
        await watcher.next("comment")


async def test_there_may_be_only_so_many_watchers(small: AsyncClient) -> None:
    async with watching(small) as first, watching(small) as second:
        await first.next("snapshot")
        await second.next("snapshot")

        refused = await small.get("/watch")
        metrics = (await small.get("/metrics")).text

    assert "registry_watchers 2.0" in metrics
    assert refused.status_code == 503
    assert refused.json()["code"] == "too-many-watchers"


async def test_what_checks_find_is_told_to_whoever_asks(client: AsyncClient, fleet: Fleet) -> None:
    ship = await fleet.launch()
    async with watching(client, checks=True) as watcher:
        await watcher.next("snapshot")
        lease = await register(client, url=ship.url)

        found = await watcher.next("checks")

    assert found.data[lease["instance_id"]]["outcome"] == "passed"
    assert found.id == ""


async def test_a_registry_that_stops_ends_its_streams(
    create_app: Callable[[], Application],
) -> None:
    async with AsyncClient() as outside:
        async with client_for(create_app(), HEADERS) as client:
            outside.base_url, outside.headers = client.base_url, client.headers
            stream = watching(outside)
            watcher = await stream.__aenter__()
            await watcher.next("snapshot")

        with pytest.raises(EOFError):
            await watcher.next("changed")
        await stream.__aexit__(None, None, None)


async def test_whoever_reads_too_slowly_is_sent_a_snapshot_and_costs_no_memory() -> None:
    view = View("epoch", history=2)
    watchers = Watchers(view, WatchSettings(history=2), CollectorRegistry())
    frames = watchers.watch("", with_checks=False)
    first = [await anext(frames), await anext(frames)]

    for number in range(1, 6):
        view.apply(Change(an_instance(f"http://127.0.0.1:{number}"), number))
    late = await anext(frames)
    await frames.aclose()

    assert first[1].startswith(b"event: snapshot\nid: epoch-0\n")
    assert late.startswith(b"event: snapshot\nid: epoch-5\n")


def an_instance(url: str) -> Instance:
    said = Registration(name="orders", url=url)
    return Instance.create(said, url, "127.0.0.1", b"digest", 15)


async def test_a_head_of_the_stream_has_no_stream(client: AsyncClient) -> None:
    answered = await client.head("/watch")

    assert answered.status_code == 200
    assert answered.headers["content-type"] == "text/event-stream"


async def test_whoever_does_not_take_what_it_is_sent_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.watch.stream.PATIENCE_SECONDS", 0.01)
    ended = asyncio.Event()

    async def frames() -> AsyncGenerator[bytes, None]:
        try:
            yield b": alive\n\n"
        finally:
            ended.set()

    async def waiting(message: Mapping[str, Any] | None = None) -> Any:
        if message is None or message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await EventStream(frames())({"method": "GET"}, waiting, waiting)

    assert ended.is_set()
