"""One operation of the document: one method of one route."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

from nexios.converters import FloatConvertor, IntegerConvertor, SlugConvertor, UUIDConvertor

from ..policy import Policy
from ..problems import title
from ..routing import Route
from . import headers
from .failures import Failures
from .schemas import Schemas

Json = dict[str, Any]  # Any: JSON

_PATH_SCHEMAS: Final[dict[type, Json]] = {
    FloatConvertor: {"type": "number", "minimum": 0},
    IntegerConvertor: {"type": "integer", "minimum": 0},
    SlugConvertor: {"type": "string", "pattern": f"^{SlugConvertor.regex}$"},
    UUIDConvertor: {"type": "string", "format": "uuid"},
}


def operation(
    route: Route, method: str, policy: Policy, schemas: Schemas, failures: Failures
) -> Json:
    """What a caller must know of this method of this route."""
    summary, description = _words(route)
    said = {
        "operationId": _id(route),
        "tags": list(route.tags or ()),
        "summary": summary,
        "description": description,
        "deprecated": route.deprecated,
        "security": _security(policy),
        "parameters": [*_path(route), *_query(route, schemas), *headers.read_by(route, method)],
        "requestBody": _body(route, schemas),
        "responses": _successes(route, method, schemas) | failures.of(route, method, policy),
    }
    return {name: value for name, value in said.items() if value}


def _id(route: Route) -> str:
    """The handler's name below its package's: `order_create`."""
    package = route.handler.__module__.split(".")[-2:-1]
    return route.operation_id or "_".join([*package, route.handler.__name__])


def _words(route: Route) -> tuple[str, str]:
    """The first line of the handler's docstring, and the rest."""
    first, _, rest = (inspect.getdoc(route.handler) or "").partition("\n")
    name = route.handler.__name__.replace("_", " ").capitalize()
    return route.summary or first.rstrip(".") or name, route.description or rest.strip()


def _security(policy: Policy) -> list[Json]:
    """Any one of these is enough; no token is one of them where the policy says optional."""
    match policy.demand:
        case "public":
            return []
        case "optional":
            return [{}, {"bearer": []}]
        case "authenticated":
            return [{"bearer": []}]
        case "roles":
            return [{"bearer": [role]} for role in sorted(policy.roles)]


def _path(route: Route) -> Iterator[Json]:
    for name, converter in route.route_info.convertor.items():
        schema = _PATH_SCHEMAS.get(type(converter), {"type": "string"})
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(route: Route, schemas: Schemas) -> Iterator[Json]:
    if route.query_model is None:
        return
    for name, field in route.query_model.model_fields.items():
        schema = schemas.parameter(route.query_model, name)
        required = field.is_required()
        yield {"name": field.alias or name, "in": "query", "required": required, "schema": schema}


def _body(route: Route, schemas: Schemas) -> Json | None:
    if route.request_model is None:
        return None
    content = {route.request_content_type: {"schema": schemas.read(route.request_model)}}
    return {"required": True, "content": content}


def _successes(route: Route, method: str, schemas: Schemas) -> Json:
    declared = dict(route.responses or {200: None})
    if route.versioned and method == "GET":
        declared[304] = None
    return {str(status): _success(route, status, declared[status], schemas) for status in declared}


def _success(route: Route, status: int, model: object, schemas: Schemas) -> Json:
    said: Json = {"description": title(status)}
    if sent := headers.of_success(route, status):
        said["headers"] = sent
    if model is not None:
        said["content"] = {"application/json": {"schema": schemas.answered(model)}}
    return said
