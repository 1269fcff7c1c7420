"""One caller's tokens of one class, as far as this gateway knows of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from .classes import Rate

LOAN_SECONDS: Final = 0.1


class Taken(NamedTuple):
    """What became of one request: a token was taken or not, how many are left, and the seconds
    until the next one is back."""

    admitted: bool
    left: int
    wait: int


class Bucket:
    """One caller's tokens of one class, as far as they are known here."""

    __slots__ = (
        "asked", "asked_at", "full", "key", "left", "lent", "low", "rate", "renew_at", "until",
        "used", "wait", "waiting",
    )  # fmt: skip

    def __init__(self, key: str, rate: Rate) -> None:
        self.key = key
        self.rate = rate
        self.lent = 0  # tokens that may be given without asking
        self.until = 0.0  # for so long
        self.renew_at = 0.0  # from then on, or when fewer than `low` are left, ask for more
        self.low = 0
        self.used = 0  # since the last question
        self.asked = False  # it waits to be asked for, or for the answer
        self.asked_at = 0.0
        self.left = rate.quota  # besides those that are lent, as of the last question
        self.wait = 0  # seconds until the next token is back
        self.full = 0  # the moment when all tokens are back, for the time without Valkey
        self.waiting: list[asyncio.Future[Taken]] = []

    def learn(self, missing: int) -> None:
        """It is so many microseconds until all tokens are back."""
        token = self.rate.token
        self.left = max((self.rate.quota * token - missing) // token, 0)
        self.wait = -(-(missing % token or token) // 1_000_000)

    def taken(self, admitted: bool) -> Taken:
        return Taken(admitted, self.left + self.lent, self.wait)

    def ask(self, now: float) -> Question:
        """The question for those who wait, and ahead if it goes on as since the last one."""
        ahead = int(self.used * LOAN_SECONDS / max(now - self.asked_at, 0.001))
        back = self.take_back() if now >= self.until else 0
        question = Question(self, max(ahead - self.lent, 0), back, self.waiting)
        self.asked_at, self.used, self.waiting = now, len(self.waiting), []
        return question

    def lend(self, lent: int, now: float) -> None:
        """So many more may be given, and all of them for a moment from now on."""
        self.lent += lent
        self.low = self.lent // 2
        self.until, self.renew_at = now + LOAN_SECONDS, now + LOAN_SECONDS / 2

    def take_back(self) -> int:
        """What was lent and not used: from now on it is the others' again."""
        lent, self.lent = self.lent, 0
        return lent

    def alone(self) -> Taken:
        """Counted by this gateway for itself."""
        now = time.monotonic_ns() // 1000
        missing = max(self.full - now, 0)
        admitted = missing + self.rate.token <= self.rate.quota * self.rate.token
        if admitted:
            missing += self.rate.token
        self.full = now + missing
        self.learn(missing)
        return self.taken(admitted)

    @property
    def idle(self) -> bool:
        return not (self.lent or self.waiting) and self.full < time.monotonic_ns() // 1000


class Question(NamedTuple):
    """What Valkey is asked about one bucket."""

    bucket: Bucket
    ahead: int
    back: int
    waiting: Sequence[asyncio.Future[Taken]] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        rate = self.bucket.rate
        return rate.token, rate.quota, len(self.waiting), self.ahead, self.back
