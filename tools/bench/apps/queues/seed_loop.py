"""Lists with an envelope in JSON: RPUSH, and a loop that takes one after the other with BLPOP."""

import asyncio
import json
import sys
import time
from uuid import uuid4

from redis.asyncio import Redis
from tally import EVENTS, URL, Tally, paced


async def publish() -> None:
    async with Redis.from_url(URL) as redis:
        async for number in paced():
            event = {"id": uuid4().hex, "type": "counted", "data": {"n": number, "t": time.time()}}
            await redis.rpush("seed", json.dumps(event))


async def consume() -> None:
    tally = Tally()
    async with Redis.from_url(URL) as redis:
        while tally.count < EVENTS:
            taken = await redis.blpop(["seed"], timeout=1)
            if taken:
                await tally.handle(json.loads(taken[1])["data"]["t"])


asyncio.run({"publish": publish, "consume": consume}[sys.argv[1]]())
