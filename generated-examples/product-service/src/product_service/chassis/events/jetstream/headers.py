"""An event as a NATS message: its attributes are headers, as CloudEvents' NATS binding says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

from ..envelope import Envelope, Fields

_PREFIX: Final = "ce-"
_PLAIN: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


def headers_of(attributes: Mapping[str, str]) -> dict[str, str]:
    return {f"{_PREFIX}{name}": quote(value, safe=_PLAIN) for name, value in attributes.items()}


def headers_of_event(envelope: Envelope) -> dict[str, str]:
    """NATS drops an event whose id it has had within the last two minutes."""
    return headers_of(envelope.attributes()) | {"Nats-Msg-Id": str(envelope.id)}


def attributes_of(fields: Fields) -> dict[str, str]:
    """What headers_of() takes, of an event that arrived."""
    return {name.decode(): value.decode() for name, value in fields.items() if name != b"data"}


def fields_of(headers: Mapping[str, str] | None, data: bytes) -> dict[bytes, bytes]:
    """What arrived, as every transport hands it on."""
    attributes = {
        name.removeprefix(_PREFIX).encode(): unquote(value).encode()
        for name, value in (headers or {}).items()
        if name.startswith(_PREFIX)
    }
    return attributes | {b"data": data}
