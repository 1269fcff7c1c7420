"""Short-lived tokens with which this service proves to others that it is calling."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import time
from typing import Final

import structlog

from .grants import Granted, Grantor

WORN: Final = 0.8  # the part of its life after which a token is replaced
RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Held:
    """The headers with a token, when it is to be replaced, and when it is of no use any more."""

    headers: Mapping[str, str]
    worn_at: float
    expires_at: float


class ServiceTokens:
    """The Credentials of a service: one token for each service that it calls."""

    def __init__(self, grantor: Grantor) -> None:
        self._grantor = grantor
        self._held: dict[str, Held] = {}
        self._asking: dict[str, asyncio.Task[Held]] = {}

    async def headers(self, audience: str) -> Mapping[str, str]:
        """The headers of a call to the service of that name; only the first call waits for them.

        Raises Unavailable if there is no token, or only one that has expired.
        """
        held = self._held.get(audience)
        if held is None or time() >= held.expires_at:
            held = await asyncio.shield(self._ask(audience))
        elif time() >= held.worn_at:
            self._ask(audience)  # the old one will do until the new one is here
        return held.headers

    def _ask(self, audience: str) -> asyncio.Task[Held]:
        """The one request for this token that is under way."""
        if audience not in self._asking:
            asking = asyncio.create_task(self._grant(audience), name=f"service-token-{audience}")
            asking.add_done_callback(lambda done: self._settle(audience, done))
            self._asking[audience] = asking
        return self._asking[audience]

    async def _grant(self, audience: str) -> Held:
        held = _hold(await self._grantor.grant(audience))
        self._held[audience] = held
        return held

    def _settle(self, audience: str, asking: asyncio.Task[Held]) -> None:
        del self._asking[audience]
        error = None if asking.cancelled() else asking.exception()
        if error is None:
            return
        log.warning("service_token.not_granted", audience=audience, reason=str(error))
        if held := self._held.get(audience):
            self._held[audience] = replace(held, worn_at=time() + RETRY_SECONDS)


def _hold(granted: Granted) -> Held:
    now = time()
    headers = {"Authorization": f"Bearer {granted.access_token.get_secret_value()}"}
    return Held(headers, now + granted.expires_in * WORN, now + granted.expires_in)
