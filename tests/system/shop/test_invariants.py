"""What must always be true is noticed where it is not."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from tools.shop import shopping
from tools.shop.invariants import broken
from tools.shop.shop import Shop

# What is spoilt, in whose database, how it is mended, and what is to be said of it.
SPOILT = {
    "a cent": (
        "order-service",
        "UPDATE payments SET amount_minor = amount_minor + 1 WHERE order_id = $1::text::uuid",
        "UPDATE payments SET amount_minor = amount_minor - 1 WHERE order_id = $1::text::uuid",
        {"I2"},
    ),
    "a status": (
        "order-service",
        "UPDATE orders SET status = 'cancelled' WHERE id = $1::text::uuid",
        "UPDATE orders SET status = 'paid' WHERE id = $1::text::uuid",
        {"I1", "I2"},
    ),
    "a reservation": (
        "product-service",
        "UPDATE reservations SET status = 'active' WHERE order_id = $1::text::uuid",
        "UPDATE reservations SET status = 'committed' WHERE order_id = $1::text::uuid",
        {"I1"},
    ),
}


@pytest.mark.parametrize("what", [*SPOILT])
async def test_what_is_spoilt_is_noticed(shop: Shop, what: str) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    order = (await shopping.buy(ada, {boots: 1})).wanted(201).json["order"]["id"]
    await shopping.until(ada, order, "paid")
    assert await broken(shop) == []

    async with spoilt(shop, what, order):
        found = await broken(shop, seconds=0)

    assert {sentence.partition(":")[0] for sentence in found} == SPOILT[what][3]
    assert all(order in sentence or boots in sentence for sentence in found), found


@contextlib.asynccontextmanager
async def spoilt(shop: Shop, what: str, order: str) -> AsyncIterator[None]:
    service, spoil, mend, _ = SPOILT[what]
    await shop.rows(service, spoil, order)
    try:
        yield
    finally:
        await shop.rows(service, mend, order)
