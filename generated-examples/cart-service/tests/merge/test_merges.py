"""What a guest put together goes on in the cart of the user who signs in."""

import asyncio

from cart_service.ageing import service as ageing

from tests.shopping import Service


async def test_both_carts_are_one_with_the_sums(service: Service) -> None:
    user, guest = await service.user(), await service.guest()
    both, only = service.catalogue.sell(), service.catalogue.sell()
    await service.add(user, both, 2)
    await service.add(guest, both, 3)
    await service.add(guest, only)

    merged = await service.merge(user, guest.guest_token)

    assert merged.status_code == 200
    assert (merged.json()["id"], merged.json()["notes"]) == (user.cart, [])
    assert await service.held(user) == {both: 5, only: 1}
    assert (await service.read(guest)).status_code == 404
    assert await service.published("cart.merged") == [
        {"cart_id": user.cart, "user_id": user.user_id, "guest_cart_id": guest.cart}
    ]


async def test_a_user_without_a_cart_gets_one(service: Service) -> None:
    guest, product = await service.guest(), service.catalogue.sell()
    await service.add(guest, product)
    stranger = await service.user()
    await service.database.execute("DELETE FROM carts WHERE user_id IS NOT NULL")

    merged = await service.merge(stranger, guest.guest_token)

    assert [line["product_id"] for line in merged.json()["lines"]] == [product]


async def test_a_merge_that_is_asked_for_again_changes_nothing(service: Service) -> None:
    user, guest, product = await service.user(), await service.guest(), service.catalogue.sell()
    await service.add(guest, product, 3)
    first = await service.merge(user, guest.guest_token)

    again = await service.merge(user, guest.guest_token)

    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert len(await service.published("cart.merged")) == 1


async def test_of_many_merges_at_once_one_is_done(service: Service) -> None:
    user, guest, product = await service.user(), await service.guest(), service.catalogue.sell()
    await service.add(guest, product, 3)

    merged = await asyncio.gather(*(service.merge(user, guest.guest_token) for _ in range(10)))

    assert {answer.status_code for answer in merged} == {200}
    assert await service.held(user) == {product: 3}
    assert len(await service.published("cart.merged")) == 1


async def test_what_is_too_much_is_capped_and_said(service: Service) -> None:
    user, guest, product = await service.user(), await service.guest(), service.catalogue.sell()
    await service.add(user, product, 60)
    await service.add(guest, product, 60)

    merged = (await service.merge(user, guest.guest_token)).json()

    assert await service.held(user) == {product: 99}
    assert merged["notes"] == [
        {
            "product_id": product,
            "code": "quantity-capped",
            "message": "99 of one product are the most",
            "asked": 120,
            "kept": 99,
        }
    ]


async def test_what_has_no_room_is_left_out_and_said(service: Service) -> None:
    user, guest = await service.user(), await service.guest()
    mine = [service.catalogue.sell() for _ in range(50)]
    await asyncio.gather(*(service.add(user, product) for product in mine))
    extra = service.catalogue.sell()
    await service.add(guest, extra, 2)
    await service.add(guest, mine[0], 2)

    merged = (await service.merge(user, guest.guest_token)).json()

    assert [(note["product_id"], note["code"]) for note in merged["notes"]] == [(extra, "no-room")]
    assert (await service.held(user))[mine[0]] == 3


async def test_what_is_sold_in_another_currency_is_left_out_and_said(service: Service) -> None:
    user, guest = await service.user(), await service.guest()
    await service.add(user, service.catalogue.sell(1000, "EUR"))
    await service.add(guest, service.catalogue.sell(1000, "JPY"))

    merged = (await service.merge(user, guest.guest_token)).json()

    assert [note["code"] for note in merged["notes"]] == ["other-currency"]
    assert len(merged["lines"]) == 1


async def test_a_token_that_nobody_has_is_not_found(service: Service) -> None:
    refused = await service.merge(await service.user(), "guessed")

    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")


async def test_a_cart_that_went_to_somebody_else_is_not_found(service: Service) -> None:
    ada, eve, guest = await service.user(), await service.user(), await service.guest()
    await service.add(guest, service.catalogue.sell())
    await service.merge(ada, guest.guest_token)

    refused = await service.merge(eve, guest.guest_token)

    assert refused.status_code == 404
    assert await service.held(eve) == {}


async def test_a_cart_whose_time_is_over_is_gone(service: Service) -> None:
    user, guest = await service.user(), await service.guest()
    await service.add(guest, service.catalogue.sell())
    await service.database.execute("UPDATE carts SET expires_at = now() - interval '1 s'")

    before = await service.merge(user, guest.guest_token)
    await ageing.expire(service.use_cases)
    after = await service.merge(user, guest.guest_token)

    assert (before.status_code, after.status_code) == (410, 410)
    assert {before.json()["code"], after.json()["code"]} == {"cart-expired"}
