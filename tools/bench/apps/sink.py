"""An upstream that takes bodies and WebSocket messages, and looks at next to nothing of them; and
that begins a stream of events which has but one.

The messages of one WebSocket are all of the size that its path names: they are counted.
"""

import asyncio
import base64
import hashlib
import os
import re

import uvloop

PIECE = memoryview(bytearray(2**18))
LENGTH = re.compile(rb"(?i)\r\ncontent-length: ([0-9]+)")
KEY = re.compile(rb"(?i)\r\nsec-websocket-key: ([^\r]+)")
BYTES = re.compile(rb"\?bytes=([0-9]+)")
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

STREAM = b" /v1/stream "
BEGUN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: {}\n\n"


class Sink(asyncio.BufferedProtocol):
    """What is left of the body or the message that comes, and what is answered once it has come."""

    def connection_made(self, transport):
        self.transport = transport
        self.head = b""
        self.left = self.message = 0
        self.answer = ANSWER

    def get_buffer(self, sizehint):
        return PIECE

    def buffer_updated(self, size):
        if self.message:
            self.pass_messages(size)
        elif self.left:
            self.pass_body(size)
        else:
            self.read_head(bytes(PIECE[:size]))

    def read_head(self, data):
        self.head += data
        head, end, rest = self.head.partition(b"\r\n\r\n")
        if not end:
            return
        self.head = b""
        if key := KEY.search(head):
            self.shake_hands(key[1], int(BYTES.search(head)[1]))
            return
        if STREAM in head:
            self.transport.write(BEGUN)
            return
        length = LENGTH.search(head)
        self.left = int(length[1]) if length else 0
        self.pass_body(len(rest))

    def pass_body(self, size):
        self.left -= size
        if not self.left:
            self.transport.write(ANSWER)

    def shake_hands(self, key, size):
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
        )
        self.answer = frame(size)
        self.message = self.left = len(self.answer) + 4  # a client masks what it sends

    def pass_messages(self, size):
        """`left` is of the message that comes."""
        messages, more = divmod(self.message - self.left + size, self.message)
        self.left = self.message - more
        if messages:
            self.transport.write(self.answer * messages)


def frame(size):
    """A message of a server."""
    if size < 126:
        head = b"\x82%c" % size
    elif size < 2**16:
        head = b"\x82\x7e" + size.to_bytes(2)
    else:
        head = b"\x82\x7f" + size.to_bytes(8)
    return head + b"x" * size


async def main():
    loop = asyncio.get_running_loop()
    await loop.create_server(Sink, "127.0.0.1", int(os.environ["PORT"]), backlog=4096)
    await asyncio.Event().wait()


uvloop.run(main())
