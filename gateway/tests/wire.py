"""A client that sends exactly the bytes that a test wrote."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from httpx import AsyncClient

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(client: AsyncClient) -> AsyncIterator[Connection]:
    """A connection to the service of this client."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def exchange(client: AsyncClient, request: bytes) -> bytes:
    """All that is answered to these bytes until the other side closes."""
    async with connected(client) as (reader, writer), asyncio.timeout(10):
        writer.write(request)
        return await reader.read()


async def get(client: AsyncClient, target: bytes, *headers: bytes) -> bytes:
    """All that is answered to a GET of this target with these header lines."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: shop.example", b"Connection: close"]
    return await exchange(client, b"\r\n".join([*lines, *headers, b"", b""]))
