"""Microseconds of processor time of single parts of a request, as JSON; run beside `bench_auth`."""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable

import jwt
from bench_auth.app import create_app
from bench_auth.chassis import context
from bench_auth.chassis.policy import AUTHENTICATED

ROUNDS, CALLS = 9, 2000


def token() -> str:
    now = int(time.time())
    claims = {"iss": "development", "aud": "development", "sub": "alice", "sid": "s", "jti": "t"}
    claims |= {"roles": ["customer"], "iat": now, "exp": now + 900}
    return jwt.encode(claims, os.environ["AUTH_SECRET"], algorithm="HS256")


async def microseconds(call: Callable[[], Awaitable[object]]) -> float:
    """The median of some rounds; in each, the mean of many calls."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(CALLS):
            await call()
        taken.append((time.process_time() - begun) / CALLS * 1e6)
    return statistics.median(taken)


async def main() -> None:
    app = create_app()
    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer " + token().encode())]
    request, scope = context.begin(headers), {"type": "http", "method": "GET", "path": "/"}

    async def admit() -> None:
        await app.authenticator.admit(headers, AUTHENTICATED)

    async def trace() -> None:
        app.tracing.decide(request)
        app.tracing.answered(request, scope, 200, 0.001)

    print(json.dumps({"admit": await microseconds(admit), "trace": await microseconds(trace)}))


asyncio.run(main())
