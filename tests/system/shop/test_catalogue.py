"""What is edited by two at once is not lost, and what is read is what was written."""

import asyncio

from tools.shop.shop import Shop


async def test_of_two_changes_of_the_same_version_one_is_refused(shop: Shop) -> None:
    admin = await shop.staff("admin")
    path = f"/v1/products/{await shop.product(0)}"
    seen = {"if-match": (await admin.ask("GET", path)).headers["etag"]}

    answers = await asyncio.gather(
        *(admin.ask("PATCH", path, json={"name": name}, headers=seen) for name in ("A", "B"))
    )

    won, lost = sorted(answers, key=lambda answer: answer.status)
    assert (won.status, lost.status, lost.code) == (200, 412, "version-mismatch")
    assert (await admin.ask("GET", path)).json["name"] == won.json["name"]


async def test_a_product_is_found_by_a_misspelt_name(shop: Shop) -> None:
    wanted = await shop.product(1, name="Leather jacket Amundsen")

    found = (await shop.door.ask("GET", "/v1/products?q=amundsn")).wanted(200).json

    assert wanted in [one["id"] for one in found["items"]]
    assert "suggestion" in found
