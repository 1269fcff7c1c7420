"""Categories: made, listed and renamed."""

import asyncio

from httpx import Response

from tests.shop import Json, Shop, admin


async def make(shop: Shop, slug: str) -> Response:
    said = {"slug": slug, "name": slug.title()}
    return await shop.http.post("/v1/categories", json=said, headers=admin())


async def rename(shop: Shop, category: Json, name: str) -> Response:
    headers = admin() | {"if-match": f'"v{category["version"]}"'}
    path = f"/v1/categories/{category['id']}"
    return await shop.http.patch(path, json={"name": name}, headers=headers)


async def test_anybody_sees_the_categories(shop: Shop) -> None:
    made = [(await make(shop, slug)).json() for slug in ("kitchen", "garden")]

    listed = (await shop.http.get("/v1/categories")).json()

    assert listed == {"items": made, "next_cursor": None}
    assert (await shop.http.get(f"/v1/categories/{made[0]['id']}")).json() == made[0]


async def test_a_slug_belongs_to_one_category(shop: Shop) -> None:
    await make(shop, "kitchen")

    again = await make(shop, "kitchen")

    assert (again.status_code, again.json()["code"]) == (409, "slug-taken")


async def test_of_two_who_rename_the_same_version_the_second_is_told(shop: Shop) -> None:
    category = (await make(shop, "kitchen")).json()

    answers = await asyncio.gather(*(rename(shop, category, name) for name in ("Cook", "Bake")))

    assert sorted(one.status_code for one in answers) == [200, 412]


async def test_who_names_no_version_renames_the_last_one(shop: Shop) -> None:
    category = (await make(shop, "kitchen")).json()
    path = f"/v1/categories/{category['id']}"

    renamed = await shop.http.patch(path, json={"name": "Cook"}, headers=admin())

    assert (renamed.status_code, renamed.json()["name"]) == (200, "Cook")
    assert renamed.json()["version"] == category["version"] + 1
