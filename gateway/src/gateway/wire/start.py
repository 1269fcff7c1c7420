"""The first line of a request: method, target, version."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..chassis.errors import MethodNotAllowed
from ..errors import MalformedRequest, UriTooLong
from .path import canonical

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_TARGET: Final = 8 * 1024

_LINE: Final = re.compile(rb"([!#-'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/1\.([01])")
_METHOD: Final = re.compile(rb"([!#-'*+.^_`|~0-9A-Za-z-]+) ")
_ABSOLUTE: Final = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)


class Start(NamedTuple):
    """What the first line says; `authority` only if the target names a host."""

    method: str
    target: bytes
    path: str
    query: bytes
    version: str
    authority: str


def read(line: bytes) -> Start:
    """Raises MalformedRequest, UriTooLong, MethodNotAllowed or AmbiguousPath."""
    sent = _METHOD.match(line)
    if sent and (method := sent[1].decode()) not in METHODS:
        raise MethodNotAllowed(method, METHODS)
    found = _LINE.fullmatch(line)
    if found is None:
        raise MalformedRequest("the first line is no request of HTTP/1.0 or HTTP/1.1")
    target = found[2]
    if len(target) > LONGEST_TARGET:
        raise too_long()
    authority, path, query = _split(target.decode())
    version = f"1.{found[3].decode()}"
    return Start(method, target, canonical(path), query.encode(), version, authority)


def too_long() -> UriTooLong:
    return UriTooLong(f"the target is longer than {LONGEST_TARGET} bytes")


def _split(target: str) -> tuple[str, str, str]:
    if "#" in target:
        raise MalformedRequest("a fragment is not for the server: send the target without it")
    authority = ""
    if absolute := _ABSOLUTE.fullmatch(target):
        authority, target = absolute[1], absolute[2]
        if not authority:
            raise MalformedRequest("the target names no host")
        target = target if target.startswith("/") else "/" + target
    if not target.startswith("/"):
        raise MalformedRequest("the target is no path")
    path, _, query = target.partition("?")
    return authority, path, query
