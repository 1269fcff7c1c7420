"""Keys that an issuer shows: which are used, and how long they last when it is away."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, RSAAlgorithm

from notification_service.chassis.application import Application
from notification_service.chassis.auth import jwks, trust
from notification_service.chassis.auth.keys import Key
from notification_service.chassis.tally import Count

from .fixtures_auth import Clock, Guarded, Issuer, Signer, bearer, claims, token, until
from .fixtures_service import client_for

HOUR = 3600


class Within:
    """An issuer that is a part of the service, with one key."""

    generation = Count()

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def find(self, kid: str) -> Key | None:
        return Key.public(self._signer.jwk) if kid == self._signer.kid else None


@pytest.fixture
def app(guarded: Guarded, issuer: Issuer) -> Application:
    return guarded(issuer.settings)


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app) as client:
        yield client


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(time.monotonic)
    monkeypatch.setattr(jwks, "monotonic", clock)
    return clock


async def status(client: httpx.AsyncClient, sent: str) -> int:
    return (await client.get("/v1/mine", headers=bearer(sent))).status_code


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
async def test_a_token_signed_with_a_key_of_the_issuer_is_good(
    client: httpx.AsyncClient, issuer: Issuer, algorithm: str
) -> None:
    signer = Signer(algorithm, "key-2")
    issuer.shown.append(signer.jwk)

    assert await status(client, signer.sign()) == 200


async def test_a_token_that_another_key_signed_is_invalid(client: httpx.AsyncClient) -> None:
    assert await status(client, Signer("ES256", "key-1").sign()) == 401


async def test_a_token_that_names_no_key_is_invalid(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    assert await status(client, issuer.signer.sign_with({})) == 401


async def test_a_new_key_is_known_with_its_first_token(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    assert await status(client, issuer.signer.sign()) == 200
    rotated = Signer("EdDSA", "key-2")
    issuer.shown = [rotated.jwk]

    assert await status(client, rotated.sign()) == 200
    assert await status(client, issuer.signer.sign()) == 401


async def test_the_issuer_is_asked_about_unknown_keys_once_in_30_seconds(
    client: httpx.AsyncClient, issuer: Issuer, clock: Clock
) -> None:
    await status(client, issuer.signer.sign())
    before = issuer.fetches

    assert await status(client, Signer("ES256", "stranger-1").sign()) == 401
    assert await status(client, Signer("ES256", "stranger-2").sign()) == 401
    assert issuer.fetches == before + 1

    clock.ahead = 30
    assert await status(client, Signer("ES256", "stranger-3").sign()) == 401
    assert issuer.fetches == before + 2


async def test_a_crowd_with_an_unknown_key_is_one_question(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    await status(client, issuer.signer.sign())
    before = issuer.fetches
    rotated = Signer("ES256", "key-2")
    issuer.shown = [rotated.jwk]

    statuses = await asyncio.gather(*(status(client, rotated.sign(sub=f"{n}")) for n in range(50)))

    assert set(statuses) == {200}
    assert issuer.fetches == before + 1


async def test_a_key_that_comes_while_keys_are_being_fetched_is_asked_for_once_more(
    app: Application, issuer: Issuer
) -> None:
    rotated = Signer("ES256", "key-2")
    issuer.answering.clear()

    async def asked() -> bool:
        return issuer.fetches == 1

    async with client_for(app):
        await until(asked)
        issuer.shown = [rotated.jwk]
        finding = asyncio.create_task(app.resource(jwks.KeySet).find("key-2"))
        await asyncio.sleep(0)  # it waits for what is under way, which does not know the key
        issuer.answering.set()

        assert await finding is not None

    assert issuer.fetches == 2


async def test_keys_serve_a_day_while_the_issuer_is_away(
    client: httpx.AsyncClient, issuer: Issuer, clock: Clock
) -> None:
    assert await status(client, issuer.signer.sign()) == 200
    await issuer.stop()

    clock.ahead = 23 * HOUR
    assert await status(client, issuer.signer.sign(sub="bob")) == 200
    clock.ahead = 25 * HOUR
    refused = await client.get("/v1/mine", headers=bearer(issuer.signer.sign(sub="carol")))

    assert (refused.status_code, refused.json()["code"]) == (503, "dependency-unavailable")
    assert refused.headers["retry-after"] == "1"


async def test_a_service_starts_without_its_issuer_and_finds_it_later(
    app: Application, issuer: Issuer
) -> None:
    await issuer.stop()

    async with client_for(app) as client:
        assert await status(client, issuer.signer.sign()) == 503
        assert (await client.get("/health/ready")).json()["status"] == "degraded"
        await issuer.start()

        async def served() -> bool:
            return await status(client, issuer.signer.sign()) == 200

        await until(served)
        assert (await client.get("/health/ready")).json()["checks"]["jwks"]["status"] == "ok"


async def test_a_key_that_is_shown_no_longer_is_refused_even_for_a_token_it_was_good_for(
    app: Application, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.05)
    sent = issuer.signer.sign()

    async with client_for(app) as client:
        assert await status(client, sent) == 200
        issuer.shown = [Signer("ES256", "key-2").jwk]

        async def refused() -> bool:
            return await status(client, sent) == 401

        await until(refused)


@pytest.mark.parametrize("shown", [[], [{"kty": "EC"}], [{"kid": "x", "n": "y" * 300_000}]])
async def test_a_key_set_without_a_use_leaves_the_keys_as_they_were(
    client: httpx.AsyncClient, issuer: Issuer, shown: list[dict[str, object]]
) -> None:
    assert await status(client, issuer.signer.sign()) == 200
    issuer.shown = shown

    assert await status(client, Signer("ES256", "stranger").sign()) == 401
    assert await status(client, issuer.signer.sign(sub="bob")) == 200


async def test_a_public_key_is_no_shared_secret(client: httpx.AsyncClient, issuer: Issuer) -> None:
    pem = issuer.signer.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    head, _, _ = jwt.encode(
        claims(), "x" * 32, algorithm="HS256", headers={"kid": "key-1"}
    ).rpartition(".")
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(head.encode(), pem)

    assert await status(client, f"{head}.{jwt.utils.base64url_encode(signature).decode()}") == 401


async def test_a_key_takes_no_other_algorithm_than_its_own(
    client: httpx.AsyncClient,
) -> None:
    assert await status(client, Signer("RS256", "key-1").sign()) == 401


async def test_a_shared_secret_is_no_use_where_none_is_set(client: httpx.AsyncClient) -> None:
    assert await status(client, token()) == 401


async def test_a_key_that_a_token_brings_along_is_ignored(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    thief = Signer("ES256", "key-1")
    elsewhere = f"http://127.0.0.1:{issuer.port}/thief.json"

    sent = thief.sign_with({"kid": "key-1", "jwk": thief.jwk, "jku": elsewhere, "x5u": elsewhere})

    assert await status(client, sent) == 401


async def test_in_development_the_secret_and_the_issuer_s_keys_are_both_good(
    guarded: Guarded, issuer: Issuer, auth_settings: dict[str, str]
) -> None:
    async with client_for(guarded(issuer.settings | auth_settings)) as client:
        assert await status(client, token()) == 200
        assert await status(client, issuer.signer.sign()) == 200


GOOD = Signer("ES256", "key").jwk
SMALL = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - it is to be refused
P384 = ec.generate_private_key(ec.SECP384R1())
USELESS = {
    "a key of no type": {"kid": "key"},
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"},
    "a private key": {**GOOD, "d": GOOD["x"]},
    "a key for encryption": {**GOOD, "use": "enc"},
    "a key for another algorithm": {**GOOD, "alg": "ES384"},
    "a key of another curve": ECAlgorithm.to_jwk(P384.public_key(), as_dict=True),
    "a point that is not on the curve": {**GOOD, "x": GOOD["y"]},
    "half a point": {**GOOD, "y": None},
    "an RSA key of 1024 bits": RSAAlgorithm.to_jwk(SMALL, as_dict=True),
    "an RSA key without its modulus": {"kty": "RSA", "e": "AQAB"},
    "a type that is a list": {"kty": ["EC"], "crv": "P-256"},
}


@pytest.mark.parametrize("jwk", USELESS.values(), ids=USELESS)
def test_a_key_of_no_use_is_passed_over(jwk: dict[str, object]) -> None:
    assert Key.public(GOOD) is not None
    assert Key.public(jwk) is None


async def test_an_issuer_within_the_service_is_believed_and_no_other_is_asked(
    app: Application, issuer: Issuer
) -> None:
    within = Signer("ES256", "key-within")
    trust(app, Within(within))

    async with client_for(app) as client:
        assert await status(client, within.sign()) == 200
        assert await status(client, issuer.signer.sign()) == 401
        assert "jwks" not in (await client.get("/health/ready")).json()["checks"]
    assert issuer.fetches == 0
