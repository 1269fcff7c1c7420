"""The turn of a request about which others must be asked first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from ..errors import UpstreamTimeout
from ..wire import answers
from ..wire.contract import Refuse, Verdict
from .turn import Turn

_MOST_SECONDS: Final = 10.0


class Deciding(Turn):
    """`decided` is told the verdict or the refusal in its place; `mistaken`, how that failed."""

    def __init__(
        self,
        verdict: Awaitable[Verdict],
        decided: Callable[[Verdict], None],
        mistaken: Callable[[Exception], None],
    ) -> None:
        self._decided = decided
        self._mistaken = mistaken
        self._ends_at = monotonic() + _MOST_SECONDS
        self._task = asyncio.ensure_future(self._wait(verdict))

    async def _wait(self, verdict: Awaitable[Verdict]) -> None:
        try:
            decided = await verdict
        except Exception as error:  # the border: whatever it is, the client is answered
            decided = Refuse(answers.foreseen(error))
        self._tell(decided)

    def _tell(self, verdict: Verdict) -> None:
        try:
            self._decided(verdict)
        except Exception as error:  # the border: nobody awaits the task that comes here
            self._mistaken(error)

    def check(self, now: float) -> None:
        if now > self._ends_at:
            self._task.cancel()
            self._tell(Refuse(UpstreamTimeout("it took too long to decide who is answered")))

    def abandoned(self) -> None:
        self._task.cancel()
