"""Who is at the other end of a connection, and whom it speaks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from .head import Origin

Networks = Sequence[IPv4Network | IPv6Network]


@dataclass(slots=True, eq=False)
class Peer:
    """The other end; what it says of others is believed only if it is one of `trusted`."""

    address: str
    scheme: str = "http"
    trusted: Networks = ()
    _host: bytes = b""
    _origin: Origin | None = None

    def origin(self, said: Mapping[bytes, list[bytes]]) -> Origin:
        """By the Host and X-Forwarded headers of a request, each under its name."""
        host = said[b"host"][0]
        if self.trusted and self._trusts(self.address):
            return self._spoken_for(said, host)
        if self._origin is None or host != self._host:
            told = _lines(self.address, self.scheme, host)
            self._host, self._origin = host, Origin(self.address, self.scheme, told)
        return self._origin

    def _spoken_for(self, said: Mapping[bytes, list[bytes]], host: bytes) -> Origin:
        chain = _addresses(said.get(b"x-forwarded-for", ()))
        client = next((one for one in reversed(chain) if not self._trusts(one)), self.address)
        proto = _last(said, b"x-forwarded-proto", b"")
        scheme = proto.decode() if proto in (b"http", b"https") else self.scheme
        outside = _last(said, b"x-forwarded-host", host)
        return Origin(client, scheme, _lines(", ".join([*chain, self.address]), scheme, outside))

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)


def _last(said: Mapping[bytes, list[bytes]], name: bytes, otherwise: bytes) -> bytes:
    values = said.get(name)
    return values[-1] if values else otherwise


def _addresses(values: Sequence[bytes]) -> list[str]:
    """The addresses at the end of the chain; nothing before one that is none is believed."""
    found: list[str] = []
    for one in reversed(b",".join(values).split(b",")):
        try:
            found.insert(0, str(ip_address(one.strip().decode("ascii", "replace"))))
        except ValueError:
            break
    return found


def _lines(chain: str, scheme: str, host: bytes) -> bytes:
    return b"x-forwarded-for: %b\r\nx-forwarded-proto: %b\r\nx-forwarded-host: %b\r\n" % (
        chain.encode(),
        scheme.encode(),
        host,
    )
