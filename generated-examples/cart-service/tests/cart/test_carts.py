"""Whose cart it is: one for each user, and for a guest who holds its token."""

import asyncio
from hashlib import sha256

from tests.shopping import ROOT, Service, customer

STRANGER = "01a20479-f9b2-7720-be2b-e5f01853867d"


async def test_a_guest_opens_a_cart_and_reads_it_with_its_token(service: Service) -> None:
    opened = await service.http.post(ROOT)

    assert opened.status_code == 201
    token = {"x-cart-token": opened.json()["guest_token"]}
    read = await service.http.get(opened.headers["location"], headers=token)
    assert (read.status_code, read.json()["id"]) == (200, opened.json()["id"])
    assert read.headers["etag"] == opened.headers["etag"]
    assert opened.headers["cache-control"] == "no-store"


async def test_of_a_guests_token_only_its_hash_is_stored(service: Service) -> None:
    guest = await service.guest()
    assert guest.guest_token is not None

    rows = await service.database.fetch("SELECT carts::text AS row FROM carts")

    assert guest.guest_token not in rows[0]["row"]
    assert sha256(guest.guest_token.encode()).hexdigest() in rows[0]["row"]


async def test_a_user_who_opens_a_cart_again_gets_the_same(service: Service) -> None:
    _, headers = customer()

    first = await service.http.post(ROOT, headers=headers)
    second = await service.http.post(ROOT, headers=headers)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["guest_token"] is None


async def test_of_many_carts_that_a_user_opens_at_once_there_is_one(service: Service) -> None:
    _, headers = customer()

    opened = await asyncio.gather(*(service.http.post(ROOT, headers=headers) for _ in range(20)))

    assert sorted(answer.status_code for answer in opened) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in opened}) == 1


async def test_the_current_cart_is_the_users_own(service: Service) -> None:
    user = await service.user()

    current = await service.http.get(f"{ROOT}/current", headers=user.headers)

    assert (current.status_code, current.json()["id"]) == (200, user.cart)


async def test_the_current_cart_of_a_guest_is_the_one_of_the_token(service: Service) -> None:
    guest = await service.guest()

    current = await service.http.get(f"{ROOT}/current", headers=guest.headers)

    assert (current.status_code, current.json()["id"]) == (200, guest.cart)


async def test_who_has_no_cart_has_no_current_one(service: Service) -> None:
    _, headers = customer()

    missing = await service.http.get(f"{ROOT}/current", headers=headers)
    nobody = await service.http.get(f"{ROOT}/current")

    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
    assert nobody.status_code == 404


async def test_a_cart_of_somebody_else_is_not_there(service: Service) -> None:
    user, guest = await service.user(), await service.guest()
    product = service.catalogue.sell()

    answers = [
        await service.http.get(user.place, headers=guest.headers),
        await service.http.get(guest.place, headers=user.headers),
        await service.http.get(guest.place, headers={"x-cart-token": "guessed"}),
        await service.http.get(user.place),
        await service.http.post(
            f"{user.place}/items",
            json={"product_id": product, "quantity": 1},
            headers=guest.headers,
        ),
        await service.http.get(f"{user.place}/quote", headers=guest.headers),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert [answer.json()["code"] for answer in answers] == ["not-found"] * 6


async def test_a_bad_token_is_refused_and_not_taken_for_a_guest(service: Service) -> None:
    refused = await service.http.post(ROOT, headers={"authorization": "Bearer forged"})

    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")


async def test_who_has_read_this_version_need_not_read_it_again(service: Service) -> None:
    user = await service.user()
    await service.add(user, service.catalogue.sell())
    seen = (await service.read(user)).headers["etag"]

    assert (await service.read(user, if_none_match=seen)).status_code == 304


async def test_a_cart_that_never_was_is_not_found(service: Service) -> None:
    user = await service.user()

    missing = await service.http.get(f"{ROOT}/{STRANGER}", headers=user.headers)

    assert missing.status_code == 404
    assert STRANGER in missing.json()["detail"]
