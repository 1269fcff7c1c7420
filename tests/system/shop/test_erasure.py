"""Whoever wants to be forgotten is, in all five databases."""

from collections.abc import Sequence
from uuid import uuid4

from tools.shop import shopping
from tools.shop.people import PASSWORD
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

OTHERS = {"cart-service", "notification-service", "order-service", "product-service"}


async def test_an_erased_user_is_found_in_no_database(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    street = f"{uuid4().hex} Street"
    home = await shopping.address(ada, street)
    cart = await shopping.fill(ada, {boots: 1})
    placed = (await shopping.checkout(ada, cart, to=home)).wanted(201).json["order"]
    await shopping.until(ada, placed["id"], "paid")
    known = await _traces(shop, ada.email, street)

    (await ada.ask("DELETE", "/v1/users/me", json={"password": PASSWORD})).wanted(202)

    assert {trace.partition(" ")[0] for trace in known} >= {
        "user-service",
        "order-service",
        "notification-service",
    }
    assert await eventually(lambda: _traces(shop, ada.email, street), lambda left: not left) == []
    await eventually(lambda: _answered(shop, ada.id), lambda answered: answered == OTHERS)


async def test_an_export_holds_what_every_service_keeps(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json["order"]
    await shopping.until(ada, placed["id"], "paid")

    exported = (await ada.ask("GET", "/v1/users/me/export")).wanted(200)

    assert placed["number"].encode() in exported.body
    assert ada.email.encode() in exported.body


async def _traces(shop: Shop, *words: str) -> Sequence[str]:
    """Each service and table with a row that holds one of these words."""
    found = []
    for service in shop.running.databases:
        for table in await shop.tables(service):
            plain = [f"%{word}%" for word in words]
            coded = [f"%{word.encode().hex()}%" for word in words]
            [row] = await shop.rows(
                service,
                f'SELECT count(*) AS times FROM "{table}" AS t WHERE t::text LIKE ANY($1)',
                plain + coded,
            )
            if row["times"]:
                found.append(f"{service} {table}")
    return found


async def _answered(shop: Shop, user: str) -> set[str]:
    """The services that have said that they keep nothing of this user any more."""
    rows = await shop.rows(
        "user-service", "SELECT service FROM erasure_acks WHERE user_id = $1::text::uuid", user
    )
    return {row["service"] for row in rows}
