"""Conversations as fast as they go, for what wrk cannot say or is too slow to hear.

Nothing is read that need not be: the begin of an answer tells its length, the rest is counted.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from tools.bench.bench import CannotMeasure
from tools.bench.server import Server, on_core
from tools.bench.wrk import Load

PATIENCE_SECONDS: Final = 5.0
_HEAD: Final = re.compile(rb"HTTP/1\.1 200 .*?\r\n\r\n", re.DOTALL)
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: ([0-9]+)\r\n")
_HEAR: Final = select.EPOLLIN
_HEAR_AND_SAY: Final = select.EPOLLIN | select.EPOLLOUT


@dataclass(frozen=True)
class Talk:
    """The same message again and again, `ahead` of them at a time before they are answered.

    `length` of an answer is known by how it begins; it raises CannotMeasure if it is not the one
    that is meant.  A `greeting` is said once, and answered by a head.
    """

    said: bytes
    length: Callable[[bytes], int]
    ahead: int = 1
    greeting: bytes = b""


def converse(server: Server, talk: Talk, *, seconds: float, connections: int, core: int) -> Load:
    """Keep so many connections busy, from this core, and until one is answered in any case."""
    with on_core(core), _speakers(server, talk, connections) as (poll, speakers):
        answered, used, begun = 0, server.cpu_seconds, time.perf_counter()
        for speaker in speakers.values():
            speaker.say(talk.ahead)
        passed = 0.0
        while passed < seconds or not answered:
            for number, event in poll.poll(PATIENCE_SECONDS):
                speaker = speakers[number]
                if event & select.EPOLLOUT:
                    speaker.go_on()
                if event & ~select.EPOLLOUT:
                    answered += speaker.hear()
            passed = time.perf_counter() - begun
            if not answered and passed > PATIENCE_SECONDS:
                raise CannotMeasure(f"{server.url} has answered nothing for {passed:.0f} s")
        used = server.cpu_seconds - used
    return Load(answered / passed, used / answered * 1e6)


@contextmanager
def _speakers(
    server: Server, talk: Talk, count: int
) -> Iterator[tuple[select.epoll, dict[int, Speaker]]]:
    messages, speakers = memoryview(talk.said * talk.ahead), {}
    with select.epoll() as poll, ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connected(server))
            if talk.greeting:
                _greet(connection, talk.greeting)
            connection.setblocking(False)
            poll.register(connection, _HEAR)
            speakers[connection.fileno()] = Speaker(connection, talk, messages, poll)
        yield poll, speakers


def length_of_answer(begin: bytes) -> int:
    """Of a good answer of HTTP, by its head; raises CannotMeasure for any other."""
    head = _HEAD.match(begin)
    length = _LENGTH.search(head[0]) if head else None
    if head is None or length is None:
        raise CannotMeasure(f"an answer began with {begin[:200]!r}")
    return head.end() + int(length[1])


def connected(server: Server) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), PATIENCE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _greet(connection: socket.socket, greeting: bytes) -> None:
    connection.sendall(greeting)
    said = b""
    while b"\r\n\r\n" not in said:
        piece = connection.recv(65536)
        if not piece:
            raise CannotMeasure(f"a connection was closed after {said[:200]!r}")
        said += piece
    if not said.startswith(b"HTTP/1.1 101"):
        raise CannotMeasure(f"a handshake was answered {said[:200]!r}")


class Speaker:
    """One connection; `messages` are as many as may be on the way."""

    _heard: Final = memoryview(bytearray(2**18))  # of everybody: nobody keeps it

    def __init__(
        self, connection: socket.socket, talk: Talk, messages: memoryview, poll: select.epoll
    ) -> None:
        self._connection = connection
        self._talk = talk
        self._messages = messages
        self._size = len(talk.said)
        self._poll = poll
        self._unsent = messages[:0]
        self._waiting = False  # until more can be sent
        self._length = self._known = 0  # of the answer that comes, and how much of it has come

    def say(self, messages: int) -> None:
        more = self._messages[: messages * self._size]
        self._unsent = memoryview(b"".join((self._unsent, more))) if self._unsent else more
        if not self._waiting:
            self.go_on()

    def go_on(self) -> None:
        """Send as much as is taken."""
        with suppress(BlockingIOError):  # the poll tells when it is time
            self._unsent = self._unsent[self._connection.send(self._unsent) :]
        if self._waiting is not bool(self._unsent):
            self._waiting = bool(self._unsent)
            self._poll.modify(self._connection, _HEAR_AND_SAY if self._waiting else _HEAR)

    def hear(self) -> int:
        """How many answers are complete with this; as many messages follow them."""
        size = self._connection.recv_into(self._heard)
        if not size:
            raise CannotMeasure("a connection was closed in the middle of a conversation")
        if not self._known:
            self._length = self._talk.length(bytes(self._heard[: min(size, 4096)]))
        answers, self._known = divmod(self._known + size, self._length)
        if answers:
            self.say(answers)
        return answers
