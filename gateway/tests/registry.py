"""A registry in the hands of a test: a small server that answers what it was told to."""

import asyncio
import json
from typing import Any

from aiohttp import web

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class FakeRegistry:
    """Knows the instances that a test publishes; can go away, come back and forget."""

    def __init__(self) -> None:
        self.services: dict[str, list[dict[str, Any]]] = {}  # Any: a JSON document
        self.epoch = "first"
        self.age: float | None = None
        self.port = 0
        self.suspected: list[str] = []
        self.resumed: list[str] = []
        self.streaming = False
        self._streams: set[asyncio.Queue[bytes]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(
        self,
        name: str,
        url: str,
        *,
        prefix: str | None = None,
        methods: tuple[str, ...] = METHODS,
        state: str = "healthy",
        policy: str = "public",
        roles: tuple[str, ...] = (),
        limit: str | None = None,
        websocket: bool = False,
        encoded_slashes: bool = False,
        hash_by: str | None = None,
    ) -> None:
        """Add an instance of the service; it owns /v1/<name> unless the prefix says otherwise."""
        route: dict[str, Any] = {"prefix": prefix or f"/v1/{name}", "methods": methods}
        route |= {
            "policy": policy,
            "roles": roles,
            "limit": limit,
            "encoded_slashes": encoded_slashes,
        }
        known = self.services.setdefault(name, [])
        known.append(
            {
                "id": f"{name}-{len(known)}",
                "url": url,
                "version": "1",
                "state": state,
                "last_check": None,
                "metadata": {
                    "routes": [route],
                    "websocket": websocket,
                    "zone": None,
                    "weight": 1,
                    "hash_by": hash_by,
                },
            }
        )

    def restart(self) -> None:
        """Begin anew, with nobody registered."""
        self.epoch += "+"
        self.services = {}

    async def start(self) -> None:
        """Listen, on the same port as before if it was started before."""
        app = web.Application()
        app.router.add_get("/services", self._list)
        app.router.add_get("/watch", self._watch)
        app.router.add_post("/instances/{id}/suspect", self._suspect)
        self._runner = web.AppRunner(
            app, shutdown_timeout=0.1, access_log=None, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def say(self, event: str, id: str, news: object) -> None:
        """Send this to everybody who watches."""
        for stream in self._streams:
            stream.put_nowait(f"event: {event}\nid: {id}\ndata: {json.dumps(news)}\n\n".encode())

    def hang_up(self) -> None:
        """End every stream."""
        for stream in self._streams:
            stream.put_nowait(b"")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        if not self.streaming:
            raise web.HTTPNotFound
        self.resumed.append(request.headers.get("Last-Event-ID", ""))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        news: asyncio.Queue[bytes] = asyncio.Queue()
        self._streams.add(news)
        try:
            await response.write(b": alive\n\n")
            while said := await news.get():
                await response.write(said)
        finally:
            self._streams.discard(news)
        return response

    async def _suspect(self, request: web.Request) -> web.Response:
        self.suspected.append(request.match_info["id"])
        return web.json_response({})

    async def _list(self, request: web.Request) -> web.Response:
        named = {"revision": 1, "epoch": self.epoch, "age": self.age}
        return web.json_response({**named, "services": self.services})
