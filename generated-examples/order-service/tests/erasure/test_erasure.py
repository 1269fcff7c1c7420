"""The right to be forgotten, and to know what is kept."""

import json
from uuid import UUID

from order_service.chassis.database import Database
from order_service.erasure.events import UserDeleted, erase
from order_service.order.reactions import InventoryReleased, expire

from tests.shop import ORDERS, SUPPORT, WAREHOUSE, Person, Shop

SERVICE = Person(("service",))


async def hear(shop: Shop, event: UserDeleted | InventoryReleased) -> None:
    """What the consumer does with an event."""
    async with shop.app.resource(Database).transaction() as tx:
        if isinstance(event, UserDeleted):
            await erase(event, tx)
        else:
            await expire(event, tx)


async def forget(shop: Shop, who: Person) -> None:
    await hear(shop, UserDeleted(user_id=UUID(who.id)))


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


async def test_an_export_holds_all_that_is_kept(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    exported = await shop.http.get(f"{ORDERS}/exports/{ada.id}", headers=SERVICE.headers)

    assert exported.status_code == 200
    [one] = exported.json()["orders"]
    assert one["order"] == await shop.read(ada, order)
    assert [entry["status"] for entry in one["history"]] == ["pending", "awaiting_payment", "paid"]
    assert exported.headers["cache-control"] == "no-store"


async def released(shop: Shop, order: str, reason: str) -> None:
    held = shop.neighbours.reservation_of(order)
    event = InventoryReleased(reservation_id=UUID(held["id"]), order_id=UUID(order), reason=reason)
    await hear(shop, event)


async def test_an_order_whose_stock_is_held_no_longer_is_cancelled(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")
    shop.neighbours.expire(order)

    await released(shop, order, "expired")

    await shop.until_settled()
    assert (await shop.read(ada, order))["reason"] == "expired"
    assert (await shop.read(ada, order))["payment"]["status"] == "cancelled"


async def test_stock_that_was_let_go_for_another_reason_changes_nothing(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "requires_action")

    await released(shop, order, "cancelled")

    assert (await shop.read(ada, order))["status"] == "awaiting_payment"


async def test_a_paid_order_does_not_mind_what_becomes_of_its_reservation(
    shop: Shop, ada: Person
) -> None:
    order = await shop.paid(ada)

    await released(shop, order, "expired")

    assert (await shop.read(ada, order))["status"] == "paid"
