from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams
from tests.waiting import eventually


def status_of(client: AsyncClient, path: str) -> Callable[[], Awaitable[int]]:
    async def read() -> int:
        return (await client.get(path)).status_code

    return read


def readiness_of(client: AsyncClient) -> Callable[[], Awaitable[tuple[int, str]]]:
    async def read() -> tuple[int, str]:
        answered = await client.get("/health/ready")
        return answered.status_code, answered.json()["status"]

    return read


async def test_a_service_that_registers_gets_its_traffic(
    client: AsyncClient, registry: FakeRegistry, upstreams: Upstreams
) -> None:
    upstream = await upstreams.start()

    registry.publish("orders", upstream.url)

    await eventually(status_of(client, "/api/v1/orders"), lambda status: status == 200)


async def test_a_service_that_leaves_gets_none_any_more(
    orders: Upstream, client: AsyncClient, registry: FakeRegistry
) -> None:
    registry.services.clear()

    await eventually(status_of(client, "/api/v1/orders"), lambda status: status == 404)


async def test_without_a_registry_the_gateway_serves_and_says_that_it_knows_no_routes(
    registry: FakeRegistry, serve: Serve
) -> None:
    await registry.stop()
    client = await serve()

    answered = await client.get("/api/v1/orders")

    assert answered.status_code == 503
    assert answered.json()["code"] == "no-routes-yet"
    assert answered.headers["retry-after"] == "1"
    assert await readiness_of(client)() == (200, "degraded")


async def test_the_routes_are_learned_when_the_registry_comes(
    orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    await registry.stop()
    client = await serve()

    await registry.start()

    await eventually(status_of(client, "/api/v1/orders"), lambda status: status == 200)
    assert await readiness_of(client)() == (200, "ok")


async def test_while_the_registry_is_away_the_last_routes_stay(
    orders: Upstream, registry: FakeRegistry, client: AsyncClient
) -> None:
    await registry.stop()

    await eventually(readiness_of(client), lambda ready: ready == (200, "degraded"))

    assert await status_of(client, "/api/v1/orders")() == 200


@pytest.mark.parametrize("nonsense", [{"orders": [{"id": 1}]}, {"orders": None}])
async def test_an_answer_that_makes_no_sense_changes_no_routes(
    orders: Upstream, registry: FakeRegistry, client: AsyncClient, nonsense: dict[str, object]
) -> None:
    registry.services = nonsense  # type: ignore[assignment]  # that is the point

    await eventually(readiness_of(client), lambda ready: ready == (200, "degraded"))

    assert await status_of(client, "/api/v1/orders")() == 200


async def test_a_registry_that_began_anew_gets_time_to_learn(
    orders: Upstream, registry: FakeRegistry, upstreams: Upstreams, client: AsyncClient
) -> None:
    registry.restart()
    registry.publish("users", (await upstreams.start()).url)

    await eventually(status_of(client, "/api/v1/users"), lambda status: status == 200)

    assert await status_of(client, "/api/v1/orders")() == 200


async def test_who_came_back_to_a_new_registry_may_leave_it_at_once(
    orders: Upstream, registry: FakeRegistry, upstreams: Upstreams, client: AsyncClient
) -> None:
    registry.restart()
    registry.publish("orders", orders.url)
    registry.publish("users", (await upstreams.start()).url)
    await eventually(status_of(client, "/api/v1/users"), lambda status: status == 200)

    del registry.services["orders"]

    await eventually(status_of(client, "/api/v1/orders"), lambda status: status == 404)


async def test_who_does_not_come_back_to_a_new_registry_is_forgotten(
    orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    client = await serve(REGISTRY_REJOIN_SECONDS=0.1)

    registry.restart()

    await eventually(status_of(client, "/api/v1/orders"), lambda status: status == 404)


async def test_what_a_registry_of_a_moment_ago_does_not_know_may_be_there_soon(
    orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    registry.age = 0.5
    client = await serve()

    answered = await client.get("/api/v1/users")

    assert answered.status_code == 503
    assert answered.json()["code"] == "no-routes-yet"
    assert answered.headers["retry-after"] == "1"
    assert await status_of(client, "/api/v1/orders")() == 200


async def test_a_registry_that_had_its_time_to_learn_is_believed(
    orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    registry.age = 0.5
    client = await serve(REGISTRY_REJOIN_SECONDS=0.6)

    await eventually(status_of(client, "/api/v1/users"), lambda status: status == 404)


async def test_a_clash_is_logged_once_and_by_name(
    orders: Upstream,
    registry: FakeRegistry,
    upstreams: Upstreams,
    serve: Serve,
    capsys: pytest.CaptureFixture[str],
) -> None:
    registry.publish("rival", (await upstreams.start()).url, prefix="/v1/orders")
    client = await serve()
    registry.publish("later", (await upstreams.start()).url)
    await eventually(status_of(client, "/api/v1/later"), lambda status: status == 200)

    await client.get("/api/v1/orders")

    clashes = [line for line in capsys.readouterr().out.splitlines() if "routes.clash" in line]
    assert len(clashes) == 1
    assert '"prefix":"/v1/orders","owner":"orders","refused":"rival"' in clashes[0]
    assert len(orders.seen) == 1


async def test_a_service_that_asks_for_it_is_balanced_by_a_header(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    instances = [await upstreams.start() for _ in range(3)]
    for one in instances:
        registry.publish("carts", one.url, hash_by="x-cart-token")
    client = await serve()

    for _ in range(8):
        await client.get("/api/v1/carts", headers={"x-cart-token": "seven"})
    for number in range(40):
        await client.get("/api/v1/carts", headers={"x-cart-token": str(number)})

    tokens = [[seen.header("x-cart-token") for seen in one.seen] for one in instances]
    assert sorted(some.count("seven") for some in tokens) == [0, 0, 8]
    assert all(tokens)
