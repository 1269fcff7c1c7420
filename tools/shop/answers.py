"""What the gateway answered, and the list of everything that it ever did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]  # Any: JSON


class Unexpected(AssertionError):
    """An answer that the one who asked cannot go on with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; the names of `headers` are in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    trace: str = ""

    @property
    def json(self) -> Json:
        """The body, which must be a JSON object."""
        found: Json = json.loads(self.body)
        return found

    @property
    def code(self) -> str:
        """The code of a problem document; empty in any other answer."""
        problem = self.headers.get("content-type", "").startswith("application/problem+json")
        return str(self.json["code"]) if problem else ""

    def wanted(self, *statuses: int) -> Answer:
        """This answer, if it has one of these statuses; raises Unexpected with what it says."""
        if self.status not in statuses:
            said = self.body[:500].decode(errors="replace")
            raise Unexpected(f"{self.method} {self.path} answered {self.status}: {said}")
        return self


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """Which status a method of a path was answered with."""

    method: str
    path: str
    status: int


@dataclass(frozen=True)
class Record:
    """How often each status was seen, paths without their query; and the trace of each order."""

    seen: Counter[Seen] = field(default_factory=Counter)
    orders: dict[str, str] = field(default_factory=dict)

    def note(self, method: str, path: str, status: int) -> None:
        self.seen[Seen(method, path.partition("?")[0], status)] += 1
