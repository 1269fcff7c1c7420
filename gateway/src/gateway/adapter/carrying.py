"""One request that is forwarded: to an instance, and to a second one where that does no harm."""

from __future__ import annotations

from time import monotonic

from ..asgi import RawHeaders, Receive
from ..balance.endpoint import Endpoint
from ..chassis.errors import BadGateway, BodyTooLarge
from ..errors import BrokenAnswer, LeftAlone, NoAnswer, NoHealthyInstance, Unreachable
from ..wire import answers
from ..wire.contract import Forward, Head, Names
from ..wire.crossing import headers_of
from ..wire.outgoing import outgoing
from .client import Client, ClientLeft
from .patience import Patience
from .told import Told
from .upstream import Answer, Request, Upstreams


class Carrying:
    """The way of the request, and of its answer."""

    def __init__(self, head: Head, forward: Forward, names: Names, upstreams: Upstreams) -> None:
        self._head = head
        self._forward = forward
        self._plan = forward.plan
        self._names = names
        self._upstreams = upstreams

    async def carry(self, receive: Receive, told: Told) -> None:
        """Raises only what must cut the connection: an answer that has begun and cannot end."""
        limit = self._plan.limits.body_bytes
        try:
            if (self._head.length or 0) > limit:
                raise BodyTooLarge(limit)
            async with Patience(self._plan.limits.total_seconds) as patience:
                client = Client(receive, patience, self._plan.limits)
                async with client.watched():
                    await self._deliver(client, patience, told)
                told.sent = client.read
        except ClientLeft:
            told.failure = "the client left"
        except Exception as error:  # the border: one that nobody foresaw is logged there
            if told.begun:
                told.failure = told.failure or str(error)
                raise
            refusal = answers.refusal(
                error, self._head.path, self._names, headers_of(self._forward.answer)
            )
            await (told.own if self._head.length == 0 else told.last)(refusal)

    async def _deliver(self, client: Client, patience: Patience, told: Told) -> None:
        first = self._choose(())
        try:
            await self._ask(first, client, patience, told)
        except (Unreachable, NoAnswer) as failure:
            told.failure = str(failure.__cause__ or failure)
            repeatable = self._plan.idempotent and self._head.length == 0
            if not (isinstance(failure, Unreachable) or repeatable):
                raise
            if not self._plan.group.service.may_repeat(monotonic()):
                raise
            second = self._other(first)
            if second is None:
                raise
            told.retried = True
            await self._ask(second, client, patience, told)

    def _choose(self, tried: tuple[Endpoint, ...]) -> Endpoint:
        group, now = self._plan.group, monotonic()
        if not group.service.admits(now):
            raise LeftAlone(f"{group.service.name} fails too often and is given time to recover")
        key = self._head.header(group.hash_by) if group.hash_by else None
        endpoint = group.choose(now, tried=tried, key=key)
        if endpoint is None:
            group.service.forget()
            raise NoHealthyInstance(f"no instance of {group.service.name} is healthy")
        return endpoint

    def _other(self, tried: Endpoint) -> Endpoint | None:
        try:
            return self._choose((tried,))
        except (LeftAlone, NoHealthyInstance):
            return None

    async def _ask(
        self, endpoint: Endpoint, client: Client, patience: Patience, told: Told
    ) -> None:
        if self._head.length == 0:
            client.wait_for_answer()
        told.instance = endpoint.id
        endpoint.in_flight += 1
        failed: bool | None = None
        try:
            async with self._upstreams.ask(endpoint, self._request(endpoint, client)) as answer:
                failed = answer.head.status >= 500
                await self._relay(answer, endpoint, patience, told)
        except (Unreachable, NoAnswer, BrokenAnswer, BadGateway):
            if client.failure is not None:  # it was the client's doing
                raise client.failure from None
            failed = True
            raise
        finally:
            endpoint.in_flight -= 1
            self._settle(endpoint, failed)

    def _settle(self, endpoint: Endpoint, failed: bool | None) -> None:
        group, now = self._plan.group, monotonic()
        if failed is None:
            group.service.forget()
        else:
            group.service.settle(now, failed=failed)
            group.settle(endpoint, now, failed=failed)

    def _request(self, endpoint: Endpoint, client: Client) -> Request:
        head = outgoing(self._head, self._plan, endpoint.host_line, self._names)
        return Request.of(head, None if self._head.length == 0 else client.body)

    async def _relay(
        self, answer: Answer, endpoint: Endpoint, patience: Patience, told: Told
    ) -> None:
        """The answer goes out as it comes in: the next chunk is read once this one was taken."""
        await told.start(answer.head.status, self._headers(answer, endpoint))
        more = True
        while more:
            patience.wait(self._plan.limits.idle_seconds, _stalled)
            chunk, more = await answer.next()
            patience.wait_for_the_client()
            await told.part(chunk, more=more)

    def _headers(self, answer: Answer, endpoint: Endpoint) -> RawHeaders:
        lines = answer.head.opening.partition(b"\r\n")[2]
        if answer.head.location is not None:
            public = self._head.path.removesuffix(self._plan.path).encode()
            lines += answers.location(answer.head.location, endpoint.url, public)
        lines += answers.ending(self._names, self._forward.answer)
        return headers_of(lines)


def _stalled() -> Exception:
    return BrokenAnswer("the service stopped in the middle of its answer")
