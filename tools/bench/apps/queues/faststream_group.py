"""FastStream on a Redis stream with a consumer group, one message after the other."""

import asyncio
import sys
import time
from contextlib import suppress

from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from tally import URL, Tally, paced

broker = RedisBroker(URL, logger=None)
tally = Tally()


@broker.subscriber(stream=StreamSub("faststream", group="bench", consumer="one", last_id=">"))
async def handle(message: dict[str, float]) -> None:
    await tally.handle(message["t"])


async def publish() -> None:
    await broker.connect()
    async with Redis.from_url(URL) as redis:  # else a group begins with what comes after it
        with suppress(ResponseError):  # it is there already
            await redis.xgroup_create("faststream", "bench", "0", mkstream=True)
    async for number in paced():
        await broker.publish({"n": number, "t": time.time()}, stream="faststream")
    await broker.stop()


async def consume() -> None:
    async with broker:
        await broker.start()
        await tally.complete.wait()


asyncio.run({"publish": publish, "consume": consume}[sys.argv[1]]())
