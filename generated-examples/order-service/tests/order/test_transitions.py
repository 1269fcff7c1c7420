"""What an order may become, and that there is no other way."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from order_service.chassis.money import Money
from order_service.order.inputs import Placement
from order_service.order.models import InvalidTransition, Order, Status

NOBODY = UUID(int=0)
NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
WAYS = {
    "pending": {"awaiting_payment", "rejected", "cancelled"},
    "awaiting_payment": {"paid", "cancelled"},
    "paid": {"shipped", "refund_pending"},
    "shipped": {"delivered", "refund_pending"},
    "delivered": {"refund_pending"},
    "refund_pending": {"refunded", "paid", "shipped", "delivered"},
    "rejected": set(),
    "cancelled": set(),
    "refunded": set(),
}
ALL = set(product(Status, Status))
ALLOWED = {(Status(one), Status(other)) for one in WAYS for other in WAYS[one]}


def order_in(status: Status) -> Order:
    said = Placement(
        cart_id=NOBODY,
        cart_version=1,
        address_id=NOBODY,
        payment_method="ok",
        expected_total=Money(amount=1, currency="EUR"),
    )
    draft = Order.draft(said, NOBODY, NOW, timedelta(minutes=15))
    return draft.model_copy(update={"status": status})


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED))
def test_an_order_goes_on_as_the_next_version(before: Status, after: Status) -> None:
    moved = order_in(before).moved(after, NOW)

    assert (moved.status, moved.version) == (after, 2)


@pytest.mark.parametrize(("before", "after"), sorted(ALL - ALLOWED))
def test_every_other_way_is_refused(before: Status, after: Status) -> None:
    with pytest.raises(InvalidTransition, match=f"is {before}, and cannot be {after}"):
        order_in(before).moved(after, NOW)
