"""The transport on streams of Valkey (or Redis 7): a stream for each part of a topic."""

from __future__ import annotations

from .transport import Streams

__all__ = ["Streams"]
