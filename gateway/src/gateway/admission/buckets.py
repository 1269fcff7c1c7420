"""Token buckets, counted together by every gateway: in one script in Valkey.

A request costs a call to Valkey only while its bucket is seldom used or nearly empty.  A bucket
that is asked often lends tokens ahead: never more than a sixteenth of what is left, so that the
last ones are counted one by one, and what is not needed comes back after a moment.  So the quota is
never exceeded, and nothing of it is lost.  Requests that wait at the same time share one call.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Sequence
from typing import ClassVar, Final

from ..chassis.resource import Resource
from ..chassis.valkey import PAUSE_SECONDS, Valkey, ValkeyAway
from .bucket import LOAN_SECONDS, Bucket, Question, Taken
from .classes import Rate

_MOST_BUCKETS: Final = 20_000
_MOST_KEYS: Final = 200  # in one call of the script, which nobody else can interrupt

# A bucket is one number: the microsecond at which it will be full again.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local token, quota = tonumber(ARGV[5 * i - 4]), tonumber(ARGV[5 * i - 3])
  local wanted, ahead = tonumber(ARGV[5 * i - 2]), tonumber(ARGV[5 * i - 1])
  local back = tonumber(ARGV[5 * i])
  local missing = math.max(tonumber(redis.call('GET', key) or 0) - now, 0)
  missing = math.max(missing - back * token, 0)
  local left = math.floor((quota * token - missing) / token)
  local given = math.min(wanted, left)
  local lent = math.min(ahead, math.floor((left - given) / 16))
  missing = missing + (given + lent) * token
  if missing > 0 then
    local full = string.format('%.0f', now + missing)
    redis.call('SET', key, full, 'PX', math.ceil(missing / 1000))
  else
    redis.call('DEL', key)
  end
  answers[3 * i - 2], answers[3 * i - 1] = given, lent
  answers[3 * i] = string.format('%.0f', missing)
end
return answers
"""


class Buckets(Resource):
    """The buckets of every caller; while Valkey is away every gateway counts for itself."""

    name: ClassVar[str] = "limits"

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._script = valkey.client.register_script(_TAKE)
        self._buckets: dict[tuple[Rate, str], Bucket] = {}
        self._lending: set[Bucket] = set()
        self._asking: set[Bucket] = set()
        self._worker: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._alone_until = 0.0

    async def __aexit__(self, *error: object) -> None:
        """Give back what was lent."""
        for task in (self._worker, self._sweeper):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._give_back(list(self._lending))

    def lent(self, rate: Rate, who: str) -> Bucket | None:
        """The bucket, with one less in it, if there was one that it lent."""
        bucket = self._buckets.get((rate, who))
        if bucket is None or not bucket.lent or (now := time.monotonic()) >= bucket.until:
            return None
        bucket.lent -= 1
        bucket.used += 1
        if (bucket.lent < bucket.low or now > bucket.renew_at) and not bucket.asked:
            self._ask_for(bucket)  # before they run out, so that nobody has to wait
        return bucket

    def take(self, rate: Rate, who: str) -> Taken | Awaitable[Taken]:
        """Take a token: at once where one was lent, or Valkey is away."""
        if known := self.lent(rate, who):
            return known.taken(True)
        bucket = self._buckets.get((rate, who)) or self._bucket(rate, who)
        if time.monotonic() < self._alone_until:
            return bucket.alone()
        waiting: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        bucket.waiting.append(waiting)
        self._ask_for(bucket)
        return waiting

    def _ask_for(self, bucket: Bucket) -> None:
        bucket.asked = True
        self._asking.add(bucket)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="limits")

    def _bucket(self, rate: Rate, who: str) -> Bucket:
        key = f"edge:{rate.name}:{rate.quota}:{rate.per}:{who}"
        bucket = self._buckets[rate, who] = Bucket(key, rate)
        if len(self._buckets) > _MOST_BUCKETS:
            self._forget()
        return bucket

    def _forget(self) -> None:
        """Those that nobody needs; Valkey knows them anyhow."""
        for key in [key for key, bucket in self._buckets.items() if bucket.idle]:
            del self._buckets[key]

    async def _work(self) -> None:
        """Ask as long as somebody waits."""
        while self._asking:
            some = [self._asking.pop() for _ in range(min(len(self._asking), _MOST_KEYS))]
            await self._ask(some)

    async def _sweep(self) -> None:
        """Give back what was lent and not needed."""
        while self._lending:
            await asyncio.sleep(LOAN_SECONDS / 2)
            now = time.monotonic()
            await self._give_back([one for one in self._lending if now >= one.until])

    async def _ask(self, buckets: Sequence[Bucket]) -> None:
        now = time.monotonic()
        asked = [bucket.ask(now) for bucket in buckets]
        waiting = [question.waiting for question in asked]
        try:
            answers = await self._call(asked)
        except ValkeyAway:
            self._alone_until = time.monotonic() + PAUSE_SECONDS
            for bucket, some in zip(buckets, waiting, strict=True):
                bucket.asked = False
                for one in some:
                    _tell(one, bucket.alone())
            return
        for bucket, some, (given, lent, missing) in zip(buckets, waiting, answers, strict=True):
            bucket.asked = False
            bucket.learn(missing)
            bucket.lend(lent, now)
            if lent:
                self._watch(bucket)
            for place, one in enumerate(some):
                _tell(one, bucket.taken(place < given))

    def _watch(self, bucket: Bucket) -> None:
        self._lending.add(bucket)
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep(), name="limits-back")

    async def _give_back(self, buckets: Sequence[Bucket]) -> None:
        self._lending.difference_update(buckets)
        back = [Question(bucket, 0, bucket.take_back()) for bucket in buckets if bucket.lent]
        try:
            if back:
                await self._call(back)
        except ValkeyAway:
            self._alone_until = time.monotonic() + PAUSE_SECONDS

    async def _call(self, questions: Sequence[Question]) -> list[tuple[int, int, int]]:
        """What is given, what is lent, and what is missing then, for each bucket."""
        keys = [question.bucket.key for question in questions]
        arguments = [number for question in questions for number in question.numbers]
        with self._valkey.attempt():
            said = await self._script(keys=keys, args=arguments)
        numbers = iter(map(int, said))
        return list(zip(numbers, numbers, numbers, strict=True))


def _tell(waiting: asyncio.Future[Taken], taken: Taken) -> None:
    if not waiting.done():  # the client may have left
        waiting.set_result(taken)
