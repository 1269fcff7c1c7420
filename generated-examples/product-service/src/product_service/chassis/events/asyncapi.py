"""The AsyncAPI 3.0 document: which events this service sends, and which it receives."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic.json_schema import models_json_schema

from ..application import Application
from .envelope import PARTITIONS
from .event import Event, known_events
from .schemas import Json, Plain
from .subscriptions import Subscription

VERSION: Final = "3.0.0"
_REFERENCE: Final = "#/components/schemas/{model}"
_HEADERS: Final = "CloudEvent"

_TEXT: Final = {"type": "string"}
# The attributes that travel beside the data, as in the binary mode of CloudEvents.
_ATTRIBUTES: Final[Json] = {
    "type": "object",
    "description": "The attributes of CloudEvents 1.0; `subject` keeps events in order.",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": _TEXT,
        "type": _TEXT,
        "subject": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri-reference"},
        "traceparent": _TEXT,
        "tracestate": _TEXT,
        "correlationid": _TEXT,
        "causationid": _TEXT,
        "sequence": {"type": "string", "description": "The version of the aggregate."},
    },
    "required": ["specversion", "id", "source", "type", "subject", "time"],
}


def document(app: Application, subscriptions: Iterable[Subscription]) -> Json:
    """What the classes of events and the handlers say; each publisher's topic is a channel."""
    handled = {one.kind: one for one in subscriptions}
    sent = [kind for kind in known_events().values() if kind.SOURCE is None]
    kinds = sorted({*sent, *handled}, key=lambda kind: kind.TYPE)
    references, shared = models_json_schema(
        [(kind, "validation") for kind in kinds], ref_template=_REFERENCE, schema_generator=Plain
    )
    operations = [
        _operation("send", kind, app.name, kind.__doc__) for kind in kinds if kind in sent
    ]
    operations += [
        _operation("receive", kind, app.name, one.handler.__doc__) for kind, one in handled.items()
    ]
    return {
        "asyncapi": VERSION,
        "info": {
            "title": app.name,
            "version": app.version,
            "description": importlib.metadata.metadata(app.name)["Summary"],
        },
        "defaultContentType": "application/json",
        "channels": dict(_channels(kinds, app.name)),
        "operations": dict(sorted(operations)),
        "components": {
            "messages": {
                kind.TYPE: _message(kind, references[kind, "validation"]) for kind in kinds
            },
            "schemas": {**shared.get("$defs", {}), _HEADERS: _ATTRIBUTES},
        },
    }


def _channels(kinds: Iterable[type[Event]], service: str) -> Iterator[tuple[str, Json]]:
    """Each topic with the messages that are in it."""
    kinds = list(kinds)
    for topic in sorted({kind.SOURCE or service for kind in kinds}):
        here = [kind.TYPE for kind in kinds if (kind.SOURCE or service) == topic]
        yield (
            topic,
            {
                "address": topic,
                "description": f"What {topic} publishes, in {PARTITIONS} parts; all events of one "
                "subject are in one of them, in the order of their publication.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in here},
            },
        )


def _operation(action: str, kind: type[Event], service: str, words: str | None) -> tuple[str, Json]:
    channel = f"#/channels/{kind.SOURCE or service}"
    said: Json = {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{kind.TYPE}"}],
    }
    return f"{action}.{kind.TYPE}", said | _summary(words)


def _message(kind: type[Event], payload: Json) -> Json:
    return {
        "name": kind.TYPE,
        "title": kind.__name__,
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{_HEADERS}"},
        "payload": payload,
        "correlationId": {"location": "$message.header#/correlationid"},
    } | _summary(kind.__doc__)


def _summary(words: str | None) -> Json:
    """The first line of a docstring."""
    return {"summary": words.strip().partition("\n")[0]} if words else {}
