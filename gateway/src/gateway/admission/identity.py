"""Who asks: the token of a request, and what the service is told of its owner."""

from __future__ import annotations

from collections.abc import Coroutine
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote

from ..chassis.auth.bearer import BearerAuthenticator, token_in
from ..chassis.auth.standing import Standing
from ..chassis.cors import Origins
from ..chassis.errors import Forbidden, ServiceError
from ..chassis.policy import OPTIONAL, Policy, Principal
from ..wire.contract import Head, Header

_PROTOCOL: Final = b"bearer."  # of a WebSocket: `bearer.<token>` beside the protocols proper
_PLAIN: Final = "-._~:@/+ "  # what is written as it is; anything that is no header value is not


class Callers:
    """Finds the principal of a request, without waiting where the token is remembered."""

    def __init__(self, authenticator: BearerAuthenticator) -> None:
        self._authenticator = authenticator

    def admit(
        self, head: Head, policy: Policy, token: str | None, beside: str | None
    ) -> Standing | Coroutine[None, None, Principal | None] | None:
        """Who asks, if the policy admits it; `token` is the header's, `beside` another one.

        Raises Unauthorized or Forbidden, at once or when awaited.
        """
        if beside is None and token is not None:
            wanted = OPTIONAL if policy.demand == "public" else policy
            try:
                known = self._authenticator.admit_known(token, wanted)
            except ServiceError:
                if policy.demand == "public" and not head.upgrade:
                    return None
                raise
            if known is not None:
                return known
        if policy.demand == "public":
            return self._perhaps(head, beside) if token or beside else None
        return self._authenticator.admit(head.headers, policy, token=beside)

    async def _perhaps(self, head: Head, beside: str | None) -> Principal | None:
        """A public route is open to a bad token as well; a WebSocket could not say so later."""
        try:
            return await self._authenticator.admit(head.headers, OPTIONAL, token=beside)
        except ServiceError:
            if head.upgrade:
                raise
            return None


def token_of(head: Head) -> str | None:
    """The bearer token of the one Authorization header, or None."""
    values = head.header_values(b"authorization")
    if len(values) != 1:
        return None
    scheme, _, token = values[0].partition(b" ")
    return token_in(token) if scheme.lower() == b"bearer" else None


def handshake_token(head: Head) -> tuple[str | None, bool]:
    """The token that a browser's WebSocket brought, and whether it stands in the query."""
    query = dict(parse_qsl(head.query[1:].decode("latin-1"), keep_blank_values=True))
    if "access_token" in query:
        return query["access_token"], True
    for value in head.header_values(b"sec-websocket-protocol"):
        for one in value.split(b","):
            if one.strip().startswith(_PROTOCOL):
                return one.strip().removeprefix(_PROTOCOL).decode("latin-1"), False
    return None, False


def told_of(principal: Principal | None) -> tuple[Header, ...]:
    """The headers that say to a service who asks; it verifies the token all the same."""
    return _told(principal.sub, principal.roles) if principal is not None else ()


@lru_cache(maxsize=4096)
def _told(sub: str, roles: frozenset[str]) -> tuple[Header, ...]:
    listed = ",".join(quote(role, safe=_PLAIN) for role in sorted(roles))
    user: Header = (b"x-user-id", quote(sub, safe=_PLAIN).encode())
    return (user, (b"x-user-roles", listed.encode())) if listed else (user,)


def require_own_page(head: Head, known: Origins | None, *, exposed: bool) -> None:
    """A page of another origin must not use what a browser sends by itself; raises Forbidden.

    `exposed`: the token stands in the query, where other pages may have got hold of it.
    """
    origin = head.header(b"origin")
    if origin is None or not (exposed or head.header(b"cookie")):
        return
    own = b"%b://%b" % (head.scheme.encode(), head.header(b"host") or b"")
    if origin != own and not (known and known.know(origin)):
        raise Forbidden("pages of this origin may not connect")
