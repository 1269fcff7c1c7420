"""What the kernel knows of a connection before the event loop does."""

from __future__ import annotations

import asyncio
import select
import socket


def has_news(transport: asyncio.Transport) -> bool:
    """Is there anything to read, be it the end?"""
    connection: socket.socket = transport.get_extra_info("socket")
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return bool(poll.poll(0))
