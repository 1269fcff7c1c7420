"""An event on its way: the attributes of CloudEvents 1.0 beside its data, as in binary mode.

`subject` is the ordering key: events of one subject arrive in the order of their publication.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple, Self
from uuid import UUID

from asyncpg.pgproto import pgproto

PARTITIONS: Final = 4  # of every topic, for ever: another number would send keys another way

Fields = Mapping[bytes, bytes]  # an event as it arrives, whatever carried it

_PRIVATE: Final = "-private"  # no service has a name with this end: the template refuses it
_SPEC: Final = {"specversion": "1.0", "datacontenttype": "application/json"}
_OPTIONAL: Final = ("traceparent", "tracestate", "correlationid", "causationid", "sequence")


def private(topic: str) -> str:
    """The topic beside this one whose events are not for everybody."""
    return topic + _PRIVATE


def is_private(topic: str) -> bool:
    return topic.endswith(_PRIVATE)


def partition_of(subject: str) -> int:
    """Where in its topic the events of this subject travel."""
    return zlib.crc32(subject.encode()) % PARTITIONS


class Unprocessable(Exception):
    """Trying again would not help: the event goes to the dead letters at once.

    A handler raises it where it can tell.
    """


class Envelope(NamedTuple):
    """One event as it travels; `data` is JSON."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    data: bytes
    traceparent: str = ""
    tracestate: str = ""
    correlationid: str = ""
    causationid: str = ""
    sequence: int | None = None
    private: bool = False  # by its topic alone: no attribute says so

    @property
    def extensions(self) -> dict[str, str]:
        """The optional attributes that this event has."""
        named = ((name, getattr(self, name)) for name in _OPTIONAL)
        return {name: str(value) for name, value in named if value not in ("", None)}

    def attributes(self) -> dict[str, str]:
        """Everything but the data, as CloudEvents names it."""
        return {
            **_SPEC,
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat(),
            "dataschema": f"contracts/{self.type}.json",
            **self.extensions,
        }

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        """The event with these attributes and `data`; raises Unprocessable if it is none."""
        get = fields.get
        try:
            return cls(
                pgproto.UUID(fields[b"id"].decode()),  # is one, read in a tenth of the time
                fields[b"source"].decode(),
                fields[b"type"].decode(),
                fields[b"subject"].decode(),
                datetime.fromisoformat(fields[b"time"].decode()),
                fields[b"data"],
                get(b"traceparent", b"").decode(),
                get(b"tracestate", b"").decode(),
                get(b"correlationid", b"").decode(),
                get(b"causationid", b"").decode(),
                int(fields[b"sequence"]) if b"sequence" in fields else None,
            )
        except KeyError as error:
            raise Unprocessable(f"the attribute {error.args[0].decode()} is missing") from error
        except ValueError as error:
            raise Unprocessable(f"an attribute cannot be read: {error}") from error
