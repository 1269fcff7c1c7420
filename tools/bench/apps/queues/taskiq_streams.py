"""taskiq on a Redis stream, with its own receiver."""

import asyncio
import sys
import time

from tally import URL, Tally, paced
from taskiq.api import run_receiver_task
from taskiq_redis import RedisStreamBroker

broker = RedisStreamBroker(URL)
tally = Tally()


@broker.task(task_name="handle")
async def handle(sent_at: float) -> None:
    await tally.handle(sent_at)


async def publish() -> None:
    await broker.startup()
    async for _ in paced():
        await handle.kiq(time.time())
    await broker.shutdown()


async def consume() -> None:
    broker.is_worker_process = True
    receiving = asyncio.create_task(run_receiver_task(broker, run_startup=True))
    await tally.complete.wait()
    receiving.cancel()


asyncio.run({"publish": publish, "consume": consume}[sys.argv[1]]())
