"""A connection to NATS for one purpose; it breaks once and is not mended, a new one is made.

A client that reconnects by itself would send what came later after having lost what came before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import BadRequestError, NotFoundError
from nats.js.kv import KeyValue

from ...valkey import cancellable
from ..delivery import TransportAway
from .names import Topic

CALL_SECONDS: Final = 5
_DUPLICATES_SECONDS: Final = 120.0
_IN_USE: Final = 10058  # the stream is there, with a configuration that somebody has changed


@contextmanager
def asking() -> Iterator[None]:
    """Raises TransportAway where NATS does not do what it is asked."""
    try:
        with cancellable():
            yield
    except (Error, OSError, TimeoutError) as error:
        raise TransportAway(f"NATS does not answer: {error!r}") from error


@asynccontextmanager
async def linked(url: str) -> AsyncIterator[JetStreamContext]:
    """A connection that is closed again; raises TransportAway where there is none to be had."""
    client = Client()
    with asking():
        await client.connect(
            url,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # this client begins, too, as often as it reconnects
            reconnect_time_wait=0,
            connect_timeout=CALL_SECONDS,
            error_cb=_heard,
        )
    try:
        yield client.jetstream(timeout=CALL_SECONDS)
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CALL_SECONDS):
                await client.close()


async def _heard(_: Exception) -> None:
    """The client tells of its errors twice; whoever asked is told already."""


async def ensure(js: JetStreamContext, topic: Topic) -> KeyValue:
    """Make what is missing of a topic's streams; its bucket."""
    with asking():
        await _ensure(js, StreamConfig(name=topic.stream, subjects=[f"events.{topic.name}.>"]))
        await _ensure(js, StreamConfig(name=topic.dead, subjects=[f"dead.{topic.name}.>"]))
        try:
            return await js.key_value(topic.bucket)
        except NotFoundError:
            return await js.create_key_value(bucket=topic.bucket)


async def _ensure(js: JetStreamContext, wanted: StreamConfig) -> None:
    try:
        wanted.duplicate_window = _DUPLICATES_SECONDS
        await js.add_stream(wanted)
    except BadRequestError as error:
        if error.err_code != _IN_USE:
            raise


async def epoch_of(js: JetStreamContext, topic: Topic) -> str:
    """What tells this stream from another of its name, whose numbers began again at 1."""
    with asking():
        info = await js.stream_info(topic.stream)
    return str(info.created)
