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
# What follows the `?` of a line that is otherwise known; all else is read as a whole.
_QUERY: Final = re.compile(rb"([!\"$-~]*) HTTP/1\.1")
_VERSION: Final = b" HTTP/1.1"
_ABSOLUTE: Final = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)

_KNOWN: dict[bytes, Start] = {}
_MOST_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 512


def read(line: bytes) -> Start:
    """Raises MalformedRequest, UriTooLong, MethodNotAllowed or AmbiguousPath."""
    return _KNOWN.get(line) or _known_but_for_its_query(line) or _remembered(line)


def _known_but_for_its_query(line: bytes) -> Start | None:
    before, _, rest = line.partition(b"?")
    known = _KNOWN.get(before + _VERSION)
    if known is None or len(line) > LONGEST_TARGET:
        return None
    query = _QUERY.fullmatch(rest)
    if query is None:
        return None
    return Start(known.method, known.path, b"?" + query[1], known.version, known.authority)


def _remembered(line: bytes) -> Start:
    """Read as a whole, and remembered without its query, which is seldom the same again."""
    started = _read(line)
    bare = line.partition(b"?")[0] + _VERSION if started.query else line
    if started.version == "1.1" and len(bare) <= _LONGEST_REMEMBERED:
        if len(_KNOWN) >= _MOST_REMEMBERED:
            _KNOWN.clear()
        _KNOWN[bare] = started._replace(query=b"")
    return started


def _read(line: bytes) -> Start:
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
    return Start(method, canonical(path), query.encode(), f"1.{found[3].decode()}", authority)


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
