"""How long an exchange may stand still, and last in all: one clock, that every step sets anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from types import TracebackType
from typing import Self

from ..errors import UpstreamTimeout


class Patience:
    """Ends its block with the last `otherwise` when nothing moved for the time that was set, and
    with UpstreamTimeout when `total_seconds` are over, whatever moved."""

    def __init__(self, total_seconds: float) -> None:
        self._now = asyncio.get_running_loop().time
        self._ends_at = self._now() + total_seconds
        self._timeout = asyncio.timeout_at(self._at_last)
        self._otherwise: Callable[[], Exception] = TimeoutError

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, traceback)
        except TimeoutError:
            if self._timeout.when() == self._ends_at:
                raise UpstreamTimeout("the exchange took too long") from None
            raise self._otherwise() from None

    def wait(self, seconds: float, otherwise: Callable[[], Exception]) -> None:
        """The next step may take so long from now on."""
        self._otherwise = otherwise
        self._timeout.reschedule(min(self._now() + seconds, self._ends_at))

    def wait_for_the_client(self) -> None:
        """Its connection is the server's to watch."""
        self._timeout.reschedule(self._at_last)

    def end(self, otherwise: Callable[[], Exception]) -> None:
        """There is nothing left to wait for."""
        self.wait(0, otherwise)

    @property
    def _at_last(self) -> float | None:
        return None if self._ends_at == inf else self._ends_at
