"""The JSON Schemas (draft 2020-12) of all that the routes read and answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Annotated, Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue

from ..routing import Route
from .failures import Problem

Wanted = tuple[Hashable, JsonSchemaMode, TypeAdapter[Any]]  # Any: whatever a route names

REFERENCE: Final = "#/components/schemas/{model}"


class Schemas:
    """One schema for each model and direction; what they share stands in `components`, once."""

    def __init__(self, routes: Iterable[Route]) -> None:
        found, shared = TypeAdapter.json_schemas(
            list(_wanted(routes)), ref_template=REFERENCE, schema_generator=_Plain
        )
        self._found = {key: schema for (key, _), schema in found.items()}
        self.components: dict[str, JsonSchemaValue] = shared.get("$defs", {})

    def read(self, model: object) -> JsonSchemaValue:
        """What a body of this model must look like."""
        return self._found["read", model]

    def answered(self, model: object) -> JsonSchemaValue:
        """What an answer of this model looks like."""
        return self._found["answered", model]

    def parameter(self, model: type[BaseModel], field: str) -> JsonSchemaValue:
        """What one parameter of a query must look like; a query cannot say null."""
        schema = dict(self._found["parameter", model, field])
        if schema.get("default", ...) is None:
            del schema["default"]
        choices = [one for one in schema.pop("anyOf", []) if one != {"type": "null"}]
        if len(choices) == 1:
            return {**choices[0], **schema}
        return {**schema, "anyOf": choices} if choices else schema


class _Plain(GenerateJsonSchema):
    """pydantic's schemas, but an answer always has every field, and no field needs a title."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # Any: pydantic's union of schemas
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:  # Any: as above
        if self.mode == "serialization":
            return not field.get("serialization_exclude")
        return super().field_is_required(field, total)

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).strip("_")


def _wanted(routes: Iterable[Route]) -> Iterator[Wanted]:
    yield ("read", Problem), "validation", TypeAdapter(Problem)  # where `errors` may be missing
    for route in routes:
        if route.request_model is not None:
            adapter = TypeAdapter[Any](route.request_model)
            yield ("read", route.request_model), "validation", adapter
        for model in filter(None, (route.responses or {}).values()):
            yield ("answered", model), "serialization", TypeAdapter(model)
        if route.query_model is not None:
            yield from _parameters(route.query_model)


def _parameters(model: type[BaseModel]) -> Iterator[Wanted]:
    for name, field in model.model_fields.items():
        kind: Any = Annotated[field.annotation, field]  # Any: put together at run time
        yield ("parameter", model, name), "validation", TypeAdapter(kind)
