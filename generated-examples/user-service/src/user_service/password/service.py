"""The use cases of a new password: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ..account import repository as accounts
from ..account.models import Account
from ..audit import repository as audit
from ..audit.models import Caller
from ..chassis.auth import Revocations
from ..chassis.database import Database, Transaction
from ..chassis.events import publish
from ..credential import repository as attempts
from ..credential.hashing import Hasher
from ..credential.models import WrongPassword
from ..credential.service import accept, prove
from ..link import repository as links
from ..link.events import NotificationRequested
from ..link.models import Link, Purpose
from ..session.denial import deny_now
from ..session.ending import end_all, end_others
from ..session.models import Reason

_NEW: Final = "/new_password"


async def forget(database: Database, hasher: Hasher, email: str) -> None:
    """Mail a link to set a new password, if somebody has this address."""
    now = datetime.now(UTC)
    async with hasher.evenly(), database.transaction() as tx:
        account = await accounts.find_by_email(tx, email)
        if account and account.active and account.verified:
            link = Link.make(Purpose.reset_password, account.id, now)
            if await links.add(tx, link):
                await publish(tx, NotificationRequested.with_link("reset", account, link))


async def reset(
    database: Database,
    hasher: Hasher,
    revocations: Revocations,
    caller: Caller,
    token: str,
    password: str,
) -> None:
    """Open the link: whoever knew the former password is signed out everywhere.

    Raises LinkSpent, or WeakPassword, which leaves the link as it is.
    """
    async with database.connection() as tx:
        opened = await links.find(tx, token, Purpose.reset_password, datetime.now(UTC))
        account = await accounts.get(tx, opened.user_id)
    new = await accept(hasher, password, email=account.address, pointer=_NEW)
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        await links.open_once(tx, token, Purpose.reset_password, now)
        account = await accounts.get_to_change(tx, account.id)
        await attempts.forget_attempts(tx, account.address)
        changed = await _save(tx, account, caller, new, now)
        ended = await end_all(tx, changed, caller, Reason.password_reset, now)
    await deny_now(revocations, ended, now)


async def change(
    database: Database,
    hasher: Hasher,
    revocations: Revocations,
    caller: Caller,
    id: UUID,
    *,
    current: str,
    new: str,
) -> None:
    """Replace the password by its owner's wish; every other session of the user ends.

    Raises WrongPassword, WeakPassword, LoginThrottled.
    """
    async with database.connection() as tx:
        email = (await accounts.get(tx, id)).address
    proved = await prove(database, hasher, caller, email, current)
    if proved is None:
        raise WrongPassword("this is not your password")
    new_hash = await accept(hasher, new, email=email, pointer=_NEW)
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        account = await accounts.get_to_change(tx, id)
        if account.password_hash != proved.password_hash:
            raise WrongPassword("your password was changed a moment ago")
        changed = await _save(tx, account, caller, new_hash, now)
        ended = await end_others(tx, changed, caller, Reason.password_changed, now)
    await deny_now(revocations, ended, now)


async def _save(
    tx: Transaction, account: Account, caller: Caller, password_hash: str, now: datetime
) -> Account:
    changed = account.with_password(password_hash, now)
    await accounts.save(tx, changed)
    once = f"v{changed.version}"
    mail = NotificationRequested.news("password-changed", changed, once=once, now=now)
    await publish(tx, mail)
    await audit.record(tx, caller.did("user.password_changed", to=account.id))
    return changed
