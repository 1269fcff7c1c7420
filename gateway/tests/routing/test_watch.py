"""Changes come by the registry's stream, and nothing depends on it alone."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from gateway.routing.snapshot import Snapshot
from gateway.routing.watch import Changed, Gone, News, events

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.routing.test_discovery import status_of
from tests.upstreams import Upstream, Upstreams, nobody
from tests.waiting import eventually

INSTANCE = {"id": "i", "url": "http://i", "state": "healthy"}


@pytest.fixture
async def watching(registry: FakeRegistry, serve: Serve) -> AsyncClient:
    """A gateway that has nothing but the stream."""
    registry.streaming = True
    client = await serve(REGISTRY_POLL_SECONDS=60)

    async def streams() -> str:
        return str((await client.get("/admin/routes")).json()["registry"])

    await eventually(streams, lambda said: said == "watched")
    return client


def described(registry: FakeRegistry, url: str) -> dict[str, object]:
    """The instance of `late` as the registry shows it, which nobody is told otherwise."""
    registry.publish("late", url)
    [instance] = registry.services.pop("late")
    return instance


async def test_who_comes_and_goes_is_heard_of_at_once(
    registry: FakeRegistry, upstreams: Upstreams, watching: AsyncClient
) -> None:
    instance = described(registry, (await upstreams.start()).url)

    registry.say("changed", "e-2", {"revision": 2, "service": "late", "instance": instance})
    await eventually(status_of(watching, "/api/v1/late"), lambda status: status == 200)
    ill = {"revision": 3, "service": "late", "instance": {**instance, "state": "unhealthy"}}
    registry.say("changed", "e-3", ill)
    await eventually(status_of(watching, "/api/v1/late"), lambda status: status == 503)
    registry.say("gone", "e-4", {"revision": 4, "service": "late", "id": instance["id"]})

    await eventually(status_of(watching, "/api/v1/late"), lambda status: status == 404)


async def test_a_stream_that_ended_goes_on_where_it_was(
    registry: FakeRegistry, upstreams: Upstreams, watching: AsyncClient
) -> None:
    instance = described(registry, (await upstreams.start()).url)
    registry.say("changed", "e-2", {"revision": 2, "service": "late", "instance": instance})
    await eventually(status_of(watching, "/api/v1/late"), lambda status: status == 200)

    registry.hang_up()

    async def resumed() -> list[str]:
        return registry.resumed

    await eventually(resumed, lambda seen: "e-2" in seen)
    assert await status_of(watching, "/api/v1/late")() == 200


async def test_who_cannot_be_reached_is_reported_and_not_again_at_once(
    registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", nobody())
    registry.publish("users", nobody())
    client = await serve()

    async def reported() -> list[str]:
        return registry.suspected

    for path in ("orders", "orders", "users"):
        assert (await client.get(f"/api/v1/{path}")).status_code == 503

    assert await eventually(reported, lambda some: "users-0" in some) == ["orders-0", "users-0"]


async def parsed(*chunks: bytes) -> list[News]:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event.news async for event in events(stream()) if event]


async def test_events_may_come_in_any_pieces_and_of_kinds_that_nobody_knows() -> None:
    said = (
        b': alive\n\nevent: snapshot\nid: 1\ndata: {"revision":1,"services":{}}\n\n'
        b'event: invented\ndata: x\n\nevent: gone\nid: 2\ndata: {"revision":2,\n'
        b'data: "service":"s","id":"i"}\n\n'
    )

    found = await parsed(*(said[at : at + 1] for at in range(len(said))))

    assert found == [Snapshot(revision=1, services={}), Gone(revision=2, service="s", id="i")]


def test_a_change_replaces_what_was_known_and_touches_nothing_else() -> None:
    known = Snapshot.model_validate(
        {"revision": 1, "services": {"a": [INSTANCE], "b": [{**INSTANCE, "id": "j"}]}}
    )
    news = {"revision": 2, "service": "a", "instance": {**INSTANCE, "state": "unhealthy"}}

    after = Changed.model_validate(news).applied(known)

    assert [one.state for one in after.services["a"]] == ["unhealthy"]
    assert after.services["b"] is known.services["b"]


async def test_the_registry_that_a_gateway_watches_stays_unneeded(
    orders: Upstream, registry: FakeRegistry, watching: AsyncClient
) -> None:
    await registry.stop()

    assert await status_of(watching, "/api/v1/orders")() == 200
