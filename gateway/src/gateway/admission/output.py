"""Standard output for many lines: gathered for a moment, and never waited for."""

from __future__ import annotations

import asyncio
import os
import select
import stat
import sys
from typing import ClassVar, Final

import structlog

from ..chassis.resource import Resource

_PIPE_PIECE: Final = 4096  # is taken whole, or not at all: lines of several workers never mix
_FILE_PIECE: Final = 64 * 1024
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
        self._piece = _piece()
        self._timer: asyncio.TimerHandle | None = None

    async def __aexit__(self, *error: object) -> None:
        self._flush(_LAST_MILLISECONDS)
        if self._timer is not None:
            self._timer.cancel()

    def write(self, line: bytes) -> None:
        """Standard output gets this line soon."""
        self._lines.append(line)
        self._size += len(line)
        if self._size >= self._piece:
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
            self._waiting = self._written(sys.stdout.fileno(), patience)
        except (OSError, ValueError):  # nobody reads it any more
            self._waiting = b""
        if self._lost and not self._waiting:
            log.warning("access.lines_lost", lines=self._lost)
            self._lost = 0

    def _written(self, file: int, patience: int) -> bytes:
        """What could not be written yet; a call of the system takes whole lines, and none waits."""
        poll, waiting = select.poll(), self._waiting
        poll.register(file, select.POLLOUT)
        begun = 0
        while begun < len(waiting) and poll.poll(patience):
            end = begun + self._piece
            if end < len(waiting):
                end = waiting.rfind(b"\n", begun, end) + 1 or end
            begun += os.write(file, waiting[begun:end])
        return waiting[begun:]


def _piece() -> int:
    """How many bytes one call of the system is given."""
    try:
        regular = stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):  # there is none
        regular = False
    return _FILE_PIECE if regular else _PIPE_PIECE
