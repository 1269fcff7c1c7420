"""Two replicas on one Valkey, as processes: what one is told all know, and none is needed."""

from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from dev.valkey import ValkeyServer, running_valkey
from tests.fleet import Fleet, broken
from tests.instance.calls import (
    Document,
    only_instance,
    register,
    renew,
    revision,
    services,
    unregister,
)
from tests.replicas import Replica, replicas
from tests.waiting import eventually
from tests.watch.watcher import watching


@pytest.fixture(scope="module")
async def valkey() -> AsyncIterator[ValkeyServer]:
    async with running_valkey() as server:
        yield server


@pytest.fixture(scope="module")
async def running(valkey: ValkeyServer) -> AsyncIterator[list[Replica]]:
    settings = {
        "REDIS_URL": valkey.url,
        "CHECK_INTERVAL_SECONDS": "0.2",
        "EVICT_SECONDS": "2",
        "WATCH_HEARTBEAT_SECONDS": "0.2",
    }
    async with replicas(2, settings) as started:
        yield started


@pytest.fixture
async def pair(valkey: ValkeyServer, running: list[Replica]) -> list[Replica]:
    """Both replicas, which know nobody."""
    async with Redis.from_url(valkey.url) as client:
        await client.flushdb()
    for replica in running:
        if not await replica.ready():
            await replica.start()
        await until(replica, lambda known: not known)
    return running


async def until(replica: Replica, wanted: Callable[[dict[str, list[Document]]], bool]) -> None:
    """Wait until this replica knows what is wanted."""
    await eventually(lambda: services(replica.client), wanted, seconds=20)


async def keeps_watch(replica: Replica) -> bool:
    return "registry_keeps_watch 1.0" in (await replica.client.get("/metrics")).text


async def by_duty(pair: list[Replica]) -> tuple[Replica, Replica]:
    """Who keeps watch, and the other one."""

    async def duties() -> list[bool]:
        return [await keeps_watch(one) for one in pair]

    first, _ = await eventually(duties, lambda found: sum(found) == 1)
    return (pair[0], pair[1]) if first else (pair[1], pair[0])


async def test_what_one_replica_is_told_the_other_knows_at_the_same_revision(
    pair: list[Replica], fleet: Fleet
) -> None:
    ship = await fleet.launch()  # whose checks go well, or they would make a revision more
    lease = await register(pair[0].client, url=ship.url)

    await until(pair[1], lambda known: "orders" in known)
    assert await revision(pair[1].client) == lease["revision"]
    assert (await renew(pair[1].client, lease)).status_code == 200


async def test_a_lease_can_be_renewed_at_once_at_another_replica(pair: list[Replica]) -> None:
    leases = [await register(pair[0].client, url=f"http://127.0.0.1:{n}") for n in range(11, 31)]

    renewed = [await renew(pair[1].client, lease) for lease in leases]

    assert {one.status_code for one in renewed} == {200}


async def test_who_left_at_one_replica_is_unknown_at_the_other(pair: list[Replica]) -> None:
    lease = await register(pair[0].client)
    await unregister(pair[0].client, lease)

    assert (await renew(pair[1].client, lease)).status_code == 404
    assert (await unregister(pair[1].client, lease)).status_code == 200


async def test_the_same_place_registered_at_both_is_one_instance(pair: list[Replica]) -> None:
    first = await register(pair[0].client)
    second = await register(pair[1].client)

    assert second["instance_id"] == first["instance_id"]
    assert (await renew(pair[0].client, first)).status_code == 403
    assert (await renew(pair[0].client, second)).status_code == 200


async def test_one_replica_makes_the_checks_and_both_show_what_they_found(
    pair: list[Replica], fleet: Fleet
) -> None:
    keeper, other = await by_duty(pair)
    ship = await fleet.launch()
    ship.answer = broken

    await register(other.client, url=ship.url)

    await until(keeper, lambda known: known["orders"][0]["state"] == "unhealthy")
    await until(other, lambda known: known["orders"][0]["state"] == "unhealthy")
    assert (await only_instance(keeper.client))["last_check"]["outcome"] == "bad-status"
    assert (await only_instance(other.client))["last_check"]["outcome"] == "bad-status"


async def test_no_instance_disappears_when_whoever_keeps_watch_is_killed(
    pair: list[Replica], fleet: Fleet
) -> None:
    keeper, other = await by_duty(pair)
    ship = await fleet.launch()
    lease = await register(keeper.client, url=ship.url)
    async with watching(other.client) as watcher:
        await watcher.next("snapshot")

        await keeper.kill()
        await eventually(lambda: keeps_watch(other), bool)

        seen = await until_checked_again(other, lease)
    assert seen["state"] == "healthy"
    assert [one for one in watcher.seen if one.kind in ("gone", "snapshot")][1:] == []
    assert (await renew(other.client, lease)).status_code == 200


async def test_who_stops_leaves_the_watch_to_the_others_at_once(
    valkey: ValkeyServer, pair: list[Replica]
) -> None:
    keeper, _ = await by_duty(pair)
    async with Redis.from_url(valkey.url) as client:
        before = await client.get("registry:keeper")

        await keeper.stop()

        assert before is not None
        assert await client.get("registry:keeper") != before


async def until_checked_again(replica: Replica, lease: Document) -> Document:
    await renew(replica.client, lease)
    before = (await only_instance(replica.client))["last_check"]
    return await eventually(
        lambda: only_instance(replica.client), lambda one: one["last_check"] != before
    )


async def test_a_replica_that_starts_again_knows_all_and_a_watcher_resumes_where_it_was(
    pair: list[Replica],
) -> None:
    restarted, other = pair
    await register(restarted.client)
    async with watching(restarted.client) as watcher:
        seen = await watcher.next("snapshot")
    await restarted.kill()
    await register(other.client, "users")

    await restarted.start()

    assert set(await services(restarted.client)) == {"orders", "users"}
    assert (await restarted.client.get("/services")).json()["age"] is None  # it lacks nobody
    async with watching(restarted.client, last_event_id=seen.id) as watcher:
        change = await watcher.next("changed")
    assert change.data["service"] == "users"
    assert [one.kind for one in watcher.seen] == ["changed"]


async def test_a_silent_instance_is_forgotten_at_both(pair: list[Replica]) -> None:
    await register(pair[0].client, ttl=1)

    await until(pair[0], lambda known: not known)
    await until(pair[1], lambda known: not known)


async def test_replicas_serve_what_they_know_while_valkey_is_away(
    valkey: ValkeyServer, pair: list[Replica], fleet: Fleet
) -> None:
    ship = await fleet.launch()  # whose checks go well, or it would be known as ill soon
    lease = await register(pair[0].client, url=ship.url, ttl=300)
    await until(pair[1], lambda known: "orders" in known)

    await valkey.kill()
    refused = await renew(pair[1].client, lease)
    picked = await pair[1].client.get("/services/orders")
    await valkey.start()

    assert refused.status_code == 503
    assert picked.status_code == 200

    async def renewed() -> int:
        return (await renew(pair[1].client, lease)).status_code

    await eventually(renewed, lambda status: status == 200)
