"""Many OpenAPI documents become one: pure functions on JSON.

What a document calls `Order` is `order-service.Order` in the merged one, so that two services may
call different things alike.  Ways to sign in that are the same are written once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Json = dict[str, Any]  # Any: JSON
Owner = Callable[[str], str | None]

VERSION: Final = "3.1.0"
METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_SCHEMES: Final = "securitySchemes"
_REFERENCE: Final = re.compile(r"#/components/([A-Za-z]+)/([^/]+)")


def merge(documents: Mapping[str, Json], *, info: Json, public: str, owner_of: Owner) -> Json:
    """The document of all services: the paths that they own, below `public`."""
    merged: Json = {"openapi": VERSION, "info": info, "paths": {}, "components": {_SCHEMES: {}}}
    for service, document in documents.items():
        _add(merged, _Renamed(service, document, merged), public, owner_of)
    return merged


def _add(merged: Json, its: _Renamed, public: str, owner_of: Owner) -> None:
    for path, item in its.document.get("paths", {}).items():
        if owner_of(path) == its.service:
            merged["paths"][public + path] = its.path_item(item)
    for kind, components in its.document.get("components", {}).items():
        place = merged["components"].setdefault(kind, {})
        for name, component in components.items():
            place[its.name_of(kind, name)] = its.rewritten(component)


class _Renamed:
    """One service's document, with the names that its parts have in the merged one."""

    def __init__(self, service: str, document: Json, merged: Json) -> None:
        self.service = service
        self.document = document
        known = merged["components"][_SCHEMES]
        schemes = document.get("components", {}).get(_SCHEMES, {})
        self._shared = {name for name, one in schemes.items() if known.get(name, one) == one}

    def name_of(self, kind: str, name: str) -> str:
        if kind == _SCHEMES and name in self._shared:
            return name
        return f"{self.service}.{name}"

    def path_item(self, item: Json) -> Json:
        return {
            key: self._operation(value) if key in METHODS else self.rewritten(value)
            for key, value in item.items()
        }

    def _operation(self, operation: Json) -> Json:
        said: Json = self.rewritten(operation)
        if "operationId" in said:
            said["operationId"] = f"{self.service}.{said['operationId']}"
        said["tags"] = [f"{self.service} {tag}" for tag in said.get("tags", ())] or [self.service]
        security = operation.get("security", self.document.get("security"))
        if security is not None:
            said["security"] = [dict(self._requirement(one)) for one in security]
        return said

    def _requirement(self, one: Json) -> Iterator[tuple[str, Any]]:
        for name, scopes in one.items():
            yield self.name_of(_SCHEMES, name), scopes

    def rewritten(self, value: Any) -> Any:
        """The same JSON, with every reference to a component pointing to its new name."""
        if isinstance(value, list):
            return [self.rewritten(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {name: self._member(name, inner) for name, inner in value.items()}

    def _member(self, name: str, value: Any) -> Any:
        if name == "$ref" and isinstance(value, str):
            return self._pointed(value)
        if name == "mapping" and isinstance(value, dict):  # of a discriminator
            return {
                key: self._pointed(one) if isinstance(one, str) else self.rewritten(one)
                for key, one in value.items()
            }
        return self.rewritten(value)

    def _pointed(self, reference: str) -> str:
        return _REFERENCE.sub(
            lambda found: f"#/components/{found[1]}/{self.name_of(found[1], found[2])}", reference
        )
