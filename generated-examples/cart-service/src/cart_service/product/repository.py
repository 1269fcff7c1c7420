"""Every SQL statement about the copies of products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.money import Money
from .models import Product


async def find(tx: Transaction, id: UUID) -> Product | None:
    row = await tx.fetchrow("SELECT * FROM product_snapshots WHERE id = $1", id)
    return _product(row) if row else None


async def find_all(tx: Transaction, ids: Collection[UUID]) -> Mapping[UUID, Product]:
    """Those of these products that are known."""
    if not ids:
        return {}
    rows = await tx.fetch("SELECT * FROM product_snapshots WHERE id = ANY($1::uuid[])", ids)
    return {row["id"]: _product(row) for row in rows}


async def keep(tx: Transaction, products: Sequence[Product]) -> None:
    """What is said of a version that is older than ours changes nothing."""
    await tx.executemany(
        """
        INSERT INTO product_snapshots AS known
            (id, sku, name, price_minor, currency, status, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET
            sku = excluded.sku,
            name = excluded.name,
            price_minor = excluded.price_minor,
            currency = excluded.currency,
            status = excluded.status,
            version = excluded.version
        WHERE known.version <= excluded.version
        """,
        [
            (
                one.id,
                one.sku,
                one.name,
                one.price.amount,
                one.price.currency,
                one.status,
                one.version,
            )
            for one in sorted(products, key=lambda product: product.id)
        ],
    )


async def keep_price(tx: Transaction, id: UUID, price: Money, version: int) -> None:
    await tx.execute(
        """
        UPDATE product_snapshots SET price_minor = $2, currency = $3, version = $4
        WHERE id = $1 AND version <= $4
        """,
        id,
        price.amount,
        price.currency,
        version,
    )


async def archive(tx: Transaction, id: UUID, version: int) -> None:
    await tx.execute(
        """
        UPDATE product_snapshots SET status = 'archived', version = $2
        WHERE id = $1 AND version <= $2
        """,
        id,
        version,
    )


def _product(row: Record) -> Product:
    price = Money(amount=row["price_minor"], currency=row["currency"])
    return Product(**{**row, "price": price})
