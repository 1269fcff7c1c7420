"""The client: calls to other services, each bounded in time, in number and in harm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from time import monotonic
from typing import ClassVar, Final

from .. import context, deferred
from ..deferred import aiohttp
from ..policy import Credentials
from ..resource import Resource
from ..tracing import Tracing
from .answer import Answer
from .attempts import Attempts
from .breaker import State
from .call import Call, Deadline
from .discovery import Discovery
from .errors import NoTimeLeft, TooSlow
from .exchange import Exchange, span_attributes
from .metrics import Metrics
from .outcome import accept
from .retry import RetryPolicy
from .settings import ClientSettings
from .target import Target
from .verb import Verb

# Less than the 5 s after which uvicorn closes an idle connection: none is used while it closes.
_KEEPALIVE_SECONDS: Final = 4.0


class Client(Resource):
    """Calls services by name and returns good answers (2xx).  Raised otherwise:

    UpstreamProblem    the service refuses (4xx) or fails (500), and says why
    Unavailable        it is away, crowded or has been failing; or it says so itself (503)
    DeadlineExceeded   no answer in time; or it says so itself (504)
    BadGateway         it answered something that makes no sense
    """

    name: ClassVar[str] = "client"

    def __init__(
        self,
        settings: ClientSettings,
        tracing: Tracing,
        metrics: Metrics,
        *,
        credentials: Callable[[], Credentials | None],
    ) -> None:
        self.get = Verb("GET", self.call)
        self.head = Verb("HEAD", self.call)
        self.post = Verb("POST", self.call)
        self.put = Verb("PUT", self.call)
        self.patch = Verb("PATCH", self.call)
        self.delete = Verb("DELETE", self.call)
        self._settings = settings
        self._tracing = tracing
        self._metrics = metrics
        self._credentials = credentials
        self._policy = RetryPolicy(settings.attempts)
        self._targets: dict[str, Target] = {}
        metrics.watch(self._targets.values())

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # Repeating is for RetryPolicy to decide, within its budget; aiohttp would do it unasked.
        session._retry_connection = False
        return session

    @cached_property
    def _discovery(self) -> Discovery:
        return Discovery(self._settings, self._session, monotonic)

    @cached_property
    def _exchange(self) -> Exchange:
        return Exchange(self._session, answer_limit=self._settings.answer_limit_bytes)

    async def listening(self) -> None:
        await deferred.load("aiohttp")

    async def __aexit__(self, *error: object) -> None:
        if "_session" in self.__dict__:  # a service that called nobody opened none
            await self._discovery.close()
            await self._session.close()

    async def ping(self) -> None:
        """Raise if a service that is called has been failing."""
        failing = [one.service for one in self._targets.values() if one.breaker.state is State.open]
        if failing:
            raise ConnectionError(f"{', '.join(failing)} failing")

    async def instances(self, service: str) -> Sequence[str]:
        """Where a service is, for whoever asks it in another way; raises Unavailable if unknown."""
        return await self._discovery.instances(service)

    async def call(self, call: Call) -> Answer:
        """A good answer to the call, or an error as the class says."""
        request = context.current.get()
        deadline = Deadline.of(
            monotonic(),
            call.limits.over(self._settings.limits),
            inherited=request.deadline if request else None,
        )
        target = self._target(call.service)
        with self._metrics.timed(call.service):
            async with target.bulkhead.place(_left(call, deadline)):
                instances, proof = await self._prepare(call, deadline)
                attempts = Attempts(call, target, instances, deadline, monotonic)
                send = partial(self._send, call, deadline, proof)
                look = partial(self._look_again, call, deadline)
                repeated = partial(self._metrics.retried, call.service)
                return accept(await attempts.make(send, self._policy, look, repeated))

    def _target(self, service: str) -> Target:
        if service not in self._targets:
            self._targets[service] = Target(service, self._settings, monotonic)
        return self._targets[service]

    async def _prepare(
        self, call: Call, deadline: Deadline
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        """Where the service is, and the headers that prove who calls."""
        try:
            async with asyncio.timeout(_left(call, deadline)):
                instances = await self._discovery.instances(call.service)
                credentials = self._credentials()
                return instances, await credentials.headers(call.service) if credentials else {}
        except TimeoutError:
            raise TooSlow(call.service) from None

    async def _look_again(self, call: Call, deadline: Deadline) -> Sequence[str]:
        try:
            async with asyncio.timeout(_left(call, deadline)):
                return await self._discovery.renewed(call.service)
        except TimeoutError:
            return ()

    async def _send(
        self, call: Call, deadline: Deadline, proof: Mapping[str, str], instance: str, attempt: int
    ) -> Answer:
        left = _left(call, deadline)
        limits = replace(call.limits.over(self._settings.limits), total=left)
        attributes = span_attributes(call, instance, attempt)
        with self._tracing.span(call.method, "client", attributes) as span:
            request = context.current.get() or context.begin(())
            deadline_header = {"x-request-deadline": str(int(left * 1000))}
            headers: dict[str, str] = {}
            for some in (request.headers(), deadline_header, proof, call.own_headers, call.headers):
                headers |= {name.lower(): value for name, value in some.items()}
            answer = await self._exchange.send(call, instance, headers, limits)
            span.attributes["http.response.status_code"] = answer.status
            span.error = str(answer.status) if answer.status >= 400 else None
        return answer


def _left(call: Call, deadline: Deadline) -> float:
    """Seconds until the deadline; raises NoTimeLeft, as 0 would mean no limit to aiohttp."""
    left = deadline.left(monotonic())
    if not left:
        raise NoTimeLeft(call.service)
    return left
