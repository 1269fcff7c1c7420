"""A parcel on its way."""

from tests.shop import WAREHOUSE, Person, Shop

PARCEL = {"carrier": "DHL", "tracking": "JD014600003"}


async def test_a_paid_order_is_shipped_and_delivered(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    shipped = await shop.post(WAREHOUSE, f"{order}/shipments", PARCEL)
    delivered = await shop.post(WAREHOUSE, f"{order}/deliver")

    assert (shipped.status_code, delivered.status_code) == (201, 200)
    assert (await shop.read(ada, order))["status"] == "delivered"
    [told] = await shop.said(order, "shipped")
    assert (told["carrier"], told["tracking_number"]) == ("DHL", "JD014600003")
    assert told["shipment_id"] == (await shop.said(order, "delivered"))[0]["shipment_id"]


async def test_an_unpaid_order_is_not_shipped_and_an_unshipped_one_not_delivered(
    shop: Shop, ada: Person
) -> None:
    unpaid, paid = await shop.placed(ada, "requires_action"), await shop.paid(ada)

    ship = await shop.post(WAREHOUSE, f"{unpaid}/shipments", PARCEL)
    deliver = await shop.post(WAREHOUSE, f"{paid}/deliver")

    assert (ship.status_code, ship.json()["code"]) == (409, "invalid-transition")
    assert (deliver.status_code, deliver.json()["code"]) == (409, "invalid-transition")


async def test_a_shipped_order_is_not_shipped_again(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    await shop.post(WAREHOUSE, f"{order}/shipments", PARCEL)

    assert (await shop.post(WAREHOUSE, f"{order}/shipments", PARCEL)).status_code == 409


async def test_an_order_that_nobody_knows_is_not_found(shop: Shop) -> None:
    missing = "01a20479-f9b2-7720-be2b-e5f01853867d"

    assert (await shop.post(WAREHOUSE, f"{missing}/shipments", PARCEL)).status_code == 404
