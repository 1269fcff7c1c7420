"""What an event looks like, as JSON Schema (draft 2020-12): its contract with who reads it."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from .event import Event

Json = dict[str, Any]  # Any: JSON

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class Plain(GenerateJsonSchema):
    """pydantic's schemas without a title for every field."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # Any: pydantic's union of schemas
        return False


def contract(kind: type[Event]) -> Json:
    """The schema of the event's data; `x-subject` is the field that keeps events in order."""
    schema = kind.model_json_schema(schema_generator=Plain)
    private = {"x-private": True} if kind.PRIVATE else {}
    return {"$schema": _DIALECT, "x-subject": kind.SUBJECT, **private, **schema}
