"""What the cache keeps in Valkey: values, the locks of those who load them, versions of tags.

A value is stored behind the versions that its tags had before it was loaded, and found only while
they are the same.  Who loads holds a lock, and keeps its value only if the lock is still its own:
an invalidation takes the lock away, so that what was read before it is never kept after it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from ..valkey import Valkey
from .stale import EVERYTHING, Stale

# A tag's version must outlive every value that was stored behind the version before it.
LONGEST_TTL: Final = 24 * 3600.0
_VERSION_SECONDS: Final = int(2 * LONGEST_TTL)

_VERSION = """
local versions = {}
for i = 3, #KEYS do versions[i - 2] = redis.call('GET', KEYS[i]) or '' end
local version = table.concat(versions, ',') .. '\\n'
"""

_CLAIM = f"""
{_VERSION}
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #version) == version then
  return {{'found', string.sub(value, #version + 1)}}
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {{'yours', version}} end
return {{'wait', ''}}
"""

_KEEP = f"""
{_VERSION}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if version ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], version .. ARGV[3], 'PX', ARGV[4])
return 1
"""

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What was kept."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to load a value, and the versions of its tags before it is loaded."""

    token: str
    version: bytes


class Entries:
    """The entries of one service.  Every method raises ValkeyAway where Valkey does not answer."""

    def __init__(self, valkey: Valkey, service: str, *, lock_seconds: float) -> None:
        self._valkey = valkey
        self._prefix = f"cache:{service}"
        self._lock_milliseconds = int(lock_seconds * 1000)
        self._claim = valkey.client.register_script(_CLAIM)
        self._keep = valkey.client.register_script(_KEEP)
        self._release = valkey.client.register_script(_RELEASE)

    async def get(self, key: str, tags: Sequence[str]) -> Found | None:
        """What is kept for this key, if it is as new as its tags."""
        value_name, _, *tag_names = self._names(key, tags)
        with self._valkey.attempt() as client:
            answered = await client.mget(value_name, *tag_names)
        value, *versions = cast("list[bytes | None]", answered)
        version = b",".join(version or b"" for version in versions) + b"\n"
        if value is None or not value.startswith(version):
            return None
        return Found(value[len(version) :])

    async def claim(self, key: str, tags: Sequence[str]) -> Found | Claim | None:
        """What is kept by now, else the right to load it, or None while another process has it."""
        token = secrets.token_hex(8)
        with self._valkey.attempt():
            verdict, said = await self._claim(
                keys=self._names(key, tags), args=[token, self._lock_milliseconds]
            )
        if verdict == b"found":
            return Found(said)
        return Claim(token, said) if verdict == b"yours" else None

    async def keep(
        self, key: str, tags: Sequence[str], claim: Claim, payload: bytes, ttl: float
    ) -> bool:
        """Keep what was loaded for `ttl` seconds; False if it was invalidated meanwhile."""
        milliseconds = max(1, int(ttl * 1000))
        with self._valkey.attempt():
            kept = await self._keep(
                keys=self._names(key, tags),
                args=[claim.token, claim.version, payload, milliseconds],
            )
        return bool(kept)

    async def release(self, key: str, claim: Claim) -> None:
        """Let another process load what we could not."""
        with self._valkey.attempt():
            await self._release(keys=[self._names(key, ())[1]], args=[claim.token])

    async def forget(self, stale: Stale) -> None:
        """Let nothing be found of these keys and tags that was loaded before."""
        with self._valkey.attempt() as client:
            async with client.pipeline(transaction=True) as pipe:
                for key in stale.keys:
                    pipe.delete(*self._names(key, ())[:2])
                for tag in stale.tags:
                    pipe.set(self._tag(tag), secrets.token_hex(8), ex=_VERSION_SECONDS)
                await pipe.execute()

    def _names(self, key: str, tags: Sequence[str]) -> list[str]:
        names = [f"{self._prefix}:value:{key}", f"{self._prefix}:lock:{key}"]
        return [*names, *(self._tag(tag) for tag in (EVERYTHING, *tags))]

    def _tag(self, tag: str) -> str:
        return f"{self._prefix}:tag:{tag}"
