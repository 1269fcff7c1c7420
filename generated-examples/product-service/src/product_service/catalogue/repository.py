"""Every SQL statement that looks for products."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from asyncpg import DataError, Record

from ..chassis.database import Transaction
from ..chassis.errors import InvalidCursor
from ..product.repository import COLUMNS, product_of
from .models import CatalogueQuery, Hit, Match, Place, Sort

# How like a word of the name must be; PostgreSQL's own 0.6 finds no word with two letters wrong.
_LIKENESS: Final = 0.3
# A word that a third of all products have is ranked among so many, the newest: ranking is dear.
_RANKED: Final = 1000


@dataclass(frozen=True, slots=True)
class _Ordering:
    """What to sort by, its type, and which way; the id decides between equals."""

    key: str
    type: str
    descending: bool = False

    @property
    def direction(self) -> str:
        return "DESC" if self.descending else "ASC"

    @property
    def beyond(self) -> str:
        return "<" if self.descending else ">"


_ORDERINGS: Final = {
    Sort.relevance: _Ordering("rank", "real", descending=True),
    Sort.newest: _Ordering("created_at", "timestamptz", descending=True),
    Sort.cheapest: _Ordering("price_minor", "bigint"),
    Sort.dearest: _Ordering("price_minor", "bigint", descending=True),
    Sort.name: _Ordering("name", "text"),
}


@dataclass(slots=True)
class _Statement:
    """A statement on its way: its values, and the names by which it calls them."""

    values: list[object] = field(default_factory=list)

    def value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


async def list_after(
    tx: Transaction, query: CatalogueQuery, match: Match, after: Place | None, limit: int
) -> list[Hit]:
    """So many products of this query that come after a place.

    Raises InvalidCursor for a place that is none in this order: a word where prices are compared.
    """
    statement, ordering = _Statement(), _ORDERINGS[query.order]
    conditions = _conditions(statement, query, match)
    source = "products"
    if query.order is Sort.relevance:
        source, conditions = _ranked(statement, query, match, conditions), []
    if after is not None:
        place = f"{statement.value(after.key)}::text::{ordering.type}, {statement.value(after.id)}"
        conditions.append(f"({ordering.key}, id) {ordering.beyond} ({place})")
    text = f"""
        SELECT {COLUMNS}, {ordering.key}::text AS key FROM {source} {_where(conditions)}
        ORDER BY {ordering.key} {ordering.direction}, id {ordering.direction}
        LIMIT {statement.value(limit)}
    """  # noqa: S608 - of words written here; whatever a caller says is a parameter
    try:
        rows = await tx.fetch(text, *statement.values)
    except DataError as error:
        if after is None:
            raise
        raise InvalidCursor from error
    return [_hit(row, match) for row in rows]


async def be_lenient(tx: Transaction) -> None:
    """In this transaction words match that are only somewhat alike."""
    await tx.execute(
        "SELECT set_config('pg_trgm.word_similarity_threshold', $1, true)", str(_LIKENESS)
    )


async def suggest(tx: Transaction, asked: str, name: str) -> str:
    """What was asked, with the words of this name that are like it."""
    suggestion: str = await tx.fetchval(
        r"""
        SELECT string_agg(coalesce(meant.word, asked.word), ' ' ORDER BY asked.place)
        FROM regexp_split_to_table(lower($1), '\s+') WITH ORDINALITY AS asked (word, place)
        LEFT JOIN LATERAL (
            SELECT word FROM regexp_split_to_table(lower($2), '[^[:alnum:]]+') AS word
            WHERE similarity(word, asked.word) >= $3
            ORDER BY similarity(word, asked.word) DESC, word LIMIT 1
        ) AS meant ON true
        """,
        asked,
        name,
        _LIKENESS,
    )
    return suggestion


def _conditions(statement: _Statement, query: CatalogueQuery, match: Match) -> list[str]:
    """What holds for every product of this query."""
    found = []
    if query.ids:
        found.append(f"id = ANY ({statement.value(query.wanted_ids)})")
    else:
        found.append("status = 'active'")
    if query.category:
        slug = statement.value(query.category)
        found.append(f"category_id = (SELECT id FROM categories WHERE slug = {slug})")  # noqa: S608
    if query.min_price is not None:
        found.append(f"price_minor >= {statement.value(query.min_price)}")
    if query.max_price is not None:
        found.append(f"price_minor <= {statement.value(query.max_price)}")
    if query.currency:
        found.append(f"currency = {statement.value(query.currency)}")
    if query.in_stock is not None:
        found.append(
            "EXISTS (SELECT FROM inventory WHERE product_id = products.id AND on_hand > reserved)"
            f" = {statement.value(query.in_stock)}"
        )
    if query.q:
        found.append(_matching(statement.value(query.q), match))
    return found


def _matching(words: str, match: Match) -> str:
    if match is Match.words:
        return f"tsv @@ websearch_to_tsquery('english', {words})"
    return f"{words} <% name"


def _ranked(
    statement: _Statement, query: CatalogueQuery, match: Match, conditions: list[str]
) -> str:
    """The newest of these products, each with how well it fits."""
    words = statement.value(query.q)
    rank = f"ts_rank(tsv, websearch_to_tsquery('english', {words}))"
    if match is Match.likeness:
        rank = f"word_similarity({words}, name)"
    return f"""(
        SELECT candidates.*, {rank} AS rank FROM (
            SELECT * FROM products {_where(conditions)}
            ORDER BY created_at DESC, id DESC LIMIT {_RANKED}
        ) AS candidates
    ) AS products"""  # noqa: S608 - as above


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _hit(row: Record, match: Match) -> Hit:
    product = product_of(row)
    return Hit(product=product, place=Place(match=match, id=product.id, key=row["key"]))
