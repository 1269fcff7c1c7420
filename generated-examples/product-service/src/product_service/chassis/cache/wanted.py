"""One question to the cache, and how its answer is written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """An answer; None ("there is none") is one, too."""

    value: Value | None


@dataclass(frozen=True, slots=True)
class Wanted(Generic[Value]):
    """What is asked for: its key and tags, how to load it, for how many seconds to keep it."""

    key: str
    tags: Sequence[str]
    load: Callable[[], Awaitable[Value | None]]
    ttl: float
    shape: TypeAdapter[Value]

    def write(self, value: Value | None) -> bytes:
        return b"" if value is None else self.shape.dump_json(value)

    def read(self, payload: bytes) -> Kept[Value] | None:
        """The value, or None if it does not fit: another release kept another shape."""
        if not payload:
            return Kept(None)
        try:
            return Kept(self.shape.validate_json(payload))
        except ValidationError:
            return None


def shape_of(model: type[Value] | TypeAdapter[Value]) -> TypeAdapter[Value]:
    """What reads and writes values of this type."""
    if isinstance(model, TypeAdapter):
        return model
    return _adapter(model)  # type: ignore[arg-type]  # a type is hashable, mypy forgets it


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:  # Any: of whatever type is asked for
    return TypeAdapter(model)
