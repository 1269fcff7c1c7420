"""Commands to Valkey as spans: which command and how long it took, without keys and values."""

from __future__ import annotations

from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline

from .tracing import Tracing

_SYSTEM = {"db.system.name": "redis"}  # the name that OpenTelemetry has for the protocol


class TracedRedis(Redis):
    """redis-py's client; each command, or pipeline of commands, is a span."""

    def __init__(self, tracing: Tracing, pool: ConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        self._tracing = tracing

    async def execute_command(self, *words: Any, **options: Any) -> Any:  # Any: as redis-py says
        name = str(words[0])
        with self._tracing.span(name, "client", {**_SYSTEM, "db.operation.name": name}):
            return await super().execute_command(*words, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return TracedPipeline(self._tracing, self, transaction)


class TracedPipeline(Pipeline):
    """Commands that go together; the span has their number."""

    def __init__(self, tracing: Tracing, client: Redis, transaction: bool) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, None)
        self._tracing = tracing

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # Any: what commands answer
        name = "MULTI" if self.is_transaction or self.explicit_transaction else "PIPELINE"
        with self._tracing.span(name, "client", {**_SYSTEM, "db.operation.name": name}) as span:
            span.attributes["db.operation.batch.size"] = len(self.command_stack)
            return await super().execute(raise_on_error)
