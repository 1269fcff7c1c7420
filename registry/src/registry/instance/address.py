"""Which URLs the registry believes: plain origins, at addresses of the allowed networks.

The registry calls what it is told, and tells others to: without this a registration could aim it
at a cloud's metadata, at the machine itself, or at the world.  A host is resolved once, and what
it was resolved to is what the health checks call, whatever the name means later.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from .errors import RefusedUrl

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

RESOLVE_SECONDS: Final = 2.0
PRIVATE: Final[tuple[Network, ...]] = tuple(
    ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Where clouds answer questions that only the machine itself may ask; not all are link-local.
_METADATA: Final = frozenset(
    ip_address(one)
    for one in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
_PRINTABLE: Final = re.compile(r"[!-~]+")
_NAME: Final = re.compile(
    r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMERIC: Final = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")  # what resolvers take for an IPv4


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance is: its origin, and the address that its host had when it registered."""

    url: str
    address: str


def origin(url: str) -> str:
    """The URL without its last slash; raises RefusedUrl unless it is a plain http(s) origin."""
    return f"{(parts := _parts(url)).scheme}://{parts.netloc.lower()}"


async def locate(url: str, allowed: Sequence[Network], *, loopback: bool) -> Place:
    """Where this URL leads now; raises RefusedUrl unless it may be registered."""
    parts = _parts(url)
    host = parts.hostname or ""
    addresses = [literal] if (literal := _literal(host)) else await _resolve(host)
    for address in addresses:
        _require_allowed(address, host, allowed, loopback=loopback)
    return Place(origin(url), str(addresses[0]))


def _parts(url: str) -> SplitResult:
    if not _PRINTABLE.fullmatch(url):
        raise RefusedUrl("the url must be printable ASCII")
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise RefusedUrl(f"the url is none: {error}") from error
    if not plain or parts.netloc.endswith(":"):
        raise RefusedUrl("the url must be http://host:port or https://host:port")
    if "@" in parts.netloc or parts.path not in ("", "/") or "?" in url or "#" in url:
        raise RefusedUrl("the url must have no user, path, query or fragment")
    if "\\" in url or "%" in parts.netloc:
        raise RefusedUrl("the url's host must be written plainly")
    return parts


def _literal(host: str) -> Address | None:
    """The address that this host is, or None if it is a name; RefusedUrl for an odd spelling."""
    try:
        address = ip_address(host)
    except ValueError:
        if _NUMERIC.fullmatch(host.rstrip(".")) or not _NAME.fullmatch(host):
            raise RefusedUrl(f"the host {host} is no name and no usual spelling of an IP") from None
        return None
    if str(address) != host:
        raise RefusedUrl(f"write the host {host} as {address}")
    return address


async def _resolve(host: str) -> list[Address]:
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, None, type=socket.SOCK_STREAM
            )
    except (OSError, TimeoutError) as error:
        raise RefusedUrl(f"the host {host} does not resolve here") from error
    return [ip_address(address[0]) for *_, address in found]


def _require_allowed(
    address: Address, host: str, allowed: Sequence[Network], *, loopback: bool
) -> None:
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address.scope_id
    ):
        raise RefusedUrl(f"{host} is an IPv6 spelling of something else: {address}")
    if address.is_link_local or address in _METADATA:
        raise RefusedUrl(f"{host} is link-local: {address}")
    if address.is_unspecified or address.is_multicast:
        raise RefusedUrl(f"{host} is no address of one machine: {address}")
    if address.is_loopback and not loopback:
        raise RefusedUrl(f"{host} is this machine itself: {address}")
    if not any(address in network for network in allowed):
        raise RefusedUrl(f"{host} is {address}, outside REGISTRY_ALLOWED_CIDRS")
