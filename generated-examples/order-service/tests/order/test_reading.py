"""Orders as they are read."""

from tests.shop import ADMIN, ORDERS, SUPPORT, Person, Shop


async def test_customers_list_their_own_the_newest_first(shop: Shop, ada: Person) -> None:
    first, second = await shop.placed(ada), await shop.placed(ada)
    await shop.placed(Person())

    page = (await shop.http.get(ORDERS, headers=ada.headers)).json()

    assert [one["id"] for one in page["items"]] == [second, first]
    assert page["next_cursor"] is None


async def test_a_list_is_read_page_by_page(shop: Shop, ada: Person) -> None:
    made = [await shop.placed(ada) for _ in range(3)]

    first = await shop.http.get(ORDERS, params={"limit": 2}, headers=ada.headers)
    rest = {"limit": 2, "cursor": first.json()["next_cursor"]}
    second = await shop.http.get(ORDERS, params=rest, headers=ada.headers)

    read = [one["id"] for one in first.json()["items"] + second.json()["items"]]
    assert read == made[::-1]


async def test_support_lists_everybodys_by_status(shop: Shop, ada: Person) -> None:
    paid = await shop.paid(ada)
    await shop.placed(Person(), "requires_action")

    page = await shop.http.get(ORDERS, params={"status": "paid"}, headers=SUPPORT.headers)

    assert [one["id"] for one in page.json()["items"]] == [paid]


async def test_a_list_that_was_read_need_not_be_read_again(shop: Shop, ada: Person) -> None:
    await shop.paid(ada)
    first = await shop.http.get(ORDERS, headers=ada.headers)
    seen = {**ada.headers, "if-none-match": first.headers["etag"]}

    told = (await shop.http.get("/openapi.json")).json()["paths"][ORDERS]["get"]
    assert (await shop.http.get(ORDERS, headers=seen)).status_code == 304
    assert "304" in told["responses"]


async def test_an_order_says_all_that_its_customer_wants_to_know(shop: Shop, ada: Person) -> None:
    order = await shop.read(ada, await shop.paid(ada))

    assert (order["user_id"], order["total"]["amount"]) == (ada.id, 4488)
    assert order["address"]["city"] == "London"
    assert (order["payment"]["status"], order["payment"]["client_secret"]) == ("succeeded", None)
    assert (order["refunds"], order["shipment"]) == ([], None)


async def test_an_order_that_was_read_need_not_be_read_again(shop: Shop, ada: Person) -> None:
    path = f"{ORDERS}/{await shop.paid(ada)}"
    order = await shop.http.get(path, headers=ada.headers)
    history = await shop.http.get(f"{path}/history", headers=ada.headers)
    seen = {**ada.headers, "if-none-match": f"{order.headers['etag']}, {history.headers['etag']}"}

    assert (await shop.http.get(path, headers=seen)).status_code == 304
    assert (await shop.http.get(f"{path}/history", headers=seen)).status_code == 304


async def test_an_order_is_read_again_when_only_its_payment_has_changed(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "requires_action")
    async with shop.database.acquire() as held, held.transaction():
        await held.execute("SELECT FROM payments WHERE order_id = $1 FOR UPDATE", order)
        await shop.post(ada, f"{order}/cancel")
        first = await shop.http.get(f"{ORDERS}/{order}", headers=ada.headers)
    await shop.until_settled()

    seen = {**ada.headers, "if-none-match": first.headers["etag"]}
    again = await shop.http.get(f"{ORDERS}/{order}", headers=seen)

    assert first.json()["payment"]["status"] == "requires_action"
    assert (again.status_code, again.json()["payment"]["status"]) == (200, "cancelled")


async def test_somebody_elses_order_is_not_found(shop: Shop, ada: Person) -> None:
    path = f"{ORDERS}/{await shop.placed(ada)}"
    eve = Person().headers

    assert (await shop.http.get(path, headers=eve)).status_code == 404
    assert (await shop.http.get(f"{path}/history", headers=eve)).status_code == 404
    assert (await shop.http.post(f"{path}/cancel", headers=eve)).status_code == 404
    again = {"payment_method": "ok"}
    assert (await shop.http.post(f"{path}/payments", json=again, headers=eve)).status_code == 404


async def test_staff_read_any_order(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada)

    assert (await shop.read(SUPPORT, order))["id"] == order
    assert (await shop.read(ADMIN, order))["id"] == order


async def test_the_history_says_what_happened_when_and_by_whom(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    answer = await shop.http.get(f"{ORDERS}/{order}/history", headers=ada.headers)

    items = answer.json()["items"]
    assert [(one["status"], one["actor"]) for one in items] == [
        ("pending", ada.id),
        ("awaiting_payment", "shop"),
        ("paid", "shop"),
    ]
    assert [one["at"] for one in items] == sorted(one["at"] for one in items)
