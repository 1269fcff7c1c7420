"""The use cases of a session: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..account import repository as accounts
from ..account.models import Account
from ..audit import repository as audit
from ..audit.models import Caller
from ..chassis import paging
from ..chassis.auth import Revocations
from ..chassis.database import Database, Transaction
from ..credential.hashing import Hasher
from ..credential.models import InvalidCredentials
from ..credential.service import prove
from ..token_key.keys import TOKEN_SECONDS, TokenKeys
from . import repository
from .denial import deny_now
from .ending import end_one
from .models import (
    EmailNotVerified,
    Login,
    NewToken,
    Pair,
    Reason,
    RefreshReused,
    Session,
    SessionView,
    invalid,
)

FIRST = UUID(int=0)
LIST = "sessions"


async def login(
    database: Database, hasher: Hasher, keys: TokenKeys, caller: Caller, said: Login
) -> Pair:
    """Begin a session; raises InvalidCredentials, EmailNotVerified, LoginThrottled."""
    account = await prove(database, hasher, caller, said.email, said.password)
    if account is None:
        raise InvalidCredentials
    if not account.verified:
        raise EmailNotVerified("confirm this address first: what it takes was mailed to it")
    now = datetime.now(UTC)
    session = Session.begin(account, caller, now)
    token = NewToken.of(session, now)
    async with database.transaction() as tx:
        current = await accounts.get_to_change(tx, account.id)
        if not current.active or current.password_hash != account.password_hash:
            raise InvalidCredentials  # it was disabled, or the password changed, this moment
        await repository.add(tx, session)
        await repository.add_token(tx, token)
        begun = caller.did("session.begun", to=account.id, session=session.id)
        await audit.record(tx, begun)
    return _pair(keys, account, token)


async def refresh(
    database: Database,
    keys: TokenKeys,
    revocations: Revocations,
    caller: Caller,
    shown: str,
) -> Pair:
    """A new pair for a refresh token that nobody used yet.

    A used one ends the session, raises RefreshReused: either holder may have stolen it.
    """
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        presented = await repository.find_presented(tx, shown)
        if presented is None:
            raise invalid()
        account = await accounts.get(tx, presented.session.user_id)
        refusal = presented.refusal(now) or (None if account.active else invalid())
        if refusal is None:
            token = await _rotate(tx, presented.session.used(caller, now), shown, now)
        elif isinstance(refusal, RefreshReused):
            await end_one(tx, account, caller, presented.session.id, Reason.reuse, now)
    if refusal is None:
        return _pair(keys, account, token)
    if isinstance(refusal, RefreshReused):
        await deny_now(revocations, [presented.session.id], now)
    raise refusal


async def _rotate(tx: Transaction, session: Session, shown: str, now: datetime) -> NewToken:
    token = NewToken.of(session, now)
    await repository.use_token(tx, shown, now)
    await repository.add_token(tx, token)
    await repository.save_use(tx, session)
    return token


async def list_page(
    database: Database, caller: Caller, id: UUID, query: paging.PageQuery
) -> paging.Page[SessionView]:
    after = paging.decode(LIST, query.cursor, UUID) if query.cursor else FIRST
    async with database.connection() as tx:
        rows = await repository.list_after(tx, id, after, query.limit + 1, datetime.now(UTC))
    views = [SessionView.of(row, caller) for row in rows]
    return paging.page(views, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def forget_old(database: Database) -> None:
    """Remove sessions and tokens that nobody can go on with."""
    async with database.transaction() as tx:
        await repository.remove_old(tx, datetime.now(UTC))


def _pair(keys: TokenKeys, account: Account, token: NewToken) -> Pair:
    access = keys.sign(
        str(account.id),
        roles=sorted(account.roles),
        sid=str(token.session_id),
        ver=account.version,
    )
    return Pair(access_token=access, expires_in=TOKEN_SECONDS, refresh_token=token.token)
