"""The one path that is matched, judged and forwarded; what could mean two paths is refused.

An encoded slash is such a thing, unless the route says that it is data: it is left to whoever
knows the routes, and neither decoded nor taken for the end of a segment.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import AmbiguousPath

# Empty and dot segments, backslashes, parameters of segments.
_AMBIGUOUS: Final = re.compile(r"//|/\.{1,2}(?=/|$)|[\\;]")
_ENCODED: Final = re.compile(r"%(.{0,2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}")
_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\]")
ENCODED_SLASH: Final = "%2F"
_ROUTED: Final = "/api/"  # elsewhere nobody could allow one

_ADVICE: Final = "write the path without `..`, `//`, `;`, encoded slashes and stray `%`"


def ambiguous() -> AmbiguousPath:
    return AmbiguousPath(_ADVICE)


def canonical(sent: str) -> str:
    """The path with as little encoding as possible, its hex digits large; raises AmbiguousPath."""
    path = _ENCODED.sub(_simplest, sent) if "%" in sent else sent
    if _AMBIGUOUS.search(decoded(path)):
        raise ambiguous()
    if ENCODED_SLASH in path and not path.startswith(_ROUTED):
        raise ambiguous()
    return path


def decoded(path: str) -> str:
    """As whoever takes an encoded slash for a slash reads a canonical path."""
    return path.replace(ENCODED_SLASH, "/")


def _simplest(found: re.Match[str]) -> str:
    if not _HEX.fullmatch(found[1]):
        raise ambiguous()
    character = chr(int(found[1], 16))
    if _HIDDEN.match(character):
        raise ambiguous()
    return character if _UNRESERVED.match(character) else found[0].upper()
