"""The answer of a service on its way to the client, framed anew where its end was not counted."""

from __future__ import annotations

from typing import Final, NamedTuple

from ..wire import answers
from ..wire.contract import Head, Plan
from ..wire.response import AnswerHead


class Framing(NamedTuple):
    """How the client learns where the answer ends; `lines` say so in its head."""

    lines: bytes = b""
    chunked: bool = False
    close: bool = False


AS_IT_CAME: Final = Framing()  # as most answers are


def framing(answer: AnswerHead, origin: str, head: Head, plan: Plan, *, close: bool) -> Framing:
    """What is told to this client beside what the service said; `origin` is the instance's."""
    lines, chunked = b"", False
    if answer.length is None and not answer.bodiless and head.method != "HEAD":
        # In chunks, or up to the end of the connection for who does not know chunks.
        chunked = head.version == "1.1"
        close = close or not chunked
        lines = answers.CHUNKED if chunked else b""
    if answer.location is not None:
        public = head.path.removesuffix(plan.path)
        lines += answers.location(answer.location, origin, public.encode())
    return Framing(lines + answers.CLOSE if close else lines, chunked, close)
