"""Entity tags made from versions (RFC 9110, section 13): read once, and never overwrite unseen.

A GET answers with `ETag: "v3"`, and with 304 while the caller's `If-None-Match` names it.  A change
needs `If-Match` with the tag that the caller has read, so that of two who change the same version
the second is told.  Declare such routes with `versioned=True`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from nexios.http import Request
from pydantic import BaseModel

from .errors import IfMatchRequired, VersionMismatch
from .http import Reply, answer

_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def etag(version: int | str) -> str:
    """The strong entity tag of this version; a word where a number does not tell all that shows."""
    return f'"v{version}"'


def tagged(request: Request, value: BaseModel, tag: str) -> Reply:
    """`value` with its entity tag, or 304 if the caller of this GET has it already."""
    headers = {"etag": tag}
    if has(request, tag):
        return Reply(status=304, headers=headers)
    return answer(value, headers=headers)


def has(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` says that the caller has the representation of this tag."""
    sent = _field(request, "if-none-match")
    if request.method not in ("GET", "HEAD") or sent is None:
        return False
    return sent.strip() == "*" or tag in (found[2] for found in _TAG.finditer(sent))


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The versions that a caller is ready to change; None stands for any."""

    tags: frozenset[str] | None

    @classmethod
    def of(cls, request: Request) -> Self:
        """The header `If-Match`; raises IfMatchRequired (428) where there is none."""
        sent = _field(request, "if-match")
        if sent is None:
            raise IfMatchRequired("send If-Match with the ETag of the version that you have read")
        return cls._of(sent)

    @classmethod
    def if_sent(cls, request: Request) -> Self:
        """The header `If-Match`; without it any version will do."""
        sent = _field(request, "if-match")
        return cls(None) if sent is None else cls._of(sent)

    @classmethod
    def _of(cls, sent: str) -> Self:
        if sent.strip() == "*":
            return cls(None)
        # A weak tag promises less than a change needs, so it never matches.
        return cls(frozenset(found[2] for found in _TAG.finditer(sent) if not found[1]))

    def check(self, version: int | str) -> None:
        """Raise VersionMismatch (412) unless the caller has seen this version."""
        if self.tags is not None and etag(version) not in self.tags:
            raise VersionMismatch(
                f"this is at version {etag(version)} now; read it again",
                headers={"etag": etag(version)},
            )


def _field(request: Request, name: str) -> str | None:
    """All lines of this header as one list, as RFC 9110 (section 5.3) reads them."""
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None
