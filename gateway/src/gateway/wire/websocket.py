"""The handshake of a WebSocket (RFC 6455, section 4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from ..errors import MalformedRequest, UpgradeRequired
from .head import Block, Start

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def wanted(said: Mapping[bytes, list[bytes]], named: frozenset[bytes]) -> bool:
    """Do these headers mean to begin one?  `named` is what Connection names."""
    protocols = [value.lower() for value in said.get(b"upgrade", ())]
    return b"upgrade" in named and protocols == [b"websocket"]


def check(start: Start, block: Block) -> None:
    """Raise if what means to be the handshake of a WebSocket is none."""
    if start.method != "GET" or start.version != "1.1" or block.length != 0:
        raise MalformedRequest("the handshake of a WebSocket is a GET of HTTP/1.1 without a body")
    if block.said.get(b"sec-websocket-version") != [b"13"]:
        raise UpgradeRequired("version 13 is the only version of WebSocket that is spoken here")
    keys = block.said.get(b"sec-websocket-key", [])
    if len(keys) != 1 or not _is_key(keys[0]):
        raise MalformedRequest("Sec-WebSocket-Key is missing, or is no key")


def accept_of(key: bytes) -> bytes:
    """What the other side answers to this key."""
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest)


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False
