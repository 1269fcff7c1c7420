"""One instance of a service: where it is, how busy it is, and whether it can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Member:
    """An instance as the registry names it."""

    id: str
    url: str
    weight: int = 1


class Endpoint:
    """Where requests are sent, and how it went."""

    def __init__(self, member: Member) -> None:
        parts = urlsplit(member.url)
        self.id = member.id
        self.url = member.url.rstrip("/")
        self.host = parts.hostname or ""
        self.port = parts.port or 80
        self.authority = parts.netloc
        self.weight = member.weight
        self.in_flight = 0
