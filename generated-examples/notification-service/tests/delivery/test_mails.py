"""What is mailed, to whom, and that it comes once."""

import asyncio
from uuid import uuid4

import pytest

from tests.people import ID, LINES, Order, User, euros
from tests.shop import Service


async def test_a_link_is_mailed_to_who_registers(service: Service) -> None:
    user = User()

    await service.request_mail(user)

    [mail] = await service.mails(user)
    assert mail["subject"] == "Please confirm your address"
    assert "https://shop.test/verify-email?token=a-secret-token" in mail["text"]
    assert 'href="https://shop.test/verify-email?token=a-secret-token"' in mail["html"]
    assert mail["headers"]["From"] == "Shop <shop@shop.test>"


async def test_a_shop_without_pages_mails_no_link_to_them(
    without_pages: None, service: Service
) -> None:
    user = User()

    await service.request_mail(user)

    [mail] = await service.mails(user)
    assert "https://" not in mail["text"] + mail["html"]
    assert "with this code:\n\na-secret-token\n\nThe code" in mail["text"]


async def test_what_was_in_a_mail_is_forgotten_when_it_has_gone(service: Service) -> None:
    user = User()

    await service.request_mail(user)

    [delivery] = await service.deliveries(user, "delivered")
    kept = await service.database.fetchval("SELECT row_to_json(d)::text FROM deliveries d")
    assert "a-secret-token" not in kept
    assert delivery["recipient"] == user.email


async def test_no_value_of_a_mail_is_logged(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    user = User("reject-ada@example.com")

    await service.request_mail(user)

    await service.deliveries(user, "failed")
    logged = "".join(capfd.readouterr())
    assert "mail.attempted" in logged
    assert "a-secret-token" not in logged
    assert user.email not in logged


async def test_a_mail_is_in_the_language_of_its_receiver(service: Service) -> None:
    user = await service.meet(User(locale="de-AT"))
    order = Order(user)

    await service.place(order)

    [mail] = await service.mails(user)
    assert mail["subject"] == "Wir haben Ihre Bestellung 2026-000042"
    assert "Leather jacket, 99.98 EUR" in mail["text"]


async def test_an_order_that_is_placed_and_paid_makes_two_mails(service: Service) -> None:
    user = await service.meet(User())
    order = Order(user)

    await service.place(order)
    await service.pay(order)

    mails = await service.mails(user, 2)
    assert {mail["subject"] for mail in mails} == {
        "We have your order 2026-000042",
        "Your order 2026-000042 is paid",
    }
    assert {one["template"] for one in await service.published("notification.delivered", 2)} == {
        "order-placed",
        "paid",
    }


async def test_every_turn_of_an_order_has_its_mail(service: Service) -> None:
    user = await service.meet(User())
    order = Order(user)
    refund = {"refund_id": ID, "amount": euros(500), "total_refunded": euros(500), "full": False}
    failed = {"payment_id": ID, "decline_code": "x", "attempt": 1, "can_retry": True}
    shipped = {"shipment_id": ID, "carrier": "DHL", "tracking_number": "JJD01"}

    await service.say("order.payment_failed", order.event(**failed))
    await service.say("order.shipped", order.event(**shipped))
    await service.say("order.delivered", order.event(shipment_id=ID))
    await service.say("order.cancelled", order.event(reason="payment_failed"))
    await service.say("order.refunded", order.event(**refund))

    mails = await service.mails(user, 5)
    assert sorted(mail["subject"] for mail in mails) == [
        "The payment of your order 2026-000042 failed",
        "We have refunded 5.00 EUR of your order 2026-000042",
        "Your order 2026-000042 is cancelled",
        "Your order 2026-000042 is on its way",
        "Your order 2026-000042 was delivered",
    ]


async def test_an_event_that_comes_again_is_not_mailed_again(service: Service) -> None:
    user = await service.meet(User())
    order = Order(user)
    paid = order.event(cart_id=ID, payment_id=ID, amount=euros(9998), lines=LINES)
    first = await service.say("order.paid", paid)
    await service.mails(user)
    await service.database.execute("DELETE FROM inbox")  # as if it came after a very long time

    await service.say("order.paid", paid, id=first)
    await service.heard(first)
    last = await service.say("order.delivered", order.event(shipment_id=ID))
    await service.heard(last)

    mails = await service.mails(user, 2)
    assert [mail["subject"] for mail in mails].count("Your order 2026-000042 is paid") == 1


async def test_a_mail_that_is_asked_for_twice_comes_once(service: Service) -> None:
    user = User()

    await asyncio.gather(*(service.request_mail(user, once="the same") for _ in range(5)))
    await service.request_mail(user, "password-changed")

    mails = await service.mails(user, 2)
    assert len({mail["message_id"] for mail in mails}) == 2
    assert len(mails) == 2


async def test_a_mail_that_nobody_has_a_template_for_is_a_dead_letter(service: Service) -> None:
    user = User()

    await service.request_mail(user, "love-letter")
    await service.request_mail(user)

    [mail] = await service.mails(user)
    assert mail["subject"] == "Please confirm your address"


async def test_an_order_of_somebody_not_yet_known_is_mailed_later(
    patient: None, service: Service
) -> None:
    user = User()
    order = Order(user)
    first = await service.say("order.delivered", order.event(shipment_id=ID))
    await service.heard(first)

    await service.meet(user)

    await service.mails(user)


async def test_one_that_comes_too_late_is_not_sent(service: Service) -> None:
    user = User()

    await service.request_mail(user, seconds=-1)

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "expired"
    assert await service.catcher.mails_to(user.email) == []


async def test_a_message_id_comes_from_the_dedupe_key(service: Service) -> None:
    user = User()

    await service.request_mail(user, once=str(uuid4()))

    [mail] = await service.mails(user)
    [delivery] = await service.deliveries(user, "delivered")
    assert mail["message_id"] == delivery["message_id"]
    assert mail["message_id"].endswith("@shop.test>")
    assert delivery["dedupe_key"].endswith(f"|verify|email|{user.id}")
