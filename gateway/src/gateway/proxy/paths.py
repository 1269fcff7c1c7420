"""The one path that is matched and forwarded; what could mean two paths is refused."""

from __future__ import annotations

import re
from typing import Final

from ..errors import AmbiguousPath

PUBLIC: Final = "/api"

_PUBLIC = PUBLIC.encode()
_DOTS = frozenset({".", ".."})
# Empty segments, encoded slashes, backslashes and control characters, stray %, non-ASCII.
_REFUSED = re.compile(rb"//|\\|%(?:2[fF]|5[cC]|[01]|7[fF])|%(?![0-9A-Fa-f]{2})|[^!-~]")


def is_public(raw_path: bytes) -> bool:
    """Does this path belong to the services, and not to the gateway itself?"""
    return raw_path.startswith(_PUBLIC) and raw_path[len(_PUBLIC) :][:1] in (b"", b"/")


def matched(path: str, raw_path: bytes) -> str:
    """The decoded path below /api, as the service will read it; raises AmbiguousPath."""
    if _REFUSED.search(raw_path) or not _DOTS.isdisjoint(path.split("/")):
        raise AmbiguousPath("write the path without `..`, `//`, encoded slashes and stray `%`")
    return path.removeprefix(PUBLIC)


def target(raw_path: bytes, query: bytes) -> str:
    """What is asked of the service: the path below /api and the query, byte for byte."""
    if not query.isascii():
        raise AmbiguousPath("encode the query: it has characters that are not ASCII")
    path = raw_path[len(_PUBLIC) :].decode("ascii")
    return f"{path}?{query.decode('ascii')}" if query else path
