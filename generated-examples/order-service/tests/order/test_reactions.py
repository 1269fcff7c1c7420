"""What becomes of an order when others speak."""

from uuid import UUID

from order_service.chassis.database import Database
from order_service.order.reactions import InventoryReleased, expire

from tests.shop import Person, Shop


async def released(shop: Shop, order: str, reason: str) -> None:
    """What the consumer does when product-service says so."""
    held = shop.neighbours.reservation_of(order)
    event = InventoryReleased(reservation_id=UUID(held["id"]), order_id=UUID(order), reason=reason)
    async with shop.app.resource(Database).transaction() as tx:
        await expire(event, tx)


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
