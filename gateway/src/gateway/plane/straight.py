"""Bytes of a connection that go straight to whom they are for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast


class Straight:
    """Takes the place of a protocol that would look at what comes; all else is told as before."""

    def __init__(self, before: asyncio.Protocol, passed: Callable[[bytes], object]) -> None:
        self.data_received = passed
        self.eof_received = before.eof_received
        self.connection_lost = before.connection_lost
        self.pause_writing = before.pause_writing
        self.resume_writing = before.resume_writing


def straighten(transport: asyncio.Transport, passed: Callable[[bytes], object]) -> None:
    """From now on, what comes here is passed without a detour."""
    before = cast(asyncio.Protocol, transport.get_protocol())
    transport.set_protocol(cast(asyncio.Protocol, Straight(before, passed)))
