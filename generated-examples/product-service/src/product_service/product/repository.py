"""Every SQL statement about product rows."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asyncpg import Record, UniqueViolationError
from pydantic_core import from_json, to_json

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Price, Product, SkuTaken

# All but the words of the search, which are long and for PostgreSQL alone.
COLUMNS: Final = """
    products.id, products.sku, products.name, products.description, products.category_id,
    products.price_minor, products.currency, products.attributes, products.status,
    products.version, products.created_at, products.updated_at
"""
_SELECT: Final = f"SELECT {COLUMNS} FROM products"  # noqa: S608 - no value in it


async def add(tx: Transaction, product: Product) -> None:
    """Raises SkuTaken."""
    try:
        await tx.execute(
            """
            INSERT INTO products (id, sku, name, description, category_id, price_minor, currency,
                attributes, status, version, updated_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            *_values(product),
            product.created_at,
        )
    except UniqueViolationError as error:
        raise _taken(product) from error


async def find(tx: Transaction, id: UUID) -> Product | None:
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1", id)
    return product_of(row) if row else None


async def get_to_change(tx: Transaction, id: UUID) -> Product:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1 FOR NO KEY UPDATE", id)
    return _found(row, id)


async def save(tx: Transaction, product: Product) -> None:
    """Raises SkuTaken."""
    try:
        await tx.execute(
            """
            UPDATE products SET sku = $2, name = $3, description = $4, category_id = $5,
                price_minor = $6, currency = $7, attributes = $8, status = $9, version = $10,
                updated_at = $11
            WHERE id = $1
            """,
            *_values(product),
        )
    except UniqueViolationError as error:
        raise _taken(product) from error


def product_of(row: Record) -> Product:
    """The product of a row that has all its columns."""
    price = Price(amount=row["price_minor"], currency=row["currency"])
    plain = {name: row[name] for name in row.keys() & Product.model_fields.keys()}
    return Product(**{**plain, "price": price, "attributes": from_json(row["attributes"])})


def _values(product: Product) -> tuple[object, ...]:
    return (
        product.id,
        product.sku,
        product.name,
        product.description,
        product.category_id,
        product.price.amount,
        product.price.currency,
        to_json(product.attributes).decode(),
        product.status,
        product.version,
        product.updated_at,
    )


def _taken(product: Product) -> SkuTaken:
    return SkuTaken(f"there is a product {product.sku} already")


def _found(row: Record | None, id: UUID) -> Product:
    if row is None:
        raise NotFound(f"no product {id}")
    return product_of(row)
