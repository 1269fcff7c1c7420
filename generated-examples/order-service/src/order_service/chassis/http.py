"""Read a request, write an answer: the two ends of every handler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, get_origin
from urllib.parse import parse_qsl

from nexios.http import Request
from nexios.http.response import BaseResponse
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from .errors import Fault, Invalid, MalformedJson, UnsupportedMediaType

Model = TypeVar("Model", bound=BaseModel)


class Reply(BaseResponse):
    """An answer whose body and headers are sent exactly as given."""

    def __init__(
        self,
        body: bytes = b"",
        status: int = 200,
        *,
        content_type: str | None = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        # nexios' own constructor copies the headers three times and adds some twice.
        self.status_code = status
        self._body = body
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in (headers or {}).items()
        ]
        if status not in (204, 304):
            self.raw_headers.append((b"content-length", b"%d" % len(body)))
        if body and content_type:
            self.raw_headers.append((b"content-type", content_type.encode("latin-1")))


class Answered(Exception):
    """The answer is there already: raised anywhere below a route, it is what the caller gets."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status_code)
        self.reply = reply


def answer(value: object, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Reply:
    """`value` as JSON: models, lists of models, times as RFC 3339, UUIDs, decimals as strings."""
    return Reply(to_json(value, inf_nan_mode="null"), status, headers=headers)


def nothing() -> Reply:
    """204: done, and there is nothing to say."""
    return Reply(status=204)


async def body(request: Request, model: type[Model]) -> Model:
    """The JSON body as this model, read strictly: "5" and true are no integers.

    Raises UnsupportedMediaType, MalformedJson, or Invalid with every wrong place named.
    """
    _require_declared(request, "request_model", model)
    media_type = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        sent = media_type or "no content type"
        raise UnsupportedMediaType(f"send the body as application/json, not {sent}")
    raw = await request.body
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
    if wrong[0]["type"] == "json_invalid":
        where = wrong[0]["msg"].removeprefix("Invalid JSON: ")
        raise MalformedJson(f"the body is not JSON: {where}")
    raise Invalid("the body does not fit", _faults(wrong))


def query(request: Request, model: type[Model]) -> Model:
    """The query string as this model; raises Invalid with every wrong parameter named."""
    _require_declared(request, "query_model", model)
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    values: dict[str, object] = {}
    for name, value in pairs:
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is list:
            several = values.setdefault(name, [])
            assert isinstance(several, list)
            several.append(value)
        else:
            values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
    raise Invalid("the query does not fit", _faults(wrong))


def _require_declared(request: Request, option: str, model: type[BaseModel]) -> None:
    """Refuse to read what a documented route does not declare: its documentation would be wrong."""
    route = request.scope["route"]
    if getattr(route, option) is not model and not route.exclude_from_schema:
        raise TypeError(f"{route.raw_path}: declare {option}={model.__name__} at the route")


def _faults(wrong: Iterable[ErrorDetails]) -> list[Fault]:
    return [
        Fault("".join(f"/{_escaped(step)}" for step in one["loc"]), one["type"], one["msg"])
        for one in wrong
    ]


def _escaped(step: int | str) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
