"""A client of `GET /watch`, which reads as an EventSource does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from httpx import AsyncClient, Response

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Event:
    """One event; a comment is of the kind `comment`."""

    kind: str
    id: str
    data: Any  # Any: a JSON document


@dataclass
class Watcher:
    """The events so far, and the next ones."""

    response: Response
    seen: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def next(self, kind: str) -> Event:
        """The next event of this kind; what comes before it is seen, too."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                event = await self._event()
                if event.kind != "comment":
                    self.seen.append(event)
                if event.kind == kind:
                    return event

    async def _event(self) -> Event:
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line and set(fields) - {"retry"}:
                kind = "comment" if "" in fields else fields["event"]
                return Event(kind, fields.get("id", ""), json.loads(fields.get("data", "null")))
            name, _, value = line.partition(":")
            fields |= {name: value.strip()} if line else {}
        raise EOFError("the registry ended the stream")


@asynccontextmanager
async def watching(
    client: AsyncClient, *, last_event_id: str = "", checks: bool = False
) -> AsyncIterator[Watcher]:
    """A watcher of this registry, which may have watched before."""
    headers = {"last-event-id": last_event_id} if last_event_id else {}
    query = {"checks": "true"} if checks else {}
    async with client.stream("GET", "/watch", headers=headers, params=query) as response:
        assert response.status_code == 200
        yield Watcher(response)
