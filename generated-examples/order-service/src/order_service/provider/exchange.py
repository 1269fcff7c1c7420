"""One request to the provider and its answer, in time; forms go out, JSON comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from ..chassis.client.exchange import AnswerTooLarge, read_within
from ..chassis.deferred import aiohttp
from ..chassis.tracing import Tracing
from ..settings import PaymentSettings
from .port import ProviderRefused, ProviderUnavailable
from .wire import Failure, Refusal

_VERSION: Final = "2024-06-20"  # of Stripe's API: the fields keep their meaning
_LONGEST_ANSWER: Final = 1024 * 1024
_KEY_IN_FLIGHT, _TOO_MANY = 409, 429

Model = TypeVar("Model", bound=BaseModel)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered, whatever its status."""

    provider: str
    status: int
    body: bytes

    def good(self) -> Answer:
        """This answer, if it is a success; raises ProviderUnavailable or ProviderRefused."""
        if self.status in (_KEY_IN_FLIGHT, _TOO_MANY) or self.status >= 500:
            raise ProviderUnavailable(f"{self.provider} answered {self.status}")
        if self.status >= 300:
            raise _refused(self.read(Refusal).error)
        return self

    def read(self, model: type[Model]) -> Model:
        """The body as this model; raises ProviderUnavailable where it is none."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False, include_input=False)
        log.warning("payments.misread", status=self.status, model=model.__name__, wrong=wrong)
        raise ProviderUnavailable(f"{self.provider} answered something that makes no sense")


class Exchange:
    """Sends requests with the API key, each within PAYMENTS_TIMEOUT_SECONDS."""

    def __init__(self, settings: PaymentSettings, tracing: Tracing) -> None:
        self._settings = settings
        self._tracing = tracing

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout_seconds),
        )
        session._retry_connection = False  # repeating is not for aiohttp to decide
        return session

    async def close(self) -> None:
        if "_session" in self.__dict__:  # a service that was never paid opened none
            await self._session.close()

    async def get(self, path: str) -> Answer:
        return await self._send("GET", path, None, {})

    async def post(self, path: str, form: Mapping[str, str], *, key: str | None = None) -> Answer:
        return await self._send("POST", path, form, {"idempotency-key": key} if key else {})

    async def _send(
        self, method: str, path: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Answer:
        """Raises ProviderUnavailable without an answer; its message names no address."""
        provider, url = self._settings.provider, self._settings.url.rstrip("/") + path
        own = {
            "authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "stripe-version": _VERSION,
        }
        attributes = {"http.request.method": method, "peer.service": provider, "url.full": url}
        with self._tracing.span(method, "client", attributes) as span:
            try:
                async with self._session.request(
                    method, url, data=form, headers={**own, **headers}, allow_redirects=False
                ) as response:
                    body = await read_within(response, _LONGEST_ANSWER)
            except TimeoutError as error:
                raise ProviderUnavailable(f"{provider} did not answer in time") from error
            except (aiohttp.ClientError, AnswerTooLarge) as error:
                raise ProviderUnavailable(f"{provider} cannot be reached") from error
            span.attributes["http.response.status_code"] = response.status
            span.error = str(response.status) if response.status >= 400 else None
        return Answer(provider, response.status, body)


def _refused(failure: Failure) -> ProviderRefused:
    return ProviderRefused(
        failure.message or "the payment provider refused",
        reason=failure.decline_code or failure.code or failure.type,
        parameter=failure.param,
    )
