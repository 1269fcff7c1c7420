"""An ended session is refused at once and everywhere, though its access tokens have not expired."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ..chassis.auth import Revocations
from ..chassis.errors import Unavailable
from ..token_key.keys import TOKEN_SECONDS

# Tokens that were made before this have expired by themselves.
MEMORY: Final = timedelta(seconds=TOKEN_SECONDS)

log = structlog.get_logger()


async def deny(revocations: Revocations, sessions: Iterable[UUID], ended_at: datetime) -> None:
    """Tell every service now; raises Unavailable if they cannot be told."""
    until = int((ended_at + MEMORY).timestamp()) + 1
    for session in sessions:
        await revocations.revoke(str(session), until)


async def deny_now(revocations: Revocations, sessions: Iterable[UUID], ended_at: datetime) -> None:
    """The same without a wait for the event, which does it again until it has been done."""
    try:
        await deny(revocations, sessions, ended_at)
    except Unavailable as error:
        log.warning("sessions.not_denied_yet", reason=str(error))
