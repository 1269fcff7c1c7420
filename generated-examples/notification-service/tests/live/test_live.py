"""What clients of the WebSocket see, as it happens."""

from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.chassis.fixtures_auth import bearer, token
from tests.people import ID, Order, User
from tests.shop import Service

SUPPORT = token(sub=ID, roles=["support"])
ADMIN = token(sub=ID, roles=["admin"])
FORBIDDEN = 4403


async def test_an_order_is_seen_by_its_owner_turn_by_turn(service: Service) -> None:
    user = await service.meet(User())
    order = Order(user)
    await service.place(order)
    await service.all_is_told()
    async with service.talk(user.token) as owner:
        await owner.ask(op="sub", topic=f"orders/{order.id}")

        paid = await service.pay(order)
        await service.say("order.delivered", order.event(shipment_id=ID))

        first, second = await owner.hear(), await owner.hear()
    assert (first["type"], second["type"]) == ("order.paid", "order.delivered")
    assert second["seq"] == first["seq"] + 1
    assert first["data"]["event_id"] == str(paid)
    assert first["data"]["amount"] == {"amount": 9998, "currency": "EUR"}


async def test_all_orders_of_a_user_are_seen_in_one_topic(service: Service) -> None:
    user, other = User(), User("eve@example.com")
    async with service.talk(user.token) as owner:
        await owner.ask(op="sub", topic="me/orders")

        await service.heard(await service.pay(Order(other)))
        await service.pay(Order(user, number="2026-1"))
        first = await owner.hear()
        await service.pay(Order(user, number="2026-2"))
        second = await owner.hear()

    assert [one["data"]["number"] for one in (first, second)] == ["2026-1", "2026-2"]


async def test_who_was_away_sees_what_was_missed_and_then_goes_on(service: Service) -> None:
    user = await service.meet(User())
    order = Order(user)
    async with service.talk(user.token) as owner:
        await owner.ask(op="sub", topic="me/orders")
        await service.place(order)
        seen = await owner.hear()
    await service.heard(await service.pay(order))
    await service.all_is_told()

    async with service.talk(user.token) as owner:
        await owner.ask(op="sub", topic="me/orders", after=seen["id"])
        missed = [await owner.hear(), await owner.hear()]
        await service.say("order.delivered", order.event(shipment_id=ID))
        latest = await owner.hear()

    types = [one["type"] for one in (seen, *missed, latest)]
    assert types == ["order.created", "order.awaiting_payment", "order.paid", "order.delivered"]
    assert [one["seq"] for one in (seen, *missed, latest)] == [1, 2, 3, 4]


async def test_news_are_seen_as_they_come_and_can_be_read(service: Service) -> None:
    user = await service.meet(User())
    async with service.talk(user.token) as owner:
        await owner.ask(op="sub", topic="me/notifications")

        await service.pay(Order(user))

        frame = await owner.hear()
    assert frame["type"] == "notification.created"
    assert [frame["data"]] == await service.news(user)


async def test_an_event_that_comes_again_is_shown_once(service: Service) -> None:
    user = User()
    order = Order(user)
    data = order.event(shipment_id=ID)
    async with service.talk(user.token) as owner:
        await owner.ask(op="sub", topic="me/orders")
        first = await service.say("order.delivered", data)

        await service.say("order.delivered", data, id=first)
        await service.say("order.cancelled", order.event(reason="requested"))

        types = [(await owner.hear())["type"] for _ in range(2)]
    assert types == ["order.delivered", "order.cancelled"]


async def test_stock_is_seen_by_anybody_who_is_known(service: Service) -> None:
    async with service.talk(User().token) as somebody:
        await somebody.ask(op="sub", topic=f"inventory/{ID}")

        level = {"product_id": ID, "available": 3, "state": "low"}
        await service.say("inventory.level_changed", level)

        frame = await somebody.hear()
    assert frame["type"] == "inventory.level_changed"
    assert (frame["data"]["available"], frame["data"]["state"]) == (3, "low")


async def test_what_a_killed_replica_did_not_tell_any_more_is_told_by_another(
    service: Service,
) -> None:
    async with service.talk(User().token) as client:
        await client.ask(op="sub", topic=f"inventory/{ID}")

        await service.database.execute(
            """
            INSERT INTO live_messages (topic, type, data)
            SELECT $1, 'inventory.level_changed', to_jsonb(n) FROM generate_series(1, 250) n
            """,
            f"inventory/{ID}",
        )

        told = [(await client.hear())["data"] for _ in range(250)]
    assert told == list(range(1, 251))


@pytest.fixture
async def order(service: Service) -> Order:
    """An order that this service knows."""
    user = await service.meet(User())
    order = Order(user)
    await service.place(order)
    await service.news(user)
    return order


async def asked(service: Service, access: str, topic: str) -> dict[str, Any]:
    """What a client hears who wants to follow the topic."""
    async with service.talk(access) as client:
        return await client.ask(op="sub", topic=topic)


async def test_another_s_order_is_not_to_be_followed(service: Service, order: Order) -> None:
    refused = await asked(service, User().token, f"orders/{order.id}")

    assert (refused["op"], refused["code"]) == ("error", FORBIDDEN)


async def test_support_follows_every_order(service: Service, order: Order) -> None:
    assert (await asked(service, SUPPORT, f"orders/{order.id}"))["op"] == "subscribed"


@pytest.mark.parametrize("topic", [f"orders/{ID}", "orders/none", "system/stack", "me/secrets"])
async def test_what_is_nobody_s_business_is_refused(service: Service, topic: str) -> None:
    assert (await asked(service, User().token, topic))["code"] == FORBIDDEN


async def test_an_admin_follows_the_stack(service: Service) -> None:
    assert (await asked(service, ADMIN, "system/stack"))["op"] == "subscribed"


async def test_who_says_nothing_of_who_it_is_is_not_let_in(service: Service) -> None:
    url = f"ws://127.0.0.1:{service.http.base_url.port}/v1/ws"
    async with connect(url, additional_headers=bearer("nonsense")) as client:
        await client.wait_closed()

    assert client.close_code == 4401
