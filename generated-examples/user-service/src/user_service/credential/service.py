"""The use cases of a password: accept a new one, prove that one knows it."""

from __future__ import annotations

from datetime import UTC, datetime

from ..account import repository as accounts
from ..account.events import UserLocked
from ..account.models import Account
from ..audit import repository as audit
from ..audit.models import Caller
from ..chassis.database import Database
from ..chassis.events import publish
from . import repository
from .hashing import Hasher
from .models import WeakPassword, require_strong


async def accept(hasher: Hasher, password: str, *, email: str, pointer: str) -> str:
    """The hash of a new password; raises WeakPassword if it is not a good one."""
    require_strong(password, email=email, pointer=pointer)
    if await hasher.breached.holds(password):
        raise WeakPassword("it is on the lists that attackers try first", pointer=pointer)
    return await hasher.hash(password)


async def prove(
    database: Database, hasher: Hasher, caller: Caller, email: str, password: str
) -> Account | None:
    """The account of this address, if this is its password and it may be used; otherwise None.

    Takes the same steps for an address that nobody has.  Raises LoginThrottled after ten attempts
    in a quarter of an hour that proved nothing.
    """
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        attempts = await repository.count_attempt(tx, email, now)
        account = await accounts.find_by_email(tx, email)
        if account and attempts.first_too_many:
            locked = UserLocked(user_id=account.id, until=attempts.ends_at)
            await publish(tx, locked, sequence=account.version)
            await audit.record(tx, caller.did("user.locked", to=account.id))
    if attempts.too_many:
        raise attempts.refused(now)
    if not await hasher.verify(account.password_hash if account else None, password):
        return None
    assert account is not None
    better = await _better_hash(hasher, account, password)
    async with database.transaction() as tx:
        await repository.forget_attempts(tx, email)
        if better:
            await accounts.replace_hash(tx, account, better)
    if not account.active:
        return None
    return account.model_copy(update={"password_hash": better}) if better else account


async def forget_old(database: Database) -> None:
    """Remove attempts that count no more."""
    async with database.transaction() as tx:
        await repository.forget_old_attempts(tx, datetime.now(UTC))


async def _better_hash(hasher: Hasher, account: Account, password: str) -> str | None:
    """A hash as today's settings want it, where the one that is kept is older than they are."""
    outdated = account.password_hash and hasher.is_outdated(account.password_hash)
    return await hasher.hash(password) if outdated else None
