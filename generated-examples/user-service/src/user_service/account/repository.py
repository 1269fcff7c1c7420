"""Every SQL statement about user rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Account


async def add(tx: Transaction, account: Account) -> bool:
    """Whether it was added: an address belongs to one account only."""
    row = await tx.fetchrow(
        """
        INSERT INTO users (id, email, email_verified_at, password_hash, display_name, locale,
            status, roles, version, created_at, updated_at, deleted_at)
        VALUES ($1, $2::text, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (email) DO NOTHING RETURNING id
        """,
        *_values(account),
    )
    return row is not None


async def get(tx: Transaction, id: UUID) -> Account:
    return _found(await tx.fetchrow("SELECT * FROM users WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Account:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM users WHERE id = $1 FOR UPDATE", id)
    return _found(row, id)


async def find_by_email(tx: Transaction, email: str) -> Account | None:
    row = await tx.fetchrow("SELECT * FROM users WHERE email = $1::text::citext", email)
    return _account(row) if row else None


async def find_by_email_to_change(tx: Transaction, email: str) -> Account | None:
    row = await tx.fetchrow("SELECT * FROM users WHERE email = $1::text::citext FOR UPDATE", email)
    return _account(row) if row else None


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[Account]:
    rows = await tx.fetch("SELECT * FROM users WHERE id > $1 ORDER BY id LIMIT $2", id, limit)
    return [_account(row) for row in rows]


async def lock_admins(tx: Transaction) -> frozenset[UUID]:
    """Who can be admin now, locked: nobody else may take away the last one meanwhile."""
    rows = await tx.fetch(
        """
        SELECT id FROM users WHERE 'admin' = ANY (roles) AND status = 'active'
        ORDER BY id FOR UPDATE
        """
    )
    return frozenset(row["id"] for row in rows)


async def save(tx: Transaction, account: Account) -> None:
    await tx.execute(
        """
        UPDATE users SET email = $2::text, email_verified_at = $3, password_hash = $4,
            display_name = $5, locale = $6, status = $7, roles = $8, version = $9,
            created_at = $10, updated_at = $11, deleted_at = $12
        WHERE id = $1
        """,
        *_values(account),
    )


async def replace_hash(tx: Transaction, account: Account, password_hash: str) -> None:
    """Another hash of the same password, unless the password was changed meanwhile."""
    await tx.execute(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        account.id,
        account.password_hash,
        password_hash,
    )


def _values(account: Account) -> tuple[object, ...]:
    return (
        account.id,
        account.email,
        account.email_verified_at,
        account.password_hash,
        account.display_name,
        account.locale,
        account.status,
        sorted(account.roles),
        account.version,
        account.created_at,
        account.updated_at,
        account.deleted_at,
    )


def _found(row: Record | None, id: UUID) -> Account:
    if row is None:
        raise NotFound(f"no user {id}")
    return _account(row)


def _account(row: Record) -> Account:
    return Account(**row)
