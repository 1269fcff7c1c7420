"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): sent twice, done once.

A route declares `idempotency="required"` or `"optional"`.  Its use case claims the key and keeps
the answer in the transaction of the effect, so that none is there without the others:

    async with database.transaction() as tx:
        await once.claim(tx)
        await repository.add(tx, order)
        await once.keep(tx, order)

A key is its caller's own.  Who sends it again gets the first answer, with
`Idempotent-Replayed: true`.  Who sends it meanwhile is told so at once (409), and waits on no
connection.

Where the effect takes more than one transaction, as with a payment between the two, the first one
claims for a while and says what it began.  A retry after a crash is told what that was:

    begun = await once.claim(tx, lease_seconds=30, reference=str(order.id))
"""

from __future__ import annotations

from typing import Final

from ..application import Application
from ..jobs import every, schedule
from ..settings import Settings
from .keys import Idempotency, IdempotencySettings
from .once import Once
from .rows import forget, prune

__all__ = ["SETTINGS", "Idempotency", "IdempotencySettings", "Once", "forget", "install", "prune"]

SETTINGS: Final[tuple[type[Settings], ...]] = (IdempotencySettings,)


def install(app: Application) -> None:
    app.own(Idempotency(app.settings(IdempotencySettings), app.metrics.registry))
    schedule(app, every(minutes=10), prune)
