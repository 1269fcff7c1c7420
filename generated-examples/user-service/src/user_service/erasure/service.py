"""The use cases of erasure and export: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from ..account import repository as accounts
from ..account.events import UserDeleted
from ..account.models import Account, Profile
from ..address import repository as addresses
from ..administration.service import require_other_admin
from ..audit import repository as audit
from ..audit.models import Caller, happened
from ..chassis.auth import Revocations
from ..chassis.client import Client
from ..chassis.database import Database, Transaction
from ..chassis.events import publish
from ..credential.hashing import Hasher
from ..credential.models import WrongPassword
from ..credential.service import prove
from ..link import repository as links
from ..link.events import NotificationRequested
from ..session import repository as sessions
from ..session.denial import deny_now
from ..session.ending import end_all
from ..session.models import Reason
from . import repository
from .keepers import gather
from .models import Erasure, Export

_REMINDED_AT_ONCE: Final = 100
_MOST_ADDRESSES: Final = 1000

log = structlog.get_logger()


async def erase(
    database: Database,
    hasher: Hasher,
    revocations: Revocations,
    caller: Caller,
    id: UUID,
    password: str,
) -> Erasure:
    """Forget the user here, now, and tell the others to.

    Raises WrongPassword, LoginThrottled, LastAdmin.
    """
    async with database.connection() as tx:
        email = (await accounts.get(tx, id)).address
    if await prove(database, hasher, caller, email, password) is None:
        raise WrongPassword("this is not your password")
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        await require_other_admin(tx, id)
        account = await accounts.get_to_change(tx, id)
        mail = NotificationRequested.news("account-deleted", account, once="erasure", now=now)
        await publish(tx, mail)
        ended = await end_all(tx, account, caller, Reason.deleted, now)
        erased = account.erased(now)
        await _forget(tx, erased)
        erasure = Erasure.begin(id, now)
        await repository.add(tx, erasure)
        await audit.record(tx, happened("user.deleted", to=id, actor=str(id)))
        told = UserDeleted(user_id=id, erase_by=erasure.erase_by)
        await publish(tx, told, sequence=erased.version)
    await deny_now(revocations, ended, now)
    return erasure


async def export(database: Database, client: Client, caller: Caller, id: UUID) -> Export:
    """All that is kept of this user by any service; raises Unavailable where one is away."""
    elsewhere = await gather(client, id)
    async with database.transaction() as tx:
        account = await accounts.get_to_change(tx, id)
        await audit.record(tx, caller.did("user.exported", to=id))
        return Export(
            exported_at=datetime.now(UTC),
            profile=Profile.of(account),
            addresses=await addresses.list_after(tx, id, UUID(int=0), _MOST_ADDRESSES),
            sessions=await sessions.list_all_of(tx, id),
            history=await audit.list_of(tx, id),
            **elsewhere,
        )


async def acknowledge(tx: Transaction, user_id: UUID, service: str) -> None:
    """A service has erased its part."""
    now = datetime.now(UTC)
    erasure = await repository.find_to_change(tx, user_id)
    if erasure is None:
        log.warning("erasure.unknown", user=user_id, service=service)
        return
    await repository.acknowledge(tx, user_id, service, now)
    after = erasure.with_acknowledgement(service, now)
    if after.completed_at != erasure.completed_at:
        await repository.save(tx, after)
        await audit.record(tx, happened("user.erased", to=user_id, actor=service))


async def remind(database: Database) -> int:
    """Tell the others again of the erasures that they have not answered; how many those are."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        late = await repository.list_to_remind(tx, now, _REMINDED_AT_ONCE)
        for erasure in late:
            account = await accounts.get(tx, erasure.user_id)
            told = UserDeleted(user_id=erasure.user_id, erase_by=erasure.erase_by)
            await publish(tx, told, sequence=account.version)
            await repository.save(tx, erasure.reminded(now))
            if erasure.erase_by <= now:
                log.error("erasure.overdue", user=erasure.user_id, missing=sorted(erasure.missing))
    return len(late)


async def _forget(tx: Transaction, erased: Account) -> None:
    await accounts.save(tx, erased)
    await addresses.remove_all_of(tx, erased.id)
    await links.remove_all_of(tx, erased.id)
    await sessions.forget_devices(tx, erased.id)
    await audit.forget_addresses(tx, erased.id)
