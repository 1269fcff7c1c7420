"""Who is let in at which door: every route for every role."""

import pytest

from user_service.chassis.policy import PUBLIC
from user_service.chassis.routing import Route

from tests.chassis.fixtures_auth import bearer, token
from tests.people import Service

ME = ("customer", "support", "warehouse", "admin")
ADMIN = ("admin",)
SERVICE = ("service",)
ID = "01a20479-f9b2-7720-be2b-e5f01853867d"

DOORS: dict[str, tuple[str, ...]] = {
    "GET /v1/users/me": ME,
    "PATCH /v1/users/me": ME,
    "DELETE /v1/users/me": ME,
    "PUT /v1/users/me/password": ME,
    "GET /v1/users/me/export": ME,
    "GET /v1/users/me/addresses": ME,
    "POST /v1/users/me/addresses": ME,
    "GET /v1/users/me/addresses/{id:uuid}": ME,
    "PUT /v1/users/me/addresses/{id:uuid}": ME,
    "DELETE /v1/users/me/addresses/{id:uuid}": ME,
    "POST /v1/auth/logout": ME,
    "POST /v1/auth/logout-all": ME,
    "GET /v1/auth/sessions": ME,
    "DELETE /v1/auth/sessions/{id:uuid}": ME,
    "GET /v1/users": ADMIN,
    "GET /v1/users/{id:uuid}": ADMIN,
    "PUT /v1/users/{id:uuid}/roles": ADMIN,
    "POST /v1/users/{id:uuid}/disable": ADMIN,
    "GET /v1/users/{user_id:uuid}/addresses/{id:uuid}": SERVICE,
}
OPEN = {
    "POST /v1/users",
    "POST /v1/users/verify-email",
    "POST /v1/auth/login",
    "POST /v1/auth/refresh",
    "POST /v1/auth/password/forgot",
    "POST /v1/auth/password/reset",
    "POST /v1/auth/service-token",
    "GET /.well-known/jwks.json",
}


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


@pytest.mark.parametrize("role", [*ME, "service"])
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
    return method, path.replace("{id:uuid}", ID).replace("{user_id:uuid}", ID)
