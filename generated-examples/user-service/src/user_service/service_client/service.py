"""The use cases of service clients."""

from __future__ import annotations

from ..audit import repository as audit
from ..audit.models import happened
from ..chassis.database import Database
from ..token_key.keys import TOKEN_SECONDS, TokenKeys
from . import repository
from .configured import Configured
from .models import ROLE, Credentials, Granted, InvalidClient, ServiceClient


async def grant(
    database: Database,
    configured: Configured,
    keys: TokenKeys,
    shown: Credentials,
    audience: str,
) -> Granted:
    """A token for calls to one service; raises InvalidClient."""
    client = configured.find(shown.name)
    if client is None:
        async with database.connection() as tx:
            client = await repository.find(tx, shown.name)
    if client is None or not client.knows(shown.secret):
        raise InvalidClient
    token = keys.sign(client.name, roles=[ROLE], audience=audience)
    return Granted(access_token=token, expires_in=TOKEN_SECONDS)


async def admit(database: Database, name: str) -> str:
    """The new secret of this service; a former one is good no longer."""
    client, secret = ServiceClient.make(name)
    async with database.transaction() as tx:
        await repository.save(tx, client)
        await audit.record(
            tx, happened("service_client.admitted", to=None, actor="operator", client=name)
        )
    return secret


async def dismiss(database: Database, name: str) -> bool:
    """Whether there was such a client; its tokens expire within minutes."""
    async with database.transaction() as tx:
        found = await repository.remove(tx, name)
        if found:
            await audit.record(
                tx, happened("service_client.dismissed", to=None, actor="operator", client=name)
            )
    return found
