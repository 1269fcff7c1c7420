"""The right to be forgotten, and to know what is kept."""

from tests.catalogue import Json
from tests.chassis.fixtures_auth import bearer, token
from tests.shopping import AS_SERVICE, Service, Shopper, event, paid


def deleted(user: Shopper) -> Json:
    return {"user_id": user.user_id, "erase_by": "2030-01-01T00:00:00Z"}


async def kept(service: Service) -> list[int]:
    """The rows of all tables that are about somebody."""
    tables = ("carts", "cart_lines", "conversions", "idempotency_keys")
    return [await service.database.fetchval(f"SELECT count(*) FROM {one}") for one in tables]


async def shopped(service: Service) -> Shopper:
    """A user who bought something, has something in the cart, and was a guest before."""
    user, guest, product = await service.user(), await service.guest(), service.catalogue.sell()
    await service.add(guest, product, 3)
    await service.merge(user, guest.guest_token)
    await service.hear(paid(user, {product: 1}))
    await service.add(user, product, idempotency_key="k1")
    return user


async def test_nothing_of_an_erased_user_is_left_and_it_is_answered(service: Service) -> None:
    user = await shopped(service)
    assert await kept(service) == [2, 1, 1, 1]

    told = event("user-service", "user.deleted", str(user.user_id), deleted(user))
    await service.hear(told)

    assert await kept(service) == [0, 0, 0, 0]
    assert await service.published("cart.user_erased") == [{"user_id": user.user_id}]


async def test_who_asks_again_is_answered_again(service: Service) -> None:
    user = await service.user()
    for _ in range(2):
        told = event("user-service", "user.deleted", str(user.user_id), deleted(user))
        await service.hear(told)

    assert await service.published("cart.user_erased") == [{"user_id": user.user_id}] * 2


async def test_the_carts_of_others_stay(service: Service) -> None:
    user, other = await service.user(), await shopped(service)

    await service.hear(event("user-service", "user.deleted", str(user.user_id), deleted(user)))

    assert (await service.read(other)).status_code == 200
    assert await kept(service) == [2, 1, 1, 1]


async def test_an_order_that_is_paid_after_the_erasure_brings_nothing_back(
    service: Service,
) -> None:
    user, product = await service.user(), service.catalogue.sell()
    await service.hear(event("user-service", "user.deleted", str(user.user_id), deleted(user)))

    await service.hear(paid(user, {product: 1}))

    assert await kept(service) == [0, 0, 0, 0]


async def test_an_export_holds_all_that_is_kept(service: Service) -> None:
    user = await shopped(service)

    exported = await service.http.get(f"/v1/carts/exports/{user.user_id}", headers=AS_SERVICE)

    assert exported.status_code == 200
    assert exported.json()["carts"] == [(await service.read(user)).json()]
    assert [one["cart_id"] for one in exported.json()["conversions"]] == [user.cart]
    assert exported.headers["cache-control"] == "no-store"


async def test_an_export_is_for_services_only(service: Service) -> None:
    user = await service.user()
    place = f"/v1/carts/exports/{user.user_id}"

    own = await service.http.get(place, headers=user.headers)
    admin = await service.http.get(place, headers=bearer(token(roles=["admin"])))

    assert (own.status_code, admin.status_code) == (403, 403)
