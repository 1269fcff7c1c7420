"""An issuer of tokens: its keys, the tokens that it signs, and the endpoints that it serves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.types import JWKDict
from nexios.http import Request, Response

from product_service.chassis import auth, client, health, valkey
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.features import BLUEPRINT
from product_service.chassis.policy import (
    AUTHENTICATED,
    OPTIONAL,
    PUBLIC,
    Principal,
    roles,
)
from product_service.chassis.routing import Router

SECRET = "a-secret-that-only-the-tests-know-1234567890"
# Any: claims are whatever JSON can say.
Claims = dict[str, Any]


def claims(**changes: object) -> Claims:
    """The claims of a good token of a quarter of an hour; a change to None leaves one out."""
    now = int(time.time())
    good = {
        "iss": "development",
        "aud": "development",
        "sub": "alice",
        "sid": "session-1",
        "jti": "token-1",
        "roles": ["customer"],
        "iat": now,
        "exp": now + 900,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(**changes: object) -> str:
    """A token signed with the shared secret."""
    return jwt.encode(claims(**changes), SECRET, algorithm="HS256")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def auth_settings() -> dict[str, str]:
    return {"AUTH_SECRET": SECRET}


@pytest.fixture
def auth_headers() -> dict[str, str]:
    """What lets a caller in wherever a token is enough."""
    return bearer(token())


async def welcome(request: Request, response: Response) -> Any:
    """Answer who came in."""
    principal = Principal.known(request)
    return {"sub": principal.sub if principal else None}


def doors() -> Router:
    """A route of each policy."""
    router = Router(prefix="/v1")
    router.get("/anybody", welcome, policy=PUBLIC)
    router.get("/perhaps", welcome, policy=OPTIONAL)
    router.get("/mine", welcome, policy=AUTHENTICATED)
    router.get("/staff", welcome, policy=roles("support", "admin"))
    router.get("/service", welcome, policy=roles("service"))
    return router


Guarded = Callable[[Mapping[str, str]], Application]


@pytest.fixture
def guarded(bare_environment: pytest.MonkeyPatch, valkey_settings: Mapping[str, str]) -> Guarded:
    """Make applications with the auth feature, these settings, and a door for every policy."""

    def make(settings: Mapping[str, str]) -> Application:
        for name, value in {**valkey_settings, **settings}.items():
            bare_environment.setenv(name, value)
        app = Application(Blueprint(BLUEPRINT.name, "test", [client, health, valkey, auth]))
        app.include(doors())
        return app

    return make


class Clock:
    """A clock that can be put forward."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.ahead = 0.0
        self._now = now

    def __call__(self) -> float:
        return self._now() + self.ahead


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 10) -> None:
    """Wait until this is true; raises TimeoutError if it is not in time."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.01)


class Signer:
    """A private key, and the name under which the issuer shows its public half."""

    def __init__(self, algorithm: str, kid: str) -> None:
        self.algorithm = algorithm
        self.kid = kid
        make, show = _KINDS[algorithm]
        self.private = make()
        self._shown: JWKDict = show(self.private.public_key(), as_dict=True)

    @property
    def jwk(self) -> JWKDict:
        return {**self._shown, "kid": self.kid, "use": "sig"}

    def sign(self, **changes: object) -> str:
        """A token of these claims, signed with this key."""
        return self.sign_with({"kid": self.kid}, **changes)

    def sign_with(self, header: Claims, **changes: object) -> str:
        """A token of this header and these claims, signed with this key."""
        said = claims(**changes)
        return jwt.encode(said, self.private, algorithm=self.algorithm, headers=header)


# Any: each kind of key has a class of its own.
_KINDS: dict[str, Any] = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm.to_jwk),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm.to_jwk),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm.to_jwk),
}


class Issuer:
    """Shows keys and grants tokens on a real socket; it can go away and come back."""

    def __init__(self) -> None:
        self.signer = Signer("ES256", "key-1")
        self.shown: list[JWKDict] = [self.signer.jwk]
        self.fetches = 0
        self.answering = asyncio.Event()  # not set: whoever fetches the keys waits
        self.answering.set()
        self.asked: list[tuple[str, object]] = []
        self.granted_seconds = 300
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service that trusts this issuer alone."""
        return {
            "AUTH_JWKS_URL": f"http://127.0.0.1:{self.port}/jwks.json",
            "AUTH_ISSUER": "development",
            "AUTH_AUDIENCE": "development",
        }

    @property
    def client_settings(self) -> dict[str, str]:
        """The settings of a service that gets its own tokens here."""
        url = f"http://127.0.0.1:{self.port}/token"
        return {**self.settings, "AUTH_TOKEN_URL": url, "AUTH_CLIENT_SECRET": SECRET}

    async def start(self) -> None:
        """Listen, on the same port as before if it was started before."""
        app = web.Application()
        app.add_routes([web.get("/jwks.json", self._jwks), web.post("/token", self._grant)])
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _jwks(self, request: web.Request) -> web.Response:
        self.fetches += 1
        shown = self.shown
        await self.answering.wait()
        return web.json_response({"keys": shown})

    async def _grant(self, request: web.Request) -> web.Response:
        audience = (await request.json())["audience"]
        self.asked.append((request.headers["Authorization"], audience))
        access_token = self.signer.sign(
            aud=audience, sub=BLUEPRINT.name, roles=["service"], jti=str(len(self.asked))
        )
        return web.json_response(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": self.granted_seconds,
            }
        )


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    await issuer.start()
    yield issuer
    await issuer.stop()
