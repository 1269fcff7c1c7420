"""Our gateway as it is run: with a registry, an issuer, limits, metrics and its access log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import httpx

from tools import ROOT
from tools.bench.bench import Bench, CannotMeasure
from tools.bench.edge.issuer import issuer, token
from tools.bench.edge.proxies import SMALL
from tools.bench.server import PATIENCE_SECONDS, Server, cores, serving

SERVICE: Final = "bench"
_LEASE_SECONDS: Final = 300


@contextmanager
def gateway(
    bench: Bench, service: Server, valkey: str
) -> Iterator[tuple[Server, Callable[[], None]]]:
    """The gateway in front of this upstream, and a function that renews the upstream's lease."""
    environment = {"ENVIRONMENT": "development", "REDIS_URL": valkey}
    registry = _ours(bench, "registry", environment, core=cores()[-1])
    with registry as known, issuer(bench) as keys:

        def publish() -> None:
            route = {"prefix": "/v1", "methods": ["GET", "POST"], "policy": "authenticated"}
            instance = {"name": SERVICE, "url": service.url, "ttl": _LEASE_SECONDS}
            said = {**instance, "metadata": {"routes": [route], "websocket": True}}
            httpx.post(f"{known.url}/register", json=said, trust_env=False).raise_for_status()

        publish()
        environment |= {
            "AUTH_JWKS_URL": keys,
            "REGISTRY_URL": known.url,
            "LIMIT_READ": "100000000/min/ip",
            "LIMIT_WRITE": "100000000/min/user",
            "DOCUMENTS_GATHER_SECONDS": "3600",
        }
        with _ours(bench, "gateway", environment, core=cores()[0]) as server:
            _until_routed(server)
            yield server, publish


def _ours(
    bench: Bench, name: str, environment: Mapping[str, str], core: int
) -> AbstractContextManager[Server]:
    return serving(
        [sys.executable, "-m", name],
        environment=environment,
        folder=ROOT / name,
        log=bench.folder / f"{name}.log",
        core=core,
    )


def _until_routed(server: Server) -> None:
    headers = {"Authorization": f"Bearer {token('first')}"}
    deadline = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            answer = client.get(server.url + SMALL, headers=headers)
            if answer.is_success:
                return
            time.sleep(0.02)
    raise CannotMeasure(f"the gateway does not reach the upstream: {answer.text}")
