"""argon2id beside the event loop: a few at a time, a few more in line, the rest turned away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import monotonic
from typing import ClassVar, ParamSpec, Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..chassis.errors import Unavailable
from ..chassis.resource import Resource
from ..settings import PasswordSettings
from .breached import Breached

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Hasher(Resource):
    """Makes and checks the hashes of passwords; each costs 20 ms of one core."""

    name: ClassVar[str] = "password-hasher"

    def __init__(self, settings: PasswordSettings) -> None:
        self.breached = Breached(settings.breached)
        self._argon2 = PasswordHasher(
            time_cost=settings.rounds, memory_cost=settings.memory_kib, parallelism=1
        )
        self._threads = settings.concurrency
        self._most = settings.concurrency + settings.waiting
        self._in_hand = 0
        self._even_seconds = settings.even_seconds

    async def __aenter__(self) -> Self:
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="argon2")
        self._nobodys = await self.hash(secrets.token_urlsafe())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The hash to keep; raises Unavailable if too many are waiting already."""
        return await self._run(self._argon2.hash, password)

    async def verify(self, hash: str | None, password: str) -> bool:
        """Whether this is the password of that hash.

        Without one it takes as long and is always wrong, so that nobody can tell by the time
        whether there is such a user.  Raises Unavailable as hash() does.
        """
        right = await self._run(self._matches, hash or self._nobodys, password)
        return right and hash is not None

    def is_outdated(self, hash: str) -> bool:
        """Whether it was made with other settings than today's."""
        return self._argon2.check_needs_rehash(hash)

    @asynccontextmanager
    async def evenly(self) -> AsyncIterator[None]:
        """Take the same time for every address: more rows are written for one that is known."""
        begun = monotonic()
        yield
        await asyncio.sleep(begun + self._even_seconds - monotonic())

    def _matches(self, hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(
        self,
        work: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        if self._in_hand >= self._most:
            raise Unavailable("too many passwords are being checked; try again")
        self._in_hand += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))
        finally:
            self._in_hand -= 1
