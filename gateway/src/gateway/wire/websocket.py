"""The handshake of a WebSocket (RFC 6455, section 4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from ..errors import MalformedRequest, UpgradeRequired
from .start import Start

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def asked(started: Start, said: Mapping[bytes, list[bytes]], length: int | None) -> bool:
    """Is this the handshake of a WebSocket?  Raises if it means to be one and is none."""
    protocols = [value.lower() for value in said.get(b"upgrade", ())]
    if protocols != [b"websocket"]:
        return False
    if started.method != "GET" or started.version != "1.1" or length != 0:
        raise MalformedRequest("the handshake of a WebSocket is a GET of HTTP/1.1 without a body")
    if said.get(b"sec-websocket-version") != [b"13"]:
        raise UpgradeRequired("version 13 is the only version of WebSocket that is spoken here")
    keys = said.get(b"sec-websocket-key", [])
    if len(keys) != 1 or not _is_key(keys[0]):
        raise MalformedRequest("Sec-WebSocket-Key is missing, or is no key")
    return True


def accept_of(key: bytes) -> bytes:
    """What the other side answers to this key."""
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest)


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False
