"""An order that was paid takes its quantities out of the cart, once."""

from dataclasses import replace

from cart_service.chassis.identifiers import uuid7

from tests.shopping import ROOT, Service, paid


async def test_what_was_paid_leaves_the_cart_and_it_is_converted(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell()
    await service.add(user, product, 2)
    order = paid(user, {product: 2})

    await service.hear(order)

    cart = (await service.read(user)).json()
    assert (cart["status"], cart["lines"]) == ("converted", [])
    assert await service.published("cart.converted") == [
        {"cart_id": user.cart, "order_id": order.subject, "user_id": user.user_id}
    ]


async def test_what_came_in_during_checkout_stays(service: Service) -> None:
    user, ordered, late = await service.user(), service.catalogue.sell(), service.catalogue.sell()
    await service.add(user, ordered, 2)
    order = paid(user, {ordered: 2})
    await service.add(user, ordered)
    await service.add(user, late)

    await service.hear(order)

    assert await service.held(user) == {ordered: 1, late: 1}
    assert (await service.read(user)).json()["status"] == "active"


async def test_a_payment_that_is_told_again_takes_nothing_more(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell()
    await service.add(user, product, 5)
    order = paid(user, {product: 2})
    same_order = paid(user, {product: 2}, order.subject)

    await service.hear(order, order, same_order)

    assert await service.held(user) == {product: 3}
    assert len(await service.published("cart.converted")) == 1


async def test_two_orders_of_one_cart_take_both_their_shares(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell()
    await service.add(user, product, 5)

    await service.hear(paid(user, {product: 2}), paid(user, {product: 2}))

    assert await service.held(user) == {product: 1}
    assert len(await service.published("cart.converted")) == 2


async def test_after_a_conversion_the_user_opens_a_new_cart(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell()
    await service.add(user, product)
    await service.hear(paid(user, {product: 1}))

    refused = await service.add(user, product)
    opened = await service.http.post(ROOT, headers=user.headers)

    assert refused.status_code == 404
    assert opened.status_code == 201
    assert opened.json()["id"] != user.cart


async def test_an_order_of_a_cart_that_is_not_there_changes_nothing(service: Service) -> None:
    user, other, product = await service.user(), await service.user(), service.catalogue.sell()
    await service.add(user, product)
    foreign = paid(replace(other, cart=user.cart), {product: 1})
    unknown = paid(replace(user, cart=str(uuid7())), {product: 1})

    await service.hear(foreign, unknown)

    assert await service.held(user) == {product: 1}
    assert await service.published("cart.converted") == []
