"""The use cases of an account: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..audit import repository as audit
from ..audit.models import Caller, happened
from ..chassis.database import Database, Transaction
from ..chassis.etags import IfMatch
from ..chassis.events import publish
from ..credential.hashing import Hasher
from ..credential.service import accept
from ..link import repository as links
from ..link.events import NotificationRequested
from ..link.models import Link, Purpose
from . import repository
from .events import UserEmailVerified, UserProfileUpdated, UserRegistered, UserRolesChanged
from .models import Account, AddressTaken, ProfileChange, Registration, Role


async def register(database: Database, hasher: Hasher, caller: Caller, said: Registration) -> None:
    """Send a mail to the address: a link to go on with, or the news that there is an account.

    The caller cannot tell which: the answer is the same, and the time that it takes.
    """
    password_hash = await accept(hasher, said.password, email=said.email, pointer="/password")
    now = datetime.now(UTC)
    account = Account.register(said, password_hash, now)
    async with hasher.evenly(), database.transaction() as tx:
        if await repository.add(tx, account):
            await _tell_registered(tx, account)
            await audit.record(tx, caller.did("user.registered", to=account.id))
            await _ask_to_verify(tx, account, password_hash, now)
        elif known := await repository.find_by_email_to_change(tx, said.email):
            await _answer_again(tx, known, password_hash, now)


async def enrol(
    database: Database, hasher: Hasher, said: Registration, roles: frozenset[Role]
) -> Account:
    """Make an account for somebody whom an operator knows; raises AddressTaken, WeakPassword."""
    password_hash = await accept(hasher, said.password, email=said.email, pointer="/password")
    now = datetime.now(UTC)
    made = Account.register(said, password_hash, now)
    async with database.transaction() as tx:
        if not await repository.add(tx, made):
            raise AddressTaken(f"somebody has the address {said.email} already")
        await _tell_registered(tx, made)
        verified = made.with_verified_email(now, None)
        await _tell_verified(tx, verified)
        account = verified.with_roles(roles, now)
        if roles != made.roles:
            told = UserRolesChanged(
                user_id=account.id,
                roles=tuple(sorted(roles)),
                previous=tuple(sorted(made.roles)),
            )
            await publish(tx, told, sequence=account.version)
        await repository.save(tx, account)
        await audit.record(tx, happened("user.enrolled", to=account.id, actor="operator"))
    return account


async def verify_email(database: Database, caller: Caller, token: str) -> None:
    """Open the link of a registration; raises LinkSpent."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        opened = await links.open_once(tx, token, Purpose.verify_email, now)
        account = await repository.get_to_change(tx, opened.user_id)
        verified = account.with_verified_email(now, opened.password_hash)
        await repository.save(tx, verified)
        await _tell_verified(tx, verified)
        await audit.record(tx, caller.did("user.email_verified", to=verified.id))


async def get(database: Database, id: UUID) -> Account:
    async with database.connection() as tx:
        return await repository.get(tx, id)


async def change_profile(
    database: Database, caller: Caller, id: UUID, said: ProfileChange, seen: IfMatch
) -> Account:
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        account = await repository.get_to_change(tx, id)
        seen.check(account.version)
        differing = sorted(account.differing(said))
        if not differing:
            return account
        changed = account.with_profile(said, now)
        await repository.save(tx, changed)
        told = UserProfileUpdated(
            user_id=changed.id,
            changed=tuple(differing),
            email=changed.address,
            display_name=changed.display_name,
            locale=changed.locale,
        )
        await publish(tx, told, sequence=changed.version)
        await audit.record(tx, caller.did("user.profile_updated", to=id, changed=differing))
    return changed


async def forget_old_links(database: Database) -> None:
    """Remove links that nobody can open, once they count for no limit either."""
    async with database.transaction() as tx:
        await links.remove_old(tx, datetime.now(UTC))


async def _tell_registered(tx: Transaction, account: Account) -> None:
    told = UserRegistered(
        user_id=account.id,
        email=account.address,
        display_name=account.display_name,
        locale=account.locale,
    )
    await publish(tx, told, sequence=account.version)


async def _tell_verified(tx: Transaction, account: Account) -> None:
    told = UserEmailVerified(user_id=account.id, email=account.address)
    await publish(tx, told, sequence=account.version)


async def _answer_again(tx: Transaction, known: Account, password_hash: str, now: datetime) -> None:
    """Somebody registers an address that is known already, perhaps its owner."""
    if not known.verified:
        await _ask_to_verify(tx, known, password_hash, now)
        return
    hour = now.strftime("%Y-%m-%dT%H")
    mail = NotificationRequested.news("already-registered", known, once=hour, now=now)
    await publish(tx, mail)


async def _ask_to_verify(
    tx: Transaction, account: Account, password_hash: str, now: datetime
) -> None:
    """The link carries the password of its own registration.

    So whoever registered this address before its owner did gains nothing by it.
    """
    link = Link.make(Purpose.verify_email, account.id, now, password_hash=password_hash)
    if await links.add(tx, link):
        await publish(tx, NotificationRequested.with_link("verify", account, link))
