"""Instances that the registry can check: small servers on real sockets."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

Answer = Callable[[], Awaitable[web.StreamResponse]]


class Harbour:
    """How many checks are under way at once, and how many there were at most."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    def __enter__(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)

    def __exit__(self, *error: object) -> None:
        self.now -= 1


class Ship:
    """One instance: a test says how it answers its checks, and reads what reached it."""

    def __init__(self, harbour: Harbour) -> None:
        self.answer: Answer = fine
        self.calls: list[str] = []
        self.url = ""
        self._harbour = harbour

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(request.path)
        with self._harbour:
            return await self.answer()


class Fleet:
    """Launches ships, and stops them all."""

    def __init__(self) -> None:
        self.harbour = Harbour()
        self._runners: list[web.AppRunner] = []
        self._servers: list[asyncio.Server] = []

    async def launch(self) -> Ship:
        ship = Ship(self.harbour)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", ship.handle)
        runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ship.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return ship

    async def launch_raw(self, answer: bytes) -> str:
        """The URL of a server that sends these bytes to whoever asks, and closes."""

        async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(send, "127.0.0.1", 0)
        self._servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for runner in self._runners:
            await runner.cleanup()


async def fine() -> web.StreamResponse:
    return web.Response()


async def broken() -> web.StreamResponse:
    return web.Response(status=500)


async def hanging() -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets was set")
