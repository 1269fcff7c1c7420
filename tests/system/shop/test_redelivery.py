"""Every event may come again, and then nothing happens."""

from tools.shop import shopping
from tools.shop.invariants import broken
from tools.shop.shop import Shop
from tools.shop.state import state
from tools.shop.waiting import eventually

# Orders of other visits that nobody paid still change, until their time is over.
UNFINISHED = "SELECT id FROM sagas WHERE step <> 'done'"
# What is left of a product is told once a second.
UNTOLD = "SELECT product_id FROM inventory WHERE on_hand - reserved <> announced"


async def test_the_redelivery_of_every_event_changes_nothing(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(5)
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json
    await shopping.until(ada, placed["order"]["id"], "paid")
    await eventually(lambda: shop.rows("order-service", UNFINISHED), lambda left: not left, 60)
    await eventually(lambda: shop.rows("product-service", UNTOLD), lambda left: not left, 60)
    assert await broken(shop) == []
    before, mails = await state(shop), await shop.mailbox.mails()

    assert await shop.streams.send_all_again() > 0
    assert await broken(shop) == []

    assert await state(shop) == before
    assert await shop.mailbox.mails() == mails
