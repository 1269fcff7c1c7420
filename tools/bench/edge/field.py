"""All that are compared, in front of the same upstream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from dev.valkey import running_valkey
from tools.bench.bench import Bench, opened
from tools.bench.edge.gateway import gateway
from tools.bench.edge.proxies import APPLICATIONS, PEERS, application, proxy
from tools.bench.server import Server


@dataclass(frozen=True)
class Field:
    """The servers by name; `renew` prolongs the upstream's lease, which is due every few scenes."""

    upstream: Server
    servers: Mapping[str, Server]
    renew: Callable[[], None]


@contextmanager
def field(
    bench: Bench,
    upstream: AbstractContextManager[Server],
    applications: Mapping[str, str] = APPLICATIONS,
    *,
    interpreted: bool = False,
) -> Iterator[Field]:
    """Start everybody, ours interpreted as well where asked; who is missing is told before."""
    for peer in PEERS.values():
        peer.found()
    with ExitStack() as stack:
        valkey = stack.enter_context(opened(running_valkey()))
        service = stack.enter_context(upstream)
        ours = stack.enter_context(gateway(bench, service, valkey.url, interpreted=interpreted))
        servers = dict(ours.servers)
        for name in PEERS:
            servers[name] = stack.enter_context(proxy(bench, name, service))
        for module, name in applications.items():
            servers[name] = stack.enter_context(application(bench, module, service))
        yield Field(service, servers, ours.renew)
