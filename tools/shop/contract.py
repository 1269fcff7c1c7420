"""Which statuses the services have promised for each of their routes, from the document that the
gateway makes of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.shop.answers import Json, Record, Seen

# What the gateway itself answers, of any route: it is crowded, or the service is away or slow.
_EDGE: Final = frozenset({429, 502, 503, 504})
_UNKNOWN: Final = frozenset({404, 405})
_PARAMETER: Final = re.compile(r"\\\{[^/{}]+\\\}")


@dataclass(frozen=True)
class Contract:
    """Patterns of paths, those with fewer parameters first, and what each method may answer."""

    routes: tuple[tuple[re.Pattern[str], Mapping[str, frozenset[int]]], ...]

    @classmethod
    def of(cls, document: Json) -> Contract:
        """What an OpenAPI document promises."""
        paths: dict[str, Json] = document["paths"]
        ordered = sorted(paths, key=lambda path: (path.count("{"), path))
        return cls(tuple((_pattern(path), _promised(paths[path])) for path in ordered))

    def broken(self, record: Record) -> Iterator[str]:
        """A sentence for each status that nobody promised, and for each 500."""
        for seen, times in sorted(record.seen.items()):
            if seen.status not in self._allowed(seen):
                yield (
                    f"{seen.method} {seen.path} answered {seen.status}, {times} times, "
                    "and its contract does not say so"
                )

    def _allowed(self, seen: Seen) -> frozenset[int]:
        for pattern, methods in self.routes:
            if pattern.fullmatch(seen.path):
                promised = methods.get(seen.method.lower())
                return _UNKNOWN if promised is None else (promised | _EDGE) - {500}
        return _UNKNOWN


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub("[^/]+", re.escape(path)))


def _promised(item: Json) -> Mapping[str, frozenset[int]]:
    operations: dict[str, Any] = {name: one for name, one in item.items() if name != "parameters"}
    return {
        method: frozenset(int(status) for status in operation["responses"] if status.isdecimal())
        for method, operation in operations.items()
    }
