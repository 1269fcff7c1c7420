"""I2: what the provider took and gave back is what our orders say, to the cent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tools.shop.shop import Shop

_TWICE = """
SELECT order_id, count(*) AS times FROM payments WHERE status = 'succeeded'
GROUP BY order_id HAVING count(*) > 1
"""
_PAYMENTS = """
SELECT payments.provider_id, payments.order_id,
  CASE WHEN payments.status = 'succeeded' THEN amount_minor ELSE 0 END AS taken,
  coalesce((SELECT sum(refunds.amount_minor) FROM refunds
    WHERE refunds.payment_id = payments.id AND refunds.status = 'succeeded'), 0)::bigint AS returned
FROM payments WHERE provider_id IS NOT NULL
"""
_ORDERS = """
SELECT orders.id, orders.status, orders.grand_minor AS price,
  coalesce((SELECT sum(amount_minor) FROM payments
    WHERE order_id = orders.id AND payments.status = 'succeeded'), 0)::bigint AS taken,
  coalesce((SELECT sum(amount_minor) FROM refunds
    WHERE order_id = orders.id AND refunds.status = 'succeeded'), 0)::bigint AS returned
FROM orders
"""


async def broken_books(shop: Shop) -> AsyncIterator[str]:
    """A sentence for each payment of which the provider's books say something else than ours."""
    for row in await shop.rows("order-service", _TWICE):
        yield f"order {row['order_id']} was paid {row['times']} times"
    ours = {row["provider_id"]: row for row in await shop.rows("order-service", _PAYMENTS)}
    for intent in (await shop.provider.books())["payment_intents"]:
        taken, returned = intent["amount_received"], intent["amount_refunded"]
        row = ours.pop(intent["id"], {"taken": 0, "returned": 0})
        if (taken, returned) != (row["taken"], row["returned"]):
            yield (
                f"of {intent['id']}, for order {intent['metadata'].get('order_id')}, the provider "
                f"took {taken} and returned {returned}; our books say {row['taken']} and "
                f"{row['returned']}"
            )
    for payment, row in ours.items():
        yield f"order {row['order_id']} was paid with {payment}, which the provider does not know"


async def broken_orders(shop: Shop) -> AsyncIterator[str]:
    """A sentence for each order whose status and money do not agree."""
    for row in await shop.rows("order-service", _ORDERS):
        order, status, kept = row["id"], row["status"], row["taken"] - row["returned"]
        if status in ("cancelled", "rejected", "refunded") and kept:
            yield f"order {order} is {status}, and {kept} of its money is kept"
        if status in ("paid", "shipped", "delivered") and row["taken"] != row["price"]:
            yield f"order {order} is {status}, and {row['taken']} of {row['price']} was taken"
