"""The signing keys in memory: sign tokens, and check them without asking anybody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, time
from typing import ClassVar, Final, Self
from uuid import uuid4

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric import ec

from ..chassis.auth import AuthSettings, Key
from ..chassis.database import Database
from ..chassis.errors import ServiceError
from ..chassis.resource import Resource
from ..chassis.tally import Count
from ..settings import SigningSettings
from . import service
from .models import JwkSet, SigningKey, State, shown
from .vault import Sealed, Vault

TOKEN_SECONDS: Final = 300
# How long a rotation by another replica may stay unseen: far less than the next key was shown.
LOOK_SECONDS: Final = 30.0
STRANGER_SECONDS: Final = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    kid: str
    alg: str
    private: ec.EllipticCurvePrivateKey


class TokenKeys(Resource):
    """Signs the tokens of all services, and is the Issuer whom this service believes."""

    name: ClassVar[str] = "signing-keys"

    def __init__(self, database: Database, settings: SigningSettings, auth: AuthSettings) -> None:
        assert settings.secret is not None
        self.generation = Count()
        self._database = database
        self._vault = Vault(settings.secret)
        self._every = settings.rotation
        self._issuer = auth.issuer
        self._audience = sorted(auth.audience)
        self._keys: dict[str, Key] = {}
        self._looked_at = 0.0

    async def __aenter__(self) -> Self:
        await self.rotate()
        self._watcher = asyncio.create_task(self._watch(), name="signing-keys")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watcher

    async def rotate(self) -> None:
        """See that the keys are the right ones for now, whoever made them so."""
        self._looked_at = monotonic()
        self._adopt(await service.rotate(self._database, self._vault, every=self._every))

    async def find(self, kid: str) -> Key | None:
        """The public key of that name; one that is not known may be of a rotation just now."""
        if kid not in self._keys and monotonic() - self._looked_at > STRANGER_SECONDS:
            await self.rotate()
        return self._keys.get(kid)

    @property
    def shown(self) -> JwkSet:
        return self._shown

    def sign(
        self, subject: str, *, roles: Sequence[str], audience: str | None = None, **more: object
    ) -> str:
        """A token for this subject, good for TOKEN_SECONDS at this audience or everywhere."""
        now = int(time())
        claims = {
            "iss": self._issuer,
            "aud": audience or self._audience,
            "sub": subject,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": uuid4().hex,
            "roles": roles,
            **more,
        }
        signer = self._signer
        return jwt.encode(claims, signer.private, signer.alg, headers={"kid": signer.kid})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.rotate()
            except (ServiceError, Sealed) as error:  # the keys in memory stay good
                log.warning("signing_keys.not_read", reason=str(error))

    def _adopt(self, keys: Sequence[SigningKey]) -> None:
        public = {key.kid: Key.public(key.public_jwk) for key in keys}
        active = next(key for key in keys if key.state is State.active)
        self._signer = Signer(active.kid, active.alg, active.private(self._vault))
        self._shown = JwkSet(keys=[dict(jwk) for jwk in shown(keys)])
        if public.keys() != self._keys.keys():
            self._keys = {kid: key for kid, key in public.items() if key is not None}
            self.generation.rise()
