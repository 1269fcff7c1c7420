"""How long an exchange may stand still: one clock, that every step of it sets anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Patience:
    """Ends its block with the last `otherwise` when nothing moved for the time that was set."""

    def __init__(self) -> None:
        self._timeout = asyncio.timeout(None)
        self._now = asyncio.get_running_loop().time
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
            raise self._otherwise() from None

    def wait(self, seconds: float, otherwise: Callable[[], Exception]) -> None:
        """The next step may take so long from now on."""
        self._otherwise = otherwise
        self._timeout.reschedule(self._now() + seconds)

    def wait_for_ever(self) -> None:
        self._timeout.reschedule(None)

    def end(self, otherwise: Callable[[], Exception]) -> None:
        """There is nothing left to wait for."""
        self.wait(0, otherwise)
