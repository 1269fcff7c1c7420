"""What was found out about a caller, for as long as it stays true."""

from __future__ import annotations

from time import time

from ..policy import Principal
from ..tally import Count


class Standing:
    """A caller who was admitted, and need not be looked at again for a while."""

    __slots__ = ("_admitted", "_keys", "_known", "_sessions", "_until", "principal")

    def __init__(
        self, principal: Principal, until: float, keys: Count, sessions: Count, admitted: Count
    ) -> None:
        """It ends at `until`, seconds since 1970, and when `keys` or `sessions` rise."""
        self.principal = principal
        self._until = until
        self._keys = keys
        self._sessions = sessions
        self._known = keys.value + sessions.value
        self._admitted = admitted

    def lasts(self) -> bool:
        """Is the caller still to be admitted?  If so, that is counted like the first time."""
        if self._keys.value + self._sessions.value != self._known or time() >= self._until:
            return False
        self._admitted.rise()
        return True
