"""How an attempt ended, and what that means for us."""

from __future__ import annotations

import math
import time
from email.utils import parsedate_to_datetime

from ..errors import BadGateway, DeadlineExceeded, ServiceError, Unavailable
from .answer import Answer
from .errors import UpstreamProblem

# An answer of any status, or the error to raise.
Outcome = Answer | ServiceError


def accept(outcome: Outcome) -> Answer:
    """A good answer; raises the error that any other outcome is to our caller."""
    if isinstance(outcome, ServiceError):
        raise outcome
    if outcome.good:
        return outcome
    service, problem = outcome.service, outcome.problem
    refusal = UpstreamProblem(service, problem) if problem else None
    if outcome.status == 503:
        again = math.ceil(min(retry_after(outcome), 3600)) or 1
        raise Unavailable(f"{service} is not available now", retry_after=again) from refusal
    if outcome.status == 504:
        raise DeadlineExceeded(f"{service} had no time left") from refusal
    raise refusal or BadGateway(f"{service} answered {outcome.status} and no problem document")


def retry_after(answer: Answer) -> float:
    """Seconds to wait as the answer says (RFC 9110, section 10.2.3); 0 if it says nothing."""
    said = answer.headers.get("retry-after", "")
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
