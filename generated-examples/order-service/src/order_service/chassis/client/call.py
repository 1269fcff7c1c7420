"""One call: what is asked of which service, and for how long the answer is of use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from pydantic_core import to_json

# Unquoted and quoted characters of a path (RFC 3986, section 3.3), and no dot segment.
_PATH: Final = re.compile(
    r"/|(?:/(?!(?:\.|%2[eE]){1,2}(?:/|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+/?"
)
_SAFE_TO_REPEAT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two pieces of an answer, for the whole call with its retries."""

    connect: float | None = None
    read: float | None = None
    total: float | None = None

    def over(self, defaults: Limits) -> Limits:
        """These limits, and the defaults where they say nothing."""
        return Limits(
            self.connect or defaults.connect,
            self.read or defaults.read,
            self.total or defaults.total,
        )


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment after which the answer is of no use; `inherited` from whoever called us."""

    at: float
    inherited: bool

    @classmethod
    def of(cls, now: float, limits: Limits, inherited: float | None) -> Deadline:
        own = now + (limits.total or 0)
        if inherited is not None and inherited < own:
            return cls(inherited, inherited=True)
        return cls(own, inherited=False)

    def left(self, now: float) -> float:
        """Seconds, never less than none."""
        return max(0.0, self.at - now)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a service; `key` is its Idempotency-Key.

    Raises ValueError for a path that would mean another place once it is sent: quote what you put
    into it with `urllib.parse.quote(part, safe="")`.
    """

    method: str
    service: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    json: object = None
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"{self.path!r} is no path; quote its parts")

    @property
    def idempotent(self) -> bool:
        """Whether it has the same effect once and several times (RFC 9110, section 9.2.2)."""
        return self.method in _SAFE_TO_REPEAT or self.key is not None

    @property
    def target(self) -> str:
        """The path with the query, as it is sent."""
        query = urlencode(self.query, doseq=True)
        return f"{self.path}?{query}" if query else self.path

    @property
    def body(self) -> bytes | None:
        return None if self.json is None else to_json(self.json)

    @property
    def own_headers(self) -> dict[str, str]:
        """The headers that follow from the call itself."""
        found = {"accept": "application/json"}
        if self.json is not None:
            found["content-type"] = "application/json"
        if self.key is not None:
            found["idempotency-key"] = self.key
        return found
