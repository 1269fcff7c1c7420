"""The news that a user sees in the shop."""

from httpx import Response

from tests.people import ID, Order, User
from tests.shop import Service


async def get(service: Service, user: User, **query: str) -> Response:
    return await service.http.get("/v1/notifications", params=query, headers=user.headers)


async def read(service: Service, user: User, id: str) -> Response:
    return await service.http.post(f"/v1/notifications/{id}/read", headers=user.headers)


async def test_every_turn_of_an_order_is_news_the_newest_first(service: Service) -> None:
    user = await service.meet(User())
    order = Order(user)

    await service.place(order)
    await service.pay(order)

    news = await service.news(user, 2)
    assert [one["kind"] for one in news] == ["paid", "order-placed"]
    assert news[0]["data"]["number"] == order.number
    assert news[0]["data"]["amount"] == "99.98 EUR"


async def test_news_are_their_owner_s_alone(service: Service) -> None:
    user, other = await service.meet(User()), User("eve@example.com")
    await service.pay(Order(user))
    [news] = await service.news(user)

    assert (await get(service, other)).json()["items"] == []
    assert (await read(service, other, news["id"])).status_code == 404


async def test_what_is_read_is_not_among_the_unread(service: Service) -> None:
    user = await service.meet(User())
    await service.place(Order(user))
    [news] = await service.news(user)

    done = await read(service, user, news["id"])

    assert done.status_code == 204
    assert (await get(service, user, unread="true")).json()["items"] == []
    assert (await get(service, user)).json()["items"][0]["read_at"] is not None


async def test_the_first_reading_counts(service: Service) -> None:
    user = await service.meet(User())
    await service.place(Order(user))
    [news] = await service.news(user)
    await read(service, user, news["id"])
    [first] = (await get(service, user)).json()["items"]

    again = await read(service, user, news["id"])

    assert again.status_code == 204
    assert (await get(service, user)).json()["items"] == [first]


async def test_news_that_are_none_are_not_found(service: Service) -> None:
    assert (await read(service, User(), ID)).status_code == 404


async def test_news_are_listed_page_by_page(service: Service) -> None:
    user = await service.meet(User())
    for number in range(3):
        await service.pay(Order(user, number=f"2026-{number}"))
    everything = await service.news(user, 3)

    first = (await get(service, user, limit="2")).json()
    second = (await get(service, user, limit="2", cursor=first["next_cursor"])).json()

    assert first["items"] + second["items"] == everything


async def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    refused = await get(service, User(), cursor="AAAAAAAAAAAA")

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-cursor")
