"""How long single answers take while requests come at an even pace."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from tools.bench.bench import CannotMeasure
from tools.bench.heads import Heads
from tools.bench.server import Server

_CONNECTIONS: Final = 16
_PATIENCE_SECONDS: Final = 5.0
_LENGTH: Final = re.compile(rb"(?i)content-length: ([0-9]+)")


def paced(server: Server, ask: Heads, *, a_second: int, count: int) -> list[float]:
    """The seconds of each answer; a request that is due goes out once the last was answered."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in ask.headers.items())
    request = f"{ask.method} {ask.path} HTTP/1.1\r\n{lines}\r\n".encode()
    with _connections(server) as connections:
        for connection in connections:
            _answered(connection, request)
        begun, taken = time.perf_counter(), []
        for number in range(count):
            time.sleep(max(begun + number / a_second - time.perf_counter(), 0))
            taken.append(_answered(connections[number % _CONNECTIONS], request))
    return taken


@contextmanager
def _connections(server: Server) -> Iterator[list[socket.socket]]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        opened = []
        for _ in range(_CONNECTIONS):
            connection = socket.create_connection((host, int(port)), _PATIENCE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.append(stack.enter_context(connection))
        yield opened


def _answered(connection: socket.socket, request: bytes) -> float:
    """The seconds until the last byte of the answer is there."""
    begun = time.perf_counter()
    connection.sendall(request)
    said, head = b"", -1
    while head < 0 or len(said) < head + 4 + _length(said):
        piece = connection.recv(65536)
        if not piece:
            raise CannotMeasure(f"a connection was closed after {said[:200]!r}")
        said += piece
        head = said.find(b"\r\n\r\n")
    if not said.startswith(b"HTTP/1.1 200"):
        raise CannotMeasure(f"a request at an even pace was answered {said[:200]!r}")
    return time.perf_counter() - begun


def _length(said: bytes) -> int:
    found = _LENGTH.search(said)
    return int(found[1]) if found else 0
