from typing import Any

import pytest
from nexios.http import Request, Response

from order_service.chassis import health, valkey
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.policy import PUBLIC
from order_service.chassis.routing import Router
from order_service.chassis.valkey import Valkey

from .fixtures_collector import Collector
from .fixtures_service import client_for


def notes() -> Router:
    router = Router(policy=PUBLIC)

    @router.get("/notes/{text}")
    async def note(request: Request, response: Response, text: str) -> Any:
        redis = Valkey.of(request).client
        await redis.set("note", text)
        async with redis.pipeline() as pipeline:
            pipeline.get("note")
            pipeline.get("other")
            await pipeline.execute()
        return {}

    return router


async def test_commands_to_valkey_are_parts_of_the_request_without_keys_and_values(
    traced: pytest.MonkeyPatch, valkey_settings: dict[str, str], collector: Collector
) -> None:
    traced.setenv("REDIS_URL", valkey_settings["REDIS_URL"])
    app = Application(Blueprint(BLUEPRINT.name, "test", [health, valkey]))
    app.include(notes())

    async with client_for(app) as http:
        await http.get("/notes/secret")
        asked, command, pipeline = await collector.until("GET /notes/{text}", "SET", "MULTI")

    assert {command.parent_id, pipeline.parent_id} == {asked.span_id}
    assert command.attributes == {"db.system.name": "redis", "db.operation.name": "SET"}
    assert pipeline.attributes["db.operation.batch.size"] == 2
