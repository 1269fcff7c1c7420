"""Stripe's signature of a webhook: `t=<seconds>,v1=<hex>[,v1=…]`, an HMAC over `t.raw`."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import SecretStr

from ..chassis.errors import BadRequest

TOLERANCE_SECONDS: Final = 300

_PART = re.compile(r"(t|v1)=([0-9a-f]{1,64})")


class BadSignature(BadRequest):
    code = "bad-signature"


class StaleTimestamp(BadRequest):
    code = "stale-timestamp"


def verify(header: str, raw: bytes, secrets: Iterable[SecretStr], now: float) -> None:
    """Raises BadSignature unless one of the secrets signed exactly these bytes, and StaleTimestamp
    unless it did so within five minutes.

    There are several secrets while one is exchanged for another, and so several signatures. The
    time is judged last: an old one is only told to whoever knows a secret.
    """
    parts = [match.groups() for match in map(_PART.fullmatch, header.split(",")) if match]
    times = [value for name, value in parts if name == "t" and value.isdecimal()]
    signed = [value for name, value in parts if name == "v1"]
    if len(times) != 1 or not signed:
        raise BadSignature("the header Stripe-Signature must look like t=<seconds>,v1=<hex>")
    expected = [_sign(secret, times[0], raw) for secret in secrets]
    if not any(list(_matches(expected, signed))):  # all are compared, whichever matches
        raise BadSignature("no known secret signed this body")
    if abs(now - int(times[0])) > TOLERANCE_SECONDS:
        raise StaleTimestamp(f"the signature is not from the last {TOLERANCE_SECONDS} seconds")


def _sign(secret: SecretStr, at: str, raw: bytes) -> str:
    body = b"%b.%b" % (at.encode(), raw)
    return hmac.digest(secret.get_secret_value().encode(), body, hashlib.sha256).hex()


def _matches(expected: Iterable[str], signed: Iterable[str]) -> Iterator[bool]:
    for one in expected:
        for other in signed:
            yield hmac.compare_digest(one, other)
