"""Every SQL statement about what the registry last said."""

from __future__ import annotations

import json
from typing import Final

from ..chassis.database import Transaction
from .models import View

_LOCK: Final = 727_103


async def find_to_change(tx: Transaction) -> View | None:
    """What was seen last; replicas look at it one after the other."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    row = await tx.fetchrow("SELECT epoch, revision, services FROM stack_views")
    return View.model_validate({**row, "services": json.loads(row["services"])}) if row else None


async def save(tx: Transaction, view: View) -> None:
    services = {
        name: [one.model_dump() for one in instances] for name, instances in view.services.items()
    }
    await tx.execute(
        """
        INSERT INTO stack_views (epoch, revision, services) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, revision = excluded.revision,
            services = excluded.services
        """,
        view.epoch,
        view.revision,
        json.dumps(services),
    )
