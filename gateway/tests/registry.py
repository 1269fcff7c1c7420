"""A registry in the hands of a test: a small server that answers what it was told to."""

from typing import Any

from aiohttp import web

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class FakeRegistry:
    """Knows the instances that a test publishes; can go away, come back and forget."""

    def __init__(self) -> None:
        self.services: dict[str, list[dict[str, Any]]] = {}  # Any: a JSON document
        self.epoch = "first"
        self.port = 0
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
    ) -> None:
        """Add an instance of the service; it owns /v1/<name> unless the prefix says otherwise."""
        routes = [{"prefix": prefix or f"/v1/{name}", "methods": methods, "policy": "public"}]
        known = self.services.setdefault(name, [])
        known.append(
            {
                "id": f"{name}-{len(known)}",
                "url": url,
                "version": "1",
                "state": state,
                "last_check": None,
                "metadata": {"routes": routes, "websocket": False, "zone": None, "weight": 1},
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
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"revision": 1, "epoch": self.epoch, "services": self.services})
