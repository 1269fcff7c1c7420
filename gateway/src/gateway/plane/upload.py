"""The body of a request on its way to a service: counted, within its limit, framed as it was."""

from __future__ import annotations

from typing import Final

from ..chassis.errors import BodyTooLarge
from ..errors import MalformedRequest
from ..wire.contract import Head
from ..wire.framing import Body, Chunked, Counted, chunk, judge_trailer
from ..wire.lines import Unsound


class NoUpload:
    """Of a request without a body: there is nothing to count, nor to keep of it."""

    __slots__ = ()
    sent: Final = 0
    complete: Final = True

    def admit(self) -> None:
        """It is not too large."""

    def take(self, data: bytes) -> tuple[bytes, int]:
        return b"", 0


_NO_UPLOAD: Final = NoUpload()


class Upload:
    """What was said of its length is not believed, but held against it."""

    __slots__ = ("_body", "_head", "_limit", "sent")

    def __init__(self, head: Head, limit: int) -> None:
        self.sent = 0
        self._head = head
        self._limit = limit
        self._body = _body_of(head)

    @property
    def complete(self) -> bool:
        return self._body.complete

    def admit(self) -> None:
        """Raise BodyTooLarge if the client says that it is."""
        if self._head.length is not None and self._head.length > self._limit:
            raise BodyTooLarge(self._limit)

    def take(self, data: bytes) -> tuple[bytes, int]:
        """What is to be passed on, and how much of the data that was.

        Raises MalformedRequest or BodyTooLarge.
        """
        try:
            part, taken = self._body.take(data)
        except Unsound as error:
            raise MalformedRequest(f"this is no body of HTTP: {error}") from None
        self.sent += len(part)
        if self.sent > self._limit:
            raise BodyTooLarge(self._limit)
        chunked = self._head.length is None
        return (chunk(part, self._body.complete) if chunked else part), taken


def upload_of(head: Head, limit: int) -> Upload | NoUpload:
    return _NO_UPLOAD if head.block.length == 0 else Upload(head, limit)


def _body_of(head: Head) -> Body:
    return Chunked(judge_trailer) if head.length is None else Counted(head.length)
