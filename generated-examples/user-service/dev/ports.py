"""Ports of this machine: which are free, and which are taken by somebody else."""

import socket
from collections.abc import Mapping

from dev.errors import CannotStart

LOOPBACK = "127.0.0.1"

_handed_out: set[int] = set()


def free_port(besides: int | None = None) -> int:
    """A port that nobody listens on, and that was not handed out here before."""
    while True:
        with socket.socket() as candidate:
            candidate.bind((LOOPBACK, 0))
            port = int(candidate.getsockname()[1])
        if port not in _handed_out | {besides}:
            _handed_out.add(port)
            return port


def in_use(port: int) -> bool:
    """Whether somebody listens there, or keeps us from listening there."""
    with socket.socket() as visitor:
        visitor.settimeout(1)
        if visitor.connect_ex((LOOPBACK, port)) == 0:
            return True
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def require_free(wanted: Mapping[str, int], *, advice: str) -> None:
    """Raise CannotStart with the taken ports, who wants each of them, and what to do."""
    match [f"{port} for {name}" for name, port in wanted.items() if in_use(port)]:
        case [one]:
            raise CannotStart(f"Port {one} is in use: {advice}")
        case [*others, last]:
            raise CannotStart(f"Ports {', '.join(others)} and {last} are in use: {advice}")
