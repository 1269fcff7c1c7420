"""The first line of a request: method, target, version."""

from __future__ import annotations

import re
from typing import Final

from ..chassis.errors import MethodNotAllowed
from ..errors import MalformedRequest, UriTooLong
from .head import Start
from .path import canonical

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_TARGET: Final = 8 * 1024

_LINE: Final = re.compile(rb"([!#-'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/1\.([01])")
_METHOD: Final = re.compile(rb"([!#-'*+.^_`|~0-9A-Za-z-]+) ")
# What follows the `?` of a line that is known up to there; all else is read as a whole.
_QUERY: Final = re.compile(rb"([!\"$-~]*) HTTP/1\.1")
_ABSOLUTE: Final = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)

_KNOWN: dict[bytes, Start] = {}
_MOST_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 512


def read(line: bytes) -> tuple[Start, bytes]:
    """The first line, and its query with the `?`, which is seldom the same again.

    Raises MalformedRequest, UriTooLong, MethodNotAllowed or AmbiguousPath.
    """
    before, mark, rest = line.partition(b"?")
    known = _KNOWN.get(before + mark)
    if known is None or len(line) > LONGEST_TARGET:
        return _remembered(line)
    if not mark:
        return known, b""
    query = _QUERY.fullmatch(rest)
    return (known, mark + query[1]) if query else _read(line)


def _remembered(line: bytes) -> tuple[Start, bytes]:
    started, query = _read(line)
    bare = line[: line.find(b"?") + 1] or line
    if started.version == "1.1" and len(bare) <= _LONGEST_REMEMBERED:
        if len(_KNOWN) >= _MOST_REMEMBERED:
            _KNOWN.clear()
        _KNOWN[bare] = started
    return started, query


def _read(line: bytes) -> tuple[Start, bytes]:
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
    usual = version == "1.1" and not authority
    started = Start(method, canonical(path), version, authority, usual)
    return started, query.encode()


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
    path, mark, query = target.partition("?")
    return authority, path, mark + query
