"""What is known of products here, and what product-service says when it is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from ..chassis.client import Client, UpstreamProblem
from ..chassis.database import Database
from ..chassis.errors import Unavailable
from . import repository
from .models import Listed, Product

CATALOGUE: Final = "product-service"

_NO_SUCH: Final = frozenset({404, 410})


async def find(database: Database, client: Client, id: UUID) -> Product | None:
    """The copy of this product; one that nobody told us of yet is asked for.

    Raises Unavailable, DeadlineExceeded if product-service must be asked and is away.
    """
    async with database.connection() as tx:
        known = await repository.find(tx, id)
    if known:
        return known
    asked = await _ask(client, id)
    if asked:
        async with database.transaction() as tx:
            await repository.keep(tx, [asked])
    return asked


async def fresh(
    database: Database, client: Client, ids: Collection[UUID]
) -> Mapping[UUID, Product]:
    """What product-service says of these products now; those that it does not have are missing.

    Raises Unavailable, DeadlineExceeded if it is away.
    """
    wanted = {"ids": ",".join(map(str, sorted(ids))), "limit": len(ids)}
    try:
        listed = await client.get(CATALOGUE, "/v1/products", query=wanted, model=Listed)
    except UpstreamProblem as error:
        raise _failing(error) from error
    await _learn(database, listed.items)
    return {product.id: product for product in listed.items}


async def _ask(client: Client, id: UUID) -> Product | None:
    try:
        return await client.get(CATALOGUE, f"/v1/products/{id}", model=Product)
    except UpstreamProblem as error:
        if error.problem.status in _NO_SUCH:
            return None
        raise _failing(error) from error


async def _learn(database: Database, products: Collection[Product]) -> None:
    """Keep what is news; mostly nothing is, and then nothing is locked."""
    async with database.connection() as tx:
        known = await repository.find_all(tx, [product.id for product in products])
    news = [
        product
        for product in products
        if product.id not in known or known[product.id].version < product.version
    ]
    if news:
        async with database.transaction() as tx:
            await repository.keep(tx, news)


def _failing(error: UpstreamProblem) -> Unavailable:
    return Unavailable(f"prices cannot be had now: {error}")
