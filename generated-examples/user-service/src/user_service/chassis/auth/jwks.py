"""An issuer's public keys (JWK Set, RFC 7517): fetched ahead of need, kept while it is away."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping
from time import monotonic
from typing import Any, ClassVar, Final, Self

import structlog
from pydantic import BaseModel, Field

from .. import deferred
from ..deferred import aiohttp
from ..errors import Unavailable
from ..resource import Resource
from ..tally import Count
from .issuer import Addresses, first_answer
from .keys import Key

FRESH_SECONDS: Final = 600.0
STALE_SECONDS: Final = 86400.0
# A token may name any `kid` it likes: this is how often the issuer is asked about strange ones.
STRANGER_SECONDS: Final = 30.0

_LARGEST = 256 * 1024

log = structlog.get_logger()


class JwkSet(BaseModel):
    """What the issuer answers."""

    keys: list[dict[str, Any]] = Field(max_length=100)  # Any: each type has members of its own


class KeySet(Resource):
    """The keys by their `kid`, as the issuer last showed them, for at most a day."""

    name: ClassVar[str] = "jwks"

    def __init__(self, where: Addresses, *, call_seconds: float) -> None:
        self.generation = Count()
        self._where = where
        self._call_seconds = call_seconds
        self._shown: list[dict[str, Any]] = []
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = -STALE_SECONDS
        self._asked_at = -STRANGER_SECONDS
        self._failures = 0
        self._fetching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._call_seconds), raise_for_status=True
        )
        self._refresher = asyncio.create_task(self._keep_fresh(), name="jwks-refresher")
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in (self._refresher, self._fetching):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._session.close()

    async def ping(self) -> None:
        if self._failures or not self._usable:
            raise ConnectionError("the issuer's keys could not be fetched")

    async def find(self, kid: str) -> Key | None:
        """The key of that name, or None if the issuer shows none.

        Only a strange name makes the caller wait for the issuer, and only once in 30 s.
        Raises Unavailable if there are no keys to look in.
        """
        key = self._usable.get(kid)
        if key is None and self._fetching is not None:
            await self._fetch_once()
            key = self._usable.get(kid)
        if key is None and self._may_ask():  # what was under way may have been older than the key
            await self._fetch_once()
            key = self._usable.get(kid)
        if not self._usable:
            raise Unavailable("the keys that tokens are checked with are not to be had now")
        return key

    @property
    def _usable(self) -> Mapping[str, Key]:
        return self._keys if monotonic() - self._fetched_at < STALE_SECONDS else {}

    def _may_ask(self) -> bool:
        if monotonic() - self._asked_at < STRANGER_SECONDS:
            return False
        self._asked_at = monotonic()
        return True

    async def _keep_fresh(self) -> None:
        while True:
            await self._fetch_once()
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """Seconds until the next fetch: ten minutes, or after a failure a jittered backoff."""
        jitter = 0.75 + random.random() / 4
        if not self._failures:
            return FRESH_SECONDS * jitter
        longest = 30.0 if self._usable else 2.0
        return min(longest, 0.25 * 2.0 ** min(self._failures, 8)) * jitter

    async def _fetch_once(self) -> None:
        """Fetch, or wait for the fetch that is under way; one caller's leaving stops nobody."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch(), name="jwks-fetch")
            self._fetching.add_done_callback(self._fetched)
        await asyncio.shield(self._fetching)

    def _fetched(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            await first_answer(self._where, self._fetch_from)
        except (aiohttp.ClientError, TimeoutError, ValueError, Unavailable) as error:
            self._failures += 1
            if self._failures == 1:
                log.warning("jwks.away", reason=str(error) or type(error).__name__)

    async def _fetch_from(self, url: str) -> None:
        shown = JwkSet.model_validate_json(await self._read(url)).keys
        await deferred.load("jwt")
        self._adopt(shown)

    async def _read(self, url: str) -> bytes:
        content = bytearray()
        async with self._session.get(url, allow_redirects=False) as response:
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > _LARGEST:
                    raise ValueError(f"the key set is larger than {_LARGEST} bytes")
        return bytes(content)

    def _adopt(self, shown: list[dict[str, Any]]) -> None:
        found = {jwk["kid"]: Key.public(jwk) for jwk in shown if isinstance(jwk.get("kid"), str)}
        keys = {kid: key for kid, key in found.items() if key is not None}
        if not keys:
            raise ValueError("the key set has no key that can be used")
        self._fetched_at = monotonic()
        self._failures = 0
        if shown != self._shown:
            self._shown, self._keys = shown, keys
            self.generation.rise()
            log.info("jwks.changed", keys=len(keys))
