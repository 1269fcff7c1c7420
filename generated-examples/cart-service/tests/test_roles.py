"""Who is let in at which door: every route for everybody."""

import pytest

from cart_service.chassis.policy import OPTIONAL
from cart_service.chassis.routing import Route

from tests.chassis.fixtures_auth import bearer, token
from tests.shopping import Service

PEOPLE = ("customer", "support", "warehouse", "admin")
ID = "01a20479-f9b2-7720-be2b-e5f01853867d"

# A cart's token is enough here: to everybody else the cart is not there.
OPEN = {
    "POST /v1/carts",
    "GET /v1/carts/current",
    "GET /v1/carts/{id:uuid}",
    "POST /v1/carts/{id:uuid}/items",
    "PUT /v1/carts/{id:uuid}/items/{product_id:uuid}",
    "DELETE /v1/carts/{id:uuid}/items/{product_id:uuid}",
    "GET /v1/carts/{id:uuid}/quote",
}
DOORS: dict[str, tuple[str, ...]] = {
    "POST /v1/carts/merge": PEOPLE,
    "GET /v1/carts/exports/{user_id:uuid}": ("service",),
}
BODIES: dict[str, dict[str, object]] = {
    "POST /v1/carts/{id:uuid}/items": {"product_id": ID, "quantity": 1},
    "PUT /v1/carts/{id:uuid}/items/{product_id:uuid}": {"quantity": 1},
    "POST /v1/carts/merge": {"guest_token": "guessed"},
}


def doors_of(routes: list[Route]) -> dict[str, Route]:
    return {
        f"{method} {route.raw_path}": route
        for route in routes
        if not route.exclude_from_schema
        for method in route.methods
        if method != "HEAD"
    }


async def knock(service: Service, door: str, headers: dict[str, str] | None = None) -> int:
    method, _, path = door.partition(" ")
    for name in ("{id:uuid}", "{product_id:uuid}", "{user_id:uuid}"):
        path = path.replace(name, ID)
    answer = await service.http.request(
        method, path, json=BODIES.get(door, {}), headers=headers or {}
    )
    return answer.status_code


async def test_every_route_is_in_this_table(service: Service) -> None:
    doors = doors_of(service.app.routes)

    assert set(doors) == set(DOORS) | OPEN
    assert {door for door, route in doors.items() if route.policy == OPTIONAL} == OPEN


@pytest.mark.parametrize("role", [*PEOPLE, "service"])
async def test_a_role_opens_its_doors_and_no_other(service: Service, role: str) -> None:
    headers = bearer(token(sub=ID, roles=[role]))

    statuses = {door: await knock(service, door, headers) for door in DOORS}

    refused = {door for door, status in statuses.items() if status == 403}
    assert refused == {door for door, roles in DOORS.items() if role not in roles}
    assert {401, 500}.isdisjoint(statuses.values())


async def test_without_a_token_no_door_but_the_open_ones_opens(service: Service) -> None:
    assert {await knock(service, door) for door in DOORS} == {401}


@pytest.mark.parametrize("role", [*PEOPLE, "service", None])
async def test_behind_an_open_door_there_are_only_ones_own_carts(
    service: Service, role: str | None
) -> None:
    headers = bearer(token(sub=ID, roles=[role])) if role else {}

    statuses = {door: await knock(service, door, headers) for door in OPEN}

    opened = statuses.pop("POST /v1/carts")
    current = statuses.pop("GET /v1/carts/current")
    assert opened == (403 if role == "service" else 201)
    assert current in (200, 404)
    assert set(statuses.values()) == {404}
