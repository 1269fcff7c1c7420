"""uvicorn, which tells the application when it listens, and lets it drain before it stops."""

from __future__ import annotations

import asyncio
import os
from socket import AI_PASSIVE, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket
from types import FrameType
from typing import Any

import uvicorn

from .application import Application
from .settings import ServiceSettings
from .wire import OnePacket


class Server(uvicorn.Server):
    """Stop in this order: not ready, out of the registry, in-flight requests, resources."""

    def __init__(self, application: Application) -> None:
        settings = application.settings(ServiceSettings)
        options: dict[str, Any] = {  # Any: each option has its own type
            "host": settings.host,
            "port": settings.port,
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "http": OnePacket,
            "lifespan": "on",
            "timeout_graceful_shutdown": settings.grace_seconds,
            "proxy_headers": bool(settings.trusted_proxies),
            "forwarded_allow_ips": [str(network) for network in settings.trusted_proxies],
        }
        super().__init__(uvicorn.Config(application, **options | application.server_options))
        self._application = application

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            await self._application.listening()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        draining = asyncio.create_task(self._application.drain())
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=0.1)
        draining.cancel()
        await super().shutdown(sockets=sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the second ends at once; neither is raised again at the end."""
        if not self.started:
            os._exit(0)  # nothing was promised to anybody yet, and the kernel closes what is open
        self.force_exit = self.should_exit
        self.should_exit = True


def bind(host: str, port: int) -> socket:
    """A socket of that address that does not listen yet; raises OSError if it is taken."""
    [(family, kind, protocol, _, address), *_] = getaddrinfo(
        host, port, type=SOCK_STREAM, flags=AI_PASSIVE
    )
    bound = socket(family, kind, protocol)
    bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound
