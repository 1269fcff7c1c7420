"""What users want to hear of, and how they end what they do not."""

import re
from typing import Any

from httpx import Response

from tests.people import ID, LINES, User, euros
from tests.shop import Service

EVERYTHING = {name: {"email": True, "in_app": True} for name in ("account", "orders", "reminders")}
CART = {"cart_id": ID, "lines": LINES, "total": euros(9998), "idle_since": "2026-11-26T10:00:00Z"}


async def put(service: Service, user: User, said: object) -> Response:
    return await service.http.put("/v1/preferences", json=said, headers=user.headers)


async def get(service: Service, user: User) -> object:
    return (await service.http.get("/v1/preferences", headers=user.headers)).json()


async def abandon_cart(service: Service, user: User) -> None:
    await service.heard(await service.say("cart.abandoned", {**CART, "user_id": user.id}))


async def reminder(service: Service, user: User) -> dict[str, Any]:
    await abandon_cart(service, user)
    return (await service.mails(user))[0]


def path_of(link: str) -> str:
    """The link in a mail, as this service answers it behind the gateway."""
    found = re.fullmatch(r"<https://api\.shop\.test/api(/v1/unsubscribe\?token=[\w-]+)>", link)
    assert found is not None
    return found[1]


async def test_who_said_nothing_wants_everything(service: Service) -> None:
    assert await get(service, User()) == EVERYTHING


async def test_reminders_can_be_switched_off(service: Service) -> None:
    user = User()
    wanted = {**EVERYTHING, "reminders": {"email": False, "in_app": True}}

    said = await put(service, user, {"reminders": {"email": False}})

    assert (said.status_code, said.json()) == (200, wanted)
    assert await get(service, user) == wanted


async def test_what_is_left_out_is_wanted_again(service: Service) -> None:
    user = User()
    await put(service, user, {"reminders": {"email": False}})

    await put(service, user, {})

    assert await get(service, user) == EVERYTHING


async def test_news_of_orders_cannot_be_switched_off(service: Service) -> None:
    user = User()

    refused = await put(service, user, {"orders": {"email": False}})

    assert (refused.status_code, refused.json()["code"]) == (422, "transactional-not-optional")
    assert refused.json()["errors"][0]["pointer"] == "/orders/email"
    assert await get(service, user) == EVERYTHING


async def test_a_cart_that_is_left_makes_a_reminder(service: Service) -> None:
    user = await service.meet(User())

    mail = await reminder(service, user)

    assert mail["subject"] == "Your cart is still here"
    assert "Leather jacket, 99.98 EUR" in mail["text"]
    assert [one["kind"] for one in await service.news(user)] == ["cart-abandoned"]


async def test_who_wants_no_reminders_gets_none(service: Service) -> None:
    user = await service.meet(User())
    await put(service, user, {"reminders": {"email": False, "in_app": False}})

    await abandon_cart(service, user)

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "unwanted"
    news = await service.http.get("/v1/notifications", headers=user.headers)
    assert news.json()["items"] == []


async def test_one_click_ends_reminders_without_a_login(service: Service) -> None:
    user = await service.meet(User())
    mail = await reminder(service, user)

    ended = await service.http.post(
        path_of(mail["headers"]["List-Unsubscribe"]),
        content="List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ended.status_code == 200
    assert ended.json() == {"category": "reminders", "channel": "email", "subscribed": False}
    assert await get(service, user) == {
        **EVERYTHING,
        "reminders": {"email": False, "in_app": True},
    }


async def test_who_only_opens_the_link_stays_subscribed(service: Service) -> None:
    user = await service.meet(User())
    mail = await reminder(service, user)

    shown = await service.http.get(path_of(mail["headers"]["List-Unsubscribe"]))

    assert shown.json()["subscribed"] is True
    assert await get(service, user) == EVERYTHING


async def test_a_link_that_was_tampered_with_is_gone(service: Service) -> None:
    user = await service.meet(User())
    path = path_of((await reminder(service, user))["headers"]["List-Unsubscribe"])
    other = ("B" if path[-30] == "A" else "A").join((path[:-30], path[-29:]))

    refused = await service.http.post(other)

    assert (refused.status_code, refused.json()["code"]) == (410, "unsubscribe-link-gone")
    assert await get(service, user) == EVERYTHING


async def test_mails_about_orders_have_no_such_link(service: Service) -> None:
    user = User()

    await service.request_mail(user)

    [mail] = await service.mails(user)
    assert "List-Unsubscribe" not in mail["headers"]
