"""The frames that go over the socket, and the codes that errors and closings have."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_core import to_json

from .streams import Event, Position

_LONGEST_DETAIL: Final = 200


class Code(IntEnum):
    """Why a frame was not accepted, or a connection was closed."""

    GOING_AWAY = 1001
    FAILED = 1011
    RESTART = 1012
    TRY_AGAIN = 1013
    MALFORMED = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    AUTH_TIMEOUT = 4408
    REVOKED = 4409
    FRAME_TOO_LARGE = 4413
    TOO_MUCH = 4429


class Authenticate(BaseModel):
    op: Literal["auth"]
    token: SecretStr


class Subscribe(BaseModel):
    op: Literal["sub"]
    topic: str = Field(max_length=200)
    after: str | None = Field(default=None, pattern=r"^[0-9]{1,15}-[0-9]{1,15}$")


class Unsubscribe(BaseModel):
    op: Literal["unsub"]
    topic: str = Field(max_length=200)


Frame = Authenticate | Subscribe | Unsubscribe

_FRAME: Final[TypeAdapter[Frame]] = TypeAdapter(Annotated[Frame, Field(discriminator="op")])


class Malformed(Exception):
    """What came is no frame; the message says why."""


def parse(text: str) -> Frame:
    """The frame that a client sent; raises Malformed."""
    try:
        return _FRAME.validate_json(text)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = "".join(f"/{step}" for step in wrong["loc"])
    raise Malformed(f"{where or 'the frame'}: {wrong['msg']}"[:_LONGEST_DETAIL])


def authenticated() -> str:
    return _frame(op="authenticated")


def subscribed(topic: str, position: Position) -> str:
    return _frame(op="subscribed", topic=topic, id=str(position))


def unsubscribed(topic: str) -> str:
    return _frame(op="unsubscribed", topic=topic)


def reset(topic: str, position: Position) -> str:
    return _frame(op="reset", topic=topic, id=str(position))


def refused(code: Code, detail: str, topic: str | None = None) -> str:
    named = {} if topic is None else {"topic": topic}
    return _frame(op="error", **named, code=int(code), detail=detail)


def event(topic: str, event: Event) -> str:
    """The frame of an event, whose type and data are sent on as they came, and never parsed."""
    head = _frame(op="event", topic=topic, seq=event.position.seq, id=str(event.position))
    return f"{head[:-1]},{event.body[1:]}"


def _frame(**fields: object) -> str:
    return to_json(fields).decode()
