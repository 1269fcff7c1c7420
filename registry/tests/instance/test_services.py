from httpx import AsyncClient

from tests.clock import Clock
from tests.instance.calls import register, renew, revision, services, unregister
from tests.waiting import eventually


async def until_unhealthy(client: AsyncClient) -> None:
    """Wait until the first instance of the orders is out of traffic."""
    await eventually(
        lambda: services(client), lambda known: known["orders"][0]["state"] == "unhealthy"
    )


async def test_an_instance_is_listed_with_all_that_others_may_know(client: AsyncClient) -> None:
    lease = await register(client)

    listed = (await client.get("/services")).json()

    assert listed["revision"] == 1
    [instance] = listed["services"]["orders"]
    assert instance["id"] == lease["instance_id"]
    assert set(instance) == {"id", "url", "version", "state", "last_check", "metadata"}
    assert lease["lease_secret"] not in str(listed)


async def test_services_are_listed_in_the_order_of_their_coming(client: AsyncClient) -> None:
    await register(client, "users")
    await register(client, "orders")
    await register(client, "users", url="http://127.0.0.1:10")

    assert list(await services(client)) == ["users", "orders"]


async def test_the_revision_grows_when_an_instance_comes_or_leaves(client: AsyncClient) -> None:
    lease = await register(client)
    after_register = await revision(client)

    await unregister(client, lease)

    assert (after_register, await revision(client)) == (1, 2)


async def test_a_heartbeat_that_changes_nothing_is_no_new_revision(client: AsyncClient) -> None:
    lease = await register(client)

    await renew(client, lease)

    assert await revision(client) == 1


async def test_instances_are_picked_in_turn(client: AsyncClient) -> None:
    ports = [11, 12, 13]
    for port in ports:
        await register(client, url=f"http://127.0.0.1:{port}")

    picked = [(await client.get("/services/orders")).json()["url"] for _ in range(6)]

    assert picked == [f"http://127.0.0.1:{port}" for port in ports * 2]


async def test_a_heavy_instance_comes_more_often(client: AsyncClient) -> None:
    await register(client, url="http://127.0.0.1:11", metadata={"weight": 3})
    await register(client, url="http://127.0.0.1:12", metadata={"weight": 1})

    picked = [(await client.get("/services/orders")).json()["url"][-2:] for _ in range(8)]

    assert picked == ["11", "11", "12", "11"] * 2


async def test_an_unhealthy_instance_is_not_picked(client: AsyncClient, clock: Clock) -> None:
    await register(client, url="http://127.0.0.1:11", ttl=10)
    await register(client, url="http://127.0.0.1:12", ttl=20)
    clock.advance(10)
    await until_unhealthy(client)

    picked = [(await client.get("/services/orders")).json()["url"][-2:] for _ in range(3)]

    assert picked == ["12"] * 3


async def test_a_service_that_nobody_registered_is_not_found(client: AsyncClient) -> None:
    unknown = await client.get("/services/orders")

    assert unknown.status_code == 404
    assert unknown.json()["code"] == "unknown-service"


async def test_a_service_without_a_healthy_instance_is_unavailable(
    client: AsyncClient, clock: Clock
) -> None:
    await register(client)
    clock.advance(15)
    await until_unhealthy(client)

    unavailable = await client.get("/services/orders")

    assert unavailable.status_code == 503
    assert unavailable.json()["code"] == "no-healthy-instance"
    assert unavailable.headers["retry-after"] == "1"


async def test_the_instances_are_counted_by_service_and_state(
    client: AsyncClient, clock: Clock
) -> None:
    await register(client, "orders", ttl=10)
    await register(client, "users", ttl=20)
    clock.advance(10)
    await until_unhealthy(client)

    metrics = (await client.get("/metrics")).text

    assert 'registry_instances{service="orders",state="unhealthy"} 1.0' in metrics
    assert 'registry_instances{service="users",state="healthy"} 1.0' in metrics


async def test_instances_of_the_zone_are_preferred(client: AsyncClient) -> None:
    await register(client, url="http://127.0.0.1:11", metadata={"zone": "west"})
    await register(client, url="http://127.0.0.1:12", metadata={"zone": "east"})

    picked = [
        (await client.get("/services/orders", params={"zone": "east"})).json()["url"][-2:]
        for _ in range(3)
    ]

    assert picked == ["12"] * 3


async def test_a_zone_without_a_healthy_instance_is_served_from_the_others(
    client: AsyncClient, clock: Clock
) -> None:
    await register(client, url="http://127.0.0.1:11", metadata={"zone": "west"}, ttl=10)
    await register(client, url="http://127.0.0.1:12", metadata={"zone": "east"}, ttl=20)
    clock.advance(10)
    await until_unhealthy(client)

    picked = await client.get("/services/orders", params={"zone": "west"})

    assert picked.json()["metadata"]["zone"] == "east"


async def test_the_list_says_for_how_long_this_memory_has_been_filled(
    client: AsyncClient, clock: Clock
) -> None:
    clock.advance(7)

    assert (await client.get("/services")).json()["age"] == 7
