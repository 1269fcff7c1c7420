"""How sessions end: by their user, or because the account changed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..account import repository as accounts
from ..account.models import Account
from ..audit import repository as audit
from ..audit.models import Caller
from ..chassis.auth import Revocations
from ..chassis.database import Database, Transaction
from ..chassis.errors import NotFound
from ..chassis.events import publish
from . import repository
from .denial import deny_now
from .events import SessionRevoked
from .models import Reason


async def logout(database: Database, revocations: Revocations, caller: Caller, id: UUID) -> None:
    """End the session that asks; one that has ended stays so."""
    if caller.session_id is not None:
        await _end_one(database, revocations, caller, id, caller.session_id, Reason.logout)


async def end(
    database: Database, revocations: Revocations, caller: Caller, id: UUID, session_id: UUID
) -> None:
    """End one session of this user; raises NotFound where there is none to end."""
    if not await _end_one(database, revocations, caller, id, session_id, Reason.ended):
        raise NotFound(f"no session {session_id}")


async def logout_all(
    database: Database, revocations: Revocations, caller: Caller, id: UUID
) -> None:
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        account = await accounts.get(tx, id)
        ended = await end_all(tx, account, caller, Reason.logout, now)
    await deny_now(revocations, ended, now)


async def end_all(
    tx: Transaction, account: Account, caller: Caller, reason: Reason, now: datetime
) -> list[UUID]:
    """End every session of this user; deny_now() the answer once the transaction is through."""
    ended = await repository.revoke_all(tx, account.id, reason, now)
    if ended:
        told = SessionRevoked(user_id=account.id, session_id=None, reason=reason, not_before=now)
        await publish(tx, told, sequence=account.version)
        await audit.record(tx, caller.did("sessions.ended", to=account.id, reason=reason))
    return ended


async def end_others(
    tx: Transaction, account: Account, caller: Caller, reason: Reason, now: datetime
) -> list[UUID]:
    """The same for every session but the one that asks."""
    living = await repository.list_ids(tx, account.id, now)
    others = [one for one in living if one != caller.session_id]
    return [one for one in others if await end_one(tx, account, caller, one, reason, now)]


async def _end_one(
    database: Database,
    revocations: Revocations,
    caller: Caller,
    id: UUID,
    session_id: UUID,
    reason: Reason,
) -> bool:
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        account = await accounts.get(tx, id)
        ended = await end_one(tx, account, caller, session_id, reason, now)
    if ended:
        await deny_now(revocations, [session_id], now)
    return ended


async def end_one(
    tx: Transaction,
    account: Account,
    caller: Caller,
    session_id: UUID,
    reason: Reason,
    now: datetime,
) -> bool:
    if not await repository.revoke(tx, account.id, session_id, reason, now):
        return False
    told = SessionRevoked(user_id=account.id, session_id=session_id, reason=reason, not_before=now)
    await publish(tx, told, sequence=account.version)
    ended = caller.did("session.ended", to=account.id, session=session_id, reason=reason)
    await audit.record(tx, ended)
    return True
