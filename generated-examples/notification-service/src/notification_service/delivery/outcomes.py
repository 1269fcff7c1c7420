"""What can come of a mail, and of one attempt to hand it over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    pending = "pending"
    delivered = "delivered"
    failed = "failed"


class Reason(StrEnum):
    """Why a mail failed."""

    rejected = "rejected"  # the mail server will never take it
    exhausted = "exhausted"  # it could not be handed over in all the time
    suppressed = "suppressed"  # the address was refused for good before
    template = "template-error"
    unwanted = "unwanted"
    expired = "expired"
    erased = "erased"

    @property
    def final(self) -> bool:
        """Whether sending it later would be wrong, or of no use."""
        return self in (Reason.unwanted, Reason.expired, Reason.erased)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail server has it, and answers for it from now on."""

    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: the server said so, or, if it is `away`, there was none to say anything."""

    reply: str
    away: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Never; `recipient` if it is the address that is no good, and not the mail."""

    reply: str
    recipient: bool


@dataclass(frozen=True, slots=True)
class Pointless:
    """There is nothing to send."""

    reason: Reason
    reply: str = ""


Outcome = Accepted | Deferred | Refused | Pointless
