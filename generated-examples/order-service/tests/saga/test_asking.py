"""While a step asks somebody, nothing of the database is held."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.shop import Person, Shop, until

OPEN = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


async def test_no_transaction_is_open_while_a_neighbour_is_asked(shop: Shop, ada: Person) -> None:
    shop.neighbours.silent.add("product-service")

    async def asked() -> bool:
        return shop.neighbours.asked["product-service reservations"] > 0

    await check_that_nothing_is_held(shop, shop.place(ada, shop.wants(ada)), asked)


async def test_no_transaction_is_open_while_the_provider_is_asked(shop: Shop, ada: Person) -> None:
    async def asked() -> bool:
        async with shop.fakepay.get("_fakepay/ledger") as answer:
            return bool((await answer.json())["payment_intents"])

    await check_that_nothing_is_held(shop, shop.place(ada, shop.wants(ada, "timeout_30s")), asked)


async def check_that_nothing_is_held(
    shop: Shop, placing: Awaitable[object], asked: Callable[[], Awaitable[bool]]
) -> None:
    """Other work holds a connection for moments; what waits would hold one until it is answered."""

    async def free() -> bool:
        return bool(await shop.database.fetchval(OPEN) == 0)

    order = asyncio.ensure_future(placing)
    await until(asked)
    await until(free)

    assert not order.done(), "the order did not wait for whoever was asked"
    await order
