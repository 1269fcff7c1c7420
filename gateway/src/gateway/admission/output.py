"""Standard output for many lines: gathered for a moment, and never waited for."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from typing import ClassVar, Final

import structlog

from ..chassis.resource import Resource

_PIECE: Final = 4096  # a pipe takes so much whole, or nothing: lines of several workers never mix
_MOST_WAITING: Final = 1024 * 1024
_GATHER_SECONDS: Final = 0.05
_LAST_MILLISECONDS: Final = 1000

log = structlog.get_logger()


class Output(Resource):
    """Whoever reads too slowly loses lines, and is told how many: requests do not wait for it."""

    name: ClassVar[str] = "output"

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0
        self._waiting = b""
        self._lost = 0
        self._timer: asyncio.TimerHandle | None = None

    async def __aexit__(self, *error: object) -> None:
        self._flush(_LAST_MILLISECONDS)
        if self._timer is not None:
            self._timer.cancel()

    def write(self, line: bytes) -> None:
        """Standard output gets this line soon."""
        self._lines.append(line)
        self._size += len(line)
        if self._size >= _PIECE:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._later)

    def _later(self) -> None:
        self._timer = None
        self._flush()
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._later)

    def _flush(self, patience: int = 0) -> None:
        if len(self._waiting) > _MOST_WAITING:
            self._lost += len(self._lines)
        else:
            self._waiting += b"".join(self._lines)
        self._lines.clear()
        self._size = 0
        try:
            self._waiting = _written(sys.stdout.fileno(), self._waiting, patience)
        except (OSError, ValueError):  # nobody reads it any more
            self._waiting = b""
        if self._lost and not self._waiting:
            log.warning("access.lines_lost", lines=self._lost)
            self._lost = 0


def _written(file: int, waiting: bytes, patience: int) -> bytes:
    """What could not be written yet; each call of the system takes whole lines, and none waits."""
    poll = select.poll()
    poll.register(file, select.POLLOUT)
    begun = 0
    while begun < len(waiting) and poll.poll(patience):
        end = begun + _PIECE
        if end < len(waiting):
            end = waiting.rfind(b"\n", begun, end) + 1 or end
        begun += os.write(file, waiting[begun:end])
    return waiting[begun:]
