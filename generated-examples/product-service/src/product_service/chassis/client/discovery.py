"""Discovery: a service's name becomes the base URLs of its healthy instances.

The registry is asked at the first call and then again and again in the background, so that no call
ever waits for it; soon again where a service was called that nobody knows yet, or of which nobody
who is known can be reached.  While it is away, what it said last stays good.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Final

import structlog

from ..deferred import aiohttp
from .directory import Directory, Listing
from .errors import NotFoundAnywhere
from .exchange import read_within
from .settings import ClientSettings
from .window import Clock

CALL_SECONDS: Final = 2.0
SOON_SECONDS: Final = 0.25

log = structlog.get_logger()


class Discovery:
    """Where services are: as CLIENT_TARGETS says, or else as the registry says."""

    def __init__(
        self, settings: ClientSettings, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._settings = settings
        self._addresses = settings.addresses
        self._session = session
        self._directory = Directory(clock)
        self._asking: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self._missed = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []  # until it has been asked anew
        self._away = False

    async def instances(self, service: str) -> Sequence[str]:
        """At least one base URL; raises NotFoundAnywhere if there is none."""
        found = self._addresses.get(service) or await self._listed(service)
        if not found:
            self._missed.set()
            raise NotFoundAnywhere(service)
        return found

    async def renewed(self, service: str) -> Sequence[str]:
        """As the registry says once it has been asked anew; none if it knows none, or is away."""
        if self._asking is not None:
            answered = asyncio.get_running_loop().create_future()
            self._waiting.append(answered)
            self._missed.set()
            await answered
        return self._addresses.get(service) or self._directory.instances(service)

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking

    async def _listed(self, service: str) -> Sequence[str]:
        if self._settings.registry_url is None:
            return ()
        if self._asking is None:
            self._asking = asyncio.create_task(self._keep_asking(), name="discovery")
        await self._answered.wait()  # for the first answer only, or CALL_SECONDS without one
        return self._directory.instances(service)

    async def _keep_asking(self) -> None:
        while True:
            waiting, self._waiting = self._waiting, []
            self._missed.clear()
            await self._ask()
            self._answered.set()
            for one in waiting:
                if not one.done():  # who waited may have lost patience
                    one.set_result(None)
            pause = self._settings.refresh_seconds * (0.8 + random.random() * 0.2)
            await asyncio.sleep(min(pause, SOON_SECONDS))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause - SOON_SECONDS):
                    await self._missed.wait()

    async def _ask(self) -> None:
        url = f"{self._settings.registry_url}".rstrip("/") + "/services"
        token = self._settings.registry_token
        headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with self._session.get(
                url, headers=headers, timeout=timeout, raise_for_status=True, allow_redirects=False
            ) as response:
                body = await read_within(response, self._settings.answer_limit_bytes)
            self._directory.learn(Listing.model_validate_json(body))
            self._away = False
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            if not self._away:
                log.warning("discovery.away", reason=type(error).__name__)
            self._away = True
