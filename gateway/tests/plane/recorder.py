"""A service that writes down every byte that reaches it, and answers what a test wrote."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n")


class Recorder:
    """`answers` are given in turn, the last one for ever; an empty one closes without an answer."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: list[bytes] = [OK]
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = False  # after the answer
        self.silent = False  # never an answer
        self.unread = False  # never a body
        self.pouring = 0  # the length of an endless answer
        self.before_answer: asyncio.Event | None = None
        self.silent_after_answer = False
        self._writers: set[asyncio.StreamWriter] = set()

    def begin(self, *answers: bytes) -> None:
        """A new test: nothing was recorded yet."""
        self.answers = list(answers) or [OK]
        self.requests.clear()
        self.closing = self.silent = self.unread = self.silent_after_answer = False
        self.before_answer = None
        self.pouring = 0

    def answer_all(self) -> None:
        """Wait with no answer any more."""
        assert self.before_answer is not None
        self.before_answer.set()

    @property
    def connected(self) -> int:
        """How many connections there are."""
        return len(self._writers)

    def say(self, data: bytes) -> None:
        """Send this, asked or not, on every connection."""
        for writer in self._writers:
            writer.write(data)

    def hang_up(self) -> None:
        """Close all connections."""
        for writer in tuple(self._writers):
            writer.close()

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.hang_up()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the gateway closed
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head)
        if not self.unread:
            await self._read_body(head, reader)
        if self.silent:
            await asyncio.Event().wait()
        if self.before_answer is not None:
            await self.before_answer.wait()
        if self.pouring:
            await self._pour(writer)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        writer.write(answer)
        await writer.drain()
        if self.silent_after_answer:
            await reader.read()
        lasting = b"content-length" in answer.lower() or b"chunked" in answer.lower()
        bodiless = answer[:12] in (b"HTTP/1.1 304", b"HTTP/1.1 204")
        return (bodiless or lasting) and not self.closing

    async def _pour(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.pouring)
        for _ in range(0, self.pouring, 65536):
            writer.write(b"x" * 65536)
            await writer.drain()

    async def _read_body(self, head: bytes, reader: asyncio.StreamReader) -> None:
        if found := _LENGTH.search(head):
            self.requests[-1] += await reader.readexactly(int(found[1]))
        elif b"transfer-encoding: chunked" in head:
            while not self.requests[-1].endswith(b"0\r\n\r\n"):
                self.requests[-1] += await reader.readuntil(b"\r\n")
