"""The OpenAPI document: made once, from the routes as they are at the first request."""

from __future__ import annotations

import importlib.metadata
import re
from collections import Counter
from functools import cached_property
from typing import Any, Final

from pydantic_core import to_json

from ..application import Application
from ..policy import AUTHENTICATED, PUBLIC
from .failures import Failures
from .operations import operation
from .schemas import Schemas

VERSION: Final = "3.1.0"
_CONVERTER: Final = re.compile(r":\w+}")
_BEARER: Final = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}

Json = dict[str, Any]  # Any: JSON


class Document:
    """What this application answers, as bytes."""

    def __init__(self, app: Application) -> None:
        self._app = app

    @cached_property
    def json(self) -> bytes:
        return to_json(document(self._app))


def document(app: Application) -> Json:
    """The OpenAPI 3.1 document of every route that is not excluded from it."""
    routes = [route for route in app.routes if not route.exclude_from_schema]
    schemas, failures = Schemas(routes), Failures()
    default = AUTHENTICATED if app.authenticator else PUBLIC
    paths: dict[str, Json] = {}
    names: Counter[str] = Counter()
    for route in sorted(routes, key=lambda route: route.raw_path):
        operations = paths.setdefault(_CONVERTER.sub("}", route.raw_path), {})
        for method in sorted({*route.methods} - {"HEAD"}):
            policy = route.policy or default
            said = operation(route, method, policy, schemas, failures)
            names[said["operationId"]] += 1
            if (count := names[said["operationId"]]) > 1:
                said["operationId"] += f"_{count}"
            operations.setdefault(method.lower(), said)
    return {
        "openapi": VERSION,
        "info": {"title": app.name, "version": app.version, "description": _summary(app)},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": failures.components,
            "securitySchemes": {"bearer": _BEARER} if app.authenticator else {},
        },
    }


def _summary(app: Application) -> str:
    return importlib.metadata.metadata(app.name)["Summary"]
