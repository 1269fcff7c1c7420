"""The registry's event stream (Server-Sent Events, WHATWG HTML 9.2), read event by event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from .snapshot import KnownInstance, Snapshot

_LARGEST: Final = 64 * 1024 * 1024


class Changed(BaseModel):
    """An instance that is new, or is not what it was."""

    revision: int
    service: str
    instance: KnownInstance

    def applied(self, known: Snapshot) -> Snapshot:
        return known.changed(self.revision, self.service, self.instance)


class Gone(BaseModel):
    """An instance that left or was forgotten."""

    revision: int
    service: str
    id: str

    def applied(self, known: Snapshot) -> Snapshot:
        return known.gone(self.revision, self.service, self.id)


News = Snapshot | Changed | Gone
_KINDS: Final[dict[str, type[News]]] = {"snapshot": Snapshot, "changed": Changed, "gone": Gone}


@dataclass(frozen=True, slots=True)
class Event:
    """What the stream said, and the name under which it can go on from there."""

    news: News
    id: str


async def events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event | None, None]:
    """Every event of the stream, and None for each sign of life; raises ValueError for nonsense.

    Events of unknown kinds are passed over: a registry may be newer than its gateways.
    """
    rest = b""
    async for chunk in chunks:
        yield None
        rest += chunk
        *blocks, rest = rest.split(b"\n\n")
        if len(rest) > _LARGEST:
            raise ValueError("the registry's event has no end")
        for block in blocks:
            if event := _read(block):
                yield event


def _read(block: bytes) -> Event | None:
    fields: dict[str, str] = {}
    for line in block.decode().splitlines():
        name, _, value = line.partition(":")
        before = fields.get(name)
        value = value.removeprefix(" ")
        fields[name] = value if before is None else f"{before}\n{value}"
    kind = _KINDS.get(fields.get("event", ""))
    if kind is None:
        return None
    return Event(kind.model_validate_json(fields.get("data", "")), fields.get("id", ""))
