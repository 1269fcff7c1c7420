"""Who is let in at which door: every route for every role."""

import pytest

from order_service.chassis.policy import PUBLIC
from order_service.chassis.routing import Route

from tests.shop import Person, Shop

ID = "01a20479-f9b2-7720-be2b-e5f01853867d"
READERS = ("customer", "support", "admin")

DOORS: dict[str, tuple[str, ...]] = {
    "POST /v1/orders": ("customer",),
    "GET /v1/orders": READERS,
    "GET /v1/orders/{id:uuid}": READERS,
    "GET /v1/orders/{id:uuid}/history": READERS,
    "POST /v1/orders/{id:uuid}/payments": ("customer",),
    "POST /v1/orders/{id:uuid}/cancel": READERS,
    "POST /v1/orders/{id:uuid}/refunds": ("support", "admin"),
    "POST /v1/orders/{id:uuid}/shipments": ("warehouse", "admin"),
    "POST /v1/orders/{id:uuid}/deliver": ("warehouse", "admin"),
    "GET /v1/orders/exports/{user_id:uuid}": ("service",),
}
OPEN = {"POST /v1/webhooks/payments/{provider}"}


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
    assert {door for door, route in doors.items() if route.policy == PUBLIC} == OPEN


@pytest.mark.parametrize("role", ["customer", "support", "warehouse", "admin", "service"])
async def test_a_role_opens_its_doors_and_no_other(shop: Shop, role: str) -> None:
    headers = Person((role,)).headers

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
    return method, path.replace("{id:uuid}", ID).replace("{user_id:uuid}", ID)
