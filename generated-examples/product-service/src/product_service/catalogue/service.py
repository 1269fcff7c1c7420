"""The use case of the catalogue: find products."""

from __future__ import annotations

from collections.abc import Sequence

from ..chassis import paging
from ..chassis.database import Database, Transaction
from . import repository
from .models import CatalogueQuery, Found, Hit, Match, Place


async def find(database: Database, query: CatalogueQuery) -> Found:
    """A page of products; where no product has the words, of those with words like them."""
    after = paging.decode(query.scope, query.cursor, Place.parse) if query.cursor else None
    async with database.transaction() as tx:
        hits: Sequence[Hit] = []
        if after is None or after.match is Match.words:
            hits = await repository.list_after(tx, query, Match.words, after, query.limit + 1)
        if hits or query.q is None or (after and after.match is Match.words):
            return _page(query, hits)
        return await _find_alike(tx, query, query.q, after)


async def _find_alike(
    tx: Transaction, query: CatalogueQuery, asked: str, after: Place | None
) -> Found:
    await repository.be_lenient(tx)
    hits = await repository.list_after(tx, query, Match.likeness, after, query.limit + 1)
    suggestion = await repository.suggest(tx, asked, hits[0].product.name) if hits else None
    return _page(query, hits, suggestion)


def _page(query: CatalogueQuery, hits: Sequence[Hit], suggestion: str | None = None) -> Found:
    page = paging.page(hits, query.limit, lambda last: paging.encode(query.scope, str(last.place)))
    products = [hit.product for hit in page.items]
    return Found(items=products, next_cursor=page.next_cursor, suggestion=suggestion)
