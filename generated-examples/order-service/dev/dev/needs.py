"""Which servers a service needs, told by its features."""

from collections.abc import Collection

_ON_VALKEY = frozenset({"events", "cache", "websocket", "auth"})


def needs_database(features: Collection[str]) -> bool:
    """Whether the service keeps its data in PostgreSQL."""
    return "database" in features


def needs_secret(features: Collection[str]) -> bool:
    """Whether the service verifies tokens."""
    return "auth" in features


def needs_redis(features: Collection[str]) -> bool:
    """Whether one of the features lives in Valkey."""
    return not _ON_VALKEY.isdisjoint(features)
