"""The use case of the signing keys: see that there are two, and change them when it is time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from ..audit import repository as audit
from ..audit.models import happened
from ..chassis.database import Database
from . import repository
from .models import SigningKey, State, rotated
from .vault import Vault

log = structlog.get_logger()


async def rotate(database: Database, vault: Vault, *, every: timedelta) -> list[SigningKey]:
    """The keys that are right for now; whichever replica comes first makes them so."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        await repository.lock(tx)
        before = await repository.list_all(tx)
        after = rotated(before, vault, now, every=every)
        if set(map(_place, after)) == set(map(_place, before)):
            return before
        await repository.replace_all(tx, after)
        signing = next(key.kid for key in after if key.state is State.active)
        changed = happened("signing_keys.rotated", to=None, actor="user-service", active=signing)
        await audit.record(tx, changed)
    log.info("signing_keys.rotated", active=signing, shown=len(after))
    return after


async def retire(database: Database) -> None:
    """Let the active key be due, so that the next rotation replaces it."""
    async with database.transaction() as tx:
        await repository.lock(tx)
        await repository.end_active(tx, datetime.now(UTC))


def _place(key: SigningKey) -> tuple[str, State]:
    return key.kid, key.state
