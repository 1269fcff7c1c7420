"""The right to be forgotten, and to know what is kept."""

import json
from uuid import UUID

import pytest

from order_service.chassis.database import Database
from order_service.chassis.errors import Unavailable
from order_service.erasure.events import UserDeleted, erase

from tests.shop import ORDERS, SUPPORT, WAREHOUSE, Person, Shop

SERVICE = Person(("service",))


async def forget(shop: Shop, who: Person) -> None:
    """What the consumer does when user-service says so."""
    async with shop.app.resource(Database).transaction() as tx:
        await erase(UserDeleted(user_id=UUID(who.id)), tx)


async def everything(shop: Shop) -> str:
    """Every row of every table that is ours, as text; what was told lies elsewhere by now."""
    tables = await shop.database.fetch(
        """
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('outbox', 'published')
        """
    )
    found = [
        await shop.database.fetch(f"SELECT row_to_json(t)::text FROM {table['tablename']} t")
        for table in tables
    ]
    return json.dumps([[row[0] for row in rows] for rows in found])


async def test_the_books_stay_and_nothing_tells_whose_they_are(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    await shop.post(WAREHOUSE, f"{order}/shipments", {"carrier": "DHL", "tracking": "1"})
    assert ada.id in await everything(shop)

    await forget(shop, ada)

    left = await everything(shop)
    assert not [trace for trace in (ada.id, "Lovelace", "St James") if trace in left]
    kept = await shop.read(SUPPORT, order)
    assert (kept["status"], kept["total"]["amount"], kept["address"]) == ("shipped", 4488, None)
    assert (await shop.http.get(ORDERS, headers=ada.headers)).json()["items"] == []


async def test_an_erasure_is_acknowledged_however_often_it_is_asked_for(
    shop: Shop, ada: Person
) -> None:
    await shop.paid(ada)

    await forget(shop, ada)
    await forget(shop, ada)

    rows = await shop.database.fetch(
        "SELECT data FROM published WHERE type = 'shop.order.user_erased.v1'"
    )
    assert [json.loads(row["data"]) for row in rows] == [{"user_id": ada.id}] * 2


async def test_what_is_not_finished_ends_and_what_was_paid_goes_back(
    shop: Shop, ada: Person
) -> None:
    open_order, paid = await shop.placed(ada, "requires_action"), await shop.paid(ada)

    await forget(shop, ada)

    await shop.until(SUPPORT, paid, "refunded")
    await shop.until_settled()
    assert (await shop.read(SUPPORT, open_order))["status"] == "cancelled"
    assert shop.neighbours.reservation_of(open_order)["status"] == "released"
    assert await shop.books(paid) == (4488, 4488)


async def test_what_is_being_paid_is_forgotten_a_little_later(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")
    shop.neighbours.away.add("product-service")
    await shop.authenticate(order)
    await shop.until_step(order, "commit")

    with pytest.raises(Unavailable):
        await forget(shop, ada)
    shop.neighbours.away.clear()
    await shop.until(ada, order, "paid")
    await forget(shop, ada)

    await shop.until(SUPPORT, order, "refunded")


async def test_an_export_holds_all_that_is_kept(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    exported = await shop.http.get(f"{ORDERS}/exports/{ada.id}", headers=SERVICE.headers)

    assert exported.status_code == 200
    [one] = exported.json()["orders"]
    assert one["order"] == await shop.read(ada, order)
    assert [entry["status"] for entry in one["history"]] == ["pending", "awaiting_payment", "paid"]
    assert exported.headers["cache-control"] == "no-store"
