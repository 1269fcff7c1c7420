"""The answer of a service on its way to the client, framed anew where its end was not counted."""

from __future__ import annotations

from ..balance.endpoint import Endpoint
from ..wire import answers
from ..wire.contract import Forward, Head, Names
from ..wire.framing import chunk
from ..wire.response import AnswerHead


class Download:
    """What is to be written to the client; `close` if the connection ends with it."""

    __slots__ = ("_chunked", "_forward", "_head", "close", "received")

    def __init__(self, head: Head, forward: Forward) -> None:
        self.close = False
        self.received = 0
        self._head = head
        self._forward = forward
        self._chunked = False

    @property
    def framed(self) -> bool:
        """Would the client notice an end that comes too early?"""
        return self._chunked or self._head.version == "1.1"

    def begin(
        self, answer: AnswerHead, part: bytes, complete: bool, names: Names, endpoint: Endpoint
    ) -> bytes:
        self.received = len(part)
        end = answers.ending(names, self._forward.answer)
        if answer.length is not None and answer.location is None and not self.close:
            return b"%b%b\r\n%b" % (answer.opening, end, part)  # as most answers are
        lines = b""
        if answer.length is None and not answer.bodiless and self._head.method != "HEAD":
            # In chunks, or up to the end of the connection for who does not know chunks.
            self._chunked = self._head.version == "1.1"
            self.close = self.close or not self._chunked
            lines = answers.CHUNKED if self._chunked else b""
        if answer.location is not None:
            public = self._head.path.removesuffix(self._forward.plan.path)
            lines += answers.location(answer.location, endpoint.url, public.encode())
        if self.close:
            lines += answers.CLOSE
        if self._chunked:
            part = chunk(part, complete)
        return b"%b%b%b\r\n%b" % (answer.opening, lines, end, part)

    def more(self, part: bytes, complete: bool) -> bytes:
        self.received += len(part)
        return chunk(part, complete) if self._chunked else part
