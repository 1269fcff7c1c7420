"""Who is let in at which door: every route for every role."""

import pytest

from notification_service.chassis.policy import PUBLIC
from notification_service.chassis.routing import Route

from tests.chassis.fixtures_auth import bearer, token
from tests.people import ID
from tests.shop import Service

USER = ("customer", "support", "warehouse", "admin")
ADMIN = ("admin",)
SUPPORT = ("support",)

DOORS: dict[str, tuple[str, ...]] = {
    "GET /v1/notifications": USER,
    "POST /v1/notifications/{id:uuid}/read": USER,
    "GET /v1/notifications/exports/{user_id:uuid}": ("service",),
    "GET /v1/preferences": USER,
    "PUT /v1/preferences": USER,
    "GET /v1/templates": ADMIN,
    "PUT /v1/templates/{key}": ADMIN,
    "POST /v1/templates/{key}/preview": ADMIN,
    "GET /v1/deliveries": SUPPORT,
    "POST /v1/deliveries/{id:uuid}/retry": SUPPORT,
}
OPEN = {"GET /v1/unsubscribe", "POST /v1/unsubscribe"}


def doors_of(routes: list[Route]) -> dict[str, Route]:
    return {
        f"{method} {route.raw_path}": route
        for route in routes
        if not route.exclude_from_schema
        for method in route.methods
        if method != "HEAD"
    }


async def test_every_route_is_in_this_table(service: Service) -> None:
    doors = doors_of(service.app.routes)

    assert set(doors) == set(DOORS) | OPEN
    assert {door for door, route in doors.items() if route.policy == PUBLIC} == OPEN


@pytest.mark.parametrize("role", [*USER, "service"])
async def test_a_role_opens_its_doors_and_no_other(service: Service, role: str) -> None:
    headers = bearer(token(sub=ID, roles=[role]))

    statuses = {
        door: (await service.http.request(*at(door), json={}, headers=headers)).status_code
        for door in DOORS
    }

    refused = {door for door, status in statuses.items() if status == 403}
    assert refused == {door for door, roles in DOORS.items() if role not in roles}
    assert {401, 500}.isdisjoint(statuses.values())


async def test_without_a_token_no_door_but_the_open_ones_opens(service: Service) -> None:
    statuses = {(await service.http.request(*at(door), json={})).status_code for door in DOORS}

    assert statuses == {401}


def at(door: str) -> tuple[str, str]:
    method, _, path = door.partition(" ")
    for name in ("{id:uuid}", "{user_id:uuid}", "{key}"):
        path = path.replace(name, ID)
    return method, path
