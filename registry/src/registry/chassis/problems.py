"""Failures as `application/problem+json` (RFC 9457), for everything that can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from nexios.exceptions import HTTPException
from pydantic_core import to_json

from .context import current
from .errors import ServiceError
from .http import Reply

MEDIA_TYPE = "application/problem+json"
TITLES = {422: "Unprocessable Content", 413: "Content Too Large"}

log = structlog.get_logger()


def problem(scope: Mapping[str, Any], error: Exception) -> Reply:  # Any: an ASGI scope
    """The answer to a request that failed; an unforeseen error is logged and never shown."""
    if isinstance(error, ServiceError):
        details = dict(error.extensions)
        return _reply(scope, error.status, error.code, str(error), error.headers, details)
    if isinstance(error, HTTPException):
        phrase = title(error.status_code)
        code = phrase.lower().replace(" ", "-")
        return _reply(scope, error.status_code, code, str(error.detail), error.headers, {})
    log.error("request.failed", exc_info=error)
    return _reply(scope, 500, "internal", "something went wrong here; it has been logged", {}, {})


def _reply(
    scope: Mapping[str, Any],  # Any: an ASGI scope
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str],
    extensions: Mapping[str, object],
) -> Reply:
    request = current.get()
    document = {
        "type": f"/problems/{code}",
        "title": title(status),
        "status": status,
        "detail": detail,
        "instance": scope["path"],
        "code": code,
        "request_id": request.request_id if request else None,
        "trace_id": request.trace_id if request else None,
        **{name: value for name, value in extensions.items() if value not in (None, [])},
    }
    return Reply(to_json(document), status, content_type=MEDIA_TYPE, headers=headers)


def title(status: int) -> str:
    """The phrase of this status, as RFC 9110 has it."""
    if status in TITLES:  # Python 3.11 still knows these by their old names
        return TITLES[status]
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
