"""Every SQL statement about signing keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ..chassis.database import Transaction
from .models import SigningKey, State

_LOCK: Final = 727_006


async def lock(tx: Transaction) -> None:
    """Let one replica at a time change the keys."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def list_all(tx: Transaction) -> list[SigningKey]:
    rows = await tx.fetch("SELECT * FROM signing_keys ORDER BY kid")
    return [
        SigningKey(
            row["kid"],
            row["alg"],
            row["private_enc"],
            json.loads(row["public_jwk"]),
            State(row["state"]),
            row["not_after"],
        )
        for row in rows
    ]


async def replace_all(tx: Transaction, keys: Sequence[SigningKey]) -> None:
    """Under lock(): there are never two active keys on the way."""
    await tx.execute("DELETE FROM signing_keys")
    await tx.executemany(
        """
        INSERT INTO signing_keys (kid, alg, private_enc, public_jwk, state, not_after)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [
            (
                key.kid,
                key.alg,
                key.private_enc,
                json.dumps(dict(key.public_jwk)),
                key.state,
                key.not_after,
            )
            for key in keys
        ],
    )


async def end_active(tx: Transaction, now: datetime) -> None:
    await tx.execute("UPDATE signing_keys SET not_after = $1 WHERE state = 'active'", now)
