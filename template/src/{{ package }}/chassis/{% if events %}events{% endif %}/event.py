"""What happened, as a value: one frozen model for each type and version of an event.

    class OrderPaid(Event, type="shop.order.paid.v1", subject="order_id"):
        order_id: UUID
        amount: Money

`subject` names the field whose value keeps events in order.  An event that another service
publishes says whose it is with `source="order-service"`, and has the fields that we read: others
are ignored.

A `private=True` one travels in a topic of its own, `order-service-private`, so that an access list
of the transport can keep it from everybody but whom it is meant for.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from .envelope import Envelope
from .envelope import private as private_topic

_TYPE: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9_-]*)+\.v[1-9][0-9]*")


class Event(BaseModel):
    """The base of every event; a class without `type` is a base for others."""

    model_config = ConfigDict(frozen=True)

    TYPE: ClassVar[str] = ""
    SUBJECT: ClassVar[str] = ""
    SOURCE: ClassVar[str | None] = None  # None: we publish it ourselves
    PRIVATE: ClassVar[bool] = False

    __slots__ = ("_envelope",)  # a private attribute of pydantic's would take twice the time

    # pydantic wants both: the first says which keywords there are, the second knows the fields.
    def __init_subclass__(
        cls,
        *,
        type: str = "",
        subject: str | None = None,
        source: str | None = None,
        private: bool = False,
        **kwargs: Any,  # Any: pydantic's own configuration
    ) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        type: str = "",
        subject: str | None = None,
        source: str | None = None,
        private: bool = False,
        **kwargs: Any,  # Any: as above
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.TYPE = type
        cls.SUBJECT = subject or cls.SUBJECT
        cls.SOURCE = source or cls.SOURCE
        cls.PRIVATE = private or cls.PRIVATE
        if type:
            _require_sound(cls)
            _register(cls)

    @classmethod
    def topic(cls, service: str) -> str:
        """Where it travels, as this service sees it."""
        topic = cls.SOURCE or service
        return private_topic(topic) if cls.PRIVATE else topic

    @property
    def subject(self) -> str:
        """The value that keeps events of the same subject in order."""
        return str(getattr(self, self.SUBJECT))

    @property
    def envelope(self) -> Envelope:
        """How it came to us: id, time, sequence, …; only an event that arrived has one."""
        try:
            envelope: Envelope = _envelope.__get__(self)
        except AttributeError:
            raise LookupError(
                f"this {type(self).__name__} did not arrive, it was made here"
            ) from None
        return envelope

    @classmethod
    def opened(cls, envelope: Envelope) -> Event:
        """The event in this envelope; raises ValidationError if its data is not of this type."""
        event: Event = cls.__pydantic_validator__.validate_json(envelope.data)
        _envelope.__set__(event, envelope)
        return event


_envelope: Final = Event.__dict__["_envelope"]


KnownEvents = dict[str, type[Event]]

_known: KnownEvents = {}


def known_events() -> KnownEvents:
    """Every type that this service publishes or reads, by its name."""
    return dict(_known)


def _register(kind: type[Event]) -> None:
    other = _known.get(kind.TYPE)
    if other and (other.__module__, other.__qualname__) != (kind.__module__, kind.__qualname__):
        raise TypeError(f"{kind.TYPE} is {other.__qualname__} already, in {other.__module__}")
    _known[kind.TYPE] = kind


def _require_sound(kind: type[Event]) -> None:
    if not _TYPE.fullmatch(kind.TYPE):
        raise TypeError(f"{kind.TYPE!r} is no type of an event; write it like shop.order.paid.v1")
    if kind.SUBJECT not in kind.model_fields:
        raise TypeError(
            f"{kind.__qualname__}: say with subject= which of its fields keeps events in order"
        )
