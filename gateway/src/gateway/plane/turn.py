"""Whose turn it is on a connection of a client, and what the turn can do with the connection."""

from __future__ import annotations

from collections.abc import Callable

from ..chassis.errors import ServiceError
from ..wire.contract import Head, Outcome, Verdict


class Turn:
    """Takes what the client sends from the end of one head to the beginning of the next.

    It takes nothing, and does not mind what happens, where it does not say otherwise.
    """

    __slots__ = ()

    def take(self, data: bytes) -> int:
        """How many of these bytes belong to this turn; what follows them is the next one's."""
        return 0

    def check(self, now: float) -> None:
        """End what has lasted too long."""

    def client_full(self, full: bool) -> None:
        """The client takes nothing more for now, or takes again."""

    def abandoned(self) -> None:
        """The client is gone."""

    def failed(self, error: ServiceError) -> None:
        """A mistake of ours ends the connection; the client is still to be told, if it can be."""

    def stop(self) -> None:
        """The gateway stops as soon as everything has come to an end."""


class Connection:
    """The connection of a client, in the hands of the one whose turn it is."""

    full: bool  # the client does not take what was written
    tell: Callable[[Head, Verdict, Outcome], None]  # how it ended

    @property
    def ending(self) -> bool:
        """No other request is answered on this connection."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        """Send this to the client."""

    def hold(self, still: bool) -> None:
        """Read nothing from the client for now, or read again."""

    def next(self, *, close: bool, unread: bool = False) -> None:
        """The turn is over; `unread`: the client may still be sending what nobody wants."""

    def hand_to(self, turn: Turn) -> None:
        """Somebody else goes on."""

    def straighten(self, passed: Callable[[bytes], object]) -> None:
        """Whatever comes is for this turn, and no other one follows it."""

    def fail(self, error: Exception) -> None:
        """End it by a mistake of ours, which is logged."""

    def cut(self) -> None:
        """End it in the middle: what was written says that more should follow."""

    def reset(self) -> None:
        """End it in the middle, where the end of the connection would be the end of the answer."""
