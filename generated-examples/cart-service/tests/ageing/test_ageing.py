"""Carts that nobody comes back to: told once, expired, forgotten."""

import asyncio
from datetime import timedelta

import pytest

from cart_service.ageing import service as ageing

from tests.catalogue import euros
from tests.chassis.fixtures_auth import until
from tests.shopping import Service, told_of

DAY = timedelta(hours=24)
_EXPIRED = "SELECT count(*) FROM carts WHERE status = 'expired'"


async def leave(service: Service, hours: int) -> None:
    """Nobody touches any cart for so long."""
    await service.database.execute(
        """
        UPDATE carts SET updated_at = updated_at - $1::interval,
            expires_at = expires_at - $1::interval
        """,
        timedelta(hours=hours),
    )


async def test_a_users_cart_is_abandoned_after_a_day(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell(1999, name="boots")
    await service.add(user, product, 2)
    await leave(service, 25)

    assert await ageing.abandon(service.use_cases, idle=DAY) == 1

    cart = (await service.read(user)).json()
    assert await service.published("cart.abandoned") == [
        {
            "cart_id": user.cart,
            "user_id": user.user_id,
            "lines": [
                {
                    "product_id": product,
                    "name": "boots",
                    "quantity": 2,
                    "unit_price": euros(1999),
                }
            ],
            "total": euros(3998),
            "idle_since": cart["updated_at"],
        }
    ]


async def test_it_is_told_once_however_many_look(service: Service) -> None:
    for _ in range(3):
        await service.add(await service.user(), service.catalogue.sell())
    await leave(service, 25)

    told = await asyncio.gather(*(ageing.abandon(service.use_cases, idle=DAY) for _ in range(3)))
    again = await ageing.abandon(service.use_cases, idle=DAY)

    assert (sum(told), again) == (3, 0)
    assert len(await service.published("cart.abandoned")) == 3


async def test_one_that_was_touched_within_a_day_is_not_abandoned(service: Service) -> None:
    await service.add(await service.user(), service.catalogue.sell())
    await leave(service, 23)

    assert await ageing.abandon(service.use_cases, idle=DAY) == 0


async def test_who_comes_back_and_leaves_again_is_told_again(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell()
    await service.add(user, product)
    await leave(service, 25)
    await ageing.abandon(service.use_cases, idle=DAY)
    await service.add(user, product)
    await leave(service, 25)

    assert await ageing.abandon(service.use_cases, idle=DAY) == 1


async def test_an_empty_cart_a_guests_and_one_of_what_is_not_sold_are_told_to_nobody(
    service: Service,
) -> None:
    await service.user()
    await service.add(await service.guest(), service.catalogue.sell())
    user, gone = await service.user(), service.catalogue.sell()
    await service.add(user, gone)
    archived = service.catalogue.change(gone, status="archived")
    await service.hear(told_of(archived, "product.archived"))
    await leave(service, 25)

    assert await ageing.abandon(service.use_cases, idle=DAY) == 0
    assert await service.published("cart.abandoned") == []


async def test_a_guests_cart_ends_after_thirty_days_and_is_forgotten_after_sixty(
    service: Service,
) -> None:
    guest, user = await service.guest(), await service.user()
    await service.add(guest, service.catalogue.sell())
    await leave(service, 24 * 31)

    assert (await service.read(guest)).status_code == 404
    await ageing.expire(service.use_cases)
    ended = await service.merge(user, guest.guest_token)
    await leave(service, 24 * 31)
    await ageing.expire(service.use_cases)
    forgotten = await service.merge(user, guest.guest_token)

    assert (ended.status_code, forgotten.status_code) == (410, 404)
    assert await service.database.fetchval("SELECT count(*) FROM cart_lines") == 0


async def test_a_guest_who_comes_back_has_thirty_days_more(service: Service) -> None:
    guest, product = await service.guest(), service.catalogue.sell()
    await service.add(guest, product)
    await leave(service, 24 * 20)
    await service.add(guest, product)
    await leave(service, 24 * 20)

    await ageing.expire(service.use_cases)

    assert await service.held(guest) == {product: 2}


async def test_a_users_cart_does_not_end(service: Service) -> None:
    user = await service.user()
    await leave(service, 24 * 365)

    await ageing.expire(service.use_cases)

    assert (await service.read(user)).status_code == 200


@pytest.fixture
def impatient(environment: pytest.MonkeyPatch) -> None:
    """A service that looks all the time, and waits for nobody."""
    for name, value in {
        "JOBS_START_SECONDS": "0",
        "CART_LOOK_SECONDS": "0.05",
        "CART_IDLE_SECONDS": "0.01",
        "CART_GUEST_SECONDS": "1",
    }.items():
        environment.setenv(name, value)


@pytest.mark.usefixtures("impatient")
async def test_both_are_looked_for_by_the_service_itself(service: Service) -> None:
    await service.guest()
    await service.add(await service.user(), service.catalogue.sell())

    async def both() -> bool:
        expired: int = await service.database.fetchval(_EXPIRED)
        return expired == 1 and len(await service.published("cart.abandoned")) == 1

    await until(both)
