"""Who is let in at which door: every route for every role."""

import pytest

from product_service.chassis.policy import OPTIONAL, PUBLIC
from product_service.chassis.routing import Route

from tests.chassis.fixtures_auth import bearer, token
from tests.shop import NOBODY, Shop

ADMIN, WAREHOUSE, SERVICE = ("admin",), ("warehouse",), ("service",)

DOORS: dict[str, tuple[str, ...]] = {
    "POST /v1/products": ADMIN,
    "PATCH /v1/products/{id:uuid}": ADMIN,
    "DELETE /v1/products/{id:uuid}": ADMIN,
    "POST /v1/categories": ADMIN,
    "PATCH /v1/categories/{id:uuid}": ADMIN,
    "POST /v1/inventory/adjustments": WAREHOUSE,
    "GET /v1/products/{id:uuid}/stock-movements": WAREHOUSE,
    "POST /v1/reservations": SERVICE,
    "GET /v1/reservations/{id:uuid}": SERVICE,
    "POST /v1/reservations/{id:uuid}/commit": SERVICE,
    "POST /v1/reservations/{id:uuid}/release": SERVICE,
    "POST /v1/reservations/{id:uuid}/extend": SERVICE,
    "GET /v1/products/exports/{user_id:uuid}": SERVICE,
}
OPEN = {
    "GET /v1/products",
    "GET /v1/products/{id:uuid}",
    "GET /v1/products/{id:uuid}/availability",
    "GET /v1/categories",
    "GET /v1/categories/{id:uuid}",
}


def doors_of(routes: list[Route]) -> dict[str, Route]:
    return {
        f"{method} {route.raw_path}": route
        for route in routes
        if not route.exclude_from_schema
        for method in route.methods
        if method != "HEAD"
    }


async def test_every_route_is_in_this_table(shop: Shop) -> None:
    doors = doors_of(shop.app.routes)

    assert set(doors) == set(DOORS) | OPEN
    assert {door for door, one in doors.items() if one.policy in (PUBLIC, OPTIONAL)} == OPEN


@pytest.mark.parametrize("role", ["customer", "support", "warehouse", "admin", "service"])
async def test_a_role_opens_its_doors_and_no_other(shop: Shop, role: str) -> None:
    headers = bearer(token(sub=NOBODY, roles=[role]))

    statuses = {
        door: (await shop.http.request(*at(door), json={}, headers=headers)).status_code
        for door in DOORS
    }

    refused = {door for door, status in statuses.items() if status == 403}
    assert refused == {door for door, roles in DOORS.items() if role not in roles}
    assert {401, 500}.isdisjoint(statuses.values())


async def test_without_a_token_no_door_but_the_open_ones_opens(shop: Shop) -> None:
    statuses = {(await shop.http.request(*at(door), json={})).status_code for door in DOORS}

    assert statuses == {401}


def at(door: str) -> tuple[str, str]:
    method, _, path = door.partition(" ")
    return method, path.replace("{id:uuid}", NOBODY).replace("{user_id:uuid}", NOBODY)
