"""The turn of a request that is for the gateway itself: uvicorn sees to everything else."""

from __future__ import annotations

from typing import Protocol

from ..wire.contract import Head
from ..wire.framing import Body, Chunked, Counted
from ..wire.lines import Unsound
from .turn import Turn


class Host(Protocol):
    """Who has uvicorn's parser."""

    def visited(self, data: bytes) -> None:
        """These bytes of the request are for the application."""

    def left(self) -> None:
        """The request has come to its end, and so has its answer."""


class Visit(Turn):
    """Its end is the end of its answer or of its body, whichever is later."""

    def __init__(self, host: Host, head: Head) -> None:
        self._host = host
        self._body: Body = Chunked() if head.length is None else Counted(head.length)
        self._answered = False

    def take(self, data: bytes) -> int:
        if self._body.complete:
            return 0
        try:
            _, taken = self._body.take(data)
        except Unsound:
            taken = len(data)  # uvicorn's parser says so
        self._host.visited(data[:taken])
        self._leave()
        return taken

    def answered(self) -> None:
        self._answered = True
        self._leave()

    def _leave(self) -> None:
        if self._answered and self._body.complete:
            self._host.left()
