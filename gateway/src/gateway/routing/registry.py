"""Talks to the registry: a snapshot, the stream of changes, a word about who cannot be reached."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final, Self

import aiohttp

from ..chassis.errors import BadGateway
from ..settings import RegistrySettings
from .snapshot import Snapshot
from .watch import Event, events

SILENCE_SECONDS: Final = 30.0  # the registry shows three times as often that it lives

AWAY: Final = (aiohttp.ClientError, TimeoutError, OSError, ValueError, BadGateway)


class Registry:
    """Raises one of AWAY where the registry does not answer, or not as it should."""

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Self:
        token = self._settings.token
        self._session = aiohttp.ClientSession(
            self._settings.url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"} if token else {},
            timeout=aiohttp.ClientTimeout(total=self._settings.call_seconds),
            raise_for_status=True,
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    async def snapshot(self) -> Snapshot:
        async with self._session.get("services", allow_redirects=False) as response:
            return Snapshot.model_validate_json(await response.read())

    async def watch(self, last_event: str) -> AsyncGenerator[Event | None, None]:
        """Every event since the last one, or a snapshot first; None: it lives."""
        limits = aiohttp.ClientTimeout(
            sock_connect=self._settings.call_seconds, sock_read=SILENCE_SECONDS
        )
        resuming = {"Last-Event-ID": last_event} if last_event else {}
        async with self._session.get(
            "watch", headers=resuming, timeout=limits, allow_redirects=False
        ) as response:
            if response.content_type != "text/event-stream":
                raise BadGateway("the registry answers /watch with something else than events")
            async for event in events(response.content.iter_any()):
                yield event

    async def suspect(self, instance_id: str) -> None:
        """Somebody could not connect to this instance."""
        async with self._session.post(f"instances/{instance_id}/suspect", allow_redirects=False):
            pass
