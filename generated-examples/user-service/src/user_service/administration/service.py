"""The use cases of administrators: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..account import repository
from ..account.events import UserRolesChanged
from ..account.models import Account, LastAdmin, Role
from ..audit import repository as audit
from ..audit.models import Caller
from ..chassis import paging
from ..chassis.auth import Revocations
from ..chassis.database import Database, Transaction
from ..chassis.events import publish
from ..session.denial import deny_now
from ..session.ending import end_all
from ..session.models import Reason
from .models import AccountView

FIRST = UUID(int=0)
LIST = "users"


async def get(database: Database, id: UUID) -> Account:
    async with database.connection() as tx:
        return await repository.get(tx, id)


async def list_page(database: Database, query: paging.PageQuery) -> paging.Page[AccountView]:
    after = paging.decode(LIST, query.cursor, UUID) if query.cursor else FIRST
    async with database.connection() as tx:
        rows = await repository.list_after(tx, after, query.limit + 1)
    views = [AccountView.of(row) for row in rows]
    return paging.page(views, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def set_roles(
    database: Database,
    revocations: Revocations,
    caller: Caller,
    id: UUID,
    roles: frozenset[Role],
) -> Account:
    """Give exactly these roles; who loses one is signed out, so that no token keeps it.

    Raises LastAdmin where nobody would be admin any more.
    """
    now = datetime.now(UTC)
    ended: list[UUID] = []
    async with database.transaction() as tx:
        if Role.admin not in roles:
            await require_other_admin(tx, id)
        account = (await repository.get_to_change(tx, id)).require_living()
        if account.roles == roles:
            return account
        changed = account.with_roles(roles, now)
        await repository.save(tx, changed)
        told = UserRolesChanged(
            user_id=id, roles=tuple(sorted(roles)), previous=tuple(sorted(account.roles))
        )
        await publish(tx, told, sequence=changed.version)
        await audit.record(tx, caller.did("user.roles_changed", to=id, roles=sorted(roles)))
        if account.roles - roles:
            ended = await end_all(tx, changed, caller, Reason.roles_removed, now)
    await deny_now(revocations, ended, now)
    return changed


async def disable(database: Database, revocations: Revocations, caller: Caller, id: UUID) -> None:
    """Nobody signs in to this account any more; raises LastAdmin."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        await require_other_admin(tx, id)
        account = (await repository.get_to_change(tx, id)).require_living()
        if not account.active:
            return
        disabled = account.disabled(now)
        await repository.save(tx, disabled)
        await audit.record(tx, caller.did("user.disabled", to=id))
        ended = await end_all(tx, disabled, caller, Reason.disabled, now)
    await deny_now(revocations, ended, now)


async def require_other_admin(tx: Transaction, id: UUID) -> None:
    """Raise LastAdmin if this is the only account that can do what admins do."""
    if await repository.lock_admins(tx) == {id}:
        raise LastAdmin("this is the last admin; make somebody else one first")
