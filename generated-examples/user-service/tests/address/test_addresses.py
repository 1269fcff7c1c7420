"""One's own addresses."""

from httpx import Response

from user_service.chassis.identifiers import uuid7

from tests.chassis.fixtures_auth import bearer, token
from tests.people import Json, Service, User

ROOT = "/v1/users/me/addresses"
HOME: Json = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "line2": None,
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
    "phone": "+442079460000",
}


async def add(service: Service, user: User, **changes: str | None) -> Response:
    return await service.http.post(ROOT, json={**HOME, **changes}, headers=user.headers)


async def test_an_added_address_can_be_read_at_its_location(service: Service) -> None:
    user = await service.user()

    made = await add(service, user)

    assert made.status_code == 201
    found = await service.http.get(made.headers["location"], headers=user.headers)
    assert found.json() == made.json()
    assert {name: made.json()[name] for name in HOME} == HOME


async def test_addresses_are_listed_page_by_page(service: Service) -> None:
    user = await service.user()
    made = [(await add(service, user, name=name)).json() for name in ("home", "work", "gym")]

    first = (await service.http.get(ROOT, params={"limit": 2}, headers=user.headers)).json()
    page = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await service.http.get(ROOT, params=page, headers=user.headers)).json()

    assert first["items"] + second["items"] == made


async def test_a_replaced_address_is_as_it_was_said(service: Service) -> None:
    user = await service.user()
    place = (await add(service, user)).headers["location"]

    replaced = await service.http.put(place, json={**HOME, "city": "Bath"}, headers=user.headers)

    assert (replaced.status_code, replaced.json()["city"]) == (200, "Bath")
    assert (await service.http.get(place, headers=user.headers)).json() == replaced.json()


async def test_a_removed_address_is_gone(service: Service) -> None:
    user = await service.user()
    place = (await add(service, user)).headers["location"]

    assert (await service.http.delete(place, headers=user.headers)).status_code == 204
    assert (await service.http.get(place, headers=user.headers)).status_code == 404


async def test_the_address_of_somebody_else_is_not_found(service: Service) -> None:
    ada, eve = await service.user("ada@example.com"), await service.user("eve@example.com")
    place = (await add(service, ada)).headers["location"]

    read = await service.http.get(place, headers=eve.headers)
    replaced = await service.http.put(place, json=HOME, headers=eve.headers)
    removed = await service.http.delete(place, headers=eve.headers)

    assert [read.status_code, replaced.status_code, removed.status_code] == [404] * 3
    assert (await service.http.get(place, headers=ada.headers)).status_code == 200


async def test_what_is_no_country_is_refused(service: Service) -> None:
    refused = await add(service, await service.user(), country="Great Britain")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/country")


async def test_twenty_addresses_are_enough(service: Service) -> None:
    user = await service.user()
    for _ in range(20):
        await add(service, user)

    refused = await add(service, user)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "too-many-addresses"


async def test_a_service_reads_the_address_that_it_sends_something_to(service: Service) -> None:
    user = await service.user()
    made = (await add(service, user)).json()
    order_service = bearer(token(sub="order-service", roles=["service"], aud="user-service"))

    read = await service.http.get(
        f"/v1/users/{user.id}/addresses/{made['id']}", headers=order_service
    )
    misread = await service.http.get(
        f"/v1/users/{uuid7()}/addresses/{made['id']}", headers=order_service
    )

    assert (read.status_code, read.json()) == (200, made)
    assert (misread.status_code, misread.json()["code"]) == (404, "not-found")
