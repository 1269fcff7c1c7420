"""One client's socket: a bounded queue towards it, paced frames from it, one way to end it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from time import perf_counter
from typing import Any, Final

import structlog
from nexios.websockets import WebSocket, WebSocketDisconnect

from .frames import Code
from .metrics import HubMetrics
from .settings import WebSocketSettings

_LONGEST_REASON: Final = 123  # bytes; RFC 6455, section 5.5

log = structlog.get_logger()


class Ended(Exception):
    """The conversation is over; the client is told the code, if it is still there."""

    def __init__(self, code: Code | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    """An accepted WebSocket."""

    def __init__(
        self, websocket: WebSocket, settings: WebSocketSettings, metrics: HubMetrics
    ) -> None:
        self._websocket = websocket
        self._settings = settings
        self._metrics = metrics
        self._frames: asyncio.Queue[str] = asyncio.Queue(settings.queue)
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._next_read = 0.0

    def offer(self, frame: str) -> None:
        """Queue this frame; a client whose queue is full is closed, and may resume."""
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.end(Code.TOO_MUCH, "you do not read; resume after the last id")

    async def send(self, frame: str) -> None:
        """Queue this frame when there is room for it."""
        await self._frames.put(frame)

    def end(self, code: Code, reason: str) -> None:
        """Close the connection for this reason."""
        if not self._ended.done():
            self._ended.set_result(Ended(code, reason))

    async def receive(self) -> str:
        """The next text; raises Ended where the client left, or sent what is too large.

        A client that sends too fast is read more slowly, and so has to wait.
        """
        await self._pace()
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise Ended(None)
        self._metrics.received.inc()
        text = message.get("text")
        said = text.encode() if text is not None else message["bytes"]
        if len(said) > self._settings.frame_bytes:
            limit = self._settings.frame_bytes
            raise Ended(Code.FRAME_TOO_LARGE, f"a frame has {limit} bytes at most")
        return text if text is not None else ""

    async def run(self, *parts: Coroutine[Any, Any, None]) -> None:
        """Carry on until one of the parts raises Ended, the client leaves, or end() is called."""
        begun = perf_counter()
        ended = Ended(Code.FAILED, "something went wrong here; it has been logged")
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in (*parts, self._write(), self._until_ended()):
                    tasks.create_task(part)
        except* Ended as group:
            [*_, ended] = [one for one in group.exceptions if isinstance(one, Ended)]
        except* Exception as group:  # the border: the client is told no more than that it failed
            log.error("websocket.failed", exc_info=group)
        self._metrics.closed(ended.code)
        log.info("websocket.closed", code=ended.code, s=round(perf_counter() - begun, 3))
        if ended.code is not None:
            await self._close(ended.code, ended.reason)

    async def _write(self) -> None:
        try:
            while True:
                frame = await self._frames.get()
                async with asyncio.timeout(self._settings.send_seconds):
                    await self._websocket.send_text(frame)
                self._metrics.sent.inc()
        except TimeoutError:
            raise Ended(Code.TOO_MUCH, "you do not read; resume after the last id") from None
        except WebSocketDisconnect:
            raise Ended(None) from None

    async def _until_ended(self) -> None:
        raise await self._ended

    async def _close(self, code: Code, reason: str) -> None:
        reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with contextlib.suppress(WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(self._settings.send_seconds):
                await self._websocket.close(code, reason)

    async def _pace(self) -> None:
        """Two seconds' worth of frames at once, then as many a second as the settings say."""
        rate = self._settings.frames_per_second
        now = asyncio.get_running_loop().time()
        self._next_read = max(self._next_read, now - 2.0) + 1 / rate
        await asyncio.sleep(max(self._next_read - now, 0))
