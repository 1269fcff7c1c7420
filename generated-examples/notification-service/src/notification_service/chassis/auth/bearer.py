"""The check before every handler: who asks, and does the route's policy let them in?"""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from ..context import RawHeaders
from ..errors import Forbidden, ServiceError, Unauthorized
from ..policy import Policy, Principal
from ..tally import Count
from .standing import Standing
from .tokens import Verifier

OUTCOMES: Final = (
    "ok",
    "token-missing",
    "token-invalid",
    "token-expired",
    "token-revoked",
    "forbidden",
    "dependency-unavailable",
)


class BearerAuthenticator(Collector):
    """The Authenticator of services: a bearer token (RFC 6750) tells who asks."""

    def __init__(self, verifier: Verifier, registry: CollectorRegistry) -> None:
        self._verifier = verifier
        self._counts = {outcome: Count() for outcome in OUTCOMES}
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        checked = CounterMetricFamily(
            "auth_verifications",
            "Callers checked against a route's policy, by outcome.",
            labels=("outcome",),
        )
        for outcome, count in self._counts.items():
            checked.add_metric((outcome,), count.value)
        yield checked

    async def admit(
        self, headers: RawHeaders, policy: Policy, *, token: str | None = None
    ) -> Principal | None:
        if policy.demand == "public":
            return None
        try:
            sent = _sent(headers, token)
            if sent is None and policy.demand == "optional":
                return None
            principal = await self._known(sent, policy)
        except ServiceError as error:
            self._counts[error.code].rise()
            raise
        self._counts["ok"].rise()
        return principal

    def admit_known(self, token: str, policy: Policy) -> Standing | None:
        """As `admit`, and without waiting; None if the token is not remembered."""
        try:
            principal = self._verifier.recall(token)
            if principal is None:
                return None
            _require(principal, policy)
        except ServiceError as error:
            self._counts[error.code].rise()
            raise
        self._counts["ok"].rise()
        return self._verifier.standing(principal, self._counts["ok"])

    async def _known(self, token: str | None, policy: Policy) -> Principal:
        if token is None:
            raise Unauthorized("this needs a bearer token", code="token-missing")
        principal = await self._verifier.verify(token)
        _require(principal, policy)
        return principal


def _require(principal: Principal, policy: Policy) -> None:
    if not policy.admits(principal):
        wanted = " or ".join(sorted(policy.roles))
        challenge = {"www-authenticate": 'Bearer error="insufficient_scope"'}
        raise Forbidden(f"this needs the role {wanted}", headers=challenge)


def _sent(headers: RawHeaders, token: str | None) -> str | None:
    """The one token that came, or None; raises Unauthorized if there are several."""
    values = [value for name, value in headers if name == b"authorization"]
    tokens = [token_in(rest) for rest in map(_bearer, values) if rest is not None]
    if token is not None:
        tokens.append(token)
    if len(tokens) > 1:
        raise Unauthorized("send one token", code="token-invalid", error="invalid_request")
    return tokens[0] if tokens else None


def token_in(rest: bytes) -> str:
    """The token behind the scheme; who remembers it keeps the same one as others do."""
    return intern(rest.strip().decode("latin-1"))


def _bearer(value: bytes) -> bytes | None:
    scheme, _, rest = value.partition(b" ")
    return rest if scheme.lower() == b"bearer" else None
