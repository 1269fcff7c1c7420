"""75 who ask for one value at once, in a process of their own; prints how many were answered."""

import asyncio
import os

from redis import Redis

from product_service.chassis import cache, valkey
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.features import BLUEPRINT


async def main() -> None:
    app = Application(Blueprint(BLUEPRINT.name, "test", [valkey, cache]))
    shared, kept = app.resource(valkey.Valkey), app.resource(cache.Cache)

    async def load() -> int:
        await shared.client.incr("crowd:loads")
        await asyncio.sleep(0.3)  # as a slow query takes
        return 7

    async with shared, kept:
        with Redis.from_url(os.environ["REDIS_URL"], socket_timeout=30) as starter:
            starter.rpush("crowd:ready", 1)
            starter.blpop(["crowd:go"], timeout=20)
        answers = await asyncio.gather(
            *(kept.get_or_load("crowd", load, ttl=60, model=int) for _ in range(75))
        )
    print(answers.count(7))


asyncio.run(main())
