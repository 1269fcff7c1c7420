"""Tokens that are not what they should be, and one reason each."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping

import jwt
import pytest

from product_service.chassis.errors import Unauthorized
from product_service.chassis.features import BLUEPRINT
from product_service.chassis.policy import AUTHENTICATED

from .fixtures_auth import SECRET, Guarded, claims, token

Verdict = Callable[[str], Awaitable[str]]

NOW = int(time.time())  # when the tests are collected: they may run minutes later


@pytest.fixture
def verdict(guarded: Guarded, auth_settings: Mapping[str, str]) -> Verdict:
    """What is said of a token: the code of its refusal, or good."""
    authenticator = guarded(auth_settings).authenticator

    async def judge(sent: str) -> str:
        assert authenticator is not None
        header = [(b"authorization", f"Bearer {sent}".encode())]
        try:
            await authenticator.admit(header, AUTHENTICATED)
        except Unauthorized as refused:
            return refused.code
        return "good"

    return judge


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(header: bytes, payload: bytes) -> str:
    """A token of these very bytes with a right HS256 signature."""
    head = f"{encode(header)}.{encode(payload)}"
    return f"{head}.{encode(hmac.digest(SECRET.encode(), head.encode(), hashlib.sha256))}"


HEADER = b'{"alg":"HS256","typ":"JWT"}'
PAYLOAD = json.dumps(claims()).encode()


async def test_a_token_of_the_right_bytes_is_good(verdict: Verdict) -> None:
    assert await verdict(signed(HEADER, PAYLOAD)) == "good"


HEAD, _, SIGNATURE = signed(HEADER, PAYLOAD).rpartition(".")
OTHER_END = chr(ord(SIGNATURE[-1]) + 1)  # differs in bits that belong to no byte

MALFORMED = {
    "nothing": "",
    "one part": "abc",
    "two parts": f"{encode(HEADER)}.{encode(PAYLOAD)}",
    "four parts": f"{HEAD}.{SIGNATURE}.{SIGNATURE}",
    "no signature": f"{HEAD}.",
    "no payload": f"{encode(HEADER)}..{SIGNATURE}",
    "padded": f"{HEAD}.{SIGNATURE}=",
    "the other alphabet": signed(b'{"alg":"HS256","x":"\xc3\xbf\xc3\xbf?"}', PAYLOAD).replace(
        "_", "/", 1
    ),
    "a blank within": f"{HEAD}. {SIGNATURE}",
    "a line feed": f"{HEAD}.{SIGNATURE[:-1]}\n{SIGNATURE[-1]}",
    "bits left over": f"{HEAD}.{SIGNATURE[:-1]}{OTHER_END}",
    "not ASCII": f"{HEAD}.\xe9",
    "longer than 8 KiB": token(padding="x" * 8192),
    "a header that is no JSON": signed(b"{", PAYLOAD),
    "a header that is a list": signed(b"[]", PAYLOAD),
    "a header that is not UTF-8": signed(b'{"alg":"HS256","x":"\xff"}', PAYLOAD),
    "a header with a name twice": signed(b'{"alg":"none","alg":"HS256"}', PAYLOAD),
    "no algorithm": signed(b"{}", PAYLOAD),
    "an algorithm that is a list": signed(b'{"alg":["HS256"]}', PAYLOAD),
    "a kid that is a number": signed(b'{"alg":"HS256","kid":1}', PAYLOAD),
    "an extension that must be understood": signed(
        b'{"alg":"HS256","crit":["b64"],"b64":false}', PAYLOAD
    ),
    "another type": signed(b'{"alg":"HS256","typ":"JWE"}', PAYLOAD),
    "no signature wanted": jwt.encode(claims(), "", algorithm="none"),
    "another algorithm of the family": jwt.encode(claims(), SECRET * 2, algorithm="HS512"),
    "another secret": jwt.encode(claims(), SECRET[::-1], algorithm="HS256"),
    "a payload that is no JSON": signed(HEADER, b"{"),
    "a payload that is a text": signed(HEADER, b'"alice"'),
    "a payload with a name twice": signed(HEADER, PAYLOAD[:-1] + b',"sub":"bob"}'),
    "a name twice further in": signed(HEADER, PAYLOAD[:-1] + b',"a":{"b":1,"b":2}}'),
    "a number that is none": signed(HEADER, PAYLOAD[:-1] + b',"a":NaN}'),
    "a number too long to read": signed(HEADER, PAYLOAD[:-1] + b',"a":' + b"1" * 5000 + b"}"),
    "a payload nested too deep": signed(HEADER, b"[" * 5000),
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_token_is_invalid(verdict: Verdict, sent: str) -> None:
    assert await verdict(sent) == "token-invalid"


WRONG: Mapping[str, dict[str, object]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "an issuer that is a list": {"iss": ["development"]},
    "another audience": {"aud": "another-service"},
    "no audience": {"aud": None},
    "an empty audience": {"aud": []},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject that is too long": {"sub": "a" * 256},
    "a subject with a NUL": {"sub": "al\0ice"},
    "a subject with half a character": {"sub": "\ud800"},
    "no expiry": {"exp": None},
    "an expiry that is a text": {"exp": str(NOW + 300)},
    "an expiry with a fraction": {"exp": NOW + 300.5},
    "an expiry that is a truth": {"exp": True},
    "an expiry without end": {"exp": 10**400},
    "a life longer than the longest": {"exp": NOW + 3700},
    "no time of issue": {"iat": None},
    "a time of issue to come": {"iat": NOW + 900},
    "a time of issue that is a text": {"iat": str(NOW)},
    "not good before later": {"nbf": NOW + 900},
    "not good before a text": {"nbf": "now"},
    "roles that are a text": {"roles": "admin"},
    "roles that are numbers": {"roles": [1]},
    "a session that is a number": {"sid": 1},
    "an id that is a list": {"jti": ["token-1"]},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
async def test_a_wrong_claim_is_invalid(verdict: Verdict, changes: dict[str, object]) -> None:
    sent = signed(HEADER, json.dumps(claims(**changes)).encode())

    assert await verdict(sent) == "token-invalid"


async def test_an_expired_token_is_told_so(verdict: Verdict) -> None:
    assert await verdict(token(iat=NOW - 400, exp=NOW - 100)) == "token-expired"


async def test_a_token_that_just_expired_is_good_within_the_leeway(verdict: Verdict) -> None:
    now = int(time.time())

    assert await verdict(token(iat=now - 300, exp=now - 1)) == "good"


RIGHT = {
    "issued by a clock that is fast": {"iat": NOW + 15},
    "good from now on": {"nbf": NOW},
    "for several": {"aud": ["another-service", "development"]},
    "without roles": {"roles": None},
    "without a session": {"sid": None, "jti": None},
    "with claims of others": {"ver": 1, "address": {"city": "Ulm"}},
}


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
async def test_a_token_with_other_claims_that_are_right_is_good(
    verdict: Verdict, changes: dict[str, object]
) -> None:
    sent = signed(HEADER, json.dumps(claims(**changes)).encode())

    assert await verdict(sent) == "good"


async def test_a_token_for_this_service_alone_is_good(verdict: Verdict) -> None:
    assert await verdict(token(aud=BLUEPRINT.name)) == "good"
