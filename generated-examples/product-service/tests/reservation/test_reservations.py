"""Reservations: all of it or nothing, for a while, and what becomes of them."""

from uuid import uuid4

import pytest

from product_service.reservation.service import expire

from tests.shop import NOBODY, Shop

ORDER = "0199b0a0-0000-7000-8000-00000000000b"


async def test_what_is_reserved_is_held_at_todays_price(shop: Shop) -> None:
    mug = await shop.product(sku="MUG-1", name="Mug", stock=3)

    held = await shop.reserve((mug, 2), order_id=ORDER)

    assert held.status_code == 201
    reservation = held.json()
    assert (reservation["order_id"], reservation["status"]) == (ORDER, "active")
    assert reservation["lines"] == [
        {
            "product_id": mug["id"],
            "quantity": 2,
            "sku": "MUG-1",
            "name": "Mug",
            "unit_price": {"amount": 1200, "currency": "EUR"},
        }
    ]
    assert await shop.stock(mug) == (3, 2)
    assert await shop.published("inventory.reserved") == [
        {
            "reservation_id": reservation["id"],
            "order_id": ORDER,
            "lines": [{"product_id": mug["id"], "quantity": 2}],
        }
    ]


async def test_an_order_that_asks_again_gets_the_same(shop: Shop) -> None:
    mug = await shop.product(stock=3)

    first = await shop.reserve((mug, 2), order_id=ORDER)
    again = await shop.reserve((mug, 1), (mug, 1), order_id=ORDER)

    assert (again.status_code, again.json()) == (200, first.json())
    assert await shop.stock(mug) == (3, 2)
    assert len(await shop.published("inventory.reserved")) == 1


async def test_an_order_cannot_ask_for_something_else_by_the_same_id(shop: Shop) -> None:
    mug = await shop.product(stock=3)
    await shop.reserve((mug, 2), order_id=ORDER)

    refused = await shop.reserve((mug, 3), order_id=ORDER)

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


async def test_where_there_is_too_little_of_one_nothing_is_held(shop: Shop) -> None:
    mug, pot, cup = [await shop.product(stock=2) for _ in range(3)]
    await shop.archive(cup)

    refused = await shop.reserve((mug, 2), (pot, 3), (cup, 1))

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert refused.json()["lines"] == [
        {"product_id": pot["id"], "requested": 3, "available": 2},
        {"product_id": cup["id"], "requested": 1, "available": 0},
    ]
    assert [await shop.stock(one) for one in (mug, pot)] == [(2, 0), (2, 0)]
    assert await shop.published("inventory.reserved") == []


async def test_lines_of_the_same_product_are_one(shop: Shop) -> None:
    mug = await shop.product(stock=3)

    refused = await shop.reserve((mug, 2), (mug, 2))
    held = await shop.reserve((mug, 2), (mug, 1))

    assert refused.json()["lines"][0]["requested"] == 4
    assert [line["quantity"] for line in held.json()["lines"]] == [3]


async def test_an_unknown_product_is_named_where_it_stands(shop: Shop) -> None:
    mug = await shop.product(stock=3)

    refused = await shop.reserve((mug, 1), ({"id": NOBODY}, 1), ({"id": NOBODY}, 2))

    assert refused.status_code == 422
    places = [fault["pointer"] for fault in refused.json()["errors"]]
    assert places == ["/lines/1/product_id", "/lines/2/product_id"]
    assert await shop.stock(mug) == (3, 0)


async def test_what_is_committed_leaves_the_shelf_once(shop: Shop) -> None:
    mug, pot = await shop.product(stock=3), await shop.product(stock=4)
    reservation = await shop.reserved((mug, 2), (pot, 1))

    committed, again = [await shop.settle(reservation, "commit") for _ in range(2)]

    assert (committed.status_code, committed.json()["status"]) == (200, "committed")
    assert (again.status_code, again.json()) == (200, committed.json())
    assert [await shop.stock(one) for one in (mug, pot)] == [(1, 0), (3, 0)]
    assert await shop.drift() == []
    sold = await shop.database.fetch(
        "SELECT delta, reason, actor, reservation_id::text FROM stock_movements WHERE delta = -2"
    )
    assert [tuple(one) for one in sold] == [(-2, "sold", "order-service", reservation["id"])]


async def test_what_is_released_can_be_had_by_others(shop: Shop) -> None:
    mug = await shop.product(stock=1)
    reservation = await shop.reserved((mug, 1))

    released, again = [await shop.settle(reservation, "release") for _ in range(2)]

    assert (released.status_code, released.json()["status"]) == (200, "released")
    assert (again.status_code, again.json()) == (200, released.json())
    assert (await shop.reserve((mug, 1))).status_code == 201
    assert [one["reason"] for one in await shop.published("inventory.released")] == ["cancelled"]


