"""kill -9 of one part after another, at random, and each part comes back at once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence

from dev.processes import kill_group

Pid = Callable[[str], int | None]

SHORTEST, LONGEST = 0.5, 2.0


async def kill_at_random(parts: Sequence[str], pid: Pid, kills: Counter[str]) -> None:
    """Every 0.5 to 2 seconds one part that runs is killed, until this is cancelled."""
    while True:
        await asyncio.sleep(random.uniform(SHORTEST, LONGEST))
        running = {part: victim for part in parts if (victim := pid(part)) is not None}
        if running:
            part = random.choice([*running])
            kill_group(running[part])
            kills[part] += 1
