"""An order from the cart to the payment."""

from tests.shop import Person, Shop


async def test_an_order_is_paid_and_every_step_is_told_once(shop: Shop, ada: Person) -> None:
    answer = await shop.place(ada, shop.wants(ada))

    assert answer.status_code == 201, answer.text
    order = answer.json()["order"]["id"]
    assert answer.json()["order"]["status"] == "awaiting_payment"
    assert answer.json()["payment"]["client_secret"]
    await shop.until(ada, order, "paid")
    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]
    assert shop.neighbours.reservation_of(order)["status"] == "committed"
    assert await shop.books(order) == (4488, 0)
