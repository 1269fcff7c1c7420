"""Topics that clients may follow: declared by the service, and refused unless declared."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ..policy import Principal

TopicPolicy = Callable[[Principal | None, Mapping[str, str]], bool | Awaitable[bool]]

_SEGMENT: Final = re.compile(r"[a-z0-9_-]+|\{([a-z_]+)\}")
_VALUE: Final = "[A-Za-z0-9._~-]{1,128}"
_OWN: Final = "me/"


def public(principal: Principal | None, parameters: Mapping[str, str]) -> bool:
    """Anybody may follow it."""
    return True


def authenticated(principal: Principal | None, parameters: Mapping[str, str]) -> bool:
    """Whoever is known may follow it."""
    return principal is not None


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic by the name that clients use, and what its declared pattern found in it."""

    name: str
    policy: TopicPolicy
    parameters: Mapping[str, str]

    @property
    def own(self) -> bool:
        """Whether everybody has one of their own under this name."""
        return self.name.startswith(_OWN)

    async def admits(self, principal: Principal | None) -> bool:
        """Whether this caller may follow it."""
        if self.own and principal is None:
            return False
        verdict = self.policy(principal, self.parameters)
        return await verdict if inspect.isawaitable(verdict) else verdict

    def channel(self, subject: str | None) -> str:
        """Where its events go: a topic `me/…` has one channel for each subject."""
        if not self.own:
            return self.name
        if subject is None:
            raise ValueError(f"{self.name} is everybody's own: say whose, with to=")
        return f"{self.name}:{subject}"


class Topics:
    """The declared patterns, like `orders/{id}` or `me/notifications`."""

    def __init__(self) -> None:
        self._declared: list[tuple[re.Pattern[str], TopicPolicy]] = []

    def declare(self, pattern: str, *, policy: TopicPolicy) -> None:
        """Let those follow it of whom `policy(principal, parameters)` is or becomes true.

        A topic below `me/` is another one for everybody who follows it.  Raises ValueError for a
        pattern that is none.
        """
        segments = [_SEGMENT.fullmatch(segment) for segment in pattern.split("/")]
        if not all(segments):
            raise ValueError(f"{pattern} is no pattern; write it like orders/{{id}}")
        parts = (f"(?P<{one[1]}>{_VALUE})" if one[1] else one[0] for one in segments if one)
        self._declared.append((re.compile("/".join(parts)), policy))

    def find(self, name: str) -> Topic | None:
        """The declared topic of this name, or None."""
        for pattern, policy in self._declared:
            if found := pattern.fullmatch(name):
                return Topic(name, policy, found.groupdict())
        return None
