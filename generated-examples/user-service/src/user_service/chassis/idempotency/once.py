"""One use case, done once for each key."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, Self, TypeVar

from nexios.http import Request

from ..database import Transaction
from ..errors import IdempotencyInFlight, IdempotencyKeyReused
from ..http import Answered, Reply
from ..identifiers import uuid7
from . import rows
from .keys import Idempotency, Key

Result = TypeVar("Result")


class Once(Generic[Result]):
    """What a use case is given to be done once; without a key every request is a new one.

    `answer` makes of the use case's result what the caller is told, now and again.
    """

    def __init__(
        self, keys: Idempotency, key: Key | None, answer: Callable[[Result], Reply]
    ) -> None:
        self._keys = keys
        self._key = key
        self._answer = answer
        self._holder = uuid7()

    @classmethod
    async def of(cls, request: Request, answer: Callable[[Result], Reply]) -> Self:
        """For the key of this request; raises IdempotencyKeyRequired where it must have one."""
        return cls(Idempotency.of(request), await Key.of(request), answer)

    async def claim(
        self,
        tx: Transaction,
        *,
        lease_seconds: float | None = None,
        reference: str | None = None,
    ) -> str | None:
        """Go on only if nobody has done this, and nobody is at it.

        With `lease_seconds` the claim outlives its transaction: then the answer is the `reference`
        of an attempt that was begun and not finished, to be resumed here, or None for the first.

        Raises Answered with the first answer, IdempotencyInFlight (409) while another is at it, and
        IdempotencyKeyReused (422) if the key came with another request.
        """
        if self._key is None:
            return None
        if not await rows.lock(tx, self._key):
            raise self._in_flight(1)
        lease = None if lease_seconds is None else timedelta(seconds=lease_seconds)
        keep = timedelta(seconds=self._keys.settings.keep_seconds)
        if await rows.add(tx, self._key, self._holder, keep=keep, lease=lease, reference=reference):
            self._keys.claims.labels("first").inc()
            return None
        return await self._again(tx, self._key, lease)

    async def keep(self, tx: Transaction, result: Result) -> None:
        """Keep the answer for whoever asks again.

        Raises IdempotencyInFlight (409) if the lease has ended and another has taken over.
        """
        if self._key and not await rows.keep(tx, self._key, self._holder, self._answer(result)):
            raise self._in_flight(1)

    async def release(self, tx: Transaction) -> None:
        """End the lease without an answer: who asks again may resume at once."""
        if self._key:
            await rows.end_lease(tx, self._key, self._holder)

    async def _again(self, tx: Transaction, key: Key, lease: timedelta | None) -> str | None:
        claim = await rows.get(tx, key)
        if claim.fingerprint != key.fingerprint:
            self._keys.claims.labels("reused").inc()
            raise IdempotencyKeyReused(
                f"the Idempotency-Key {key.value} was sent with another request; make a new one"
            )
        if claim.answer is not None:
            self._keys.claims.labels("replayed").inc()
            claim.answer.raw_headers.append((b"idempotent-replayed", b"true"))
            raise Answered(claim.answer)
        if lease is None or claim.lease_left is None:
            raise RuntimeError("a use case claimed its key and kept no answer")
        if claim.lease_left > 0:
            raise self._in_flight(math.ceil(claim.lease_left))
        await rows.lease(tx, key, self._holder, lease)
        self._keys.claims.labels("resumed").inc()
        return claim.reference

    def _in_flight(self, retry_after: int) -> IdempotencyInFlight:
        self._keys.claims.labels("in_flight").inc()
        return IdempotencyInFlight(
            "a request with this Idempotency-Key is being worked on; ask again for its answer",
            retry_after=retry_after,
        )
