"""Every key that a token of this service may be signed with."""

from __future__ import annotations

from typing import ClassVar, Protocol

from ..resource import Resource
from ..tally import Count
from .jws import invalid
from .keys import Key


class Issuer(Protocol):
    """Whose tokens are taken: it tells its public keys."""

    @property
    def generation(self) -> Count:
        """Rises whenever a key comes or goes: always the same object."""
        ...

    async def find(self, kid: str) -> Key | None:
        """The key of that name, or None; raises Unavailable if nobody can tell now."""
        ...


class Keyring(Resource):
    """The shared secret of a development machine, the issuer's public keys, or both."""

    name: ClassVar[str] = "keyring"

    def __init__(self, secret: Key | None, issuer: Issuer | None) -> None:
        self._first = Count()  # and the last: a secret is never another one
        self._secret = secret
        self.issuer = issuer

    @property
    def generation(self) -> Count:
        """Rises whenever a key comes or goes."""
        return self.issuer.generation if self.issuer else self._first

    async def find(self, algorithm: str, kid: str | None) -> Key:
        """The key that a token with this header must be signed with.

        Raises Unauthorized if there is none, and Unavailable if nobody can tell now.
        """
        key = self._secret if algorithm == "HS256" else await self._public(kid)
        if key is None or key.name != algorithm:
            raise invalid("the token is signed with a key that is not known here")
        return key

    async def _public(self, kid: str | None) -> Key | None:
        if self.issuer is None or kid is None:
            return None
        return await self.issuer.find(kid)
