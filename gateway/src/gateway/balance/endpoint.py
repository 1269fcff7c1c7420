"""One instance of a service: where it is, how busy it is, and whether it can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

FAILURES_IN_A_ROW: Final = 5
FIRST_EJECTION_SECONDS: Final = 5.0
LONGEST_EJECTION_SECONDS: Final = 60.0


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
        self.secure = parts.scheme == "https"
        self.port = parts.port or (443 if self.secure else 80)
        self.host_line = b"host: %b\r\n" % parts.netloc.encode()
        self.weight = member.weight
        self.in_flight = 0
        self.ejected_until = 0.0
        self.failures = 0  # in a row
        self._ejections = 0

    def succeeded(self) -> None:
        self.failures = self._ejections = 0

    def failed(self) -> bool:
        """Count a failure; True if there were too many in a row."""
        self.failures += 1
        return self.failures >= FAILURES_IN_A_ROW

    def eject(self, now: float) -> None:
        """Send nothing here for a while, that doubles each time until something succeeds."""
        doubled = FIRST_EJECTION_SECONDS * 2**self._ejections
        self.ejected_until = now + min(doubled, LONGEST_EJECTION_SECONDS)
        self._ejections += 1
        self.failures = FAILURES_IN_A_ROW - 1  # when it comes back, one more failure is enough
