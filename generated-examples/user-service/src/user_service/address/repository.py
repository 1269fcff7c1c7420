"""Every SQL statement about address rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Address


async def add(tx: Transaction, user_id: UUID, address: Address) -> None:
    await tx.execute(
        """
        INSERT INTO addresses
            (id, user_id, created_at, name, line1, line2, postal_code, city, country, phone)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        address.id,
        user_id,
        address.created_at,
        *_said(address),
    )


async def count(tx: Transaction, user_id: UUID) -> int:
    found: int = await tx.fetchval("SELECT count(*) FROM addresses WHERE user_id = $1", user_id)
    return found


async def get(tx: Transaction, user_id: UUID, id: UUID) -> Address:
    """Raises NotFound also for an address that somebody else has."""
    row = await tx.fetchrow("SELECT * FROM addresses WHERE user_id = $1 AND id = $2", user_id, id)
    return _found(row, id)


async def list_after(tx: Transaction, user_id: UUID, id: UUID, limit: int) -> list[Address]:
    rows = await tx.fetch(
        "SELECT * FROM addresses WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        user_id,
        id,
        limit,
    )
    return [_address(row) for row in rows]


async def save(tx: Transaction, address: Address) -> None:
    await tx.execute(
        """
        UPDATE addresses SET name = $2, line1 = $3, line2 = $4, postal_code = $5, city = $6,
            country = $7, phone = $8
        WHERE id = $1
        """,
        address.id,
        *_said(address),
    )


async def remove(tx: Transaction, user_id: UUID, id: UUID) -> None:
    row = await tx.fetchrow(
        "DELETE FROM addresses WHERE user_id = $1 AND id = $2 RETURNING *", user_id, id
    )
    _found(row, id)


async def remove_all_of(tx: Transaction, user_id: UUID) -> None:
    await tx.execute("DELETE FROM addresses WHERE user_id = $1", user_id)


def _said(address: Address) -> tuple[str | None, ...]:
    return (
        address.name,
        address.line1,
        address.line2,
        address.postal_code,
        address.city,
        address.country,
        address.phone,
    )


def _found(row: Record | None, id: UUID) -> Address:
    if row is None:
        raise NotFound(f"no address {id}")
    return _address(row)


def _address(row: Record) -> Address:
    return Address(**{name: row[name] for name in Address.model_fields})
