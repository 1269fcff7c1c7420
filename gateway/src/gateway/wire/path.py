"""The one path that is matched, judged and forwarded; what could mean two paths is refused."""

from __future__ import annotations

import re
from typing import Final

from ..errors import AmbiguousPath

# Empty and dot segments, backslashes, parameters of segments.
_AMBIGUOUS: Final = re.compile(r"//|/\.{1,2}(?=/|$)|[\\;]")
_ENCODED: Final = re.compile(r"%(.{0,2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}")
_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f/\\]")

_ADVICE: Final = "write the path without `..`, `//`, `;`, encoded slashes and stray `%`"


def canonical(sent: str) -> str:
    """The path with as little encoding as possible, its hex digits large; raises AmbiguousPath."""
    path = _ENCODED.sub(_simplest, sent) if "%" in sent else sent
    if _AMBIGUOUS.search(path):
        raise AmbiguousPath(_ADVICE)
    return path


def _simplest(found: re.Match[str]) -> str:
    if not _HEX.fullmatch(found[1]):
        raise AmbiguousPath(_ADVICE)
    character = chr(int(found[1], 16))
    if _HIDDEN.match(character):
        raise AmbiguousPath(_ADVICE)
    return character if _UNRESERVED.match(character) else found[0].upper()
