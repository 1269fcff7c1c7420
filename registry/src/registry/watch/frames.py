"""Server-Sent Events: what a watcher is sent, in bytes.

event: snapshot   id: <epoch>-<revision>   data: {"epoch", "age", "revision", "services"}
event: changed    id: <epoch>-<revision>   data: {"revision", "service", "instance"}
event: gone       id: <epoch>-<revision>   data: {"revision", "service", "id", "why"}
event: checks                              data: {id: {"outcome", "at"}}
"""

from __future__ import annotations

import asyncio
from typing import Final

from pydantic_core import to_json

from ..instance.models import Change, Checks
from ..instance.view import View

RETRY: Final = b"retry: 1000\n\n"
HEARTBEAT: Final = b": alive\n\n"
_SLICE: Final = 250


async def listing(view: View) -> tuple[int, bytes]:
    """The answer to `GET /services` as JSON, with its revision.

    What is written is one moment; others are served while ten thousand of them are written.
    """
    revision, epoch, age = view.revision, view.epoch, view.age()
    services = view.services()
    checks = {one.id: view.last_check(one.id) for some in services.values() for one in some}
    named = (revision, to_json(epoch), to_json(age))
    head = b'{"revision":%d,"epoch":%s,"age":%s,"services":{' % named
    parts, written = [], 0
    for name, instances in services.items():
        known = to_json([one.known(checks[one.id]) for one in instances])
        parts.append(to_json(name) + b":" + known)
        written += len(instances)
        if written >= _SLICE:
            written = 0
            await asyncio.sleep(0)
    return revision, head + b",".join(parts) + b"}}"


async def snapshot(view: View) -> tuple[int, bytes]:
    """Everything, as of the revision that is answered too."""
    epoch = view.epoch
    revision, body = await listing(view)
    return revision, _frame(b"snapshot", body, _id(epoch, revision))


class ChangeFrames:
    """Frames of changes: each is written once, for all who watch."""

    def __init__(self, view: View, most: int) -> None:
        self._view = view
        self._most = most
        self._frames: dict[tuple[str, int], bytes] = {}

    def of(self, change: Change) -> bytes:
        key = (self._view.epoch, change.revision)
        if (known := self._frames.get(key)) is not None:
            return known
        if len(self._frames) >= self._most:
            del self._frames[next(iter(self._frames))]
        frame = self._frames[key] = self._write(change)
        return frame

    def _write(self, change: Change) -> bytes:
        instance, revision = change.instance, change.revision
        said: dict[str, object] = {"revision": revision, "service": instance.name}
        if change.gone is None:
            said["instance"] = instance.known(self._view.last_check(instance.id))
        else:
            said |= {"id": instance.id, "why": change.gone}
        kind = b"gone" if change.gone else b"changed"
        return _frame(kind, to_json(said), _id(self._view.epoch, revision))


def checks(found: Checks) -> bytes:
    """What checks found, for whoever asked to be told; it has no id, for it is no change."""
    return _frame(b"checks", to_json(found))


def _id(epoch: str, revision: int) -> bytes:
    return f"{epoch}-{revision}".encode()


def _frame(kind: bytes, data: bytes, id: bytes = b"") -> bytes:
    named = b"id: " + id + b"\n" if id else b""
    return b"event: " + kind + b"\n" + named + b"data: " + data + b"\n\n"
