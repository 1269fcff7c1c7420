"""Our gateway as it is run: with a registry, an issuer, limits, metrics and its access log.

Compiled, as in its image, where there is a C compiler; beside it, where asked for, interpreted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from tools import ROOT, compiled
from tools.bench.bench import Bench, CannotMeasure, progress
from tools.bench.edge.issuer import issuer, token
from tools.bench.edge.proxies import SMALL
from tools.bench.server import PATIENCE_SECONDS, Server, cores, serving

OURS: Final = "gateway"
INTERPRETED: Final = "gateway, interpreted"
SERVICE: Final = "bench"
_LEASE_SECONDS: Final = 300


@dataclass(frozen=True)
class Gateway:
    """As many as were asked for, by name; `renew` prolongs the upstream's lease at the registry."""

    servers: Mapping[str, Server]
    registry: Server
    renew: Callable[[], None]


@contextmanager
def gateway(
    bench: Bench, service: Server, valkey: str, *, interpreted: bool = False
) -> Iterator[Gateway]:
    """The gateway in front of this upstream."""
    pythons = _pythons(interpreted)
    environment = {"ENVIRONMENT": "development", "REDIS_URL": valkey}
    registry = _ours(bench, "registry", "registry", sys.executable, environment, cores()[-1])
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
        with ExitStack() as stack:
            servers = {
                name: stack.enter_context(
                    _ours(bench, name, "gateway", python, environment, cores()[0])
                )
                for name, python in pythons.items()
            }
            for server in servers.values():
                _until_routed(server)
            yield Gateway(servers, known, publish)


def _pythons(interpreted: bool) -> dict[str, str]:
    """Where it is installed, by what it is called."""
    if reason := compiled.lacking():
        progress(f"the gateway is measured interpreted, which its image is not: {reason}")
        return {OURS: sys.executable}
    compiled.install(ROOT / "gateway")
    progress("the gateway is measured compiled, as its image has it")
    beside = {INTERPRETED: sys.executable} if interpreted else {}
    return {OURS: str(compiled.PYTHON), **beside}


def _ours(
    bench: Bench, name: str, package: str, python: str, environment: Mapping[str, str], core: int
) -> AbstractContextManager[Server]:
    return serving(
        [python, "-m", package],
        environment=environment,
        folder=ROOT / package,
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
