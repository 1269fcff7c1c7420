"""What single parts of a request take: the check of a token, and tracing while it is off."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping

from tools.bench.bench import APPS, Bench
from tools.bench.figures import Figure


def figures(bench: Bench) -> Iterator[Figure]:
    bench.service("bench-auth", features=["auth"])
    first = _measured(bench, remembered_tokens=0)
    again = _measured(bench, remembered_tokens=1)
    yield Figure("CPU of an HS256 token, seen first", first["admit"], "us", below=60)
    yield Figure("CPU of an HS256 token, seen before", again["admit"], "us")
    yield Figure("CPU of tracing in a request, while off", first["trace"], "us", below=0.5)


def _measured(bench: Bench, *, remembered_tokens: int) -> Mapping[str, float]:
    environment = {
        **os.environ,
        "ENVIRONMENT": "development",
        "AUTH_SECRET": secrets.token_hex(32),
        "AUTH_REMEMBERED_TOKENS": str(remembered_tokens),
        "REDIS_URL": "redis://127.0.0.1:9",
    }
    command = [bench.python, str(APPS / "parts_of_ours.py")]
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    measured: Mapping[str, float] = json.loads(output)
    return measured
