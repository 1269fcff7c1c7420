"""The connections to all instances that wait for the next request."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from time import monotonic
from typing import Final, cast

from ..balance.endpoint import Endpoint
from .news import has_news
from .upstream import Upstream

# Shorter than the 5 s after which uvicorn closes: the other end never closes what we begin to use.
KEEP_ALIVE_SECONDS: Final = 4.0
MOST_IDLE: Final = 256  # at one instance


class Pool:
    """The connection that was used last is the first to be used again."""

    def __init__(self) -> None:
        self._idle: defaultdict[Endpoint, list[Upstream]] = defaultdict(list)
        self._tls: ssl.SSLContext | None = None  # most need none

    def take(self, endpoint: Endpoint, *, surely: bool) -> Upstream | None:
        """A connection that is open as far as is known; `surely`: as far as the kernel knows."""
        idle = self._idle[endpoint]
        while idle:
            upstream = idle.pop()
            if not upstream.closed and not (surely and _has_news(upstream)):
                return upstream
            upstream.abort()
        return None

    async def connect(self, endpoint: Endpoint) -> Upstream:
        """A new connection; raises OSError."""
        upstream = Upstream(endpoint)
        protocol = cast(asyncio.Protocol, upstream)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(
                lambda: protocol,
                endpoint.host,
                endpoint.port,
                ssl=self._verifying() if endpoint.secure else None,
            )
        except asyncio.CancelledError:
            upstream.abort()  # it may have come about in the very same moment
            raise
        return upstream

    def keep(self, upstream: Upstream, now: float) -> None:
        """For the next request."""
        idle = self._idle[upstream.endpoint]
        if len(idle) >= MOST_IDLE:
            upstream.abort()
            return
        upstream.idle_since = now
        idle.append(upstream)

    def check(self, now: float) -> None:
        """Close what was not used for too long."""
        for endpoint, idle in tuple(self._idle.items()):
            fresh = [one for one in idle if now - one.idle_since < KEEP_ALIVE_SECONDS]
            for one in idle[: len(idle) - len(fresh)]:  # the oldest are at the front
                one.abort()
            if fresh:
                self._idle[endpoint] = [one for one in fresh if not one.closed]
            else:
                del self._idle[endpoint]

    def _verifying(self) -> ssl.SSLContext:
        """What connects only to who can show that it is who it is named."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def close(self) -> None:
        self.check(monotonic() + KEEP_ALIVE_SECONDS)


def _has_news(upstream: Upstream) -> bool:
    """Nothing is expected where nothing was asked: it can but be the end."""
    return upstream.transport is None or has_news(upstream.transport)
