"""I3, I4 and I5: nothing is stuck, nothing was given up, and each mail arrived once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from tools.shop.shop import Shop

_ORDERS_LATE = """
SELECT id, status FROM orders
WHERE status IN ('pending', 'awaiting_payment') AND expires_at < now() - interval '10 s'
"""
_SAGAS_LATE = """
SELECT name, order_id, step FROM sagas
WHERE step <> 'done' AND greatest(next_run_at, lease_until) < now() - interval '10 s'
"""
_OUTBOX = "SELECT count(*) AS waiting FROM outbox"
_MAILS_DUE = """
SELECT count(*) AS waiting FROM deliveries WHERE status = 'pending' AND due_at <= now()
"""
_LIVE = "SELECT count(*) AS waiting FROM live_messages"
_DELIVERED = """
SELECT dedupe_key, message_id, created_at FROM deliveries
WHERE status = 'delivered' AND channel = 'email'
"""


async def stuck(shop: Shop) -> AsyncIterator[str]:
    """A sentence for each order and each saga that nobody carries on."""
    for row in await shop.rows("order-service", _ORDERS_LATE):
        yield f"order {row['id']} is {row['status']}, and its time is over"
    for row in await shop.rows("order-service", _SAGAS_LATE):
        yield f"{row['name']} of order {row['order_id']} is left at {row['step']} by everybody"


async def under_way(shop: Shop, dead_letters: int) -> AsyncIterator[str]:
    """A sentence for each queue that is not empty, and one if more was given up than expected."""
    for where, left in (await shop.streams.behind()).items():
        yield f"{left} events are not handled: {where}"
    waiting = [(service, _OUTBOX, "events in the outbox") for service in shop.running.databases]
    waiting += [("notification-service", _MAILS_DUE, "mails that are due")]
    waiting += [("notification-service", _LIVE, "live messages")]
    for service, statement, what in waiting:
        [row] = await shop.rows(service, statement)
        if row["waiting"]:
            yield f"{service} has {row['waiting']} {what}"
    dead = await shop.streams.dead()
    if len(dead) != dead_letters:
        yield f"{len(dead)} events were given up, not {dead_letters}: {'; '.join(dead) or 'none'}"


async def mails_amiss(shop: Shop) -> AsyncIterator[str]:
    """A sentence for each mail since the visit began that did not arrive, or arrived twice.

    Where the notification service was killed, a mail may come twice: with the same Message-ID.
    """
    caught = Counter(_id(mail["message_id"]) for mail in await shop.mailbox.mails())
    for row in await shop.rows("notification-service", _DELIVERED):
        times = caught.pop(_id(row["message_id"] or ""), 0)
        if row["created_at"] < shop.opened_at or times == 1 or (shop.killed and times == 2):
            continue
        yield f"the mail {row['dedupe_key']} arrived {times} times"
    for message, times in caught.items():
        yield f"a mail {message} arrived {times} times, and no delivery says so"


def _id(message_id: str) -> str:
    return message_id.strip("<> ")
