"""Every SQL statement about service clients."""

from __future__ import annotations

from ..chassis.database import Transaction
from .models import ServiceClient


async def find(tx: Transaction, name: str) -> ServiceClient | None:
    row = await tx.fetchrow("SELECT * FROM service_clients WHERE name = $1", name)
    return ServiceClient(row["name"], row["secret_hash"]) if row else None


async def save(tx: Transaction, client: ServiceClient) -> None:
    await tx.execute(
        """
        INSERT INTO service_clients (name, secret_hash, created_at) VALUES ($1, $2, now())
        ON CONFLICT (name) DO UPDATE SET secret_hash = EXCLUDED.secret_hash
        """,
        client.name,
        client.secret_hash,
    )


async def remove(tx: Transaction, name: str) -> bool:
    row = await tx.fetchrow("DELETE FROM service_clients WHERE name = $1 RETURNING name", name)
    return row is not None
