"""The classes of requests that are counted together, and how often each is answered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from ..settings import LimitSettings

_SECONDS: Final = {"s": 1, "min": 60, "h": 3600}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, eq=False)
class Rate:
    """`quota` requests at once, and again as many every `per` seconds, to each address or user."""

    name: str
    quota: int
    per: int
    by_user: bool

    @classmethod
    def parse(cls, name: str, said: str) -> Self:
        quota, per, whose = said.split("/")
        return cls(name, int(quota), _SECONDS[per], whose == "user")

    @cached_property
    def token(self) -> int:
        """Microseconds until one token is back."""
        return math.ceil(self.per * 1_000_000 / self.quota)

    @cached_property
    def label(self) -> bytes:
        """The name, as draft-ietf-httpapi-ratelimit-headers has it."""
        return b'"%b"' % self.name.encode()

    @cached_property
    def policy(self) -> bytes:
        return b"%b;q=%d;w=%d" % (self.label, self.quota, self.per)


class Classes:
    """Every class by its name; what no service names goes by its method."""

    def __init__(self, settings: LimitSettings) -> None:
        named = dict(one.split(":", 1) for one in settings.classes)
        known = {"auth": settings.auth, "read": settings.read, "write": settings.write}
        self._rates: Mapping[str, Rate] = {
            name: Rate.parse(name, said) for name, said in (known | named).items()
        }

    @property
    def unverified(self) -> Rate:
        """What tokens that are not known yet are counted with, where users are counted."""
        return self._rates["read"]

    def of(self, named: str | None, method: str) -> Rate:
        """The class that the route names, if it is one of ours."""
        if named is not None and named in self._rates:
            return self._rates[named]
        return self._rates["read" if method in _READING else "write"]