@pytest.mark.parametrize("reason", ["cancelled", "payment_failed", "expired"])
async def test_a_release_tells_why(shop: Shop, reason: str) -> None:
    reservation = await shop.reserved((await shop.product(stock=1), 1))

    impossible = await shop.settle(reservation, "release", reason="bored")
    await shop.settle(reservation, "release", reason=reason)

    assert impossible.status_code == 422
    told = await shop.published("inventory.released")
    assert [one["reason"] for one in told] == [reason]


async def test_events_of_a_reservation_are_numbered(shop: Shop) -> None:
    mug = await shop.product(stock=2)
    sold, left = await shop.reserved((mug, 1)), await shop.reserved((mug, 1))

    await shop.settle(sold, "commit")
    await shop.settle(left, "release")

    told = [one for one in await shop.told() if one[0].startswith("inventory.")]
    assert told == [
        ("inventory.reserved", 1),
        ("inventory.reserved", 1),
        ("inventory.committed", 2),
        ("inventory.released", 2),
    ]


async def test_what_nobody_pays_for_in_time_is_taken_back(shop: Shop) -> None:
    mug = await shop.product(stock=3)
    late, early = await shop.reserved((mug, 2)), await shop.reserved((mug, 1))
    await shop.let_time_pass(late)

    assert await expire(shop.pool) == 1
    assert await expire(shop.pool) == 0

    assert await shop.stock(mug) == (3, 1)
    assert [await shop.status(one) for one in (late, early)] == ["expired", "active"]
    told = await shop.published("inventory.released")
    assert [(one["reservation_id"], one["reason"]) for one in told] == [(late["id"], "expired")]


@pytest.mark.parametrize("taken_back", [True, False])
async def test_what_has_expired_cannot_be_committed_or_extended(
    shop: Shop, taken_back: bool
) -> None:
    reservation = await shop.reserved((await shop.product(stock=1), 1))
    await shop.let_time_pass(reservation)
    assert await expire(shop.pool) if taken_back else True

    answers = [
        await shop.settle(reservation, "commit"),
        await shop.settle(reservation, "extend", ttl_seconds=60),
    ]

    assert [one.status_code for one in answers] == [409, 409]
    assert {one.json()["code"] for one in answers} == {"reservation-expired"}


@pytest.mark.parametrize(("taken_back", "status"), [(True, 201), (False, 200)])
async def test_an_order_may_reserve_again_what_has_expired(
    shop: Shop, taken_back: bool, status: int
) -> None:
    mug = await shop.product(stock=1)
    reservation = (await shop.reserve((mug, 1), order_id=ORDER)).json()
    await shop.let_time_pass(reservation)
    assert await expire(shop.pool) if taken_back else True

    again = await shop.reserve((mug, 1), order_id=ORDER)

    assert (again.status_code, again.json()["status"]) == (status, "active")
    assert await shop.stock(mug) == (1, 1)
    assert (await shop.settle(again.json(), "commit")).status_code == 200
    assert await shop.drift() == []


async def test_what_has_expired_may_be_somebody_elses_by_now(shop: Shop) -> None:
    mug = await shop.product(stock=1)
    reservation = (await shop.reserve((mug, 1), order_id=ORDER)).json()
    await shop.let_time_pass(reservation)
    await expire(shop.pool)
    await shop.reserve((mug, 1))

    refused = await shop.reserve((mug, 1), order_id=ORDER)

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert await shop.status(reservation) == "expired"


async def test_what_was_given_back_does_not_come_back_to_life(shop: Shop) -> None:
    mug = await shop.product(stock=1)
    reservation = (await shop.reserve((mug, 1), order_id=ORDER)).json()
    await shop.settle(reservation, "release")

    answers = [
        await shop.reserve((mug, 1), order_id=ORDER),
        await shop.settle(reservation, "commit"),
        await shop.settle(reservation, "extend", ttl_seconds=60),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {
        (409, "reservation-expired")
    }
    assert await shop.stock(mug) == (1, 0)


async def test_what_is_sold_cannot_be_given_back(shop: Shop) -> None:
    reservation = await shop.reserved((await shop.product(stock=1), 1))
    await shop.settle(reservation, "commit")

    answers = [
        await shop.settle(reservation, "release"),
        await shop.settle(reservation, "extend", ttl_seconds=60),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {
        (409, "already-committed")
    }


async def test_a_reservation_is_extended_and_never_cut_short(shop: Shop) -> None:
    reservation = await shop.reserved((await shop.product(stock=1), 1))

    longer = (await shop.settle(reservation, "extend", ttl_seconds=3600)).json()
    shorter = (await shop.settle(reservation, "extend", ttl_seconds=1)).json()

    assert longer["expires_at"] > reservation["expires_at"]
    assert shorter["expires_at"] == longer["expires_at"]


async def test_a_reservation_that_nobody_made_is_not_found(shop: Shop) -> None:
    answers = [await shop.settle({"id": str(uuid4())}, how) for how in ("commit", "release")]

    assert {one.status_code for one in answers} == {404}
