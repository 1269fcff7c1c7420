"""Whoever wants to be forgotten is, in all five databases."""

from collections.abc import Sequence
from uuid import uuid4

from tools.shop import shopping
from tools.shop.people import PASSWORD, register
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

KEEPERS = {"user-service", "order-service", "notification-service"}
OTHERS = {"cart-service", "notification-service", "order-service", "product-service"}


async def test_an_erased_user_is_found_in_no_database(shop: Shop) -> None:
    boots = await shop.product(2)
    name, street, phone = f"Ada {uuid4().hex}", f"{uuid4().hex} Street", f"+44{uuid4().int}"[:15]
    ada = await register(shop.door, shop.mailbox, name=name)
    home = await shopping.address(ada, street, phone)
    cart = await shopping.fill(ada, {boots: 1})
    placed = (await shopping.checkout(ada, cart, to=home)).wanted(201).json["order"]
    await shopping.until(ada, placed["id"], "paid")
    await shop.mailbox.until(ada.email, lambda mails: len(mails) == 3)
    words = (ada.email, name, street, phone)
    known = await _traces(shop, *words)

    (await ada.ask("DELETE", "/v1/users/me", json={"password": PASSWORD})).wanted(202)
    await eventually(lambda: _completed(shop, ada.id), bool)

    assert {trace.partition(" ")[0] for trace in known} == KEEPERS
    assert await _answered(shop, ada.id) == OTHERS
    # The goodbye is still on its way, and takes its address along.
    assert await eventually(lambda: _traces(shop, *words), lambda left: not left) == []
    assert await shop.streams.live_of(ada.id) == []


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


async def _completed(shop: Shop, user: str) -> bool:
    """Whether user-service knows that all have done it."""
    [row] = await shop.rows(
        "user-service",
        "SELECT completed_at FROM erasures WHERE user_id = $1::text::uuid",
        user,
    )
    return row["completed_at"] is not None


async def _answered(shop: Shop, user: str) -> set[str]:
    """The services that have said that they keep nothing of this user any more."""
    rows = await shop.rows(
        "user-service", "SELECT service FROM erasure_acks WHERE user_id = $1::text::uuid", user
    )
    return {row["service"] for row in rows}
