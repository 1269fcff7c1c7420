"""Services behind the gateway: small servers that write down what reached them."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """One request as it came in; the names of the headers in lower case."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one value of this header, or None; ValueError if there are several."""
        values = [value for key, value in self.headers if key == name]
        if not values:
            return None
        [value] = values
        return value


class Upstream:
    """One instance; a test may replace `answer`, which reads the request as it likes."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answer: Handler = self.note
        self.url = ""

    async def note(self, request: web.Request) -> web.StreamResponse:
        """Write the request down and answer 200."""
        headers = [(name.decode().lower(), value.decode()) for name, value in request.raw_headers]
        body = await request.read()
        self.seen.append(Seen(request.method, request.raw_path, headers, body))
        return web.Response(text="noted")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        return await self.answer(request)


class Upstreams:
    """Starts instances, and stops them all."""

    def __init__(self) -> None:
        self._runners: list[web.AppRunner] = []
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self, answer: Handler | None = None) -> Upstream:
        """An HTTP server."""
        upstream = Upstream()
        upstream.answer = answer or upstream.note
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", upstream.handle)
        runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        upstream.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return upstream

    async def start_raw(self, script: Script) -> str:
        """A TCP server that follows the script with each connection, then closes it; its URL."""

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._talks.add(task)
            try:
                await script(reader, writer)
            except asyncio.IncompleteReadError:
                pass  # the gateway closed
            finally:
                self._talks.discard(task)
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        self._servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        for server in self._servers:
            server.close()
        for runner in self._runners:
            await runner.cleanup()


def nobody() -> str:
    """The URL of a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


async def head(reader: asyncio.StreamReader) -> bytes:
    """The head of the next request."""
    return await reader.readuntil(b"\r\n\r\n")


def answering(data: bytes) -> Script:
    """Read the head of a request, answer these bytes, close."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(data)
        await writer.drain()

    return script


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the head of a request, and never answer."""
    await head(reader)
    await asyncio.Event().wait()
