"""arq's jobs, with its own worker."""

import asyncio
import os
import sys
import time
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker
from tally import URL, Tally, paced

tally = Tally()


async def handle(_: dict[str, Any], sent_at: float) -> None:
    await tally.handle(sent_at)


async def publish() -> None:
    pool = await create_pool(RedisSettings.from_dsn(URL))
    async for _ in paced():
        await pool.enqueue_job("handle", time.time())
    await pool.aclose()


async def consume() -> None:
    worker = Worker([handle], redis_settings=RedisSettings.from_dsn(URL), handle_signals=False)
    working = asyncio.create_task(worker.async_run())
    await tally.complete.wait()
    working.cancel()
    os._exit(0)


asyncio.run({"publish": publish, "consume": consume}[sys.argv[1]]())
