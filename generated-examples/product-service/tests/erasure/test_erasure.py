"""The right to be forgotten, and to know what is kept."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from product_service.chassis.events import Envelope

from tests.shop import NOBODY, WORKER, Json, Shop, orders


def deleted(user_id: str = WORKER) -> Envelope:
    """What user-service says of a user who wants to be forgotten."""
    return Envelope(
        id=uuid4(),
        source="user-service",
        type="shop.user.deleted.v1",
        subject=user_id,
        time=datetime.now(UTC),
        data=json.dumps({"user_id": user_id, "erase_by": "2030-01-01T00:00:00Z"}).encode(),
    )


async def export(shop: Shop, user_id: str = WORKER) -> Json:
    exported = await shop.http.get(f"/v1/products/exports/{user_id}", headers=orders())
    assert (exported.status_code, exported.headers["cache-control"]) == (200, "no-store")
    found: Json = exported.json()
    return found


async def actors(shop: Shop) -> list[str]:
    rows = await shop.database.fetch("SELECT actor FROM stock_movements ORDER BY id")
    return [row["actor"] for row in rows]


async def test_the_ledger_keeps_its_lines_and_forgets_who_wrote_them(shop: Shop) -> None:
    mug = await shop.product(stock=3)
    await shop.adjust(mug["id"], 1)
    await shop.settle(await shop.reserved((mug, 1)), "commit")

    await shop.hear(deleted())

    first, second, third = await actors(shop)
    assert first == second
    assert first.startswith("erased-")
    assert third == "order-service"
    assert await shop.drift() == []


async def test_the_erasure_is_answered_once_for_each_time_it_is_asked_for(shop: Shop) -> None:
    await shop.product(stock=3)
    asked = deleted()

    await shop.hear(asked, asked)
    before = await actors(shop)
    await shop.hear(deleted())

    assert await actors(shop) == before
    assert await shop.published("product.user_erased") == [{"user_id": WORKER}] * 2


async def test_answers_that_were_kept_for_a_key_go_too(shop: Shop) -> None:
    mug = await shop.product()
    await shop.adjust(mug["id"], 1, **{"idempotency-key": "k1"})

    await shop.hear(deleted())

    assert await shop.database.fetch("SELECT * FROM idempotency_keys") == []


async def test_an_export_holds_all_that_somebody_did(shop: Shop) -> None:
    mug = await shop.product(stock=3)
    await shop.settle(await shop.reserved((mug, 1)), "commit")

    kept = await export(shop)

    assert kept["user_id"] == WORKER
    assert [one["delta"] for one in kept["stock_movements"]] == [3]
    assert (await export(shop, NOBODY))["stock_movements"] == []


async def test_nothing_is_left_to_export_of_an_erased_user(shop: Shop) -> None:
    await shop.product(stock=3)

    await shop.hear(deleted())

    assert (await export(shop))["stock_movements"] == []
