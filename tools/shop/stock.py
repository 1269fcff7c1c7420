"""I1: the stock adds up, and agrees with the orders it is kept or was sold for."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tools.shop.shop import Shop

_LEVELS = """
SELECT product_id, on_hand, reserved,
  coalesce((SELECT sum(delta) FROM stock_movements AS moved
    WHERE moved.product_id = inventory.product_id), 0)::bigint AS moved,
  coalesce((SELECT sum(quantity) FROM reservation_lines AS line
    JOIN reservations ON reservations.id = line.reservation_id AND status = 'active'
    WHERE line.product_id = inventory.product_id), 0)::bigint AS kept
FROM inventory
"""
_COUNTED = ("product_id", "on_hand", "reserved", "kept")
_RESERVATIONS = (
    "SELECT order_id, status, expires_at < now() - interval '15 s' AS late FROM reservations"
)
_ORDERS = "SELECT id, status FROM orders"

# What a reservation may be once its order is this; an order that has not ended may have any.
_AGREED = {
    "paid": {"committed"},
    "shipped": {"committed"},
    "delivered": {"committed"},
    "cancelled": {"released", "expired"},
    "rejected": {"released", "expired"},
}


async def broken_stock(shop: Shop) -> AsyncIterator[str]:
    """A sentence for each product or order of which it is not true."""
    for row in await shop.rows("product-service", _LEVELS):
        product, on_hand, reserved, kept = (row[name] for name in _COUNTED)
        if not 0 <= reserved <= on_hand:
            yield f"of product {product}, {reserved} of {on_hand} are reserved"
        if reserved != kept:
            yield f"of product {product}, {reserved} are reserved, and orders keep {kept}"
        if on_hand != row["moved"]:
            yield f"of product {product}, there are {on_hand} and its movements make {row['moved']}"


async def broken_reservations(shop: Shop) -> AsyncIterator[str]:
    """A sentence for each reservation that is not as its order says."""
    orders = {row["id"]: row["status"] for row in await shop.rows("order-service", _ORDERS)}
    kept = {}
    for row in await shop.rows("product-service", _RESERVATIONS):
        order, status = row["order_id"], row["status"]
        kept[order] = status
        if status not in _AGREED.get(orders.get(order, ""), {status}):
            yield f"order {order} is {orders[order]}, and its reservation {status}"
        if status == "active" and row["late"]:
            yield f"the reservation of order {order} is active, and has expired"
    for order, status in orders.items():
        if "committed" in _AGREED.get(status, ()) and order not in kept:
            yield f"order {order} is {status}, and nothing was reserved for it"
