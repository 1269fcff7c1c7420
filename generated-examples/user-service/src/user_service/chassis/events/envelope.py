"""An event on its way: the attributes of CloudEvents 1.0 beside its data, as in binary mode.

`subject` is the ordering key: events of one subject arrive in the order of their publication.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

PARTITIONS: Final = 4  # of every topic, for ever: another number would send keys another way

_SPEC: Final = {"specversion": "1.0", "datacontenttype": "application/json"}
_OPTIONAL: Final = ("traceparent", "tracestate", "correlationid", "causationid", "sequence")


def partition_of(subject: str) -> int:
    """Where in its topic the events of this subject travel."""
    return zlib.crc32(subject.encode()) % PARTITIONS


class Undecodable(ValueError):
    """What arrived is no event; trying again would not mend it."""


@dataclass(frozen=True, slots=True)
class Envelope:
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
    def parse(cls, attributes: Mapping[str, str], data: bytes) -> Self:
        """The event with these attributes; raises Undecodable if it is none."""
        try:
            sequence = attributes.get("sequence")
            return cls(
                UUID(attributes["id"]),
                attributes["source"],
                attributes["type"],
                attributes["subject"],
                datetime.fromisoformat(attributes["time"]),
                data,
                attributes.get("traceparent", ""),
                attributes.get("tracestate", ""),
                attributes.get("correlationid", ""),
                attributes.get("causationid", ""),
                int(sequence) if sequence else None,
            )
        except KeyError as error:
            raise Undecodable(f"the attribute {error} is missing") from error
        except ValueError as error:
            raise Undecodable(str(error)) from error
