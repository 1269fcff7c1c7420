"""Tokens that are no longer good although they have not expired: the sessions that were ended.

The list is in Valkey, for all services; each keeps a copy in memory, so that no request waits for
Valkey.  While Valkey is away the copy stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from time import monotonic, time
from typing import Any, ClassVar, Final, Self

from ..errors import Unavailable
from ..resource import Resource
from ..tally import Count
from ..valkey import Valkey, ValkeyAway
from .settings import LONGEST_LEEWAY

# A sorted set: `sid:<session>` or `jti:<token>`, scored with the second when it may be forgotten.
KEY: Final = "auth:revoked"

_TOO_OLD_SECONDS = 10.0


class Revocations(Resource):
    """The list of ended sessions, looked at every `every` seconds."""

    name: ClassVar[str] = "revocations"

    def __init__(self, valkey: Valkey, *, every: float) -> None:
        self._valkey = valkey
        self._every = every
        self._until: dict[str, float] = {}
        self.revision = Count()  # rises whenever another one is known
        self._looked_at: float | None = None

    async def __aenter__(self) -> Self:
        await self._look()
        self._watcher = asyncio.create_task(self._watch(), name="revocations")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watcher

    async def ping(self) -> None:
        if self._looked_at is None or monotonic() - self._looked_at > _TOO_OLD_SECONDS:
            raise ConnectionError("the list of revoked tokens is not up to date")

    def cover(self, sid: str | None, jti: str | None) -> bool:
        """Whether a token of this session, or with this id, is revoked."""
        if sid is not None and f"sid:{sid}" in self._until:
            return True
        return jti is not None and f"jti:{jti}" in self._until

    async def revoke(self, sid: str, until: int) -> None:
        """End a session: every service refuses its tokens within 5 s.

        `until` is the second since 1970 when its last token expires.  Raises Unavailable if the
        others cannot be told now.
        """
        await self._add(f"sid:{sid}", until)

    async def revoke_token(self, jti: str, until: int) -> None:
        """Revoke one token, which expires at `until`, by its `jti`; otherwise as `revoke`."""
        await self._add(f"jti:{jti}", until)

    async def _add(self, member: str, until: int) -> None:
        forgotten = until + LONGEST_LEEWAY  # somebody may take it so long after it has expired
        try:
            with self._valkey.attempt() as client:
                transaction = client.pipeline(transaction=True)
                transaction.zadd(KEY, {member: forgotten}, gt=True)
                transaction.zremrangebyscore(KEY, "-inf", int(time()))
                await transaction.execute()
        except ValkeyAway as error:
            raise Unavailable("tokens cannot be revoked now") from error
        self._learn({member: max(forgotten, self._until.get(member, 0))})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._look()

    async def _look(self) -> None:
        """Bring the copy up to date; what Valkey has lost stays in it until it has expired."""
        now = time()
        try:
            with self._valkey.attempt() as client:
                found = await client.zrange(KEY, int(now), "+inf", byscore=True, withscores=True)
        except ValkeyAway:
            return
        self._until = {member: until for member, until in self._until.items() if until > now}
        self._learn(dict(_members(found)))
        self._looked_at = monotonic()

    def _learn(self, found: Mapping[str, float]) -> None:
        if not found.keys() <= self._until.keys():
            self.revision.rise()
        self._until.update(found)


def _members(found: Any) -> Iterator[tuple[str, float]]:  # Any: redis-py's type is of all answers
    return ((member.decode(), until) for member, until in found)
