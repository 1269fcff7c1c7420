"""Ten addresses that are always healthy: all that the instances of the bench are."""

import asyncio
import os

import uvloop

ADDRESSES = [f"127.0.0.{number}" for number in range(1, 11)]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + (
    b'{"status":"ok"}'
)


class Healthy(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))  # type: ignore[attr-defined]


async def main() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(Healthy, ADDRESSES, int(os.environ["PORT"]), backlog=4096)
    await asyncio.Event().wait()


uvloop.run(main())
